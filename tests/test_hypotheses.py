"""Hypotheses from file to verdict: reading, planning, running with a stand-in, judging, telling."""

import json
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.hypotheses import claim, claim_sets, verdict_page
from il2sim.experiments.hypotheses.draws import FAILS
from il2sim.experiments.hypotheses.plan import SECTION, Change, stages
from il2sim.experiments.hypotheses.readings import READINGS
from il2sim.experiments.study import store
from tests.cli_case import Il2sim
from tests.hypothesis_case import FIELD, SMALL, Write

ENDPOINTS = {
    "viable_fraction",
    *(f"cd8_hours_{visit}" for visit in (1, 2, 3, 4)),
    "treg_hours_1",
    "coverage_12h_1",
}
BOOKED = {"ledger.cells.treg.divisions", "ledger.cells.treg.entries"}
FOR_LATER = {"identifiable"}


class TestFiles:
    def test_all_sixteen_are_there_and_short(self) -> None:
        found = claim.all_claims()
        names = [each.name for each in found]
        assert [f"H{number}" for number in range(1, 17)] == [name for name in names if "_" not in name]
        assert all(name.partition("_")[0] in names for name in names)
        for each in found:
            assert (
                len((claim_sets.HYPOTHESES.folder / f"{each.name}.yaml").read_text("utf-8").splitlines())
                <= 40
            )
            assert each.claim.endswith(".")
            assert each.falsified_if.endswith(".")

    @pytest.mark.parametrize(
        "path", sorted(claim_sets.HYPOTHESES.folder.glob("*.yaml")), ids=lambda path: path.stem
    )
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
        assert ("at least 16 virtual patients" in part["reason"]) == (word == "undecided")

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
        assert f"to repeat it: il2sim run {SECTION} --no-twin" in err, "from a folder of its own"
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
        assert "at the reference values: falsified (40 runs)" in out
        assert "half less whole: 0.1 (0.1 to 0.1), n = 20; holds above -0.05 and below 0.05: falsified" in out
        assert "1 falsified" in err

    def test_settings_lie_over_the_base_and_are_told(self, il2sim: Il2sim, write: Write) -> None:
        _, out, _ = il2sim(
            str(write(SMALL)), "--budget", "2", "--set", "patient.width=6 mm", "--workers", "1", "--json"
        )
        found = json.loads(out)
        assert (found["changed"], found["budget"]) == (["patient.width=6 mm"], 2)
        page = verdict_page.page(found)
        assert "not the declared questions" in page
        run = store.record(
            claim_sets.HYPOTHESES.out / "cells",
            next(iter(store.finished_ids(claim_sets.HYPOTHESES.out / "cells"))),
        )
        assert run["config"]["patient"]["width_um"] == 6000.0
