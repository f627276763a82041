"""Statistics and verdicts of hypotheses on synthetic women whose truth is known."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from il2sim.experiments.hypotheses import findings
from il2sim.experiments.hypotheses.findings import Cases, Finding, Question
from il2sim.experiments.hypotheses.verdict import (
    FALSIFIED,
    HOLDS,
    UNDECIDED,
    Rule,
    Verdict,
    exact,
    judge,
    together,
)

INF = math.inf
VIABLE = "viable_fraction"
WITHIN = Rule(-0.05, 0.05, -0.05, 0.05, 16)
ABOVE_HALF = Rule(0.5, INF, 0.5, INF, 16)


def women(n: int, effect: float, noise: float = 0.02, seed: int = 3) -> Cases:
    """Twins that differ among each other, and arms that lie `effect` lower, with noise."""
    rng = np.random.default_rng(seed)
    twin = 1.2 + 0.2 * rng.standard_normal(n)
    return Cases(
        {("twin", VIABLE): twin, ("drug", VIABLE): twin - effect + noise * rng.standard_normal(n)}, {}
    )


def pair(*arms: str) -> Question:
    return Question((VIABLE,), arms)


@pytest.mark.parametrize(
    ("effect", "n", "word"),
    [
        (0.0, 30, HOLDS),
        (0.2, 30, FALSIFIED),
        (0.05, 30, UNDECIDED),
        (0.0, 15, UNDECIDED),
        (-0.2, 30, FALSIFIED),
    ],
)
def test_equivalence_says_all_three(effect: float, n: int, word: str) -> None:
    found = findings.difference(women(n, effect), pair("drug", "twin"))
    assert found.n == n
    assert judge(found, WITHIN).word == word


def test_a_difference_is_paired_and_signed() -> None:
    found = findings.difference(women(30, 0.2), pair("drug", "twin"))
    assert found.value == pytest.approx(-0.2, abs=0.02)
    assert found.low is not None
    assert found.high is not None
    assert found.low < -0.2 < found.high
    assert found.high - found.low < 0.03  # the women themselves differ ten times as much


@pytest.mark.parametrize(
    ("lower", "n", "word"),
    [(20, 20, HOLDS), (13, 18, HOLDS), (14, 20, UNDECIDED), (10, 20, UNDECIDED), (5, 18, FALSIFIED)],
)
def test_the_sign_test_is_the_one_sided_one(lower: int, n: int, word: str) -> None:
    """One-sided p is 0.0481 for 13 of 18 and 0.0577 for 14 of 20."""
    last = np.ones(n)
    first = np.where(np.arange(n) < lower, 0.5, 1.5)
    found = findings.sign(Cases({("a", VIABLE): first, ("b", VIABLE): last}, {}), pair("a", "b"))
    assert found.value == pytest.approx(lower / n)
    assert judge(found, ABOVE_HALF).word == word


def test_ties_count_for_neither_side() -> None:
    same = np.ones(20)
    found = findings.sign(Cases({("a", VIABLE): same, ("b", VIABLE): same}, {}), pair("a", "b"))
    assert found.value is None
    assert judge(found, ABOVE_HALF).word == UNDECIDED


def test_a_missing_run_takes_its_pair_along() -> None:
    cases = women(20, 0.2)
    cases.read["drug", VIABLE][:5] = np.nan
    assert findings.difference(cases, pair("drug", "twin")).n == 15


@pytest.mark.parametrize("slope", [-0.3, 0.0, 0.1])
def test_the_slope_of_the_logit(slope: float) -> None:
    left = np.linspace(0.8, 1.6, 20)
    doses = (-2.0, 0.0, 1.0)
    read = {(f"x{dose:g}", VIABLE): left * np.exp(slope * dose) for dose in doses}
    noise = np.random.default_rng(0).standard_normal(20) * 1e-3
    read["x1", VIABLE] = read["x1", VIABLE] * np.exp(noise)
    asked = Question((VIABLE,), tuple(f"x{dose:g}" for dose in doses), doses)
    found = findings.logit_slope(Cases(read, {}), asked)
    assert found.value == pytest.approx(slope, abs=1e-3)
    assert judge(found, Rule(-0.0167, 0.0167, -0.0167, 0.0167, 16)).word == (FALSIFIED if slope else HOLDS)
    twin = np.linspace(0.9, 2.0, 20)
    response = {key: values / (values + twin) for key, values in read.items()}
    logit = {key: values / (1.0 - values) for key, values in response.items()}
    assert findings.logit_slope(Cases(logit, {}), asked).value == pytest.approx(found.value)


def test_ratios_of_readings_and_of_arms() -> None:
    first = np.linspace(10.0, 20.0, 16)
    cases = Cases(
        {("drug", "late"): 0.8 * first, ("drug", "early"): first, ("other", "early"): 2.0 * first}, {}
    )
    assert findings.ratio(cases, Question(("late", "early"), ("drug",))).value == pytest.approx(0.8)
    assert findings.ratio(cases, Question(("early",), ("drug", "other"))).value == pytest.approx(0.5)


def test_effects_are_compared_and_none_below_the_line_bounds_nothing() -> None:
    strong, weak = women(30, 0.4, seed=1), women(30, 0.1, seed=2)
    drug, twin = (0.5 + weak.read[arm, VIABLE] for arm in ("drug", "twin"))
    read = dict(strong.read) | {("weak", VIABLE): drug, ("weak_twin", VIABLE): twin}
    found = findings.effect_ratio(Cases(read, {}), pair("weak", "weak_twin", "drug", "twin"))
    assert found.value == pytest.approx(0.25, abs=0.03)
    assert judge(found, Rule(-INF, 0.5, -INF, 0.5, 16)).word == HOLDS
    none = women(30, 0.0)
    read |= {("drug", VIABLE): none.read["drug", VIABLE], ("twin", VIABLE): none.read["twin", VIABLE]}
    found = findings.effect_ratio(Cases(read, {}), pair("weak", "weak_twin", "drug", "twin"))
    assert (found.low, found.high) == (-INF, INF)
    assert judge(found, Rule(-INF, 0.5, -INF, 0.5, 16)).word == UNDECIDED


@pytest.mark.parametrize(("above", "below"), [(-0.1, -0.4), (0.1, -0.4), (-0.4, -0.1)])
def test_a_drug_that_harms_bounds_no_ratio_of_effects(above: float, below: float) -> None:
    """Two harmful arms have a ratio above 0, which must neither confirm nor refute a claim on response."""
    first, second = women(30, above, seed=1), women(30, below, seed=2)
    read = {("a", VIABLE): first.read["drug", VIABLE], ("at", VIABLE): first.read["twin", VIABLE]}
    read |= {("b", VIABLE): second.read["drug", VIABLE], ("bt", VIABLE): second.read["twin", VIABLE]}
    found = findings.effect_ratio(Cases(read, {}), pair("a", "at", "b", "bt"))
    assert (found.low, found.high) == (-INF, INF)
    assert judge(found, Rule(-INF, 0.5, -INF, 0.5, 16)).word == UNDECIDED
    assert judge(found, Rule(0.5, INF, 0.5, INF, 16)).word == UNDECIDED


def test_the_share_of_an_excess() -> None:
    base = np.full(20, 100.0)
    read = {
        ("drug", "born"): base + 10.0,
        ("twin", "born"): base,
        ("drug", "came"): base + 30.0,
        ("twin", "came"): base,
    }
    found = findings.excess_share(Cases(read, {}), Question(("born", "came"), ("drug", "twin")))
    assert found.value == pytest.approx(0.25)
    assert judge(found, Rule(-INF, 0.5, -INF, 0.7, 16)).word == HOLDS


def ranked(n: int = 40) -> Cases:
    rng = np.random.default_rng(5)
    effect = rng.standard_normal(n)
    read = {("twin", VIABLE): np.ones(n), ("drug", VIABLE): 1.0 - effect}
    read |= {("drug", "knows"): effect, ("drug", "blind"): rng.standard_normal(n), ("drug", "wrong"): -effect}
    return Cases(read, {"access": effect + 0.1 * rng.standard_normal(n), "dose": rng.standard_normal(n)})


def test_areas_under_the_curve() -> None:
    def area(name: str) -> Finding:
        return findings.auc(ranked(), Question((name,), ("drug", "twin")))

    assert area("knows").value == pytest.approx(1.0)
    assert area("wrong").value == pytest.approx(0.0)
    blind = area("blind")
    assert blind.low is not None
    assert blind.high is not None
    assert blind.low < 0.5 < blind.high
    assert judge(area("knows"), Rule(-INF, 0.75, -INF, 0.75, 24)).word == FALSIFIED
    gain = findings.auc_gain(ranked(), Question(("knows", "blind"), ("drug", "twin")))
    assert judge(gain, Rule(0.0, INF, 0.05, INF, 24)).word == HOLDS
    same = findings.auc_gain(ranked(), Question(("knows", "knows"), ("drug", "twin")))
    assert judge(same, Rule(0.0, INF, 0.05, INF, 24)).word == FALSIFIED
    assert (
        judge(
            findings.auc_gain(ranked(20), Question(("knows", "blind"), ("drug", "twin"))),
            Rule(0.0, INF, 0.05, INF, 24),
        ).word
        == UNDECIDED
    )


def test_explained_variance() -> None:
    def part(*by: str) -> Finding:
        return findings.explained(ranked(), Question((VIABLE,), ("drug", "twin"), (), by))

    access, dose = part("access"), part("dose")
    assert access.value == pytest.approx(0.97, abs=0.04)
    assert judge(access, Rule(0.5, INF, 0.5, INF, 24)).word == HOLDS
    assert judge(dose, Rule(0.5, INF, 0.5, INF, 24)).word == FALSIFIED


def test_draws_that_fail() -> None:
    allowed = Rule(-INF, 0.1, -INF, 0.1, 1)
    assert judge(findings.share_of_draws(0, 40), allowed).word == HOLDS
    assert judge(findings.share_of_draws(0, 30), allowed).word == UNDECIDED
    assert judge(findings.share_of_draws(20, 40), allowed).word == FALSIFIED
    assert judge(findings.share_of_draws(4, 40), allowed).word == UNDECIDED
    assert findings.share_of_draws(0, 0) == findings.NOTHING


def test_a_value_without_chance_is_its_own_interval() -> None:
    rule = Rule(-INF, 10.0, -INF, 12.0, 16)
    assert [exact(Finding(x, None, None, 1), rule).word for x in (9.0, 11.0, 13.0)] == [
        HOLDS,
        UNDECIDED,
        FALSIFIED,
    ]
    assert exact(findings.NOTHING, rule).word == UNDECIDED


def test_parts_of_a_claim() -> None:
    holds, falls, open_ = Verdict(HOLDS), Verdict(FALSIFIED), Verdict(UNDECIDED, "why")
    assert together([holds, holds]) == holds
    assert together([holds, open_]) == open_
    assert together([holds, open_, falls]) == falls


def test_effects_are_compared_pair_by_pair() -> None:
    """Small effect in the first pair, large in the second, whatever the twins do."""
    small, large = women(20, 0.1, seed=4), women(20, 0.4, seed=5)
    read = {("a", VIABLE): small.read["drug", VIABLE], ("at", VIABLE): small.read["twin", VIABLE]}
    read |= {("b", VIABLE): large.read["drug", VIABLE], ("bt", VIABLE): large.read["twin", VIABLE]}
    cases = Cases(read, {})
    assert judge(findings.effect_sign(cases, pair("a", "at", "b", "bt")), ABOVE_HALF).word == HOLDS
    assert judge(findings.effect_sign(cases, pair("b", "bt", "a", "at")), ABOVE_HALF).word == FALSIFIED
    assert findings.effect_sign(cases, pair("a", "at", "a", "at")).value is None


@pytest.mark.parametrize(("k", "n"), [(0, 300), (1, 300), (5, 20)])
def test_a_share_has_the_one_sided_limit(k: int, n: int) -> None:
    """At the upper limit so few or fewer come up once in twenty times."""
    cases = Cases({("a", "mpr"): np.array([1.0] * k + [0.0] * (n - k))}, {})
    found = findings.share_of_women(cases, Question(("mpr",), ("a",)))
    assert found.high is not None
    assert found.value == pytest.approx(k / n)
    assert binom.cdf(k, n, found.high) == pytest.approx(0.05)


def test_the_largest_step_tells_a_fall_from_a_dent() -> None:
    fall = {("a", "h"): np.full(1, 3.0), ("b", "h"): np.full(1, 2.0), ("c", "h"): np.full(1, 1.5)}
    asked = Question(("h",), ("a", "b", "c"))
    assert findings.largest_step(Cases(fall, {}), asked).value == -0.5
    dent = fall | {("b", "h"): np.full(1, 1.4)}
    assert findings.largest_step(Cases(dent, {}), asked).value == pytest.approx(0.1)


def test_what_is_left_stands_for_response_without_a_twin() -> None:
    """A reading that ranks women by what is left, the other way round, is a perfect one."""
    rng = np.random.default_rng(2)
    left = rng.random(40)
    cases = Cases({("drug", VIABLE): left, ("drug", "good"): -left, ("drug", "blind"): rng.random(40)}, {})
    alone = Question(("good",), ("drug",))
    assert findings.auc(cases, alone).value == 1.0
    found = findings.auc_gain(cases, Question(("good", "blind"), ("drug",)))
    assert found.low is not None
    assert found.low > 0.2
