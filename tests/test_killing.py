"""A lonely killer achieves on the engine the kills a day that it was given: the law of hits."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from il2sim.models import Config, ConfigError
from il2sim.models.biology.killing import cd8_killing, hit_rates, nk_killing
from il2sim.models.biology.populations import cd8, nk, tumour
from il2sim.models.build import build as build_model
from il2sim.sim.engine import Clocks
from il2sim.sim.language.model import Model
from tests.small_tissue import Small, build, everywhere, spaced

LYSIS = "tumour dies of lysis"
SIDE, GAP = 180, 6  # voxels: no two killers can touch the same victim
WARM_UP, DAYS = 1, 5  # ticks are 10 min
PER_DAY = 144
WOUND = hit_rates.Wound(repair=1.0, lysis=6.0, lethal_hits=3.0)


def endless_supply(m: Model, contact_substeps: int) -> None:
    """CD8 and NK cells that stand still; nothing dies of age, and whatever is lysed is at once replaced."""
    m.given |= {"doubling_time_h": 2472.0, "phenotype": "inflamed"}
    for mechanism in (tumour, cd8, cd8_killing, nk, nk_killing):
        m.mechanism = mechanism.__name__.rpartition(".")[2]
        mechanism.declare(m)
    m.finish()
    hit_rates.solve_hits(m, 24 / PER_DAY / contact_substeps)
    m.walks.clear()
    kept = (LYSIS, "damage falls in tumour")
    m.rules = {name: rule for name, rule in m.rules.items() if rule.verb == "hits" or name in kept}
    m.rules[LYSIS] = replace(m.rules[LYSIS], other="tumour")


def presenting(small: Small, ticks: int) -> Small:
    """Run, and let those that took a lysed cell's place show MHC-I as it did."""
    for _ in range(ticks):
        small.set_trait("tumour", "mhc1", 1.0)
        small.engine.step()
    return small.run(0)


def kills_per_day(
    contact_substeps: int, traits: dict[str, float], killer: str = "cd8", seed: int = 1
) -> float:
    """Mean kills of one killer a day, from 4,500 killer-days."""
    everyone = spaced((SIDE, SIDE), GAP)
    small = build(
        partial(endless_supply, contact_substeps=contact_substeps),
        {"tumour": everywhere(SIDE, SIDE)},
        {killer: everyone},
        seed=seed,
        clocks=Clocks(contact_substeps=contact_substeps),
    )
    for name, value in traits.items():
        small.set_trait(killer, name, value)
    before = presenting(small, WARM_UP * PER_DAY).fired(LYSIS)
    killed = presenting(small, DAYS * PER_DAY).fired(LYSIS) - before
    assert small.count("tumour") == SIDE * SIDE
    return killed / (everyone.sum() * DAYS)


@pytest.mark.parametrize("contact_substeps", [2, 5, 10], ids=["5 min", "2 min", "1 min"])
def test_a_functional_killer_with_endless_supply_kills_as_often_as_it_is_given(contact_substeps):
    assert kills_per_day(contact_substeps, {"reactive": 1.0}) == pytest.approx(4.0, rel=0.03)


@pytest.mark.parametrize("function", [0.25, 0.5])
def test_kills_scale_with_function(function):
    assert kills_per_day(5, {"reactive": function}, seed=2) == pytest.approx(4.0 * function, rel=0.05)


@pytest.mark.parametrize("signal", [0.0, 0.5, 1.0])
def test_an_nk_cell_is_restrained_to_a_fifth_and_boosted_by_il2(signal):
    """Rule 11: 4 a day x (1 - 0.8 m) x (1 + 2X), m = 1."""
    found = kills_per_day(5, {"active": 1.0, "vigour": 1.0, "il2_signal": signal}, killer="nk")
    assert found == pytest.approx(0.8 * (1.0 + 2.0 * signal), rel=0.05)


def test_who_has_no_function_kills_nobody():
    assert kills_per_day(5, {"reactive": 0.0}) == 0.0


@pytest.mark.parametrize("release", [1 / 6, 2.0])
def test_more_hits_never_mean_fewer_kills(release):
    law = np.array(hit_rates.law_of_hits(release, WOUND))
    assert law[0] == 0.0
    assert (np.diff(law) > 0.0).all()
    assert (np.diff(law) < hit_rates.LAW_STEP).all()  # no more kills than hits


def test_the_law_agrees_with_the_arithmetic_of_the_brief():
    """2 hits an hour, repair 1/h, lysis 6/h at 3: 6.3 kills a day held, 3.1 at 30 min."""
    assert 24 * hit_rates.kills_per_hour(2.0, 1e-6, WOUND) == pytest.approx(6.3, rel=0.05)
    assert 24 * hit_rates.kills_per_hour(2.0, 2.0, WOUND) == pytest.approx(3.1, rel=0.2)


def test_longer_contact_and_slower_repair_kill_more():
    by_contact = [hit_rates.kills_per_hour(2.0, release, WOUND) for release in (2.0, 1.0, 0.5, 1 / 6)]
    wounds = [hit_rates.Wound(repair, 6.0, 3.0) for repair in (2.0, 1.0, 0.6)]
    by_repair = [hit_rates.kills_per_hour(2.0, 0.2, wound) for wound in wounds]
    assert by_contact == sorted(by_contact)
    assert by_repair == sorted(by_repair)


def test_a_rate_beyond_what_hits_can_do_is_refused_with_the_most_that_can():
    wounds = {"tumour.repair_rate": "2 1/h", "tumour.lysis_rate": "2 1/h", "tumour.lethal_hits": "4"}
    config = Config().with_values(
        {**wounds, "cd8_killing.kill_rate": "16 1/day", "cd8_killing.contact_time": "0.5 h"}
    )
    with pytest.raises(ConfigError, match=r"cd8_killing.kill_rate: 16 a day is out of reach; at most \d"):
        build_model(config)
