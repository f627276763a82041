"""The dose sheet: what each tumour width is given at a visit, and how that compares with the tumour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from models import Config
from models.dose import DoseRule, DoseSheet, dose_sheet

SETTINGS = ("patient.width_um", "schedule.dose_iu_per_mm", "schedule.cap_iu", "schedule.concentration_iu_ml")


def sheet_of(config: Config) -> DoseSheet:
    """The sheet of one config."""
    schedule = config.schedule
    rule = DoseRule(schedule.dose_iu_per_mm, schedule.cap_iu)
    return dose_sheet(
        config.patient.width_um / 1000.0, rule, schedule.concentration_iu_ml, len(schedule.days)
    )


def sheets_of(configs: Iterable[Config]) -> list[DoseSheet]:
    """The different sheets of many configs, the narrowest tumour first."""
    return _sorted(map(sheet_of, configs))


def sheets(table: pd.DataFrame) -> list[DoseSheet]:
    """The different sheets of a tidy table's runs with drug."""
    columns = [f"config.{name}" for name in SETTINGS]
    visits = [str(name) for name in table if str(name).startswith("config.schedule.days_")]
    found = []
    for _, row in table[table["arm"] == "drug"].drop_duplicates([*columns, *visits]).iterrows():
        width_um, iu_per_mm, cap_iu, concentration = (float(row[name]) for name in columns)
        found.append(
            dose_sheet(
                width_um / 1000.0, DoseRule(iu_per_mm, cap_iu), concentration, int(row[visits].notna().sum())
            )
        )
    return _sorted(found)


def _sorted(found: Iterable[DoseSheet]) -> list[DoseSheet]:
    return sorted(set(found), key=lambda sheet: (sheet.width_mm, sheet.dose_iu))


def lines(found: Iterable[DoseSheet]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Heads and rows of the sheet as text."""
    heads = (
        "width mm",
        "dose per visit MIU",
        "cap",
        "course MIU",
        "tumour mm³",
        "IU/mm³",
        "injected mL",
        "injected / tumour",
    )
    rows: list[Sequence[str]] = [
        (
            f"{sheet.width_mm:g}",
            f"{sheet.dose_iu / 1e6:.4g}",
            "binds" if sheet.is_capped else "free",
            f"{sheet.course_iu / 1e6:.4g}",
            f"{sheet.tumour_mm3:.4g}",
            f"{sheet.iu_per_mm3:,.0f}",
            f"{sheet.injected_ul / 1000:.3g}",
            f"{sheet.injected_per_tumour:.2f}"
            + (" more fluid than tumour" if sheet.injected_per_tumour > 1 else ""),
        )
        for sheet in found
    ]
    return heads, rows
