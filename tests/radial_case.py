"""A tumour for the tests of the volume book: the numbers radial_reference.csv was made with."""

from __future__ import annotations

import math

from il2sim.models.drug.geometries.injection import Technique
from il2sim.models.drug.tissue_pk.field_3d import Transport, Uptake, VolumeBook, nmol_per_cell_h

# what the reference file was made with
UPTAKES = (
    Uptake("treg", nmol_per_cell_h(1.5), 0.02),
    Uptake("cd8", nmol_per_cell_h(2.0), 1.0),
    Uptake("nk", nmol_per_cell_h(5.0), 1.0),
    Uptake("th", nmol_per_cell_h(1.0), 0.2),
)
DENSITY = {"treg": 4e6, "cd8": 1.8e7, "nk": 2e6, "th": 1.5e7}
THRESHOLDS = {"cd8": 2.46, "nk": 1.67, "treg": 0.0272}
PROTOCOL = Technique(0.5, 0.6, 0.4, 5e6)


def transport(half_life_h: float = 2.0, basal: float = 0.002, diffusivity_um2_s: float = 40.0) -> Transport:
    return Transport(diffusivity_um2_s * 3600.0, math.log(2.0) / half_life_h, 0.3, basal)


def usual_book(width_mm: float = 5.0, basal: float = 0.002, tolerance: float = 1e-11) -> VolumeBook:
    return VolumeBook(
        width_mm * 500.0, transport(basal=basal), UPTAKES, THRESHOLDS, DENSITY, tolerance=tolerance
    )


def scaled(factor: float) -> dict[str, float]:
    return {cell_type: factor * density for cell_type, density in DENSITY.items()}
