"""The drug up to the moment it lies in the tissue: dose rule, volumes, and the depots it fills at once.

What happens to it afterwards is the volume book's; doses are IU outside this file and nmol from here on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

PG_PER_IU = 61.11  # 18 MIU = 1.1 mg, the reconstituted vial (Proleukin label; clinical.md 1.3)
MOLAR_MASS_DA = 15_300.0  # aldesleukin monomer (Proleukin label; clinical.md 1.3)
UM3_PER_ML = 1e12


@dataclass(frozen=True)
class DoseRule:
    """How much is given at one visit: so much per mm of width, never more than the cap (NCT05821686)."""

    iu_per_mm: float
    cap_iu: float


@dataclass(frozen=True)
class Technique:
    """How one visit's dose is placed: share to the centre, share of each part that stays, concentration."""

    centre_share: float
    retained_centre: float
    retained_ring: float
    concentration_iu_ml: float


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


@dataclass(frozen=True)
class Depot:
    """One part of an injection: a shell of tissue whose pores hold undiluted injectate at hour 0.

    `injected_nmol` left the syringe, `leaked_nmol` of it was lost at once, `retained_nmol` fills the shell.
    """

    place: str
    inner_um: float
    outer_um: float
    injected_nmol: float
    leaked_nmol: float
    retained_nmol: float


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
    _demand("patient.width", width_mm, width_mm > 0.0, "a width above 0 mm")
    _demand("schedule.dose", rule.iu_per_mm, rule.iu_per_mm >= 0.0, "0 IU/mm or more")
    _demand("schedule.cap", rule.cap_iu, rule.cap_iu > 0.0, "a cap above 0 IU")
    asked_iu = rule.iu_per_mm * width_mm
    return Dose(dose_iu=min(asked_iu, rule.cap_iu), is_capped=asked_iu > rule.cap_iu)


def injected_volume_ul(dose_iu: float, concentration_iu_ml: float) -> float:
    """Volume of fluid, uL, that carries the dose at the given concentration, IU/mL."""
    _demand("schedule.concentration", concentration_iu_ml, concentration_iu_ml > 0.0, "above 0 IU/mL")
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


def depots(dose_iu: float, radius_um: float, pore_fraction: float, technique: Technique) -> tuple[Depot, ...]:
    """Where one visit's dose lies at hour 0: a core sphere and a ring shell about the tumour's edge.

    A retained part displaces the fluid of the pores, so it fills its volume / pore fraction of tissue. The
    ring reaches as far inwards as outwards from the edge; where the core is in its way it starts at the
    core's edge and is pushed outwards, volume kept (biology.md 1.5). Parts without drug are left out. Raises
    ValueError when a share, the radius, the concentration or the pore fraction is out of range.
    """
    _demand("il2.pore_fraction", pore_fraction, 0.0 < pore_fraction <= 1.0, "above 0, at most 1")
    _demand("patient.width", radius_um, radius_um > 0.0, "a radius above 0 um")
    for name in ("centre_share", "retained_centre", "retained_ring"):
        share = getattr(technique, name)
        _demand(f"schedule.{name}", share, 0.0 <= share <= 1.0, "a share from 0 to 1")
    fluid_um3 = injected_volume_ul(dose_iu, technique.concentration_iu_ml) * 1e-3 * UM3_PER_ML
    core_um3 = fluid_um3 * technique.centre_share * technique.retained_centre / pore_fraction
    ring_um3 = fluid_um3 * (1.0 - technique.centre_share) * technique.retained_ring / pore_fraction
    core_um = math.cbrt(_cubed_radius(core_um3))
    inner_um, outer_um = _ring(ring_um3, radius_um, core_um)
    nmol = nmol_from_iu(dose_iu)
    parts = (
        _depot("centre", (0.0, core_um), nmol * technique.centre_share, technique.retained_centre),
        _depot("ring", (inner_um, outer_um), nmol * (1.0 - technique.centre_share), technique.retained_ring),
    )
    return tuple(part for part in parts if part.injected_nmol > 0.0)


def _ring(ring_um3: float, radius_um: float, core_um: float) -> tuple[float, float]:
    """Inner and outer radius of the ring shell; its half width solves (R + w)^3 - (R - w)^3 = volume."""
    cubed = _cubed_radius(ring_um3)
    half_width_um = 2.0 * radius_um * math.sinh(math.asinh(cubed / (4.0 * radius_um**3)) / 3.0)
    inner_um = max(radius_um - half_width_um, core_um, 0.0)
    is_pushed = inner_um > radius_um - half_width_um
    outer_um = math.cbrt(inner_um**3 + cubed) if is_pushed else radius_um + half_width_um
    return inner_um, outer_um


def _depot(place: str, reach_um: tuple[float, float], nmol: float, retained: float) -> Depot:
    return Depot(
        place=place,
        inner_um=reach_um[0],
        outer_um=reach_um[1],
        injected_nmol=nmol,
        leaked_nmol=nmol * (1.0 - retained),
        retained_nmol=nmol * retained,
    )


def _cubed_radius(volume_um3: float) -> float:
    """Cube of the radius of a sphere of this volume, um3."""
    return volume_um3 * 3.0 / (4.0 * math.pi)


def _demand(where: str, found: float, is_allowed: bool, allowed: str) -> None:
    if not is_allowed:
        raise ValueError(f"{where}: found {found:g}; allowed: {allowed}")
