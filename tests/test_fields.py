"""The field solver against analytic answers, its books, its symmetries and its refusals."""

import dataclasses
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.special import k0, lambertw

from il2sim.sim.kernels.diffusion_uptake import BOOKS, TOLERANCE, FieldError, FieldGrid, advance

IL2 = {"diffusivity": 144_000.0, "decay": 0.35}  # um2/h, 1/h
KM = np.array([0.02, 1.0, 0.2])  # nM: Treg, CD8, T helper
TIGHT = 1e-12  # nM, so that only the discretisation is left
FLAT_AND_DEEP = pytest.mark.parametrize("shape", [(17, 12), (9, 7, 8)], ids=["2-D", "3-D"])


def run(grid, c, source, vmax=None, km=KM, steps=1, **step):
    """Advance unpadded arrays; return the last field unpadded and the last books."""
    vmax = np.zeros((km.size, *grid.shape)) if vmax is None else vmax
    flat, source, vmax = grid.pad(c), grid.pad(source), grid.pad(vmax)
    for _ in range(steps):
        books = advance(flat, source, vmax, km, grid, **(IL2 | step))
    return grid.crop(flat), books


def scattered(shape, seed=1):
    """A random tissue: concentration, sparse sources and three sparse kinds of consumer."""
    random = np.random.default_rng(seed)
    vmax = np.stack([peak * (random.random(shape) < 0.2) for peak in (2.0, 3.0, 1.0)])
    return 0.05 * random.random(shape), 2.0 * (random.random(shape) < 0.05), vmax


def orders(errors):
    """Observed order of convergence at each halving."""
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


@pytest.mark.parametrize(("shape", "voxel_um"), [((61, 61), 30.0), ((31, 31, 31), 60.0)])
def test_gaussian_spreads_as_diffusion_says(shape, voxel_um):
    axes = np.meshgrid(*[(np.arange(n) - n // 2) * voxel_um for n in shape], indexing="ij")
    squares, dimensions, steps, hours = sum(axis**2 for axis in axes), len(shape), 80, 0.1
    early = 150.0**2
    late = early + 2 * IL2["diffusivity"] * hours
    start, grid = 100 * np.exp(-squares / (2 * early)), FieldGrid(shape, voxel_um)
    c, _ = run(grid, start, np.zeros(shape), steps=steps, hours=hours / steps, decay=0.0, tolerance=1e-8)
    exact = 100 * (early / late) ** (dimensions / 2) * np.exp(-squares / (2 * late))
    assert np.sum(c * squares) / np.sum(c) == pytest.approx(dimensions * late, rel=1e-3)
    assert np.max(np.abs(c - exact)) < 0.025 * np.max(exact)


def test_decay_is_backward_euler_and_of_first_order():
    grid, start, errors = FieldGrid((3, 4), 60.0), np.full((3, 4), 2.0), []
    for steps in (8, 16, 32):
        c, _ = run(grid, start, np.zeros((3, 4)), steps=steps, hours=2.0 / steps, tolerance=TIGHT)
        assert c == pytest.approx(2.0 * (1 + IL2["decay"] * 2.0 / steps) ** -steps, rel=1e-11)
        errors.append(c[0, 0] - 2.0 * np.exp(-IL2["decay"] * 2.0))
    assert orders(errors) == pytest.approx(1.0, abs=0.06)


def test_well_mixed_uptake_follows_lambert_and_is_of_first_order():
    start, vmax, km, hours, errors = 3.0, 0.8, 0.5, 5.0, []
    exact = km * lambertw(start / km * np.exp((start - vmax * hours) / km)).real
    mixed, no_source, uptake = np.full((2, 2), start), np.zeros((2, 2)), np.full((2, 2, 2), vmax / 2)
    for steps in (40, 80, 160):
        step = {"hours": hours / steps, "decay": 0.0, "tolerance": TIGHT}
        c, _ = run(FieldGrid((2, 2), 60.0), mixed, no_source, uptake, np.full(2, km), steps, **step)
        errors.append(abs(c[1, 1] - exact))
    assert errors[-1] < 0.02 * exact
    assert orders(errors) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(("shape", "per_length"), [((81, 81), 5), ((45, 45, 45), 4)], ids=["2-D", "3-D"])
def test_steady_point_source_falls_off_as_its_green_function(shape, per_length):
    voxel_um, centre, source = 20.0, tuple(n // 2 for n in shape), np.zeros(shape)
    source[centre], length = 1000.0, per_length * voxel_um
    decay = IL2["diffusivity"] / length**2
    c, _ = run(FieldGrid(shape, voxel_um), np.zeros(shape), source, hours=1e5 / decay, decay=decay)
    away = np.arange(6, 3 * per_length)
    r, strength = away * voxel_um, 1000.0 * voxel_um ** len(shape) / (2 * np.pi * IL2["diffusivity"])
    exact = strength * (k0(r / length) if len(shape) == 2 else np.exp(-r / length) / (2 * r))
    assert c[(centre[0] + away, *centre[1:])] == pytest.approx(exact, rel=0.03)


@pytest.mark.parametrize("outside", [None, 1.0], ids=["closed", "open"])
@pytest.mark.parametrize(("dimensions", "sides"), [(2, (8, 16, 32)), (3, (6, 12, 24))])
def test_steady_field_is_of_second_order_in_the_voxel(dimensions, sides, outside):
    side_um, vmax, km, errors = 1000.0, 5.0, np.array([0.2]), []
    wave = np.sin if outside else np.cos
    for side in sides:
        shape, place = (side,) * dimensions, np.pi * (np.arange(side) + 0.5) / side
        mode = 0.5 * np.prod(np.meshgrid(*[wave(place)] * dimensions, indexing="ij"), axis=0)
        exact = 1.0 + mode
        spread = IL2["diffusivity"] * dimensions * (np.pi / side_um) ** 2 * mode
        source = spread + IL2["decay"] * exact + vmax * exact / (km + exact)
        grid = FieldGrid(shape, side_um / side, outside)
        c, books = run(grid, np.ones(shape), source, np.full((1, *shape), vmax), km, hours=1e5)
        assert (books.outflow != 0.0) == (outside is not None)
        errors.append(np.max(np.abs(c - exact)))
    assert orders(errors) == pytest.approx(2.0, abs=0.15)


@FLAT_AND_DEEP
@pytest.mark.parametrize("outside", [None, 0.0, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_books_close(shape, outside, seed):
    c, books = run(FieldGrid(shape, 60.0, outside), *scattered(shape, seed), hours=0.5)
    turnover = books.before + books.secreted + abs(books.outflow)
    assert abs(books.imbalance) < 1e-9 * turnover
    assert abs(books.solver) <= BOOKS * turnover
    assert books.residual <= TOLERANCE
    assert books.after == pytest.approx(c.sum(), rel=1e-12)
    assert np.all(c >= 0)


@pytest.mark.parametrize(
    "term", ["before", "after", "secreted", "decayed", "outflow", "numerical", "solver", "taken_up"]
)
def test_books_miss_a_dropped_term(term):
    shape = (17, 12)
    c, source, vmax = scattered(shape)
    c[:8], source[:10], vmax[:, :6] = -5e-5, 0.0, 0.0
    _, books = run(FieldGrid(shape, 60.0, 0.0), c, source, vmax, hours=0.5, diffusivity=100.0)
    dropped = dataclasses.replace(books, **{term: (0.0, *books.taken_up[1:]) if term == "taken_up" else 0.0})
    turnover = books.before + books.secreted
    assert abs(books.imbalance) < 1e-13 * turnover
    assert abs(dropped.imbalance) > 1e-11 * turnover


def test_tiny_negatives_become_zero_and_are_booked():
    grid, below = FieldGrid((3, 3), 60.0), np.full((3, 3), -8e-5)
    c, books = run(grid, below, np.zeros((3, 3)), hours=1.0, tolerance=TIGHT)
    assert np.all(c == 0)
    assert books.numerical == pytest.approx(9 * 8e-5 / 1.35, rel=1e-6)


def test_slab_of_repeated_planes_equals_the_plane():
    plane, _ = run(FieldGrid((14, 11), 60.0), *scattered((14, 11)), hours=0.5, tolerance=TIGHT)
    deep = [np.repeat(values[..., np.newaxis], 5, axis=-1) for values in scattered((14, 11))]
    slab, _ = run(FieldGrid((14, 11, 5), 60.0), *deep, hours=0.5, tolerance=TIGHT)
    assert slab == pytest.approx(np.repeat(plane[..., np.newaxis], 5, axis=-1), abs=1e-11)


@FLAT_AND_DEEP
@pytest.mark.parametrize("outside", [None, 0.1])
def test_reflected_and_turned_tissue_gives_the_reflected_and_turned_field(shape, outside):
    tissue = scattered(shape)
    c, _ = run(FieldGrid(shape, 60.0, outside), *tissue, hours=0.5, tolerance=TIGHT)
    for change in (lambda a: np.flip(a, -1), lambda a: np.rot90(a, axes=(-2, -1))):
        grid = FieldGrid(change(c).shape, 60.0, outside)
        changed, _ = run(grid, *map(change, tissue), hours=0.5, tolerance=TIGHT)
        assert changed == pytest.approx(change(c), abs=1e-11)


def test_wider_empty_margin_changes_nothing():
    inner, near, far = (slice(30, 42),) * 2, (72, 72), (92, 92)
    tissue, fields, shift = scattered((12, 12)), [], (slice(40, 52),) * 2
    for shape, place in ((near, inner), (far, shift)):
        wide = [np.zeros((*values.shape[:-2], *shape)) for values in tissue]
        for room, values in zip(wide, tissue, strict=True):
            room[(..., *place)] = values
        c, _ = run(FieldGrid(shape, 60.0), *wide, hours=0.2, decay=20.0, tolerance=TIGHT)
        fields.append(c[place])
    assert fields[1] == pytest.approx(fields[0], abs=1e-9)


def test_answer_does_not_depend_on_the_tolerance_beyond_it():
    grid = FieldGrid((20, 20), 15.0)
    loose, _ = run(grid, *scattered(grid.shape), hours=1.0)
    tight, _ = run(grid, *scattered(grid.shape), hours=1.0, tolerance=TIGHT)
    assert np.max(np.abs(loose - tight)) <= TOLERANCE


@pytest.mark.parametrize("start", [0.0, 0.05, 20_000.0])
def test_bolus_and_empty_field_converge_under_strong_uptake(start):
    _, source, vmax = scattered((20, 20))
    _, books = run(FieldGrid((20, 20), 60.0), np.full((20, 20), start), source, 1e4 * vmax, hours=1.0)
    assert books.residual <= TOLERANCE
    assert 0 <= books.numerical < 1e-9


def test_emptying_field_runs_on():
    c, books = run(FieldGrid((4, 4), 60.0), np.ones((4, 4)), np.zeros((4, 4)), steps=400, hours=50.0)
    assert 0 < c.max() < 1e-18
    assert abs(books.imbalance) < 1e-30


def digest():
    """SHA-256 over fields and books of a few steps in 2-D and 3-D."""
    digested = hashlib.sha256()
    for shape, outside in (((7, 6), None), ((4, 5, 3), 0.2)):
        c, books = run(FieldGrid(shape, 60.0, outside), *scattered(shape), steps=3, hours=0.25)
        digested.update(c.tobytes() + repr(books).encode())
    return digested.hexdigest()


def test_same_bits_compiled_and_plain(root):
    plain = subprocess.run(
        [sys.executable, "-c", "import test_fields; print(test_fields.digest())"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert plain.stdout.split() == [digest()]


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4)])
def test_a_view_is_the_field_without_its_wall(shape):
    grid, values = FieldGrid(shape, 60.0), np.random.default_rng(3).random((2, *shape))
    flat = grid.pad(values)
    assert (flat[:, grid.inside] == values.reshape(2, -1)).all()
    assert flat.sum() == pytest.approx(values.sum())
    grid.view(flat)[...] = 7.0
    assert (flat[:, grid.inside] == 7.0).all()
    assert (flat.sum(axis=1) == 7.0 * grid.inside.size).all()


def broken(name, place, value, shape=(5, 6)):
    """Arguments of `advance` with one value spoilt."""
    grid = FieldGrid(shape, 60.0)
    given = dict(zip(("c", "source", "uptake_vmax"), map(grid.pad, scattered(shape)), strict=True))
    given |= {"uptake_km": KM.copy(), "grid": grid, "hours": 1.0, "where": "il2 at hour 12.5"} | IL2
    if place is None:
        given[name] = value
    else:
        given[name].reshape(-1, *(n + 2 for n in shape))[place] = value
    return given


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("c", (0, 3, 4), np.nan, r"il2 at hour 12.5: c is nan at \[2, 3\]; allowed: finite, from -0.0001"),
        ("c", (0, 1, 6), -2e-4, r"c is -0.0002 at \[0, 5\]"),
        ("c", (0, 1, 6), np.inf, r"c is inf at \[0, 5\]"),
        ("source", (0, 5, 1), -1.0, r"source is -1 at \[4, 0\]"),
        ("uptake_vmax", (2, 1, 2), np.nan, r"uptake_vmax is nan at \[2, 0, 1\]"),
        ("uptake_km", None, np.array([0.02, 0.0, 1.0]), r"uptake_km is 0 at \[1\]; .* from 0.001"),
        ("uptake_km", None, np.array([0.02]), r"uptake_vmax is float64\[3, 56\]; .* float64\[1, 56\]"),
        ("source", None, np.zeros(55), r"source is float64\[55\]; allowed: contiguous float64\[56\]"),
        ("c", None, np.zeros(56, dtype=np.float32), r"c is float32\[56\]"),
        ("c", None, np.zeros(112)[::2], r"c is float64\[56\]; allowed: contiguous"),
        ("decay", None, -0.1, r"\[hours, decay, diffusivity\] is -0.1 at \[1\]"),
        ("hours", None, np.nan, r"\[hours, decay, diffusivity\] is nan at \[0\]"),
        ("tolerance", None, 1e-30, r"il2 at hour 12.5: residual .* nM at \[\d+, \d+\] .* allowed: 1e-30 nM"),
        ("source", (0, 3, 4), 1e308, r"residual .* at \[\d+, \d+\]"),
    ],
)
def test_bad_input_is_refused_with_its_place_and_changes_nothing(name, place, value, message):
    given = broken(name, place, value)
    before = given["c"].copy()
    with pytest.raises(FieldError, match=message), np.errstate(all="ignore"):  # plain Python warns
        advance(**given)
    assert np.array_equal(given["c"], before, equal_nan=True)


@pytest.mark.parametrize("bad", [((5,), 60.0), ((5, 0), 60.0), ((5, 5), 0.0), ((5, 5), 60.0, -1.0)])
def test_bad_grid_is_refused(bad):
    with pytest.raises(FieldError, match="allowed: 2 or 3 whole numbers"):
        FieldGrid(*bad)


def test_grid_needs_two_voxels_per_shortest_length():
    grid = FieldGrid((5, 5), 60.0)
    grid.require(120.0)
    with pytest.raises(FieldError, match=r"voxels of 60 um, diffusion-uptake length 98 um; .* at most 49 um"):
        grid.require(98.0)
