"""All of the dose in a ring at the tumour's edge."""

from __future__ import annotations

from il2sim.models.drug.geometries import core_and_ring
from il2sim.models.drug.geometries.contract import Geometry

GEOMETRY = Geometry(
    sentence=f"all of the dose goes {core_and_ring.IN_RING}",
    keys=("retained_ring",),
    depots=lambda bolus, technique: core_and_ring.core_and_ring(bolus, technique, 0.0),
    needles=lambda radius_um, technique: core_and_ring.needles(radius_um, technique, 0.0),
    symmetry=lambda technique: core_and_ring.symmetry(technique, 0.0),
    retained_share=lambda technique: core_and_ring.retained_share(technique, 0.0),
)
