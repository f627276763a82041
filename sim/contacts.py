"""The contact clock: hits on touching victims, their wounds and repair, lysis, and letting go.

A cell that has hit a victim stops and keeps it until it dies or contact ends. All hits on one victim count.
"""

from typing import NamedTuple

import numpy as np
from sim.jit import kernel
from numpy.typing import NDArray

from sim.cells import turn_into
from sim.looking import count_near, look
from sim.rates import landing_of, poisson, happens, rate_by_traits, rate_of
from sim.rng import Stream, uniform4
from sim.sensing import move_traits
from sim.table import OTHER, PHASES, RELEASE
from sim.tissue import PARTNER, TYPE, VOXEL

_HIT_PHASE, _WOUND_PHASE, _LYSIS_PHASE = (PHASES.index(name) for name in ("hit", "wound", "lysis"))
_HIT, _LYSIS = int(Stream.HIT), int(Stream.LYSIS)
_HEALED = 1e-2  # hits: far below any response; then the voxel leaves the list


class Fray(NamedTuple):
    """Who can hit now, and who is wounded."""

    slot: NDArray[np.int64]  # [capacity] hitters
    kind: NDArray[np.int64]
    voxel: NDArray[np.int64]
    rule: NDArray[np.int64]
    rate: NDArray[np.float64]  # 1/h
    wounded: NDArray[np.int32]  # [voxels] list of wounded voxels
    lysed: NDArray[np.int32]  # [voxels] list of the voxels lysed in this sub-step
    count: NDArray[np.int64]  # [3] hitters, wounded, lysed
    is_listed: NDArray[np.bool_]  # [voxels]
    fresh: NDArray[np.int32]  # [voxels] hits of this sub-step
    is_lysed: NDArray[np.bool_]  # [voxels]


@kernel
def list_hitters(world, rules, fray, view):
    """Everyone who holds a victim, or touches one with a rate above 0; their rates stand for this tick."""
    immune = world.immune
    n = 0
    for slot in range(immune.count[0]):
        cell = immune.cell[slot]
        kind, voxel = cell[TYPE], cell[VOXEL]
        for k in range(rules.start[_HIT_PHASE, kind], rules.start[_HIT_PHASE, kind + 1]):
            r = rules.order[k]
            victim = rules.code[r, OTHER]
            if cell[PARTNER] >= 0 and world.solid_at[cell[PARTNER]] != victim:
                cell[PARTNER] = -1
            is_able = rate_by_traits(rules, r, immune.trait, slot, view) > 0.0
            if cell[PARTNER] >= 0 or (is_able and count_near(world.solid_at, world.touching, voxel, victim) > 0):
                fray.slot[n], fray.kind[n], fray.voxel[n], fray.rule[n] = slot, kind, voxel, r
                n += 1
    look(world, _HIT_PHASE, fray.kind, fray.voxel, n, view)
    for i in range(n):
        fray.rate[i] = rate_of(rules, np.int64(fray.rule[i]), immune.trait, np.int64(fray.slot[i]), view, i)
    fray.count[0] = n


@kernel
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


@kernel
def strike(world, rules, solid, fray, view, seed, moment, hours):
    """Hits of one sub-step; the first hit engages, contact may end before a hit."""
    for i in range(fray.count[0]):
        r, voxel, cell = np.int64(fray.rule[i]), np.int64(fray.voxel[i]), world.immune.cell[fray.slot[i]]
        u_release, u_hits, u_victim, _ = uniform4(seed, _HIT, voxel, moment, r)
        victim = cell[PARTNER]
        if victim >= 0 and happens(u_release, rules.number[r, RELEASE], hours):
            cell[PARTNER] = -1
            continue
        if victim < 0:
            victim = _choose_victim(solid.type_at, world.touching, voxel, rules.code[r, OTHER], u_victim)
        if victim < 0:
            continue
        landing = landing_of(rules, r, solid.trait, np.int64(solid.slot_at[victim]), view)
        hits = poisson(u_hits, fray.rate[i] * landing * hours)
        if hits > 0:
            cell[PARTNER] = victim
            fray.fresh[victim] += hits
            if not fray.is_listed[victim]:
                fray.is_listed[victim] = True
                fray.wounded[fray.count[1]] = victim
                fray.count[1] += 1


@kernel
def suffer(rules, solid, fray, raised, view, bounded, seed, moment, hours, frozen, gain, loss, fired):
    """Wounds heal for half a sub-step, take the hits, may kill, and heal for the other half.

    `raised` is the trait that hits raise. In frozen tissue a death is counted and the victim made whole again.
    """
    kept = 0
    for i in range(fray.count[1]):
        voxel = np.int64(fray.wounded[i])
        slot = np.int64(solid.slot_at[voxel])
        kind = solid.cell[slot, TYPE]
        move_traits(rules, _WOUND_PHASE, kind, solid.trait, slot, view, 0, bounded, 0.5 * hours, gain, loss)
        if fray.fresh[voxel] > 0:
            solid.trait[slot, raised] += fray.fresh[voxel]
            fray.fresh[voxel] = 0
        _lyse(rules, solid, fray, slot, view, seed, moment, hours, frozen, fired)
        kind = solid.cell[slot, TYPE]
        move_traits(rules, _WOUND_PHASE, kind, solid.trait, slot, view, 0, bounded, 0.5 * hours, gain, loss)
        if solid.trait[slot, raised] > _HEALED:
            fray.wounded[kept] = voxel
            kept += 1
        else:
            solid.trait[slot, raised] = 0.0
            fray.is_listed[voxel] = False
    fray.count[1] = kept


@kernel
def _lyse(rules, solid, fray, slot, view, seed, moment, hours, frozen, fired):
    kind, voxel = solid.cell[slot, TYPE], solid.cell[slot, VOXEL]
    for k in range(rules.start[_LYSIS_PHASE, kind], rules.start[_LYSIS_PHASE, kind + 1]):
        r = rules.order[k]
        rate = rate_of(rules, r, solid.trait, slot, view, 0)
        if rate > 0.0 and happens(uniform4(seed, _LYSIS, voxel, moment, r)[0], rate, hours):
            fired[r] += 1
            fray.is_lysed[voxel] = True
            fray.lysed[fray.count[2]] = voxel
            fray.count[2] += 1
            turn_into(solid, slot, kind if frozen else rules.code[r, OTHER])
            return


@kernel
def let_go(immune, fray):
    """Whoever held a victim that died is free again."""
    for i in range(fray.count[0]):
        cell = immune.cell[fray.slot[i]]
        if cell[PARTNER] >= 0 and fray.is_lysed[cell[PARTNER]]:
            cell[PARTNER] = -1
    for i in range(fray.count[2]):
        fray.is_lysed[fray.lysed[i]] = False
    fray.count[2] = 0


@kernel
def contact_tick(world, rules, solid, fray, raised, view, bounded, seed, tick, hours, substeps, frozen, gain, loss, fired):
    """All contact sub-steps of one tick of `hours`."""
    list_hitters(world, rules, fray, view)
    for step in range(substeps):
        moment = tick * substeps + step
        strike(world, rules, solid, fray, view, seed, moment, hours / substeps)
        suffer(rules, solid, fray, raised, view, bounded, seed, moment, hours / substeps, frozen, gain, loss, fired)
        let_go(world.immune, fray)
