"""Every run finished in a folder stays in its table and passport; the report says which it is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from il2sim.experiments.study import store
from il2sim.experiments.study.results import load
from tests.cli_case import MANY, Il2sim, typist

OWN = "patient.stil"


@pytest.fixture
def il2sim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types a command in a folder of its own, without model or figures; exit code, stdout, stderr."""
    yield from typist(tmp_path, monkeypatch, capsys)


def _table(name: str, file: str = "runs") -> pd.DataFrame:
    return pd.read_parquet(f"results/{name}/{file}.parquet")


def _report(name: str) -> str:
    return Path(f"results/{name}/report.html").read_text()


def _passport(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(f"results/{name}/passport.json").read_text())
    return found


class TestSingleRuns:
    def test_two_seeds_are_one_table(self, il2sim: Il2sim, one: str) -> None:
        il2sim("run", one, "--seed", "1")
        assert "about the run one with seed 1.<" in _report("one")
        assert _table("one")["in_report"].tolist() == [True, True]
        _, _, err = il2sim("run", one, "--seed", "2")
        assert "2 finished runs of other" in err
        table = _table("one")
        assert sorted(zip(table["seed"], table["arm"], table["in_report"], strict=True)) == [
            (1, "drug", False),
            (1, "twin", False),
            (2, "drug", True),
            (2, "twin", True),
        ]
        assert set(_table("one", "series")["run_id"]) == set(table["run_id"])
        said = _report("one")
        assert "with seed 2. The folder holds 2 other finished runs" in said
        assert "differ in: seed." in said
        assert len(load(Path("results/one")).table) == 2
        assert il2sim("replay", "results/one", "--workers", "1")[1] == "4 of 4 runs agree bit for bit\n"

    def test_two_files_of_one_name_show_what_differs(
        self, il2sim: Il2sim, write: Callable[..., Path]
    ) -> None:
        for folder, text in (("a", "patient: {width: 5 mm}"), ("b", "patient: {width: 8 mm, stil: 30 %}")):
            il2sim("run", str(write(text, f"{folder}/same.yaml")), "--seed", "1")
        table = _table("same")
        assert list(zip(table["patient.width"], table["patient.stil"], strict=True)) == [
            *[("8 mm", "30 %")] * 2,
            *[("5 mm", "15 %")] * 2,
        ]
        assert "schedule.dose" not in table, "twins differ in it from their own runs alone"
        assert "differ in: patient.width, patient.stil." in _report("same")
        assert il2sim("replay", "results/same", "--workers", "1")[1] == "4 of 4 runs agree bit for bit\n"

    def test_the_report_of_a_rebuilt_folder_says_the_same(self, il2sim: Il2sim, one: str) -> None:
        for seed in ("1", "2", "3"):
            il2sim("run", one, "--seed", seed)
        before, table = _report("one"), _table("one")
        assert il2sim("report", "results/one")[0] == 0
        assert _report("one") == before
        pd.testing.assert_frame_equal(_table("one"), table)
        assert [each["seed"] for each in _passport("one")["earlier"]] == [2, 1]

    def test_a_run_again_is_there_once(self, il2sim: Il2sim, one: str) -> None:
        for seed in ("1", "2", "1"):
            il2sim("run", one, "--seed", seed)
        assert len(_table("one")) == 4
        assert [run["seed"] for each in _passport("one")["earlier"] for run in each["runs"]] == [2, 2]

    def test_the_shared_twin_of_two_doses_is_there_once(self, il2sim: Il2sim, one: str) -> None:
        for dose in ("0.1", "0.5"):
            il2sim("run", one, "--seed", "1", "--set", f"schedule.dose={dose} MIU/mm")
        table = _table("one")
        assert table["schedule.dose"].tolist() == ["0.5 MIU/mm", "0 MIU/mm", "0.1 MIU/mm"]
        assert il2sim("replay", "results/one", "--workers", "1")[1] == "3 of 3 runs agree bit for bit\n"

    def test_a_failed_run_hides_no_earlier_one(self, il2sim: Il2sim, one: str) -> None:
        il2sim("run", one, "--seed", "1")
        assert il2sim("run", one, "--seed", "1", "--set", "patient.stil=75 %")[0] == 3
        assert il2sim("replay", "results/one", "--workers", "1")[1] == "2 of 2 runs agree bit for bit\n"
        assert len(json.loads(il2sim("table", "results/one", "--json")[1])["runs"]) == 2

    def test_runs_that_no_passport_knows_are_in_the_table(self, il2sim: Il2sim, one: str) -> None:
        il2sim("run", one, "--seed", "1", "--set", "patient.width=8 mm")
        Path("results/one/passport.json").unlink()
        il2sim("run", one, "--seed", "1")
        assert _table("one")["patient.width"].tolist() == ["5 mm", "5 mm", "8 mm", "8 mm"]

    def test_a_damaged_file_of_another_run_is_named_and_the_report_made(
        self, il2sim: Il2sim, one: str
    ) -> None:
        il2sim("run", one, "--seed", "1")
        first = next(iter(store.finished_ids(Path("results/one"))))
        store.run_file(Path("results/one"), first).write_text("nothing")
        code, _, err = il2sim("run", one, "--seed", "2")
        assert code == 0
        assert f"{first}.parquet: is not a finished run" in err
        assert len(_table("one")) == 3


class TestSweeps:
    def test_means_of_arms_are_of_the_sweep_alone(self, il2sim: Il2sim, many: str) -> None:
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        alone = _table("many")
        il2sim("sweep", many, "--seed", "1", "--workers", "1", "--set", f"{OWN}=30 %")
        il2sim("sweep", many, "--seed", "2", "--workers", "1")
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        table = _table("many")
        assert (len(table), int(table["in_report"].sum())) == (24, 8)
        by = ["schedule.dose", "patient.width"]
        for keys in (by, ["arm"], ["replicate"]):
            means = [each.groupby(keys)["viable_fraction"].mean() for each in (table, alone)]
            assert means[0].to_dict() == pytest.approx(means[1].to_dict())
        assert sorted(set(table[OWN])) == ["15 %", "30 %"]
        assert set(table.loc[table["arm"].isna(), "config.schedule.dose_iu_per_mm"]) == {0.0, 5e5}
        assert "with seed 1. The folder holds 16 other finished runs" in _report("many")
        assert il2sim("replay", "results/many", "--workers", "1")[1] == "24 of 24 runs agree bit for bit\n"
        pd.testing.assert_frame_equal(load(Path("results/many")).table[["arm"]], alone[["arm"]])

    def test_a_longer_sweep_takes_the_shorter_ones_runs(
        self, il2sim: Il2sim, many: str, write: Callable[..., Path]
    ) -> None:
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        write(MANY.replace("replicates: 2", "replicates: 3"), "many.yaml")
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        assert "earlier" not in _passport("many")
        assert _table("many")["in_report"].all()

    def test_a_single_run_stays_out(self, il2sim: Il2sim, many: str) -> None:
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        code, _, err = il2sim("run", many, "--seed", "1")
        assert code == 2
        assert "holds the results of a sweep; choose another folder with --out" in err

    def test_replicates_are_whole_numbers(self, il2sim: Il2sim, many: str) -> None:
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        table = _table("many")
        assert str(table["replicate"].dtype) == "int64"
        assert set(table["replicate"]) == {0, 1}
        found = store.record(Path("results/many"), table["run_id"][0])
        assert found["labels"]["replicate"] in ("0", "1"), "text in the record, as other labels"
