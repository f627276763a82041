"""What one injection exposes a tumour to, over five decades of dose: a table, a figure and a page of it.

Run `python -m experiments.exposure_map`; points that stand in the table are not computed again.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments import exposure_page, store
from models import Config
from models.build import build
from models.dose import DoseRule, injected_volume_ul, planned_dose
from models.injection import Technique, depots
from models.transport import Transport, Uptake
from models.volume_book import VolumeBook

WIDTHS_MM = (5.0, 10.0, 15.0, 20.0)
HALF_LIVES_H = (0.25, 1.0, 2.0, 4.0, 12.0)
SHARES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Doses over that of the registered rule at the same width."""

DILUTED_HALF_LIFE_H = 2.0
"""The half-life at which smaller doses are also given in the registered dose's volume of fluid."""

DENSITY_PER_ML = {"treg": 4e6, "cd8": 1.8e7, "nk": 2e6, "th": 1.5e7}
"""Cells per mL of tumour, held constant: assumed baseline (biology.md, "Limits of the radial field")."""

WEEK_H = 168.0
STEP_H = 0.5  # between two looks whether the drug is gone; the book takes its own steps
BEYOND_UM = 20_000.0  # of the edge: the widest depot, 10 x at 20 mm, reaches 10 mm beyond it


@dataclass(frozen=True)
class Point:
    """One row of the table: an injection, and volume-mean hours above thresholds within a week of it.

    Undiluted, a smaller dose is a smaller volume of the same strength; diluted, the same volume, weaker.
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


KEYS = ("width_mm", "half_life_h", "share", "is_diluted")
Key = tuple[float, float, float, bool]


def points() -> list[Key]:
    """Width (mm), half-life (h), share of the registered dose and dilution of every row of the table."""
    undiluted = [(*point, False) for point in product(WIDTHS_MM, HALF_LIVES_H, SHARES)]
    smaller = [share for share in SHARES if share < 1.0]
    return undiluted + [(*point, True) for point in product(WIDTHS_MM, [DILUTED_HALF_LIFE_H], smaller)]


def expose(width_mm: float, half_life_h: float, share: float, is_diluted: bool) -> Point:  # noqa: FBT001
    """Follow one injection for a week at constant densities, or until no threshold is passed any more."""
    config = Config().with_values({"il2.half_life": f"{half_life_h:g} h"})
    model, schedule = build(config), config.schedule
    rule = DoseRule(schedule.dose_iu_per_mm, schedule.cap_iu)
    dose_iu, radius_um = share * planned_dose(width_mm, rule).dose_iu, width_mm * 500.0
    thresholds = {name: model.value(f"il2.ec50_{name}") for name in ("cd8", "treg")}
    transport = Transport(
        diffusivity_um2_h=model.value("il2.diffusivity"),
        clearance_per_h=math.log(2.0) / half_life_h,
        pore_fraction=model.value("il2.pore_fraction"),
        basal_nM=model.value("il2.basal"),
    )
    taken_up = model.uptakes.items()  # by cells at rest, which carry no CD25
    uptakes = tuple(Uptake(cell, *numbers) for (cell, _), numbers in taken_up if cell in DENSITY_PER_ML)
    book = VolumeBook(
        *(radius_um, transport, uptakes, thresholds, DENSITY_PER_ML),
        outside_share=model.value("il2.outside_share"),
        beyond_um=BEYOND_UM,
    )
    strength = schedule.concentration_iu_ml * (share if is_diluted else 1.0)
    places = (schedule.centre_share, schedule.retained_centre, schedule.retained_ring)
    technique = Technique(*places, concentration_iu_ml=strength)
    book.inject(depots(dose_iu, radius_um, transport.pore_fraction, technique))
    looks_um = np.linspace(0.0, radius_um, 200)
    while book.hour < WEEK_H and book.concentration(looks_um).max() > min(thresholds.values()):
        book.advance(min(STEP_H, WEEK_H - book.hour), DENSITY_PER_ML)
    seen = book.windows[0]
    given = (width_mm, half_life_h, share, is_diluted, dose_iu, injected_volume_ul(dose_iu, strength) / 1e3)
    return Point(*given, seen.hours["cd8"], seen.hours["treg"], seen.coverage_12h)


def computed(file: Path, say: Callable[[str], None]) -> pd.DataFrame:
    """The whole table; what the file lacks is computed and added to it, a row at a time."""
    rows: list[Mapping[str, Any]] = []
    if file.exists():
        rows = [{str(key): value for key, value in row.items()} for row in read(file).to_dict("records")]
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
    parser = argparse.ArgumentParser(prog="python -m experiments.exposure_map", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder (default: docs)")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    table = computed(folder / "exposure.csv", print)
    store.write_whole(folder / "exposure.png", exposure_page.figure(table))
    store.write_whole(folder / "exposure.md", exposure_page.page(table).encode())


if __name__ == "__main__":
    main()
