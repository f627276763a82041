"""Core biopsies of the untreated tumour: needles' cylinders as strips on the section.

The needle takes nothing away here: it only reads, so that the grade that compares with it has its noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from il2sim.models.pathology.morphology import Mask
from il2sim.sim.kernels.rng import Stream, uniforms
from il2sim.sim.sums import added


def core_masks(
    shape: tuple[int, ...], voxel_um: float, size_um: tuple[float, float], aims: NDArray[np.float64]
) -> list[Mask]:
    """Strips of `size_um` (width, length) on a section; `aims` [n, 2]: direction (rad), offset (um)."""
    x, y = np.meshgrid(*((np.arange(side) + 0.5 - side / 2) * voxel_um for side in shape), indexing="ij")
    width, length = size_um
    masks = []
    for angle, offset in aims:
        along = x * np.cos(angle) + y * np.sin(angle)
        across = y * np.cos(angle) - x * np.sin(angle) - offset
        masks.append((np.abs(along) <= length / 2) & (np.abs(across) <= width / 2))
    return masks


def core_aims(seed: int, number: int, farthest_um: float) -> NDArray[np.float64]:
    """Direction and offset of each core: any direction, at most `farthest_um` off the centre."""
    draws = uniforms(seed, Stream.CORES, np.arange(2 * number)).reshape(number, 2)
    return np.stack([np.pi * draws[:, 0], farthest_um * (2 * draws[:, 1] - 1)], axis=1)


def core_cellularity(viable: Mask, bed: Mask, cores: list[Mask]) -> float | None:
    """Viable share of the tumour in all cores together; None where none of them met the bed."""
    tumour = added(int((bed & core).sum()) for core in cores)
    return added(int((viable & core).sum()) for core in cores) / tumour if tumour else None
