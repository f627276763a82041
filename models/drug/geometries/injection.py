"""The drug up to the moment it lies in the tissue: the depots that an injection fills at once.

What happens to it afterwards is the volume book's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from il2sim.models.drug.dose_rule import demand, injected_volume_ul, nmol_from_iu
from il2sim.models.drug.geometries.depot_shape import (
    Ball,
    Segment,
    Shape,
    Shell,
    fill_tracks,
    sphere_radius_um,
    sphere_um3,
    sphere_without_ball_um3,
)

UM3_PER_ML = 1e12
GEOMETRIES = ("half_and_half", "centre", "ring", "tracks", "fan")  # no text says which is used (assumed)
MOST_TRACKS = 9


@dataclass(frozen=True)
class Technique:
    """How one visit's dose is placed: share to the centre, share of each part that stays, concentration.

    "centre", "tracks" and "fan" give the whole dose to the needle's place and "ring" none of it, whatever
    `centre_share` says. `off_centre_um` moves all but the ring along +x. `tracks` is the number of tracks or
    rays, `fan_degrees` the angle between the outermost rays. Slow injection is meant: no rate changes the
    depot (assumed).
    """

    centre_share: float
    retained_centre: float
    retained_ring: float
    concentration_iu_ml: float
    geometry: str = "half_and_half"
    off_centre_um: float = 0.0
    tracks: int = 4
    fan_degrees: float = 60.0


@dataclass(frozen=True)
class Depot:
    """One part of an injection: a shape of tissue whose pores hold undiluted injectate at hour 0.

    `injected_nmol` left the syringe, `leaked_nmol` of it was lost at once, `retained_nmol` fills the shape,
    save what an earlier depot of the injection fills; `spilled_nmol` of that lies beyond the tumour's edge.
    """

    place: str
    shape: Shape
    injected_nmol: float
    leaked_nmol: float
    retained_nmol: float
    spilled_nmol: float = 0.0

    def record(self) -> dict[str, object]:
        """Where it lies, for the passport and pictures: range from the centre; circles and tracks, all um."""
        shape, circles, tracks, radius_um = self.shape, [], [], 0.0
        if isinstance(shape, Shell):
            circles = [[0.0, 0.0, r] for r in shape.range_um() if r > 0.0]
        elif isinstance(shape, Ball):
            circles = [[*shape.centre_um[:2], shape.radius_um]]
        else:
            tracks = [[*start[:2], *end[:2]] for start, end in shape.segments]
            radius_um = shape.radius_um
        reach = {"inner_um": self.inner_um, "outer_um": self.outer_um}
        drawn = {"circles_um": circles, "tracks_um": tracks, "track_radius_um": radius_um}
        return {"place": self.place, **reach, **drawn}

    @property
    def inner_um(self) -> float:
        """Nearest to the tumour's centre."""
        return self.shape.range_um()[0]

    @property
    def outer_um(self) -> float:
        """Farthest from the tumour's centre."""
        return self.shape.range_um()[1]


@dataclass(frozen=True)
class Injection:
    """One visit's dose in the tissue at hour 0: where it lies, and the fluid it came in, uL."""

    dose_iu: float
    injected_ul: float
    parts: tuple[Depot, ...]

    @property
    def injected_nmol(self) -> float:
        """Left the syringe."""
        return math.fsum(part.injected_nmol for part in self.parts)

    @property
    def leaked_nmol(self) -> float:
        """Lost at once, along the needle or at the capsule."""
        return math.fsum(part.leaked_nmol for part in self.parts)

    @property
    def retained_nmol(self) -> float:
        """In the tissue at hour 0."""
        return math.fsum(part.retained_nmol for part in self.parts)

    @property
    def spilled_nmol(self) -> float:
        """Retained, but beyond the tumour's edge."""
        return math.fsum(part.spilled_nmol for part in self.parts)

    def ul(self, nmol: float) -> float:
        """Volume of the injectate that carries this amount."""
        return nmol / self.injected_nmol * self.injected_ul if self.parts else 0.0


def inject(dose_iu: float, radius_um: float, pore_fraction: float, technique: Technique) -> Injection:
    """One visit's dose placed in a tumour of this radius; raises ValueError as `depots` does."""
    injected_ul = injected_volume_ul(dose_iu, technique.concentration_iu_ml)
    return Injection(dose_iu, injected_ul, depots(dose_iu, radius_um, pore_fraction, technique))


def is_symmetric(technique: Technique) -> bool:
    """Whether all depots are shells about the tumour's centre, so that radius alone says the field."""
    if technique.geometry in ("half_and_half", "centre"):
        is_ring = technique.geometry == "half_and_half" and technique.centre_share == 0.0
        return technique.off_centre_um == 0.0 or is_ring
    return technique.geometry == "ring"


def depots(dose_iu: float, radius_um: float, pore_fraction: float, technique: Technique) -> tuple[Depot, ...]:
    """Where one visit's dose lies at hour 0.

    A retained part displaces the fluid of the pores, so it fills its volume / pore fraction of tissue: a
    core, and a ring that reaches as far inwards as outwards from the tumour's edge; where the core is in its
    way it is pushed outwards, volume kept. Tracks and rays are capsules. Parts without drug
    are left out. Raises ValueError when a number or the geometry is out of range.
    """
    _check(radius_um, pore_fraction, technique)
    nmol = nmol_from_iu(dose_iu)
    if nmol == 0.0:
        return ()
    fluid_um3 = injected_volume_ul(dose_iu, technique.concentration_iu_ml) * 1e-3 * UM3_PER_ML
    if technique.geometry in ("tracks", "fan"):
        segments = _tracks(radius_um, technique)
        shape, beyond = fill_tracks(
            segments, fluid_um3 * technique.retained_centre / pore_fraction, radius_um
        )
        return (_depot(technique.geometry, shape, nmol, technique.retained_centre, beyond),)
    usual = {"centre": 1.0, "ring": 0.0}
    share = usual.get(technique.geometry, technique.centre_share)
    core_um = sphere_radius_um(fluid_um3 * share * technique.retained_centre / pore_fraction)
    core = Ball((technique.off_centre_um if core_um > 0.0 else 0.0, 0.0, 0.0), core_um)
    ring = _ring(fluid_um3 * (1.0 - share) * technique.retained_ring / pore_fraction, radius_um, core)
    core_beyond, ring_beyond = _core_beyond(core, radius_um), _ring_beyond(ring, core, radius_um)
    core_shape = core if core.centre_um[0] > 0.0 else Shell(0.0, core_um)
    parts = (
        _depot("centre", core_shape, nmol * share, technique.retained_centre, core_beyond),
        _depot("ring", ring, nmol * (1.0 - share), technique.retained_ring, ring_beyond),
    )
    return tuple(part for part in parts if part.injected_nmol > 0.0)


def _check(radius_um: float, pore_fraction: float, technique: Technique) -> None:
    demand("il2.pore_fraction", pore_fraction, 0.0 < pore_fraction <= 1.0, "above 0, at most 1")
    demand("patient.width", radius_um, radius_um > 0.0, "a radius above 0 um")
    for name in ("centre_share", "retained_centre", "retained_ring"):
        share = getattr(technique, name)
        demand(f"schedule.{name}", share, 0.0 <= share <= 1.0, "a share from 0 to 1")
    if technique.geometry not in GEOMETRIES:
        raise ValueError(f"schedule.geometry: found {technique.geometry!r}; allowed: {', '.join(GEOMETRIES)}")
    off_um, tracks = technique.off_centre_um, technique.tracks
    demand("schedule.off_centre", off_um, 0.0 <= off_um < math.inf, "0 um or more")
    demand("schedule.tracks", tracks, 1 <= tracks <= MOST_TRACKS, f"1 to {MOST_TRACKS}")


def _ring(ring_um3: float, radius_um: float, core: Ball) -> Shell:
    """The ring; its half width solves (R + w)^3 - (R - w)^3 = volume, save where the core is in its way."""
    cubed = ring_um3 * 3.0 / (4.0 * math.pi)
    half_width_um = 2.0 * radius_um * math.sinh(math.asinh(cubed / (4.0 * radius_um**3)) / 3.0)
    if core.range_um()[1] <= radius_um - half_width_um:
        return Shell(radius_um - half_width_um, radius_um + half_width_um)
    if core.centre_um[0] == 0.0:
        return Shell(core.radius_um, math.cbrt(core.radius_um**3 + cubed))

    def excess(half_um: float) -> float:
        return _free_um3(max(radius_um - half_um, 0.0), radius_um + half_um, core) / ring_um3 - 1.0

    widest_um = sphere_radius_um(ring_um3) + core.radius_um + radius_um
    half_width_um = float(brentq(excess, 0.0, widest_um, rtol=1e-13)) if ring_um3 > 0.0 else 0.0
    inner_um, outer_um = max(radius_um - half_width_um, 0.0), radius_um + half_width_um
    return Shell(inner_um, outer_um, sphere_um3(outer_um) - sphere_um3(inner_um) - ring_um3)


def _free_um3(inner_um: float, outer_um: float, core: Ball) -> float:
    """Volume between two spheres about the tumour's centre that the core leaves."""
    return sphere_without_ball_um3(outer_um, core) - sphere_without_ball_um3(inner_um, core)


def _core_beyond(core: Ball, radius_um: float) -> float:
    """Share of the core beyond the tumour's edge."""
    if core.volume_um3 == 0.0:
        return 0.0
    within = sphere_um3(radius_um) - sphere_without_ball_um3(radius_um, core)
    return max(1.0 - within / core.volume_um3, 0.0)


def _ring_beyond(ring: Shell, core: Ball, radius_um: float) -> float:
    """Share of the ring beyond the tumour's edge."""
    if ring.volume_um3 <= 0.0:
        return 0.0
    return _free_um3(max(radius_um, ring.inner_um), ring.outer_um, core) / ring.volume_um3


def _tracks(radius_um: float, technique: Technique) -> tuple[Segment, ...]:
    """Needle tracks from edge to edge of the tumour: parallel ones, or rays from one point of its edge.

    Each is the tumour's chord at its place (assumed: the needle is drawn back until it leaves the tumour).
    Tracks lie on a circle, and an odd one in the middle, each at the median radius of the part of the
    cross-section that it serves. Rays leave the edge at -x for the edge opposite, evenly within the fan.
    A needle off the centre moves them all along +x, and their lengths stay.
    """
    n, shift = technique.tracks, technique.off_centre_um
    if technique.geometry == "fan":
        half = math.radians(technique.fan_degrees) / 2.0 if n > 1 else 0.0
        lengths = [(angle, 2.0 * radius_um * math.cos(angle)) for angle in np.linspace(-half, half, n)]
        return tuple(
            ((shift - radius_um, 0.0, 0.0), (shift - radius_um + c * math.cos(a), c * math.sin(a), 0.0))
            for a, c in lengths
        )
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


def _depot(place: str, shape: Shape, nmol: float, retained: float, beyond: float) -> Depot:
    return Depot(
        place=place,
        shape=shape,
        injected_nmol=nmol,
        leaked_nmol=nmol * (1.0 - retained),
        retained_nmol=nmol * retained,
        spilled_nmol=nmol * retained * beyond,
    )
