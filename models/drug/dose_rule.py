"""The dose of an injection and of a course: rule per mm with a cap, units, volumes, rows of the dose sheet.

Doses are IU here and nmol in the tissue; only this file converts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from il2sim.models.trial.eligibility import width_codes

PG_PER_IU = 61.11  # 18 MIU = 1.1 mg, the reconstituted vial (Proleukin label)
MOLAR_MASS_DA = 15_300.0  # aldesleukin monomer (Proleukin label)
MOST_INJECTABLE_ML = 5.0  # into one lesion at once: assumed, no source; the registered rule needs 2 mL
LEAST_INJECTABLE_UL = 10.0  # one graduation of a 1-mL syringe: assumed


@dataclass(frozen=True)
class DoseRule:
    """So much per mm of width, never more than the cap (NCT05821686), shared among so many injections.

    `visits` is 1 where the rule is read as the text of 2023 has it ("total dose per injection").
    """

    iu_per_mm: float
    cap_iu: float
    visits: int = 1


@dataclass(frozen=True)
class Dose:
    """The dose of one injection, and whether the cap made it smaller than the rule per mm asks."""

    dose_iu: float
    is_capped: bool


@dataclass(frozen=True)
class Fluid:
    """What is injected and into what: IU/mL, mL/min, share of the tissue that fluid can fill.

    Defaults: 5 MIU/mL, calculated from 0.5 MIU in 0.1 mL (K5); 0.5 mL/min, assumed; pores from
    memory (M2).
    """

    concentration_iu_ml: float = 5e6
    rate_ml_min: float = 0.5
    pore_fraction: float = 0.3


@dataclass(frozen=True)
class Course:
    """Planned days, numbers (from 1) of the injections given, and the swelling a remeasuring ruler sees."""

    days: tuple[float, ...]
    given: tuple[int, ...]
    swelling: float = 0.0


@dataclass(frozen=True)
class DoseSheet:
    """One row of the dose sheet for a spherical tumour.

    Volumes and ratios are of the largest injection. `spill_at_least` is the share of the fluid that finds
    no room in the tumour's pores: all of it stays, fills the tumour first, and the tissue does not swell.
    `as_per_*` are the two readings of the rule without remeasuring, whatever the config takes.
    """

    width_mm: float
    dose_iu: float
    largest_dose_iu: float
    is_capped: bool
    course_iu: float
    as_per_visit_iu: float
    as_per_visit_total_iu: float
    as_per_course_iu: float
    as_per_course_total_iu: float
    days: tuple[float, ...]
    given: tuple[int, ...]
    concentration_iu_ml: float
    weight_kg: float
    iu_per_kg: float
    tumour_mm3: float
    iu_per_mm3: float
    injected_ul: float
    injected_per_tumour: float
    pore_fraction: float
    spill_at_least: float
    minutes_to_inject: float
    failed_codes: tuple[str, ...]


def nmol_from_iu(dose_iu: float) -> float:
    """Amount of aldesleukin, nmol, in a dose in IU (10 MIU = 39.94 nmol)."""
    return dose_iu * PG_PER_IU * 1e-3 / MOLAR_MASS_DA


def injectate_concentration(concentration_iu_ml: float) -> float:
    """Concentration of the injectate in nM (5 MIU/mL = 19,970 nM)."""
    return nmol_from_iu(concentration_iu_ml) * 1e3


def planned_dose(width_mm: float, rule: DoseRule) -> Dose:
    """Dose of one injection, IU; the cap binds only when the rule gives more than it, not at the cap.

    Raises ValueError unless width, cap and injections are positive and the dose per mm is not negative.
    """
    demand("patient.width", width_mm, width_mm > 0.0, "a width above 0 mm")
    demand("schedule.dose", rule.iu_per_mm, rule.iu_per_mm >= 0.0, "0 IU/mm or more")
    demand("schedule.cap", rule.cap_iu, rule.cap_iu > 0.0, "a cap above 0 IU")
    demand("schedule.days", rule.visits, rule.visits >= 1, "1 injection or more")
    asked_iu = rule.iu_per_mm * width_mm
    return Dose(dose_iu=min(asked_iu, rule.cap_iu) / rule.visits, is_capped=asked_iu > rule.cap_iu)


def course_doses(width_mm: float, rule: DoseRule, visits: int, swelling: float = 0.0) -> tuple[Dose, ...]:
    """The doses of a course into a tumour that keeps its width; from the second the ruler sees swelling."""
    swollen_mm = width_mm * (1.0 + swelling)
    return tuple(planned_dose(swollen_mm if visit else width_mm, rule) for visit in range(visits))


def injected_volume_ul(dose_iu: float, concentration_iu_ml: float) -> float:
    """Volume of fluid, uL, that carries the dose at the given concentration, IU/mL."""
    demand("schedule.concentration", concentration_iu_ml, concentration_iu_ml > 0.0, "above 0 IU/mL")
    return dose_iu / concentration_iu_ml * 1e3


def tumour_volume_mm3(width_mm: float) -> float:
    """Volume of a sphere, mm3, of a width in mm."""
    return math.pi / 6.0 * width_mm**3


def spilled_share(injected_ul: float, width_mm: float, pore_fraction: float) -> float:
    """Share of the fluid for which a sphere's pores have no room, 0 to 1; a lower bound (1 uL = 1 mm3)."""
    demand("il2.pore_fraction", pore_fraction, 0.0 < pore_fraction <= 1.0, "above 0, at most 1")
    room_ul = pore_fraction * tumour_volume_mm3(width_mm)
    return 1.0 - room_ul / injected_ul if injected_ul > room_ul else 0.0


def dose_sheet(width_mm: float, rule: DoseRule, fluid: Fluid, course: Course, weight_kg: float) -> DoseSheet:
    """Doses and volumes of a course into a sphere `width_mm` wide, of a virtual patient of this weight."""
    doses = course_doses(width_mm, rule, len(course.given), course.swelling)
    dose_iu, largest_iu = doses[0].dose_iu, max(dose.dose_iu for dose in doses)
    visits = len(course.days)
    once_iu = planned_dose(width_mm, DoseRule(rule.iu_per_mm, rule.cap_iu)).dose_iu
    tumour_mm3 = tumour_volume_mm3(width_mm)
    injected_ul = injected_volume_ul(largest_iu, fluid.concentration_iu_ml)
    return DoseSheet(
        width_mm=width_mm,
        dose_iu=dose_iu,
        largest_dose_iu=largest_iu,
        is_capped=any(dose.is_capped for dose in doses),
        course_iu=math.fsum(dose.dose_iu for dose in doses),
        as_per_visit_iu=once_iu,
        as_per_visit_total_iu=once_iu * len(course.given),
        as_per_course_iu=once_iu / visits,
        as_per_course_total_iu=once_iu * len(course.given) / visits,
        days=course.days,
        given=course.given,
        concentration_iu_ml=fluid.concentration_iu_ml,
        weight_kg=weight_kg,
        iu_per_kg=largest_iu / weight_kg,
        tumour_mm3=tumour_mm3,
        iu_per_mm3=largest_iu / tumour_mm3,
        injected_ul=injected_ul,
        injected_per_tumour=injected_ul / tumour_mm3,
        pore_fraction=fluid.pore_fraction,
        spill_at_least=spilled_share(injected_ul, width_mm, fluid.pore_fraction),
        minutes_to_inject=injected_ul / 1e3 / fluid.rate_ml_min,
        failed_codes=width_codes(width_mm),
    )


def demand(where: str, found: float, is_allowed: bool, allowed: str) -> None:
    """Raise ValueError, in one sentence, unless the value is allowed."""
    if not is_allowed:
        raise ValueError(f"{where}: found {found:g}; allowed: {allowed}")
