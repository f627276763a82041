"""What a user types and gets: exit codes, what goes to stdout, what to stderr, what is left in the folder."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from il2sim.experiments.demo import server
from il2sim.experiments.study.provenance import code_version
from il2sim.models import Config
from tests.cli_case import Il2sim, files, typist


@pytest.fixture
def il2sim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types a command in a folder of its own, without model or figures; exit code, stdout, stderr."""
    yield from typist(tmp_path, monkeypatch, capsys)


class TestRun:
    def test_json_is_the_document_of_the_interface(self, il2sim: Il2sim, one: str) -> None:
        code, out, err = il2sim("run", one, "--seed", "7", "--json")
        assert code == 0
        found: dict[str, Any] = json.loads(out)
        keys = {
            "schema",
            "run_id",
            "config_hash",
            "seed",
            "version",
            "result_digest",
            "digest",
            "endpoints",
            "twin",
            "against_twin",
            "ledger",
            "timing",
        }
        assert set(found) == keys
        assert found["seed"] == 7
        assert set(found["twin"]) == set(found["endpoints"])
        assert found["against_twin"] == {"mpr_beyond_twin": False}  # the stand-in has no RCB
        assert found["twin"]["viable_fraction"] - found["endpoints"]["viable_fraction"] == pytest.approx(0.2)
        assert found["endpoints"]["cd8_treg_ratio"] is None
        assert {"wall_s", "agent_days", "agent_days_per_s", "peak_rss_mb"} == set(found["timing"])
        assert "report" not in err

    @pytest.mark.usefixtures("pictures")
    def test_a_folder_is_left(self, il2sim: Il2sim, one: str, tmp_path: Path) -> None:
        code, out, err = il2sim("run", one, "--seed", "7")
        assert code == 0
        assert "viable_fraction" in out
        assert "report: results/one/report.html" in err
        left = files(tmp_path / "results" / "one")
        assert {
            "runs.parquet",
            "series.parquet",
            "report.html",
            "passport.json",
            "figures/sections.png",
        } <= left
        assert sum(name.startswith("runs/") for name in left) == 2

    def test_a_drawn_seed_is_printed_and_recorded(self, il2sim: Il2sim, one: str, tmp_path: Path) -> None:
        _, _, err = il2sim("run", one, "--no-twin", "--out", "here")
        seed = json.loads((tmp_path / "here" / "passport.json").read_text())["seed"]
        assert f"seed {seed} (drawn; repeat with --seed {seed})" in err

    def test_no_twin(self, il2sim: Il2sim, one: str) -> None:
        for words in (("--no-twin",), ("--set", "schedule.dose=0 MIU/mm")):
            code, out, _ = il2sim("run", one, "--seed", "7", "--json", *words)
            assert code == 0
            assert "twin" not in json.loads(out)

    def test_a_sweep_is_left_aside_and_that_is_said(self, il2sim: Il2sim, many: str) -> None:
        code, _, err = il2sim("run", many, "--seed", "7")
        assert code == 0
        assert f"its sweep is carried out by il2sim sweep {many}" in err

    def test_until_is_surgery_on_that_day(self, il2sim: Il2sim, one: str, tmp_path: Path) -> None:
        code, out, _ = il2sim("run", one, "--seed", "7", "--json", "--until", "8", "--out", "here")
        assert code == 0
        assert len(json.loads(out)["endpoints"]["cd8_hours"]) == 2
        schedule = json.loads((tmp_path / "here" / "passport.json").read_text())["config"]["schedule"]
        assert (schedule["days"], schedule["surgery_day"]) == ([0, 7], 8)

    def test_an_empty_folder_name_is_refused(self, il2sim: Il2sim, one: str, tmp_path: Path) -> None:
        code, _, err = il2sim("run", one, "--out", "")
        assert code == 2
        assert "is empty; name a folder" in err
        assert not (tmp_path / "runs").exists()

    def test_quiet_says_nothing(self, il2sim: Il2sim, one: str) -> None:
        assert il2sim("run", one, "--quiet") == (0, "", "")

    def test_stopped_by_the_model(self, il2sim: Il2sim, one: str, tmp_path: Path) -> None:
        code, out, err = il2sim("run", one, "--seed", "7", "--json", "--set", "patient.stil=75 %")
        assert code == 3
        failed = json.loads(out)["failed"]
        assert len(failed) == 2
        assert failed[0]["command"] in err
        assert "was stopped: RuntimeError: tick 3: il2: nan nM at voxel 17" in err
        assert f"il2sim run {one} --no-twin --set 'patient.stil=75 %' --seed 7" in err
        assert "Traceback" not in err
        assert len(files(tmp_path / "results" / "one" / "failed")) == 2


class TestBadInput:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("run", "none.yaml"), "none.yaml: cannot be read"),
            (("run", "bad.yaml"), "bad.yaml:1: patient.widht: unknown key; did you mean 'width'?"),
            (("run", "one.yaml", "--set", "cd8.kill_rat=1 1/d"), "did you mean 'cd8_killing.kill_rate'?"),
            (("run", "one.yaml", "--set", "nonsense"), "write name=value"),
            (("run", "one.yaml", "--until", "99"), "--until: found 99"),
            (("run", "one.yaml", "--out", "one.yaml/x"), "one.yaml/x: cannot be written (not a directory)"),
            (("sweep", "one.yaml"), "one.yaml: sweep: is absent"),
            (("sweep", "many.yaml", "--shard", "3/2", "--seed", "1"), "--shard: found '3/2'"),
            (("sweep", "many.yaml", "--shard", "1/2"), "--shard: needs --seed"),
            (("sweep", "many.yaml", "--workers", "0"), "--workers"),
            (("run", "one.yaml", "--seed", "-1"), "--seed"),
            (("report", "."), "passport.json: is not there"),
            (("replay", "one.yaml"), "one.yaml: is not a passport"),
            (("explain", "cd8.kill_rat"), "did you mean cd8_killing.kill_rate"),
            (("fly",), "No such command 'fly'"),
        ],
    )
    def test_one_message_and_two(
        self,
        il2sim: Il2sim,
        one: str,
        many: str,
        write: Callable[..., Path],
        words: tuple[str, ...],
        said: str,
    ) -> None:
        folder = write("patient: {widht: 5 mm}", "bad.yaml").parent
        before = files(folder)
        code, out, err = il2sim(*words)
        assert (code, out) == (2, "")
        assert said in err
        assert "Traceback" not in err
        assert "drawn" not in err
        assert files(folder) == before


class TestCards:
    def test_parameters(self, il2sim: Il2sim) -> None:
        code, out, _ = il2sim("parameters", "--json")
        assert code == 0
        everything = json.loads(out)["parameters"]
        assumed = json.loads(il2sim("parameters", "--assumed", "--json")[1])["parameters"]
        assert 0 < len(assumed) < len(everything)
        assert {number["known"] for number in assumed} == {"assumed"}
        assert {"cd8_killing.kill_rate", "patient.width"} <= {number["name"] for number in everything}

    def test_version(self, il2sim: Il2sim) -> None:
        code, out, _ = il2sim("--version")
        assert (code, out.strip()) == (0, f"il2sim {code_version()}")

    def test_explain_knows_what_is_off(self, il2sim: Il2sim) -> None:
        code, out, _ = il2sim("explain", "cd25.ec50")
        assert code == 0
        assert "  off     until a config names 'cd25' among its `mechanisms`" in out
        assert "  off " not in il2sim("explain", "cd8_killing.kill_rate")[1]

    def test_explain_knows_mechanisms_and_traits(self, il2sim: Il2sim) -> None:
        code, out, _ = il2sim("explain", "suppression")
        assert code == 0
        assert out.startswith(
            "suppression: a mechanism, models/biology/regulation/suppression.py. "
            "Suppression by Treg within 30 um"
        )
        assert "  numbers  suppression.radius, suppression.half_function\n" in out
        code, out, _ = il2sim("explain", "vigour")
        assert code == 0
        assert "vigour: a trait of each cell of the immune layer, 0 to 1\n" in out
        assert "  moved by  vigour falls in nk; vigour rises in nk\n  read by   nk hits tumour\n" in out

    def test_explain(self, il2sim: Il2sim) -> None:
        code, out, _ = il2sim("explain", "patient.width")
        assert code == 0
        assert out.startswith("patient.width = 10 mm\n")
        assert "--set 'patient.width=10 mm'" in out

    def test_rules_are_sentences(self, il2sim: Il2sim, one: str) -> None:
        code, out, _ = il2sim("rules")
        assert code == 0
        assert re.search(
            r"  cd8 hits tumour at cd8_killing\.kill_rate = 4 kills a day \(1\.6 hits an hour\), .* "
            r"\[contact clock\] models/biology/killing/cd8_killing.py:\d+\n",
            out,
        )
        assert out.startswith("How to read it: ")
        assert "tumour divides at a rate solved before treatment (tumour.birth_rate); a daughter fills" in out
        assert "cd8 migrates at " in out
        assert il2sim("rules", one, "--set", "cd8_killing.kill_rate=8 1/d")[1] != out

    def test_schema(self, il2sim: Il2sim) -> None:
        code, out, _ = il2sim("schema")
        assert code == 0
        found = json.loads(out)
        assert {"patient", "schedule", "sweep", "extends"} <= set(found["properties"])
        width = found["$defs"]["Patient"]["properties"]["width"]
        assert (width["type"], width["examples"]) == ("string", ["10 mm"])
        for number in Config().numbers():
            section, key = number.name.split(".")
            assert "string" in found["$defs"][section.capitalize()]["properties"][key]["type"]

    def test_dose_sheet(self, il2sim: Il2sim, many: str) -> None:
        code, out, _ = il2sim("dose", many, "--json")
        assert code == 0
        sheets = {(sheet["width_mm"], sheet["dose_iu"]): sheet for sheet in json.loads(out)["sheets"]}
        assert set(sheets) == {(5.0, 0.0), (8.0, 0.0), (5.0, 2.5e6), (8.0, 4e6)}
        assert sheets[8.0, 4e6]["injected_ul"] == pytest.approx(800.0)  # 4 MIU at 5 MIU/mL
        assert sheets[8.0, 4e6]["injected_per_tumour"] == pytest.approx(2.98, abs=0.01)
        assert "MIU" in il2sim("dose", many)[1]


def test_tests_are_passed_everything(il2sim: Il2sim, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []

    def noted(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        called.append(command)
        return subprocess.CompletedProcess(command, 5)

    monkeypatch.setattr(subprocess, "run", noted)
    code, _, _ = il2sim("test", "-k", "words", "--help", "tests/test_cli.py")
    assert code == 5
    assert called == [[sys.executable, "-m", "pytest", "-k", "words", "--help", "tests/test_cli.py"]]


def test_the_page_is_served_where_it_is_asked(il2sim: Il2sim, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[int, bool]] = []

    def noted(say: Callable[[str], None], port: int, *, opens_browser: bool) -> None:
        served.append((port, opens_browser))
        say("the page is there")

    monkeypatch.setattr(server, "serve", noted)
    assert il2sim("demo", "--port", "0", "--no-browser") == (0, "", "the page is there\n")
    assert served == [(0, False)]


def test_time_left_comes_from_finished_runs(il2sim: Il2sim, many: str) -> None:
    _, first, _ = il2sim("sweep", many, "--seed", "1", "--plan")
    assert "rough figure of another machine" in first
    il2sim("sweep", many, "--seed", "1", "--workers", "1")
    assert "finished runs of this folder" in il2sim("sweep", many, "--seed", "1", "--plan", "--force")[1]
