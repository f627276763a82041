"""Eligibility by the registry's criteria: a list of failed codes (NCT05821686)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from il2sim.models.trial.eligibility import EXCLUSIONS, Criteria, Woman, failed_codes, meaning, reported_width

ELIGIBLE = Woman(
    width_mm=12.0,
    age=55,
    er_pct=0.0,
    pr_pct=0.0,
    her2="0",
    clinical_n=0,
    is_upfront_surgery=True,
    prefers_upfront=True,
    is_unfit_for_chemotherapy=False,
    consents=True,
    can_attend=True,
)


def test_an_eligible_woman_fails_nothing():
    assert failed_codes(ELIGIBLE) == ()


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"width_mm": 20.0}, ()),
        ({"width_mm": 20.01}, ("I2a",)),
        ({"width_mm": 20.1}, ("I2a",)),
        ({"width_mm": 0.0}, ("I2a", "X1")),
        ({"width_mm": 4.9}, ("X1",)),
        ({"age": 18}, ()),
        ({"age": 80}, ()),
        ({"age": 17}, ("I5",)),
        ({"age": 81}, ("I5",)),
        ({"clinical_n": 1}, ("I2b",)),
        ({"exclusions": frozenset({"steroids"})}, ("E6",)),
        ({"exclusions": frozenset({"cancer drugs"})}, ("E6",)),
        ({"exclusions": frozenset({"organ allograft", "pregnant"})}, ("E4", "E7")),
        ({"is_chemotherapy_planned": True}, ("I1b",)),
        ({"is_biopsy_proven": False}, ("I1",)),
        ({"her2": "2+ ISH-"}, ()),
        ({"her2": "2+ ISH+"}, ("I1",)),
        ({"consents": False}, ("I6",)),
        ({"can_attend": False}, ("I7", "E3")),
        ({"sex": "M"}, ("S0",)),
        ({"is_healthy_volunteer": True}, ("S0",)),
        ({"is_upfront_surgery": False}, ("I3/I4",)),
        ({"prefers_upfront": False}, ("I3/I4",)),
        ({"width_mm": 25.0, "age": 90, "clinical_n": 1}, ("I2a", "I2b", "I5")),
    ],
)
def test_codes(change: dict, codes: tuple[str, ...]):
    assert failed_codes(replace(ELIGIBLE, **change)) == codes


def test_the_two_receptor_cut_offs_differ():
    """Triple-negative below 10 % but not below 1 %."""
    woman = replace(ELIGIBLE, er_pct=5.0)
    assert failed_codes(woman) == ("I1",)
    assert failed_codes(woman, Criteria(receptor_cutoff_pct=10.0)) == ()


def test_criteria_3_and_4_by_both_readings():
    """Literally both reasons are due, and almost nobody has both."""
    literal = Criteria(criteria_3_4="all")
    assert failed_codes(ELIGIBLE, literal) == ("I3/I4",)
    assert failed_codes(replace(ELIGIBLE, is_unfit_for_chemotherapy=True), literal) == ()


def test_our_own_least_width_can_be_left_out():
    assert failed_codes(replace(ELIGIBLE, width_mm=3.0), Criteria(injectable_min_mm=None)) == ()


def test_every_exclusion_excludes_by_its_own_code():
    for name, code in EXCLUSIONS.items():
        assert failed_codes(replace(ELIGIBLE, exclusions=frozenset({name}))) == (code,), name


def test_reported_widths():
    assert (reported_width(20.4), reported_width(12.5), reported_width(20.4, None)) == (20.0, 13.0, 20.4)


def test_what_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="'steroid' is not known; did you mean 'steroids'"):
        replace(ELIGIBLE, exclusions=frozenset({"steroid"}))
    with pytest.raises(ValueError, match="allowed: 1 or 10"):
        Criteria(receptor_cutoff_pct=5.0)
    with pytest.raises(ValueError, match="did you mean 'I2a'"):
        meaning("I2aa")
