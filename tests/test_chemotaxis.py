"""Walks up a slope: as many turns as declared, in the direction of the slope, and none without a slope."""

import math

import numpy as np
import pytest

from il2sim.models.biology.cytokines.cxcl10 import CXCR3
from il2sim.sim.engine import Clocks
from il2sim.sim.language.model import Model, ModelError, Uphill
from tests.mechanism_case import model_with
from tests.small_tissue import Small, build, everywhere, spaced

_HALF_NM = 0.5


def climbers(uphill: Uphill, shape: tuple[int, ...], per_um: tuple[float, ...]) -> Small:
    """Cells that turn at every step where ln(1 + c / half) rises by `per_um` along each axis."""

    def declare(m: Model) -> None:
        m.cell_type("rock", layer="solid")
        m.cytokine("bait")
        grazer = m.cell_type("grazer")
        grazer.migrates(2.0, persistence_min=0.01, within={}, entry={})
        m.pull(grazer, uphill)

    crowd = {"grazer": spaced(shape, 8 if len(shape) == 2 else 5)}
    clocks = Clocks(1 / 6, 3, 10_000, 1)
    small = build(declare, {"rock": everywhere(*shape)}, crowd, clocks=clocks)
    along = np.tensordot(per_um, 15.0 * np.indices(shape), 1)
    small.engine.set_field("bait", _HALF_NM * np.expm1(along - along.min()).ravel())
    return small


def drift(small: Small, ticks: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean way along each axis in voxels, and its error."""
    start = small.places("grazer")
    away = small.run(ticks).places("grazer") - start
    return away.mean(axis=0), away.std(axis=0, ddof=1) / math.sqrt(len(away))


@pytest.mark.parametrize(("per_um", "share"), [(1 / 300, 0.5), (1 / 100, 1.0)])
def test_a_share_of_turns_goes_up(per_um: float, share: float) -> None:
    """Half of the bias where the slope is half of what the reach needs, all of it beyond."""
    small = climbers(Uphill("bait", _HALF_NM, 0.4, 150.0), (120, 120), (per_um, 0.0))
    mean, error = drift(small, 4)
    steps = 4 * 2.0 * 10.0 / 15.0  # along an axis, had every turn gone up
    assert abs(mean[0] - steps * 0.4 * share) < 4.5 * error[0]
    assert abs(mean[1]) < 4.5 * error[1]


def test_up_is_where_the_slope_points_in_three_dimensions() -> None:
    small = climbers(Uphill("bait", _HALF_NM, 0.8, 150.0), (30, 30, 30), (0.01, -0.01, 0.0))
    mean, error = drift(small, 3)
    assert mean[0] > 4.5 * error[0]
    assert mean[1] < -4.5 * error[1]
    assert abs(mean[2]) < 4.5 * error[2]


def test_without_a_slope_nobody_goes_anywhere() -> None:
    mean, error = drift(climbers(Uphill("bait", _HALF_NM, 0.8, 150.0), (120, 120), (0.0, 0.0)), 4)
    assert (np.abs(mean) < 4.5 * error).all()


@pytest.mark.parametrize(
    "uphill", [("bate", 0.5, 0.3, 150.0), ("bait", 0.5, 1.0, 150.0), ("bait", 0.0, 0.3, 1.0)]
)
def test_a_pull_that_cannot_be_is_refused(uphill: tuple) -> None:
    with pytest.raises(ModelError, match="walks up"):
        climbers(Uphill(*uphill), (8, 8), (0.0, 0.0))


def test_cells_with_the_receptor_follow_and_no_others() -> None:
    walks = {walk.cell: walk.uphill for walk in model_with("ifng", "cxcl10", "chemotaxis").walks}
    assert {cell for cell, uphill in walks.items() if uphill} == set(CXCR3)
    assert walks["cd8"] == Uphill("cxcl10", 0.05, 0.3, 150.0)


@pytest.mark.parametrize("names", [("ifng", "cxcl10"), ("cxcl10", "chemotaxis"), ("ifng", "chemotaxis")])
def test_it_goes_with_one_line_and_with_what_it_follows(names: tuple[str, ...]) -> None:
    assert not any(walk.uphill for walk in model_with(*names).walks)
