"""A page of verdicts grows call by call, and forgets what is no longer asked so; docs keep three."""

import json
from pathlib import Path

import pytest

from il2sim.experiments.hypotheses import claim, evaluation, verdict_page
from il2sim.experiments.hypotheses.claim_sets import BEHAVIOURS, HYPOTHESES, VERIFICATION, ClaimSet
from il2sim.experiments.hypotheses.plan import Change
from il2sim.experiments.study.store import ExperimentError
from tests.asked_case import CENTRAL, RESPONSIVE, Asked
from tests.hypothesis_case import ACTS
from tests.run_case import carried

DOCS = Path(__file__).parents[1] / "docs"


def test_answers_of_earlier_calls_stay(asked: Asked) -> None:
    assert asked("a", at="responsive") == 0
    assert asked.found == {"a": [RESPONSIVE], "b": []}
    assert "| b | Half the dose does as much. | not run (needs 48 + 3 runs" in asked.page.read_text("utf-8")
    asked("b", at="central")
    assert asked.found == {"a": [RESPONSIVE], "b": [CENTRAL]}
    asked("a", at="central")
    assert asked.found == {"a": [RESPONSIVE, CENTRAL], "b": [CENTRAL]}
    page = asked.page.read_text("utf-8")
    assert "1 holds; 1 undecided." in page
    assert "holds in the sensitised scenario; undecided at the reference values |" in page


def test_a_page_in_parts_is_the_page_at_once(asked: Asked) -> None:
    for at in ("responsive", "central"):
        asked(at=at)
    parts = asked.page.read_bytes(), asked.page.with_suffix(".json").read_bytes()
    for kept in (asked.page, asked.page.with_suffix(".json")):
        kept.unlink()
    asked()
    assert (asked.page.read_bytes(), asked.page.with_suffix(".json").read_bytes()) == parts


def test_a_number_beyond_its_range_is_flagged_on_the_page_and_in_the_terminal(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    beyond = "{patient.width: 5 mm, allow_outside: true, cd8_killing.kill_rate: 20 1/day}"
    asked.first.write_text(ACTS.replace("{patient.width: 5 mm}", beyond))
    asked()
    said = "cd8_killing.kill_rate: 20 1/day is OUTSIDE the range that its source gives, 1 to 16; "
    one, other = asked.page.read_text("utf-8").split("## b")
    assert one.count(said) == 2, "in the sensitised scenario and at the reference values"
    assert said not in other
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5 mm", "8 mm"),
        ("[-0.05, 0.15]", "[-0.05, 0.05]"),
        ("responsive: 48", "responsive: 51"),
        ("claim: Half", "claim: Just half"),
        ("what: half less whole", "what: half minus whole"),
    ],
)
def test_a_question_that_changed_is_forgotten(asked: Asked, old: str, new: str) -> None:
    asked("a", at="responsive")
    assert old in ACTS
    asked.first.write_text(ACTS.replace(old, new))
    asked("b", at="central")
    kept = [RESPONSIVE] if old.startswith(("claim", "what")) else []  # other words ask the same
    assert asked.found == {"a": kept, "b": [CENTRAL]}


def test_what_the_code_says_now_replaces_what_it_said(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("il2sim.experiments.hypotheses.answers.code_version", lambda: "0.1.0+0123abcd")
    asked("a")
    assert asked.page.read_text("utf-8").count("code 0123abcd)") == 2
    monkeypatch.undo()
    monkeypatch.setattr(evaluation, "execute", carried)
    asked("a", at="central")
    assert asked.page.read_text("utf-8").count("code 0123abcd)") == 1


def test_other_questions_than_the_declared_stay_by_themselves(asked: Asked) -> None:
    asked("b", at="central")
    asked("a", at="responsive", change=Change(seed=7))
    assert asked.found == {"a": [RESPONSIVE]}
    asked("b", at="central")
    assert asked.found == {"a": [], "b": [CENTRAL]}


def test_a_file_of_somebody_else_is_not_replaced(asked: Asked) -> None:
    asked.page.write_text("# My notes")
    with pytest.raises(ExperimentError, match=r"page\.md: exists, and no page\.json beside it says"):
        asked("a", at="central")
    assert asked.page.read_text() == "# My notes"
    assert not asked.claim_set.out.exists()


def test_a_page_of_another_sort_is_refused(asked: Asked) -> None:
    asked.page.with_suffix(".json").write_text((DOCS / "hypotheses.json").read_text("utf-8"), "utf-8")
    with pytest.raises(ExperimentError, match=r"page's JSON \(ValueError: it has no behaviours\)"):
        asked("a", at="central")


def test_a_page_that_cannot_be_read_is_named(asked: Asked) -> None:
    for text in ("{", "{}", "[]", "7"):
        asked.page.with_suffix(".json").write_text(text)
        with pytest.raises(
            ExperimentError, match=r"page\.json: is no page's JSON .*; move it to begin anew, or name"
        ):
            asked("a", at="central")
        assert not asked.claim_set.out.exists()


@pytest.mark.parametrize(
    "claim_set", [HYPOTHESES, BEHAVIOURS, VERIFICATION], ids=lambda claim_set: claim_set.name
)
def test_a_kept_page_is_its_answers(claim_set: ClaimSet) -> None:
    kept = DOCS / f"{claim_set.name}.json"
    content = json.loads(kept.read_text(encoding="utf-8"))
    page = verdict_page.page(content, claim_set)
    assert page == kept.with_suffix(".md").read_text(encoding="utf-8")
    claims, entries = claim.all_claims(claim_set), content[claim_set.name]
    for entry, each in zip(entries, claims, strict=True):
        assert (entry["name"], entry["claim"]) == (each.name, each.claim)
        assert entry["falsified_if"] == each.falsified_if
        answered = [question["stage"] for question in entry["questions"]]
        asked = [stage for stage, runs in each.budget.model_dump().items() if runs]
        assert each.has_chance or sorted(answered) == sorted(asked)  # what takes seconds has been asked
    for question in (question for entry in entries for question in entry["questions"]):
        assert question["not_finished"] == 0 or question["reason"] == "it was stopped"
        first = question["readouts"][0]
        value = first["value"]
        first["value"] = 1.0 if value is None else value + 1.0
        assert verdict_page.page(content, claim_set) != page
        first["value"] = value
