"""What compares a run with its twin, and a table in which endpoints of every kind may be absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from il2sim.experiments.study import store
from il2sim.experiments.study.against_control import against_twin, beside_twins

DRUG: dict[str, Any] = {
    "run_id": "a",
    "twin_id": "b",
    "rcb": 1.2,
    "mpr": True,
    "sataloff": "TA",
    "ypt0": True,
}
TWIN: dict[str, Any] = {"run_id": "b", "twin_id": None, "rcb": 1.9, "mpr": False, "sataloff": "TD"}


def test_drug_minus_twin() -> None:
    found = against_twin(DRUG, TWIN)
    assert found == {"delta_rcb_twin": pytest.approx(-0.7), "mpr_beyond_twin": True}


@pytest.mark.parametrize(
    ("drug", "twin", "beyond"),
    [(True, True, False), (True, False, True), (False, True, False), (False, False, False)],
)
def test_a_response_that_the_twin_has_too_is_no_gain(drug: bool, twin: bool, beyond: bool) -> None:
    assert against_twin({"mpr": drug}, {"mpr": twin}) == {"mpr_beyond_twin": beyond}


@pytest.mark.parametrize("twin", [{}, {"rcb": None, "mpr": None}])
def test_without_a_twin_nothing_is_said(twin: dict[str, Any]) -> None:
    assert against_twin(DRUG, twin) == {}


def test_rows_find_their_twins() -> None:
    alone = {**DRUG, "run_id": "c", "twin_id": "not there"}
    table = beside_twins([DRUG, alone, TWIN]).set_index("run_id")
    assert table.loc["a", "delta_rcb_twin"] == pytest.approx(-0.7)
    assert table.loc[["b", "c"], "delta_rcb_twin"].isna().all()
    assert table.loc[["b", "c"], "mpr_beyond_twin"].isna().all()


def test_absent_booleans_texts_and_numbers_survive_parquet(tmp_path: Path) -> None:
    rows = [{**DRUG, "miller_payne": 4}, TWIN, {"run_id": "c", "twin_id": None, "in_situ": False}]
    store.write_table(tmp_path / "runs.parquet", beside_twins(rows))
    table = pd.read_parquet(tmp_path / "runs.parquet").set_index("run_id")
    assert table["mpr"].dropna().to_dict() == {"a": True, "b": False}
    assert {type(value) for value in table["mpr"].dropna()} == {bool}
    assert table["sataloff"].dropna().to_dict() == {"a": "TA", "b": "TD"}
    assert table["miller_payne"].dropna().to_dict() == {"a": 4}
    assert table["ypt0"].dropna().to_dict() == {"a": True}
    assert table["in_situ"].dropna().to_dict() == {"c": False}
    assert table.loc["c", ["mpr", "sataloff", "rcb"]].isna().all()
