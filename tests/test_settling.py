"""How long a tumour settles is a matter of hours, whatever the clocks, and what it settles to is at rest."""

import math

import numpy as np
import pytest

from il2sim.models import Config, Simulation
from il2sim.models.tissue.equilibration import SettlingTimes
from il2sim.sim.compile.arrays import COLUMN, RATE, SIGNAL
from il2sim.sim.engine import Clocks
from il2sim.sim.kernels.burn_in import Leap
from il2sim.sim.kernels.immune_turnover import Arrival
from il2sim.sim.kernels.neighbourhood import ENGAGED
from il2sim.sim.tissue import PARTNER, TYPE
from tests.tumours import tiny

DAY = 24.0  # hours
UNTREATED = {"patient.width": "6 mm", "cd8.reactive_share": "0.4", "schedule.dose": "0 MIU/mm"}


@pytest.mark.parametrize("tick_min", [1.0, 5.0, 10.0, 15.0, 30.0, 45.0])
@pytest.mark.parametrize("solid_ticks", [12, 30, 36, 288])
def test_spells_are_whole_solid_steps_and_the_past_is_hours(tick_min: float, solid_ticks: int) -> None:
    found = SettlingTimes.of(Clocks(tick_min / 60.0, 1, solid_ticks, 1))
    assert found.spell % solid_ticks == 0
    assert 84.0 <= found.spell * tick_min / 60.0 + 1e-9 < 84.0 + solid_ticks * tick_min / 60.0
    assert found.burn_in * tick_min / 60.0 == pytest.approx(60.0, rel=0.35)


def test_the_usual_clocks_settle_as_they_did() -> None:
    assert SettlingTimes.of(Clocks()) == SettlingTimes(9, 504, 1.0 / 6.0)
    assert SettlingTimes.of(Clocks()).shortest_days == pytest.approx(2.5 + 7.0)


def test_a_protocol_named_in_a_second_step_is_followed() -> None:
    narrow = Config().with_values({"patient.width": "5 mm"})
    late = narrow.with_values({"schedule.protocol": "every_14_days"})
    assert late.schedule.days == Config().with_values({"schedule.protocol": "every_14_days"}).schedule.days
    assert late.schedule.days != narrow.schedule.days
    kept = Config().with_values({"schedule.surgery_day": "35"})
    again = kept.with_values({"patient.width": "5 mm"}).with_values({"schedule.protocol": "three_visits"})
    assert again.schedule.surgery_day == 35.0


@pytest.fixture(scope="module")
def burnt_in() -> Simulation:
    """A tumour at the end of its burn-in, its first spell about to begin."""
    simulation = Simulation(Config().with_values(UNTREATED), seed=3)
    while simulation.engine.tick < SettlingTimes.of(simulation.engine.clocks).burn_in:
        simulation.step()
    return simulation


def reactive(simulation: Simulation) -> np.ndarray:
    """Slots of the reactive CD8 cells."""
    immune, table = simulation.tissue.layers["immune"], simulation.table
    cells = int(immune.count[0])
    is_reactive = immune.trait[:cells, table.trait("reactive")] > 0.5
    return np.flatnonzero(is_reactive & (immune.cell[:cells, TYPE] == table.code("cd8")))


def test_exhaustion_has_come_to_rest_with_contact_and_renewal(burnt_in: Simulation) -> None:
    """It rises in contact and is brought down by newcomers, who replace those who age or are thinned out."""
    immune, model, slots = burnt_in.tissue.layers["immune"], burnt_in.model, reactive(burnt_in)
    in_contact = float((immune.cell[slots, PARTNER] >= 0).mean())
    growth = 2.0 / 3.0 * math.log(2.0) / burnt_in.config.patient.doubling_time_h
    renewal = model.value("cd8.death_rate") + growth
    onset = model.value("exhaustion.onset_rate") * model.value("exhaustion.pd_l1") * in_contact
    arrival = model.value("exhaustion.at_arrival")
    rest = (renewal * arrival + onset) / (renewal + onset)
    lived = -math.expm1(-120.0 * DAY * (renewal + onset))  # the burn-in is long, not endless
    found = float(immune.trait[slots, burnt_in.table.trait("exhaustion")].mean())
    assert slots.size > 500
    assert found == pytest.approx(arrival + (rest - arrival) * lived, abs=0.01)
    assert rest - arrival > 0.2


def test_a_leap_keeps_that_cells_which_hit_readily_are_engaged_longer(burnt_in: Simulation) -> None:
    """Exhausted cells hit less and are engaged less; what contact adds to exhaustion is its rate times the
    mean of engaged x (1 - exhaustion), which one share for all would overstate or understate.
    """
    immune, slots = burnt_in.tissue.layers["immune"], reactive(burnt_in)
    left = 1.0 - immune.trait[slots, burnt_in.table.trait("exhaustion")]
    engaged = (immune.cell[slots, PARTNER] >= 0).astype(float)
    signals = burnt_in.table.signals
    (column,) = signals.code[signals.code[:, SIGNAL] == ENGAGED, COLUMN]
    view = np.zeros((int(immune.count[0]), signals.columns))
    Leap(immune, burnt_in.table, Arrival(burnt_in.table.initial, burnt_in.table.initial_is_share)).show(
        view, np.arange(len(view))
    )
    told = view[slots, column]
    assert ((told > 0.0) & (told < 1.0)).all()
    assert np.ptp(told) > 0.01
    assert told.sum() == pytest.approx(engaged.sum(), rel=1e-9)
    assert (told * left).sum() == pytest.approx((engaged * left).sum(), rel=1e-9)


def test_nobody_misses_the_antigen_that_its_kind_meets(burnt_in: Simulation) -> None:
    """Cells are in and out of contact within hours and remember it for days; a third are out of it now."""
    memory = burnt_in.tissue.layers["immune"].trait[
        reactive(burnt_in), burnt_in.table.trait("antigen_memory")
    ]
    assert memory.mean() == pytest.approx(0.965, abs=0.02)
    assert np.mean(memory < 0.5) < 0.02


def test_the_infiltrate_is_renewed_as_in_a_growing_bed_only_while_it_settles() -> None:
    simulation = Simulation(tiny(), seed=1)
    growth = 2.0 / 3.0 * math.log(2.0) / simulation.config.patient.doubling_time_h
    table, names = simulation.table, simulation.table.cells["immune"][1:]
    loss = {name: simulation.model.value(f"{name}.death_rate") for name in names}

    def rates() -> dict[str, float]:
        return {name: float(table.rules.number[table.row(f"{name} dies of age"), RATE]) for name in names}

    assert rates() == pytest.approx({name: each + growth for name, each in loss.items()})
    while simulation.is_settling:
        simulation.step()
    assert rates() == pytest.approx(loss)
