"""What a page keeps of runs: it is finished where they are no more, and no stopped call costs an answer."""

import json
import shutil

import numpy as np
import pytest

from il2sim.experiments.cli import commands
from il2sim.experiments.hypotheses import evaluation
from il2sim.experiments.hypotheses.plan import Change
from il2sim.experiments.study.execute import Outcome, Run
from tests.asked_case import CENTRAL, RESPONSIVE, Asked
from tests.hypothesis_case import ACTS
from tests.run_case import carried


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
        monkeypatch.setattr(evaluation, "execute", first)
        assert asked("a", at="responsive") == commands.INTERRUPTED
        assert asked.found == {"a": [("responsive", "undecided")], "b": []}
        said = "undecided (it was stopped)** (48 runs, 28 of them not finished; code"
        assert said in asked.page.read_text("utf-8")
        shutil.rmtree(asked.claim_set.out)
        monkeypatch.setattr(evaluation, "execute", second)
        assert asked("a", at="responsive") == 0
        assert (first.made, second.made) == (20, 28)
        assert (asked.page.read_bytes(), asked.page.with_suffix(".json").read_bytes()) == whole

    def test_another_claim_takes_them_too(self, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
        asked("a", at="responsive")
        shutil.rmtree(asked.claim_set.out)
        monkeypatch.setattr(evaluation, "execute", Stopping(0))
        assert asked("b", at="responsive") == 0

    @pytest.mark.parametrize("module", ["study.execute", "hypotheses.kept_readings"])
    def test_those_of_other_code_are_not_taken(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch, module: str
    ) -> None:
        """Neither of a run that another model made, nor what another reader read of it."""
        asked("a", at="responsive")
        before = asked.page.read_text("utf-8")
        monkeypatch.setattr(f"il2sim.experiments.{module}.code_hash", lambda *modules: "0123abcd")
        shutil.rmtree(asked.claim_set.out)
        again = Stopping(20)
        monkeypatch.setattr(evaluation, "execute", again)
        assert asked("a", at="responsive") == commands.INTERRUPTED
        assert again.made == 20
        assert asked.page.read_text("utf-8") == before  # what was stopped takes no answer's place

    @pytest.mark.parametrize("first", [Change(seed=7), Change()])
    def test_a_stopped_call_of_other_questions_takes_no_place(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch, first: Change
    ) -> None:
        asked("a", at="responsive", change=first)
        before = asked.page.read_text("utf-8")
        monkeypatch.setattr(evaluation, "execute", Stopping(20))
        second = Change() if first.seed else Change(seed=7)
        assert asked("b", at="responsive", change=second) == commands.INTERRUPTED
        assert asked.page.read_text("utf-8") == before

    def test_a_claim_from_elsewhere_is_finished_too(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere = asked.page.with_name("own.yaml")
        elsewhere.write_text(ACTS)
        for made in (Stopping(20), Stopping(3), Stopping(25)):
            monkeypatch.setattr(evaluation, "execute", made)
            code = asked(str(elsewhere), at="responsive")
            shutil.rmtree(asked.claim_set.out)
        assert (code, made.made) == (0, 25)
        assert asked.found == {"a": [], "b": [], "own": [RESPONSIVE]}

    def test_what_another_call_added_meanwhile_stays(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def meanwhile(run: Run) -> Outcome:
            monkeypatch.setattr(evaluation, "execute", carried)
            asked("b", at="central", out=asked.page.with_name("other results"))
            raise KeyboardInterrupt

        asked("a", at="central")
        monkeypatch.setattr(evaluation, "execute", meanwhile)
        assert asked("a", at="responsive") == commands.INTERRUPTED
        assert asked.found == {"a": [CENTRAL], "b": [CENTRAL]}

    def test_a_reading_that_is_no_number_is_known(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads = "what: half less whole, statistic: difference, of: "
        asked.first.write_text(ACTS.replace(f"{reads}viable_fraction", f"{reads}cd8_treg_ratio"))
        asked("a", at="responsive")  # the stand-in's ratio is NaN
        shutil.rmtree(asked.claim_set.out)
        monkeypatch.setattr(evaluation, "execute", Stopping(0))
        assert asked("a", at="responsive") == evaluation.NOT_SHOWN
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
