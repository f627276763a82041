"""The contact clock: hits on touching victims, their wounds and repair, lysis, and letting go.

A cell that has hit a victim stops and keeps it until it dies or contact ends. All hits on one victim count.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.cells import turn_into
from sim.rates import count_near, landing_of, poisson, probability, rate_of
from sim.rng import Stream, uniform4
from sim.sensing import move_traits
from sim.table import OTHER, RELEASE
from sim.tissue import PARTNER, TYPE, VOXEL

_HIT_PHASE, _WOUND_PHASE, _LYSIS_PHASE = 3, 4, 5
_HIT, _LYSIS = int(Stream.HIT), int(Stream.LYSIS)
_HEALED = 1e-3  # a hundredth of a hit is far below any response; then the voxel leaves the list


class Fray(NamedTuple):
    """Who can hit now, and who is wounded."""

    slot: NDArray[np.int32]  # [capacity] hitters
    rule: NDArray[np.int32]
    rate: NDArray[np.float64]  # 1/h
    wounded: NDArray[np.int32]  # [voxels] list of wounded voxels
    lysed: NDArray[np.int32]  # [voxels] list of the voxels lysed in this sub-step
    count: NDArray[np.int64]  # [3] hitters, wounded, lysed
    is_listed: NDArray[np.bool_]  # [voxels]
    fresh: NDArray[np.int32]  # [voxels] hits of this sub-step
    is_lysed: NDArray[np.bool_]  # [voxels]


@njit(cache=True, nogil=True)
def list_hitters(world, fray):
    """Everyone who holds a victim or touches one with a rate above 0; their rates stand for this tick."""
    immune, rules = world.immune, world.rules
    n = 0
    for slot in range(immune.count[0]):
        cell = immune.cell[slot]
        voxel = int(cell[VOXEL])
        for k in range(rules.start[_HIT_PHASE, cell[TYPE]], rules.start[_HIT_PHASE, cell[TYPE] + 1]):
            r = int(rules.order[k])
            victim = rules.code[r, OTHER]
            if cell[PARTNER] >= 0 and world.solid.type_at[cell[PARTNER]] != victim:
                cell[PARTNER] = -1
            rate = rate_of(world, r, immune, slot, voxel)
            is_near = rate > 0.0 and count_near(world.solid.type_at, world.touching, voxel, victim) > 0
            if cell[PARTNER] >= 0 or is_near:
                fray.slot[n], fray.rule[n], fray.rate[n] = slot, r, rate
                n += 1
    fray.count[0] = n


@njit(cache=True, nogil=True)
def _choose_victim(type_at, touching, voxel, code, u):
    """A random one of the touching victims, or -1."""
    wanted = int(u * count_near(type_at, touching, voxel, code))
    for k in range(touching.size):
        place = voxel + touching[k]
        if type_at[place] == code:
            if wanted == 0:
                return place
            wanted -= 1
    return -1


@njit(cache=True, nogil=True)
def strike(world, fray, seed, moment, hours):
    """Hits of one sub-step; the first hit engages, contact may end before a hit."""
    rules = world.rules
    for i in range(fray.count[0]):
        r, cell = int(fray.rule[i]), world.immune.cell[fray.slot[i]]
        voxel = int(cell[VOXEL])
        u_release, u_hits, u_victim, _ = uniform4(seed, _HIT, voxel, moment, r)
        victim = int(cell[PARTNER])
        if victim >= 0 and u_release < probability(rules.number[r, RELEASE], hours):
            cell[PARTNER] = -1
            continue
        if victim < 0:
            victim = _choose_victim(world.solid.type_at, world.touching, voxel, rules.code[r, OTHER], u_victim)
        if victim < 0:
            continue
        hits = poisson(u_hits, fray.rate[i] * landing_of(world, r, victim) * hours)
        if hits > 0:
            cell[PARTNER] = victim
            fray.fresh[victim] += hits
            if not fray.is_listed[victim]:
                fray.is_listed[victim] = True
                fray.wounded[fray.count[1]] = victim
                fray.count[1] += 1


@njit(cache=True, nogil=True)
def suffer(world, fray, raised, bounded, seed, moment, hours, frozen, gain, loss, fired):
    """Wounds heal for half a sub-step, take the hits, may kill, and heal for the other half.

    `raised` is the trait that hits raise. In frozen tissue a death is counted and the victim made whole again.
    """
    solid = world.solid
    kept = 0
    for i in range(fray.count[1]):
        voxel = int(fray.wounded[i])
        slot = int(solid.slot_at[voxel])
        move_traits(world, solid, _WOUND_PHASE, slot, bounded, 0.5 * hours, gain, loss)
        if fray.fresh[voxel] > 0:
            solid.trait[slot, raised] += fray.fresh[voxel]
            fray.fresh[voxel] = 0
        _lyse(world, fray, slot, seed, moment, hours, frozen, fired)
        move_traits(world, solid, _WOUND_PHASE, slot, bounded, 0.5 * hours, gain, loss)
        if solid.trait[slot, raised] > _HEALED:
            fray.wounded[kept] = voxel
            kept += 1
        else:
            solid.trait[slot, raised] = 0.0
            fray.is_listed[voxel] = False
    fray.count[1] = kept


@njit(cache=True, nogil=True)
def _lyse(world, fray, slot, seed, moment, hours, frozen, fired):
    rules, solid = world.rules, world.solid
    kind, voxel = solid.cell[slot, TYPE], int(solid.cell[slot, VOXEL])
    for k in range(rules.start[_LYSIS_PHASE, kind], rules.start[_LYSIS_PHASE, kind + 1]):
        r = int(rules.order[k])
        rate = rate_of(world, r, solid, slot, voxel)
        if rate > 0.0 and uniform4(seed, _LYSIS, voxel, moment, r)[0] < probability(rate, hours):
            fired[r] += 1
            fray.is_lysed[voxel] = True
            fray.lysed[fray.count[2]] = voxel
            fray.count[2] += 1
            turn_into(solid, slot, kind if frozen else rules.code[r, OTHER])
            return


@njit(cache=True, nogil=True)
def let_go(world, fray):
    """Whoever held a victim that died is free again."""
    immune = world.immune
    for i in range(fray.count[0]):
        cell = immune.cell[fray.slot[i]]
        if cell[PARTNER] >= 0 and fray.is_lysed[cell[PARTNER]]:
            cell[PARTNER] = -1
    for i in range(fray.count[2]):
        fray.is_lysed[fray.lysed[i]] = False
    fray.count[2] = 0


@njit(cache=True, nogil=True)
def contact_tick(world, fray, raised, bounded, seed, tick, hours, substeps, frozen, gain, loss, fired):
    """All contact sub-steps of one tick of `hours`."""
    list_hitters(world, fray)
    for step in range(substeps):
        moment = tick * substeps + step
        strike(world, fray, seed, moment, hours / substeps)
        suffer(world, fray, raised, bounded, seed, moment, hours / substeps, frozen, gain, loss, fired)
        let_go(world, fray)
