"""Movement of the immune layer: a persistent random walk in sub-moves; only empty voxels are contested."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import Table
from il2sim.sim.kernels.cell_tables import Claims, move
from il2sim.sim.kernels.gradients import Slope
from il2sim.sim.kernels.jit import Codes, Floats, Integer, Integers, kernel
from il2sim.sim.kernels.rates import probability
from il2sim.sim.kernels.rng import Stream, draw_three, uniform4
from il2sim.sim.kernels.traits import CHUNK
from il2sim.sim.language.model import Walk
from il2sim.sim.lattice import Lattice
from il2sim.sim.tissue import HEADING, PARTNER, TYPE, VOXEL, Layer

_MOVE, _CONTEST = int(Stream.MOVE), int(Stream.MOVE_CONTEST)


class WalkTable(NamedTuple):
    """How each immune type walks."""

    share: NDArray[np.float64]  # [types, solid from, solid to] voxels per sub-move along an axis, at most 1
    turning: NDArray[np.float64]  # [types] chance to turn, per sub-move
    moves: int  # sub-moves of a tick


class Steps(NamedTuple):
    """Where a step can lead; way 0 is to stay."""

    offset: NDArray[np.int64]  # flat
    length: NDArray[np.float64]  # voxels
    after: NDArray[np.int64]  # [2 x steps] heading after a step: the same way, then the opposite one


@kernel
def choose_steps(
    immune: Layer,
    solid_at: Codes,
    steps: Steps,
    walks: WalkTable,
    slope: Slope,
    seed: Integer,
    tick: Integer,
    claims: Claims,
) -> Integer:
    """Each free cell picks a voxel it would step into: target[slot], for the slots listed in `rivals`.

    Engaged cells stay. Returns how many go. Passes over a chunk, written without branches: which way a cell
    turns is chance, and a processor that guesses wrong waits longer than the work takes.
    """
    going: Integer = 0
    count, draws = immune.count[0], claims.draws
    for first in range(0, count, CHUNK):
        last = min(first + CHUNK, count)
        cells, way = immune.cell[first:last], claims.way[: last - first]
        draw_three(seed, _MOVE, cells[:, VOXEL], tick, 0, draws)
        _choose_headings(cells, steps, walks, draws, way)
        if slope.row_of.size > 0:
            _turn_uphill(cells, steps, walks, slope, draws, way)
        _look_ahead(cells, immune.type_at, solid_at, steps, walks, way, claims, first)
        going = _list_goers(cells, first, steps, way, claims, going)
    return going


@kernel
def _choose_headings(cells: Integers, steps: Steps, walks: WalkTable, draws: Floats, way: Integers) -> None:
    """way[i] (int64): where cell i would step, the way it came or a new one.

    `cells`: int64 [n, 4], rows of the cell table; `draws`: [0] whether it turns, [1] where to.
    """
    heading, kind = cells[:, HEADING], cells[:, TYPE]
    for i in range(way.size):
        turned = np.int64(1 + np.int32(draws[1, i] * (steps.offset.size - 1)))
        way[i] = turned if (heading[i] == 0) | (draws[0, i] < walks.turning[kind[i]]) else heading[i]


@kernel
def _turn_uphill(
    cells: Integers, steps: Steps, walks: WalkTable, slope: Slope, draws: Floats, way: Integers
) -> None:
    """Of the cells that turn, some turn up the slope they follow; the others' draw is stretched again.

    `cells`: int64 [n, 4]; `way`: int64 [n], written; `draws`: [0] whether it turns, [1] where to.
    """
    heading, kind, voxel = cells[:, HEADING], cells[:, TYPE], cells[:, VOXEL]
    for i in range(way.size):
        row = slope.row_of[kind[i]]
        if row < 0 or (heading[i] != 0 and draws[0, i] >= walks.turning[kind[i]]):
            continue
        place = slope.field_of[voxel[i]]
        chance = slope.chance[row, place]
        if draws[1, i] < chance:
            way[i] = slope.way[row, place]
        else:
            rest = (draws[1, i] - chance) / (1.0 - chance)
            way[i] = 1 + np.int64(rest * (steps.offset.size - 1))


@kernel
def _look_ahead(
    cells: Integers,
    type_at: Codes,
    solid_at: Codes,
    steps: Steps,
    walks: WalkTable,
    way: Integers,
    claims: Claims,
    first: Integer,
) -> None:
    """Look at what lies that way of each cell of the chunk that begins at slot `first`.

    `cells`: int64 [n, 4]; `way`: int64 [n]. Into the arrays of `claims` go the voxel, whether it is open,
    the share of a step across to it and of one where the cell is, and the draw in voxels along the way.
    """
    voxel, kind = cells[:, VOXEL], cells[:, TYPE]
    target, is_open, draw = claims.target[first:], claims.is_open, claims.draws[2]
    across, within, along = claims.share[0], claims.share[1], claims.along
    for i in range(way.size):
        place = voxel[i] + steps.offset[way[i]]
        here, there = solid_at[voxel[i]], solid_at[place]
        target[i] = place
        is_open[i] = (there > 0) & (type_at[place] == 0)
        across[i], within[i] = walks.share[kind[i], here, there], walks.share[kind[i], here, here]
        along[i] = draw[i] * steps.length[way[i]]


@kernel
def _list_goers(
    cells: Integers, first: Integer, steps: Steps, way: Integers, claims: Claims, going: Integer
) -> Integer:
    """Turn the free cells and list those that go; returns how many there are by now.

    `cells`: int64 [n, 4], from slot `first` on; `way`: int64 [n]; `claims.rivals`: int32, slots; `going`:
    how many there were.
    """
    heading, partner = cells[:, HEADING], cells[:, PARTNER]
    across, within, along = claims.share[0], claims.share[1], claims.along
    is_open, rivals = claims.is_open, claims.rivals
    for i in range(way.size):
        # turned away at the border of a tissue it goes back, or it would gather there and enter too often
        is_turned = (along[i] >= across[i]) & (along[i] < within[i])
        way[i] += steps.offset.size * np.int64(is_turned)
    for i in range(way.size):
        # a way that is shut leads nowhere: look elsewhere next time
        heading[i] = steps.after[way[i] * is_open[i]] if partner[i] < 0 else heading[i]
    for i in range(way.size):
        rivals[going] = first + i
        going += is_open[i] & (along[i] < across[i]) & (partner[i] < 0)
    return going


@kernel
def settle_steps(
    immune: Layer, going: Integer, stream: Integer, seed: Integer, tick: Integer, claims: Claims
) -> None:
    """Of several cells that want one voxel the highest draw of that voxel wins; targets of losers become -1.

    `going`: how many slots `claims.rivals` lists. The voxels are empty: until a winner moves in, `slot_at`
    says who that is.
    """
    target, holder = claims.target, immune.slot_at
    for i in range(going):
        slot = np.int64(claims.rivals[i])
        place = np.int64(target[slot])
        rival = np.int64(holder[place])
        if rival < 0:
            holder[place] = slot
        elif _priority(immune, seed, stream, tick, slot, place) > _priority(
            immune, seed, stream, tick, rival, place
        ):
            target[rival] = -1
            holder[place] = slot
        else:
            target[slot] = -1


@kernel
def _priority(
    immune: Layer, seed: Integer, stream: Integer, tick: Integer, slot: Integer, place: Integer
) -> float:
    """A draw of the contested voxel `place` for the cell that comes from where this one is."""
    return uniform4(seed, stream, place, tick, immune.cell[slot, VOXEL])[0]


@kernel
def take_steps(immune: Layer, going: Integer, claims: Claims) -> None:
    """Move every winner of the `going` rivals; all targets were empty, so no order matters."""
    for i in range(going):
        slot = np.int64(claims.rivals[i])
        if claims.target[slot] >= 0:
            move(immune, slot, np.int64(claims.target[slot]))


@kernel
def migrate(
    immune: Layer,
    solid_at: Codes,
    steps: Steps,
    walks: WalkTable,
    slope: Slope,
    seed: Integer,
    tick: Integer,
    claims: Claims,
) -> None:
    """All sub-moves of one tick."""
    for step in range(walks.moves):
        moment = tick * walks.moves + step
        going = choose_steps(immune, solid_at, steps, walks, slope, seed, moment, claims)
        settle_steps(immune, going, _CONTEST, seed, moment, claims)
        take_steps(immune, going, claims)


def steps_of(lattice: Lattice) -> Steps:
    """The steps to the touching voxels of a lattice."""
    offset, length = lattice.touching
    back = [int(np.flatnonzero(offset == -step)[0]) for step in offset]
    return Steps(offset, length, np.array([*range(offset.size), *back]))


def walk_table(walks: Sequence[Walk], table: Table, voxel_um: float, tick_hours: float) -> WalkTable:
    """Steps and turns of every immune type, in as many sub-moves a tick as the fastest needs."""
    solid, types = table.cells["solid"], table.rules.start.shape[1] - 1
    speed, turning = np.zeros((types, types, types)), np.zeros(types)
    for walk in walks:
        code = table.code(walk.cell)
        turning[code] = 60.0 / walk.persistence_min  # 1/h
        for a, start in enumerate(solid[1:], 1):
            for b, end in enumerate(solid[1:], 1):
                crosses = end in walk.entry and start not in walk.within
                speed[code, a, b] = walk.entry[end] if crosses else walk.within.get(start, walk.speed)
    reach = speed * 60.0 * tick_hours / voxel_um  # voxels per tick
    moves = math.ceil(reach.max() - 1e-9)
    hours = tick_hours / max(moves, 1)
    return WalkTable(reach / max(moves, 1), np.array([probability(rate, hours) for rate in turning]), moves)
