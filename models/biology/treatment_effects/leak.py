"""Vascular leak: days after IL-2 has activated CD8 and NK cells, vessels let more cells in and more IL-2 out.

Late and lymphocyte-dependent (S46, rule 15); nothing of it in the first hours. One number for the
whole domain, as the escape of albumin it is taken from is the whole body's. Off unless a config names it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from il2sim.models.biology.populations.arrivals import recruited
from il2sim.models.drug.first_order_lag import lagged_twice
from il2sim.sim.language.model import Model, more

SHOWS = ("vascular_leak",)  # fields that `Leak` shows the cells


def declare(m: Model) -> None:
    """Arrivals of every kind x 1 + b L."""
    m.par(
        "lag", 2.0, "d", range=(1.0, 3.0), source="no source: 1-3 d; S46: builds over days", known="assumed"
    )
    gain = m.par(
        "influx_gain",
        1.0,
        "1",
        range=(0.0, 4.0),
        source="no source: twice the arrivals at full leak",
        known="assumed",
    )
    m.par(
        "clearance_gain",
        0.585,
        "1",
        range=(0.0, 9.0),
        source="albumin escape 9.4 -> 14.9 % an hour after 4 d s.c. (S47, x1.5-10; 0: none), as IL-2's",
        known="assumed",
    )
    means = "0 to 1: follows the mean il2_signal of CD8 and NK cells, leak.lag late, the same everywhere"
    level = m.cytokine("vascular_leak", shown=True, relative=True, means=means)
    recruited(m, more(level, gain))


class Leak:
    """L, 0 at baseline, up to 1: follows the mean activation of CD8 and NK cells through two equal lags."""

    def __init__(self, model: Model) -> None:
        self._lag_h = model.value("leak.lag")
        self._gain = model.value("leak.clearance_gain")
        self._stages = (0.0, 0.0)

    @property
    def level(self) -> float:
        """L."""
        return self._stages[1]

    @property
    def clearance_factor(self) -> float:
        """How many times faster IL-2 leaves the tissue."""
        return 1.0 + self._gain * self.level

    def advance(self, hours: float, activation: float) -> None:
        """Follow the mean `il2_signal` (0 to 1) of CD8 and NK cells, taken as constant for `hours`."""
        driven = min(max(activation, 0.0), 1.0)
        self._stages = lagged_twice(self._stages, driven, hours, self._lag_h)

    def fields(self, voxels: int) -> dict[str, NDArray[np.float64]]:
        """`vascular_leak`, the same in all `voxels`."""
        return {"vascular_leak": np.full(voxels, self.level)}
