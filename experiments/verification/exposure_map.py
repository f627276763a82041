"""What one injection exposes a tumour to, over five decades of dose: a table, a figure and a page of it.

Run `python -m il2sim.experiments.verification.exposure_map`; points that stand in the table are
not computed again, unless the code they were computed with was another.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from il2sim.experiments.study import store
from il2sim.experiments.study.injection_only import DENSITY_PER_ML, exposure
from il2sim.experiments.study.provenance import code_hash
from il2sim.experiments.verification import exposure_page
from il2sim.models import Config
from il2sim.models.drug.dose_rule import DoseRule, injected_volume_ul, planned_dose
from il2sim.models.drug.schedule import technique_of

WIDTHS_MM = (5.0, 10.0, 15.0, 20.0)
HALF_LIVES_H = (0.25, 1.0, 2.0, 4.0, 12.0)
SHARES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Doses over that of the registered rule at the same width."""

DILUTED_HALF_LIFE_H = 2.0
"""The half-life at which smaller doses are also given in the registered dose's volume of fluid."""


@dataclass(frozen=True)
class Point:
    """One row of the table: an injection, and volume-mean hours above thresholds within a week of it.

    Undiluted, a smaller dose is a smaller volume of the same strength; diluted, the same volume, weaker.
    `code` is the version of the code that computed it.
    """

    width_mm: float
    half_life_h: float
    share: float
    is_diluted: bool
    dose_iu: float
    injected_ml: float
    cd8_h: float
    treg_h: float
    coverage_12h: float
    code: str


KEYS = ("width_mm", "half_life_h", "share", "is_diluted")
Key = tuple[float, float, float, bool]


def points() -> list[Key]:
    """Width (mm), half-life (h), share of the registered dose and dilution of every row of the table."""
    undiluted = [(*point, False) for point in product(WIDTHS_MM, HALF_LIVES_H, SHARES)]
    smaller = [share for share in SHARES if share < 1.0]
    return undiluted + [(*point, True) for point in product(WIDTHS_MM, [DILUTED_HALF_LIFE_H], smaller)]


def expose(width_mm: float, half_life_h: float, share: float, is_diluted: bool) -> Point:  # noqa: FBT001
    """Follow one injection for a week at constant densities, or until no threshold is passed any more."""
    config = Config().with_values(
        {"il2.half_life": f"{half_life_h:g} h", "patient.width": f"{width_mm:g} mm"}
    )
    schedule = config.schedule
    rule = DoseRule(schedule.dose_iu_per_mm, schedule.cap_iu)
    dose_iu = share * planned_dose(width_mm, rule).dose_iu
    strength = schedule.concentration_iu_ml * (share if is_diluted else 1.0)
    technique = replace(technique_of(config), concentration_iu_ml=strength)
    seen = exposure(config, dose_iu, technique, DENSITY_PER_ML)
    given = (width_mm, half_life_h, share, is_diluted, dose_iu, injected_volume_ul(dose_iu, strength) / 1e3)
    return Point(*given, seen.hours["cd8"], seen.hours["treg"], seen.coverage_12h, code())


def code() -> str:
    """Hash of the code that a row depends on: the model, the injection without cells, and this file."""
    return code_hash("study/injection_only", "verification/exposure_map")


def computed(file: Path, say: Callable[[str], None]) -> pd.DataFrame:
    """The whole table; what the file lacks, or has of other code, is computed and added, a row at a time."""
    rows: list[Mapping[str, Any]] = []
    if file.exists():
        rows = [{str(key): value for key, value in row.items()} for row in read(file).to_dict("records")]
        rows = [row for row in rows if row.get("code") == code()]
    done = {tuple(row[name] for name in KEYS) for row in rows}
    for number, point in enumerate(points(), start=1):
        if point not in done:
            rows.append(asdict(expose(*point)))
            store.write_whole(file, _csv(pd.DataFrame(rows)))
            say(f"{number} of {len(points())}: " + ", ".join(map(str, point)))
    return read(file)


def read(file: Path) -> pd.DataFrame:
    """The table in the order of `points`."""
    return pd.read_csv(file).sort_values(list(KEYS), ignore_index=True)


def _csv(table: pd.DataFrame) -> bytes:
    text: str = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    return text.encode()


def main() -> None:
    """Compute what is missing, then write table, figure and page beside each other."""
    parser = argparse.ArgumentParser(
        prog="python -m il2sim.experiments.verification.exposure_map", description=__doc__
    )
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder (default: docs)")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    table = computed(folder / "exposure.csv", print)
    store.write_whole(folder / "exposure.png", exposure_page.figure(table))
    store.write_whole(folder / "exposure.md", exposure_page.page(table).encode())


if __name__ == "__main__":
    main()
