"""Numbers, words and pictures of a report: that they are right, agree, and say no more than they may."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from il2sim.experiments.report.answer import answer
from il2sim.experiments.report.summary import build_report, grades, interval
from il2sim.experiments.report.uncertainty import chance
from il2sim.experiments.study import provenance, store
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.results import Results
from il2sim.experiments.study.statistics import (
    Estimate,
    Share,
    arms_of,
    counted,
    estimate,
    share,
    strongest,
    variance_reduction,
)
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


@pytest.fixture(scope="module")
def page(results: Results) -> str:
    """Their report."""
    return build_report(results.folder).read_text()


class TestStatistics:
    def test_t_interval(self) -> None:
        values = [1.0, 1.2, 1.7, 0.9]
        found = estimate(values)
        assert found is not None
        low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
        assert (found.mean, found.n) == (pytest.approx(1.2), 4)
        assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))

    def test_one_value_has_no_interval(self) -> None:
        assert estimate([2.0, float("nan")]) == Estimate(2.0, None, None, 1)
        assert estimate([]) is None

    @pytest.mark.parametrize(("k", "n"), [(0, 3), (1, 10), (7, 10), (10, 10)])
    def test_clopper_pearson(self, k: int, n: int) -> None:
        exact = stats.binomtest(k, n).proportion_ci(0.95, "exact")
        assert share(k, n) == Share(k, n, pytest.approx(exact.low), pytest.approx(exact.high))

    def test_differences_are_of_pairs(self) -> None:
        table = pd.DataFrame(
            {
                "run_id": ["d1", "d2", "d3", "t1", "t2"],
                "twin_id": ["t1", "t2", "lost", None, None],
                "arm": ["drug"] * 3 + ["twin"] * 2,
                "dose": ["x"] * 5,
                "viable_fraction": [1.0, 2.0, 9.0, 1.1, 2.3],
                "mpr": [True, False, False, False, False],
            }
        )
        (arm,) = arms_of(table, ["dose"])
        assert arm.differences == (pytest.approx(-0.1), pytest.approx(-0.3))
        assert arm.difference is not None
        assert arm.difference.mean == pytest.approx(-0.2)
        assert (arm.viable.mean, arm.viable.n, arm.unpaired) == (pytest.approx(1.5), 2, 1)
        assert arm.twin is not None
        assert arm.twin.mean == pytest.approx(1.7)
        assert arm.mpr == share(1, 2)
        assert arm.twin_mpr == share(0, 2)
        drug, twin = np.array([1.0, 2.0]), np.array([1.1, 2.3])
        ratio = (drug.var(ddof=1) + twin.var(ddof=1)) / (drug - twin).var(ddof=1)
        assert variance_reduction(table, "viable_fraction", ["dose"]) == pytest.approx(ratio)
        assert variance_reduction(table.iloc[[0, 3]], "viable_fraction", ["dose"]) is None

    def test_numbers_for_people(self) -> None:
        assert interval(Estimate(-0.2, -0.3, -0.1, 3), "+") == "-0.200 (-0.300 to -0.100)"
        assert interval(Estimate(1.0, None, None, 1)) == "1.000 (one run: no interval)"
        assert counted(share(0, 3)) == "0 of 3 (0 % to 71 %)"


class TestAnswer:
    def test_little_happens(self, made: Made) -> None:
        _, effect, _ = answer(made({"schedule.dose": ("0 MIU/mm", "0.05 MIU/mm")}))
        assert effect.startswith("Little happens: at dose 0.05 MIU/mm the viable tumour at surgery is ")
        assert "in the controls, a paired difference (drug minus control) in viable fraction of" in effect
        assert "-0.020 (95 % interval -0.020 to -0.020) from 3 pairs" in effect

    def test_an_effect_is_said_with_its_place(self, results: Results) -> None:
        _, effect, _ = answer(results)
        best = strongest(results.arms)
        assert best is not None
        assert best.twin is not None
        levels = f"{best.viable.mean:.2f} times that on day 0 with drug and {best.twin.mean:.2f} times in"
        assert effect.startswith(
            "The drug slows the tumour's growth: at dose 0.5 MIU/mm, width 5 mm the viable"
        )
        assert levels in effect
        assert "as large as any of 4 arms" in effect
        assert "chance" not in effect

    def test_chance_is_said(self, made: Made) -> None:
        def noisy(run: Run) -> Outcome:
            found = carried(run)
            assert found.record is not None
            found.record["endpoints"]["viable_fraction"] += (
                (run.labels["arm"] == "drug") * (run.seed % 3 - 1.5) * 3
            )
            return found

        _, effect, _ = answer(made({"schedule.dose": ("0 MIU/mm", "0.5 MIU/mm")}, replicates=4, carry=noisy))
        assert "the interval holds zero, so this may be chance" in effect

    def test_one_pair_has_no_interval_to_hold_zero(self, made: Made) -> None:
        def strong(run: Run) -> Outcome:
            found = carried(run)
            assert found.record is not None
            found.record["endpoints"]["viable_fraction"] -= 3.0 * (run.labels["arm"] == "drug")
            return found

        axes = {"schedule.dose": ("0 MIU/mm", "0.5 MIU/mm")}
        _, effect, _ = answer(made(axes, replicates=1, carry=strong))
        assert effect.startswith("One pair cannot tell the drug from chance: ")
        assert "interval" not in effect

    def test_what_was_simulated(self, results: Results, made: Made) -> None:
        what = answer(results)[0]
        assert what.startswith(
            "6 virtual breast tumours were followed in 18 runs, each as a section through its middle"
        )
        for words in (
            "surgery on day 28",
            "sTIL 15 %, inflamed",
            "on day 0, 7, 14 and 21",
            "3 replicates each",
            "0.05 MIU/mm, 0.5 MIU/mm (as registered) and width",
        ):
            assert words in what
        assert "wide" not in what, "the width was varied"
        assert "12 with drug and 6 without" in what
        alone = answer(made({"schedule.dose": ("0.5 MIU/mm",)}, twin=False, replicates=1))[0]
        assert alone.startswith("One virtual breast tumour was followed")
        assert "none has a matched control without drug" in alone
        pair = answer(made({"schedule.dose": ("0.5 MIU/mm",)}, replicates=1))[0]
        assert pair.startswith(
            "One virtual breast tumour was followed twice, once with drug and once without"
        )
        assert "1 with drug" not in pair

    def test_no_probability_without_interval_and_twin(self, results: Results, made: Made) -> None:
        none, some = answer(results)[2], answer(made({"schedule.dose": ("0.1 MIU/mm", "0.9 MIU/mm")}))[2]
        assert (
            "was read in no arm: 0 of 3 runs (exact 95 % interval 0 % to 71 %) in each, against 0 of 3"
            in none
        )
        often = (
            "most often in 3 of 3 runs (exact 95 % interval 29 % to 100 %) at dose 0.9 MIU/mm, against 0 of 3"
        )
        assert often in some
        assert "of the controls" in none
        assert (
            "without a control to judge it by"
            in answer(made({"schedule.dose": ("0.5 MIU/mm",)}, twin=False))[2]
        )

    def test_no_twin_no_claim(self, made: Made) -> None:
        assert (
            "nothing can be said about the drug"
            in answer(made({"schedule.dose": ("0.5 MIU/mm",)}, twin=False))[1]
        )

    def test_one_pair_has_no_interval(self, made: Made) -> None:
        results = made({"schedule.dose": ("0.5 MIU/mm",)}, replicates=1)
        assert answer(results)[1].startswith("One pair cannot tell the drug from chance: ")
        assert "such means have no interval" in chance(results)[0]


class TestReport:
    def test_it_opens_with_the_answer(self, page: str) -> None:
        order = [
            *("The answer", "The drug slows", "Which dose, which tumour", "How sure", "Chance"),
            *("The model&#39;s numbers", "What is not modelled", "What would change the answer"),
            *("What was assumed", "measured : fitted : assumed = ", "<h2>Arm by arm<", "<h2>Dose sheet<"),
            *("<h2>Where the IL-2 went<", "<h3>Who took the IL-2 up<", "<h2>Limits<", "<h2>Passport<"),
        ]
        places = [page.index(words) for words in order]
        assert places == sorted(places)
        assert "not a medical device; not for decisions about a patient" in page

    def test_it_is_one_file_that_opens_offline(self, page: str) -> None:
        assert not re.findall(r'(?:src|href)="(?!data:)[^"]*"', page)
        assert page.count('src="data:image/png;base64,') == 8

    def test_texts_are_escaped(self, page: str) -> None:
        assert "<b>case</b>" not in page
        assert "&lt;b&gt;case&lt;/b&gt;.yaml" in page

    def test_table_and_page_agree(self, results: Results, page: str) -> None:
        table = pd.read_parquet(results.folder / "runs.parquet")
        assert len(table) == 18
        for arm in results.arms:
            rows = table
            for axis, value in arm.labels.items():
                rows = rows[rows[axis] == value]
            assert interval(estimate(rows["viable_fraction"])) in page
        series = pd.read_parquet(results.folder / "series.parquet")
        assert set(series["run_id"]) == set(table["run_id"])
        assert len(series) == 18 * 113

    def test_how_numbers_are_known_is_counted(self, results: Results) -> None:
        numbers = results.passport["parameters"]
        counts = dict(grades(numbers))
        assert sum(counts.values()) == len(numbers)
        assumed = [each for each in numbers if each["known"] == "assumed" and not each["overridden"]]
        assert counts["assumed"] == len(assumed) > 0

    def test_ledger_is_of_the_pictured_run(self, page: str) -> None:
        assert "<td>leaked out at injection</td><td>2.5</td><td>50.00 %</td>" in page
        assert "closes to 1.0e-09" in page

    def test_partial_results_can_be_reported(self, made: Made) -> None:
        results = made(DOSES)
        for run_id in results.table["run_id"][4:]:
            store.run_file(results.folder, run_id).unlink()
        page = build_report(results.folder).read_text()
        assert "14 of 18 runs are missing from every number here" in page
        assert "To go on with what is missing: <code>il2sim sweep &#39;&lt;b&gt;case" in page

    def test_a_copy_without_git_reports_too(self, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(provenance, "ROOT", Path("/"))
        assert provenance.revision() == {}
        monkeypatch.setattr(provenance, "ROOT", Path(__file__).parents[1])
        monkeypatch.setattr(provenance, "revision", dict)
        page = build_report(made({"schedule.dose": ("0.5 MIU/mm",)}, replicates=1).folder).read_text()
        assert f"Code {provenance.code_version()}. Python" in page

    def test_a_passport_holds_what_is_needed(self, results: Results) -> None:
        found = json.loads((results.folder / "passport.json").read_text())
        assert {"config", "seed", "code", "libraries", "machine", "parameters", "runs", "command"} <= set(
            found
        )
        assert all(
            {"seed", "result_digest", "ledger", "timing", "labels"} <= set(run) for run in found["runs"]
        )
        assert {"python", "cores"} <= set(found["machine"])
