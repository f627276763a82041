"""A ball of tumour too large to keep cell by cell: laid voxel by voxel as `initial_tissue` lays one,
counted, and forgotten again; its middle slice is kept as a section of the same tumour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import ndtri

from il2sim.models import Config
from il2sim.models.drug.tissue_pk.section_plane import Counts
from il2sim.models.tissue.initial_tissue import infiltrate_shares
from tests.frozen_case import Frozen, parts

OUTSIDE, STROMA, NEST = 0, 1, 2


def frozen_ball(values: Mapping[str, str], seed: int) -> tuple[Frozen, Frozen]:
    """The ball's cells per cubic field voxel, and those of its middle slice per field voxel of a section.

    Nests are an excursion set of smoothed noise, as wide as `baseline` makes them and with its share; each
    voxel holds a cell of a type with the chance of its ground. Only the random numbers are others.
    """
    config, model, _ = parts({**values, "space.dimensions": "3"})
    flat, flat_model, _ = parts(values)
    random = np.random.default_rng(seed)
    ground = _ground(config, random)
    block = round(config.space.field_voxel_um / config.space.voxel_um)
    layers, middle = [], len(ground) // 2
    for first in range(0, len(ground), block):
        kind = _kinds(ground[first : first + block], infiltrate_shares(config, model), random)
        layers.append({name: _blocks(here, block) for name, here in kind.items()})
        if first <= middle < first + block:
            slice_cells = {name: _blocks(here[:1], block)[0] for name, here in kind.items()}
            in_slice = int((ground[first] != OUTSIDE).sum())
    cells = {name: np.concatenate([layer[name] for layer in layers]) for name in layers[0]}
    voxel_ml = config.space.voxel_um**3 * 1e-12
    whole_ml, slice_ml = int((ground != OUTSIDE).sum()) * voxel_ml, in_slice * voxel_ml
    return (
        Frozen(config, model, cells, _per_ml(cells, whole_ml)),
        Frozen(flat, flat_model, slice_cells, _per_ml(slice_cells, slice_ml)),
    )


def _per_ml(cells: Mapping[str, Counts], volume_ml: float) -> dict[str, float]:
    return {name: float(counts.sum()) / volume_ml for name, counts in cells.items()}


def _ground(config: Config, random: np.random.Generator) -> NDArray[np.int8]:
    """Outside, stroma or nest of every voxel of the cube about the tumour, in whole field voxels."""
    voxel_um, stroma = config.space.voxel_um, config.patient.stroma
    block = round(config.space.field_voxel_um / voxel_um)
    n = block * math.ceil(config.patient.width_um / config.space.field_voxel_um)
    noise = random.standard_normal((n, n, n), dtype=np.float32)
    level = float(ndtri(stroma))
    chord_um = config.patient.nest_width_um
    width = chord_um / (2.0 * math.pi * math.sqrt(2.0) * (1.0 - stroma) * math.exp(level**2 / 2.0)) / voxel_um
    gaussian_filter(noise, width, mode="wrap", output=noise)
    square = ((np.arange(n) + 0.5 - n / 2) * voxel_um) ** 2
    inside = square[:, None, None] + square[:, None] + square <= (config.patient.width_um / 2.0) ** 2
    limit = np.quantile(noise[inside], stroma)
    ground = np.where(noise > limit, np.int8(NEST), np.int8(STROMA))
    ground[~inside] = OUTSIDE
    return ground


def _kinds(
    ground: NDArray[np.int8], shares: Mapping[str, tuple[float, float]], random: np.random.Generator
) -> dict[str, NDArray[np.bool_]]:
    """Where the cells of each type are; one draw per voxel decides."""
    draw = random.random(ground.shape, dtype=np.float32)
    reached, found = np.zeros(3, np.float32), {}
    for name, (in_stroma, in_nests) in shares.items():
        until = reached + np.array([0.0, in_stroma, in_nests], np.float32)
        found[name] = (draw >= reached[ground]) & (draw < until[ground])
        reached = until
    return found


def _blocks(cells: NDArray[np.bool_], block: int) -> Counts:
    """Cells per field voxel: (1, n / block, n / block) of layers (up to block, n, n)."""
    n = cells.shape[1] // block
    return cells.reshape(1, cells.shape[0], n, block, n, block).sum(axis=(1, 3, 5))
