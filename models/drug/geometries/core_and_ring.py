"""A dose shared between a core about the needle's tip and a ring at the tumour's edge.

Any share of it may go to the core: all of it, none, or both have some.
"""

from __future__ import annotations

import math

from il2sim.models.drug.geometries.contract import Bolus, Depot, Symmetry, depot
from il2sim.models.drug.geometries.depot_shape import (
    Ball,
    Segment,
    Shell,
    sphere_radius_um,
    sphere_um3,
    sphere_without_ball_um3,
)
from il2sim.models.drug.geometries.technique import Technique

IN_CENTRE = "in the middle (schedule.off_centre beside it), of which schedule.retained_centre stays"
IN_RING = "in a ring at the edge, of which schedule.retained_ring stays"


def core_and_ring(bolus: Bolus, technique: Technique, centre_share: float) -> tuple[Depot, ...]:
    """A core, and a ring that reaches as far inwards as outwards from the tumour's edge.

    Where the core is in its way the ring is pushed outwards, volume kept. A part without drug is left out.
    """
    ring_share = 1.0 - centre_share
    core_um = sphere_radius_um(bolus.filled_um3(centre_share, technique.retained_centre))
    core = Ball((technique.off_centre_um if core_um > 0.0 else 0.0, 0.0, 0.0), core_um)
    ring = _ring(bolus.filled_um3(ring_share, technique.retained_ring), bolus.radius_um, core)
    core_beyond, ring_beyond = _core_beyond(core, bolus.radius_um), _ring_beyond(ring, core, bolus.radius_um)
    core_shape = core if core.centre_um[0] > 0.0 else Shell(0.0, core_um)
    parts = (
        depot("centre", core_shape, bolus.nmol * centre_share, technique.retained_centre, core_beyond),
        depot("ring", ring, bolus.nmol * ring_share, technique.retained_ring, ring_beyond),
    )
    return tuple(part for part in parts if part.injected_nmol > 0.0)


def needles(radius_um: float, technique: Technique, centre_share: float) -> tuple[Segment, ...]:
    """Square to the section, along z, ending in the section's plane: one at the middle of the core, four at
    the edge for the ring, a quadrant apart (assumed: no source says where).
    """
    quadrants = [(radius_um, 0.0), (0.0, radius_um), (-radius_um, 0.0), (0.0, -radius_um)]
    tips = [(technique.off_centre_um, 0.0)] * (centre_share > 0.0) + quadrants * (centre_share < 1.0)
    return tuple(((x, y, -radius_um), (x, y, 0.0)) for x, y in tips)


def symmetry(technique: Technique, centre_share: float) -> Symmetry:
    """Shells about the centre, unless a core lies beside it."""
    return "centre" if technique.off_centre_um == 0.0 or centre_share == 0.0 else "line"


def retained_share(technique: Technique, centre_share: float) -> float:
    """Of both parts together."""
    return centre_share * technique.retained_centre + (1.0 - centre_share) * technique.retained_ring


def _ring(ring_um3: float, radius_um: float, core: Ball) -> Shell:
    """The ring; its half width solves (R + w)^3 - (R - w)^3 = volume, save where the core is in its way."""
    cubed = ring_um3 * 3.0 / (4.0 * math.pi)
    half_width_um = 2.0 * radius_um * math.sinh(math.asinh(cubed / (4.0 * radius_um**3)) / 3.0)
    if core.range_um()[1] <= radius_um - half_width_um:
        return Shell(radius_um - half_width_um, radius_um + half_width_um)
    if core.centre_um[0] == 0.0:
        return Shell(core.radius_um, math.cbrt(core.radius_um**3 + cubed))

    from scipy.optimize import brentq  # slow to load, and a core that reaches into the ring alone needs it

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
