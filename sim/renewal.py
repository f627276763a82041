"""The immune clock: death, change of type, division and arrival of immune cells."""

from sim.jit import kernel

import numpy as np

from sim.cells import put, remove, turn_into
from sim.motion import settle_steps
from sim.rates import happens, offspring, rate_of
from sim.rng import Stream, uniform4
from sim.table import BECOMES, CELL, DAUGHTER, DIVIDES, OTHER, PHASES, VERB
from sim.tissue import TYPE, VOXEL

_LIFE_PHASE = PHASES.index("life")
_LIFE, _CONTEST = int(Stream.IMMUNE_LIFE), int(Stream.IMMUNE_CONTEST)
_ENTER, _ENTER_CONTEST, _ENTER_TRAIT = int(Stream.ENTER), int(Stream.ENTER_CONTEST), int(Stream.ENTER_TRAIT)


@kernel
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


@kernel
def decide_lives(rules, immune, solid_at, touching, view, seed, tick, hours, fate, target):
    """fate[slot]: the rule that fires, -1 none; target[slot]: where a daughter would go. Death goes before division."""
    for slot in range(immune.count[0]):
        fate[slot], target[slot] = -1, -1
        kind, voxel = immune.cell[slot, TYPE], immune.cell[slot, VOXEL]
        first, last = rules.start[_LIFE_PHASE, kind], rules.start[_LIFE_PHASE, kind + 1]
        for wanted in range(3):
            for k in range(first, last):
                r = rules.order[k]
                if fate[slot] >= 0 or rules.code[r, VERB] != wanted:
                    continue
                rate = rate_of(rules, r, immune.trait, slot, view, slot)
                if rate == 0.0:
                    continue
                u, u_place, _, _ = uniform4(seed, _LIFE, voxel, tick, r)
                if wanted == DIVIDES and offspring(u, rate, hours) > 0:
                    fate[slot], target[slot] = r, _free_place(immune.type_at, solid_at, touching, voxel, u_place)
                elif wanted != DIVIDES and happens(u, rate, hours):
                    fate[slot] = r


@kernel
def live(rules, immune, solid_at, touching, view, seed, tick, hours, fate, target, claim, fired):
    """One immune tick of deaths, changes and divisions; a division without room does not happen."""
    decide_lives(rules, immune, solid_at, touching, view, seed, tick, hours, fate, target)
    settle_steps(immune, _CONTEST, seed, tick, target, claim)
    present = immune.count[0]
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
def _divide(immune, rules, mother, place, r):
    daughter = put(immune, place, immune.cell[mother, TYPE])
    for t in range(immune.trait.shape[1]):
        value = rules.number[r, DAUGHTER + t]
        if value == value:  # not nan: set in both cells
            immune.trait[mother, t] = value
        immune.trait[daughter, t] = immune.trait[mother, t]


@kernel
def enter(rules, r, immune, solid, touching, gates, view, seed, tick, hours, target, claim, initial, is_share, fired):
    """Arrivals of rule r through the voxels `gates`; one that finds no room turns back. Returns how many did."""
    turned_back = 0
    for i in range(gates.size):
        target[i] = -1
        gate = np.int64(gates[i])
        rate = rate_of(rules, r, solid.trait, np.int64(solid.slot_at[gate]), view, i)
        u, u_place, _, _ = uniform4(seed, _ENTER, gate, tick, r)
        if happens(u, rate, hours):
            place = _free_place(immune.type_at, solid.type_at, touching, gate, u_place)
            turned_back += place < 0 or _contest(seed, tick, i, place, gates, target, claim)
    for i in range(gates.size):
        if target[i] >= 0:
            claim[target[i]] = -1
            slot = put(immune, np.int64(target[i]), rules.code[r, CELL])
            give_traits(immune, slot, seed, _ENTER_TRAIT, tick, initial, is_share)
            fired[r] += 1
    return turned_back


@kernel
def _contest(seed, tick, i, place, gates, target, claim):
    """Gate i claims a place; of two, the higher draw of the place keeps it. True if somebody turned back."""
    rival = np.int64(claim[place])
    if rival >= 0:
        mine = uniform4(seed, _ENTER_CONTEST, place, tick, np.int64(gates[i]))[0]
        if mine <= uniform4(seed, _ENTER_CONTEST, place, tick, np.int64(gates[rival]))[0]:
            return True
        target[rival] = -1
    claim[place] = i
    target[i] = place
    return rival >= 0


@kernel
def give_traits(immune, slot, seed, stream, tick, initial, is_share):
    """A new cell's traits: its type's values, or 1 with the chance declared."""
    kind, voxel = immune.cell[slot, TYPE], immune.cell[slot, VOXEL]
    for t in range(immune.trait.shape[1]):
        value = initial[kind, t]
        if is_share[kind, t]:
            value = 1.0 if uniform4(seed, stream, voxel, tick, t)[0] < value else 0.0
        immune.trait[slot, t] = value
