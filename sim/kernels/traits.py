"""Traits relax towards what their cells see."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import OTHER, RISES, Rules
from il2sim.sim.kernels.cell_tables import TypeIndex
from il2sim.sim.kernels.jit import Floats, Integer, Integers, kernel
from il2sim.sim.kernels.neighbourhood import World, fill_view
from il2sim.sim.kernels.rates import probability, rates_of
from il2sim.sim.tissue import VOXEL, Layer

CHUNK = 1024  # cells worked on together: their rates stay in the fastest memory


class Scratch(NamedTuple):
    """Where rates and trait movements of one chunk of cells are worked out."""

    bounded: NDArray[np.bool_]  # [traits]
    rate: NDArray[np.float64]  # [CHUNK]
    gain: NDArray[np.float64]  # [traits, CHUNK]
    loss: NDArray[np.float64]  # [traits, CHUNK]
    is_moved: NDArray[np.bool_]  # [traits]
    memo: NDArray[np.float64]  # [traits, 3] last speed, hours and share of the way: most cells share them
    voxel: NDArray[np.int64]  # [CHUNK] where they are
    row: NDArray[np.int64]  # 0, 1, 2, ...


def scratch_for(bounded: NDArray[np.bool_]) -> Scratch:
    """A scratch for a layer with these traits."""
    traits = bounded.size
    rows = (np.zeros(CHUNK), np.zeros((traits, CHUNK)), np.zeros((traits, CHUNK)))
    places = np.zeros(CHUNK, np.int64), np.arange(CHUNK)
    return Scratch(bounded, *rows, np.zeros(traits, np.bool_), np.zeros((traits, 3)), *places)


@kernel
def _relax(trait: Floats, slots: Integers, t: Integer, scratch: Scratch, hours: float) -> None:
    """Exact step of x' = a(1-x) - bx (bounded) or x' = a - bx for trait t, also where nothing is lost.

    `trait`: float64 [capacity, traits]; a and b (1/h) of cell i are gain[t, i] and loss[t, i] of `scratch`.
    """
    memo, gains, losses = scratch.memo[t], scratch.gain[t], scratch.loss[t]
    if not scratch.bounded[t] and _is_one(losses, slots.size) and losses[0] > 0.0:
        speed, share = losses[0], probability(losses[0], hours)
        for i in range(slots.size):
            slot = np.uint64(slots[i])
            trait[slot, t] += (gains[i] / speed - trait[slot, t]) * share
        return
    for i in range(slots.size):
        slot, gain, loss = np.uint64(slots[i]), gains[i], losses[i]
        speed = gain + loss if scratch.bounded[t] else loss
        if speed == 0.0:
            trait[slot, t] += gain * hours
            continue
        if memo[0] != speed or memo[1] != hours:
            memo[0], memo[1], memo[2] = speed, hours, probability(speed, hours)
        trait[slot, t] += (gain / speed - trait[slot, t]) * memo[2]


@kernel
def _is_one(values: Floats, n: Integer) -> bool:
    """Whether the first `n` of `values` (float64) are all the same."""
    others = 0
    for i in range(n):
        others += values[i] != values[0]
    return bool(n > 0 and others == 0)


@kernel
def move_traits(
    rules: Rules,
    phase: Integer,
    kind: Integer,
    trait: Floats,
    slots: Integers,
    view: Floats,
    rows: Integers,
    hours: float,
    scratch: Scratch,
) -> None:
    """One exact step of every trait that the rules of (phase, kind) move, for at most CHUNK cells.

    `trait`: float64 [capacity, traits] of their layer, written.
    """
    scratch.is_moved[:] = False
    for k in range(rules.start[phase, kind], rules.start[phase, kind + 1]):
        r = rules.order[k]
        t = rules.code[r, OTHER]
        if not scratch.is_moved[t]:
            scratch.is_moved[t] = True
            scratch.gain[t, :] = 0.0
            scratch.loss[t, :] = 0.0
        rates_of(rules, r, trait, slots, view, rows, scratch.rate)
        side = scratch.gain[t] if rules.code[r, RISES] else scratch.loss[t]
        for i in range(slots.size):
            side[i] += scratch.rate[i]
    for t in range(scratch.is_moved.size):
        if scratch.is_moved[t]:
            _relax(trait, slots, t, scratch, hours)


@kernel
def sense(
    world: World,
    rules: Rules,
    phase: Integer,
    layer: Layer,
    by_type: TypeIndex,
    view: Floats,
    hours: float,
    scratch: Scratch,
) -> None:
    """Look round and move the traits of a whole layer over `hours`, chunk by chunk.

    For signals that read no other cell's traits: whoever looks later sees traits that have moved.
    """
    for kind in range(1, by_type.start.size - 1):
        for first in range(by_type.start[kind], by_type.start[kind + 1], CHUNK):
            slots = by_type.slot[first : min(first + CHUNK, by_type.start[kind + 1])]
            look(world, phase, kind, layer, slots, view, scratch)
            rows = scratch.row[: slots.size]
            move_traits(rules, phase, kind, layer.trait, slots, view, rows, hours, scratch)


@kernel
def look(
    world: World,
    phase: Integer,
    kind: Integer,
    layer: Layer,
    slots: Integers,
    view: Floats,
    scratch: Scratch,
) -> None:
    """What `slots`, at most CHUNK of one kind, see: in the first rows of the view."""
    for i in range(slots.size):
        scratch.voxel[i] = layer.cell[np.uint64(slots[i]), VOXEL]
    fill_view(world, phase, kind, scratch.voxel, slots.size, view)


@kernel
def look_all(
    world: World, phase: Integer, layer: Layer, by_type: TypeIndex, view: Floats, scratch: Scratch
) -> None:
    """What a whole layer sees: row k of the view is that of slot by_type.slot[k]."""
    for kind in range(1, by_type.start.size - 1):
        for first in range(by_type.start[kind], by_type.start[kind + 1], CHUNK):
            slots = by_type.slot[first : min(first + CHUNK, by_type.start[kind + 1])]
            look(world, phase, kind, layer, slots, view[first:], scratch)


@kernel
def move_all(
    rules: Rules,
    phase: Integer,
    layer: Layer,
    by_type: TypeIndex,
    view: Floats,
    hours: float,
    scratch: Scratch,
) -> None:
    """Traits of a whole layer over `hours`, of a view that `look_all` has filled."""
    for kind in range(1, by_type.start.size - 1):
        for first in range(by_type.start[kind], by_type.start[kind + 1], CHUNK):
            slots = by_type.slot[first : min(first + CHUNK, by_type.start[kind + 1])]
            rows = scratch.row[: slots.size]
            move_traits(rules, phase, kind, layer.trait, slots, view[first:], rows, hours, scratch)
