"""Pools of the body follow the blood late, and what they show makes arrivals respond linearly."""

from __future__ import annotations

import math

import pytest

from il2sim.models.biology.treatment_effects.systemic import SystemicPools
from il2sim.models.build import build
from il2sim.models.drug.dose_rule import nmol_from_iu
from il2sim.models.drug.first_order_lag import lagged, saturation
from il2sim.models.drug.geometries.injection import depots
from il2sim.models.drug.systemic_pk.body import BodyNumbers
from il2sim.models.drug.systemic_pk.compartments import Circulation
from tests.mechanism_case import config_with, factor, model_with
from tests.radial_case import DENSITY, PROTOCOL, usual_book


def levels(pools: SystemicPools) -> dict[str, float]:
    return {name: float(field[0]) for name, field in pools.fields(3).items()}


def test_only_treg_and_nk_arrivals_are_raised():
    model = model_with("systemic")
    assert [len(model.rules[f"{name} enters"].modifiers) for name in ("treg", "nk", "cd8")] == [1, 1, 0]


def test_at_rest_arrivals_are_as_without():
    model = model_with("systemic")
    shown = levels(SystemicPools(model))
    assert shown == {"lasting_blood_il2_treg": 0.0, "lasting_blood_il2_nk": 0.0}
    assert factor(model, "treg enters", shown) == 1.0


def test_arrivals_are_one_plus_the_response():
    model = model_with("systemic")
    pools = SystemicPools(model)
    pools.advance(48.0, 0.1)
    for name in ("treg", "nk"):
        expected = 1.0 + (model.value(f"systemic.fold_{name}") - 1.0) * pools.response[name]
        assert expected > 1.01
        assert factor(model, f"{name} enters", levels(pools)) == pytest.approx(expected)


def test_a_held_level_is_approached_with_the_lag_and_shown_as_itself():
    pools = SystemicPools(model_with("systemic"))
    pools.advance(14 * 24.0, 0.027)
    assert pools.response["treg"] == pytest.approx(0.5 * (1.0 - math.exp(-1.0)))
    pools.advance(1e5, 0.027)
    assert levels(pools)["lasting_blood_il2_treg"] == pytest.approx(0.027)


def test_the_blood_picks_treg_first():
    """At 50 pM most Treg and few CD56bright NK respond: in blood IL-2 selects Treg."""
    pools = SystemicPools(model_with("systemic"))
    pools.advance(24.0, 0.05)
    assert pools.response["treg"] > 3.0 * pools.response["nk"]


def test_treg_response_rises_with_dose_and_fades_after_it():
    peaks = []
    for plasma in (0.003, 0.03, 0.3):
        pools = SystemicPools(model_with("systemic"))
        pools.advance(12.0, plasma)
        peaks.append(pools.response["treg"])
    assert peaks == sorted(set(peaks))
    pools.advance(28 * 24.0, 0.0)
    assert pools.response["treg"] == pytest.approx(math.exp(-2.0) * peaks[-1])


def daily_under_the_skin(step_h: float, days: int, iu: float) -> float:
    """Treg response after daily s.c. doses; the leak's absorbed part is a s.c. dose."""
    model = model_with("systemic")
    pools, blood = SystemicPools(model), Circulation(BodyNumbers.of(model, 70.0))
    for step in range(round(days * 24 / step_h)):
        is_due = step % round(24 / step_h) == 0
        given = nmol_from_iu(iu) / blood.numbers.absorbed_share if is_due else 0.0
        blood.advance(step_h, 0.0, given)
        pools.advance(step_h, blood.plasma_nM)
    return pools.response["treg"]


def test_a_step_of_half_an_hour_is_short_enough():
    assert daily_under_the_skin(0.5, 2, 5e6) == pytest.approx(daily_under_the_skin(0.05, 2, 5e6), rel=0.02)


def test_the_fold_is_that_of_its_source():
    """S27: blood Treg more than 8-fold in 4 weeks at up to 3 MIU/m2 a day (1.8 m2)."""
    fold = model_with("systemic").value("systemic.fold_treg")
    assert 1.0 + (fold - 1.0) * daily_under_the_skin(0.5, 28, 5.4e6) == pytest.approx(8.0, rel=0.02)


def test_ten_million_units_wake_treg_far_away_and_no_cd8():
    """Behaviour (e) by the model's own plasma: signal of a lesion that sees nothing else (lag 6 h)."""
    model = model_with()
    ec50 = {name: model.value(f"il2.ec50_{name}") for name in ("cd8", "treg")}
    book, blood = usual_book(20.0), Circulation(BodyNumbers.of(model, 70.0))
    parts = depots(10e6, 10_000.0, 0.3, PROTOCOL)
    book.inject(parts)
    blood.advance(0.0, 0.0, sum(part.leaked_nmol for part in parts))
    signal, highest = {"cd8": 0.0, "treg": 0.0}, {"cd8": 0.0, "treg": 0.0}
    for _ in range(96):
        before = book.cleared_nmol
        book.advance(0.5, DENSITY)
        blood.advance(0.5, book.cleared_nmol - before)
        for name, hill in (("cd8", 2), ("treg", 1)):
            sensed = saturation(blood.plasma_nM**hill, ec50[name] ** hill)
            signal[name] = lagged(signal[name], sensed, 0.5, model.value("il2.signal_lag"))
            highest[name] = max(highest[name], signal[name])
    assert highest["cd8"] < 0.02
    assert highest["treg"] > 0.5


def test_without_treg_the_other_pool_stays():
    rules = build(config_with("systemic", without="treg")).rules
    assert "treg enters" not in rules
    assert len(rules["nk enters"].modifiers) == 1


def test_overridden_numbers_reach_the_pools():
    pools = SystemicPools(build(config_with("systemic").with_values({"systemic.lag_treg": "5 d"})))
    pools.advance(120.0, 1e9)
    assert pools.response["treg"] == pytest.approx(1.0 - math.exp(-1.0), rel=1e-6)
