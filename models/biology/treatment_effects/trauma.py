"""The needle itself, drug or saline: cells along its track die, and for a day the wound calls cells in.

All assumed. It serves the saline arm: without it a needle leaves no trace. Off unless a config names it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from il2sim.models.biology.populations.arrivals import infiltrate, recruited
from il2sim.sim.language.model import Model, gated_by, more

_MEANS = {
    "wound": "1 within trauma.radius of the needle's track as it passes; trauma.killed_share there dies",
    "crush": "the same for immune cells, of which as many die, by a step of their own clock",
    "chemokine": "1 in the wound, e-fold less every trauma.reach beyond it, for trauma.duration",
}
SHOWS = tuple(f"needle_{name}" for name in _MEANS)  # fields that `Trauma` shows the cells
_ALIVE = 8  # hill: an injury of 1 kills at 0.996 of the rate, none kills nobody
_MOST = 1.0 - 1e-9  # share killed: nobody is killed at an infinite rate
_FULLY = 1.0 + 0.5**_ALIVE  # what gated_by leaves of a rate at a level of 1


def _steps_h(m: Model) -> tuple[float, float]:
    """One step of the solid and of the immune layer, so that each clock meets the injury once: immune cells
    move, and those that walk in later are spared.
    """
    return float(m.given["solid_step_h"]), float(m.given["immune_step_h"])


def declare(m: Model) -> None:
    """Death where a needle has just been, arrivals raised where `needle_chemokine` reaches."""
    m.par(
        "radius",
        300.0,
        "um",
        range=(100.0, 1000.0),
        source="no source: that of a 22-25G needle, 0.26-0.36 mm",
        known="assumed",
    )
    killed = m.par(
        "killed_share", 0.95, "1", range=(0.0, 0.999), source="no source: crushed cells", known="assumed"
    )
    fold = m.par("influx_fold", 2.0, "1", range=(1.0, 10.0), source="no source", known="assumed")
    m.par("reach", 500.0, "um", range=(100.0, 3000.0), source="no source", known="assumed")
    m.par("duration", 1.0, "d", range=(0.25, 3.0), source="no source: a day of chemokine", known="assumed")

    wound, crush, chemokine = (
        m.cytokine(f"needle_{name}", shown=True, relative=True, means=means) for name, means in _MEANS.items()
    )
    lethal = -math.log1p(-min(killed, _MOST)) * _FULLY
    solid_h, immune_h = _steps_h(m)
    wounded = gated_by(wound, ec50=0.5, hill=_ALIVE)
    m.cell("tumour").dies(lethal / solid_h, wounded, becomes=m.cell("dead"), label="needle")
    for cell in infiltrate(m):
        cell.dies(lethal / immune_h, gated_by(crush, ec50=0.5, hill=_ALIVE), label="needle")
    recruited(m, more(chemokine, fold - 1.0))


class Trauma:
    """Hours since the last puncture, and what the wound still does."""

    def __init__(self, model: Model) -> None:
        self._radius_um = model.value("trauma.radius")
        self._reach_um = model.value("trauma.reach")
        self._duration_h = model.value("trauma.duration")
        self._since_h = math.inf
        self._solid_h, self._immune_h = _steps_h(model)
        self._is_hit: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._calling: NDArray[np.float64] = np.zeros(0)

    def puncture(self, distance_um: NDArray[np.float64]) -> None:
        """The needle of one injection; `distance_um`: of each field voxel from the nearest track, flat."""
        self._since_h = 0.0
        beyond = np.maximum(distance_um - self._radius_um, 0.0)
        self._is_hit = beyond == 0.0
        self._calling = np.exp(-beyond / self._reach_um)

    def advance(self, hours: float) -> None:
        """Let the wound age."""
        self._since_h += hours

    def fields(self, voxels: int) -> dict[str, NDArray[np.float64]]:
        """Wound and crush (0 or 1) and chemokine in each of the field's `voxels`."""
        nothing = np.zeros(voxels)
        hit = self._is_hit.astype(np.float64)
        return {
            "needle_wound": hit if self._since_h < self._solid_h - 1e-9 else nothing,
            "needle_crush": hit if self._since_h < self._immune_h - 1e-9 else nothing,
            "needle_chemokine": self._calling if self._since_h < self._duration_h - 1e-9 else nothing,
        }
