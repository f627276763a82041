"""The immune clock: death, change of type, division and arrival of immune cells."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import BECOMES, CELL, DAUGHTER, DIVIDES, OTHER, PHASES, VERB, Rules
from il2sim.sim.kernels.cell_tables import Claims, TypeIndex, put, remove, turn_into
from il2sim.sim.kernels.jit import Codes, Floats, Integer, Integers, Places, kernel
from il2sim.sim.kernels.migration import settle_steps
from il2sim.sim.kernels.neighbourhood import World
from il2sim.sim.kernels.rates import happens, offspring
from il2sim.sim.kernels.rng import Moment, Stream, uniform4
from il2sim.sim.kernels.thinning import Candidates, find_candidates, take_chunk
from il2sim.sim.kernels.traits import CHUNK
from il2sim.sim.tissue import TYPE, VOXEL, Layer

_LIFE_PHASE, _ENTER_PHASE = PHASES.index("life"), PHASES.index("enter")
_LIFE, _CONTEST = int(Stream.IMMUNE_LIFE), int(Stream.IMMUNE_CONTEST)
_ENTER, _ENTER_CONTEST, _ENTER_TRAIT = int(Stream.ENTER), int(Stream.ENTER_CONTEST), int(Stream.ENTER_TRAIT)


class Gates(NamedTuple):
    """Voxels that let cells in."""

    voxel: NDArray[np.int64]
    slot: NDArray[np.int64]  # in the solid layer
    fate: NDArray[np.int32]  # [cells] -1: nothing has happened to them


class Arrival(NamedTuple):
    """Traits of new cells."""

    trait: NDArray[np.float64]  # [types, traits] value, or the share of cells that carry 1
    is_share: NDArray[np.bool_]


@kernel
def _free_place(immune_at: Codes, solid_at: Codes, touching: Integers, voxel: Integer, u: float) -> Integer:
    """A random empty voxel of the immune layer at or beside `voxel`, inside the bed; -1 if none.

    `immune_at`: int8 [voxels], type codes of the immune layer; `u`: the draw that chooses.
    """
    n = 0
    for k in range(touching.size):
        n += immune_at[voxel + touching[k]] == 0 and solid_at[voxel + touching[k]] > 0
    wanted = int(u * n)
    for k in range(touching.size):
        place: Integer = voxel + touching[k]
        if immune_at[place] == 0 and solid_at[place] > 0:
            if wanted == 0:
                return place
            wanted -= 1
    return -1


@kernel
def decide_lives(
    rules: Rules,
    world: World,
    by_type: TypeIndex,
    view: Floats,
    moment: Moment,
    found: Candidates,
    fate: Places,
    target: Places,
) -> None:
    """fate[slot]: the rule that fires, -1 none; target[slot]: where a daughter would go, -1 nowhere.

    A phase lists deaths first, then changes, then divisions, so death goes before division. `fate`, `target`:
    int32 [cells].
    """
    immune = world.immune
    fate[: immune.count[0]] = -1
    target[: immune.count[0]] = -1
    for kind in range(1, by_type.start.size - 1):
        first_rule, end = rules.start[_LIFE_PHASE, kind], rules.start[_LIFE_PHASE, kind + 1]
        for first in range(by_type.start[kind], by_type.start[kind + 1] if first_rule < end else 0, CHUNK):
            slots = by_type.slot[first : min(first + CHUNK, by_type.start[kind + 1])]
            take_chunk(immune, slots, found)
            for k in range(first_rule, end):
                r = rules.order[k]
                n = find_candidates(
                    world, _LIFE_PHASE, rules, r, kind, immune, slots, fate, _LIFE, moment, view, found
                )
                _draw_fates(rules, r, world, n, moment.hours, found, fate, target)


@kernel
def _draw_fates(
    rules: Rules,
    r: Integer,
    world: World,
    n: int,
    hours: float,
    found: Candidates,
    fate: Places,
    target: Places,
) -> None:
    """Whether rule r fires for each of `n` candidates; of a division, also the target."""
    divides = rules.code[r, VERB] == DIVIDES
    for i in range(n):
        if divides and offspring(found.u[i], found.rate[i], hours) > 0:
            fate[found.slot[i]] = r
            target[found.slot[i]] = _free_place(
                world.immune.type_at, world.solid_at, world.touching, found.voxel[i], found.u_place[i]
            )
        elif not divides and happens(found.u[i], found.rate[i], hours):
            fate[found.slot[i]] = r


@kernel
def live(
    rules: Rules,
    world: World,
    by_type: TypeIndex,
    view: Floats,
    moment: Moment,
    found: Candidates,
    fate: Places,
    claims: Claims,
    fired: Integers,
) -> None:
    """One immune tick of deaths, changes and divisions; a division without room does not happen."""
    immune, target = world.immune, claims.target
    decide_lives(rules, world, by_type, view, moment, found, fate, target)
    present = immune.count[0]
    going = 0
    for slot in range(present):
        claims.rivals[going] = slot
        going += target[slot] >= 0
    settle_steps(immune, going, _CONTEST, moment.seed, moment.tick, claims)
    for slot in range(present):
        r = np.int64(fate[slot])
        if r >= 0 and rules.code[r, VERB] == DIVIDES and target[slot] >= 0:
            _divide(immune, rules, slot, np.int64(target[slot]), r)
            fired[r] += 1
    for slot in range(present - 1, -1, -1):
        r = np.int64(fate[slot])
        if r < 0 or rules.code[r, VERB] == DIVIDES:
            continue
        fired[r] += 1
        if rules.code[r, VERB] == BECOMES or rules.code[r, OTHER] > 0:
            turn_into(immune, slot, rules.code[r, OTHER])
        else:
            remove(immune, slot)


@kernel
def _divide(immune: Layer, rules: Rules, mother: Integer, place: Integer, r: Integer) -> None:
    """Put the daughter of slot `mother` on the voxel `place`; rule r says the traits of both.

    A daughter's value that is nan means as the mother's.
    """
    daughter, traits = put(immune, place, immune.cell[mother, TYPE]), immune.trait.shape[1]
    for t in range(traits):
        value, more = rules.number[r, DAUGHTER + t], rules.number[r, DAUGHTER + traits + t]
        immune.trait[mother, t] += more
        immune.trait[daughter, t] = value + more if value == value else immune.trait[mother, t]  # nan: as she


@kernel
def enter(
    rules: Rules,
    r: Integer,
    world: World,
    solid: Layer,
    gates: Gates,
    view: Floats,
    moment: Moment,
    found: Candidates,
    claims: Claims,
    arrival: Arrival,
    fired: Integers,
) -> Integer:
    """Arrivals of rule r through the gates; one that finds no room turns back. Returns how many did."""
    turned_back: Integer = 0
    target, claim, immune, kind = claims.target, claims.claim, world.immune, rules.code[r, CELL]
    coming = 0
    for first in range(0, gates.voxel.size, CHUNK):
        slots = gates.slot[first : first + CHUNK]
        take_chunk(solid, slots, found)
        n = find_candidates(
            world, _ENTER_PHASE, rules, r, kind, solid, slots, gates.fate, _ENTER, moment, view, found
        )
        for i in range(n):
            if happens(found.u[i], found.rate[i], moment.hours):
                voxel, u_place = found.voxel[i], found.u_place[i]
                place = _free_place(immune.type_at, solid.type_at, world.touching, voxel, u_place)
                claims.rivals[coming], target[coming] = voxel, -1
                turned_back += place < 0 or _claims(
                    moment.seed, moment.tick, coming, place, claims.rivals, target, claim
                )
                coming += 1
    for i in range(coming):
        if target[i] >= 0:
            claim[target[i]] = -1
            slot = put(immune, np.int64(target[i]), kind)
            give_traits(immune, slot, moment.seed, _ENTER_TRAIT, moment.tick, arrival)
            fired[r] += 1
    return turned_back


@kernel
def _claims(
    seed: Integer, tick: Integer, i: Integer, place: Integer, gates: Places, target: Places, claim: Places
) -> bool:
    """Gate i claims a place; of two, the higher draw of the place keeps it. True if somebody turned back.

    `place`: voxel; `gates`: int32 [gates], voxels; `target`: int32 [gates], voxel claimed, -1 none.
    """
    rival = int(claim[place])
    if rival >= 0:
        mine = uniform4(seed, _ENTER_CONTEST, place, tick, np.int64(gates[i]))[0]
        if mine <= uniform4(seed, _ENTER_CONTEST, place, tick, np.int64(gates[rival]))[0]:
            return True
        target[rival] = -1
    claim[place] = i
    target[i] = place
    return rival >= 0


@kernel
def give_traits(
    immune: Layer, slot: Integer, seed: Integer, stream: Integer, tick: Integer, arrival: Arrival
) -> None:
    """Sample the traits of a new cell in `slot`, one random stream for all of them."""
    for t in range(immune.trait.shape[1]):
        immune.trait[slot, t] = first_trait(immune, slot, t, seed, stream, tick, arrival)


@kernel
def first_trait(
    immune: Layer, slot: Integer, t: Integer, seed: Integer, stream: Integer, tick: Integer, arrival: Arrival
) -> float:
    """What a new cell in `slot` has of trait t: its type's value, or 1 with the chance declared."""
    kind, voxel = immune.cell[slot, TYPE], immune.cell[slot, VOXEL]
    value: float = arrival.trait[kind, t]
    if arrival.is_share[kind, t]:
        return 1.0 if uniform4(seed, stream, voxel, tick, t)[0] < value else 0.0
    return value
