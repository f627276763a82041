"""Steady fields of what cells secrete: known solutions, books, lateness, refusals."""

import numpy as np
import pytest
from scipy.special import k0

from il2sim.sim.compile.arrays import tabulate
from il2sim.sim.kernels.secreted_fields import L_PER_UM3, SteadyField
from il2sim.sim.language.model import Model, ModelError, Steady
from il2sim.sim.lattice import Lattice

LENGTH = 150.0  # um


def one_source(shape: tuple[int, ...], place: tuple[int, ...], side: float, spread: Steady) -> np.ndarray:
    """Field round a single field voxel that secretes 1e-9 nmol/h."""
    secreted = np.zeros(shape)
    secreted[place] = 1e-9
    volume = side ** len(shape) if len(shape) == 3 else side**2 * 15.0
    return SteadyField(spread, shape, side, volume).level(secreted.ravel()).reshape(shape)


@pytest.mark.parametrize("length", [30.0, 150.0, 800.0])
def test_a_wall_of_sources_reaches_one_length(length: float) -> None:
    side = length / 20.0
    shape = (401, 3)
    secreted = np.zeros(shape)
    secreted[0] = 1.0
    level = SteadyField(Steady(length, 0.5, 0.3), shape, side, side**2 * 15.0).level(secreted.ravel())
    profile = level.reshape(shape)[:, 1]
    fall = np.polyfit(np.arange(100) * side, np.log(profile[:100]), 1)[0]
    assert -1.0 / fall == pytest.approx(length, rel=1e-3)


def test_a_point_of_a_section_spreads_as_the_bessel_function() -> None:
    level = one_source((301, 301), (150, 150), 15.0, Steady(LENGTH, 0.5, 0.3))
    r = np.arange(5, 60) * 15.0
    found = level[150, 155:210] / level[150, 170]
    assert found == pytest.approx(k0(r / LENGTH) / k0(20 * 15.0 / LENGTH), rel=0.01)


def test_a_point_of_a_volume_spreads_as_yukawa_says() -> None:
    spread = Steady(LENGTH, 0.5, 0.3)
    level = one_source((81, 81, 81), (40, 40, 40), 30.0, spread)
    r = np.arange(6, 15) * 30.0
    diffusivity = LENGTH**2 * spread.loss
    exact = 1e-9 * np.exp(-r / LENGTH) / (4.0 * np.pi * diffusivity * spread.pores * r * L_PER_UM3)
    assert level[40, 40, 46:55] == pytest.approx(exact, rel=0.03)


@pytest.mark.parametrize("shape", [(7, 12), (5, 6, 4)])
def test_what_is_secreted_is_lost(shape: tuple[int, ...]) -> None:
    spread, side = Steady(LENGTH, 0.5, 0.3), 60.0
    volume = side**2 * (15.0 if len(shape) == 2 else side)
    secreted = np.random.default_rng(1).uniform(0.0, 1e-9, shape)
    level = SteadyField(spread, shape, side, volume).level(secreted.ravel())
    lost = spread.loss * spread.pores * volume * L_PER_UM3 * level.sum()
    assert lost == pytest.approx(secreted.sum(), rel=1e-12)
    assert (level >= 0.0).all()


def test_cells_see_it_late() -> None:
    field = SteadyField(Steady(LENGTH, 0.5, 0.3, 6.0), (3, 3), 60.0, 60.0**2 * 15.0)
    secreted = np.full(9, 1e-9)
    seen, fine = np.zeros(9), np.zeros(9)
    seen = field.shown(seen, secreted, 6.0)
    for _ in range(60):
        fine = field.shown(fine, secreted, 0.1)
    assert seen == pytest.approx(field.level(secreted) * (1.0 - np.exp(-1.0)))
    assert fine == pytest.approx(seen, rel=1e-12)


@pytest.mark.parametrize(
    "numbers", [(29.0, 0.5, 0.3), (150.0, 0.0, 0.3), (150.0, 0.5, 0.0), (np.nan, 1.0, 1.0)]
)
def test_a_cytokine_that_cannot_be_is_refused(numbers: tuple[float, float, float]) -> None:
    model = Model()
    model.cytokine("salt", Steady(*numbers))
    with pytest.raises(ModelError, match="salt: found"):
        tabulate(model, Lattice((4, 4), 15.0))


def test_only_a_steady_cytokine_is_secreted() -> None:
    model = Model()
    model.cytokine("sugar", Steady(LENGTH, 0.5, 0.3))
    model.cell_type("hunter").secretes(model.cytokine("suger"), 1.0)
    with pytest.raises(ModelError, match="did you mean 'sugar'"):
        tabulate(model, Lattice((4, 4), 15.0))
