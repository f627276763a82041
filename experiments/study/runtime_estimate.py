"""How long runs are expected to take: for plans, their order and the time left; no result depends on it."""

from __future__ import annotations

from collections.abc import Sequence

from il2sim.experiments.study.execute import Run
from il2sim.experiments.study.workers import Workplace
from il2sim.models.biology.treatment_effects.biopsy import lead_days

SETTLING_DAYS = 14.0  # grown before the first injection: the fewest weeks of il2sim.models.simulation
IDLE_S = 0.085  # a day of a section with next to nothing in it, on one core of a machine of 2026
LOADED_S = 0.041  # what a day takes beyond it at `load` 1
GROWTH = 1.1  # that rises with the load to this power: the more cells, the longer each waits for memory
VOLUME = 2.5  # times as long where there is a third dimension to look into (measured at 1 mm)
BARE = 0.03  # sTIL whose cells would take as long as what lies about without any


def whole_s(run: Run) -> float:
    """Seconds of a whole tumour on one core, as docs/performance.md has measured some."""
    days = SETTLING_DAYS + lead_days(run.config) + run.config.schedule.surgery_day
    dimensions = VOLUME if run.config.space.dimensions == 3 else 1.0
    return float(days * dimensions * (IDLE_S + LOADED_S * load(run) ** GROWTH))


def load(run: Run) -> float:
    """Square millimetres that the infiltrate would fill if cells lay side by side; of a volume, in all its
    sections.
    """
    patient, space = run.config.patient, run.config.space
    sections = patient.width_um / space.voxel_um if space.dimensions == 3 else 1.0
    return float(sections * (patient.width_um / 1000.0) ** 2 * (patient.stil + BARE))


def shared_s(each: Sequence[float], place: Workplace) -> float:
    """Wall time of runs that take so long each, on the processes that share them."""
    return max(max(each, default=0.0), sum(each) / place.workers_for(max(1, len(each))))
