"""The drug up to the moment it lies in the tissue: the depots that an injection fills at once.

What happens to it afterwards is the volume book's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.dose import demand, injected_volume_ul, nmol_from_iu

UM3_PER_ML = 1e12


@dataclass(frozen=True)
class Technique:
    """How one visit's dose is placed: share to the centre, share of each part that stays, concentration."""

    centre_share: float
    retained_centre: float
    retained_ring: float
    concentration_iu_ml: float


@dataclass(frozen=True)
class Depot:
    """One part of an injection: a shell of tissue whose pores hold undiluted injectate at hour 0.

    `injected_nmol` left the syringe, `leaked_nmol` of it was lost at once, `retained_nmol` fills the shell.
    """

    place: str
    inner_um: float
    outer_um: float
    injected_nmol: float
    leaked_nmol: float
    retained_nmol: float


def depots(dose_iu: float, radius_um: float, pore_fraction: float, technique: Technique) -> tuple[Depot, ...]:
    """Where one visit's dose lies at hour 0: a core sphere and a ring shell about the tumour's edge.

    A retained part displaces the fluid of the pores, so it fills its volume / pore fraction of tissue. The
    ring reaches as far inwards as outwards from the edge; where the core is in its way it starts at the
    core's edge and is pushed outwards, volume kept (biology.md 1.5). Parts without drug are left out. Raises
    ValueError when a share, the radius, the concentration or the pore fraction is out of range.
    """
    demand("il2.pore_fraction", pore_fraction, 0.0 < pore_fraction <= 1.0, "above 0, at most 1")
    demand("patient.width", radius_um, radius_um > 0.0, "a radius above 0 um")
    for name in ("centre_share", "retained_centre", "retained_ring"):
        share = getattr(technique, name)
        demand(f"schedule.{name}", share, 0.0 <= share <= 1.0, "a share from 0 to 1")
    fluid_um3 = injected_volume_ul(dose_iu, technique.concentration_iu_ml) * 1e-3 * UM3_PER_ML
    core_um3 = fluid_um3 * technique.centre_share * technique.retained_centre / pore_fraction
    ring_um3 = fluid_um3 * (1.0 - technique.centre_share) * technique.retained_ring / pore_fraction
    core_um = math.cbrt(_cubed_radius(core_um3))
    inner_um, outer_um = _ring(ring_um3, radius_um, core_um)
    nmol = nmol_from_iu(dose_iu)
    parts = (
        _depot("centre", (0.0, core_um), nmol * technique.centre_share, technique.retained_centre),
        _depot("ring", (inner_um, outer_um), nmol * (1.0 - technique.centre_share), technique.retained_ring),
    )
    return tuple(part for part in parts if part.injected_nmol > 0.0)


def _ring(ring_um3: float, radius_um: float, core_um: float) -> tuple[float, float]:
    """Inner and outer radius of the ring shell; its half width solves (R + w)^3 - (R - w)^3 = volume."""
    cubed = _cubed_radius(ring_um3)
    half_width_um = 2.0 * radius_um * math.sinh(math.asinh(cubed / (4.0 * radius_um**3)) / 3.0)
    inner_um = max(radius_um - half_width_um, core_um, 0.0)
    is_pushed = inner_um > radius_um - half_width_um
    outer_um = math.cbrt(inner_um**3 + cubed) if is_pushed else radius_um + half_width_um
    return inner_um, outer_um


def _depot(place: str, reach_um: tuple[float, float], nmol: float, retained: float) -> Depot:
    return Depot(
        place=place,
        inner_um=reach_um[0],
        outer_um=reach_um[1],
        injected_nmol=nmol,
        leaked_nmol=nmol * (1.0 - retained),
        retained_nmol=nmol * retained,
    )


def _cubed_radius(volume_um3: float) -> float:
    """Cube of the radius of a sphere of this volume, um3."""
    return volume_um3 * 3.0 / (4.0 * math.pi)
