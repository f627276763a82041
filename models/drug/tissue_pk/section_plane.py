"""Where the field voxels of the cells' lattice lie, from the tumour's centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
Counts = NDArray[np.int64] | NDArray[np.float64]  # cells per field voxel, shape of the plane


@dataclass(frozen=True)
class Plane:
    """The cells' field lattice: shape and side of its voxels; a section's are as thick as its cells, and its
    book is kept per um of that thickness.
    """

    shape: tuple[int, ...]
    side_um: float
    thickness_um: float
    size_um: tuple[float, ...]  # of the cells' lattice; its middle is the tumour's centre

    @property
    def voxel_um3(self) -> float:
        """Volume of a field voxel."""
        return self.side_um**2 * (self.thickness_um if len(self.shape) == 2 else self.side_um)

    @property
    def booked_um3(self) -> float:
        """What one voxel counts for in the book: of a section 1 um of its thickness."""
        return self.side_um ** len(self.shape)

    def points_um(self, halo: int) -> Field:
        """Centres of the field voxels and `halo` more on each side, from the tumour's centre: (*shape, 3)."""
        axes = [
            (np.arange(-halo, n + halo) + 0.5) * self.side_um - size / 2.0
            for n, size in zip(self.shape, self.size_um, strict=True)
        ]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        return np.concatenate([points, np.zeros((*points.shape[:-1], 3 - len(axes)))], axis=-1)
