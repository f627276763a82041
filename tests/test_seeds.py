"""One rule for seeds at every entrance: a whole number, 0 to 2147483647."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from il2sim.experiments.cli import options
from il2sim.experiments.study.design import grid, pair, replicate_seed
from il2sim.experiments.study.execute import Run
from il2sim.models import Config, ConfigError, Simulation, settle, simulate
from il2sim.models.mesa_model import TumourModel
from il2sim.models.seeds import LARGEST_SEED, checked_seed, seed_of_cell
from tests import run_case

SMALL = Config().with_values({"patient.width": "0.3 mm", "space.margin": "0.3 mm", "schedule.days": "[0]"})
WRONG = (
    None,
    True,
    np.True_,
    1.0,
    np.float64(1.0),
    "1",
    b"1",
    -1,
    2**31,
    2**64,
    10**5000,
    [1],
    np.array([1]),
)
DESIGN = run_case.sweep({"patient.width": ("5 mm", "6 mm")}, replicates=2)


def named(value: object) -> str:
    is_short = not isinstance(value, int) or value < 10**30
    return f"{type(value).__name__} {value if is_short else 'of 5001 digits'}"


ENTRANCES = {
    "simulate": lambda seed: simulate(SMALL, seed),
    "Simulation": lambda seed: Simulation(SMALL, seed),
    "settle": lambda seed: settle(SMALL, seed),
    "Run": lambda seed: Run(SMALL, seed, {}),
    "grid": lambda seed: grid(DESIGN, seed),
    "pair": lambda seed: pair(SMALL, seed, Path("x"), [], twin=True, until=None),
    "replicate_seed": lambda seed: replicate_seed(seed, 0),
    "seed_of_cell": lambda seed: seed_of_cell(seed),
}


@pytest.mark.parametrize("wrong", WRONG, ids=named)
@pytest.mark.parametrize("entrance", ENTRANCES)
def test_anything_else_is_refused_in_a_sentence(entrance: str, wrong: object) -> None:
    if entrance == "seed_of_cell" and isinstance(wrong, float):
        pytest.skip("whole floats count in a table")
    with pytest.raises(ConfigError, match="^seed: .* a whole number from 0 to 2147483647 is due") as caught:
        ENTRANCES[entrance](wrong)
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", WRONG[1:], ids=named)
def test_the_mesa_model_too_but_for_none(wrong: object) -> None:
    for name in ("seed", "rng"):
        with pytest.raises(ConfigError, match=f"^{name}: .* a whole number from 0 to 2147483647 is due"):
            TumourModel(SMALL, **{name: wrong})


@pytest.mark.parametrize("right", [0, 7, LARGEST_SEED, np.int64(7), np.uint8(7), np.int32(7)])
def test_whole_numbers_of_every_kind_are_the_same_seed(right: int) -> None:
    assert checked_seed(right) == right
    assert type(checked_seed(right)) is int
    assert Run(SMALL, right, {}).id == Run(SMALL, int(right), {}).id
    assert [run.id for run in grid(DESIGN, right)] == [run.id for run in grid(DESIGN, int(right))]
    named = pair(SMALL, right, Path("x"), [], twin=True, until=None)
    assert [run.command for run in named] == [
        run.command for run in pair(SMALL, int(right), Path("x"), [], twin=True, until=None)
    ]
    assert type(Simulation(SMALL, right).seed) is int


def test_a_column_of_a_table_may_hold_whole_floats() -> None:
    with_a_gap = pd.DataFrame({"seed": [7, None, 8]})["seed"]
    assert [seed_of_cell(each) for each in with_a_gap.dropna()] == [7, 8]
    for wrong in (float("nan"), np.float64(7.5), float("inf"), -1.0, 1e300, "7"):
        with pytest.raises(ConfigError, match="^seed: .* a whole number from 0 to 2147483647 is due"):
            seed_of_cell(wrong)


def test_the_remedy_keeps_the_seed() -> None:
    for wrong, remedy in ((7.0, "write 7"), ("7", "write 7"), (np.float64(7.0), "write 7")):
        with pytest.raises(ConfigError, match=remedy):
            checked_seed(wrong)


def test_the_command_line_has_the_same_limits() -> None:
    option = options.Seed.__metadata__[0]
    assert (option.min, option.max) == (0, LARGEST_SEED)


def test_only_the_mesa_model_draws_one() -> None:
    for entrance in (simulate, Simulation, settle):
        assert inspect.signature(entrance).parameters["seed"].default is inspect.Parameter.empty
    drawn = TumourModel(SMALL)
    assert drawn.seed == checked_seed(drawn.seed)
