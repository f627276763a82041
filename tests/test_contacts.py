"""The contact clock: every hit counts, a killer keeps its victim, wounds heal and kill as declared."""

import math

import numpy as np
import pytest

from il2sim.sim.engine import Clocks
from il2sim.sim.language.model import Model, gated_by, times
from tests.small_tissue import Small, build, everywhere, spaced

SHAPE = (90, 90)
TWO_MINUTES = Clocks(1 / 6, 3, 10_000, 5)


def beside(where: np.ndarray) -> np.ndarray:
    """The eight voxels around each."""
    shifts = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return np.logical_or.reduce([np.roll(where, shift, (0, 1)) for shift in shifts]) & ~where


def hunt(
    hits: float, release: float, *, repair: float = 0.0, lysis: float = 0.0, clocks: Clocks = TWO_MINUTES
) -> Small:
    """Isolated prey with eight hunters around each."""

    def declare(m: Model) -> None:
        rock, prey, husk = (m.cell_type(name, layer="solid") for name in ("rock", "prey", "husk"))
        assert rock
        wound, keen = m.trait("wound", layer="solid", bounded=False), m.trait("keen")
        m.cell_type("hunter").hits(prey, hits, times(keen), raises=wound, release=release)
        wound.falls(prey, repair)
        prey.dies(lysis, gated_by(wound, 3.0, hill=8), becomes=husk, label="wounds")

    prey = spaced(SHAPE, 9)
    small = build(declare, {"prey": prey, "rock": ~prey}, {"hunter": beside(prey)}, clocks=clocks)
    small.set_trait("hunter", "keen", 1.0)
    return small


@pytest.mark.parametrize("substeps", [1, 5])
def test_all_hits_on_one_victim_count(substeps: int) -> None:
    small = hunt(2.0, 0.0, clocks=Clocks(1 / 6, 3, 10_000, substeps)).run(6)
    wounds, mean = small.trait("prey", "wound"), 8 * 2.0 * 1.0
    assert abs(wounds.sum() - wounds.size * mean) < 4.5 * math.sqrt(wounds.size * mean)
    spread = ((wounds - mean) ** 2).sum() / mean
    assert abs(spread - wounds.size) < 4.5 * math.sqrt(2 * wounds.size)
    assert (wounds == np.round(wounds)).all()


def test_hits_land_with_the_chance_the_victim_leaves() -> None:
    def declare(m: Model) -> None:
        prey = m.cell_type("prey", layer="solid")
        wound = m.trait("wound", layer="solid", bounded=False)
        m.cell_type("hunter").hits(prey, 3.0, raises=wound, release=0.0, target=(gated_by(wound, 3.0),))

    start = everywhere(*SHAPE)
    small = build(
        declare, {"prey": start}, {"hunter": spaced(SHAPE, 3)}, clocks=Clocks(1 / 6, 3, 10_000, 1), wound=1.0
    )
    small.run(1)
    landed = small.trait("prey", "wound").sum() - start.size
    mean = small.count("hunter") * 3.0 * 0.25 / 6.0
    assert abs(landed - mean) < 4.5 * math.sqrt(mean)


def test_the_first_hit_engages_and_contact_ends_at_its_rate() -> None:
    small = hunt(500.0, 1.5).run(1)
    hunters = small.count("hunter")
    engaged = int((small.partners("hunter") >= 0).sum())
    assert engaged > 0.9 * hunters
    small.set_trait("hunter", "keen", 0.0)
    small.run(3)
    p = math.exp(-1.5 * 0.5)
    held = int((small.partners("hunter") >= 0).sum())
    assert abs(held - engaged * p) < 4.5 * math.sqrt(engaged * p * (1 - p))


def test_an_engaged_killer_stays_beside_its_victim() -> None:
    def declare(m: Model) -> None:
        prey, husk = (m.cell_type(name, layer="solid") for name in ("prey", "husk"))
        wound = m.trait("wound", layer="solid", bounded=False)
        hunter = m.cell_type("hunter")
        hunter.hits(prey, 4.0, raises=wound, release=0.2)
        hunter.migrates(4.0, persistence_min=5.0, within={}, entry={})
        prey.dies(2.0, gated_by(wound, 3.0, hill=8), becomes=husk, label="wounds")

    small = build(declare, {"prey": everywhere(*SHAPE)}, {"hunter": spaced(SHAPE, 4)}, clocks=TWO_MINUTES)
    width = small.engine.tissue.lattice.padded[1]
    moved = 0
    for _ in range(40):
        places, partners = small.places("hunter"), small.partners("hunter")
        small.run(1)
        engaged = partners >= 0
        stayed = (small.places("hunter") == places).all(axis=1)
        assert stayed[engaged].all()
        moved += int((~stayed).sum())
        held = small.partners("hunter")
        row, column = np.divmod(held[held >= 0], width)
        reach = small.engine.tissue.lattice.reach
        gap = small.places("hunter")[held >= 0] - np.column_stack([row, column]) + reach
        assert np.abs(gap).max() <= 1
        solid = small.engine.tissue.layers["solid"]
        assert (solid.type_at[held[held >= 0]] == small.table.code("prey")).all()
    assert moved > 100
    assert small.fired("prey dies of wounds") > 10


def test_wounds_heal_and_close() -> None:
    def declare(m: Model) -> None:
        prey = m.cell_type("prey", layer="solid")
        wound = m.trait("wound", layer="solid", bounded=False)
        m.cell_type("hunter").hits(prey, 1.0, raises=wound, release=1.0)
        wound.falls(prey, 1.2)

    small = build(declare, {"prey": everywhere(6, 6)}, {}, clocks=TWO_MINUTES, wound=2.0)
    for tick in range(1, 18):
        small.run(1)
        np.testing.assert_allclose(
            small.trait("prey", "wound"), 2.0 * math.exp(-1.2 * tick / 6.0), rtol=1e-12
        )
    small.run(6)
    assert not small.trait("prey", "wound").any()


@pytest.mark.parametrize("substeps", [1, 5])
def test_wounds_kill_at_their_rate(substeps: int) -> None:
    def declare(m: Model) -> None:
        prey, husk = (m.cell_type(name, layer="solid") for name in ("prey", "husk"))
        wound = m.trait("wound", layer="solid", bounded=False)
        m.cell_type("hunter").hits(prey, 1.0, raises=wound, release=1.0)
        prey.dies(2.0, gated_by(wound, 3.0, hill=8), becomes=husk, label="wounds")

    start = everywhere(*SHAPE)
    small = build(declare, {"prey": start}, {}, clocks=Clocks(1 / 6, 3, 10_000, substeps), wound=3.0).run(6)
    p = math.exp(-2.0 * 0.5 * 1.0)
    assert abs(small.count("prey") - start.size * p) < 4.5 * math.sqrt(start.size * p * (1 - p))
    assert small.fired("prey dies of wounds") == small.count("husk") == start.size - small.count("prey")
    assert not small.trait("husk", "wound").any()


def test_a_dead_victim_frees_all_who_held_it() -> None:
    small = hunt(30.0, 0.0, lysis=20.0, repair=0.1)
    before = small.count("prey")
    small.run(6)
    held = small.partners("hunter")
    alive = small.engine.tissue.layers["solid"].type_at[held[held >= 0]]
    assert small.count("prey") < 0.05 * before
    assert (alive == small.table.code("prey")).all()
    assert (held < 0).sum() >= 8 * (before - small.count("prey"))
