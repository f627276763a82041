"""The drug up to the moment it lies in the tissue: the depots that an injection fills at once.

Where they lie is the geometry's, what happens to them afterwards the tissue-PK solution's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from il2sim.models.drug.dose_rule import demand, injected_volume_ul, nmol_from_iu
from il2sim.models.drug.geometries.contract import Bolus, Depot
from il2sim.models.drug.geometries.registry import GEOMETRIES, geometry_of
from il2sim.models.drug.geometries.technique import Technique

__all__ = ["GEOMETRIES", "Depot", "Injection", "Technique", "depots", "inject", "is_symmetric"]

UM3_PER_ML = 1e12
MOST_TRACKS = 9


@dataclass(frozen=True)
class Injection:
    """The dose of one injection in the tissue at hour 0: where it lies, and the fluid it came in, uL."""

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
    """The dose of one injection placed in a tumour of this radius; raises ValueError as `depots` does."""
    injected_ul = injected_volume_ul(dose_iu, technique.concentration_iu_ml)
    return Injection(dose_iu, injected_ul, depots(dose_iu, radius_um, pore_fraction, technique))


def is_symmetric(technique: Technique) -> bool:
    """Whether all depots are shells about the tumour's centre, so that radius alone says the field."""
    return geometry_of(technique.geometry).symmetry(technique) == "centre"


def depots(dose_iu: float, radius_um: float, pore_fraction: float, technique: Technique) -> tuple[Depot, ...]:
    """Where the dose of one injection lies at hour 0.

    A retained part displaces the fluid of the pores, so it fills its volume / pore fraction of tissue. Parts
    without drug are left out. Raises ValueError when a number or the geometry is out of range.
    """
    _check(radius_um, pore_fraction, technique)
    geometry, nmol = geometry_of(technique.geometry), nmol_from_iu(dose_iu)
    if nmol == 0.0:
        return ()
    fluid_um3 = injected_volume_ul(dose_iu, technique.concentration_iu_ml) * 1e-3 * UM3_PER_ML
    parts = geometry.depots(Bolus(nmol, fluid_um3, radius_um, pore_fraction), technique)
    for part in parts:
        if not part.shape.is_mirrored():
            raise ValueError(
                f"schedule.geometry: the {part.place} depot of {technique.geometry} is not its own mirror "
                "image in y and in z, as the IL-2 field needs; place its needles in pairs, or along x"
            )
    return parts


def _check(radius_um: float, pore_fraction: float, technique: Technique) -> None:
    demand("il2.pore_fraction", pore_fraction, 0.0 < pore_fraction <= 1.0, "above 0, at most 1")
    demand("patient.width", radius_um, radius_um > 0.0, "a radius above 0 um")
    for name in ("centre_share", "retained_centre", "retained_ring"):
        share = getattr(technique, name)
        demand(f"schedule.{name}", share, 0.0 <= share <= 1.0, "a share from 0 to 1")
    off_um, tracks = technique.off_centre_um, technique.tracks
    demand("schedule.off_centre", off_um, 0.0 <= off_um < math.inf, "0 um or more")
    demand("schedule.tracks", tracks, 1 <= tracks <= MOST_TRACKS, f"1 to {MOST_TRACKS}")
