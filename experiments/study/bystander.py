"""A lesion nobody injects: it sees the plasma of the drug given elsewhere, on top of its own basal IL-2.

The plasma is of the same patient's injected tumour, of the same width, at constant cells. It reaches every
voxel unhindered, which is the most a lesion can see: vessel walls and uptake would lower it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from il2sim.experiments.study.execute import Outcome, ReportProgress, Run, execute, settled_of
from il2sim.experiments.study.injection_only import STEP_H, plasma_course
from il2sim.models import Simulation


def uninjected(run: Run) -> Outcome:
    """Carry out a run as the lesion elsewhere; what the model raises comes back as the failure."""
    return execute(run, start=_start)


def _start(run: Run, report_progress: ReportProgress | None) -> Simulation:
    simulation = Simulation(run.config.without_drug(), run.seed, settled_of(run, report_progress))
    drug = simulation.drug
    if drug is None or run.config.without_drug().hash == run.config.hash:
        return simulation
    _, levels_nM = plasma_course(run.config)  # noqa: N806
    given, at_rest = run.config.schedule.given_days, drug.concentration

    def seen() -> NDArray[np.float64]:
        return at_rest() + plasma_nM(levels_nM, given, simulation.day)

    drug.concentration = seen  # type: ignore[method-assign]
    return simulation


def plasma_nM(levels_nM: NDArray[np.float64], given_days: tuple[float, ...], day: float) -> float:  # noqa: N802, N803
    """Plasma level on a day: the courses of all injections so far, added up, as the circulation is linear."""
    hours = [(day - given) * 24.0 for given in given_days if given <= day + 1e-9]
    grid = STEP_H * np.arange(levels_nM.size)
    return float(sum(np.interp(each, grid, levels_nM, right=0.0) for each in hours))
