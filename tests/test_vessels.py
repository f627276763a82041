"""Vessels under IL-2, and tumour cells that have none: laid voxel by voxel, through whole ticks."""

import math
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from il2sim.models.biology.populations import tumour
from il2sim.models.biology.stroma import hypoxia, vessel_loss
from il2sim.sim.language.model import Model
from tests.small_tissue import Names, Small, build, everywhere, spaced

DAY = 144  # ticks


def declares(*mechanisms: ModuleType) -> Callable[[Model], None]:
    """These files as `models.build` would have them declare, with a CD8 cell that does nothing."""

    def declare(model: Model) -> None:
        model.given |= {"doubling_time_h": 1e9, "voxel_um": 15.0}
        model.cell_type("cd8")
        for mechanism in mechanisms:
            model.mechanism = mechanism.__name__.rpartition(".")[2]
            mechanism.declare(model)

    return declare


def still(declare: Callable[[Model], None], solid: Names, immune: Names) -> Small:
    """A tissue in which nobody is born or dies of age."""
    tissue = build(declare, solid, immune, seed=3)
    for sentence in ("tumour dies of natural loss", "tumour divides"):
        tissue.table.set_rate(sentence, 0.0)
    return tissue


@pytest.mark.parametrize("signal", [0.0, 0.5, 1.0])
def test_vessels_are_lost_to_the_signals_near_them(signal: float) -> None:
    """One cell on each vessel and, in a section, those expected out of view, who carry as much."""
    shape = (60, 60)
    vessels = spaced(shape, 6)
    tissue = still(declares(tumour, vessel_loss), {"vessel": vessels, "stroma": ~vessels}, {"cd8": vessels})
    tissue.set_trait("cd8", "il2_signal", signal)
    before, days = tissue.count("vessel"), 10
    tissue.run(days * DAY)
    unseen = 20.0 / 36.0  # 33 - 13 voxels of the sphere at one cell in 36 voxels
    rate = 0.05 * signal * (1.0 + unseen)
    expected = before * math.exp(-rate * days)
    slack = 4.0 * math.sqrt(before * (1.0 - math.exp(-rate * days)) + 0.01)
    assert tissue.count("vessel") == pytest.approx(expected, abs=slack)
    assert (tissue.count("vessel") == before) == (signal == 0.0)


def test_oxygen_is_one_in_a_bed_of_the_median_density() -> None:
    shape = (77, 77)
    vessels = spaced(shape, 7)  # 4,444 voxels per mm2 / 49 = 91 per mm2
    tissue = still(declares(tumour, hypoxia), {"vessel": vessels, "tumour": ~vessels}, {})
    tissue.run(3)
    assert tissue.engine.tissue.concentration[0].mean() == pytest.approx(91.0 / 75.0, rel=0.01)


def test_cells_die_beyond_the_rim_and_not_within_it() -> None:
    """A wall of vessels on one side: those within a rim live, those five rims away die."""
    shape = (60, 12)
    vessels = np.zeros(shape, bool)
    vessels[0] = True
    tissue = still(
        declares(tumour, hypoxia), {"vessel": vessels, "tumour": everywhere(*shape) & ~vessels}, {}
    )
    tissue.run(10 * DAY)
    depth = tissue.places("tumour")[:, 0] * 15.0
    share = np.bincount((depth // 130.0).astype(int), minlength=7) / (12 * 130.0 / 15.0)
    assert share[0] > 0.85
    assert share[5] < 0.05


def test_a_bed_with_its_vessels_loses_nobody_to_hypoxia() -> None:
    rng = np.random.default_rng(1)
    shape = (120, 120)
    vessels = rng.random(shape) < 75.0 * 225e-6
    tissue = still(declares(tumour, hypoxia), {"vessel": vessels, "tumour": ~vessels}, {})
    tissue.run(4 * DAY)
    assert tissue.fired("tumour dies of hypoxia") < 0.01 * tissue.count("tumour")
