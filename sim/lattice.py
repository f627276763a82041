"""The cells' lattice: padded flat indices and offset lists. The only file that knows 2-D from 3-D.

A border of WALL voxels, as thick as the farthest look-up, surrounds the tissue, so no kernel tests bounds.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import permutations, product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.kernels.rng import Stream, uniforms

WALL = -1
EMPTY = 0
_REACH = {2: 16, 3: 6}  # voxels searched for a free place, and the border's thickness


Held = TypeVar("Held", bound=np.generic)  # what an array holds for each voxel


@dataclass(frozen=True)
class Lattice:
    """Square or cubic lattice; `shape` in voxels without the border, `voxel_um` the side of one voxel."""

    shape: tuple[int, ...]
    voxel_um: float

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return len(self.shape)

    @property
    def reach(self) -> int:
        """Voxels that a search looks around, and the border's thickness."""
        return _REACH[self.dimensions]

    @property
    def padded(self) -> tuple[int, ...]:
        """Shape with the border."""
        return tuple(n + 2 * self.reach for n in self.shape)

    @property
    def size(self) -> int:
        """Voxels with the border."""
        return int(np.prod(self.padded))

    @property
    def inside(self) -> tuple[slice, ...]:
        """Slices that leave the border out."""
        return tuple(slice(self.reach, self.reach + n) for n in self.shape)

    @cached_property
    def interior(self) -> NDArray[np.int64]:
        """Flat padded index of every interior voxel, in C order of `shape`."""
        return np.arange(self.size).reshape(self.padded)[self.inside].ravel()

    @cached_property
    def outermost(self) -> NDArray[np.int64]:
        """Flat padded index of the interior voxels beside the wall."""
        near = np.pad(np.zeros([max(n - 2, 0) for n in self.shape], np.bool_), 1, constant_values=True)
        return self.interior[near[tuple(map(slice, self.shape))].ravel()]

    def grid(self, flat: NDArray[Held]) -> NDArray[Held]:
        """View of a flat padded array without the border; shape `self.shape`."""
        return flat.reshape(self.padded)[self.inside]

    def coordinates(self, voxels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Interior coordinates (axis, voxel) of flat padded indices."""
        return np.array(np.unravel_index(voxels, self.padded)) - self.reach

    @cached_property
    def strides(self) -> NDArray[np.int64]:
        """Flat padded step of one voxel along each axis."""
        return np.array([int(np.prod(self.padded[axis + 1 :])) for axis in range(self.dimensions)])

    def steps(self, radius: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Flat offsets and lengths (voxels) of all voxels within `radius` voxels, own voxel first."""
        vectors, length = self._vectors(radius)
        return vectors @ self.strides, length

    def _vectors(self, radius: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        span = range(-int(radius), int(radius) + 1)
        vectors = np.array(list(product(span, repeat=self.dimensions)))
        length = np.sqrt((vectors**2).sum(axis=1).astype(float))
        keep = np.flatnonzero(length <= radius + 1e-9)
        order = keep[np.argsort(length[keep], kind="stable")]
        return vectors[order], length[order]

    @cached_property
    def touching(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Own voxel, then the 8 or 26 touching ones: flat offsets and lengths in voxels."""
        offsets, length = self.steps(np.sqrt(self.dimensions))
        return offsets, length

    @cached_property
    def headings(self) -> NDArray[np.float64]:
        """Unit vectors to the touching voxels without the own one, (ways, dimensions)."""
        vectors, length = self._vectors(np.sqrt(self.dimensions))
        return vectors[1:] / length[1:, None]

    @cached_property
    def faces(self) -> NDArray[np.int64]:
        """Flat offsets of the 4 or 6 voxels that share a face."""
        return self.steps(1.0)[0][1:]

    @cached_property
    def search_orders(self) -> NDArray[np.int64]:
        """Offsets by growing distance, (order, step): one order in every turn and mirror image.

        Ties of distance are broken at random, and over all orders they have no direction.
        """
        vectors, length = self._vectors(float(self.reach))
        vectors = vectors[np.lexsort((uniforms(0, Stream.RING, np.arange(length.size)), length))]
        axes, signs = permutations(range(self.dimensions)), product((1, -1), repeat=self.dimensions)
        return np.array([vectors[:, turn] * sign @ self.strides for turn, sign in product(axes, signs)])

    def unseen_share(self, radius_um: float) -> float:
        """Voxels of the sphere that a section does not see: 0 in 3-D."""
        if self.dimensions == 3:
            return 0.0
        sphere = Lattice((1, 1, 1), self.voxel_um)
        radius = radius_um / self.voxel_um
        return float(sphere.steps(radius)[0].size - self.steps(radius)[0].size)

    def blocks(self, side: int) -> tuple[NDArray[np.int32], tuple[int, ...]]:
        """Coarse block of every padded voxel (flat), `side` voxels wide, and the blocks' shape."""
        shape = tuple(-(-n // side) for n in self.shape)
        axes = [
            np.clip((np.arange(n) - self.reach) // side, 0, blocks - 1)
            for n, blocks in zip(self.padded, shape, strict=True)
        ]
        return np.ravel_multi_index(np.ix_(*axes), shape).astype(np.int32).ravel(), shape

    def distance_from_centre(self, voxels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Distance (um) of voxel centres from the lattice's centre."""
        centre = (np.array(self.shape) - 1) / 2.0
        squares: NDArray[np.float64] = ((self.coordinates(voxels).T - centre) ** 2).sum(axis=1)
        return self.voxel_um * np.sqrt(squares)
