"""The solid clock: loss, clearance and birth, and where daughters go. Growth is exact and displaces nothing.

A daughter leaves the plane (sections only), widens the bed at its nearest edge, or fills the nearest freed
voxel.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import CELL, DIVIDES, OTHER, PHASES, VERB, Rules
from il2sim.sim.kernels.cell_tables import TypeIndex, inherit, put, turn_into
from il2sim.sim.kernels.jit import Codes, Flags, Floats, Integer, Integers, Places, kernel
from il2sim.sim.kernels.neighbourhood import World
from il2sim.sim.kernels.rates import happens, offspring
from il2sim.sim.kernels.rng import Moment, Stream, uniform4
from il2sim.sim.kernels.thinning import Candidates, find_candidates, take_chunk
from il2sim.sim.kernels.traits import CHUNK
from il2sim.sim.tissue import Layer

_BIRTH_PHASE = PHASES.index("birth")
_LIFE, _DAUGHTER, _EDGE = int(Stream.SOLID_LIFE), int(Stream.DAUGHTER), int(Stream.EDGE)
LEFT, WIDENS, FILLS, SEEKS = 0, 1, 2, 3
_FARTHEST = 4_000_000_000_000  # voxels squared; more than any lattice


class Ground(NamedTuple):
    """What placing daughters needs to know of the lattice and the bed."""

    orders: NDArray[np.int64]  # [orders, steps] offsets by growing distance
    faces: NDArray[np.int64]
    strides: NDArray[np.int64]  # of the padded lattice
    expands: NDArray[np.float64]  # [rules] net growth rate, 1/h
    into: NDArray[np.int16]  # [rules] type of voxel that a daughter fills
    section: bool
    inherited: NDArray[np.bool_]  # [traits] that a daughter has from her mother


@kernel
def decide_solid(
    rules: Rules,
    world: World,
    solid: Layer,
    by_type: TypeIndex,
    view: Floats,
    ground: Ground,
    moment: Moment,
    found: Candidates,
    fate: Places,
    mothers: Places,
    rules_of: Places,
    place: Codes,
) -> Integer:
    """fate[slot] of every solid cell; survivors' daughters listed by mother, rule and kind of place.

    Returns their number, -1 if there are more than voxels. Deaths and changes go before divisions.
    """
    born: Integer = 0
    fate[: solid.count[0]] = -1
    for kind in range(1, by_type.start.size - 1):
        first_rule, end = rules.start[_BIRTH_PHASE, kind], rules.start[_BIRTH_PHASE, kind + 1]
        for first in range(by_type.start[kind], by_type.start[kind + 1] if first_rule < end else 0, CHUNK):
            slots = by_type.slot[first : min(first + CHUNK, by_type.start[kind + 1])]
            take_chunk(solid, slots, found)
            for k in range(first_rule, end):
                r = rules.order[k]
                n = find_candidates(
                    world, _BIRTH_PHASE, rules, r, kind, solid, slots, fate, _LIFE, moment, view, found
                )
                if rules.code[r, VERB] != DIVIDES:
                    _draw_changes(r, n, moment.hours, found, fate)
                else:
                    born = _draw_births(r, n, ground, moment, found, mothers, rules_of, place, born)
                if born < 0:
                    return born
    return born


@kernel
def _draw_changes(r: Integer, n: int, hours: float, found: Candidates, fate: Places) -> None:
    """Whether rule r, a death or a change, fires for each of `n` candidates."""
    for i in range(n):
        if happens(found.u[i], found.rate[i], hours):
            fate[found.slot[i]] = r


@kernel
def _draw_births(
    r: Integer,
    n: int,
    ground: Ground,
    moment: Moment,
    found: Candidates,
    mothers: Places,
    rules_of: Places,
    place: Codes,
    born: Integer,
) -> Integer:
    """List daughters of the `n` candidates, after the `born` there are; returns the new number.

    -1 where the lists are full: more daughters than voxels.
    """
    for i in range(n):
        voxel, rate = found.voxel[i], found.rate[i]
        for daughter in range(offspring(found.u[i], rate, moment.hours)):
            if born == mothers.size:
                return -1
            mothers[born], rules_of[born] = voxel, r
            place[born] = _kind_of_place(ground, r, rate, moment, voxel, daughter)
            born += 1
    return born


@kernel
def _kind_of_place(
    ground: Ground, r: Integer, rate: Floats, moment: Moment, voxel: Integer, n: Integer
) -> int:
    """Out of the plane with r/3b, to the edge with 2r/3b (3-D: r/b), else into the bed.

    r is net growth and b the `rate`, of births. `voxel`: of the mother; `n`: which of her daughters.
    """
    u = uniform4(moment.seed, _DAUGHTER, voxel, moment.tick, n)[0] * rate
    if u < ground.expands[r]:
        return LEFT if ground.section and 3.0 * u < ground.expands[r] else WIDENS
    return FILLS


@kernel
def change_types(rules: Rules, solid: Layer, fate: Places, fired: Integers) -> None:
    """Deaths and clearance, in place, as `fate` says."""
    for slot in range(solid.count[0]):
        r = np.int64(fate[slot])
        if r >= 0:
            turn_into(solid, slot, rules.code[r, OTHER])
            fired[r] += 1


@kernel
def fill(
    rules: Rules,
    solid: Layer,
    ground: Ground,
    moment: Moment,
    born: Integer,
    mothers: Places,
    rules_of: Places,
    place: Codes,
    reached: Places,
    claim: Places,
    filled: Integers,
    fired: Integers,
) -> None:
    """Daughters take the nearest freed voxel; the nearer mother wins, losers look on.

    Who finds none within reach seeks farther (SEEKS). `born`: daughters listed.
    """
    waiting = 0
    for i in range(born):
        reached[i] = 0
        waiting += place[i] == FILLS
    while waiting > 0:
        for i in range(born):
            if place[i] == FILLS:
                _claim_freed(solid, ground, moment, i, mothers, rules_of, place, reached, claim)
        waiting = 0
        for i in range(born):
            if place[i] == FILLS:
                waiting += _take_freed(
                    rules, solid, ground, moment, i, mothers, rules_of, place, reached, claim, filled, fired
                )


@kernel
def _order_of(ground: Ground, moment: Moment, mother: Integer) -> int:
    """The search order of this mother (a voxel): ties of distance have no common direction."""
    return int(uniform4(moment.seed, _EDGE, np.int64(mother), moment.tick, 0)[0] * ground.orders.shape[0])


@kernel
def _claim_freed(
    solid: Layer,
    ground: Ground,
    moment: Moment,
    i: Integer,
    mothers: Places,
    rules_of: Places,
    place: Codes,
    reached: Places,
    claim: Places,
) -> None:
    """Daughter i looks on along her search order and claims the next freed voxel, if she is nearer."""
    order = _order_of(ground, moment, mothers[i])
    steps = ground.orders.shape[1]
    wanted = ground.into[rules_of[i]]
    while reached[i] < steps and solid.type_at[mothers[i] + ground.orders[order, reached[i]]] != wanted:
        reached[i] += 1
    if reached[i] == steps:
        place[i] = SEEKS
        return
    voxel = mothers[i] + ground.orders[order, reached[i]]
    rival = claim[voxel]
    if rival < 0 or (reached[i], mothers[i], i) < (reached[rival], mothers[rival], rival):
        claim[voxel] = i


@kernel
def _take_freed(
    rules: Rules,
    solid: Layer,
    ground: Ground,
    moment: Moment,
    i: Integer,
    mothers: Places,
    rules_of: Places,
    place: Codes,
    reached: Places,
    claim: Places,
    filled: Integers,
    fired: Integers,
) -> int:
    """Daughter i moves into the voxel she claimed: 0; 1 if she lost it and must look on."""
    order = _order_of(ground, moment, mothers[i])
    voxel = mothers[i] + ground.orders[order, reached[i]]
    if claim[voxel] != i:
        return 1
    filled[ground.into[rules_of[i]]] += 1
    turn_into(solid, np.int64(solid.slot_at[voxel]), rules.code[rules_of[i], CELL])
    inherit(solid, mothers[i], voxel, ground.inherited)
    claim[voxel] = -1
    fired[rules_of[i]] += 1
    place[i] = -1
    return 0


@kernel
def _nearest(
    strides: Integers,
    moment: Moment,
    origin: Integer,
    places: Places,
    count: Integer,
    solid: Layer,
    wanted: Integer,
) -> int:
    """Index of the listed place nearest to `origin` that still holds `wanted`, -1 if none does.

    Of equally near places the one with the highest draw is taken, so that ties have no direction. `places`:
    int32, voxels, of which the first `count`; `strides`: int64 [dimensions] of the padded lattice; `wanted`:
    type code.
    """
    best, found = _FARTHEST, -1
    limit = best
    for i in range(count):
        # so far away in the flat index is a farther row (or layer) than the best, whatever the column
        if abs(np.int64(places[i]) - origin) > limit or solid.type_at[places[i]] != wanted:
            continue
        a, b, square = origin, np.int64(places[i]), 0
        for axis in range(strides.size):
            here, there = a // strides[axis], b // strides[axis]
            square += (here - there) * (here - there)
            a, b = a - here * strides[axis], b - there * strides[axis]
        if square < best or (square == best and _is_drawn(moment, origin, places[i], places[found])):
            best, found = square, i
            limit = (int(math.sqrt(best)) + 1) * strides[0]
    return found


@kernel
def _is_drawn(moment: Moment, origin: Integer, place: Integer, rival: Integer) -> bool:
    """Whether the own draw of voxel `place` for this `origin` beats that of its `rival`."""
    mine = uniform4(moment.seed, _EDGE, np.int64(place), moment.tick, origin)[0]
    return mine > uniform4(moment.seed, _EDGE, np.int64(rival), moment.tick, origin)[0]


@kernel
def fill_far(
    rules: Rules,
    solid: Layer,
    ground: Ground,
    moment: Moment,
    born: Integer,
    mothers: Places,
    rules_of: Places,
    place: Codes,
    places: Places,
    wanted: Integer,
    filled: Integers,
    fired: Integers,
) -> None:
    """Daughters that found nothing near take the nearest freed voxel anywhere, of those in `places`.

    Where none is left the tumour widens, as ever with a third out of a section's plane. `places`: int32,
    voxels that held type `wanted`; `born`: daughters listed.
    """
    for i in range(born):
        if place[i] == SEEKS and ground.into[rules_of[i]] == wanted:
            mother = np.int64(mothers[i])
            nearest = _nearest(ground.strides, moment, mother, places, places.size, solid, wanted)
            u = uniform4(moment.seed, _EDGE, mother, moment.tick, 0)[1]
            place[i] = LEFT if ground.section and 3.0 * u < 1.0 else WIDENS
            if nearest >= 0:
                turn_into(solid, np.int64(solid.slot_at[places[nearest]]), rules.code[rules_of[i], CELL])
                inherit(solid, mother, np.int64(places[nearest]), ground.inherited)
                filled[wanted] += 1
                fired[rules_of[i]] += 1
                place[i] = -1


@kernel
def widen(
    solid: Layer,
    ground: Ground,
    moment: Moment,
    origins: Places,
    cell_type: Integer,
    edge: Places,
    edges: Integer,
    joined: Integers,
) -> bool:
    """For each origin the bed gains the nearest voxel at its edge, for now of `cell_type`.

    False if the lattice is full. `origins`: int, voxels; `edge`: int32 list of which `edges` are in use;
    `joined`: int64 [origins], written.
    """
    for i in range(origins.size):
        nearest = _nearest(ground.strides, moment, np.int64(origins[i]), edge, edges, solid, 0)
        if nearest < 0:
            return False
        voxel = np.int64(edge[nearest])
        put(solid, voxel, cell_type)
        joined[i] = voxel
        edge[nearest] = edge[edges - 1]
        edges = _extend_edge(solid, ground, voxel, edge, edges - 1)
    return True


@kernel
def _extend_edge(solid: Layer, ground: Ground, voxel: Integer, edge: Places, edges: Integer) -> Integer:
    """Empty neighbours of a voxel that just joined become edge; returns the length of the list by now.

    `edge`: int32 list of which `edges` are in use; a repeated entry is skipped once taken.
    """
    for k in range(ground.faces.size):
        place = voxel + ground.faces[k]
        if solid.type_at[place] == 0:
            edge[edges] = place
            edges += 1
    return edges


@kernel
def settle_types(
    solid: Layer, voxels: Integers, types: Integers, own: Integer, mothers: Places, inherited: Flags
) -> None:
    """Give voxels that joined the bed the type of their place in the tissue mix.

    Cells of type `own` have the traits of `mothers` that are `inherited` (bool [traits]). `voxels`, `types`:
    int64 [n].
    """
    for i in range(voxels.size):
        turn_into(solid, np.int64(solid.slot_at[voxels[i]]), np.int64(types[i]))
        if types[i] == own:
            inherit(solid, np.int64(mothers[i]), voxels[i], inherited)
