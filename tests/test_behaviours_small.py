"""Behaviours of whole tumours in their small form: 1.5 mm, one injection, three days, one or two women.

Too few to decide anything, and the verdicts say so; every mean and every ratio must come back with a number
all the same.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from il2sim.experiments.cli.console import Voice, console
from il2sim.experiments.hypotheses.claim import find
from il2sim.experiments.hypotheses.claim_sets import BEHAVIOURS
from il2sim.experiments.hypotheses.evaluation import Request, ask
from il2sim.experiments.hypotheses.plan import Change
from il2sim.experiments.study.workers import Workplace

NAMES = ("b", "c", "d", "e", "f", "g")
NARROW = {
    "{patient.width: 10 mm}": "{patient.width: 2 mm}",
    "{patient.width: 15 mm}": "{patient.width: 3 mm}",
}
MAY_HAVE_NONE = ("sign", "auc_gain")  # a tie, or a ranking of four
SMALL = (
    "patient.width=1.5 mm",
    "space.margin=0.2 mm",
    "schedule.days=[0]",
    "schedule.surgery_day=3",
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every behaviour's answer, from the command itself."""
    out = tmp_path_factory.mktemp("behaviours")
    names = [name if name != "f" else str(narrow(out)) for name in NAMES]
    request = Request(tuple(names), out, Change(budget=4, settings=SMALL), claim_set=BEHAVIOURS)
    voice = Voice(console(None), quiet=True, as_json=False)
    assert ask(request, voice, Workplace(1), plan=False) == 1  # nothing is decided
    content = json.loads((Path(out) / "behaviours.json").read_text("utf-8"))
    return {entry["name"]: entry for entry in content["behaviours"]}


def narrow(folder: Path) -> Path:
    """Behaviour f at 1.5, 2 and 3 mm: its widths are its arms."""
    text = (BEHAVIOURS.folder / "f.yaml").read_text("utf-8")
    for wide, small in NARROW.items():
        assert wide in text
        text = text.replace(wide, small)
    (folder / "f.yaml").write_text(text)
    return folder / "f.yaml"


def parts(told: dict[str, Any], name: str, stage: str) -> dict[str, Any]:
    (question,) = (each for each in told[name]["questions"] if each["stage"] == stage)
    assert question["not_finished"] == 0
    return {part["what"]: part for part in question["readouts"]}


@pytest.mark.parametrize("name", NAMES)
def test_all_runs_end_and_too_few_decide_nothing(told: dict[str, Any], name: str) -> None:
    (claim,) = find([name], BEHAVIOURS)
    statistic = {readout.what: readout.statistic for readout in (*claim.first, *claim.readouts)}
    for stage in ("responsive", "central"):
        for what, part in parts(told, name, stage).items():
            assert part["verdict"] == "undecided", what
            assert part["reason"].endswith("virtual patients"), what
            has_number = part["value"] is not None and math.isfinite(part["value"])
            assert has_number or statistic[what] in MAY_HAVE_NONE, what
    assert told[name]["verdict"] == "undecided"


def test_excluded_and_inflamed_hold_as_many_cd8_cells_and_see_the_same(told: dict[str, Any]) -> None:
    for stage in ("responsive", "central"):
        found = parts(told, "d", stage)
        cells = found["CD8 cells before treatment; excluded over inflamed"]["value"]
        assert cells == pytest.approx(1.0, abs=0.2)
        hours = found["hours of CD8 signal; excluded over inflamed"]["value"]
        assert hours == pytest.approx(1.0, abs=0.05)


def test_three_days_kill_already_and_more_with_reactive_cells(told: dict[str, Any]) -> None:
    """The drug leaves less than the twin; without reactive cells it does next to nothing."""
    acts = parts(told, "b", "responsive")["viable fraction; drug less matched control"]["value"]
    alone = parts(told, "g", "responsive")[
        "viable fraction without reactive CD8 cells; drug less matched control"
    ]["value"]
    assert acts < 0.0
    assert abs(alone) < 0.05


def test_a_lesion_elsewhere_keeps_what_it_has(told: dict[str, Any]) -> None:
    kept = parts(told, "e", "responsive")["viable fraction; drug elsewhere less matched control"]["value"]
    assert abs(kept) < 0.1
