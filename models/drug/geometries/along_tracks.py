"""A dose along needle tracks: capsules of one radius about all of them."""

from __future__ import annotations

from il2sim.models.drug.geometries.contract import Bolus, Depot, Symmetry, depot
from il2sim.models.drug.geometries.depot_shape import Segment, fill_tracks
from il2sim.models.drug.geometries.technique import Technique

STAYS = "of which schedule.retained_centre stays"


def along_tracks(
    place: str, segments: tuple[Segment, ...], bolus: Bolus, technique: Technique
) -> tuple[Depot, ...]:
    """The whole dose in one depot about these tracks."""
    filled_um3 = bolus.filled_um3(1.0, technique.retained_centre)
    shape, beyond = fill_tracks(segments, filled_um3, bolus.radius_um)
    return (depot(place, shape, bolus.nmol, technique.retained_centre, beyond),)


def symmetry_of_tracks(technique: Technique) -> Symmetry:
    """One track lies on the x axis; several are alike about nothing."""
    return "line" if technique.tracks == 1 else "none"


def retained_share(technique: Technique) -> float:
    """All of the dose goes where the needle is."""
    return technique.retained_centre
