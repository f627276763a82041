"""Parallel needle tracks from edge to edge of the tumour, along x."""

from __future__ import annotations

import math

from il2sim.models.drug.geometries.along_tracks import (
    STAYS,
    along_tracks,
    retained_share,
    symmetry_of_tracks,
)
from il2sim.models.drug.geometries.contract import Bolus, Depot, Geometry
from il2sim.models.drug.geometries.depot_shape import Segment
from il2sim.models.drug.geometries.technique import Technique


def _segments(radius_um: float, technique: Technique) -> tuple[Segment, ...]:
    """On a circle, and an odd one in the middle, each at the median radius of the part of the cross-section
    that it serves.

    Each is the tumour's chord at its place (assumed: the needle is drawn back until it leaves the tumour). A
    needle off the centre moves them all along +x, and their lengths stay.
    """
    n, shift = technique.tracks, technique.off_centre_um
    on_circle = n - n % 2
    distance_um = radius_um * math.sqrt((1.0 + (n % 2) / n) / 2.0)
    angles = [(2 * i + 1) * math.pi / on_circle for i in range(on_circle)]
    places = [(distance_um * math.cos(a), distance_um * math.sin(a)) for a in angles]
    places += [(0.0, 0.0)] * (n % 2)
    halves = [math.sqrt(radius_um**2 - y**2 - z**2) for y, z in places]
    return tuple(
        ((shift - half_um, y, z), (shift + half_um, y, z))
        for (y, z), half_um in zip(places, halves, strict=True)
    )


def _depots(bolus: Bolus, technique: Technique) -> tuple[Depot, ...]:
    return along_tracks("tracks", _segments(bolus.radius_um, technique), bolus, technique)


GEOMETRY = Geometry(
    sentence=f"all of the dose goes along {{tracks}} needle tracks, {STAYS}",
    keys=("retained_centre", "off_centre", "tracks"),
    depots=_depots,
    needles=_segments,
    symmetry=symmetry_of_tracks,
    retained_share=retained_share,
)
