"""Printed commands are typed again: each gives the digest of the run it is printed for (1 mm, 3 days)."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from il2sim.experiments.cli import commands, main
from il2sim.experiments.hypotheses import claim
from il2sim.experiments.hypotheses.plan import Change, stages
from il2sim.experiments.report import summary
from il2sim.experiments.study import execute, store
from il2sim.experiments.study.design import REPEATED
from il2sim.experiments.study.results import going_on, passport_of
from il2sim.models import Simulation

Write = Callable[..., Path]
Type = Callable[[str], int]

SHORT = "patient: {width: 1 mm}\nspace: {margin: 0.3 mm}\nschedule: {days: [0], surgery_day: 3}"
AXES = {
    "dose": "schedule.dose: [0 MIU/mm, 0.30000000000000004 MIU/mm]",
    "width": "patient.width: [1 mm, 0.9 mm]",
    "parameter": "cd8_killing.kill_rate: [8 1/day]",
    "without": "without: [[], [suppression], [aicd, exhaustion]]",
    "with": "with: [[oedema]]",
    "mechanisms": "mechanisms: [[tumour, cd8, cd8_killing, il2, body]]",
    "days": "schedule.days: [[0, 1]]",
    "protocol": "schedule.protocol: [registry_2023_literal]",
}
CLAIM = """
claim: Half the dose does as much.
falsified_if: it does not.
base: {patient.width: 1 mm, space.margin: 0.3 mm, schedule.days: '[0]', schedule.surgery_day: '3'}
arms: {half: {schedule.dose: 0.25 MIU/mm}, other: {without: suppression}}
over: {il2.half_life: declared}
readouts:
  - {what: half less other, statistic: difference, of: viable_fraction, arms: [half, other], holds_below: 0}
budget: {central: 2, priors: 2}
"""


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Types a command line in a folder of its own; pictures are left out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(summary, "draw_all", lambda results, **_: ())

    def type_it(command: str) -> int:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as ended:
            main.main()
        return int(ended.value.code or 0)

    return type_it


def digest(folder: str | Path, run_id: str) -> str:
    return str(store.record(Path(folder), run_id)["result_digest"])


def check(typed: Type, folder: str) -> None:
    """Every command of a folder's passport, one after the other."""
    for entry in passport_of(Path(folder))["runs"]:
        there = REPEATED if "--out" in entry["command"] else "results/short"
        store.run_file(Path(there), entry["run_id"]).unlink(missing_ok=True)
        assert typed(entry["command"]) == 0, entry["command"]
        assert digest(there, entry["run_id"]) == entry["result_digest"], entry["command"]


@pytest.mark.slow
@pytest.mark.parametrize("axes", AXES)
def test_a_sweep(typed: Type, write: Write, axes: str) -> None:
    path = write(f"{SHORT}\nsweep: {{axes: {{{AXES[axes]}}}}}", "a folder/short.yaml")
    options = "--workers 1 --out kept --set 'patient.stil=20 %'"
    assert typed(f"il2sim sweep {shlex.quote(str(path))} {options}") == 0
    check(typed, "kept")
    command = going_on(Path("kept"), passport_of(Path("kept")))
    first, *_ = passport_of(Path("kept"))["runs"]
    store.run_file(Path("kept"), first["run_id"]).unlink()
    assert typed(command) == 0
    assert digest("kept", first["run_id"]) == first["result_digest"]


@pytest.mark.slow
@pytest.mark.parametrize("more", ["", "--until 2.125", "--set with=oedema --set 'schedule.dose=1 MIU/mm'"])
def test_one_tumour_and_its_control(typed: Type, write: Write, more: str) -> None:
    path = write(SHORT, "short.yaml")
    assert typed(f"il2sim run {path} --out kept {more}") == 0
    check(typed, "kept")


@pytest.mark.slow
def test_a_run_that_failed(typed: Type, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(f"{SHORT}\nsweep: {{axes: {{without: [[suppression]]}}, twin: false}}", "short.yaml")
    with monkeypatch.context() as broken:
        broken.setattr(Simulation, "result", lambda self: 1 / 0)
        assert typed(f"il2sim sweep {path} --workers 1 --out kept") == commands.STOPPED
    (file,) = Path("kept/failed").iterdir()
    command = file.read_text().splitlines()[1]
    assert typed(command) == 0
    (run,) = execute_all(path)
    assert digest(REPEATED, file.stem) == run


def execute_all(path: Path) -> list[str]:
    """Digests of what the folder's own passport asks for, carried out here."""
    from il2sim.experiments.study.design import grid
    from il2sim.models import Config

    found = passport_of(Path("kept"))
    outcomes = [execute.execute(run) for run in grid(Config.load(path), found["seed"])]
    return [str(outcome.record["result_digest"]) for outcome in outcomes if outcome.record]


@pytest.mark.slow
def test_a_run_of_a_claim(typed: Type, write: Write) -> None:
    found = claim.load(write(CLAIM, "my own/claim.yaml"))
    for stage in stages(found, Change()):
        for run in stage.runs.values():
            outcome = execute.execute(run)
            assert outcome.record is not None, outcome.failure
            assert typed(run.command) == 0
            assert digest(REPEATED, run.id) == outcome.record["result_digest"]
