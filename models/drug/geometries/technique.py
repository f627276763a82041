"""How the dose of an injection is placed, as a config says it; no arithmetic, so that reading stays quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KEYS: Mapping[str, str] = {
    "off_centre": "off_centre_um",
    "tracks": "tracks",
    "fan": "fan_degrees",
    "centre_share": "centre_share",
    "retained_centre": "retained_centre",
    "retained_ring": "retained_ring",
}
"""Keys of the schedule that a geometry may be computed from, and their names in a technique."""


@dataclass(frozen=True)
class Technique:
    """How one dose is placed: share to the centre, share of each part that stays, concentration.

    Which of these count is the geometry's (`Geometry.keys`). `off_centre_um` moves the needle along +x.
    `tracks` is the number of tracks or rays, `fan_degrees` the angle between the outermost rays. Slow
    injection is meant: no rate changes the depot (assumed).
    """

    centre_share: float
    retained_centre: float
    retained_ring: float
    concentration_iu_ml: float
    geometry: str = "half_and_half"
    off_centre_um: float = 0.0
    tracks: int = 4
    fan_degrees: float = 60.0
