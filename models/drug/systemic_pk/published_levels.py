"""Published blood levels of IL-2 beside what the body's numbers give, under the skin and into the vein.

Sources are K23 (under the skin), S2 and K20 (into the vein). Levels that are kept for a later test of the
model are not computed here. Nothing is fitted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from il2sim.models.drug.dose_rule import nmol_from_iu
from il2sim.models.drug.systemic_pk.body import LN2, BodyNumbers, PlasmaRates
from il2sim.models.drug.systemic_pk.compartments import Circulation

UNDER_SKIN_IU = 15e6  # middle of the 12-18 MIU of K23
SURFACE_M2 = 1.8  # assumed: a usual adult; the bolus of S2 is per m2
ML_MIN_PER_L_H = 1e3 / 60.0
FIRST_SOURCE_L_H = 120.0 / ML_MIN_PER_L_H  # the clearance of the source of 12.9 and 85 min
NO_INTERVAL = 0.1  # either way, where a source gives a number alone (assumed)
STEP_H = 0.02  # between readings of the level: numerical choice, the time of the peak to about a minute
DAY_H, TAIL_H = 24.0, (12.0, 16.0)  # followed under the skin; between these the fall is read
LATE_H = (8.0, 10.0)  # after a bolus only the slow slope is left

_PLASMA = ("body.clearance", "body.volume", "body.exchange_rate", "body.terminal_half_life")
_UNDER_SKIN = ("body.node_extraction", "body.node_time", "body.absorption_half_life", "body.lymph_share")


@dataclass(frozen=True)
class Target:
    """A published quantity with its interval, what the model gives, and the numbers it depends on.

    `taken_from_it` is the number that was worked out from this very target, so that agreement is no test.
    """

    code: str
    quantity: str
    unit: str
    low: float
    high: float
    found: float
    hangs_on: tuple[str, ...]
    taken_from_it: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the model lies within the published interval."""
        return self.low <= self.found <= self.high


def blood_targets(numbers: BodyNumbers) -> tuple[Target, ...]:
    """Under the skin, then into the vein; ValueError where clearance is slower than its slope."""
    return (*_under_the_skin(numbers), *_into_the_vein(numbers))


def _under_the_skin(numbers: BodyNumbers) -> tuple[Target, ...]:
    """K23: peak, its time and the fall after 12-18 MIU s.c.; all of the dose is under the skin."""
    body = Circulation(replace(numbers, absorbed_share=1.0))
    body.open_visit()
    body.advance(0.0, 0.0, nmol_from_iu(UNDER_SKIN_IU))
    level = []
    for _ in range(round(DAY_H / STEP_H)):
        body.advance(STEP_H, 0.0)
        level.append(body.plasma_iu_ml)
    peak_h = STEP_H * (1 + int(np.argmax(level)))
    early, late = (level[round(hour / STEP_H) - 1] for hour in TAIL_H)
    half_life_h = LN2 * (TAIL_H[1] - TAIL_H[0]) / math.log(early / late)
    what, basis = f"{UNDER_SKIN_IU / 1e6:g} MIU under the skin", (*_UNDER_SKIN, *_PLASMA)
    return (
        Target("K23", f"plasma peak, {what}", "IU/mL", 21.9, 112.9, max(level), basis),
        Target("K23", f"time of the peak, {what}", "h", 4.4 - 1.8, 4.4 + 1.8, peak_h, basis),
        Target(
            *("K23", f"half-life of the fall, {what}", "h", 3.3 - 0.9, 3.3 + 0.9, half_life_h, basis),
            "body.absorption_half_life",
        ),
    )


def _into_the_vein(numbers: BodyNumbers) -> tuple[Target, ...]:
    """S2 and K20: level after a bolus, both half-lives, and clearance, on which two sources differ."""
    first = replace(numbers, clearance_l_h=FIRST_SOURCE_L_H)
    early, late = (_after_bolus(numbers, hours).plasma_nM for hours in LATE_H)
    slow_min = 60.0 * LN2 * (LATE_H[1] - LATE_H[0]) / math.log(early / late)
    level = _after_bolus(numbers, 0.0).plasma_iu_ml
    own_min, first_min = (60.0 * LN2 / PlasmaRates.of(each).fast for each in (numbers, first))
    clearance = numbers.clearance_l_h * ML_MIN_PER_L_H
    fast, slow = "fast half-life after a bolus", "slow half-life after a bolus"
    own, others = f"{fast}, at the clearance set here", f"{fast}, at 120 mL/min"
    return (
        Target(
            *("S2", "plasma after a bolus of 1 MIU/m2", "IU/mL", *_around(650.0), level, ("body.volume",)),
            "body.volume",
        ),
        Target("K20", own, "min", 6.0, 13.0, own_min, _PLASMA),
        Target("S2", others, "min", *_around(12.9), first_min, _PLASMA[1:], "body.exchange_rate"),
        Target("S2", slow, "min", *_around(85.0), slow_min, _PLASMA[3:], "body.terminal_half_life"),
        Target("K20", "clearance", "mL/min", 120.0, 268.0, clearance, _PLASMA[:1], "body.clearance"),
    )


def _after_bolus(numbers: BodyNumbers, hours: float) -> Circulation:
    """`hours` after 1 MIU per m2 into the vein."""
    body = Circulation(numbers)
    body.open_visit()
    body.give_intravenously(nmol_from_iu(1e6 * SURFACE_M2))
    body.advance(hours, 0.0)
    return body


def _around(number: float) -> tuple[float, float]:
    return number * (1.0 - NO_INTERVAL), number * (1.0 + NO_INTERVAL)
