"""The immune clock: death, change of type, division and arrival of immune cells."""

from numba import njit

from sim.cells import put, remove, turn_into
from sim.motion import settle_steps
from sim.rates import offspring, probability, rate_of
from sim.rng import Stream, uniform4
from sim.table import BECOMES, CELL, DAUGHTER, DIVIDES, OTHER, VERB
from sim.tissue import TYPE, VOXEL

_LIFE_PHASE = 1
_LIFE, _CONTEST = int(Stream.IMMUNE_LIFE), int(Stream.IMMUNE_CONTEST)
_ENTER, _ENTER_CONTEST, _ENTER_TRAIT = int(Stream.ENTER), int(Stream.ENTER_CONTEST), int(Stream.ENTER_TRAIT)


@njit(cache=True, nogil=True)
def _free_place(immune_at, solid_at, touching, voxel, u):
    """A random empty voxel of the immune layer at or beside `voxel`, inside the bed; -1 if none."""
    n = 0
    for k in range(touching.size):
        n += immune_at[voxel + touching[k]] == 0 and solid_at[voxel + touching[k]] > 0
    wanted = int(u * n)
    for k in range(touching.size):
        place = voxel + touching[k]
        if immune_at[place] == 0 and solid_at[place] > 0:
            if wanted == 0:
                return place
            wanted -= 1
    return -1


@njit(cache=True, nogil=True)
def decide_lives(world, seed, tick, hours, fate, target):
    """fate[slot]: the rule that fires, -1 none; target[slot]: where a daughter would go. Death goes before division."""
    immune, rules = world.immune, world.rules
    for slot in range(immune.count[0]):
        fate[slot], target[slot] = -1, -1
        kind, voxel = immune.cell[slot, TYPE], int(immune.cell[slot, VOXEL])
        first, last = rules.start[_LIFE_PHASE, kind], rules.start[_LIFE_PHASE, kind + 1]
        for wanted in range(3):
            for k in range(first, last):
                r = int(rules.order[k])
                if fate[slot] >= 0 or rules.code[r, VERB] != wanted:
                    continue
                rate = rate_of(world, r, immune, slot, voxel)
                if rate == 0.0:
                    continue
                u, u_place, _, _ = uniform4(seed, _LIFE, voxel, tick, r)
                if wanted == DIVIDES and offspring(u, rate, hours) > 0:
                    fate[slot], target[slot] = r, _free_place(immune.type_at, world.solid.type_at, world.touching, voxel, u_place)
                elif wanted != DIVIDES and u < probability(rate, hours):
                    fate[slot] = r


@njit(cache=True, nogil=True)
def live(world, seed, tick, hours, fate, target, claim, fired):
    """One immune tick of deaths, changes and divisions; a division without room does not happen."""
    immune, rules = world.immune, world.rules
    decide_lives(world, seed, tick, hours, fate, target)
    settle_steps(world, _CONTEST, seed, tick, target, claim)
    present = immune.count[0]
    for slot in range(present):
        r = int(fate[slot])
        if r >= 0 and rules.code[r, VERB] == DIVIDES and target[slot] >= 0:
            _divide(immune, rules, slot, int(target[slot]), r)
            fired[r] += 1
    for slot in range(present - 1, -1, -1):
        r = int(fate[slot])
        if r < 0 or rules.code[r, VERB] == DIVIDES:
            continue
        fired[r] += 1
        if rules.code[r, VERB] == BECOMES or rules.code[r, OTHER] > 0:
            turn_into(immune, slot, rules.code[r, OTHER])
        else:
            remove(immune, slot)


@njit(cache=True, nogil=True)
def _divide(immune, rules, mother, place, r):
    daughter = put(immune, place, immune.cell[mother, TYPE])
    for t in range(immune.trait.shape[1]):
        value = rules.number[r, DAUGHTER + t]
        if value == value:  # not nan: set in both cells
            immune.trait[mother, t] = value
        immune.trait[daughter, t] = immune.trait[mother, t]


@njit(cache=True, nogil=True)
def enter(world, r, gates, seed, tick, hours, target, claim, initial, is_share, fired):
    """Arrivals of rule r through the voxels `gates`; one that finds no room turns back. Returns how many did."""
    immune = world.immune
    turned_back = 0
    for i in range(gates.size):
        target[i] = -1
        gate = int(gates[i])
        rate = rate_of(world, r, world.solid, int(world.solid.slot_at[gate]), gate)
        u, u_place, _, _ = uniform4(seed, _ENTER, gate, tick, r)
        if u < probability(rate, hours):
            place = _free_place(immune.type_at, world.solid.type_at, world.touching, gate, u_place)
            turned_back += place < 0 or _contest(seed, tick, i, place, gates, target, claim)
    for i in range(gates.size):
        if target[i] >= 0:
            claim[target[i]] = -1
            slot = put(immune, int(target[i]), world.rules.code[r, CELL])
            give_traits(immune, slot, seed, _ENTER_TRAIT, tick, initial, is_share)
            fired[r] += 1
    return turned_back


@njit(cache=True, nogil=True)
def _contest(seed, tick, i, place, gates, target, claim):
    """Gate i claims a place; of two, the higher draw of the place keeps it. True if somebody turned back."""
    rival = int(claim[place])
    if rival >= 0:
        mine = uniform4(seed, _ENTER_CONTEST, place, tick, int(gates[i]))[0]
        if mine <= uniform4(seed, _ENTER_CONTEST, place, tick, int(gates[rival]))[0]:
            return True
        target[rival] = -1
    claim[place] = i
    target[i] = place
    return rival >= 0


@njit(cache=True, nogil=True)
def give_traits(immune, slot, seed, stream, tick, initial, is_share):
    """A new cell's traits: its type's values, or 1 with the chance declared."""
    kind, voxel = immune.cell[slot, TYPE], int(immune.cell[slot, VOXEL])
    for t in range(immune.trait.shape[1]):
        value = initial[kind, t]
        if is_share[kind, t]:
            value = 1.0 if uniform4(seed, stream, voxel, tick, t)[0] < value else 0.0
        immune.trait[slot, t] = value
