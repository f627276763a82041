"""The only places where the cell tables change: put, remove, move, turn into another type."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.kernels.jit import Flags, Integer, Integers, Places, kernel
from il2sim.sim.tissue import HEADING, PARTNER, TYPE, VOXEL, Layer


class TypeIndex(NamedTuple):
    """Slots of each type together: those of type k are slot[start[k]:start[k + 1]], in the order of the
    table.
    """

    slot: NDArray[np.int64]
    start: NDArray[np.int64]  # [types + 2]


class Claims(NamedTuple):
    """Who wants which voxel."""

    target: NDArray[np.int32]  # [cells] voxel wanted, -1 none
    rivals: NDArray[np.int32]  # [cells] list of the slots that want one
    claim: NDArray[np.int32]  # [voxels] who has claimed it so far, -1 between contests


@kernel
def put(layer: Layer, voxel: Integer, cell_type: Integer) -> Integer:
    """A new cell of type `cell_type` with traits 0 on the empty voxel `voxel`; returns its slot."""
    slot: Integer = layer.count[0]
    layer.count[0] += 1
    layer.type_at[voxel] = cell_type
    layer.slot_at[voxel] = slot
    layer.cell[slot, TYPE] = cell_type
    layer.cell[slot, VOXEL] = voxel
    layer.cell[slot, HEADING] = 0
    layer.cell[slot, PARTNER] = -1
    for t in range(layer.trait.shape[1]):
        layer.trait[slot, t] = 0.0
    return slot


@kernel
def remove(layer: Layer, slot: Integer) -> None:
    """Take a cell away; the last cell of the table moves into its slot."""
    layer.count[0] -= 1
    last = layer.count[0]
    voxel = layer.cell[slot, VOXEL]
    layer.type_at[voxel] = 0
    layer.slot_at[voxel] = -1
    if last == slot:
        return
    for column in range(layer.cell.shape[1]):
        layer.cell[slot, column] = layer.cell[last, column]
    for t in range(layer.trait.shape[1]):
        layer.trait[slot, t] = layer.trait[last, t]
    layer.slot_at[layer.cell[slot, VOXEL]] = slot


@kernel
def move(layer: Layer, slot: Integer, voxel: Integer) -> None:
    """Shift the cell in `slot` to the empty voxel `voxel`, with its traits."""
    old = layer.cell[slot, VOXEL]
    layer.type_at[voxel] = layer.type_at[old]
    layer.slot_at[voxel] = slot
    layer.type_at[old] = 0
    layer.slot_at[old] = -1
    layer.cell[slot, VOXEL] = voxel


@kernel
def turn_into(layer: Layer, slot: Integer, cell_type: Integer) -> None:
    """Change a cell's type in place to `cell_type`; its traits start again at 0 and it holds nobody."""
    layer.cell[slot, TYPE] = cell_type
    layer.cell[slot, PARTNER] = -1
    layer.type_at[layer.cell[slot, VOXEL]] = cell_type
    for t in range(layer.trait.shape[1]):
        layer.trait[slot, t] = 0.0


@kernel
def inherit(layer: Layer, mother: Integer, daughter: Integer, inherited: Flags) -> None:
    """Pass a mother's inherited traits on: both are voxels, `mother` and `daughter`.

    `inherited`: bool [traits].
    """
    for t in range(inherited.size):
        if inherited[t]:
            layer.trait[layer.slot_at[daughter], t] = layer.trait[layer.slot_at[mother], t]


@kernel
def group_by_type(layer: Layer, by_type: TypeIndex) -> None:
    """Sort the slots of a layer by type into `by_type`, which keeps the order of the table within a type."""
    slots, start = by_type.slot, by_type.start
    start[:] = 0
    for slot in range(layer.count[0]):
        start[layer.cell[slot, TYPE] + 1] += 1
    for kind in range(1, start.size):
        start[kind] += start[kind - 1]
    for slot in range(layer.count[0]):
        kind = layer.cell[slot, TYPE]
        slots[start[kind]] = slot
        start[kind] += 1
    for kind in range(start.size - 1, 0, -1):
        start[kind] = start[kind - 1]
    start[0] = 0


@kernel
def list_edge(solid: Layer, interior: Integers, faces: Integers, edge: Places) -> int:
    """Empty voxels that share a face with the bed, into `edge` (int32 [list]); returns their number.

    `interior`: int64 [cells], voxels that are no wall; `faces`: int64 [4 or 6], offsets of face neighbours.
    """
    n = 0
    for i in range(interior.size):
        if solid.type_at[interior[i]] == 0:
            for k in range(faces.size):
                if solid.type_at[interior[i] + faces[k]] > 0:
                    edge[n] = interior[i]
                    n += 1
                    break
    return n


@kernel
def list_type(solid: Layer, interior: Integers, code: Integer, places: Places) -> int:
    """All voxels of type `code`, into `places` (int32 [list]); returns their number.

    `interior`: int64 [cells], voxels that are no wall.
    """
    n = 0
    for i in range(interior.size):
        if solid.type_at[interior[i]] == code:
            places[n] = interior[i]
            n += 1
    return n
