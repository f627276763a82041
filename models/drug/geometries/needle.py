"""Where the needle of an injection goes, and how far from it a place lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from il2sim.models.drug.geometries.registry import geometry_of
from il2sim.models.drug.geometries.technique import Technique


def needle_tracks(radius_um: float, technique: Technique) -> NDArray[np.float64]:
    """Straight tracks in a tumour of this radius, first and last point from its centre, um: (tracks, 2, 3).

    Where they lie is the geometry's.
    """
    return np.array(geometry_of(technique.geometry).needles(radius_um, technique))


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
