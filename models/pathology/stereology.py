"""How much volume a voxel of a section stands for, so that sums over the section are sums over the tumour.

Where the dose lies in shells about the tumour's centre that is the distance from the centre. Where
it lies about one line through the centre, the section holds that line, and it is the distance from the line.
Both are exact for what is the same all round. Several tracks or rays have neither; no weight makes up for
what the plane does not hold. The ratio of bed areas would not do: docs/status.md.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from il2sim.models.config.model import Config
from il2sim.models.drug.geometries.injection import Technique, is_symmetric
from il2sim.models.drug.geometries.registry import geometry_of
from il2sim.models.drug.schedule import technique_of
from il2sim.models.pathology.morphology import distance_from_axis_um, distance_from_centre_um


def is_axial(technique: Technique) -> bool:
    """Whether all depots, but not all shells about the centre, lie round one line through it: along x."""
    return geometry_of(technique.geometry).symmetry(technique) == "line"


def volume_weight(shape: tuple[int, ...], voxel_um: float, *, axial: bool = False) -> NDArray[np.float64]:
    """Weight of every voxel of a lattice of that shape, only ratios of which matter: its distance (um) from
    the centre on a section, or from the line through the centre along x; 1 in 3-D.
    """
    if len(shape) == 3:
        return np.ones(shape)
    return distance_from_axis_um(shape, voxel_um) if axial else distance_from_centre_um(shape, voxel_um)


def weight_remarks(config: Config) -> tuple[str, ...]:
    """A sentence where a dose is not placed about the centre and a section is read; it stops no run."""
    technique, schedule = technique_of(config), config.schedule
    if config.space.dimensions == 3 or schedule.dose_iu_per_mm == 0.0 or is_symmetric(technique):
        return ()
    is_needle = is_symmetric(replace(technique, off_centre_um=0.0))  # and nothing else puts it off the centre
    name = "off_centre" if is_needle else "geometry"
    if is_axial(technique):
        return (
            f"schedule.{name}: the dose lies about one line, not about the centre; volumes are read from the "
            "section by distance from that line",
        )
    return (
        f"schedule.{name}: the depots of {technique.geometry} are alike neither round the centre nor round a "
        "line; no section tells the volume lost (tracks may be missed, a fan reads several times too much); "
        "use space.dimensions: 3",
    )
