"""All of the dose in the tumour's centre."""

from __future__ import annotations

from il2sim.models.drug.geometries import core_and_ring
from il2sim.models.drug.geometries.contract import Geometry

GEOMETRY = Geometry(
    sentence=f"all of the dose goes {core_and_ring.IN_CENTRE}",
    keys=("retained_centre", "off_centre"),
    depots=lambda bolus, technique: core_and_ring.core_and_ring(bolus, technique, 1.0),
    needles=lambda radius_um, technique: core_and_ring.needles(radius_um, technique, 1.0),
    symmetry=lambda technique: core_and_ring.symmetry(technique, 1.0),
    retained_share=lambda technique: core_and_ring.retained_share(technique, 1.0),
)
