"""The virtual pathologist: outlines of one tissue before and after treatment, on a section or in a volume.

It sees viable, dead and freed tissue exactly; observer error and sampling belong elsewhere. A central
section overstates central clearing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from il2sim.models.pathology.morphology import (
    Mask,
    central_plane,
    close_by_ball,
    open_by_ball,
)
from il2sim.models.pathology.rcb import PathologyError
from il2sim.models.pathology.stereology import volume_weight
from il2sim.sim.result import Snapshot

BED_RADIUS_UM = 250.0  # closing of the bed (assumed)
VIABLE_RADIUS_UM = 100.0  # closing of viable tumour, so gaps up to 200 um count (assumed)
NECROTIC_SHARE = 0.5  # of the nests' part of an area, dead; 0-1 (assumed: most of it)
SECTION_UM = 4.0  # thickness of a stained section (assumed: the usual cut)
CELL_UM = 7.0  # diameter of a lymphocyte on it (assumed: the usual one)


@dataclass(frozen=True)
class Reading:
    """The outlines a pathologist draws on one tissue: viable cells VT, bed B, region of viable tumour R."""

    tissue: Snapshot
    viable: Mask
    bed: Mask
    region: Mask


@dataclass(frozen=True)
class Pair:
    """One tumour twice: central sections of day 0 and of surgery, and the whole tissue at surgery."""

    start: Reading
    end: Reading
    whole: Reading
    viable_fraction: float
    weight: NDArray[np.float64]  # of the whole tissue's voxels, as volume


def read_pair(
    before: Snapshot, after: Snapshot, *, may_be_emptied: bool = False, is_axial: bool = False
) -> Pair:
    """Outline both. Raises PathologyError for an empty bed, two tissues of different tumours, or no viable
    tumour at the start; where a biopsy may have taken it all, viable_fraction is nan and the slide clear.
    `is_axial`: a section is alike round the line along x through its centre, not round the centre.
    """
    _check_pair(before, after)
    is_emptied = may_be_emptied and not voxels_of(before, "tumour").any()
    start, end = read_tissue(central_section(before)), read_tissue(central_section(after))
    whole = end if after.solid.ndim == 2 else read_tissue(after)
    weight = volume_weight(before.solid.shape, before.voxel_um, axial=is_axial)
    return Pair(start, end, whole, math.nan if is_emptied else viable_fraction(before, after, weight), weight)


def voxels_of(tissue: Snapshot, cell_type: str) -> Mask:
    """Where a cell type lies, in either layer; nowhere when the tissue does not know it (knocked out)."""
    for layer, names in ((tissue.solid, tissue.solid_names), (tissue.immune, tissue.immune_names)):
        if cell_type in names:
            found: Mask = layer == names.index(cell_type)
            return found
    return np.zeros(tissue.solid.shape, dtype=np.bool_)


def central_section(tissue: Snapshot) -> Snapshot:
    """The central plane of a 3-D tissue as a tissue, without its IL-2; a section is its own plane."""
    if tissue.solid.ndim == 2:
        return tissue
    solid, immune, bed = central_plane(tissue.solid), central_plane(tissue.immune), central_plane(tissue.bed)
    return replace(tissue, solid=solid, immune=immune, bed=bed, il2=None)


def bed_mask(tissue: Snapshot) -> Mask:
    """B: closing by 250 um of all that was ever inside the tumour; PathologyError when nothing was."""
    if not tissue.bed.any():
        raise PathologyError(f"bed of day {tissue.day:g}: it is empty; a bed of at least one voxel is needed")
    return close_by_ball(tissue.bed, BED_RADIUS_UM, tissue.voxel_um)


def viable_region(tissue: Snapshot, bed: Mask) -> Mask:
    """R: closing by a disc (3-D: ball) of radius 100 um of viable tumour, inside B.

    Stroma and scattered dead cells between viable ones count with R; a dead area wider than 200 um holds such
    a disc, so it stays out of R by itself.
    """
    return close_by_ball(voxels_of(tissue, "tumour"), VIABLE_RADIUS_UM, tissue.voxel_um) & bed


def necrosis_mask(tissue: Snapshot, bed: Mask, region: Mask) -> Mask:
    """Connected areas of B outside R, wider than 200 um, in which dead cells fill half of the nests' share.

    That share is the bed's own, as stroma outlives the cells. The rest is regression bed or bare stroma.
    """
    areas, number = label(open_by_ball(bed & ~region, VIABLE_RADIUS_UM, tissue.voxel_um))
    between_nests = voxels_of(tissue, "stroma") | voxels_of(tissue, "vessel")
    nest_share = 1 - float(between_nests[bed].mean())
    dead = np.bincount(areas[voxels_of(tissue, "dead")], minlength=number + 1)
    is_necrotic = dead > NECROTIC_SHARE * nest_share * np.bincount(areas.ravel(), minlength=number + 1)
    is_necrotic[0] = False
    necrosis: Mask = is_necrotic[areas]
    return necrosis


def read_tissue(tissue: Snapshot) -> Reading:
    """Draw VT, B and R on one tissue."""
    bed = bed_mask(tissue)
    return Reading(tissue, voxels_of(tissue, "tumour"), bed, viable_region(tissue, bed))


def rvt_percent(region: Mask, bed: Mask, weight: NDArray[np.float64] | None = None) -> float:
    """%irRVT = 100 |R| / |B| (irPRC, K39), each voxel counted with its weight, if one is given.

    Raises PathologyError when the bed is empty.
    """
    if not bed.any():
        raise PathologyError("rvt_percent: the bed is empty; a bed of at least one voxel is needed")
    if weight is None:
        return 100 * int((region & bed).sum()) / int(bed.sum())
    return 100 * float(weight[region & bed].sum()) / float(weight[bed].sum())


def viable_fraction(before: Snapshot, after: Snapshot, weight: NDArray[np.float64]) -> float:
    """Viable tumour volume after over before: sums of what voxels stand for (`stereology`).

    Raises PathologyError when there was no viable tumour before.
    """
    at_start = viable_volume(voxels_of(before, "tumour"), weight)
    if at_start == 0:
        raise PathologyError(
            f"tissue of day {before.day:g}: it holds no viable tumour; one cell at least is needed"
        )
    return viable_volume(voxels_of(after, "tumour"), weight) / at_start


def viable_volume(viable: Mask, weight: NDArray[np.float64]) -> float:
    """Volume of viable tumour, in units of the weight: series and endpoints are ratios of it."""
    return float(weight[viable].sum())


def imaging_mask(reading: Reading) -> Mask:
    """What imaging takes for the lesion: the whole bed and the infiltrate that touches it face to face."""
    areas, number = label(reading.bed | (reading.tissue.immune != 0))
    is_lesion = np.zeros(number + 1, dtype=np.bool_)
    is_lesion[areas[reading.bed]] = True
    lesion: Mask = is_lesion[areas]
    return lesion


def per_mm2_profile(cells: int, voxels: int, voxel_um: float) -> float:
    """Density a stained section shows (profiles per mm2) of cells counted in that many voxels of a lattice.

    A slab one voxel thick holds voxel_um / (4 + 7) times as many cells as a section shows.
    """
    per_mm2_slab = cells / (voxels * (voxel_um / 1000) ** 2)
    return per_mm2_slab * (SECTION_UM + CELL_UM) / voxel_um


def cellularity(section: Reading) -> float:
    """Share of the bed that is viable tumour cells, 0 to 1: cells, not the region R (RCB's cellularity)."""
    return int(section.viable.sum()) / int(section.bed.sum())


def _check_pair(before: Snapshot, after: Snapshot) -> None:
    if before.solid.shape != after.solid.shape or before.voxel_um != after.voxel_um:
        raise PathologyError(
            f"score: {before.solid.shape} voxels of {before.voxel_um:g} um before, {after.solid.shape} of "
            f"{after.voxel_um:g} um after; both must lie on one lattice"
        )
    if (before.bed & ~after.bed).any():
        raise PathologyError(
            f"bed of day {after.day:g}: voxels of day {before.day:g} are lost; a bed only grows"
        )
    for tissue in (before, after):
        if (voxels_of(tissue, "tumour") & ~tissue.bed).any():
            raise PathologyError(f"bed of day {tissue.day:g}: viable tumour lies outside; it must hold all")
