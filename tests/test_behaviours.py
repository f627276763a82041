"""Behaviours (a) to (g): their files, what comes first and exit codes."""

import json

import pytest

from il2sim.experiments.hypotheses import claim, verdict_page
from il2sim.experiments.hypotheses.claim_sets import BEHAVIOURS
from il2sim.experiments.hypotheses.plan import Change, stages
from il2sim.experiments.hypotheses.readings import READINGS
from il2sim.models import Config
from tests.cli_case import Il2sim
from tests.hypothesis_case import ACTS, Write

ENDPOINTS = {"viable_fraction", "mpr", "cd8_hours_1", "plasma_cd8_signal", "plasma_treg_signal"}
ENDPOINTS |= {"blood_treg_response"}
CONFIG_5_MM = Config.model_validate({"name": "case", "patient": {"width": "5 mm"}})
ALL = claim.all_claims(BEHAVIOURS)
WHOLE = [each for each in ALL if each.has_chance]


class TestFiles:
    def test_all_seven_are_there(self) -> None:
        assert {each.name.partition("_")[0] for each in ALL} == set("abcdefg")
        for each in ALL:
            path = BEHAVIOURS.folder / f"{each.name}.yaml"
            assert len(path.read_text("utf-8").splitlines()) <= 40
            asked = {of for readout in (*each.first, *each.readouts) for of in readout.of}
            assert asked <= ENDPOINTS | set(READINGS)

    @pytest.mark.parametrize("name", [each.name for each in ALL])
    def test_each_can_be_planned(self, name: str) -> None:
        (each,) = claim.find([name], BEHAVIOURS)
        for stage in stages(each, Change(budget=len(each.arms))):
            assert len({run.id for run in stage.runs.values()}) == len(each.arms)
            width_um = {run.config.patient.width_um for run in stage.runs.values()}
            assert not each.has_chance or width_um == (
                {5_000.0, 10_000.0, 15_000.0} if name == "f" else {5_000.0}
            )

    def test_the_law_on_drug_effects_is_kept(self) -> None:
        """20 pairs in the sensitised scenario, the drug acts there by 0.1 first, 0.05 is no change."""
        for each in WHOLE:
            women = each.budget.responsive // len(each.arms)
            assert women == (200 if each.name == "c" else 20)
            if each.name not in ("c", "e"):
                (first,) = each.first
                assert (first.arms, first.holds_below) == (("drug", "twin"), -0.1)
            for readout in each.readouts:
                if readout.holds_within and readout.of == ("viable_fraction",):
                    assert readout.holds_within == (-0.05, 0.05)

    def test_the_responsive_set_is_that_of_its_config(self) -> None:
        (each,) = claim.find(["b"], BEHAVIOURS)
        responsive, central = (stage.runs[0, "drug"].config for stage in stages(each, Change(budget=4)))
        assert responsive.set["cd8.reactive_share"] != central.set.get("cd8.reactive_share")
        assert (responsive.patient.stil, central.patient.stil) == (0.4, 0.15)
        command = stages(each, Change(budget=4))[0].runs[0, "drug"].command
        assert command.startswith("il2sim run configs/responsive_2d.yaml --no-twin")

    def test_arms_that_are_alike_are_run_once(self) -> None:
        runs = {
            name: stages(*claim.find([name], BEHAVIOURS), Change())[0].runs for name in ("b", "d", "f", "g")
        }
        assert len({found[3, "drug"].id for found in runs.values()}) == 1
        assert len({found[3, "twin"].id for found in runs.values()}) == 1

    def test_women_differ_at_the_responsive_set_too(self) -> None:
        responsive, central = stages(*claim.find(["c"], BEHAVIOURS), Change(budget=24))
        for stage in (responsive, central):
            stil = [run.config.patient.stil for run in stage.runs.values()]
            assert len(set(stil)) == 24
            assert max(stil) > 5 * min(stil)


class TestVerdicts:
    def test_what_is_asserted_is_asserted_at_the_responsive_set(self, il2sim: Il2sim, write: Write) -> None:
        code, out, _ = il2sim(str(write(ACTS)), "--workers", "1", "--json", verb="behaviours")
        (entry,) = json.loads(out)["behaviours"]
        assert [each["stage"] for each in entry["questions"]] == ["responsive", "central"]
        assert [each["verdict"] for each in entry["questions"]] == ["holds", "undecided"]  # of one woman
        assert (code, entry["verdict"]) == (0, "holds")
        assert entry["questions"][0]["readouts"][0]["value"] == pytest.approx(-0.2)

    @pytest.mark.parametrize(
        ("old", "new", "word"),
        [
            ("[-0.05, 0.15]", "[-0.05, 0.05]", "falsified"),
            ("holds_below: -0.1}", "holds_below: -0.3}", "undecided"),
            ("responsive: 48", "responsive: 45", "undecided"),
        ],
    )
    def test_what_fails_ends_with_code_1(
        self, il2sim: Il2sim, write: Write, old: str, new: str, word: str
    ) -> None:
        assert old in ACTS
        path = str(write(ACTS.replace(old, new)))
        code, out, _ = il2sim(path, "--workers", "1", "--json", verb="behaviours")
        (entry,) = json.loads(out)["behaviours"]
        assert (code, entry["verdict"]) == (1, word)
        assert entry["questions"][0]["verdict"] == word

    def test_a_drug_that_does_not_act_first_is_named(self, il2sim: Il2sim, write: Write) -> None:
        path = str(write(ACTS.replace("holds_below: -0.1}", "holds_below: -0.3}")))
        _, out, err = il2sim(path, "--workers", "1", verb="behaviours")
        assert "in the sensitised scenario: undecided (first, whole less twin: it does not)" in out
        assert "1 undecided" in err

    def test_the_page_says_where_it_was_asked(self, il2sim: Il2sim, write: Write) -> None:
        _, out, _ = il2sim(str(write(ACTS)), "--workers", "1", "--json", verb="behaviours")
        page = verdict_page.page(json.loads(out), BEHAVIOURS)
        assert page.startswith("# Qualitative validation")
        assert "holds in the sensitised scenario; undecided at the reference values" in page

    def test_the_plan_counts_shared_runs_once(self, il2sim: Il2sim) -> None:
        code, out, _ = il2sim("b", "d", "--plan", "--workers", "2", "--json", verb="behaviours")
        found = json.loads(out)
        assert code == 0
        own = sum(each["planned"] for each in found["behaviours"])
        assert own - found["all"]["planned"] == 2 * (20 + 16)  # drug and twin of either
        assert 0.0 < found["all"]["time_s"] < sum(each["time_s"] for each in found["behaviours"])

    def test_mistakes_are_named(self, il2sim: Il2sim, write: Write) -> None:
        for old, new, said in (
            ("arms: [whole, twin]", "arms: [whole, twn]", "first.0.arms: 'twn' is not known"),
            ("responsive: 48", "responsive: 2", "budget.responsive: 2 runs are fewer than the 3 arms"),
            ("base:", "measure: field\nbase:", "budget.responsive: 'field' has no cells that respond"),
            ("base:", "women: {schedule.dose: declared}\nbase:", "women.schedule.dose: arm 'half' sets it"),
        ):
            code, _, err = il2sim(str(write(ACTS.replace(old, new, 1))), "--plan", verb="behaviours")
            assert (code, len(err.strip().splitlines())) == (2, 1)
            assert said in err
        assert il2sim("h", "--plan", verb="behaviours")[2].startswith(
            "il2sim: behaviours: 'h' is no behaviour;"
        )
