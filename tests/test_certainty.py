"""How sure, and what would change it: words that follow the numbers."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from il2sim.experiments.report.answer import answer
from il2sim.experiments.report.blood_levels import levels_met, targets
from il2sim.experiments.report.summary import grades
from il2sim.experiments.report.uncertainty import CLASSES, certainty, chance, ratio
from il2sim.experiments.report.what_if import levers, pairs_for, set_apart, what_would_change_it
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.results import Results
from il2sim.experiments.study.statistics import strongest
from il2sim.models import Config
from il2sim.models.drug.systemic_pk.published_levels import Target
from tests.results_case import DOSES, Made, make
from tests.run_case import carried


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes results in folders of the test's own."""
    return lambda *given, **named: make(tmp_path / f"out{len(list(tmp_path.iterdir()))}", *given, **named)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Three doses on two widths, three replicates; not to be changed."""
    return make(tmp_path_factory.mktemp("results"), DOSES)


def test_three_parts(results: Results) -> None:
    heads = [heading for heading, _ in certainty(results)]
    assert heads == ["Chance", "The model's numbers", "What is not modelled"]
    parameters = results.passport["parameters"]
    counts = ratio(parameters)
    assert list(counts) == ["measured", "fitted", "assumed"]
    assert sum(counts.values()) == len(parameters)
    told = " : ".join(map(str, counts.values()))
    assert f"Measured : fitted : assumed = {told}." in certainty(results)[1][1][0]


def test_published_blood_levels_stand_beside_the_numbers(results: Results, made: Made) -> None:
    met, missed = (
        Target("C0", f"level {n}", "IU/mL", 1.0, 2.0, found, ()) for n, found in enumerate((1.5, 3.0))
    )
    own = Target("C0", "own", "h", 1.0, 2.0, 9.0, (), "body.volume")
    assert levels_met((own,)) == ""
    said = levels_met((met, missed, own))
    assert "Of 2 published" in said
    assert said.endswith("meets 1, and misses level 1 (3 IU/mL for 1 to 2).")
    assert levels_met((met,)).endswith("meets 1.")
    aims = targets(Config.model_validate(results.passport["config"]))
    assert levels_met(aims) == certainty(results)[1][1][-1]
    untreated = made({"schedule.dose": ("0 MIU/mm",)}, replicates=1)
    assert len(certainty(untreated)[1][1]) == 1


def test_single_twins_are_told_apart(results: Results) -> None:
    best = strongest([arm for arm in results.arms if arm.is_drug])
    assert best is not None
    ends = sorted(twin for _, twin in best.pairs)
    assert any(f"between {ends[0]:.2f} and {ends[-1]:.2f} of their start" in s for s in chance(results))


def test_every_grade_has_one_class(results: Results) -> None:
    grades_of = [grade for each in CLASSES.values() for grade in each]
    assert len(grades_of) == len(set(grades_of))
    assert {number["known"] for number in results.passport["parameters"]} <= set(grades_of)


def test_pairs_needed_are_the_fewest() -> None:
    differences = [0.3, -0.2, 0.1, 0.0]
    needed = pairs_for(differences, 0.1)

    def power(n: int) -> float:
        shift = 0.1 / (np.std(differences, ddof=1) / np.sqrt(n))
        return float(stats.nct.sf(stats.t.ppf(0.975, n - 1), n - 1, shift))

    assert power(needed) == pytest.approx(0.8, abs=0.02)


def test_one_pair_asks_for_more(made: Made) -> None:
    results = made({"schedule.dose": ("0.5 MIU/mm",)}, replicates=1)
    more, numbers = what_would_change_it(results)
    assert more.startswith("More pairs: one pair has no interval")
    assert numbers.endswith("with more infiltrate too, at configs/responsive_2d.yaml, the drug acts.")
    row = next(each for each in levers(results) if each[-1] == "cd8.reactive_share")
    assert row[2:5] == ("0.1", "0 to 0.4", "read in a source")
    assert all("These intervals" not in sentence for sentence in chance(results))


def test_arms_that_differ_are_counted(made: Made) -> None:
    def turning(run: Run) -> Outcome:
        found = carried(run)
        assert found.record is not None
        if run.labels["arm"] == "drug" and run.config.patient.width_um > 6000:
            found.record["endpoints"]["viable_fraction"] += 1.0
        return found

    said = what_would_change_it(made(DOSES, carry=turning))
    assert any("of 4, the tumour is smaller with drug in 2, larger in 2, and not told" in s for s in said)


def test_a_setting_by_hand_is_said_first_and_is_no_measurement(made: Made) -> None:
    usual = made({"schedule.dose": ("0.5 MIU/mm",)}, replicates=1)
    other = made({"schedule.dose": ("0.5 MIU/mm",)}, replicates=1, set={"cd8.reactive_share": "0.3"})
    assert set_apart(usual) == ""
    assert "recognise the tumour 0.3 (usually 0.1)" in set_apart(other)
    assert "not a prediction" in set_apart(other)
    assert what_would_change_it(other)[-1].endswith("or a sweep, tells what they do.")
    row = next(each for each in levers(other) if each[-1] == "cd8.reactive_share")
    assert row[2:5] == ("0.3 (usually 0.1)", "0 to 0.4", "set for this experiment")
    before, after = ratio(usual.passport["parameters"]), ratio(other.passport["parameters"])
    assert (after["measured"], after["assumed"]) == (before["measured"] - 1, before["assumed"] + 1)
    told = dict(grades(other.passport["parameters"]))
    assert told["set for this experiment"] == 2, "the width of the case, and the share"
    assert told["read in a source"] + told["calculated from sources"] == after["measured"]
    varied = made({"cd8.reactive_share": ("0.1", "0.3")}, replicates=1)
    assert set_apart(varied) == ""
    assert "cd8.reactive_share" not in {each[-1] for each in levers(varied)}


def test_arms_that_share_twins_say_so(made: Made) -> None:
    doses = ("0 MIU/mm", "0.05 MIU/mm", "0.5 MIU/mm")
    shared, alone = (chance(made({"schedule.dose": given})) for given in (doses, doses[:2]))
    assert any("share their controls, so their differences go together" in sentence for sentence in shared)
    assert all("share their twins" not in sentence for sentence in alone)
    assert shared[0].startswith("Each arm with drug has 3 pairs; intervals of means and of their differences")


def test_only_the_largest_alone_is_called_so(made: Made) -> None:
    doses = {"schedule.dose": ("0.05 MIU/mm", "0.5 MIU/mm")}
    assert ", the largest of 2 arms" in answer(made(doses))[1]
    assert ", as large as any of 4 arms" in answer(made(doses | {"patient.width": ("5 mm", "8 mm")}))[1]


def test_a_tumour_that_had_not_settled_is_told(made: Made) -> None:
    def drifting(run: Run) -> Outcome:
        found = carried(run)
        assert found.record is not None
        found.record["provenance"]["has_settled"] = run.labels["arm"] != "drug"
        return found

    axes = {"schedule.dose": ("0.5 MIU/mm",)}
    said = "In 3 of 6 runs kills had not come to rest by day 0."
    assert said in chance(made(axes, carry=drifting))
    assert all("come to rest" not in sentence for sentence in chance(made(axes)))


def test_a_tumour_with_other_cells_than_asked_for_is_told(made: Made) -> None:
    def short(run: Run) -> Outcome:
        found = carried(run)
        assert found.record is not None
        nk = 20 if run.labels["arm"] == "drug" else 99
        found.record["provenance"]["infiltrate"] = {"cd8": [400, 410], "nk": [100, nk]}
        return found

    axes = {"schedule.dose": ("0.5 MIU/mm",)}
    said = "In 3 of 6 runs day 0 had another number of nk cells than was asked for."
    assert said in chance(made(axes, carry=short))
    assert all("asked for" not in sentence for sentence in chance(made(axes)))


def test_births_beyond_their_sources_are_told(made: Made) -> None:
    def fast(run: Run) -> Outcome:
        found = carried(run)
        assert found.record is not None
        found.record["provenance"]["birth_rate_per_day"] = 0.3 if run.labels["arm"] == "drug" else 0.2
        return found

    axes = {"schedule.dose": ("0.5 MIU/mm",)}
    said = (
        "In 3 of 6 runs tumour cells have to be born at 0.3 a day to outgrow what is killed before any drug"
    )
    assert any(sentence.startswith(said) for sentence in chance(made(axes, carry=fast)))
    assert all("born" not in sentence for sentence in chance(made(axes)))


def test_arrivals_beyond_their_sources_are_told(made: Made) -> None:
    def crowded(run: Run) -> Outcome:
        found = carried(run)
        assert found.record is not None
        influx = {"name": "cd8.influx", "known": "solved", "overridden": False, "low": 0.0, "high": 5.0}
        influx["value"] = 6.0 if run.labels["arm"] == "drug" else 4.0
        found.record["provenance"]["parameters"] = [influx]
        return found

    axes = {"schedule.dose": ("0.5 MIU/mm",)}
    said = "In 3 of 6 runs cd8.influx is OUTSIDE the range that its source gives, 0 to 5 1/day:"
    assert any(sentence.startswith(said) for sentence in chance(made(axes, carry=crowded)))
    assert all("OUTSIDE" not in sentence for sentence in chance(made(axes)))
