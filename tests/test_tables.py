"""The tables a folder ends with: columns say what they are, and `il2sim table` joins folders."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from il2sim.experiments.study import columns, formats, tables
from il2sim.experiments.study.cell_kinds import own_kinds
from il2sim.experiments.study.execute import Run, execute
from il2sim.experiments.study.tidy import tidy_row
from il2sim.models import Config
from il2sim.models.config.mechanisms import BIOLOGY, MECHANISMS
from tests.cli_case import Il2sim, typist

SMALL = {
    "patient": {"width": "1 mm"},
    "space": {"margin": "0.2 mm"},
    "schedule": {"days": [0, 1], "surgery_day": 1.5},
}
VAGUE = ("a label of the run", "as the config of the run says", "of the config")


@pytest.fixture
def il2sim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types a command in a folder of its own, without model or figures; exit code, stdout, stderr."""
    yield from typist(tmp_path, monkeypatch, capsys)


class TestColumns:
    @pytest.mark.parametrize(
        "config",
        [
            SMALL,
            SMALL | {"mechanisms": [*MECHANISMS, *BIOLOGY, "leak", "oedema", "systemic", "trauma"]},
            SMALL | {"pathology": {"observer": True}},
        ],
        ids=["default", "whole biology", "observer"],
    )
    def test_every_one_has_a_description_of_its_own(self, config: dict[str, Any]) -> None:
        outcome = execute(Run(Config.model_validate(config), 1, {"arm": "drug", "replicate": "0"}))
        assert outcome.record is not None, outcome.failure
        for name, value in tidy_row(outcome.record).items():
            told = columns.of_runs(name, own_kinds())
            is_config = name.startswith("config.")
            assert not any(words in told.description for words in VAGUE[: 2 if is_config else 3]), name
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            assert bool(told.unit) == is_number or value is None or name.startswith("config."), name
        for name in outcome.series:
            told = columns.of_series(name, own_kinds())
            assert told.unit, name
            assert (
                name in columns.SERIES
                or name in own_kinds()
                or name.endswith("_signal")
                or name.startswith("systemic_")
            ), name

    def test_they_stand_in_the_files(self, il2sim: Il2sim, many: str) -> None:
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        for file in ("runs", "series"):
            schema = pq.read_schema(f"results/many/{file}.parquet")
            for field in schema:
                assert field.metadata[b"description"], field.name
                assert b"unit" in field.metadata, field.name
            assert schema.metadata[tables.SCHEMA] == str(formats.TABLE).encode()
        runs = pq.read_schema("results/many/runs.parquet")
        assert runs.field("cd8_hours_1").metadata[b"unit"] == b"h"
        assert b"schedule.dose" in runs.field("schedule.dose").metadata[b"description"]
        assert runs.field("config.patient.width_um").metadata[b"unit"] == b"um"
        series = pq.read_schema("results/many/series.parquet")
        assert series.field("il2_mean_nM").metadata[b"unit"] == b"nM"


class TestSchema:
    def test_everything_written_and_printed_says_it(self, il2sim: Il2sim, one: str) -> None:
        document = json.loads(il2sim("run", one, "--seed", "1", "--json")[1])
        assert document["schema"] == formats.DOCUMENT
        found = json.loads(Path("results/one/passport.json").read_text())
        assert found["schema"] == formats.PASSPORT
        file = next(Path("results/one/runs").iterdir())
        record = json.loads(pq.read_schema(file).metadata[b"il2sim.record"])
        assert record["schema"] == formats.RUN


def _of_one(il2sim: Il2sim, folder: str) -> None:
    """Of one folder, named twice, there is no column that tells folders apart."""
    il2sim("table", folder, f"{folder}/passport.json", "--out", "one.csv")
    rows = list(csv.DictReader(io.StringIO(Path("one.csv").read_text())))
    assert len(rows) == 4
    assert "folder" not in rows[0]


def _shown_short(il2sim: Il2sim, folders: tuple[str, str]) -> None:
    code, out, _ = il2sim("table", *folders)
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 13)
    assert lines[0].split()[:3] == ["folder", "run_id", "seed"]
    assert "viable_fraction" in lines[0]
    assert "config_hash" not in lines[0]


class TestVerb:
    @pytest.fixture
    def two(self, il2sim: Il2sim, one: str, many: str) -> tuple[str, str]:
        """A folder of single runs and one of a sweep."""
        il2sim("run", one, "--seed", "1", "--set", "patient.stil=20 %")
        il2sim("run", one, "--seed", "2")
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        return "results/one", "results/many"

    def test_several_folders_are_one_table(
        self, il2sim: Il2sim, two: tuple[str, str], tmp_path: Path
    ) -> None:
        for name, read in (
            ("all.parquet", pd.read_parquet),
            ("all.csv", pd.read_csv),
            ("A.CSV", pd.read_csv),
        ):
            code, out, err = il2sim("table", *two, "--out", name)
            assert (code, out) == (0, "")
            assert err.startswith("12 runs, ")
            table = read(tmp_path / name)
            assert table["folder"].value_counts().to_dict() == {"results/one": 4, "results/many": 8}
            assert set(table["patient.stil"]) == {"15 %", "20 %"}
            assert set(table["patient.width"]) == {"5 mm", "8 mm"}
            assert table.groupby("folder")["in_report"].sum().to_dict() == {
                "results/one": 2,
                "results/many": 8,
            }
            assert table["arm"].notna().all()
            assert set(table["replicate"]) == {0, 1}

        _of_one(il2sim, two[0])
        _shown_short(il2sim, two)
        found = json.loads(il2sim("table", *two, "--json")[1])
        assert (found["schema"], len(found["runs"])) == (formats.DOCUMENT, 12)
        assert {run["replicate"] for run in found["runs"]} == {0, 1}

    @pytest.mark.parametrize(
        ("axis", "values"),
        [
            ("without", ["[]", "[suppression]", "[exhaustion, cd8_killing]"]),
            ("with", ["[]", "[cd25]", "[ifng, mhc1]"]),
            ("schedule.days", ["[0]", "[0, 7]", "[0, 7, 14]"]),
        ],
    )
    def test_an_axis_of_lists_is_in_every_row(
        self, il2sim: Il2sim, tmp_path: Path, axis: str, values: list[str]
    ) -> None:
        """Also where another folder has no such axis: nobody could tell the arms apart otherwise."""
        (tmp_path / "lists.yaml").write_text(f"sweep: {{axes: {{{axis}: [{', '.join(values)}]}}}}")
        il2sim("sweep", "lists.yaml", "--seed", "1", "--workers", "1")
        own = pd.read_parquet(tmp_path / "results/lists/runs.parquet")[axis].tolist()
        assert set(own) == set(values)
        (tmp_path / "one.yaml").write_text("patient: {width: 5 mm}")
        il2sim("run", "one.yaml", "--seed", "1")
        for others in ([], ["results/one"]):
            il2sim("table", "results/lists", *others, "--out", "all.parquet")
            assert pd.read_parquet(tmp_path / "all.parquet")[axis].tolist()[: len(own)] == own

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["nowhere"], "nowhere: is no folder"),
            (["empty"], "empty: holds no finished run"),
            (["empty", "--out", "all.xlsx"], "ends in '.xlsx'; end it in .csv or .parquet"),
            (["empty", "--out", "all"], "end it in .csv or .parquet"),
            (["empty", "--out", "taken.csv"], "taken.csv: is a folder; name a file in it"),
        ],
    )
    def test_refused_in_a_sentence(self, il2sim: Il2sim, words: list[str], said: str, tmp_path: Path) -> None:
        for name in ("empty", "taken.csv"):
            (tmp_path / name).mkdir()
        code, out, err = il2sim("table", *words)
        assert (code, out) == (2, "")
        assert said in err
        assert len(err.strip().splitlines()) == 1


def test_completion_is_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from typer.testing import CliRunner

    from il2sim.experiments.cli.main import app

    said = CliRunner().invoke(app, ["--help"], prog_name="il2sim").output
    assert "--install-completion" in said
    asked = {"_IL2SIM_COMPLETE": "complete_bash", "COMP_WORDS": "il2sim swe", "COMP_CWORD": "1"}
    assert "sweep" in CliRunner().invoke(app, [], prog_name="il2sim", env=asked).output


def test_a_run_of_the_sweep_is_not_told_from_it_by_spelling(
    il2sim: Il2sim, write: Callable[..., Path]
) -> None:
    for width in ("5 mm", "0.5 cm"):
        name = "same.yaml"
        il2sim("run", str(write(f"patient: {{width: {width}}}", name)), "--seed", "1")
    assert "patient.width" not in pd.read_parquet("results/same/runs.parquet")
