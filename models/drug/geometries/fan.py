"""Rays from one point of the tumour's edge, in a fan."""

from __future__ import annotations

import math

import numpy as np

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
    """From the edge at -x to the edge opposite, evenly within the fan; each is a chord of the tumour.

    A needle off the centre moves them all along +x, and their lengths stay.
    """
    n, shift = technique.tracks, technique.off_centre_um
    half = math.radians(technique.fan_degrees) / 2.0 if n > 1 else 0.0
    lengths = [(angle, 2.0 * radius_um * math.cos(angle)) for angle in np.linspace(-half, half, n)]
    return tuple(
        ((shift - radius_um, 0.0, 0.0), (shift - radius_um + c * math.cos(a), c * math.sin(a), 0.0))
        for a, c in lengths
    )


def _depots(bolus: Bolus, technique: Technique) -> tuple[Depot, ...]:
    return along_tracks("fan", _segments(bolus.radius_um, technique), bolus, technique)


GEOMETRY = Geometry(
    sentence=f"all of the dose goes along {{tracks}} rays in {{fan}} degrees, {STAYS}",
    keys=("retained_centre", "off_centre", "tracks", "fan"),
    depots=_depots,
    needles=_segments,
    symmetry=symmetry_of_tracks,
    retained_share=retained_share,
)
