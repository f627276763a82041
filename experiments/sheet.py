"""The dose sheet: what each tumour width is given at a visit, and how that compares with the tumour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from models import Config
from models.config_sections import Schedule
from models.dose import Course, DoseSheet, Fluid, dose_sheet

SETTINGS = (
    "dose_iu_per_mm",
    "cap_iu",
    "concentration_iu_ml",
    "rate_ml_min",
    "dose_is",
    "stop_after",
    "remeasure",
    "swelling",
)
LISTS = ("days", "missed")


def sheet_of(config: Config) -> DoseSheet:
    """The sheet of one config; pores are taken at their central share."""
    return _sheet(config.patient.width_um, config.patient.weight_kg, config.schedule)


def sheets_of(configs: Iterable[Config]) -> list[DoseSheet]:
    """The different sheets of many configs, the narrowest tumour first."""
    return _sorted(map(sheet_of, configs))


def sheets(table: pd.DataFrame) -> list[DoseSheet]:
    """The different sheets of a tidy table's runs with drug."""
    names = [str(name) for name in table]
    columns = [name for name in names if name.startswith(("config.schedule.", "config.patient."))]
    rows = table[table["arm"] == "drug"].drop_duplicates(columns)[columns]
    return _sorted(_from_row({str(key): row[key] for key in row}) for row in rows.to_dict("records"))


def _from_row(row: Mapping[str, Any]) -> DoseSheet:
    """The sheet of one run of a table, where lists are columns numbered from 1."""
    settings = {name: row[f"config.schedule.{name}"] for name in SETTINGS if _is_set(row, name)}
    days, missed = (
        [row[key] for key in row if key.startswith(f"config.schedule.{name}_") and not pd.isna(row[key])]
        for name in LISTS
    )
    stop = int(settings.pop("stop_after", 0)) or None
    visits: dict[str, Any] = {"days": tuple(days), "missed": tuple(map(int, missed)), "stop_after": stop}
    schedule = Schedule.model_construct(None, **settings, **visits)
    return _sheet(float(row["config.patient.width_um"]), float(row["config.patient.weight_kg"]), schedule)


def _is_set(row: Mapping[str, Any], name: str) -> bool:
    found = row.get(f"config.schedule.{name}")
    return found is not None and not pd.isna(found)


def _sheet(width_um: float, weight_kg: float, schedule: Schedule) -> DoseSheet:
    fluid = Fluid(schedule.concentration_iu_ml, schedule.rate_ml_min)
    swelling = schedule.swelling if schedule.remeasure else 0.0
    course = Course(tuple(schedule.days), schedule.given, swelling)
    return dose_sheet(width_um / 1000.0, schedule.rule, fluid, course, weight_kg)


def _sorted(found: Iterable[DoseSheet]) -> list[DoseSheet]:
    return sorted(set(found), key=lambda sheet: (sheet.width_mm, sheet.dose_iu))


def lines(found: Iterable[DoseSheet]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Heads and rows of the sheet as text."""
    heads = (
        "width mm",
        "dose per visit MIU",
        "cap",
        "visits",
        "course MIU",
        "kIU/kg a visit",
        "tumour mm³",
        "IU/mm³",
        "injected mL",
        "injected / tumour",
        "spill at least",
        "minutes",
        "eligibility",
    )
    return heads, [_line(sheet) for sheet in found]


def _line(sheet: DoseSheet) -> Sequence[str]:
    excess = " more fluid than tumour" if sheet.injected_per_tumour > 1 else ""
    return (
        f"{sheet.width_mm:g}",
        f"{sheet.dose_iu / 1e6:.4g}",
        "binds" if sheet.is_capped else "free",
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


def notes(found: Iterable[DoseSheet]) -> list[str]:
    """What the sheet takes for granted, and the other reading of the dose rule."""
    sheets = list(found)
    if not sheets:
        return []
    first = sheets[0]
    said = [
        f"Concentration {first.concentration_iu_ml / 1e6:g} MIU/mL, weight {first.weight_kg:g} kg, pores "
        f"{100 * first.pore_fraction:g} % of the tissue: all assumed.",
        "Spill: the share of the fluid that finds no room in the tumour's pores if all of it stays, fills "
        "the tumour first and the tissue does not swell; what the model places is in the run's ledger.",
    ]
    for sheet in (each for each in sheets if each.dose_iu > 0.0):
        visit, course = (
            f"{each / 1e6:.4g} MIU a visit, {total / 1e6:.4g} in all"
            for each, total in (
                (sheet.as_per_visit_iu, sheet.as_per_visit_total_iu),
                (sheet.as_per_course_iu, sheet.as_per_course_total_iu),
            )
        )
        said.append(f"{sheet.width_mm:g} mm: read per visit {visit}; read per course {course}.")
    return said
