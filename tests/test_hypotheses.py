"""Hypotheses from file to verdict: reading, planning, running with a stand-in, judging, telling."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from experiments import cli, execute, store
from experiments.execute import Outcome, Run, record_of
from experiments.hypotheses import ask, claim, readings, scaffold, telling
from experiments.hypotheses.answers import FAILS
from experiments.hypotheses.plan import Change, stages
from experiments.hypotheses.readings import READINGS, Reader
from models import Config
from models.build import mechanisms
from models.config import ConfigError
from tests import run_case

DOCS = Path(__file__).parents[1] / "docs"
ENDPOINTS = {"viable_fraction", "cd8_hours_1", "cd8_hours_4", "treg_hours_1", "coverage_12h_1"}
BOOKED = {"ledger.cells.treg.divisions", "ledger.cells.treg.entries"}
FOR_LATER = {"deaths_round_depot", "identifiable"}
SMALL = """
claim: Half the dose does as much.
falsified_if: it does not.
base: {patient.width: 5 mm}
arms: {half: {schedule.dose: 0.25 MIU/mm}, whole: {schedule.dose: 0.5 MIU/mm}}
over: {il2.half_life: declared, patient.stil: [5 %, 60 %]}
readouts:
  - {what: half less whole, statistic: difference, of: viable_fraction, arms: [half, whole],
     holds_within: [-0.05, 0.05]}
budget: {central: 40, priors: 40}
"""
FIELD = """
claim: Twice as wide has half the hours.
falsified_if: it has more.
measure: field
arms: {narrow: {patient.width: 5 mm}, wide: {patient.width: 10 mm}}
over: {il2.half_life: [1 h, 4 h]}
readouts:
  - {what: hours lost, statistic: difference, of: cd8_hours_1, arms: [wide, narrow], holds_below: -3}
budget: {central: 2, priors: 72}
"""
Typed = tuple[int, str, str]
Il2sim = Callable[..., Typed]
Write = Callable[..., Path]


def followed(run: Run) -> Outcome:
    """A stand-in for the field: 20 h at 5 mm, four more per half-life hour; 4 h fewer at 10 mm."""
    hours = 20.0 if run.config.patient.width_um == 5000.0 else 16.0
    return _outcome(run, {"cd8_hours": [hours], "treg_hours": [hours + 5.0], "coverage_12h": [1.0]})


def _outcome(run: Run, endpoints: dict[str, list[float]]) -> Outcome:
    parts = {"result_digest": "", "ledger": {}, "timing": {"wall_s": 1.0}, "provenance": {}}
    return Outcome(run, record_of(run, parts | {"endpoints": endpoints}), {"day": np.array([0.0])}, ())


@pytest.fixture
def il2sim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types `il2sim hypotheses ...` in a folder of its own, with stand-ins for both ways to run."""
    monkeypatch.setattr(execute, "Simulation", run_case.Simulation)
    monkeypatch.setattr(ask, "first_injection", followed)
    monkeypatch.chdir(tmp_path)
    execute._settled.cache_clear()

    def typed(*words: str) -> Typed:
        monkeypatch.setattr(sys, "argv", ["il2sim", "hypotheses", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    yield typed
    execute._settled.cache_clear()


class TestFiles:
    def test_all_sixteen_are_there_and_short(self) -> None:
        found = claim.all_claims()
        names = [each.name for each in found]
        assert [f"H{number}" for number in range(1, 17)] == [name for name in names if "_" not in name]
        assert all(name.partition("_")[0] in names for name in names)
        for each in found:
            assert len((claim.FOLDER / f"{each.name}.yaml").read_text("utf-8").splitlines()) <= 40
            assert each.claim.endswith(".")
            assert each.falsified_if.endswith(".")

    @pytest.mark.parametrize("path", sorted(claim.FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
    def test_what_can_be_planned_can_be_planned(self, path: Path) -> None:
        """A mechanism that arrives makes its hypotheses run: their arms must then be valid configs."""
        each = claim.load(path)
        asked = {of for readout in each.readouts for of in readout.of}
        assert asked <= ENDPOINTS | BOOKED | set(READINGS) | FOR_LATER
        if each.missing:
            assert set(each.missing) <= set(claim.MISSING)
            return
        assert not asked & FOR_LATER
        found = stages(each, Change(budget=len(each.arms)))
        for stage in found:
            runs = stage.runs
            assert len({run.id for run in runs.values()}) == len(each.arms)
            assert len({run.seed for run in runs.values()}) == 1
        assert [stage.name for stage in found] == [
            name for name, runs in (("central", each.budget.central), ("priors", each.budget.priors)) if runs
        ]

    def test_what_is_needed_is_switched_on_or_left_out_by_an_arm(self, write: Write) -> None:
        arms = "arms: {half: {without: leak}, whole: {}}"
        path = write(
            SMALL.replace(SMALL[SMALL.index("arms:") : SMALL.index("over:")], f"{arms}\nneeds: [leak]\n")
        )
        runs = stages(claim.load(path), Change(budget=2))[0].runs
        assert "leak" in runs[0, "whole"].config.mechanisms
        assert "leak" not in runs[0, "half"].config.mechanisms


class TestDesign:
    def test_arms_of_a_woman_share_seed_and_draw(self, write: Write) -> None:
        central, priors = stages(claim.load(write(SMALL)), Change())
        assert (central.women, priors.women) == (20, 20)
        for stage in (central, priors):
            for woman in range(stage.women):
                half, whole = (stage.runs[woman, arm] for arm in ("half", "whole"))
                assert half.seed == whole.seed
                assert half.config.set == whole.config.set
                assert half.config.patient == whole.config.patient
                assert 2.0 * half.config.schedule.dose_iu_per_mm == whole.config.schedule.dose_iu_per_mm
        assert len({run.seed for run in central.runs.values()}) == 20
        assert len({run.config.hash for run in priors.runs.values()}) == 40

    def test_draws_fill_their_ranges_evenly(self, write: Write) -> None:
        drawn = stages(claim.load(write(SMALL)), Change())[1].drawn
        half_life, stil = np.sort(drawn["il2.half_life"]), np.sort(drawn["patient.stil"])
        steps = 0.25 * (12.0 / 0.25) ** (np.arange(21) / 20.0)  # one draw in each twentieth, in logs
        assert ((half_life >= steps[:-1]) & (half_life <= steps[1:])).all()
        steps = 5.0 * (60.0 / 5.0) ** (np.arange(21) / 20.0)
        assert ((stil >= steps[:-1]) & (stil <= steps[1:])).all()
        again = stages(claim.load(write(SMALL)), Change(seed=2))[1].drawn
        assert not np.allclose(np.sort(again["il2.half_life"]), half_life)

    def test_the_command_repeats_the_run(self, write: Write) -> None:
        run = stages(claim.load(write(SMALL)), Change(budget=2))[1].runs[0, "half"]
        assert "il2sim run configs/section_2d.yaml --no-twin" in run.command
        assert f"--set 'il2.half_life={run.config.set['il2.half_life']}'" in run.command
        assert "--set 'schedule.dose=0.25 MIU/mm'" in run.command


class TestVerdicts:
    """The stand-in's viable fraction is lower by 0.4 per MIU/mm, exactly, and the same for all arms' luck."""

    @pytest.mark.parametrize(
        ("low", "high", "budget", "word"),
        [(-0.05, 0.15, 32, "holds"), (-0.05, 0.05, 32, "falsified"), (-0.05, 0.15, 4, "undecided")],
    )
    def test_all_three_from_runs(
        self, il2sim: Il2sim, write: Write, low: float, high: float, budget: int, word: str
    ) -> None:
        text = SMALL.replace("[-0.05, 0.05]", f"[{low}, {high}]")
        path = write(text if budget == 4 else text.replace("priors: 40", "priors: 0"))
        code, out, _ = il2sim(str(path), "--budget", str(budget), "--workers", "1", "--json")
        assert code == 0
        (entry,) = json.loads(out)["hypotheses"]
        assert [question["verdict"] for question in entry["questions"]] == [word] * (2 if budget == 4 else 1)
        part = entry["questions"][0]["readouts"][0]
        assert part["value"] == pytest.approx(0.1)
        assert part["n"] == budget // 2
        assert ("at least 16 women" in part["reason"]) == (word == "undecided")

    def test_field_claims_need_one_woman_at_the_centre_and_a_share_of_draws(
        self, il2sim: Il2sim, write: Write
    ) -> None:
        code, out, _ = il2sim(str(write(FIELD)), "--workers", "1", "--json")
        assert code == 0
        central, priors = json.loads(out)["hypotheses"][0]["questions"]
        assert (central["runs"], central["verdict"]) == (2, "holds")
        assert (priors["runs"], priors["verdict"]) == (72, "holds")
        assert priors["readouts"][-1]["what"] == FAILS
        assert priors["readouts"][-1]["value"] == 0.0
        code, out, _ = il2sim(
            str(write(FIELD.replace("-3", "-5"))), "--budget", "8", "--workers", "1", "--json"
        )
        central, priors = json.loads(out)["hypotheses"][0]["questions"]
        assert [central["verdict"], priors["verdict"]] == ["falsified", "falsified"]
        assert priors["readouts"][-1]["value"] == 1.0
        code, out, _ = il2sim(str(write(FIELD)), "--budget", "8", "--workers", "1", "--json")
        assert json.loads(out)["hypotheses"][0]["questions"][1]["verdict"] == "undecided"

    def test_the_same_command_runs_nothing_again(self, il2sim: Il2sim, write: Write) -> None:
        path = str(write(SMALL))
        words = (path, "--budget", "4", "--workers", "1")
        assert "8 runs: 0 cached, 8 to do" in il2sim(*words)[2]
        assert "8 runs: 8 cached, 0 to do" in il2sim(*words)[2]

    def test_stopped_runs_are_named_and_their_women_left_out(self, il2sim: Il2sim, write: Write) -> None:
        text = SMALL.replace("patient.stil: [5 %, 60 %]", "patient.stil: [60 %, 80 %]")
        code, out, err = il2sim(str(write(text)), "--budget", "16", "--workers", "1", "--json")
        assert code == 3
        assert "to repeat it: il2sim run configs/section_2d.yaml" in err
        priors = json.loads(out)["hypotheses"][0]["questions"][1]
        assert priors["not_finished"] > 0
        assert priors["readouts"][0]["n"] == 8 - priors["not_finished"] // 2

    def test_what_is_not_built_is_said_and_gets_no_number(self, il2sim: Il2sim, write: Write) -> None:
        path = write(SMALL + "needs: [fitting]\n")
        code, out, _ = il2sim(str(path), "--json")
        assert code == 0
        (entry,) = json.loads(out)["hypotheses"]
        assert (entry["verdict"], entry["questions"]) == ("not yet", [])
        assert entry["lacks"] == [f"fitting ({claim.MISSING['fitting']})"]
        _, out, err = il2sim(str(path))
        assert "not yet: needs fitting" in out
        assert "1 not yet" in err

    def test_plan_runs_nothing(self, il2sim: Il2sim, write: Write, tmp_path: Path) -> None:
        code, out, _ = il2sim(str(write(SMALL)), "--plan", "--json")
        assert code == 0
        assert {"planned": 80, "cached": 0, "to_do": 80}.items() <= json.loads(out)["hypotheses"][0].items()
        assert not (tmp_path / "results").exists()

    def test_people_read_claim_interval_and_verdict(self, il2sim: Il2sim, write: Write) -> None:
        text = SMALL.replace("priors: 40", "priors: 0")
        code, out, err = il2sim(str(write(text)), "--workers", "1")
        assert code == 0
        assert "case: Half the dose does as much." in out
        assert "at the central values: falsified (40 runs)" in out
        assert "half less whole: 0.1 (0.1 to 0.1), n = 20; holds above -0.05 and below 0.05: falsified" in out
        assert "1 falsified" in err

    def test_settings_lie_over_the_base_and_are_told(self, il2sim: Il2sim, write: Write) -> None:
        _, out, _ = il2sim(
            str(write(SMALL)), "--budget", "2", "--set", "patient.width=6 mm", "--workers", "1", "--json"
        )
        found = json.loads(out)
        assert (found["changed"], found["budget"]) == (["patient.width=6 mm"], 2)
        page = telling.page(found)
        assert "not the declared questions" in page
        run = store.record(ask.OUT / "cells", next(iter(store.finished_ids(ask.OUT / "cells"))))
        assert run["config"]["patient"]["width_um"] == 6000.0


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
        assert (code, err) == (2, "il2sim: --budget: 1 runs are fewer than the 2 arms of one woman of case\n")

    def test_a_file_that_is_not_there(self, il2sim: Il2sim) -> None:
        code, _, err = il2sim("nowhere.yaml")
        assert (code, err) == (2, "il2sim: nowhere.yaml: cannot be read (no such file or directory)\n")


class TestNew:
    def test_an_example_that_runs(
        self, il2sim: Il2sim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(claim, "FOLDER", tmp_path / "hypotheses")
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
        assert len(scaffold.TEMPLATE.splitlines()) <= 40


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


def test_the_page_is_the_answers() -> None:
    content = json.loads((DOCS / "hypotheses.json").read_text(encoding="utf-8"))
    page = telling.page(content)
    assert page == (DOCS / "hypotheses.md").read_text(encoding="utf-8")
    assert [entry["name"] for entry in content["hypotheses"]] == [each.name for each in claim.all_claims()]
    for entry, each in zip(content["hypotheses"], claim.all_claims(), strict=True):
        assert (entry["claim"], entry["falsified_if"]) == (each.claim, each.falsified_if)
        assert len(entry["questions"]) == (2 if each.measure == "field" else 0)
        for question in entry["questions"]:
            assert question["not_finished"] == 0
            question["readouts"][0]["value"] += 1.0
    assert telling.page(content) != page
