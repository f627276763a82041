"""Movement of the immune layer: a persistent random walk in sub-moves; only empty voxels are contested."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.cells import move
from sim.jit import kernel
from sim.model import Walk
from sim.rates import probability
from sim.rng import Stream, uniform4
from sim.table import Table
from sim.tissue import HEADING, PARTNER, TYPE, VOXEL

_MOVE, _CONTEST = int(Stream.MOVE), int(Stream.MOVE_CONTEST)


class Gait(NamedTuple):
    """How each immune type walks."""

    share: NDArray[np.float64]  # [types, solid from, solid to] voxels per sub-move along an axis, at most 1
    turning: NDArray[np.float64]  # [types] chance to turn, per sub-move
    moves: int  # sub-moves of a tick


@kernel
def choose_steps(immune, solid_at, touching, length, gait, seed, tick, target):
    """Each free cell picks a voxel it would step into: target[slot], -1 to stay. Engaged cells stay."""
    ways = touching.size - 1
    for slot in range(immune.count[0]):
        target[slot] = -1
        cell = immune.cell[slot]
        if cell[PARTNER] >= 0:
            continue
        voxel = cell[VOXEL]
        u_turn, u_way, u_step, _ = uniform4(seed, _MOVE, voxel, tick, 0)
        if cell[HEADING] == 0 or u_turn < gait.turning[cell[TYPE]]:
            cell[HEADING] = 1 + int(u_way * ways)
        way = cell[HEADING]
        place = voxel + touching[way]
        if solid_at[place] <= 0 or immune.type_at[place] != 0:
            cell[HEADING] = 0  # the way is shut: look elsewhere next time
            continue
        reach, here = u_step * length[way], solid_at[voxel]
        if reach < gait.share[cell[TYPE], here, solid_at[place]]:
            target[slot] = place
        elif reach < gait.share[cell[TYPE], here, here]:
            cell[HEADING] = _opposite(touching, way)  # turned away at the border of a tissue


@kernel
def _opposite(touching, way):
    """The way back. Who left a border in any other way would gather at it, and enter too often."""
    for back in range(1, touching.size):
        if touching[back] == -touching[way]:
            return back
    return 0


@kernel
def settle_steps(immune, stream, seed, tick, contest):
    """Of several cells that want one voxel the highest draw of that voxel wins; the losers' target becomes
    -1.
    """
    target, claim = contest.target, contest.claim
    count = immune.count[0]
    for slot in range(count):
        place = np.int64(target[slot])
        if place < 0:
            continue
        rival = np.int64(claim[place])
        if rival < 0:
            claim[place] = slot
        elif _priority(immune, seed, stream, tick, slot, place) > _priority(
            immune, seed, stream, tick, rival, place
        ):
            target[rival] = -1
            claim[place] = slot
        else:
            target[slot] = -1
    for slot in range(count):
        if target[slot] >= 0:
            claim[target[slot]] = -1


@kernel
def _priority(immune, seed, stream, tick, slot, place):
    """A draw of the contested voxel for the cell that comes from where this one is."""
    return uniform4(seed, stream, place, tick, immune.cell[slot, VOXEL])[0]


@kernel
def take_steps(immune, target):
    """Move every winner; all targets were empty, so no order matters."""
    for slot in range(immune.count[0]):
        if target[slot] >= 0:
            move(immune, slot, np.int64(target[slot]))


@kernel
def migrate(immune, solid_at, touching, length, gait, seed, tick, contest):
    """All sub-moves of one tick."""
    for step in range(gait.moves):
        moment = tick * gait.moves + step
        choose_steps(immune, solid_at, touching, length, gait, seed, moment, contest.target)
        settle_steps(immune, _CONTEST, seed, moment, contest)
        take_steps(immune, contest.target)


def gait_of(walks: Sequence[Walk], table: Table, voxel_um: float, tick_hours: float) -> Gait:
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
    return Gait(reach / max(moves, 1), np.array([probability(rate, hours) for rate in turning]), moves)
