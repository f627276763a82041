"""The mesh of a tissue-PK solution: shells where all depots are shells, else a lattice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from il2sim.models.drug.geometries.depot_shape import Shell
from il2sim.models.drug.geometries.injection import Depot
from il2sim.models.drug.tissue_pk.field_3d import VolumeBook
from il2sim.models.drug.tissue_pk.mesh_cartesian import Box, lay_box
from il2sim.models.drug.tissue_pk.newton import FieldError
from il2sim.models.drug.tissue_pk.transport import Transport, Uptake

BEYOND_UM = (
    14_000.0  # domain beyond the tumour's edge: far enough that its end does not matter (numerical choice)
)
VOXEL_UM, NARROW_UM, WIDE_UM = (
    (240.0, 400.0),
    5_000.0,
    20_000.0,
)  # of narrow and wide tumours (numerical choice)
LATTICE_STEP = 0.05  # over the half-life: hours within 0.5 % of those at 0.01, twice that at 0.1 (calculated)
LATTICE_TOLERANCE = 1e-9  # of the peak: what conjugate gradients reach at little cost


def open_book(
    radius_um: float,
    parts: Sequence[Depot],
    transport: Transport,
    uptakes: tuple[Uptake, ...],
    *,
    thresholds: Mapping[str, float],
    density_per_ml: Mapping[str, float],
    outside_share: float = 0.1,
) -> VolumeBook:
    """A book that can take these depots, at the basal level; give it them by `inject`.

    Raises FieldError as VolumeBook does, and where fluid moves outwards but the depots need a lattice.
    """
    is_radial = all(isinstance(part.shape, Shell) and part.shape.taken_um3 == 0.0 for part in parts)
    if transport.outflow_um_h != 0.0 and not is_radial:
        raise FieldError(
            f"il2.outflow: found {transport.outflow_um_h / 3600.0:g} um/s with a "
            f"{parts[0].place} depot that is not symmetric; allowed: 0 um/s, or a symmetric geometry"
        )
    mesh = None if is_radial else lattice_for(radius_um, parts)
    numbers = {} if is_radial else {"bolus_step": LATTICE_STEP, "tolerance": LATTICE_TOLERANCE}
    return VolumeBook(
        radius_um,
        transport,
        uptakes,
        thresholds,
        density_per_ml,
        outside_share=outside_share,
        beyond_um=BEYOND_UM,
        mesh=mesh,
        **numbers,
    )


def lattice_for(radius_um: float, parts: Sequence[Depot], voxel_um: float | None = None) -> Box:
    """A lattice even over tumour and depots; 240 um at a width of 5 mm to 400 um at 20 mm, unless given."""
    size = voxel_um or float(np.interp(2.0 * radius_um, (NARROW_UM, WIDE_UM), VOXEL_UM))
    reach = np.stack([part.shape.reach_um() for part in parts] + [[[-radius_um] * 3, [radius_um] * 3]])
    low, high = reach[:, 0].min(axis=0), reach[:, 1].max(axis=0)
    is_mirrored = [all(part.shape.is_even() for part in parts), True, True]
    cells = np.ceil(np.stack([-low, high]) / size - 1e-9)  # whole voxels, so that like depots share a lattice
    lows = np.where(is_mirrored, 0.0, -size * cells[0])
    return lay_box(
        (float(lows[0]), float(lows[1]), float(lows[2])),
        (float(size * cells[1][0]), float(size * cells[1][1]), float(size * cells[1][2])),
        size,
        radius_um + BEYOND_UM,
    )
