"""A page of verdicts grows call by call, and forgets what is no longer asked so; docs keep three."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from experiments import jobs
from experiments.execute import Outcome, Run
from experiments.hypotheses import ask, claim, telling
from experiments.hypotheses.plan import Change
from experiments.hypotheses.shelf import BEHAVIOURS, HYPOTHESES, VERIFICATION, Shelf
from experiments.options import voice_of
from experiments.store import ExperimentError
from experiments.workers import Workplace
from tests.run_case import carried
from tests.test_behaviours import ACTS

DOCS = Path(__file__).parents[1] / "docs"


class Asked:
    """A shelf of two claims in a folder, and calls that ask some of them and add to one page."""

    def __init__(self, folder: Path) -> None:
        self.page, claims = folder / "page.md", folder / "claims"
        claims.mkdir()
        for name in "ab":
            (claims / f"{name}.yaml").write_text(ACTS)
        self.first = claims / "a.yaml"
        self.shelf = Shelf("behaviours", "behaviour", claims, folder / "results", asserted=True)

    def __call__(self, *names: str, at: str | None = None, change: Change | None = None) -> int:
        request = ask.Request(
            names, self.shelf.out, change or Change(), at=at, page=self.page, shelf=self.shelf
        )
        return ask.ask(request, voice_of(quiet=True), Workplace(1), plan=False)

    def forget(self) -> None:
        """Neither page nor runs."""
        self.page.unlink()
        self.page.with_suffix(".json").unlink()
        shutil.rmtree(self.shelf.out)

    @property
    def found(self) -> dict[str, list[tuple[str, str]]]:
        """Of each claim on the page, where it was asked and the verdicts."""
        content = json.loads(self.page.with_suffix(".json").read_text("utf-8"))
        return {
            entry["name"]: [(each["stage"], each["verdict"]) for each in entry["questions"]]
            for entry in content["behaviours"]
        }


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setattr(ask, "execute", carried)
    return Asked(tmp_path)


RESPONSIVE, CENTRAL = ("responsive", "holds"), ("central", "undecided")


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
    assert "holds at the responsive set; undecided at the central values |" in page


def test_a_page_in_parts_is_the_page_at_once(asked: Asked) -> None:
    for at in ("responsive", "central"):
        asked(at=at)
    parts = asked.page.read_bytes(), asked.page.with_suffix(".json").read_bytes()
    for kept in (asked.page, asked.page.with_suffix(".json")):
        kept.unlink()
    asked()
    assert (asked.page.read_bytes(), asked.page.with_suffix(".json").read_bytes()) == parts


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5 mm", "8 mm"),
        ("[-0.05, 0.15]", "[-0.05, 0.05]"),
        ("responsive: 48", "responsive: 51"),
        ("claim: Half", "claim: Just half"),
    ],
)
def test_a_question_that_changed_is_forgotten(asked: Asked, old: str, new: str) -> None:
    asked("a", at="responsive")
    assert old in ACTS
    asked.first.write_text(ACTS.replace(old, new))
    asked("b", at="central")
    kept = [RESPONSIVE] if old.startswith("claim") else []  # other words ask the same
    assert asked.found == {"a": kept, "b": [CENTRAL]}


def test_what_the_code_says_now_replaces_what_it_said(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.hypotheses.answers.code_version", lambda: "0.1.0+0123abcd")
    asked("a")
    assert asked.page.read_text("utf-8").count("code 0123abcd)") == 2
    monkeypatch.undo()
    monkeypatch.setattr(ask, "execute", carried)
    asked("a", at="central")
    assert asked.page.read_text("utf-8").count("code 0123abcd)") == 1


def test_other_questions_than_the_declared_stay_by_themselves(asked: Asked) -> None:
    asked("b", at="central")
    asked("a", at="responsive", change=Change(seed=7))
    assert asked.found == {"a": [RESPONSIVE]}
    asked("b", at="central")
    assert asked.found == {"a": [], "b": [CENTRAL]}


class Stopping:
    """Carries out so many runs, then somebody presses Ctrl-C; counts what it made."""

    def __init__(self, after: int) -> None:
        self.after, self.made = after, 0

    def __call__(self, run: Run) -> Outcome:
        if self.made == self.after:
            raise KeyboardInterrupt
        self.made += 1
        return carried(run)


class TestReadingsStay:
    """A page keeps what was read of every run, so that it can be finished where its runs are no more."""

    def test_what_was_stopped_is_finished_elsewhere(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked("a", at="responsive")
        whole = asked.page.read_bytes(), asked.page.with_suffix(".json").read_bytes()
        asked.forget()
        first, second = Stopping(20), Stopping(999)
        monkeypatch.setattr(ask, "execute", first)
        assert asked("a", at="responsive") == jobs.INTERRUPTED
        assert asked.found == {"a": [("responsive", "undecided")], "b": []}
        said = "undecided (it was stopped)** (48 runs, 28 of them not finished; code"
        assert said in asked.page.read_text("utf-8")
        shutil.rmtree(asked.shelf.out)
        monkeypatch.setattr(ask, "execute", second)
        assert asked("a", at="responsive") == 0
        assert (first.made, second.made) == (20, 28)
        assert (asked.page.read_bytes(), asked.page.with_suffix(".json").read_bytes()) == whole

    def test_another_claim_takes_them_too(self, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
        asked("a", at="responsive")
        shutil.rmtree(asked.shelf.out)
        monkeypatch.setattr(ask, "execute", Stopping(0))
        assert asked("b", at="responsive") == 0

    @pytest.mark.parametrize("module", ["execute", "hypotheses.kept"])
    def test_those_of_other_code_are_not_taken(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch, module: str
    ) -> None:
        """Neither of a run that another model made, nor what another reader read of it."""
        asked("a", at="responsive")
        before = asked.page.read_text("utf-8")
        monkeypatch.setattr(f"experiments.{module}.code_version", lambda *modules: "0.1.0+0123abcd")
        shutil.rmtree(asked.shelf.out)
        again = Stopping(20)
        monkeypatch.setattr(ask, "execute", again)
        assert asked("a", at="responsive") == jobs.INTERRUPTED
        assert again.made == 20
        assert asked.page.read_text("utf-8") == before  # what was stopped takes no answer's place

    @pytest.mark.parametrize("first", [Change(seed=7), Change()])
    def test_a_stopped_call_of_other_questions_takes_no_place(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch, first: Change
    ) -> None:
        asked("a", at="responsive", change=first)
        before = asked.page.read_text("utf-8")
        monkeypatch.setattr(ask, "execute", Stopping(20))
        second = Change() if first.seed else Change(seed=7)
        assert asked("b", at="responsive", change=second) == jobs.INTERRUPTED
        assert asked.page.read_text("utf-8") == before

    def test_a_claim_from_elsewhere_is_finished_too(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere = asked.page.with_name("own.yaml")
        elsewhere.write_text(ACTS)
        for made in (Stopping(20), Stopping(3), Stopping(25)):
            monkeypatch.setattr(ask, "execute", made)
            code = asked(str(elsewhere), at="responsive")
            shutil.rmtree(asked.shelf.out)
        assert (code, made.made) == (0, 25)
        assert asked.found == {"a": [], "b": [], "own": [RESPONSIVE]}

    def test_what_another_call_added_meanwhile_stays(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def meanwhile(run: Run) -> Outcome:
            monkeypatch.setattr(ask, "execute", carried)
            asked("b", at="central")
            raise KeyboardInterrupt

        asked("a", at="central")
        monkeypatch.setattr(ask, "execute", meanwhile)
        assert asked("a", at="responsive") == jobs.INTERRUPTED
        assert asked.found == {"a": [CENTRAL], "b": [CENTRAL]}

    def test_a_reading_that_is_no_number_is_known(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads = "what: half less whole, statistic: difference, of: "
        asked.first.write_text(ACTS.replace(f"{reads}viable_fraction", f"{reads}cd8_treg_ratio"))
        asked("a", at="responsive")  # the stand-in's ratio is NaN
        shutil.rmtree(asked.shelf.out)
        monkeypatch.setattr(ask, "execute", Stopping(0))
        assert asked("a", at="responsive") == ask.NOT_SHOWN
        assert "not finished" not in asked.page.read_text("utf-8")

    def test_every_woman_is_told_with_her_arm(self, asked: Asked) -> None:
        asked("a", at="responsive")
        content = json.loads(asked.page.with_suffix(".json").read_text("utf-8"))
        (question,) = content["behaviours"][0]["questions"]
        twins = [row["viable_fraction"] for row in question["rows"] if row["arm"] == "twin"]
        whole = [row["viable_fraction"] for row in question["rows"] if row["arm"] == "whole"]
        assert [row["woman"] for row in question["rows"] if row["arm"] == "twin"] == list(range(16))
        shown = next(part for part in question["readouts"] if part["what"] == "whole less twin")
        assert np.mean(whole) - np.mean(twins) == pytest.approx(shown["value"])


def test_a_file_of_somebody_else_is_not_replaced(asked: Asked) -> None:
    asked.page.write_text("# My notes")
    with pytest.raises(ExperimentError, match=r"page\.md: exists, and no page\.json beside it says"):
        asked("a", at="central")
    assert asked.page.read_text() == "# My notes"
    assert not asked.shelf.out.exists()


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
        assert not asked.shelf.out.exists()


@pytest.mark.parametrize("shelf", [HYPOTHESES, BEHAVIOURS, VERIFICATION], ids=lambda shelf: shelf.name)
def test_a_kept_page_is_its_answers(shelf: Shelf) -> None:
    kept = DOCS / f"{shelf.name}.json"
    content = json.loads(kept.read_text(encoding="utf-8"))
    page = telling.page(content, shelf)
    assert page == kept.with_suffix(".md").read_text(encoding="utf-8")
    claims, entries = claim.all_claims(shelf), content[shelf.name]
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
        assert telling.page(content, shelf) != page
        first["value"] = value
