"""Who responded, where nobody could and where too few were looked at."""

from pathlib import Path

from il2sim.experiments.report.answer import answer
from il2sim.experiments.report.responders import responders
from il2sim.experiments.report.uncertainty import pairing
from il2sim.experiments.study.execute import Outcome, Run
from tests.results_case import make
from tests.run_case import carried


def test_without_drug_it_is_counted_all_the_same(tmp_path: Path) -> None:
    said = responders(make(tmp_path, {"schedule.dose": ("0 MIU/mm",)}, 2, twin=False))
    assert said.endswith("was read in 0 of 2 (0 % to 84 %) runs, none of them with drug.")


def test_a_sure_effect_that_may_be_too_small_is_not_called_chance(tmp_path: Path) -> None:
    def slight(run: Run) -> Outcome:
        found = carried(run)
        assert found.record is not None
        less = run.labels["arm"] == "drug" and (0.07, 0.08, 0.12)[int(run.labels["replicate"])]
        found.record["endpoints"]["viable_fraction"] = 1.0 - less
        return found

    said = answer(make(tmp_path, {"schedule.dose": ("0.5 MIU/mm",)}, 3, carry=slight))[1]
    assert said.startswith("A small effect: ")
    assert "-0.090 (95 % interval -0.156 to -0.024)" in said
    assert "holds zero" not in said


def test_a_small_mean_with_a_wide_interval_is_not_little(tmp_path: Path) -> None:
    def scattered(run: Run) -> Outcome:
        found = carried(run)
        assert found.record is not None
        is_drug = run.labels["arm"] == "drug"
        found.record["endpoints"]["viable_fraction"] = (
            1.0 + is_drug * (-0.3, 0.35)[int(run.labels["replicate"]) % 2]
        )
        return found

    results = make(tmp_path, {"schedule.dose": ("0.5 MIU/mm",)}, 2, carry=scattered)
    assert answer(results)[1].startswith("No effect is shown: ")
    assert pairing(results) == "", "two pairs tell nothing of a variance"
