"""Oedema: fluid that imaging takes for tumour, from the injectate and from leaky vessels. No cell moves.

Off unless a config names it; then it takes the place of `schedule.swelling`.
"""

from __future__ import annotations

import math

from il2sim.models.drug.dose_rule import demand
from il2sim.sim.language.model import Model

_UM3_PER_MM3 = 1e9


def declare(m: Model) -> None:
    """Numbers only: cells do not sense it, the ruler does."""
    m.par("resorption_half_life", 12.0, "h", range=(2.0, 48.0), source="no source", known="assumed")
    m.par(
        "visible_share",
        0.5,
        "1",
        range=(0.0, 1.0),
        source="no source: the part of the fluid that imaging takes for lesion, not for tissue round it",
        known="assumed",
    )
    m.par(
        "leak_swelling",
        0.33,
        "1",
        range=(0.0, 1.2),
        source="volume gained at full leak: width + 10 %; range: width + 0-30 %",
        known="assumed",
    )


class Oedema:
    """Injectate still in the tissue (mm3), halved every half-life, and the swelling of the present leak."""

    def __init__(self, model: Model) -> None:
        self._half_life_h = model.value("oedema.resorption_half_life")
        self._visible = model.value("oedema.visible_share")
        self._leak_swelling = model.value("oedema.leak_swelling")
        self.fluid_mm3 = 0.0
        self._leak = 0.0

    def inject(self, volume_ul: float) -> None:
        """The fluid of one injection that stayed (1 uL is 1 mm3), drug or saline."""
        demand("oedema: volume", volume_ul, 0.0 <= volume_ul < math.inf, "0 uL or more")
        self.fluid_mm3 += volume_ul

    def advance(self, hours: float, leak: float = 0.0) -> None:
        """Resorb for `hours`; `leak` is the present L of `leak`, 0 without it (already late)."""
        self.fluid_mm3 *= 0.5 ** (hours / self._half_life_h)
        self._leak = leak

    def width_factor(self, width_um: float) -> float:
        """Width that imaging sees over the width of the lesion, a sphere `width_um` wide; at least 1."""
        demand("oedema: width", width_um, width_um > 0.0, "above 0 um")
        lesion_mm3 = math.pi / 6.0 * width_um**3 / _UM3_PER_MM3
        swelling = self._visible * self.fluid_mm3 / lesion_mm3 + self._leak_swelling * self._leak
        return math.cbrt(1.0 + swelling)
