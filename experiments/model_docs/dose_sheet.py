"""The dose sheet: what each tumour width is given at an injection, and how that compares with the tumour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from il2sim.experiments.report.assumptions import Cards, basis
from il2sim.models import Config
from il2sim.models.build import build
from il2sim.models.drug.dose_rule import Course, DoseSheet, Fluid, dose_sheet

PORES = "il2.pore_fraction"
DOSE_BASIS = ("schedule.dose", "schedule.cap", "schedule.concentration", "patient.width")
NO_IL2: dict[str, Any] = dict.fromkeys(
    (
        *("dose_iu", "largest_dose_iu", "course_iu", "iu_per_kg", "iu_per_mm3"),
        *(f"as_per_{reading}{total}_iu" for reading in ("visit", "course") for total in ("", "_total")),
    ),
    0.0,
)
"""What saline changes of a sheet: its fluid is that of the planned dose."""

OTHER_BASIS = ("patient.weight", "schedule.rate")


def sheet_of(config: Config) -> DoseSheet:
    """The sheet of one config, with its model's own pores. ConfigError for an override that can't stand."""
    schedule, patient, model = config.schedule, config.patient, build(config)
    fluid = Fluid(schedule.concentration_iu_ml, schedule.rate_ml_min)
    if PORES in model.parameters:  # without IL-2 in the model the sheet still says what would be injected
        fluid = replace(fluid, pore_fraction=model.value(PORES))
    swelling = schedule.swelling if schedule.remeasure else 0.0
    course = Course(tuple(schedule.days), schedule.given, swelling)
    planned = dose_sheet(patient.width_um / 1000.0, schedule.rule, fluid, course, patient.weight_kg)
    return replace(planned, **NO_IL2) if schedule.saline else planned


def sheets_of(configs: Iterable[Config]) -> list[DoseSheet]:
    """The different sheets of many configs, the narrowest tumour first."""
    return _sorted(map(sheet_of, configs))


def _sorted(found: Iterable[DoseSheet]) -> list[DoseSheet]:
    return sorted(dict.fromkeys(found), key=lambda sheet: (sheet.width_mm, sheet.dose_iu))


def lines(found: Iterable[DoseSheet]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Heads and rows of the sheet as text."""
    heads = (
        "width mm",
        "dose per injection MIU",
        "cap",
        "injections",
        "course MIU",
        "kIU/kg per dose",
        "tumour mm³",
        "IU/mm³",
        "injected mL",
        "injected / tumour",
        "spill beyond the pores, at least",
        "minutes",
        "eligibility",
    )
    return heads, [_line(sheet) for sheet in found]


def is_saline(sheet: DoseSheet) -> bool:
    """Fluid without IL-2."""
    return sheet.dose_iu == 0.0 < sheet.injected_ul


def _line(sheet: DoseSheet) -> Sequence[str]:
    excess = " more fluid than tumour" if sheet.injected_per_tumour > 1 else ""
    return (
        f"{sheet.width_mm:g}",
        f"{sheet.dose_iu / 1e6:.4g}{' (saline)' if is_saline(sheet) else ''}",
        "" if is_saline(sheet) else "binds" if sheet.is_capped else "free",
        f"{len(sheet.given)} of {len(sheet.days)}",
        f"{sheet.course_iu / 1e6:.4g}",
        f"{sheet.iu_per_kg / 1e3:.3g}",
        f"{sheet.tumour_mm3:.4g}",
        f"{sheet.iu_per_mm3:,.0f}",
        f"{sheet.injected_ul / 1000:.3g}",
        f"{sheet.injected_per_tumour:.2f}{excess}",
        f"{100 * sheet.spill_at_least:.0f} %",
        f"{sheet.minutes_to_inject:.2g}",
        "fails " + ", ".join(sheet.failed_codes) if sheet.failed_codes else "ok by width",
    )


def notes(found: Iterable[DoseSheet], cards: Cards) -> list[str]:
    """What the sheet takes for granted and how it is known, and the other reading of the dose rule."""
    sheets = list(found)
    if not sheets:
        return []
    said = [
        f"What dose and volumes depend on - {basis(DOSE_BASIS, cards)}.",
        f"What IU/kg and minutes depend on besides - {basis(OTHER_BASIS, cards)}.",
        f"What spill depends on besides - {basis((PORES,), cards)}.",
        "Spill beyond the pores: the share of the fluid that finds no room in the tumour's pores if all "
        "stays, fills the tumour first and the tissue does not swell; where IL-2 goes is in a run's report.",
    ]
    return said + _other_reading([each for each in sheets if each.dose_iu > 0.0])


def _other_reading(sheets: Sequence[DoseSheet]) -> list[str]:
    """Doses where the rule is read per injection, and where the same is given over the course."""
    ratios = {round(each.as_per_course_iu / each.as_per_visit_iu, 6) for each in sheets}
    if len(sheets) > 1 and len(ratios) == 1:
        return [
            f"Read per course, the dose rule gives {ratios.pop():.3g} times what it gives read per injection."
        ]
    said = []
    for sheet in sheets:
        visit, course = (
            f"{each / 1e6:.4g} MIU per dose, {total / 1e6:.4g} in all"
            for each, total in (
                (sheet.as_per_visit_iu, sheet.as_per_visit_total_iu),
                (sheet.as_per_course_iu, sheet.as_per_course_total_iu),
            )
        )
        said.append(f"{sheet.width_mm:g} mm: read per injection {visit}; read per course {course}.")
    return said
