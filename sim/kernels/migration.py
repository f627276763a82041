"""Movement of the immune layer: a persistent random walk in sub-moves; only empty voxels are contested.

Hitters, which may hit, contest a voxel in every sub-move. Wanderers, which never can, follow the path of a
whole tick over the map as it lies at its start, and contest the voxel where the path ends: most immune cells
never touch what hitters look for, and need no clock as fine as theirs.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import FIRST, INDEX, KIND, LAST, OTHER, PHASES, SOURCE, TRAIT, Rules, Table
from il2sim.sim.kernels.cell_tables import Claims, TypeIndex, move
from il2sim.sim.kernels.gradients import Slope
from il2sim.sim.kernels.jit import Codes, Flags, Integer, Integers, Places, kernel
from il2sim.sim.kernels.rates import TIMES, probability
from il2sim.sim.kernels.rng import Stream, draw_words, uniform4
from il2sim.sim.language.model import Walk
from il2sim.sim.lattice import Lattice
from il2sim.sim.tissue import HEADING, PARTNER, TYPE, VOXEL, Layer

Bytes = NDArray[np.uint8]

_MOVE, _CONTEST = int(Stream.MOVE), int(Stream.MOVE_CONTEST)
_TAKEN, _TISSUE = 128, 127  # of a byte of the map: somebody is there, and which solid type it is
_TOGETHER = 256  # paths worked on at a time: they stay in the fastest memory
# of the 31 bits of a draw the upper 15 say whether a cell turns, the lower 16 where to
_LOWER, _TURNS, _STEPS = 65_536, 2**15, 2**31


class WalkTable(NamedTuple):
    """How each immune type walks."""

    is_walker: NDArray[np.bool_]  # [types] whether it walks at all
    may_hit: NDArray[np.bool_]  # [types] whether it hits anybody
    needs: NDArray[np.int64]  # [types, most] traits kept for life without which it cannot hit, -1 none
    turning: NDArray[np.int32]  # [types] chance to turn, per sub-move, in 2**15ths
    step: NDArray[np.int32]  # [types x solid from x solid to x lengths] chance of a step, in 2**31ths, less 1
    lengths: int  # of steps: along an axis, across a face, across a corner
    types: int
    moves: int  # sub-moves of a tick


class Steps(NamedTuple):
    """Where a step can lead; way 0 is to stay."""

    offset: NDArray[np.int32]  # flat
    length: NDArray[np.int32]  # [ways] which of the lengths it has
    after: NDArray[np.int32]  # [2 x ways] heading after a step: the same way, then the opposite one


class Paths(NamedTuple):
    """Who walks, the map they walk on, and the paths worked on together."""

    byte: NDArray[np.uint8]  # [voxels] solid type, and 128 where somebody is
    hitters: TypeIndex  # slots of those that may hit
    wanderer: NDArray[np.int64]  # [cells] slots of those that never can
    free: NDArray[np.int64]  # [cells] slots of hitters that hold nobody
    count: NDArray[np.int64]  # type: ignore[assignment]  # [2] wanderers, free; hides `tuple.count`
    start: NDArray[np.int64]  # [_TOGETHER] voxel where a path begins
    place: NDArray[np.int32]  # [_TOGETHER] voxel where it is now
    way: NDArray[np.int32]  # [_TOGETHER] index into the touching offsets
    here: NDArray[np.int32]  # [_TOGETHER] solid type of that voxel
    turning: NDArray[np.int32]  # [_TOGETHER] chance to turn, as in `WalkTable`
    row: NDArray[np.int32]  # [_TOGETHER] first row of the type in `WalkTable.step`
    words: NDArray[np.int32]  # [4, _TOGETHER] draws


def no_paths(cells: int, voxels: int, types: int) -> Paths:
    """Room for a layer of so many cells, of type codes up to `types`, on so many voxels."""
    hitter, wanderer, free = (np.empty(cells, np.int64) for _ in range(3))
    hitters = TypeIndex(hitter, np.zeros(types + 2, np.int64))
    place, way, here, turning, row = (np.empty(_TOGETHER, np.int32) for _ in range(5))
    start, words = np.empty(_TOGETHER, np.int64), np.empty((4, _TOGETHER), np.int32)
    lists = np.zeros(voxels, np.uint8), hitters, wanderer, free, np.zeros(2, np.int64)
    return Paths(*lists, start, place, way, here, turning, row, words)


@kernel
def draw_map(solid_at: Codes, immune_at: Codes, byte: Bytes) -> None:
    """Write the map: the solid type of each voxel, and whether somebody is there.

    `immune_at`: int8 [voxels], types of the immune layer; `byte`: uint8 [voxels]; a wall counts as taken.
    """
    for i in range(byte.size):
        byte[i] = np.uint8(solid_at[i]) | (np.uint8(immune_at[i] > 0) << np.uint8(7))


@kernel
def list_walkers(immune: Layer, by_type: TypeIndex, walks: WalkTable, paths: Paths) -> None:
    """List hitters and wanderers in `paths`; types without a walk stay where they are."""
    hitters, wanderers = paths.hitters, 0
    listed: Integer = 0
    for kind in range(by_type.start.size - 1):
        hitters.start[kind] = listed
        for k in range(by_type.start[kind], by_type.start[kind + 1]):
            slot, may_hit = by_type.slot[k], walks.may_hit[kind]
            for n in range(walks.needs.shape[1]):
                trait = walks.needs[kind, n]
                may_hit &= trait < 0 or immune.trait[slot, trait] > 0.0
            hitters.slot[listed] = paths.wanderer[wanderers] = slot
            listed += may_hit
            wanderers += walks.is_walker[kind] and not may_hit
    hitters.start[by_type.start.size - 1] = listed
    paths.count[0] = wanderers


@kernel
def _list_free(immune: Layer, walks: WalkTable, paths: Paths) -> None:
    """List in `paths` the hitters that walk and hold nobody."""
    free, hitters = 0, paths.hitters
    for kind in range(hitters.start.size - 1):
        for k in range(hitters.start[kind], hitters.start[kind + 1] if walks.is_walker[kind] else 0):
            paths.free[free] = hitters.slot[k]
            free += immune.cell[hitters.slot[k], PARTNER] < 0
    paths.count[1] = free


@kernel
def follow_paths(
    immune: Layer,
    slots: Integers,
    steps: Steps,
    walks: WalkTable,
    slope: Slope,
    seed: Integer,
    moment: Integer,
    moves: Integer,
    paths: Paths,
    claims: Claims,
) -> int:
    """Each of `slots`, none of them engaged, walks `moves` sub-moves over the map of `paths`.

    Who ends elsewhere is listed in `claims` with the voxel; returns how many. `moment`: number of the first
    sub-move.
    """
    going, cell = 0, immune.cell
    for first in range(0, slots.size, _TOGETHER):
        chunk = slots[first : min(first + _TOGETHER, slots.size)]
        _begin(cell, chunk, walks, paths)
        for sub_move in range(moves):
            if sub_move % 2 == 0:
                draw_words(seed, _MOVE, paths.start[: chunk.size], moment, sub_move // 2, paths.words)
            step, turn = paths.words[2 * (sub_move % 2)], paths.words[2 * (sub_move % 2) + 1]
            if slope.row_of.size > 0:
                _turn_uphill(cell, chunk, turn, steps, slope, paths)
            else:
                _turn(chunk.size, turn, steps, paths)
            _take_sub_move(chunk.size, step, steps, walks, paths)
        for i in range(chunk.size):
            cell[chunk[i], HEADING] = paths.way[i]
            claims.target[chunk[i]], claims.rivals[going] = paths.place[i], chunk[i]
            going += paths.place[i] != paths.start[i]
    return going


@kernel
def _begin(cell: Integers, slots: Integers, walks: WalkTable, paths: Paths) -> None:
    """Begin a path where each of `slots` stands; `cell`: int64 [capacity, 4], the cell table."""
    rows = walks.types * walks.types * walks.lengths
    for i in range(slots.size):
        kind, voxel = cell[slots[i], TYPE], cell[slots[i], VOXEL]
        paths.start[i], paths.place[i], paths.way[i] = voxel, voxel, cell[slots[i], HEADING]
        paths.here[i] = paths.byte[voxel] & _TISSUE
        paths.turning[i], paths.row[i] = walks.turning[kind], kind * rows


@kernel
def _turn(n: int, word: Places, steps: Steps, paths: Paths) -> None:
    """The way of each of the `n` paths: as it came or a new one. `word`: int32 [n], 31-bit draws.

    Here and in `_take_sub_move` there are no branches: which way a cell turns is chance, and a processor that
    guesses wrong waits longer than the work takes.
    """
    ways, way, turning = np.int32(steps.offset.size - 1), paths.way, paths.turning
    for i in range(n):
        turned = np.int32(1) + (((word[i] & np.int32(_LOWER - 1)) * ways) >> np.int32(16))
        turns = (way[i] == 0) | ((word[i] >> np.int32(16)) < turning[i])
        way[i] += (turned - way[i]) & -np.int32(turns)


@kernel
def _turn_uphill(
    cell: Integers, slots: Integers, word: Places, steps: Steps, slope: Slope, paths: Paths
) -> None:
    """As `_turn`; of cells that turn some turn up the slope they follow, the others' draw is stretched again.

    `cell`: int64 [capacity, 4], the cell table; `word`: int32 [slots], 31-bit draws.
    """
    ways = steps.offset.size - 1
    for i in range(slots.size):
        if paths.way[i] != 0 and (word[i] >> 16) >= paths.turning[i]:
            continue
        row, u = slope.row_of[cell[slots[i], TYPE]], ((word[i] & (_LOWER - 1)) + 0.5) / _LOWER
        if row >= 0:
            place = slope.field_of[paths.place[i]]
            chance = slope.chance[row, place]
            if u < chance:
                paths.way[i] = slope.way[row, place]
                continue
            u = (u - chance) / (1.0 - chance)
        paths.way[i] = 1 + int(u * ways)


@kernel
def _take_sub_move(n: int, word: Places, steps: Steps, walks: WalkTable, paths: Paths) -> None:
    """Of `n` paths: step, turn back at the border of a tissue, or lose the way where it is shut.

    `word`: int32 [n], 31-bit draws. Indices are unsigned: of signed ones Numba asks each time whether they
    count from the end, which took a third of the time.
    """
    ways, types, lengths = np.int32(steps.offset.size), np.int32(walks.types), np.int32(walks.lengths)
    byte, start, place, way, here = paths.byte, paths.start, paths.place, paths.way, paths.here
    for i in range(n):
        w, own = np.uint32(way[i]), here[i]
        ahead = place[i] + steps.offset[w]
        seen = np.int32(byte[np.uint32(ahead)])
        there = seen & np.int32(_TISSUE)
        # where the path began nobody is any more
        is_open = ((seen < _TAKEN) & (there > 0)) | (ahead == start[i])
        row = paths.row[i] + own * types * lengths + steps.length[w]
        across, within = (
            walks.step[np.uint32(row + there * lengths)],
            walks.step[np.uint32(row + own * lengths)],
        )
        goes = is_open & (word[i] <= across)
        # turned away at the border of a tissue it goes back, or it would gather there and enter too often
        is_turned = (word[i] > across) & (word[i] <= within)
        # a way that is shut leads nowhere: look elsewhere next time
        way[i] = steps.after[np.uint32((way[i] + ways * np.int32(is_turned)) * np.int32(is_open))]
        changes = -np.int32(goes)
        place[i] += (ahead - place[i]) & changes
        here[i] += (there - own) & changes


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
def take_steps(immune: Layer, going: Integer, claims: Claims, byte: Bytes) -> None:
    """Move every winner of the `going` rivals, on the map too; all targets were empty, so no order matters.

    `byte`: uint8 [voxels], the map.
    """
    for i in range(going):
        slot = np.int64(claims.rivals[i])
        if claims.target[slot] >= 0:
            old, new = immune.cell[slot, VOXEL], np.int64(claims.target[slot])
            byte[old] &= np.uint8(_TISSUE)
            byte[new] |= np.uint8(_TAKEN)
            move(immune, slot, new)


@kernel
def migrate(
    immune: Layer,
    steps: Steps,
    walks: WalkTable,
    slope: Slope,
    seed: Integer,
    tick: Integer,
    paths: Paths,
    claims: Claims,
) -> None:
    """One tick of walking: wanderers their whole path, then hitters sub-move by sub-move.

    The map and lists of `paths` are those of now.
    """
    moment = tick * walks.moves
    slots = paths.wanderer[: paths.count[0]]
    going = follow_paths(immune, slots, steps, walks, slope, seed, moment, walks.moves, paths, claims)
    settle_steps(immune, going, _CONTEST, seed, moment, claims)
    take_steps(immune, going, claims, paths.byte)
    _list_free(immune, walks, paths)
    slots = paths.free[: paths.count[1]]
    for sub_move in range(walks.moves):
        now = moment + sub_move
        going = follow_paths(immune, slots, steps, walks, slope, seed, now, 1, paths, claims)
        settle_steps(immune, going, _CONTEST, seed, now, claims)
        take_steps(immune, going, claims, paths.byte)


def steps_of(lattice: Lattice) -> Steps:
    """The ways to the touching voxels of a lattice."""
    offset, length = lattice.touching
    back = [int(np.flatnonzero(offset == -step)[0]) for step in offset]
    axes = np.rint(length**2).astype(np.int32)  # that a step goes along at once
    return Steps(
        offset.astype(np.int32), np.maximum(axes - 1, 0), np.array([*range(offset.size), *back], np.int32)
    )


def kept_traits(table: Table) -> NDArray[np.bool_]:
    """[traits] Those that were sampled, 0 or 1, and that no rule moves."""
    rules, sense = table.rules, table.rules.start[PHASES.index("sense")]
    kept: Flags = np.logical_or.reduce(table.initial_is_share, axis=0)
    kept[rules.code[rules.order[sense[0] : sense[-1]], OTHER]] = False
    return kept


def _needs_to_hit(table: Table) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Of each type whether it hits, and the traits kept for life that multiply each of its hits."""
    rules, kept = table.rules, kept_traits(table)
    start = rules.start[PHASES.index("hit"), :-1]
    ends = rules.start[PHASES.index("hit"), 1:]
    needs: list[set[int]] = []
    for first, last in zip(start, ends, strict=True):
        each = [_kept_factors(rules, r, kept) for r in rules.order[first:last]]
        needs.append(set.intersection(*each) if each else set())
    found = np.full((len(needs), max(map(len, needs))), -1)
    for kind, traits in enumerate(needs):
        found[kind, : len(traits)] = sorted(traits)
    return ends > start, found


def _kept_factors(rules: Rules, r: Integer, kept: Flags) -> set[int]:
    """Traits of `kept` that rule r is multiplied by."""
    codes = rules.modifier_code[rules.code[r, FIRST] : rules.code[r, LAST]]
    return {
        int(code[INDEX])
        for code in codes
        if code[SOURCE] == TRAIT and code[KIND] == TIMES and kept[code[INDEX]]
    }


def walk_table(walks: Sequence[Walk], table: Table, lattice: Lattice, tick_hours: float) -> WalkTable:
    """Steps and turns of every immune type, in as many sub-moves a tick as the fastest needs."""
    solid, types = table.cells["solid"], table.rules.start.shape[1] - 1
    speed, turning, is_walker = np.zeros((types, types, types)), np.zeros(types), np.zeros(types, np.bool_)
    for walk in walks:
        code = table.code(walk.cell)
        is_walker[code], turning[code] = True, 60.0 / walk.persistence_min  # 1/h
        for a, start in enumerate(solid[1:], 1):
            for b, end in enumerate(solid[1:], 1):
                crosses = end in walk.entry and start not in walk.within
                speed[code, a, b] = walk.entry[end] if crosses else walk.within.get(start, walk.speed)
    reach = speed * 60.0 * tick_hours / lattice.voxel_um  # voxels per tick
    moves = math.ceil(reach.max() - 1e-9)
    hours, lengths = tick_hours / max(moves, 1), np.sqrt(np.arange(1, lattice.dimensions + 1))
    chance = np.minimum(reach.reshape(-1, 1) / max(moves, 1) / lengths, 1.0)
    turns = np.array([round(probability(rate, hours) * _TURNS) for rate in turning], np.int32)
    step = (np.rint(chance * _STEPS) - 1.0).astype(np.int32).ravel()
    return WalkTable(is_walker, *_needs_to_hit(table), turns, step, lengths.size, types, moves)
