"""One implicit step of diffusion, decay and saturable uptake of one cytokine on a padded flat lattice.

It knows no cells: secretion and uptake come as arrays. Units um, hour, nM; the mass balance is in
nM times voxel volumes.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from il2sim.sim.sums import added

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Indices = NDArray[np.int64]

TOLERANCE = (
    1e-5  # nM, largest residual of a step: a thousandth of the smallest EC50 and less (numerical choice)
)
FLOOR = (
    -1e-4
)  # nM; negatives down to here are rounding and become 0, lower ones are refused (numerical choice)
BOOKS = 1e-7  # largest residual sum as a share of all held; keeps a run's under 1e-6 (numerical choice)
TRACE = 1e-12  # nM counted as held everywhere; a ten-millionth of a molecule per 60-um voxel (calculated)
SMALLEST_KM = 1e-3  # nM, a tenth of the tightest IL-2 receptor (S17: 0.01 nM); well above -FLOOR
FORCING = 0.01  # share of the residual that a tangent may leave; chosen by timing
LANES = 512  # running sums of a scalar product; a rounding of its own order, the same on every processor
MOST_TANGENTS, MOST_ITERATIONS = 60, 5000  # usual: 3 to 6 tangents of 5 to 200 iterations


class FieldError(ValueError):
    """A grid or field that cannot be advanced: where, what was found, what is allowed."""


class Problem(NamedTuple):
    """One step as kernels see it: x - c = hours (source - decay x - uptake) + exchange (neighbours - x)."""

    c: Floats  # [voxels] nM at the start
    source: Floats  # [voxels] nM/h
    vmax: Floats  # [kinds, voxels] nM/h
    km: Floats  # [kinds] nM
    hours: float
    decay: float  # 1/h
    exchange: float  # diffusivity hours / voxel_um^2
    outside: float  # nM beyond an open boundary
    rows: Indices  # [rows] first voxel of each row
    width: int  # voxels in a row
    offsets: Indices  # [4 or 6] from a voxel to its face neighbours
    faces: Floats  # [voxels] faces open to diffusion; an open boundary counts 2, being half a voxel away
    edges: Floats  # [voxels] what open boundaries add to `faces`


@dataclass(frozen=True)
class Balance:
    """Mass balance of one step in nM times voxel volumes, each term integrated from its own formula."""

    before: float
    after: float
    secreted: float
    decayed: float
    outflow: float  # through an open boundary; negative where the outside feeds the field
    numerical: float  # made by raising tiny negatives to 0
    solver: float  # made by what the equations leave unsolved
    taken_up: tuple[float, ...]  # [kinds]
    iterations: int  # of conjugate gradients
    residual: float  # nM, largest in any voxel

    @property
    def imbalance(self) -> float:
        """What the balance does not explain: rounding only."""
        gained = self.secreted + self.numerical + self.solver
        lost = self.decayed + self.outflow + added(self.taken_up)
        missing: float = self.before + gained - lost - self.after
        return missing


@dataclass(frozen=True)
class FieldGrid:
    """A box of cubic voxels in 2-D or 3-D; fields on it are flat, [voxels], with one layer of wall around."""

    shape: tuple[int, ...]
    voxel_um: float
    outside: float | None = None  # nM held on the faces of an open boundary; None closes it (zero flux)

    def __post_init__(self) -> None:
        is_shape = len(self.shape) in (2, 3) and all(isinstance(n, int) and n > 0 for n in self.shape)
        if not (is_shape and 0 < self.voxel_um < np.inf and 0 <= (self.outside or 0.0) < np.inf):
            raise FieldError(f"{self}; allowed: 2 or 3 whole numbers above 0, um above 0, None or nM from 0")

    @property
    def voxels(self) -> int:
        """Length of a field, wall included."""
        return int(np.prod([n + 2 for n in self.shape]))

    @cached_property
    def inside(self) -> Indices:
        """Flat index of every voxel but the wall, in the order of `shape`."""
        return np.flatnonzero(np.pad(np.ones(self.shape), 1))

    def pad(self, values: Floats) -> Floats:
        """[..., *shape] to a new [..., voxels] with zeros in the wall."""
        flat = np.zeros((*values.shape[: values.ndim - len(self.shape)], self.voxels))
        self.view(flat)[...] = values
        return flat

    def crop(self, flat: Floats) -> Floats:
        """[..., voxels] to a new [..., *shape] without the wall."""
        return self.view(flat).copy()

    def view(self, flat: Floats) -> Floats:
        """[..., voxels], contiguous, as [..., *shape] without the wall and without a copy."""
        boxed = flat.reshape(*flat.shape[:-1], *(n + 2 for n in self.shape))
        return boxed[..., 1:-1, 1:-1] if len(self.shape) == 2 else boxed[..., 1:-1, 1:-1, 1:-1]

    @cached_property
    def stencil(self) -> tuple[Indices, int, Indices, Floats, Floats]:
        """The last five fields of Problem: all that tells 2-D from 3-D."""
        strides = np.cumprod([1] + [n + 2 for n in self.shape[:0:-1]])[::-1]
        offsets = np.concatenate((-strides, strides))
        beside = self.pad(np.ones(self.shape))[self.inside[:, np.newaxis] + offsets]
        neighbours, width = beside.sum(axis=1).reshape(self.shape), self.shape[-1]
        edges = self.pad((offsets.size - neighbours) * (0.0 if self.outside is None else 2.0))
        return self.inside[::width], width, offsets, self.pad(neighbours) + edges, edges

    def require(self, length_um: float) -> None:
        """Refuse under two voxels per shortest length, which is sqrt(diffusivity / (decay + sum vmax/km))."""
        if not 2 * self.voxel_um <= length_um:
            found = f"voxels of {self.voxel_um:.3g} um, diffusion-uptake length {length_um:.3g} um"
            raise FieldError(f"grid: {found}; allowed: two per length; take at most {length_um / 2:.3g} um")


@njit(cache=True, nogil=True, error_model="numpy")
def _linearise(problem: Problem, x: Floats, residual: Floats, diagonal: Floats) -> tuple[float, ...]:
    """Write residual (nM) and diagonal of the tangent at x; return sum and maximum of residual, all held.

    `x`: float64 [voxels], nM; `residual`, `diagonal`: float64 [voxels], written.
    """
    hours, exchange, total, largest, held = problem.hours, problem.exchange, 0.0, 0.0, 0.0
    for start in problem.rows:
        end = start + problem.width
        here, rest, slope = x[start:end], residual[start:end], diagonal[start:end]
        faces, edges = problem.faces[start:end], problem.edges[start:end]
        before, source = problem.c[start:end], problem.source[start:end]
        for i in range(problem.width):
            flux = edges[i] * problem.outside - faces[i] * here[i]
            gain = source[i] - problem.decay * here[i]
            rest[i] = before[i] - here[i] + hours * gain + exchange * flux
            slope[i] = 1.0 + hours * problem.decay + exchange * faces[i]
        for offset in problem.offsets:
            beside = x[start + offset : end + offset]
            for i in range(problem.width):
                rest[i] += exchange * beside[i]
        for kind in range(problem.km.size):
            km, vmax = problem.km[kind], problem.vmax[kind, start:end]
            for i in range(problem.width):
                bound = hours * vmax[i] / (km + here[i])
                rest[i] -= bound * here[i]
                slope[i] += bound * (km / (km + here[i]))
        for i in range(problem.width):
            total += rest[i]
            largest = max(largest, abs(rest[i]))
            held += TRACE + abs(here[i]) + hours * source[i]
    return total, largest, held


@njit(cache=True, nogil=True, error_model="numpy")
def _multiply(problem: Problem, diagonal: Singles, x: Singles, product: Singles) -> None:
    """Write tangent times x into `product`.

    `diagonal`, `x`, `product`: float32 [voxels].
    """
    exchange, offsets = np.float32(problem.exchange), problem.offsets
    for start in problem.rows:
        end = start + problem.width
        row, here, own = product[start:end], x[start:end], diagonal[start:end]
        for i in range(problem.width):
            row[i] = own[i] * here[i]
        for k in range(0, offsets.size, 2):  # two at a time: every pass over a row costs
            one = x[start + offsets[k] : end + offsets[k]]
            other = x[start + offsets[k + 1] : end + offsets[k + 1]]
            for i in range(problem.width):
                row[i] -= exchange * (one[i] + other[i])


@njit(cache=True, nogil=True, error_model="numpy")
def _dot(a: Singles, b: Singles, lanes: Singles) -> float:
    """Scalar product in LANES running sums: as many as a processor likes to add at once, in a fixed order.

    `a`, `b`: float32 [n]; `lanes`: float32 [LANES], scratch.
    """
    lanes[:] = 0.0
    whole = a.size - a.size % LANES
    for first in range(0, whole, LANES):
        left, right = a[first : first + LANES], b[first : first + LANES]
        for i in range(LANES):
            lanes[i] += left[i] * right[i]
    total = 0.0
    for i in range(LANES):
        total += np.float64(lanes[i])
    for i in range(whole, a.size):
        total += np.float64(a[i] * b[i])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _largest(values: Singles, lanes: Singles) -> float:
    """Largest size of `values` (float32 [n]); `lanes`: float32 [LANES], scratch."""
    lanes[:] = 0.0
    whole = values.size - values.size % LANES
    for first in range(0, whole, LANES):
        part = values[first : first + LANES]
        for i in range(LANES):
            lanes[i] = max(lanes[i], abs(part[i]))
    largest = 0.0
    for i in range(LANES):
        largest = max(largest, np.float64(lanes[i]))
    for i in range(whole, values.size):
        largest = max(largest, np.float64(abs(values[i])))
    return largest


@njit(cache=True, nogil=True, error_model="numpy")
def _descend(problem: Problem, tangent: Floats, x: Floats, unsolved: Floats, limit: float) -> int:
    """Solve the tangent by conjugate gradients until no residual exceeds `limit` nM; return iterations.

    `tangent`, `x`, `unsolved`: float64 [voxels], diagonal, nM and residual; x is changed in place.
    Preconditioned by the diagonal, in single precision: what that leaves is in the next tangent's residual.
    """
    diagonal, residual = tangent.astype(np.float32), unsolved.astype(np.float32)
    change, direction, product = np.zeros_like(residual), np.zeros_like(residual), np.zeros_like(residual)
    inverse, lanes, previous = np.float32(1.0) / diagonal, np.zeros(LANES, np.float32), np.inf
    scaled, iteration = residual * inverse, 0
    while iteration < MOST_ITERATIONS and _largest(residual, lanes) > limit:
        iteration += 1
        slope = _dot(residual, scaled, lanes)
        turn, previous = np.float32(slope / previous), slope
        for i in range(x.size):
            direction[i] = scaled[i] + turn * direction[i]
        _multiply(problem, diagonal, direction, product)
        length = np.float32(slope / _dot(direction, product, lanes))
        for i in range(x.size):
            change[i] += length * direction[i]
        for i in range(x.size):
            residual[i] -= length * product[i]
            scaled[i] = residual[i] * inverse[i]
    x += change
    return iteration


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(problem: Problem, x: Floats, residual: Floats, tolerance: float) -> tuple[int, float, bool]:
    """Newton's method: uptake being concave, x >= 0 rises to the answer; iterations, residual, success.

    `x`, `residual`: float64 [voxels], nM, changed in place; `tolerance`: nM, largest residual allowed.
    """
    diagonal, iterations = np.ones(x.size), 0
    for _ in range(MOST_TANGENTS):
        total, largest, held = _linearise(problem, x, residual, diagonal)
        if largest <= tolerance and abs(total) <= BOOKS * held:
            return iterations, largest, True
        iterations += _descend(problem, diagonal, x, residual, FORCING * largest)
        x[x < FLOOR] = 0.0
    return iterations, _linearise(problem, x, residual, diagonal)[1], False


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(problem: Problem, x: Floats, residual: Floats, taken: Floats) -> tuple[float, ...]:
    """Write x into c, tiny negatives as 0; add uptake to `taken` [kinds]; return Balance's other amounts.

    `x`, `residual`: float64 [voxels], nM; amounts in nM times voxel volumes.
    """
    before = after = secreted = decayed = outflow = numerical = solver = 0.0
    for start in problem.rows:
        for i in range(start, start + problem.width):
            before += problem.c[i]
            secreted += problem.hours * problem.source[i]
            decayed += problem.hours * problem.decay * x[i]
            outflow += problem.exchange * problem.edges[i] * (x[i] - problem.outside)
            solver -= residual[i]
            for kind in range(taken.size):
                taken[kind] += problem.hours * problem.vmax[kind, i] * x[i] / (problem.km[kind] + x[i])
            problem.c[i] = max(x[i], 0.0)
            numerical += problem.c[i] - x[i]
            after += problem.c[i]
    return before, after, secreted, decayed, outflow, numerical, solver


def _check(where: str, values: Floats, shape: tuple[int, ...], low: float, grid: FieldGrid) -> None:
    """Refuse another dtype, shape or memory order; values below `low`, NaN or infinite, naming the voxel."""
    if values.dtype != np.float64 or values.shape != shape or not values.flags.c_contiguous:
        found = f"{values.dtype}{list(values.shape)}"
        raise FieldError(f"{where} is {found}; allowed: contiguous float64{list(shape)}")
    seen = grid.view(values) if shape[-1] == grid.voxels else values
    if seen.min(initial=np.inf) >= low and seen.max(initial=low) < np.inf:  # no number is neither
        return
    if (wrong := np.argwhere(~((seen >= low) & (seen < np.inf)))).size:
        found = f"{seen[tuple(wrong[0])]:.6g} at {wrong[0].tolist()}"
        raise FieldError(f"{where} is {found}; allowed: finite, from {low:g}")


def advance(
    c: Floats,
    source: Floats,
    uptake_vmax: Floats,
    uptake_km: Floats,
    grid: FieldGrid,
    *,
    diffusivity: float,
    decay: float,
    hours: float,
    tolerance: float = TOLERANCE,
    where: str = "field",
) -> Balance:
    """Advance c [voxels] (nM) in place by one backward Euler step of `hours` and return its balance.

    source [voxels] and uptake_vmax [kinds, voxels] in nM/h, uptake_km [kinds] in nM, diffusivity um2/h,
    decay 1/h; walls are not read. `where` (cytokine, hour) opens messages. FieldError leaves c as it was.
    """
    scalars = np.array([hours, decay, diffusivity], dtype=np.float64)
    _check(f"{where}: [hours, decay, diffusivity]", scalars, (3,), 0.0, grid)
    _check(f"{where}: c", c, (grid.voxels,), FLOOR, grid)
    _check(f"{where}: source", source, (grid.voxels,), 0.0, grid)
    _check(f"{where}: uptake_km", uptake_km, (uptake_km.size,), SMALLEST_KM, grid)
    _check(f"{where}: uptake_vmax", uptake_vmax, (uptake_km.size, grid.voxels), 0.0, grid)
    exchange, outside = float(diffusivity * hours / grid.voxel_um**2), float(grid.outside or 0)
    hours, decay = float(hours), float(decay)
    problem = Problem(c, source, uptake_vmax, uptake_km, hours, decay, exchange, outside, *grid.stencil)
    x, residual, taken = grid.pad(grid.view(c)), np.zeros(grid.voxels), np.zeros(uptake_km.size)
    iterations, largest, is_solved = _solve(problem, x, residual, tolerance)
    if not is_solved:
        unsolved = np.abs(grid.crop(residual))
        place = np.argwhere(~(unsolved < unsolved.max()))[0].tolist()
        found = f"residual {largest:.3g} nM at {place} and {residual.sum():.3g} in all"
        allowed = f"{tolerance:g} nM and {BOOKS:g} of all held; shorten the step"
        raise FieldError(f"{where}: {found} after {iterations} iterations; allowed: {allowed}")
    settled = map(float, _settle(problem, x, residual, taken))
    before, after, secreted, decayed, outflow, numerical, solver = settled
    return Balance(
        before=before,
        after=after,
        secreted=secreted,
        decayed=decayed,
        outflow=outflow,
        numerical=numerical,
        solver=solver,
        taken_up=tuple(taken.tolist()),
        iterations=iterations,
        residual=float(largest),
    )
