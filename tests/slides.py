"""Synthetic tissues for the pathologist's tests; their answers are known from geometry."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from il2sim.sim.result import Snapshot

VOXEL = 15.0
SOLID = ("empty", "tumour", "dead", "stroma", "vessel", "cleared")
IMMUNE = ("empty", "cd8", "nk", "treg", "th", "other_til")


def tissue(bed, layers=None, day=0.0, immune=None):
    """A tissue whose bed is stroma but for the masks given by cell type; immune codes or None for no cell."""
    solid = np.where(bed, SOLID.index("stroma"), 0).astype(np.int8)
    for cell_type, mask in (layers or {}).items():
        solid[mask] = SOLID.index(cell_type)
    cells = np.zeros_like(solid) if immune is None else immune
    return Snapshot(day, solid, cells, bed, None, VOXEL, 60.0, SOLID, IMMUNE)


def disc_um(size, radius_um, centre_um=None, dimensions=2):
    """Voxels whose centre lies within radius_um of a point, by default the centre of the array."""
    middle = centre_um or (size * VOXEL / 2,) * dimensions
    axes = np.meshgrid(*[(np.arange(size) + 0.5) * VOXEL] * dimensions, indexing="ij")
    return sum((axis - at) ** 2 for axis, at in zip(axes, middle, strict=True)) <= radius_um**2


def nested(size, radius_um, seed=0):
    """An untreated tumour: bed, and nests about 150 um wide that leave 45 % of it to stroma."""
    bed = disc_um(size, radius_um)
    texture = gaussian_filter(np.random.default_rng(seed).standard_normal(bed.shape), 30 / VOXEL)
    return bed, bed & (texture > np.quantile(texture[bed], 0.45))


def solid_pair(bed, viable, rest="cleared"):
    """A bed all viable at the start, of which `viable` is left."""
    return tissue(bed, {"tumour": bed}), tissue(bed, {"tumour": viable, rest: bed & ~viable}, day=28.0)
