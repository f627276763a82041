"""Shapes an injection can fill: shells about the tumour's centre, balls off it, capsules along needle tracks.

Points are um from the tumour's centre. What fills a shape, and when, is the injection's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
Point = tuple[float, float, float]
Segment = tuple[Point, Point]
QUADRATURE = 96  # points along x for the volume of capsules that overlap: 0.1 % against closed forms


@dataclass(frozen=True)
class Shell:
    """Between two spheres about the tumour's centre; a ball where the inner radius is 0.

    `taken_um3` of it is held by an earlier depot of the same injection.
    """

    inner_um: float
    outer_um: float
    taken_um3: float = 0.0

    @property
    def volume_um3(self) -> float:
        """Tissue it fills."""
        return sphere_um3(self.outer_um) - sphere_um3(self.inner_um) - self.taken_um3

    def range_um(self) -> tuple[float, float]:
        """Nearest and farthest from the tumour's centre."""
        return self.inner_um, self.outer_um

    def is_even(self) -> bool:
        """Whether it is its own mirror image in x."""
        return True

    def is_mirrored(self) -> bool:
        """Whether it is its own mirror image in y and in z."""
        return True

    def outside_um(self, points_um: Field) -> Field:
        """Distance from the surface, um, of points (..., 3): negative within, positive without."""
        r = distance_um(points_um)
        beyond = r - self.outer_um
        return np.maximum(self.inner_um - r, beyond) if self.inner_um > 0.0 else beyond

    def reach_um(self) -> NDArray[np.float64]:
        """Lowest and highest x, y, z, um, shape (2, 3)."""
        return np.array([[-self.outer_um] * 3, [self.outer_um] * 3])


@dataclass(frozen=True)
class Ball:
    """A sphere about a needle's tip."""

    centre_um: Point
    radius_um: float

    @property
    def volume_um3(self) -> float:
        """Tissue it fills."""
        return sphere_um3(self.radius_um)

    def range_um(self) -> tuple[float, float]:
        """Nearest and farthest from the tumour's centre."""
        apart = math.hypot(*self.centre_um)
        return max(apart - self.radius_um, 0.0), apart + self.radius_um

    def is_even(self) -> bool:
        """Whether it is its own mirror image in x."""
        return self.centre_um[0] == 0.0

    def is_mirrored(self) -> bool:
        """Whether it is its own mirror image in y and in z."""
        return self.centre_um[1] == 0.0 == self.centre_um[2]

    def outside_um(self, points_um: Field) -> Field:
        """Distance from the surface, um, of points (..., 3): negative within, positive without."""
        return distance_um(points_um - np.array(self.centre_um)) - self.radius_um

    def reach_um(self) -> NDArray[np.float64]:
        """Lowest and highest x, y, z, um, shape (2, 3)."""
        centre = np.array(self.centre_um)
        return np.stack([centre - self.radius_um, centre + self.radius_um])


@dataclass(frozen=True)
class Capsules:
    """Everything within one radius of any of the needle tracks; where two overlap it counts once."""

    segments: tuple[Segment, ...]
    radius_um: float
    volume_um3: float

    def range_um(self) -> tuple[float, float]:
        """Nearest and farthest from the tumour's centre."""
        nearest = float(self.outside_um(np.zeros(3)))
        farthest = max(math.hypot(*end) for segment in self.segments for end in segment)
        return max(nearest, 0.0), farthest + self.radius_um

    def is_even(self) -> bool:
        """Whether it is its own mirror image in x."""
        return self._is_alike(-1.0, 1.0, 1.0)

    def is_mirrored(self) -> bool:
        """Whether it is its own mirror image in y and in z."""
        return self._is_alike(1.0, -1.0, 1.0) and self._is_alike(1.0, 1.0, -1.0)

    def outside_um(self, points_um: Field) -> Field:
        """Distance from the surface, um, of points (..., 3): negative within, positive without."""
        nearest = np.full(points_um.shape[:-1], math.inf)
        for start, end in self.segments:
            np.minimum(nearest, _from_segment_um(points_um, start, end), out=nearest)
        return nearest - self.radius_um

    def reach_um(self) -> NDArray[np.float64]:
        """Lowest and highest x, y, z, um, shape (2, 3)."""
        ends = np.array(self.segments).reshape(-1, 3)
        return np.stack([ends.min(axis=0) - self.radius_um, ends.max(axis=0) + self.radius_um])

    def _is_alike(self, *signs: float) -> bool:
        """Whether its tracks are the same, in any order, once x, y, z have these signs."""
        x, y, z = signs
        moved = {frozenset(_rounded((x * a, y * b, z * c)) for a, b, c in ends) for ends in self.segments}
        return moved == {frozenset(map(_rounded, ends)) for ends in self.segments}


Shape = Shell | Ball | Capsules


def distance_um(points_um: Field) -> Field:
    """Distance from the tumour's centre, um, of points (..., 3)."""
    x, y, z = points_um[..., 0], points_um[..., 1], points_um[..., 2]
    return np.asarray(np.sqrt(x * x + y * y + z * z), dtype=np.float64)


def sphere_um3(radius_um: float) -> float:
    """Volume of a sphere."""
    return 4.0 / 3.0 * math.pi * radius_um**3


def sphere_radius_um(volume_um3: float) -> float:
    """Radius of the sphere of this volume."""
    return math.cbrt(volume_um3 * 3.0 / (4.0 * math.pi))


def sphere_without_ball_um3(radius_um: float, ball: Ball) -> float:
    """Volume of a sphere about the tumour's centre less what a ball takes of it (closed form of a lens)."""
    apart = math.dist((0.0, 0.0, 0.0), ball.centre_um)
    both, gap = radius_um + ball.radius_um, abs(radius_um - ball.radius_um)
    if apart >= both:
        return sphere_um3(radius_um)
    if apart <= gap:
        return max(sphere_um3(radius_um) - sphere_um3(ball.radius_um), 0.0)
    lens = math.pi * (both - apart) ** 2 * (apart**2 + 2.0 * apart * both - 3.0 * gap**2) / (12.0 * apart)
    return sphere_um3(radius_um) - lens


def fill_tracks(segments: tuple[Segment, ...], volume_um3: float, within_um: float) -> tuple[Capsules, float]:
    """Capsules of one radius whose union has this volume, and the share of it beyond `within_um`.

    By quadrature on a quarter, so the tracks must be mirror images in y and in z. A point of the quadrature
    counts by how far it lies within, over its spacing: volume and share vary smoothly with the radius.
    """
    if volume_um3 <= 0.0:
        return Capsules(segments, 0.0, 0.0), 0.0
    from scipy.optimize import brentq  # slow to load, and tracks alone need it

    widest_um = sphere_radius_um(volume_um3)  # of one point that takes it all
    low, high = Capsules(segments, widest_um, volume_um3).reach_um()
    low[1:] = 0.0
    spacing = float(high[0] - low[0]) / QUADRATURE
    axes = [
        start + spacing * (np.arange(math.ceil((end - start) / spacing)) + 0.5)
        for start, end in zip(low, high, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    from_track, each_um3 = Capsules(segments, 0.0, 0.0).outside_um(points), 4.0 * spacing**3

    def filled(radius_um: float) -> Field:
        return np.clip(0.5 + (radius_um - from_track) / spacing, 0.0, 1.0)

    def excess(radius_um: float) -> float:
        return float(filled(radius_um).sum()) * each_um3 / volume_um3 - 1.0

    radius_um = float(brentq(excess, -0.5 * spacing, 1.01 * widest_um + spacing, rtol=1e-12))
    share = filled(radius_um)
    beyond = np.clip(0.5 + (distance_um(points) - within_um) / spacing, 0.0, 1.0)
    return Capsules(segments, radius_um, volume_um3), float((share * beyond).sum() / share.sum())


def _rounded(point_um: Point) -> Point:
    """To the nanometre, and no -0."""
    x, y, z = (round(each, 3) + 0.0 for each in point_um)
    return x, y, z


def _from_segment_um(points_um: Field, start: Point, end: Point) -> Field:
    """Distance from the nearest point of a segment, um."""
    origin, along = np.array(start), np.subtract(end, start)
    length2 = float(along @ along)
    offset = points_um - origin
    share = np.clip(offset @ along / length2, 0.0, 1.0) if length2 > 0.0 else np.zeros(offset.shape[:-1])
    return distance_um(offset - share[..., None] * along)
