"""Words of a report for unusual designs: unsettled arms, saline, protocols, folders that grow."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.cli import commands
from il2sim.experiments.model_docs.dose_sheet import sheets_of
from il2sim.experiments.report.answer import answer
from il2sim.experiments.report.pathology_table import slides
from il2sim.experiments.report.summary import set_here
from il2sim.experiments.report.uncertainty import chance, not_modelled
from il2sim.experiments.report.what_if import set_apart, what_would_change_it
from il2sim.experiments.study import passport
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.results import Results, load
from il2sim.experiments.study.statistics import estimate
from il2sim.experiments.study.store import ExperimentError, run_file
from il2sim.experiments.study.workers import Workplace
from il2sim.models.config.mechanisms import MECHANISMS
from tests.results_case import Made, make
from tests.run_case import carried

DOSES = ("0 MIU/mm", "0.05 MIU/mm", "0.5 MIU/mm")


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes results in folders of the test's own."""
    return lambda *given, **named: make(tmp_path / f"out{len(list(tmp_path.iterdir()))}", *given, **named)


def shifted(shift: Callable[[Run], float]) -> Callable[[Run], Outcome]:
    """The stand-in with the viable fraction moved run by run."""

    def carry(run: Run) -> Outcome:
        found = carried(run)
        assert found.record is not None
        found.record["endpoints"]["viable_fraction"] = 1.2 + shift(run)
        return found

    return carry


def drug(run: Run, miu_mm: float = 0.5) -> bool:
    return run.config.schedule.dose_iu_per_mm == 1e6 * miu_mm


class TestEffect:
    def test_a_large_unsettled_effect_is_not_hidden_by_a_small_certain_one(self, made: Made) -> None:
        def shift(run: Run) -> float:
            wide = (run.seed % 97) / 97.0 * 1.5 - 1.0
            return wide if drug(run) else -0.02 * drug(run, 0.05) + 0.0005 * (run.seed % 3) * drug(run, 0.05)

        results = made({"schedule.dose": DOSES}, carry=shifted(shift))
        wide = next(arm for arm in results.arms if arm.labels["schedule.dose"] == "0.5 MIU/mm")
        assert wide.difference is not None
        assert wide.difference.low is not None
        assert wide.difference.low < 0.0 < wide.difference.high  # type: ignore[operator]
        said = answer(results)[1]
        assert said.startswith("No effect is shown: at dose 0.5 MIU/mm")
        assert "In 1 of 2 arms the interval reaches beyond 0.1" in said

    def test_little_is_little_in_every_arm(self, made: Made) -> None:
        results = made({"schedule.dose": DOSES}, carry=shifted(lambda run: -0.03 * drug(run)))
        said = answer(results)[1]
        assert said.startswith("Little happens: ")
        assert "replicates" not in said
        assert not any(text.startswith("More pairs") for text in what_would_change_it(results))

    def test_one_pair_never_says_that_little_happens(self, made: Made) -> None:
        results = made({"schedule.dose": DOSES}, replicates=1, carry=shifted(lambda run: -0.03 * drug(run)))
        assert answer(results)[1].startswith("One pair cannot tell the drug from chance")

    @pytest.mark.parametrize(
        ("shift", "words"),
        [
            (-0.5, "The drug shrinks"),
            (-0.15, "The drug slows the tumour's growth"),
            (0.15, "leaves more tumour"),
        ],
    )
    def test_verbs_agree_with_levels(self, shift: float, words: str, made: Made) -> None:
        results = made({"schedule.dose": DOSES}, carry=shifted(lambda run: shift * drug(run)))
        assert words in answer(results)[1]
        side = "smaller" if shift < 0 else "larger"
        assert any(f"{side} than its control at dose 0.5 MIU/mm" in text for text in chance(results))

    def test_an_arm_that_goes_the_other_way_is_not_hidden(self, made: Made) -> None:
        def shift(run: Run) -> float:
            return {5e5: -0.5, 5e4: 0.3}.get(run.config.schedule.dose_iu_per_mm, 0.0)

        said = answer(made({"schedule.dose": DOSES}, carry=shifted(shift)))[1]
        assert said.startswith("The drug shrinks the tumour: at dose 0.5 MIU/mm")
        assert "It is the other way round at dose 0.05 MIU/mm: +0.3" in said
        both = answer(made({"schedule.dose": DOSES}, carry=shifted(lambda run: -0.5 * drug(run))))[1]
        assert "the other way round" not in both

    def test_levels_are_of_pairs_and_the_rest_is_counted(self, made: Made) -> None:
        results = made({"schedule.dose": DOSES}, carry=shifted(lambda run: -0.2 * drug(run)))
        lost = results.table[results.table["schedule.dose"] == DOSES[0]]["run_id"].iloc[0]
        run_file(results.folder, lost).unlink()
        partial = load(results.folder)
        for arm in partial.arms[1:]:
            assert (arm.viable.n, arm.unpaired) == (2, 1)
            assert arm.twin is not None
            assert arm.difference is not None
            assert arm.viable.mean - arm.twin.mean == pytest.approx(arm.difference.mean)
        assert "Left out: 2 with drug whose control" in answer(partial)[1]

    def test_a_number_that_is_none_is_no_pair(self, made: Made) -> None:
        def carry(run: Run) -> Outcome:
            found = carried(run)
            assert found.record is not None
            if drug(run) and run.seed % 2:
                found.record["endpoints"]["viable_fraction"] = None
            return found

        results = made({"schedule.dose": DOSES}, replicates=6, carry=carry)
        arm = results.arms[-1]
        assert 0 < arm.unpaired < 6
        assert np.isfinite(arm.differences).all()
        assert arm.unpaired == 6 - len(arm.differences)


class TestDesigns:
    def test_a_swept_protocol_is_told_and_repeated_as_it_ran(self, made: Made) -> None:
        protocols = ("registry_2025", "three_visits", "twice_weekly")
        results = made({"schedule.protocol": protocols}, replicates=1)
        days = {config.schedule.protocol: config.schedule.given_days for config in results.configs}
        assert tuple(days) == protocols
        assert days["registry_2025"] == (0, 7, 14, 21)
        assert len(days["three_visits"]) == 3
        assert days["twice_weekly"] != days["registry_2025"]
        assert len(sheets_of(results.configs)) > 1
        said = answer(results)[0]
        assert "on day" not in said
        compared = passport.replay(results.passport, Workplace(1), lambda outcome: None, carry=carried)
        assert [one.is_same for one in compared] == [True] * len(results.table)

    def test_swept_mechanisms_are_told_and_repeated_as_they_ran(self, made: Made) -> None:
        usual = ", ".join(MECHANISMS)
        results = made({"mechanisms": (f"[{usual}]", f"[{usual}, leak]")}, replicates=1)
        ran = [results.config_of(results.rows(arm).iloc[0]).mechanisms for arm in results.arms]
        assert ran == [MECHANISMS, (*MECHANISMS, "leak")]
        assert slides(results).heads
        compared = passport.replay(results.passport, Workplace(1), lambda outcome: None, carry=carried)
        assert [one.is_same for one in compared] == [True] * len(results.table)

    def test_days_that_differ_are_not_said_of_all(self, made: Made) -> None:
        said = answer(made({"schedule.surgery_day": ("28", "35")}))[0]
        assert "from day 0 to surgery:" in said
        assert "over surgery day 28, 35" in said

    def test_an_axis_of_one_value_varies_nothing(self, made: Made) -> None:
        usual = ", ".join(MECHANISMS)
        axes = {
            "patient.width": ("8 mm",),
            "schedule.dose": ("0.1 MIU/mm",),
            "schedule.surgery_day": ("35",),
            "mechanisms": (f"[{usual}, leak]",),
        }
        results = made(axes)
        said = answer(results)[0]
        for words in ("8 mm wide", "(0.1 MIU per mm of width)", "surgery on day 35", ", 3 replicates;"):
            assert words in said
        assert "over" not in said
        assert "with leak" in set_apart(results)

    def test_saline_is_no_drug(self, made: Made) -> None:
        results = made(
            {"schedule.saline": ("false", "true")},
            carry=shifted(
                lambda run: -0.6 * run.config.schedule.saline - 0.3 * (run.labels["arm"] == "drug")
            ),
        )
        assert "3 with drug, 3 with saline and 6 without, each with drug or saline" in answer(results)[0]
        assert results.shown is not None
        assert results.shown["arm"] == "drug"
        assert slides(results).heads[1] == "with drug"
        assert "-0.300" in answer(results)[1]
        alone = made({"schedule.surgery_day": ("28", "35")}, schedule={"saline": True})
        assert slides(alone).heads[1:4] == ("with saline", "controls", "saline minus control")

    def test_what_was_left_out_of_the_model_is_said(self, made: Made) -> None:
        results = made(
            {"schedule.dose": DOSES}, replicates=1, mechanisms=["tumour", "cd8", "nk", "cd25", "il2", "th"]
        )
        assert "nk_killing, treg, other_til, body, exhaustion, suppression; with cd25" in set_apart(results)

    def test_what_the_design_varies_is_not_told_as_set(self, made: Made) -> None:
        given = {"cd8.reactive_share": "0.3", "cd8_killing.kill_rate": "8 1/day"}
        results = made({"cd8.reactive_share": ("0.1", "0.2")}, replicates=1, set=given)
        told = [number["name"] for number in set_here(results)]
        assert told == ["patient.width", "cd8_killing.kill_rate"], (
            "the width is set in the config of the case"
        )

    def test_flow_is_not_modelled_unless_it_is(self, made: Made) -> None:
        still = made({"schedule.dose": DOSES}, replicates=1)
        flowing = made({"schedule.dose": DOSES}, replicates=1, set={"il2.outflow": "0.1 um/s"})
        assert len(not_modelled(still)) == len(not_modelled(flowing)) + 1
        assert any("without convection" in text for text in not_modelled(still))


class TestFolders:
    def test_a_grown_design_takes_its_labels_from_itself(self, tmp_path: Path) -> None:
        make(tmp_path, {"schedule.dose": DOSES[2:]})
        grown = make(tmp_path, {"schedule.dose": DOSES})
        assert [arm.labels["schedule.dose"] for arm in grown.arms] == list(DOSES)
        assert [arm.viable.n for arm in grown.arms] == [3, 3, 3]
        untreated = estimate(grown.table[grown.table["arm"] == "no drug"]["viable_fraction"])
        assert untreated == grown.arms[0].viable

    def test_a_run_alone_does_not_take_a_design_s_place(self, made: Made, tmp_path: Path) -> None:
        results: Results = made({"schedule.dose": DOSES}, replicates=1)
        assert all("--out results/repeated" in run["command"] for run in results.passport["runs"])
        (tmp_path / "one.yaml").write_text("patient: {width: 5 mm}")
        asked = commands.Asked(tmp_path / "one.yaml", 1, results.folder, (), "il2sim run")
        with pytest.raises(ExperimentError, match="holds the results of a sweep"):
            commands.grow(asked, None, twin=True, until=None)  # type: ignore[arg-type]
