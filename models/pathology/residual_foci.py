"""What a slide can miss: foci of viable tumour in a ball, and the chance that a plane or a sampled bed hits.

A miss formula and a sampling model. The bed is a ball of radius `reach_mm`; foci are
balls, uniform in it (by their centres in the formula, as a whole in the sampling model): neither is true of a
tumour that is cleared from one side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from il2sim.models.pathology.morphology import Mask
from il2sim.sim.kernels.rng import Stream, uniforms

PROFILE = 4 / math.pi  # radius of a ball over the mean radius of its profiles on planes through it
_OFFSETS, _PLACES = 32, 1000  # where the first slice and where a focus lies: Monte Carlo error under 0.02
_CLASSES = 12  # of focus radius; within one, all are taken as its mean

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Foci:
    """Balls of viable tumour in a bed: radius (mm) of each, and how many of the kind it stands for."""

    reach_mm: float
    radius_mm: Floats
    number: Floats
    are_seen: bool = True

    def __post_init__(self) -> None:
        """A focus can't be larger than its bed."""
        object.__setattr__(self, "radius_mm", np.minimum(self.radius_mm, self.reach_mm))


def miss_chance(radius_mm: Floats | float, reach_mm: float) -> Floats:
    """1 - 1.5 r/R + 0.5 (r/R)^3: a plane through the centre of the bed misses a focus of radius r."""
    part = np.minimum(np.asarray(radius_mm, dtype=np.float64) / reach_mm, 1.0)
    return 1 - 1.5 * part + 0.5 * part**3


def all_missed(foci: Foci) -> float:
    """Chance that a plane through the centre misses every focus, each on its own; 0 where there is none.

    Without a focus a clear section is right, so it can't be falsely so.
    """
    if not foci.number.sum():
        return 0.0
    return float(np.prod(miss_chance(foci.radius_mm, foci.reach_mm) ** foci.number))


def assumed_foci(reach_mm: float, number: int, radius_mm: float) -> Foci:
    """So many foci of one size, where the section shows none."""
    return Foci(reach_mm, np.array([radius_mm]), np.array([float(number)]), are_seen=False)


def found_foci(region: Mask, reach_mm: float, voxel_um: float) -> Foci:
    """Foci of a region of viable tumour. In a volume each is what it is.

    On a section a profile stands for a ball 4/pi times as wide, and for 1/(chance to be hit) balls, most of
    which lie beside the plane. Its radius is half the mean side of the box round it.
    """
    areas, number = label(region)
    boxes = [[side.stop - side.start for side in box] for box in find_objects(areas, number)]
    radius = np.array(boxes, dtype=np.float64).reshape(number, region.ndim).mean(axis=1) * voxel_um / 2000
    if region.ndim == 3:
        return Foci(reach_mm, radius, np.ones(number))
    ball = np.minimum(radius * PROFILE, reach_mm)
    return Foci(reach_mm, ball, 1 / (1 - miss_chance(ball, reach_mm)))


def sampled_missed(foci: Foci, slice_mm: float, block_mm: float, seed: int) -> float:
    """Chance that no slide of a sampled bed shows a focus: Monte Carlo over their places.

    The bed is cut every `slice_mm`, the first cut anywhere, but one at least goes through it: a clip shows
    where it was. From each face comes one row of square blocks of `block_mm`, spanning it through its middle.
    """
    if not foci.number.sum():
        return 0.0
    radius, number = _classes(foci)
    places = (foci.reach_mm - radius)[:, None] * _places(seed)[:, None, :]
    missed = [
        np.prod((1 - _hit_share(radius, places, cuts, block_mm)) ** number)
        for cuts in _cuts(foci.reach_mm, slice_mm)
    ]
    return float(np.mean(missed))


def _classes(foci: Foci) -> tuple[Floats, Floats]:
    """Foci gathered by radius, so that a thousand specks cost no more than a few."""
    order = np.argsort(foci.radius_mm)
    groups = [part for part in np.array_split(order, _CLASSES) if part.size]
    number = np.array([foci.number[part].sum() for part in groups])
    radius = np.array([(foci.radius_mm[part] * foci.number[part]).sum() for part in groups]) / number
    return radius, number


def _places(seed: int) -> Floats:
    """Distance from the row's middle (y) and place along the cuts (z) of points in the ball of radius 1."""
    draws = uniforms(seed, Stream.FOCI, np.arange(3 * _PLACES)).reshape(3, _PLACES)
    away, height, turn = np.cbrt(draws[0]), 2 * draws[1] - 1, 2 * np.pi * draws[2]
    return np.stack([away * np.sqrt(1 - height**2) * np.sin(turn), away * height])


def _cuts(reach_mm: float, slice_mm: float) -> list[Floats]:
    """Places of the cuts through a bed, mm from its centre, for first cuts spread over one slice of it."""
    starts = (np.arange(_OFFSETS) + 0.5) / _OFFSETS * min(slice_mm, 2 * reach_mm)
    return [np.arange(-reach_mm + start, reach_mm, slice_mm) for start in starts]


def _hit_share(radius: Floats, places: Floats, cuts: Floats, block_mm: float) -> Floats:
    """Share of the places at which a focus of each radius shows on a block of one of the cuts."""
    y, z = places
    squared = radius[:, None, None] ** 2 - (z[:, :, None] - cuts) ** 2
    profile = np.sqrt(np.maximum(squared, 0.0))
    shows = (squared > 0) & (np.abs(y)[:, :, None] <= block_mm / 2 + profile)
    share: Floats = shows.any(axis=2).mean(axis=1)
    return share
