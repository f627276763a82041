"""Every command that is printed to repeat a run asks for exactly that run: config, seed and code."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from il2sim.experiments.hypotheses import claim
from il2sim.experiments.hypotheses.claim_sets import BEHAVIOURS, HYPOTHESES, VERIFICATION, ClaimSet
from il2sim.experiments.hypotheses.plan import Change, stages
from il2sim.experiments.study import design
from il2sim.experiments.study.results import going_on, passport_of
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config, ConfigError
from tests.cli_case import Il2sim, typist
from tests.command_case import Reader
from tests.hypothesis_case import FIELD, SMALL

ROOT = Path(__file__).resolve().parents[1]
SWEEPS = sorted((ROOT / "configs" / "sweeps").glob("*.yaml"))
CLAIM_SETS = (HYPOTHESES, BEHAVIOURS, VERIFICATION)
CLAIMS = [(claim_set, path) for claim_set in CLAIM_SETS for path in sorted(claim_set.folder.glob("*.yaml"))]
Write = Callable[..., Path]

AXES = {
    "dose": "schedule.dose: [0 MIU/mm, 0.30000000000000004 MIU/mm, 500 kIU/mm]",
    "width": "patient.width: [1 mm, 0.15 cm]",
    "parameter": "cd8_killing.kill_rate: [0.2 1/h, 8 1/day]",
    "without": "without: [[], [suppression], [aicd, exhaustion], nk]",
    "with": "with: [[], [oedema], [hypoxia, vessel_loss]]",
    "mechanisms": "mechanisms: [[tumour, cd8, il2, body], [tumour, nk, nk_killing, il2, body]]",
    "days": "schedule.days: [[0, 7], [0, 3.5, 7]]",
    "protocol": "schedule.protocol: [registry_2025, three_visits, registry_2023_literal]",
    "saline": "schedule.saline: [false, true]",
    "stop": "schedule.stop_after: [null, 2]",
    "two of mechanisms": "{with: [[], [oedema]], without: [[], [aicd]]}",
    "many": "{patient.phenotype: [inflamed, desert], patient.stil: [5 %, 0.1], schedule.cap: [1 MIU, 9 MIU]}",
}
BASES = {
    "plain": "patient: {width: 1 mm}",
    "edited": "patient: {width: 1 mm}\nwith: [trauma]\nschedule: {dose_is: per_course}",
    "extending": "extends: ../the base's.yaml",
}


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    return Reader(monkeypatch)


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_commands_of_shipped_sweeps(reader: Reader, path: Path) -> None:
    runs = design.grid(Config.load(path), 1, str(path))
    assert not [run.command for run in runs if not reader.repeats(run)]


@pytest.mark.parametrize(("claim_set", "path"), CLAIMS, ids=lambda each: getattr(each, "stem", ""))
def test_commands_of_shipped_claims(reader: Reader, claim_set: ClaimSet, path: Path) -> None:
    found = claim.load(path)
    change = Change(budget=len(found.arms))
    for stage in [] if found.missing else stages(found, change):
        for run in stage.runs.values():
            if found.measure == "cells":
                assert reader.repeats(run), run.command
                assert "--out results/repeated" in run.command
            else:
                assert run.id in {each.id for each in reader(run.command)}, run.command
                assert run.command.startswith("il2sim hypotheses") == (claim_set is HYPOTHESES)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("axes", AXES)
def test_commands_of_every_kind_of_axis(reader: Reader, write: Write, base: str, axes: str) -> None:
    write("patient: {width: 1 mm}\nwith: [trauma]\nschedule: {days: [0, 14]}", "the base's.yaml")
    text = AXES[axes] if AXES[axes].startswith("{") else f"{{{AXES[axes]}}}"
    path = write(f"{BASES[base]}\nsweep: {{axes: {text}}}", "a folder/of $mine's.yaml")
    settings = ["patient.doubling_time=90 d", " patient.nk = 4 1/mm2"]
    runs = design.grid(Config.load(path, settings), 1, str(path), settings)
    assert len(runs) > 1
    assert not [run.command for run in runs if not reader.repeats(run)]


@pytest.mark.parametrize(
    ("setting", "axes"),
    [
        ("with=[oedema]", "without: [[], [oedema], [aicd]]"),
        ("without=[aicd, suppression]", "with: [[], [aicd], [oedema, suppression]]"),
        ("mechanisms=[tumour, cd8, il2, body]", "without: [[], [cd8]]"),
        ("mechanisms=[tumour, cd8, il2, body]", "{with: [[], [nk]], without: [[], [cd8]]}"),
    ],
)
def test_commands_where_a_setting_and_an_axis_edit_the_mechanisms(
    reader: Reader, write: Write, setting: str, axes: str
) -> None:
    text = axes if axes.startswith("{") else f"{{{axes}}}"
    path = write(f"patient: {{width: 1 mm}}\nsweep: {{axes: {text}}}")
    settings = [setting, "patient.stil=20 %"]
    runs = design.grid(Config.load(path, settings), 1, str(path), settings)
    assert len({run.config.mechanisms for run in runs}) > 1
    assert not [run.command for run in runs if not reader.repeats(run)]


def test_a_setting_of_mechanisms_under_an_axis_of_lists_is_refused(write: Write) -> None:
    path = write(f"patient: {{width: 1 mm}}\nsweep: {{axes: {{{AXES['mechanisms']}}}}}")
    with pytest.raises(ExperimentError, match="--set with: the sweep has an axis of mechanisms"):
        design.grid(Config.load(path, ["with=[oedema]"]), 1, str(path), ["with=[oedema]"])


@pytest.mark.parametrize("until", [None, 3.0, 7.125, 10 + 1 / 144])
@pytest.mark.parametrize("given", ["{}", "{dose_is: per_course}", "{saline: true, missed: [2]}"])
def test_commands_of_one_tumour_and_its_control(
    reader: Reader, write: Write, until: float | None, given: str
) -> None:
    path = write(f"patient: {{width: 1 mm}}\nschedule: {given}\nclocks: {{immune_ticks: 1}}", "-my case.yaml")
    for settings in ((), ("with=oedema", "cd8.reactive_share=0.30000000000000004")):
        config = Config.load(path, settings)
        runs = design.pair(config, 7, path, settings, twin=True, until=until)
        assert len(runs) == 2
        assert not [run.command for run in runs if not reader.repeats(run)]


def test_a_file_that_looks_like_an_option_is_still_a_file(
    reader: Reader, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write("patient: {width: 1 mm}", "-x.yaml").parent)
    (run,) = design.pair(Config.load("-x.yaml"), 7, Path("-x.yaml"), (), twin=False, until=None)
    assert reader.repeats(run)


def test_what_a_point_sets_is_no_longer_tried_with_the_rest_of_its_axis(write: Write) -> None:
    path = write("sweep: {axes: {without: [[], [nk_killing], [aicd]]}}")
    assert "aicd" not in Config.load(path, ["without=[aicd]"]).mechanisms
    assert "aicd" not in Config.load(path, ["mechanisms=[tumour, cd8]"]).mechanisms
    wrong = write("sweep: {axes: {without: [[], [nk_killng]]}}", "wrong.yaml")
    with pytest.raises(ConfigError, match=r"wrong.yaml:1: without: 'nk_killng' is not among"):
        Config.load(wrong, ["patient.width=5 mm"])


@pytest.mark.parametrize("verb", ["hypotheses", "behaviours"])
@pytest.mark.parametrize("text", [SMALL, FIELD])
def test_commands_of_a_claim_of_ones_own(reader: Reader, write: Write, verb: str, text: str) -> None:
    found = claim.load(write(text, "my own/claim.yaml"))
    change = Change(seed=5, budget=4, settings=("patient.doubling_time=90 d",))
    for stage in stages(found, change):
        for run in stage.runs.values():
            assert run.id in {each.id for each in reader(run.command)}, run.command


def test_commands_of_claims_are_for_where_one_stands(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("H1", "H4"):
        run = stages(*claim.find([name]), Change(budget=8))[0].runs[0, next(iter(claim.find([name])[0].arms))]
        assert run.id in {each.id for each in reader(run.command)}, run.command


class TestTyped:
    """What stands in files and on the screen, of runs carried out by a stand-in."""

    @pytest.fixture
    def il2sim(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Il2sim:
        self.monkeypatch = monkeypatch
        return next(typist(tmp_path, monkeypatch, capsys))

    def test_what_failed_and_passports_say(self, il2sim: Il2sim, write: Write) -> None:
        axes = "{patient.stil: [10 %, 75 %], without: [[], [aicd]], schedule.dose: [0.25 MIU/mm]}"
        path = write(f"patient: {{width: 1 mm}}\nsweep: {{axes: {axes}}}", "a b/sweep.yaml")
        code, _, err = il2sim("sweep", str(path), "--workers", "1", "--out", "some where", "--seed", "3")
        assert code == 3
        said = dict(re.findall(r"run (\w+) was stopped.*\n.*\n  to repeat it: (.*)", err))
        failed = {file.stem: file.read_text().splitlines()[1] for file in Path("some where/failed").iterdir()}
        noted = {run["run_id"]: run["command"] for run in passport_of(Path("some where"))["runs"]}
        assert len(failed) == len(said) == 4
        assert len(noted) == 8
        reader = Reader(self.monkeypatch)
        for found in (said, failed, noted):
            for run_id, command in found.items():
                assert [run.id for run in reader(command)] == [run_id], command

    @pytest.mark.parametrize("axes", ["without: [[suppression], [aicd]]", "with: [[oedema]]"])
    def test_a_run_is_one_point_to_the_end(self, il2sim: Il2sim, write: Write, axes: str) -> None:
        path = write(f"patient: {{width: 1 mm}}\nsweep: {{axes: {{{axes}}}}}")
        code, _, err = il2sim("sweep", str(path), "--workers", "1", "--out", "kept", "--seed", "3")
        assert code == 0, err
        for entry in passport_of(Path("kept"))["runs"]:
            code, out, err = il2sim(*shlex.split(entry["command"])[1:], "--json")
            assert code == 0, err
            assert json.loads(out)["result_digest"] == entry["result_digest"]
            assert "one tumour of it alone" in err

    def test_what_a_report_says_to_go_on(self, il2sim: Il2sim, write: Write, many: str) -> None:
        il2sim("sweep", many, "--workers", "1", "--out", "here", "--force", "--set", "patient.stil=20 %")
        passport = passport_of(Path("here"))
        ids = [run["run_id"] for run in passport["runs"]]
        reader, command = Reader(self.monkeypatch), going_on(Path("here"), passport)
        assert [run.id for run in reader(command)] == ids
        assert "--force" not in command, "what is finished would be run again"
        Path("here").rename("there")
        moved = going_on(Path("there"), passport)
        assert [run.id for run in reader(moved)] == ids
        assert "--force" not in moved

    def test_a_drawn_seed_is_in_every_command(self, il2sim: Il2sim, one: str) -> None:
        _, out, err = il2sim("run", one, "--json")
        seed = json.loads(out)["seed"]
        assert f"repeat with --seed {seed}" in err
        found = passport_of(Path("results/one"))
        reader = Reader(self.monkeypatch)
        for entry in found["runs"]:
            assert [run.id for run in reader(entry["command"])] == [entry["run_id"]]
