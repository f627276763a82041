"""Chance in the kernels against its laws: death, growth, competing risks, arrivals, contests. Fixed seeds.

Limits are 4.5 standard errors: a right engine fails once in 150,000 numbers.
"""

import math

import numpy as np
import pytest

from il2sim.sim.engine import Clocks, SimError
from il2sim.sim.language.model import CellType, Model, times
from tests.small_tissue import Small, build, everywhere, spaced

HALF_HOURS = Clocks(1 / 6, 3, 36, 5)


def solid(m: Model, *names: str) -> list[CellType]:
    return [m.cell_type(name, layer="solid") for name in names]


def sigmas(found: float, mean: float, variance: float) -> float:
    return (found - mean) / math.sqrt(variance)


@pytest.mark.parametrize(
    "clocks", [Clocks(0.5, 1, 100, 1), Clocks(1 / 6, 3, 100, 5), Clocks(0.25, 8, 100, 1)]
)
def test_immune_cells_die_exponentially(clocks: Clocks) -> None:
    def declare(m: Model) -> None:
        solid(m, "rock")
        m.cell_type("grazer").dies(0.2)

    start = everywhere(120, 120)
    small = build(declare, {"rock": start}, {"grazer": start}, clocks=clocks)
    for hours in (2.0, 4.0, 6.0):
        small.run(round(2.0 / clocks.tick_hours))
        p = math.exp(-0.2 * hours)
        assert abs(sigmas(small.count("grazer"), start.size * p, start.size * p * (1 - p))) < 4.5
    assert small.fired("grazer dies") == start.size - small.count("grazer")


@pytest.mark.parametrize("solid_ticks", [1, 6])
def test_solid_cells_die_exponentially_and_stay_in_place(solid_ticks: int) -> None:
    def declare(m: Model) -> None:
        prey, husk = solid(m, "prey", "husk")
        m.cell_type("grazer")
        prey.dies(0.3, becomes=husk)

    start = everywhere(120, 120)
    small = build(declare, {"prey": start}, {}, clocks=Clocks(0.5, 1, solid_ticks, 1)).run(6)
    p = math.exp(-0.3 * 3.0)
    assert abs(sigmas(small.count("prey"), start.size * p, start.size * p * (1 - p))) < 4.5
    assert small.count("prey") + small.count("husk") == start.size


def test_competing_risks() -> None:
    """All events together obey the sum of their rates; each takes its part when the clock is short."""
    rates = {"hunger": 0.3, "age": 0.1, "cold": 0.6}

    def declare(m: Model) -> None:
        solid(m, "rock")
        for label, rate in rates.items():
            m.cell_type("grazer").dies(rate, label=label)
        m.cell_type("grazer").becomes(m.cell_type("hunter"), 0.5)

    start = everywhere(120, 120)
    small = build(declare, {"rock": start}, {"grazer": start}, clocks=Clocks(0.01, 1, 1000, 1)).run(100)
    total = sum(rates.values()) + 0.5
    gone = start.size - small.count("grazer")
    p = -math.expm1(-total)
    assert abs(sigmas(gone, start.size * p, start.size * p * (1 - p))) < 4.5
    parts = {f"grazer dies of {label}": rate / total for label, rate in rates.items()}
    for sentence, part in (parts | {"grazer becomes hunter": 0.5 / total}).items():
        bias = 0.02 * part * gone  # within a tick the first rule goes first: rate x tick
        assert abs(small.fired(sentence) - gone * part) < 4.5 * math.sqrt(gone * part) + bias


@pytest.mark.parametrize("solid_ticks", [1, 8])
def test_the_solid_layer_grows_as_a_yule_process(solid_ticks: int) -> None:
    """Mean exp(bt), variance of the law, on any clock, however crowded the freed voxels are."""

    def declare(m: Model) -> None:
        prey, gap = solid(m, "prey", "gap")
        m.cell_type("grazer")
        prey.divides(0.25, into=gap)

    start = spaced((90, 90), 5)
    small = build(declare, {"prey": start, "gap": ~start}, {}, clocks=Clocks(0.5, 1, solid_ticks, 1)).run(8)
    n, growth = int(start.sum()), math.exp(0.25 * 4.0)
    assert abs(sigmas(small.count("prey"), n * growth, n * growth * (growth - 1))) < 4.5
    assert small.fired("prey divides") == small.count("prey") - n
    assert int(small.engine.counts.filled[small.table.code("gap")]) == small.count("prey") - n


@pytest.mark.parametrize(("shape", "leaving"), [((60, 60), 1 / 3), ((20, 20, 20), 0.0)])
def test_daughters_leave_widen_and_fill_in_their_shares(shape: tuple[int, ...], leaving: float) -> None:
    """Out of the plane r/3b, to the edge 2r/3b (3-D: r/b), the rest into freed voxels; none is lost."""
    birth, net = 0.5, 0.3

    def declare(m: Model) -> None:
        prey, gap = solid(m, "prey", "gap")
        m.cell_type("grazer")
        prey.divides(birth, expands=net, into=gap)

    middle = np.zeros(shape, bool)
    middle[tuple(slice(n // 4, 3 * n // 4) for n in shape)] = True
    prey = middle & (np.indices(shape).sum(axis=0) % 2 == 0)
    small = build(declare, {"prey": prey, "gap": middle & ~prey}, {}, clocks=Clocks(0.5, 1, 1, 1)).run(1)
    counts, row, n = small.engine.counts, small.table.row("prey divides"), int(prey.sum())
    left, fired, filled = int(counts.left[row]), int(counts.fired[row]), int(counts.filled.sum())
    born, mean = left + fired, math.expm1(birth * 0.5)
    assert abs(sigmas(born, n * mean, n * mean * (mean + 1))) < 4.5
    for found, share in ((left, leaving * net / birth), (filled, 1 - net / birth)):
        assert abs(sigmas(found, born * share, max(born * share * (1 - share), 1e-9))) < 4.5
    assert small.count("prey") == n + fired
    widened = fired - filled
    bed = int(small.engine.tissue.layers["solid"].count[0])
    assert bed == int(middle.sum()) + widened + int(counts.gained.sum())
    gap_per_prey = (int(middle.sum()) - n) / n  # the mix the bed began with
    assert abs(counts.gained[small.table.code("gap")] - widened * gap_per_prey) <= 1.0
    assert int(small.engine.tissue.bed.sum()) == bed


def test_a_bed_that_fills_the_lattice_stops_the_run() -> None:
    def declare(m: Model) -> None:
        (prey,) = solid(m, "prey")
        m.cell_type("grazer")
        prey.divides(0.1, expands=0.1)

    small = build(declare, {"prey": everywhere(6, 6)}, {})
    with pytest.raises(SimError, match="fills the whole lattice"):
        small.run(1)


def test_more_daughters_than_voxels_stop_the_run() -> None:
    def declare(m: Model) -> None:
        prey, gap = solid(m, "prey", "gap")
        m.cell_type("grazer")
        prey.divides(50.0, into=gap)

    with pytest.raises(SimError, match="more daughters"):
        build(declare, {"prey": everywhere(6, 6)}, {}).run(1)


def division(rate: float, start_gap: int, clocks: Clocks) -> Small:
    def declare(m: Model) -> None:
        solid(m, "rock")
        grazer, spent = m.cell_type("grazer"), m.trait("spent")
        grazer.divides(rate, daughters={spent: 0.25})

    shape = (90, 90)
    return build(declare, {"rock": everywhere(*shape)}, {"grazer": spaced(shape, start_gap)}, clocks=clocks)


def test_immune_cells_divide_once_a_tick_at_most() -> None:
    small = division(0.4, 5, HALF_HOURS)
    n, p = small.count("grazer"), -math.expm1(-0.4 * 0.5)
    small.run(1)
    born = small.fired("grazer divides")
    assert abs(sigmas(born, n * p, n * p * (1 - p))) < 4.5
    assert small.count("grazer") == n + born
    assert (small.trait("grazer", "spent") == 0.25).sum() == born  # the new cells alone


def test_division_without_room_does_not_happen() -> None:
    small = division(5.0, 1, HALF_HOURS).run(6)
    assert small.count("grazer") == 90 * 90
    assert small.fired("grazer divides") == 0


def test_arrivals_follow_their_rate_and_turn_back_without_room() -> None:
    def declare(m: Model) -> None:
        rock, door = solid(m, "rock", "door")
        m.cell_type("grazer").enters(0.3, at=door)
        m.cell_type("grazer").starts(m.trait("marked"), share=0.3)

    shape = (120, 120)
    doors = spaced(shape, 4)
    small = build(declare, {"door": doors, "rock": ~doors}, {}, clocks=HALF_HOURS).run(30)
    tries = 10 * int(doors.sum())
    p = -math.expm1(-0.3 * 0.5)
    came = small.fired("grazer enters")
    assert abs(sigmas(came + small.engine.counts.turned_back, tries * p, tries * p * (1 - p))) < 4.5
    assert small.count("grazer") == came
    assert abs(sigmas(small.trait("grazer", "marked").sum(), 0.3 * came, 0.21 * came)) < 4.5
    near = np.abs(small.places("grazer") % 4 - 2).max(axis=1)
    assert near.max() == 1
    full = build(
        declare, {"door": doors, "rock": ~doors}, {"grazer": everywhere(*shape)}, clocks=HALF_HOURS
    ).run(1)
    assert full.fired("grazer enters") == 0
    assert full.engine.counts.turned_back > 0


def _every_verb(m: Model) -> None:
    prey, husk, gap, door = solid(m, "prey", "husk", "gap", "door")
    hunter, grazer = m.cell_type("hunter"), m.cell_type("grazer")
    wound = m.trait("wound", layer="solid", bounded=False)
    hunter.hits(prey, 8.0, raises=wound, release=0.5)
    wound.falls(prey, 1.0)
    prey.dies(4.0, times(wound), becomes=husk, label="wounds")
    prey.dies(0.1, becomes=husk, label="age")
    husk.becomes(gap, 0.5)
    prey.divides(0.3, expands=0.05, into=gap)
    for cell in (hunter, grazer):
        cell.divides(0.2)
        cell.dies(0.1)
        cell.enters(0.3, at=door)
        cell.migrates(3.0, persistence_min=5.0, within={}, entry={})
    hunter.becomes(grazer, 0.05)


def _change_by_the_ledger(small: Small) -> dict[str, int]:
    """What divisions, arrivals, deaths and changes of type add to each type of `_every_verb`."""
    fired, counts = small.fired, small.engine.counts
    gone = fired("prey dies of wounds") + fired("prey dies of age")
    turned = fired("hunter becomes grazer")
    change = {
        "prey": fired("prey divides") - gone,
        "husk": gone - fired("husk becomes gap"),
        "gap": fired("husk becomes gap") - counts.filled[small.table.code("gap")],
        "door": 0,
    }
    change = {name: n + counts.gained[small.table.code(name)] for name, n in change.items()}
    for cell, sign in (("hunter", -1), ("grazer", 1)):
        come = fired(f"{cell} divides") + fired(f"{cell} enters")
        change[cell] = come - fired(f"{cell} dies") + sign * turned
    return change


def test_the_ledger_of_cells_balances() -> None:
    """cells(t) = cells(0) + divisions + arrivals - deaths, for every type of both layers."""
    rng = np.random.default_rng(8)
    place = rng.integers(0, 5, (40, 40))
    place[:8], place[-8:] = -1, -1
    laid = {name: place == i for i, name in enumerate(("prey", "husk", "gap", "door"))}
    immune = rng.random((40, 40))
    bed = (place >= 0) & (place < 4)
    crowd = {"hunter": bed & (immune < 0.2), "grazer": bed & (immune > 0.8)}
    small = build(_every_verb, laid, crowd, clocks=Clocks(1 / 6, 3, 6, 5))
    before = {name: small.count(name) for name in (*laid, *crowd)}
    small.run(72)
    change = _change_by_the_ledger(small)
    assert {name: small.count(name) for name in before} == {
        name: n + change[name] for name, n in before.items()
    }
    silent = (" hits ", "wound falls")  # neither makes nor ends a cell
    counted = [each for each in small.table.sentences if not any(part in each for part in silent)]
    assert min(map(small.fired, counted)) > 0
