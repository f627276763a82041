"""Arrivals hold the infiltrate that was asked for: they make good every death at rest, also those that others
modify.
"""

from dataclasses import replace

import pytest

from il2sim.models import Simulation
from il2sim.models.tissue.recruitment import immune_cells, loss_at_rest, not_held, solve_influx, thin_out
from il2sim.sim.compile.arrays import RATE
from il2sim.sim.tissue import TYPE
from tests.mechanism_case import config_with


@pytest.fixture
def settling() -> Simulation:
    """A tumour as it is laid, NK and Treg that IL-2 has made dying without it."""
    return Simulation(config_with("nk_treg_withdrawal"), seed=1)


def expand(simulation: Simulation, name: str, share: float) -> None:
    """Let a share of the cells of a type be daughters that feel no IL-2."""
    immune, table = simulation.tissue.layers["immune"], simulation.table
    cells = int(immune.count[0])
    own = immune.cell[:cells, TYPE] == table.code(name)
    assert own.any()
    immune.trait[:cells, table.trait("il2_signal")][own] = 0.0
    immune.trait[:cells, table.trait("expanded")][own] = share


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_deaths_count_with_what_their_modifiers_make_of_them(settling: Simulation, share: float) -> None:
    expand(settling, "treg", share)
    table, value = settling.table, settling.model.value
    loss = loss_at_rest(settling.model, settling.engine)
    starving = share * value("nk_treg_withdrawal.starvation_rate")
    assert loss[table.code("treg")] == pytest.approx(value("treg.death_rate") + starving, rel=1e-12)
    assert loss[table.code("th")] == pytest.approx(value("th.death_rate"), rel=1e-12)


def test_what_hardly_adds_is_left_to_chance(settling: Simulation) -> None:
    expand(settling, "treg", 1e-5)
    loss = loss_at_rest(settling.model, settling.engine)
    assert loss[settling.table.code("treg")] == settling.model.value("treg.death_rate")


def test_arrivals_make_the_loss_good(settling: Simulation) -> None:
    model, cells, growth = settling.model, immune_cells(settling.engine), 1e-3
    found = []
    for share in (0.0, 1.0):
        expand(settling, "treg", share)
        solve_influx(model, settling.engine, cells, growth)
        found.append(model.value("treg.influx"))
    died = model.value("treg.death_rate")
    starved = died + model.value("nk_treg_withdrawal.starvation_rate")
    assert found[1] / found[0] == pytest.approx((starved + growth) / (died + growth), rel=1e-9)


def test_a_bed_thins_out_every_kind_whatever_its_death_is_called(settling: Simulation) -> None:
    model, usual, called = settling.model, "treg dies of age", "treg dies of wear"
    model.rules[called] = replace(model.rules.pop(usual), sentence=called)
    renamed = tuple(called if sentence == usual else sentence for sentence in settling.table.sentences)
    table = replace(settling.table, sentences=renamed)
    thin_out(model, table, growth=0.01)
    for name, sentence in (("treg", called), ("cd8", "cd8 dies of age")):
        rate = table.rules.number[table.row(sentence), RATE]
        assert rate == pytest.approx(model.value(f"{name}.death_rate") + 0.01)


def test_what_is_not_held_is_more_than_chance_and_a_sixth() -> None:
    asked = {"cd8": (1000, 1200), "nk": (100, 60), "treg": (400, 250), "th": (500, 800), "other_til": (0, 0)}
    asked["dendritic"] = (0, 70)  # a person's own, which no config asks for
    assert not_held(asked) == {"treg": 250 / 400, "th": 1.6}


def test_a_settled_tumour_says_what_it_holds() -> None:
    simulation = Simulation(config_with("nk_treg_withdrawal"), seed=1)
    while not simulation.finished:
        simulation.step()
    told = simulation.result().provenance["infiltrate"]
    assert {name for name, (asked, _) in told.items() if asked > 10} == {"cd8", "treg", "th", "other_til"}
    assert not not_held(told)
