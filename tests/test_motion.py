"""Walks and directions: mean squared displacement, balance at a border, and no direction before another."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from il2sim.sim.engine import Clocks
from il2sim.sim.language.model import Model
from tests.small_tissue import Small, build, everywhere, spaced

HALF_HOURS = Clocks(1 / 6, 3, 10_000, 1)
FAIR = 1e-5  # smallest p-value of a fair direction


def walkers(shape: tuple[int, ...], gap: int, speed: float, persistence: float, seed: int) -> Small:
    def declare(m: Model) -> None:
        m.cell_type("rock", layer="solid")
        m.cell_type("grazer").migrates(speed, persistence_min=persistence, within={}, entry={})

    bed, crowd = {"rock": everywhere(*shape)}, {"grazer": spaced(shape, gap)}
    return build(declare, bed, crowd, seed=seed, clocks=HALF_HOURS)


def expected_msd(steps: int, share: float, length: float, turning: float) -> float:
    """Voxels squared after so many sub-moves: steps of mean square share x length."""
    kept = [(steps - k) * (1 - turning) ** k for k in range(1, steps)]
    return steps * share * length + 2 * share**2 * sum(kept)


@pytest.mark.parametrize(
    ("shape", "gap", "length"),
    [((500, 500), 20, (1 + 2**0.5) / 2), ((72, 72, 72), 12, (6 + 12 * 2**0.5 + 8 * 3**0.5) / 26)],
)
@pytest.mark.parametrize("persistence", [0.01, 5.0, 30.0])
def test_the_persistent_walk_spreads_as_it_should(
    shape: tuple[int, ...], gap: int, length: float, persistence: float
) -> None:
    speed, ticks = 2.0, 4 if len(shape) == 3 else 8
    square, cells = np.zeros(2), 0
    for seed in range(4):
        small = walkers(shape, gap, speed, persistence, seed)
        start = small.places("grazer")
        small.run(ticks)
        away = ((small.places("grazer") - start) ** 2).sum(axis=1)
        square += away.sum(), (away**2).sum()
        cells += away.size
    reach = speed * 10.0 / 15.0
    moves = int(np.ceil(reach))
    turning = -np.expm1(-10.0 / moves / persistence)
    mean, error = square[0] / cells, np.sqrt((square[1] / cells - (square[0] / cells) ** 2) / cells)
    assert abs(mean - expected_msd(ticks * moves, reach / moves, length, turning)) < 4.5 * error


def border(entry: float, nest: float, persistence: float, seed: int, crowd: float = 0.05) -> float:
    """Odds of a voxel being held in nests over those in stroma, at balance."""

    def declare(m: Model) -> None:
        m.cell_type("stroma", layer="solid")
        inner = m.cell_type("nest", layer="solid")
        walk = {"within": {inner: nest}, "entry": {inner: entry}}
        m.cell_type("grazer").migrates(3.0, persistence_min=persistence, **walk)

    nests = np.arange(96) // 6 % 2 == 1
    is_nest = np.broadcast_to(nests[:, None], (96, 96)).copy()
    start = {"grazer": np.random.default_rng(seed).random((96, 96)) < crowd}
    laid = {"nest": is_nest, "stroma": ~is_nest}
    small = build(declare, laid, start, seed=seed, clocks=HALF_HOURS).run(150)
    inside, outside, ticks = 0, 0, 200
    for _ in range(ticks):
        small.engine.step()
        here = is_nest[tuple(small.places("grazer").T)]
        inside, outside = inside + here.sum(), outside + (~here).sum()
    held = inside / ticks / is_nest.sum(), outside / ticks / (~is_nest).sum()
    return float(held[0] / (1 - held[0]) / (held[1] / (1 - held[1])))


@pytest.mark.parametrize("persistence", [0.01, 5.0, 15.0])
@pytest.mark.parametrize(("entry", "nest"), [(0.72, 2.0), (0.2, 1.0), (2.0, 2.0)])
def test_at_a_border_densities_balance_as_entry_over_exit(
    entry: float, nest: float, persistence: float
) -> None:
    """However persistent the walk is; 3 % more are allowed for cells in each other's way."""
    ratios = [border(entry, nest, persistence, seed) for seed in range(5)]
    error = np.std(ratios, ddof=1) / np.sqrt(len(ratios))
    assert abs(np.mean(ratios) - entry / nest) < 4.5 * error + 0.03 * entry / nest
    assert error < 0.05 * entry / nest


def test_nobody_leaves_the_bed_or_walks_through_another() -> None:
    def declare(m: Model) -> None:
        m.cell_type("rock", layer="solid")
        m.cell_type("grazer").migrates(6.0, persistence_min=10.0, within={}, entry={})

    bed = np.hypot(*(np.indices((30, 30)) - 14.5)) < 12
    crowd = bed & (np.random.default_rng(1).random((30, 30)) < 0.6)
    small = build(declare, {"rock": bed}, {"grazer": crowd}, clocks=HALF_HOURS)
    for _ in range(20):
        small.run(1)
        assert bed[tuple(small.places("grazer").T)].all()
        assert small.count("grazer") == crowd.sum()


def directions(small: Small, name: str, start: NDArray[np.bool_], gap: int) -> NDArray[np.int64]:
    """Where cells that appeared lie from where they started: counts of the steps -1, 0, 1 of both axes."""
    fresh = small.places(name)
    fresh = fresh[~start[tuple(fresh.T)]]
    step = (fresh - gap // 2 + gap // 2) % gap - gap // 2
    assert np.abs(step).max() == 1
    return np.bincount((step[:, 0] + 1) * 3 + step[:, 1] + 1, minlength=9)


def test_daughters_fill_in_every_direction_alike() -> None:
    def declare(m: Model) -> None:
        prey, gap = (m.cell_type(name, layer="solid") for name in ("prey", "gap"))
        m.cell_type("grazer")
        prey.divides(0.2, into=gap)

    start = spaced((200, 200), 5)
    clocks = Clocks(1.0, 1, 1, 1)
    found = np.zeros(9)
    for seed in range(4):
        small = build(declare, {"prey": start, "gap": ~start}, {}, seed=seed, clocks=clocks).run(1)
        found += directions(small, "prey", start, 5)
    faces = found[[1, 3, 5, 7]]
    assert found[[0, 2, 4, 6, 8]].sum() < 0.2 * faces.sum()  # brothers
    assert stats.chisquare(faces).pvalue > FAIR


def test_immune_daughters_and_first_steps_go_in_every_direction_alike() -> None:
    def declare(m: Model) -> None:
        m.cell_type("rock", layer="solid")
        m.cell_type("grazer").divides(1.0)

    start = spaced((200, 200), 5)
    small = build(declare, {"rock": everywhere(200, 200)}, {"grazer": start}, clocks=HALF_HOURS).run(1)
    found = directions(small, "grazer", start, 5)
    assert found[4] == 0
    assert stats.chisquare(np.delete(found, 4)).pvalue > FAIR
    steps = np.zeros(9)
    for seed in range(4):
        small = walkers((200, 200), 5, 1.5, 5.0, seed)
        before = small.places("grazer")
        step = small.run(1).places("grazer") - before
        steps += np.bincount((step[:, 0] + 1) * 3 + step[:, 1] + 1, minlength=9)
    straight, slant = steps[[1, 3, 5, 7]], steps[[0, 2, 6, 8]]
    assert stats.chisquare(straight).pvalue > FAIR
    assert stats.chisquare(slant).pvalue > FAIR
    expected = np.array([2**0.5, 1.0]) / (1 + 2**0.5) * (straight.sum() + slant.sum())
    assert stats.chisquare([straight.sum(), slant.sum()], expected).pvalue > FAIR


@pytest.mark.parametrize("axis", [0, 1])
def test_contests_favour_no_side(axis: int) -> None:
    """Two mothers with one free voxel between them: each wins half."""

    def declare(m: Model) -> None:
        m.cell_type("rock", layer="solid")
        m.cell_type("grazer").divides(40.0)
        m.trait("side")

    middle = spaced((200, 200), 5)
    left, right = (np.roll(middle, step, axis) for step in (-1, 1))
    small = build(declare, {"rock": left | middle | right}, {"grazer": left | right}, clocks=HALF_HOURS)
    small.set_trait("grazer", "side", right[tuple(small.places("grazer").T)].astype(float))
    small.run(1)
    born = middle[tuple(small.places("grazer").T)]
    wins, pairs = int(small.trait("grazer", "side")[born].sum()), int(middle.sum())
    assert born.sum() == pairs
    assert stats.binomtest(wins, pairs).pvalue > FAIR


def test_a_growing_bed_drifts_nowhere() -> None:
    """Means over seeds of its centre and its second moments: no axis, side or diagonal is preferred."""

    def declare(m: Model) -> None:
        prey, gap = (m.cell_type(name, layer="solid") for name in ("prey", "gap"))
        m.cell_type("grazer")
        prey.divides(0.12, expands=0.12, into=gap)

    x, y = np.indices((31, 31)) - 15
    bed = x**2 + y**2 <= 25
    prey = bed & ((x + y) % 2 == 0)
    found = []
    for seed in range(150):
        small = build(declare, {"prey": prey, "gap": bed & ~prey}, {}, seed=seed, clocks=Clocks(1.0, 1, 1, 1))
        small.run(6)
        places = np.vstack([small.places("prey"), small.places("gap")]) - 15.0
        a, b = places.T
        found.append(
            [a.mean(), b.mean(), (a + b).mean(), (a - b).mean(), (a * b).mean(), (a**2 - b**2).mean()]
        )
    means, errors = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(means) < 4.5 * errors).all(), means / errors
