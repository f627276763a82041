"""A rectilinear lattice about the tumour: the mesh of depots that are no shells about its centre.

Even, coarse voxels where tumour and depots lie, ever longer ones beyond. Every geometry is its own mirror
image in y and z, some in x: only one side of each such plane is kept, and counts for both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from il2sim.models.drug.geometries.depot_shape import Ball, distance_um
from il2sim.models.drug.geometries.injection import Depot
from il2sim.models.drug.tissue_pk.newton import Field, FieldError, Problem, Step
from il2sim.models.drug.tissue_pk.time_above_ec50 import weighted_sum
from il2sim.sim.sums import added

if TYPE_CHECKING:
    from scipy.sparse import csr_array

COARSENING_UM = 2_000.0  # beyond, voxels grow by their first length every 2 mm, as shells do (assumed)
SUB_SAMPLES = 4  # along each edge of a voxel that a surface cuts
FORCING = 1e-4  # of the residual that one Newton step leaves
MOST_DIRECTIONS = 500  # of conjugate gradients; a residual left after them fails Newton's test, not unseen

Axes = tuple[Field, ...]  # x, y, z


@dataclass(frozen=True, eq=False)
class Box:
    """Faces, middles (per axis, um), volumes and distances from the centre (flat, x slowest), and `coupling`:
    area over distance across each inner face, um, as the matrix of what diffusion takes from each voxel.
    """

    faces_um: Axes
    middle_um: Axes
    volume_um3: Field
    distance_um: Field
    coupling: csr_array

    @property
    def end_um(self) -> float:
        """Nearest outer face."""
        return float(min(faces[-1] for faces in self.faces_um))

    def net_inflow(self, concentration: Field) -> Field:
        """Sum over six faces of area / distance x difference, nM um per voxel; outer faces are closed."""
        return np.asarray(-(self.coupling @ concentration), dtype=np.float64)

    def drift(self, concentration: Field) -> float:
        """None: fluid does not move on the lattice."""
        return 0.0

    @cached_property
    def fastest_exchange(self) -> float:
        """Largest sum over six faces of area / distance over the voxel's volume, 1/um2."""
        return float((self.coupling.diagonal() / self.volume_um3).max())

    def solve(self, problem: Problem, guess: Field) -> Step:
        """Newton's method, each step of it by conjugate gradients."""
        concentration, held_h = guess, problem.held_h
        for _ in range(problem.iterations):
            inflow = problem.diffusivity * self.net_inflow(concentration)
            taken = problem.sinks.total(problem.sinks.saturation(concentration))
            change = inflow / self.volume_um3 - taken + problem.source
            residual = problem.kept + held_h * change - concentration
            if not float(np.abs(residual).max()) > problem.limit:
                return Step(concentration, change, residual, has_converged=True)
            uptake_um3 = held_h * self.volume_um3 * problem.sinks.slope(concentration)
            wanted = self.volume_um3 * residual
            concentration = concentration + self.correct(wanted, uptake_um3, held_h, problem.diffusivity)
        return Step(concentration, change, residual, has_converged=False)

    def correct(self, residual_um3: Field, uptake_um3: Field, held_h: float, diffusivity: float) -> Field:
        """Solve one Newton step by conjugate gradients with the diagonal, to 1e-4 of the residual."""
        conductance, kept = held_h * diffusivity, self.volume_um3 + uptake_um3
        inverse = 1.0 / (kept + conductance * self.coupling.diagonal())
        return _conjugate_gradients(
            lambda x: conductance * (self.coupling @ x) + kept * x, residual_um3, inverse
        )

    def share_within(self, radius_um: float) -> Field:
        """Share of each voxel's volume within a radius of the tumour's centre, 0 to 1."""
        return self._cut(Ball((0.0, 0.0, 0.0), radius_um).outside_um)(0.0)

    def fill_um3(self, parts: Sequence[Depot]) -> list[Field]:
        """Volume of each voxel that each depot fills.

        Its surface is moved by less than a voxel until the depot has its volume to rounding, and an earlier
        depot keeps its place: no voxel ever holds more fluid than its pores. Raises FieldError where the
        lattice cannot hold the depot.
        """
        free, filled = np.ones_like(self.volume_um3), []
        for part in parts:
            share = self._level(part, free)
            free = free - share
            filled.append(share * self.volume_um3)
        return filled

    def sample(self, values: Field, points_um: Field) -> Field:
        """Values at points (..., 3), linear between the middles of voxels, level beyond the outermost."""
        from scipy.interpolate import RegularGridInterpolator  # slow to load, and many a run has no box

        shape = tuple(middle.size for middle in self.middle_um)
        places = np.stack(
            [
                np.clip(np.abs(points_um[..., i]) if faces[0] == 0.0 else points_um[..., i], low, high)
                for i, (faces, low, high) in enumerate(
                    (faces, middle[0], middle[-1])
                    for faces, middle in zip(self.faces_um, self.middle_um, strict=True)
                )
            ],
            axis=-1,
        )
        return np.asarray(RegularGridInterpolator(self.middle_um, values.reshape(shape))(places))

    def _level(self, part: Depot, free: Field) -> Field:
        """Share of each voxel that a depot fills of what is free, its volume exact."""
        from scipy.optimize import brentq

        target, cut = part.shape.volume_um3, self._cut(part.shape.outside_um)
        if target <= 0.0:
            return np.zeros_like(free)

        def excess(level_um: float) -> float:
            return weighted_sum(np.minimum(cut(level_um), free), self.volume_um3) / target - 1.0

        most_um = 0.5 * float(np.diff(self.faces_um[1])[0])
        if not excess(-most_um) < 0.0 < excess(most_um):
            raise FieldError(
                f"IL-2 lattice: found a {part.place} depot of {target / 1e9:.3g} mm3 that the voxels hold "
                f"only to {abs(excess(0.0)):.1%}; allowed: a depot the lattice was laid for"
            )
        return np.minimum(cut(float(brentq(excess, -most_um, most_um, xtol=1e-9, rtol=1e-14))), free)

    def _cut(self, outside_um: Callable[[Field], Field]) -> Callable[[float], Field]:
        """Share of each voxel within a surface moved outwards by a level, um; sub-sampled where it cuts."""
        x, y, z = np.meshgrid(*self.middle_um, indexing="ij")
        middles = np.stack([x.ravel(), y.ravel(), z.ravel()], axis=-1)
        sizes = np.stack(
            [size.ravel() for size in np.meshgrid(*map(np.diff, self.faces_um), indexing="ij")], axis=-1
        )
        depth = outside_um(middles)
        near = np.flatnonzero(np.abs(depth) < distance_um(sizes))
        whole = (depth < 0.0).astype(np.float64)
        steps = (np.arange(SUB_SAMPLES) + 0.5) / SUB_SAMPLES - 0.5
        offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(1, -1, 3)
        sub = outside_um(middles[near, None, :] + sizes[near, None, :] * offsets)
        softness = np.cbrt(sizes[near].prod(axis=1))[:, None] / SUB_SAMPLES

        def share(level_um: float) -> Field:
            found = whole.copy()
            found[near] = np.clip(0.5 + (level_um - sub) / softness, 0.0, 1.0).mean(axis=1)
            return found

        return share


@lru_cache(maxsize=8)
def lay_box(
    low_um: tuple[float, float, float], high_um: tuple[float, float, float], voxel_um: float, end_um: float
) -> Box:
    """A box of voxels even from `low_um` to `high_um` and longer beyond, to `end_um` on every side.

    An axis whose lower end is 0 is mirrored there. Boxes are kept by these numbers, which say all of them.
    """
    from scipy.sparse import csr_array, diags_array, kron

    faces = tuple(_faces(low, high, voxel_um, end_um) for low, high in zip(low_um, high_um, strict=True))
    middles = tuple(0.5 * (each[1:] + each[:-1]) for each in faces)
    copies = 2 ** added(low == 0.0 for low in low_um)
    sizes = tuple(map(np.diff, faces))
    volume = copies * np.multiply.outer(np.multiply.outer(sizes[0], sizes[1]), sizes[2]).ravel()
    x, y, z = np.meshgrid(*middles, indexing="ij")
    dx, dy, dz = map(diags_array, sizes)
    kx, ky, kz = map(_between, middles)
    coupling = copies * (kron(kron(kx, dy), dz) + kron(kron(dx, ky), dz) + kron(kron(dx, dy), kz))
    return Box(faces, middles, volume, np.sqrt(x * x + y * y + z * z).ravel(), csr_array(coupling))


def _conjugate_gradients(system: Callable[[Field], Field], wanted: Field, inverse: Field) -> Field:
    """Solve system(x) = wanted, symmetric and positive definite, with a diagonal that nearly inverts it.

    Not SciPy's, whose sums run on as many threads as the machine has: slow for vectors this short, and no
    two machines add alike.
    """
    solution, residual = np.zeros_like(wanted), wanted.copy()
    direction = scaled = inverse * residual
    size = first = weighted_sum(residual, scaled)
    for _ in range(MOST_DIRECTIONS):
        if not size > FORCING * FORCING * first:
            break
        image = system(direction)
        length = size / weighted_sum(direction, image)
        solution += length * direction
        residual -= length * image
        scaled = inverse * residual
        before, size = size, weighted_sum(residual, scaled)
        direction = scaled + (size / before) * direction
    return solution


def _faces(low_um: float, high_um: float, voxel_um: float, end_um: float) -> Field:
    """Faces along one axis, one of them at 0."""
    up = _one_side(high_um, voxel_um, end_um)
    return up if low_um == 0.0 else np.concatenate([-_one_side(-low_um, voxel_um, end_um)[:0:-1], up])


def _one_side(reach_um: float, voxel_um: float, end_um: float) -> Field:
    """Faces from 0: even as far as the reach, then longer, to the end."""
    even = np.arange(max(1, math.ceil(reach_um / voxel_um - 1e-9)) + 1) * voxel_um
    reach = math.log1p(max(end_um - even[-1], voxel_um) / COARSENING_UM)
    beyond = np.linspace(0.0, reach, max(1, math.ceil(COARSENING_UM * reach / voxel_um)) + 1)[1:]
    return np.concatenate([even, even[-1] + COARSENING_UM * np.expm1(beyond)])


def _between(middle_um: Field) -> csr_array:
    """One over the distance between neighbours along one axis, as what a difference takes from each."""
    from scipy.sparse import csr_array, diags_array

    near: NDArray[np.float64] = 1.0 / np.diff(middle_um)
    own = np.concatenate([near, [0.0]]) + np.concatenate([[0.0], near])
    return csr_array(diags_array([-near, own, -near], offsets=[-1, 0, 1]))
