"""`run_all`: failures are rows or raised, and what cannot be carried out is refused before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from il2sim.experiments.study import design, runs, store, tables
from il2sim.experiments.study.execute import Run
from il2sim.experiments.study.runs import run_all
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config
from tests.run_case import carried


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is the stand-in's."""
    real = runs.carry_out

    def quick(planned: Any, out: Path, place: Any, carry: object) -> Any:
        return real(planned, out, place, carry=carried)

    monkeypatch.setattr(runs, "carry_out", quick)


def _runs(*stil: str) -> list[Run]:
    base = Config.model_validate({"patient": {"width": "5 mm"}})
    return [Run(base.with_values({"patient.stil": each}), 1, {"stil": each}) for each in stil]


class TestFailures:
    def test_they_are_rows(self, tmp_path: Path) -> None:
        table = run_all(_runs("10 %", "75 %", "20 %"), tmp_path, 1)
        assert table["stil"].tolist() == ["10 %", "75 %", "20 %"]
        assert table["failed"].tolist() == ["", "RuntimeError: tick 3: il2: nan nM", ""]
        assert table["viable_fraction"].isna().tolist() == [False, True, False]
        assert table["config.patient.stil"].tolist() == pytest.approx([0.1, 0.75, 0.2])
        assert table["viable_fraction"].mean() == pytest.approx(table["viable_fraction"].dropna().mean())

    def test_or_raised_by_choice_and_the_others_are_kept(self, tmp_path: Path) -> None:
        planned = _runs("10 %", "75 %")
        with pytest.raises(ExperimentError, match=f"1 of 2 runs were stopped: run {planned[1].id}: RuntimeE"):
            run_all(planned, tmp_path, 1, on_failure="raise")
        assert store.finished_ids(tmp_path) == {planned[0].id}

    def test_such_runs_alone_have_the_same_columns(self, tmp_path: Path) -> None:
        failed = run_all(_runs("75 %", "76 %"), tmp_path / "a", 1)
        finished = run_all(_runs("10 %"), tmp_path / "b", 1)
        wanted = {name for name in finished if not name.startswith(("ledger.", "timing."))}
        assert wanted <= set(failed)
        assert failed["viable_fraction"].isna().all()
        assert list(failed)[:8] == list(finished)[:8] == [*tables.IDS, "failed", "stil"]

    def test_none_at_all_is_an_empty_table_with_columns(self, tmp_path: Path) -> None:
        table = run_all([], tmp_path, 1)
        assert len(table) == 0
        assert {*tables.IDS, "failed", "viable_fraction"} <= set(table)

    def test_a_run_asked_for_twice_has_two_rows(self, tmp_path: Path) -> None:
        (run,) = _runs("10 %")
        table = run_all([run, replace(run, labels={"stil": "again"})], tmp_path, 1)
        assert table["stil"].tolist() == ["10 %", "again"]

    def test_replicates_are_counted_and_other_labels_stay(self, tmp_path: Path) -> None:
        (run,) = _runs("10 %")
        labels = [{"replicate": "0", "dish": "07"}, {"replicate": "1", "dish": "8"}]
        table = run_all([replace(run, seed=n, labels=each) for n, each in enumerate(labels)], tmp_path, 1)
        assert table["replicate"].tolist() == [0, 1]
        assert str(table["replicate"].dtype) == "int64"
        assert table["dish"].tolist() == ["07", "8"]
        named = run_all([replace(run, labels={"replicate": "left"})], tmp_path, 1)
        assert named["replicate"].tolist() == ["left"]


class TestRefusals:
    @pytest.fixture(autouse=True)
    def nothing_runs(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
        """And nothing is written."""
        monkeypatch.setattr(runs, "carry_out", lambda *_, **__: pytest.fail("something ran"))
        yield
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        "label",
        [
            *("viable_fraction", "mpr", "seed", "run_id", "twin_id", "failed", "in_report", "folder"),
            *(
                "cd8_hours",
                "cd8_hours_1",
                "delta_rcb_twin",
                "config.patient.stil",
                "ledger.x",
                "timing.wall_s",
            ),
        ],
    )
    def test_a_label_with_a_columns_name(self, tmp_path: Path, label: str) -> None:
        planned = [*_runs("10 %"), Run(Config(), 1, {label: "x"})]
        with pytest.raises(ExperimentError, match=f"run 2 has a label named '{label}'.*like 'my_{label}'"):
            run_all(planned, tmp_path / "out", 1)

    @pytest.mark.parametrize("labels", [{1: "x"}, {"": "x"}, {"x": ["y"]}, {"x": object()}, None, "arm"])
    def test_a_label_that_no_column_can_hold(self, tmp_path: Path, labels: Any) -> None:
        with pytest.raises(ExperimentError, match=r"run_all: (run|number) 1 has"):
            run_all([Run(Config(), 1, labels)], tmp_path / "out", 1)

    @pytest.mark.parametrize("workers", [0, -1, "2", 1.5, True, np.int64(0)])
    def test_workers_that_are_none(self, tmp_path: Path, workers: Any) -> None:
        with pytest.raises(ExperimentError, match=r"workers is .*give a whole number from 1"):
            run_all(_runs("10 %"), tmp_path / "out", workers)

    @pytest.mark.parametrize(
        "planned", [None, 3, "runs", Run(Config(), 1, {}), Config(), [Config()], [None], [(1, 2)], {"a": 1}]
    )
    def test_what_is_no_run(self, tmp_path: Path, planned: Any) -> None:
        with pytest.raises(ExperimentError, match=r"give a list, like|write Run\(config, seed, labels\)"):
            run_all(planned, tmp_path / "out", 1)

    @pytest.mark.parametrize("out", [None, 3, "", " "])
    def test_no_folder(self, out: Any) -> None:
        with pytest.raises(ExperimentError, match="give the path of a folder"):
            run_all(_runs("10 %"), out, 1)

    def test_another_word_for_failures(self, tmp_path: Path) -> None:
        with pytest.raises(ExperimentError, match="on_failure is 'ignore'; allowed are 'row' and 'raise'"):
            run_all(_runs("10 %"), tmp_path / "out", 1, on_failure="ignore")


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_of_either_kind(tmp_path: Path, kind: Callable[[Path], Any]) -> None:
    table = run_all(iter(_runs("10 %")), kind(tmp_path / "out"), np.int64(1))  # type: ignore[arg-type]
    assert isinstance(table, pd.DataFrame)
    assert store.finished_ids(tmp_path / "out") == set(table["run_id"])


def test_a_design_reads_back_alike(tmp_path: Path, doses: Config) -> None:
    planned = design.grid(doses, 1)
    first, again = (run_all(planned, tmp_path, 1) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert {"delta_rcb_twin", "mpr_beyond_twin"} & set(first)
