"""What cells see from where they are: concentrations, touching cells, crowds within a radius.

A view has one row per cell and one column per signal (three for a crowd: seen, hidden mean, weight of each).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import BALL_FIRST, BALL_LAST, CODE, COLUMN, EACH, OF_IMMUNE, SIGNAL, WEIGHT
from il2sim.sim.kernels.jit import Codes, Floats, Integer, Integers, Places, kernel
from il2sim.sim.tissue import PARTNER, TYPE, VOXEL, Layer

_CYTOKINE, NEAR, _WITHIN, ENGAGED = 0, 1, 2, 3


class World(NamedTuple):
    """Everything there is to see."""

    solid_at: NDArray[np.int8]  # [voxels]
    immune: Layer
    concentration: NDArray[np.float64]  # [cytokines, field voxels] nM
    field_of: NDArray[np.int32]  # [voxels]
    touching: NDArray[np.int64]  # own voxel first
    ball: NDArray[np.int64]  # offsets of all crowds, one after the other
    hidden: NDArray[np.float64]  # [signals, blocks, 2] crowd expected out of view, and the weight of each
    block_of: NDArray[np.int32]  # [voxels]
    signals: NDArray[np.int64]  # [signals, 8] codes, see il2sim.sim.compile.arrays
    needs: NDArray[np.int64]  # signals by phase and type
    need_start: NDArray[np.int64]  # [phases, types + 2] into needs


@kernel
def count_near(type_at: Codes, touching: Integers, voxel: Integer, code: Integer) -> int:
    """Own and touching voxels that hold type `code`."""
    n = 0
    for k in range(touching.size):
        if type_at[voxel + touching[k]] == code:
            n += 1
    return n


@kernel
def _seen(
    type_at: Codes,
    slot_at: Places,
    trait: Floats,
    ball: Integers,
    first: Integer,
    last: Integer,
    voxel: Integer,
    code: Integer,
    weight: Integer,
    each: float,
) -> float:
    """Crowd of type `code` in the part of the ball that the lattice shows, as a sum of weights.

    A cell weighs `each` and, where `weight` is a trait (-1 none), that trait on top. `trait`: float64
    [capacity, traits]; `ball`: int64 offsets, of which first..last-1 are this crowd's.
    """
    total = 0.0
    for k in range(first, last):
        place = voxel + ball[k]
        if type_at[place] == code:
            total += each
            if weight >= 0:
                total += trait[slot_at[place], weight]
    return total


@kernel
def fill_view(
    world: World, phase: Integer, kind: Integer, voxels: Integers, rows: Integer, view: Floats
) -> None:
    """Fill view[i] for cells of one kind at voxels[i], i < rows, with what their rules of `phase` need.

    `voxels`: int64 [rows or more]; concentrations in nM, contacts and crowds in cells.
    """
    immune, signals = world.immune, world.signals
    for k in range(world.need_start[phase, kind], world.need_start[phase, kind + 1]):
        s = world.needs[k]
        code, column = signals[s, CODE], signals[s, COLUMN]
        if signals[s, SIGNAL] == _CYTOKINE:
            for i in range(rows):
                place = world.field_of[np.uint64(voxels[i])]
                view[i, column] = world.concentration[code, np.uint32(place)]
        elif signals[s, SIGNAL] == NEAR:
            type_at = immune.type_at if signals[s, OF_IMMUNE] else world.solid_at
            for i in range(rows):
                view[i, column] = count_near(type_at, world.touching, voxels[i], code)
        elif signals[s, SIGNAL] == ENGAGED:
            for i in range(rows):
                slot = immune.slot_at[np.uint64(voxels[i])]
                view[i, column] = immune.cell[slot, PARTNER] >= 0
        else:
            _see_crowd(world, s, voxels, rows, view)


@kernel
def _see_crowd(world: World, s: Integer, voxels: Integers, rows: Integer, view: Floats) -> None:
    """Crowd s as each of `rows` cells sees it: seen, hidden mean, weight of each.

    `voxels`: int64 [rows or more], where they are.
    """
    immune, signal = world.immune, world.signals[s]
    held = immune.type_at, immune.slot_at, immune.trait
    first, last, column = signal[BALL_FIRST], signal[BALL_LAST], signal[COLUMN]
    for i in range(rows):
        what, each = (voxels[i], signal[CODE], signal[WEIGHT]), float(signal[EACH])
        view[i, column] = _seen(*held, world.ball, first, last, *what, each)
        view[i, column + 1] = world.hidden[s, world.block_of[voxels[i]], 0]
        view[i, column + 2] = world.hidden[s, world.block_of[voxels[i]], 1]


@kernel
def survey_hidden(
    world: World, s: Integer, hidden_per_voxel: float, shape: tuple[int, ...], count: Floats, weight: Floats
) -> None:
    """Crowd s expected out of the section's view, block by block, from the 3 x 3 blocks around.

    `hidden_per_voxel`: voxels of the sphere out of view over voxels of a block; `shape`: the blocks' shape;
    `count`, `weight`: scratch, float64 [blocks]. Writes world.hidden[s].
    """
    immune = world.immune
    trait, each = world.signals[s, WEIGHT], float(world.signals[s, EACH])
    count[:] = 0.0
    weight[:] = 0.0
    for slot in range(immune.count[0]):
        if immune.cell[slot, TYPE] == world.signals[s, CODE]:
            block = world.block_of[immune.cell[slot, VOXEL]]
            count[block] += 1.0
            weight[block] += each + immune.trait[slot, trait] if trait >= 0 else each
    for i in range(shape[0]):
        for j in range(shape[1]):
            cells, weights, blocks = 0.0, 0.0, 0
            for a in range(max(i - 1, 0), min(i + 2, shape[0])):
                for b in range(max(j - 1, 0), min(j + 2, shape[1])):
                    cells += count[a * shape[1] + b]
                    weights += weight[a * shape[1] + b]
                    blocks += 1
            world.hidden[s, i * shape[1] + j, 0] = hidden_per_voxel * cells / blocks
            world.hidden[s, i * shape[1] + j, 1] = weights / cells if cells > 0.0 else 1.0
