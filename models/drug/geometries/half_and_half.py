"""Part of the dose in the tumour's centre, the rest in a ring at its edge."""

from __future__ import annotations

from il2sim.models.drug.geometries import core_and_ring
from il2sim.models.drug.geometries.contract import Geometry

GEOMETRY = Geometry(
    sentence=f"schedule.centre_share of the dose goes {core_and_ring.IN_CENTRE}; "
    f"the rest {core_and_ring.IN_RING}",
    keys=("retained_centre", "retained_ring", "centre_share", "off_centre"),
    depots=lambda bolus, technique: core_and_ring.core_and_ring(bolus, technique, technique.centre_share),
    needles=lambda radius_um, technique: core_and_ring.needles(radius_um, technique, technique.centre_share),
    symmetry=lambda technique: core_and_ring.symmetry(technique, technique.centre_share),
    retained_share=lambda technique: core_and_ring.retained_share(technique, technique.centre_share),
)
