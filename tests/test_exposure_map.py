"""The exposure table, its figure and its page: recomputed where cheap, and saying what the table says."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from il2sim.experiments.study.provenance import code_hash
from il2sim.experiments.verification import exposure_map, exposure_page
from il2sim.models import Config
from il2sim.models.build import build
from il2sim.models.drug.dose_rule import MOST_INJECTABLE_ML
from tests.radial_case import DENSITY

DOCS = Path(__file__).parents[1] / "docs"
TABLE = exposure_map.read(DOCS / "exposure.csv")
PLAIN = TABLE[~TABLE["is_diluted"]]


def row(point: exposure_map.Key) -> pd.Series:
    found = TABLE[(TABLE[list(exposure_map.KEYS)] == list(point)).all(axis=1)]
    assert len(found) == 1
    return found.iloc[0]


def test_the_table_is_whole() -> None:
    assert len(TABLE) == len(exposure_map.points()) == len(set(exposure_map.points())) == 252
    assert math.log10(max(exposure_map.SHARES) / min(exposure_map.SHARES)) == pytest.approx(5.0)
    for point in exposure_map.points():
        row(point)


@pytest.mark.parametrize("point", [(5.0, 0.25, 1.0, False), (20.0, 0.25, 0.01, False), (5.0, 2.0, 0.1, True)])
def test_points_are_what_the_book_says_today(point: exposure_map.Key) -> None:
    again, before = exposure_map.expose(*point), row(point)
    for name in ("dose_iu", "injected_ml", "cd8_h", "treg_h", "coverage_12h"):
        assert getattr(again, name) == pytest.approx(before[name], rel=1e-4, abs=1e-4), name


def test_more_drug_never_means_fewer_hours() -> None:
    for _, course in TABLE.groupby(["width_mm", "half_life_h", "is_diluted"]):
        for name in ("cd8_h", "treg_h", "coverage_12h"):
            assert course[name].is_monotonic_increasing
    assert (TABLE["treg_h"] >= TABLE["cd8_h"]).all()
    assert TABLE["coverage_12h"].between(0.0, 1.0).all()


def test_a_longer_half_life_never_means_fewer_hours() -> None:
    for _, course in PLAIN.groupby(["width_mm", "share"]):
        assert course["cd8_h"].is_monotonic_increasing


def test_the_page_is_the_tables() -> None:
    page = exposure_page.page(TABLE)
    assert page == (DOCS / "exposure.md").read_text(encoding="utf-8")
    assert len(page.splitlines()) <= 40
    altered = TABLE.assign(cd8_h=TABLE["cd8_h"] * (1.0 + 0.1 * (TABLE["share"] > 1.0)))
    assert exposure_page.page(altered) != page


def test_the_page_names_the_models_numbers() -> None:
    model, page = build(Config()), exposure_page.page(TABLE)
    assert f"CD8 cells ({model.value('il2.ec50_cd8'):g} nM)" in page
    assert f"Treg ({model.value('il2.ec50_treg'):g} nM)" in page
    assert f"pore fraction {model.value('il2.pore_fraction'):g}" in page
    assert f"basal IL-2 {model.value('il2.basal'):g} nM" in page
    assert f"{model.value('il2.diffusivity') / 3600.0:g} um2/s" in page
    assert f"{model.value('il2.half_life'):g} h the model's reference value" in page
    assert exposure_map.DENSITY_PER_ML == DENSITY


def test_the_least_covering_dose_is_read_from_the_table() -> None:
    lines = exposure_page.page(TABLE).splitlines()
    least = next(line for line in lines if line.startswith("| 20 mm"))
    at_two_hours = PLAIN[(PLAIN["width_mm"] == 20.0) & (PLAIN["half_life_h"] == 2.0)].set_index("share")
    share = float(least.split("|")[4])
    below = max(each for each in exposure_map.SHARES if each < share)
    assert at_two_hours.loc[share, "coverage_12h"] >= 0.5 > at_two_hours.loc[below, "coverage_12h"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The table as if today's code had made it, but for one row that is not there."""
    file = tmp_path / "exposure.csv"
    whole = TABLE.assign(code=exposure_map.code())
    lost = (whole["width_mm"] == 5.0) & (whole["half_life_h"] == 0.25) & (whole["share"] == 0.01)
    whole[~lost].to_csv(file, index=False)
    return file


def test_what_stands_in_the_table_is_not_computed_again(table: Path) -> None:
    said: list[str] = []
    again = exposure_map.computed(table, said.append)
    assert len(said) == 1
    pd.testing.assert_frame_equal(again, TABLE.assign(code=exposure_map.code()), rtol=1e-4)


def test_rows_of_other_code_are_computed_again(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row is lost, two are of other code; so are all where the table does not say."""
    rows = pd.read_csv(table)
    rows.loc[[3, 4], "code"] = "00000000"
    rows.to_csv(table, index=False)
    monkeypatch.setattr(exposure_map, "expose", _fewer_hours)
    said: list[str] = []
    again = exposure_map.computed(table, said.append)
    assert len(said) == 3
    assert len(again) == len(TABLE)
    assert (again["cd8_h"] == -1.0).sum() == 3
    assert set(again["code"]) == {exposure_map.code()}
    again.drop(columns="code").to_csv(table, index=False)
    assert len(exposure_map.computed(table, said.append)) == len(TABLE)
    assert len(said) == 3 + len(TABLE)


def _fewer_hours(*point: Any) -> exposure_map.Point:
    return exposure_map.Point(*point, 1.0, 1.0, -1.0, 1.0, 1.0, exposure_map.code())


def test_the_table_says_which_code_made_it() -> None:
    assert TABLE["code"].str.fullmatch(r".+\+[0-9a-f]{8}").all()
    assert TABLE["code"].nunique() == 1
    own = code_hash("study/injection_only", "verification/exposure_map")
    assert exposure_map.code() == own != code_hash()


def test_the_figure_is_drawn_and_marks_what_nobody_can_inject() -> None:
    assert exposure_page.figure(TABLE).startswith(b"\x89PNG")
    beyond = PLAIN[PLAIN["injected_ml"] > MOST_INJECTABLE_ML * (1.0 + 1e-9)]
    assert set(zip(beyond["width_mm"], beyond["share"], strict=True)) == {
        (10.0, 10.0),
        (15.0, 10.0),
        (20.0, 3.0),
        (20.0, 10.0),
    }
