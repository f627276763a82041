"""A solved number beyond belief is refused when settling ends, and who moved it is named."""

import pytest

from il2sim.models import ConfigError, Simulation, settle
from il2sim.models.biology.populations.arrivals import IMMUNE
from il2sim.models.build import build
from il2sim.models.tissue.solved_numbers import check_solved
from tests.tumours import tiny


def begun() -> Simulation:
    """A tumour as it is laid, its numbers solved to what one says."""
    simulation = Simulation(tiny(), seed=1)
    for name in IMMUNE:
        if f"{name}.influx" in simulation.model.parameters:
            simulation.model.solve(f"{name}.influx", 1.0 / 24.0)
    simulation.model.solve("tumour.birth_rate", 0.1 / 24.0)
    return simulation


@pytest.mark.parametrize(
    ("number", "per_day"),
    [("tumour.birth_rate", 0.021), ("tumour.birth_rate", 0.68), ("cd8.influx", 14.9), ("cd8.influx", 0.0)],
)
def test_up_to_three_times_either_end_stands(number: str, per_day: float) -> None:
    simulation = begun()
    simulation.model.solve(number, per_day / 24.0)
    check_solved(simulation.config, simulation.model, simulation.engine)


@pytest.mark.parametrize(
    ("number", "per_day", "who"),
    [
        ("tumour.birth_rate", 0.019, "tumour moved it most ('tumour dies of natural loss')"),
        ("tumour.birth_rate", 0.70, "cd8_killing moved it most"),
        ("tumour.birth_rate", 7.3, "cd8_killing moved it most"),
        ("cd8.influx", 15.1, "moved it most"),
    ],
)
def test_beyond_it_is_refused_in_one_sentence(number: str, per_day: float, who: str) -> None:
    simulation = begun()
    simulation.model.solve(number, per_day / 24.0)
    with pytest.raises(ConfigError) as refused:
        check_solved(simulation.config, simulation.model, simulation.engine)
    said = str(refused.value)
    assert f"{number}: {per_day:.3g} 1/day" in said
    assert who in said
    assert "\n" not in said


def test_a_number_that_somebody_set_is_not_solved() -> None:
    far = {"tumour.birth_rate": "0.9 1/day", "allow_outside": "true"}
    simulation = Simulation(tiny(far), seed=1)
    check_solved(simulation.config, simulation.model, simulation.engine)


def test_a_run_ends_when_settling_does() -> None:
    far = {"allow_outside": "true", "cd8_killing.kill_rate": "50 1/day"}
    far |= {"cd8.reactive_share": "0.9", "exhaustion.at_arrival": "0"}
    with pytest.raises(ConfigError, match=r"tumour\.birth_rate: .* beyond its range 0\.06 to 0\.23 1/day"):
        settle(tiny(far), seed=1)


@pytest.mark.parametrize(
    ("number", "per_day", "is_outside"),
    [("cd8.influx", 4.9, False), ("cd8.influx", 6.0, True), ("tumour.birth_rate", 0.3, True)],
)
def test_a_solved_number_says_that_it_is_outside_its_range(
    number: str, per_day: float, is_outside: bool
) -> None:
    simulation = begun()
    simulation.model.solve(number, per_day / 24.0)
    assert simulation.model.parameters[number].is_outside is is_outside


def test_what_is_still_to_be_solved_is_not_outside() -> None:
    assert [each.name for each in build(tiny()).parameters.values() if each.is_outside] == []
