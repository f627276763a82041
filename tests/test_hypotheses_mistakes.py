"""Hypotheses: what a person may get wrong, new ones, and what is read from a run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.hypotheses import claim, claim_sets, readings, template
from il2sim.experiments.hypotheses.plan import Change, stages
from il2sim.experiments.hypotheses.readings import Reader
from il2sim.experiments.study import execute, store
from il2sim.models import Config
from il2sim.models.build import mechanisms
from il2sim.models.config.model import ConfigError
from tests import run_case
from tests.cli_case import Il2sim
from tests.hypothesis_case import SMALL, Write


class TestMistakes:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (
                "statistic: difference",
                "statistic: diference",
                "case.yaml:8: readouts.0: statistic: 'diference'",
            ),
            (
                "[half, whole],",
                "[half, hole],",
                "case.yaml:8: readouts.0.arms: 'hole' is not known; did you mean",
            ),
            ("over:", "ovr:", "case.yaml:6: ovr: unknown key; did you mean 'over'?"),
            ("0.25 MIU/mm", "0.25 MIU", "case.yaml:5: arm 'half': schedule.dose: "),
            (
                "schedule.dose: 0.25",
                "schedule.dos: 0.25",
                "case.yaml:5: arm 'half': schedule.dos: unknown key",
            ),
            ("patient.width: 5", "patient.width: -5", "case.yaml:4: arm 'half': patient.width: "),
            ("central: 40", "central: 1", "case.yaml:10: budget.central: 1 runs are fewer than the 2 arms"),
            ("central: 40", "central: -3", "case.yaml:10: budget.central: "),
            ("central: 40", "central: many", "case.yaml:10: budget.central: "),
            (
                "il2.half_life: declared",
                "il2.halflife: declared",
                "case.yaml:6: over.il2.halflife: is no number",
            ),
            (
                "[5 %, 60 %]",
                "[60 %, 5 %]",
                "case.yaml:6: over.patient.stil: found ['60 %', '5 %']; allowed: ",
            ),
            ("[5 %, 60 %]", "[5, 60]", "case.yaml:6: over.patient.stil: found"),
            (
                "il2.half_life: declared",
                "schedule.dose: declared",
                "over.schedule.dose: arm 'half' sets it too",
            ),
            (
                "holds_within: [-0.05, 0.05]",
                "holds_above: 0, holds_below: 1",
                "readouts.0: write exactly one of",
            ),
            (
                "base:",
                "needs: [fiting]\nbase:",
                "case.yaml:4: needs: 'fiting' is not known; did you mean 'fitting'?",
            ),
            ("base:", "seed: 1\nseed: 2\nbase:", "case.yaml:5: seed: written twice"),
            ("claim: Half", "claim: [Half", "case.yaml:3: is not valid YAML"),
        ],
    )
    def test_are_named_with_file_and_line(
        self, il2sim: Il2sim, write: Write, old: str, new: str, said: str
    ) -> None:
        assert old in SMALL
        code, out, err = il2sim(str(write(SMALL.replace(old, new, 1))), "--plan")
        assert (code, out) == (2, "")
        assert said in err
        assert len(err.strip().splitlines()) == 1

    def test_an_unknown_name_gets_the_nearest(self, il2sim: Il2sim) -> None:
        assert il2sim("H16_feld", "--plan")[::2] == (
            2,
            "il2sim: hypotheses: 'H16_feld' is no hypothesis; did you mean 'H14_field'?\n",
        )
        assert "did you mean" in il2sim("h7")[2]

    def test_a_budget_that_buys_no_woman(self, il2sim: Il2sim, write: Write) -> None:
        code, _, err = il2sim(str(write(SMALL)), "--budget", "1")
        assert (code, err) == (
            2,
            "il2sim: --budget: 1 runs are fewer than the 2 arms of one virtual patient of case\n",
        )

    def test_a_file_that_is_not_there(self, il2sim: Il2sim) -> None:
        code, _, err = il2sim("nowhere.yaml")
        assert (code, err) == (
            2,
            "il2sim: nowhere.yaml: cannot be read (no such file or directory); "
            "a YAML file is wanted, like those in configs/, or the name of one that `il2sim configs` lists\n",
        )


class TestNew:
    def test_an_example_that_runs(
        self, il2sim: Il2sim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            claim_sets, "HYPOTHESES", replace(claim_sets.HYPOTHESES, folder=tmp_path / "hypotheses")
        )
        code, _, err = il2sim("--new", "H17")
        assert code == 0
        assert "H17.yaml: fill it in" in err
        assert il2sim("H17", "--plan", "--json")[0] == 0
        code, _, err = il2sim("--new", "H17")
        assert code == 2
        assert "is there already" in err
        code, _, err = il2sim("--new", "../H18")
        assert (code, len(err.splitlines())) == (2, 1)

    def test_it_stays_true_to_the_form(self) -> None:
        assert len(template.TEMPLATE.splitlines()) <= 40


class TestReadings:
    @pytest.fixture
    def folder(self, tmp_path: Path, write: Write) -> tuple[Path, str]:
        run = stages(claim.load(write(SMALL)), Change(budget=2))[0].runs[0, "half"]
        outcome = run_case.carried(run)
        store.save(tmp_path, outcome)
        return tmp_path, run.id

    def test_of_series_and_sections(self, folder: tuple[Path, str]) -> None:
        reader, run_id = Reader(folder[0]), folder[1]
        assert reader.value(run_id, "cd8_growth") == pytest.approx(1.21)  # 100 + day, at day 21
        assert np.isnan(reader.value(run_id, "bulk_ratio"))  # the stand-in has no Treg
        assert np.isnan(reader.value(run_id, "nothing_of_the_kind"))
        assert reader.value(run_id, "cd8_hours_4") == 10.0

    def test_neighbours_count_in_pairs(
        self, folder: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken = run_case.snapshot(Config(), 0.0)
        immune = np.zeros_like(taken.immune)
        immune[10, 10], immune[10, 12], immune[10, 13] = 1, 1, 3  # CD8, CD8 at 30 um, Treg at 45 and 15 um
        changed = execute.Section(**(vars(taken) | {"immune": immune}))
        monkeypatch.setattr(store, "sections", lambda *_: (changed,))
        assert readings.near_ratio(*folder, {}) == pytest.approx((2.0 / 1.0 + 2.0 / 2.0) / 2.0)
        assert readings.bulk_ratio(*folder, {}) == 2.0


def test_the_list_of_what_is_missing_has_no_dead_entry() -> None:
    needed = {need for each in claim.all_claims() for need in each.needs}
    assert needed <= {*mechanisms(), *claim.MISSING}


def test_a_bad_draw_is_located(write: Write) -> None:
    path = write(SMALL.replace("il2.half_life: declared", "patient.cd8_treg_ratio: [0.1, 0.2]"))
    with pytest.raises(ConfigError, match=r"case.yaml:6: over: a draw cannot stand: patient.cd8_treg_ratio"):
        stages(claim.load(path), Change())


def test_a_reading_that_no_run_has_is_named(il2sim: Il2sim, write: Write) -> None:
    path = str(write(SMALL.replace("of: viable_fraction", "of: viable_fractoin"), "misread.yaml"))
    code, _, err = il2sim(path, "--budget", "4", "--workers", "1", "--quiet")
    assert code == 2
    assert "misread.yaml:7: readouts: 'viable_fractoin' is nothing that a run has; did you mean " in err


def test_a_claim_that_nothing_decides_is_refused(write: Write) -> None:
    path = write(SMALL.replace("holds_within: [-0.05, 0.05]", "decides: false"))
    with pytest.raises(ConfigError, match=r"case.yaml:7: readouts: none of them decides; leave"):
        claim.load(path)
