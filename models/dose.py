"""The dose of a visit: rule per mm with a cap, units, volumes, and one row of the dose table.

Doses are IU here and nmol in the tissue; only this file converts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

PG_PER_IU = 61.11  # 18 MIU = 1.1 mg, the reconstituted vial (Proleukin label; clinical.md 1.3)
MOLAR_MASS_DA = 15_300.0  # aldesleukin monomer (Proleukin label; clinical.md 1.3)


@dataclass(frozen=True)
class DoseRule:
    """How much is given at one visit: so much per mm of width, never more than the cap (NCT05821686)."""

    iu_per_mm: float
    cap_iu: float


@dataclass(frozen=True)
class Dose:
    """One visit's dose, and whether the cap made it smaller than the rule per mm asks."""

    dose_iu: float
    is_capped: bool


@dataclass(frozen=True)
class DoseSheet:
    """One row of the dose table (clinical.md 1.3) for a spherical tumour."""

    width_mm: float
    dose_iu: float
    is_capped: bool
    course_iu: float
    tumour_mm3: float
    iu_per_mm3: float
    injected_ul: float
    injected_per_tumour: float


def nmol_from_iu(dose_iu: float) -> float:
    """Amount of aldesleukin, nmol, in a dose in IU (10 MIU = 39.94 nmol)."""
    return dose_iu * PG_PER_IU * 1e-3 / MOLAR_MASS_DA


def injectate_concentration(concentration_iu_ml: float) -> float:
    """Concentration of the injectate in nM (5 MIU/mL = 19,970 nM)."""
    return nmol_from_iu(concentration_iu_ml) * 1e3


def planned_dose(width_mm: float, rule: DoseRule) -> Dose:
    """Dose of one visit, IU; the cap binds only when the rule asks for more than it, not at the cap itself.

    Raises ValueError unless the width and the cap are positive and the dose per mm is not negative.
    """
    demand("patient.width", width_mm, width_mm > 0.0, "a width above 0 mm")
    demand("schedule.dose", rule.iu_per_mm, rule.iu_per_mm >= 0.0, "0 IU/mm or more")
    demand("schedule.cap", rule.cap_iu, rule.cap_iu > 0.0, "a cap above 0 IU")
    asked_iu = rule.iu_per_mm * width_mm
    return Dose(dose_iu=min(asked_iu, rule.cap_iu), is_capped=asked_iu > rule.cap_iu)


def injected_volume_ul(dose_iu: float, concentration_iu_ml: float) -> float:
    """Volume of fluid, uL, that carries the dose at the given concentration, IU/mL."""
    demand("schedule.concentration", concentration_iu_ml, concentration_iu_ml > 0.0, "above 0 IU/mL")
    return dose_iu / concentration_iu_ml * 1e3


def dose_sheet(width_mm: float, rule: DoseRule, concentration_iu_ml: float, visits: int) -> DoseSheet:
    """Doses and volumes of a course of `visits` equal doses into a sphere `width_mm` wide."""
    dose = planned_dose(width_mm, rule)
    tumour_mm3 = math.pi / 6.0 * width_mm**3
    injected_ul = injected_volume_ul(dose.dose_iu, concentration_iu_ml)
    return DoseSheet(
        width_mm=width_mm,
        dose_iu=dose.dose_iu,
        is_capped=dose.is_capped,
        course_iu=dose.dose_iu * visits,
        tumour_mm3=tumour_mm3,
        iu_per_mm3=dose.dose_iu / tumour_mm3,
        injected_ul=injected_ul,
        injected_per_tumour=injected_ul / tumour_mm3,
    )


def demand(where: str, found: float, is_allowed: bool, allowed: str) -> None:
    """Raise ValueError, in one sentence, unless the value is allowed."""
    if not is_allowed:
        raise ValueError(f"{where}: found {found:g}; allowed: {allowed}")
