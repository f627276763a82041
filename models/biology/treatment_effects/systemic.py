"""Treg and NK cells of the whole body: IL-2 in the blood makes more of them, and more arrive in the tumour.

The plasma's level comes from `models.drug.systemic_pk.compartments`; the pools follow it late. Redistribution
within hours and the draining node are left out. Off unless a config names it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from il2sim.models.drug.first_order_lag import evenly, lagged, saturation
from il2sim.sim.language.model import Model, raised_by

# EC50 nM, range, source; fold at saturation, range, source; lag d, range, source
_POOLS = {
    "treg": (
        (0.027, (0.013, 0.048), "S22, S23"),
        (
            18.0,
            (1.0, 30.0),
            "8-fold blood Treg after 4 weeks of 3 MIU/m2 a day s.c. (S27), with this lag",
        ),
        (14.0, (5.0, 28.0), "no source: days to weeks"),
    ),
    "nk": (
        (0.54, (0.3, 1.0), "S22, CD56bright"),
        (3.0, (1.0, 10.0), "no source: S26 and S34 say NK rise, without a fold"),
        (7.0, (3.0, 28.0), "no source: days"),
    ),
}
SHOWS = tuple(f"lasting_blood_il2_{name}" for name in _POOLS)  # fields that `SystemicPools` shows the cells


def declare(m: Model) -> None:
    """Arrivals x 1 + (fold - 1) X, with X the pool's late response to the blood, shown as a level."""
    for name, (half, fold, lag) in _POOLS.items():
        ec50 = m.par(f"ec50_{name}", half[0], "nM", range=half[1], source=half[2])
        most = m.par(f"fold_{name}", fold[0], "1", range=fold[1], source=fold[2], known="assumed")
        m.par(f"lag_{name}", lag[0], "d", range=lag[1], source=lag[2], known="assumed")
        means = f"plasma IL-2 over the past, fading in systemic.lag_{name}; the body's {name} follow it"
        level = m.cytokine(f"lasting_blood_il2_{name}", shown=True, means=means)
        m.modify(f"{name} enters", raised_by(level, ec50=ec50, fold=most))


class SystemicPools:
    """Late responses X of the body's pools: X' = (saturation of plasma IL-2 - X) / lag; 0 at baseline.

    Each is shown as a field of its own, `lasting_blood_il2_<cell>` in nM: the constant blood level that would
    hold X.
    """

    def __init__(self, model: Model) -> None:
        self._numbers = {
            name: (model.value(f"systemic.ec50_{name}"), model.value(f"systemic.lag_{name}"))
            for name in _POOLS
        }
        self.response = dict.fromkeys(_POOLS, 0.0)

    def advance(self, hours: float, plasma_nM: float) -> None:  # noqa: N803
        """Follow a plasma level (nM) that is taken as constant for `hours`."""
        for name, (half, lag_h) in self._numbers.items():
            target = saturation(max(plasma_nM, 0.0), half)
            self.response[name] = lagged(self.response[name], target, hours, lag_h)

    def fields(self, voxels: int) -> dict[str, NDArray[np.float64]]:
        """Levels (nM) for `Engine.set_field`, the same in all `voxels`."""
        halves = ((name, half) for name, (half, _) in self._numbers.items())
        levels = ((f"lasting_blood_il2_{name}", self.response[name], half) for name, half in halves)
        return evenly(levels, voxels)
