"""Where the needle of a visit goes, and how far from it a place lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from il2sim.models.drug.geometries.depot_shape import Capsules
from il2sim.models.drug.geometries.injection import Technique, depots


def needle_tracks(radius_um: float, technique: Technique) -> NDArray[np.float64]:
    """Straight tracks in a tumour of this radius, first and last point from its centre, um: (tracks, 2, 3).

    Tracks and fans are where their depots are. Any other needle comes square to the section, along z, and
    ends in the section's plane: one at the middle of the central part, four at the edge for the ring, a
    quadrant apart (assumed: no source says where).
    """
    if technique.geometry in ("tracks", "fan"):
        shape = depots(1.0, radius_um, 1.0, technique)[0].shape  # of any dose: the tracks do not depend on it
        assert isinstance(shape, Capsules), "tracks and fans fill capsules"
        return np.array(shape.segments)
    has_ring = technique.geometry == "ring" or (
        technique.geometry == "half_and_half" and technique.centre_share < 1.0
    )
    has_centre = technique.geometry == "centre" or (
        technique.geometry == "half_and_half" and technique.centre_share > 0.0
    )
    quadrants = [(radius_um, 0.0), (0.0, radius_um), (-radius_um, 0.0), (0.0, -radius_um)]
    tips = [(technique.off_centre_um, 0.0)] * has_centre + quadrants * has_ring
    return np.array([[(x, y, -radius_um), (x, y, 0.0)] for x, y in tips])


def track_distance(points_um: NDArray[np.float64], tracks_um: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance (um) of points (n, d) from the nearest of the tracks (tracks, 2, d), each a straight line from
    its first to its last point.
    """
    nearest2 = np.full(len(points_um), np.inf)
    for start, end in tracks_um:
        along = end - start
        share = np.clip((points_um - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
        offset = points_um - start - share[:, None] * along
        nearest2 = np.minimum(nearest2, (offset**2).sum(axis=1))
    return np.asarray(np.sqrt(nearest2))
