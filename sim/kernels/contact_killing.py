"""The contact clock: hits on touching victims, their wounds, and letting go.

A cell that has hit a victim stops and keeps it until it dies or contact ends. All hits on one victim count:
wounds add up, heal, and may kill.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import OTHER, PHASES, RELEASE, Table
from il2sim.sim.counters import SimError
from il2sim.sim.kernels.cell_tables import turn_into
from il2sim.sim.kernels.jit import kernel
from il2sim.sim.kernels.neighbourhood import count_near, look
from il2sim.sim.kernels.rates import exposure_of, happens, hits_for, poisson, rates_by_traits, rates_of
from il2sim.sim.kernels.rng import Moment, Stream, draw_three
from il2sim.sim.kernels.traits import CHUNK, move_traits
from il2sim.sim.language.records import Rule
from il2sim.sim.tissue import PARTNER, TYPE, VOXEL, Tissue

_HIT_PHASE, _WOUND_PHASE, _LYSIS_PHASE = (PHASES.index(name) for name in ("hit", "wound", "lysis"))
_HIT, _LYSIS = int(Stream.HIT), int(Stream.LYSIS)
_HEALED = 0.05  # hits: a sixtieth of what kills; then the wound is closed and the voxel leaves the list
_NEVER = 1e-7  # chance of lysis in a sub-step below which no draw is made


class Fray(NamedTuple):
    """Who can hit now, and who is wounded."""

    slot: NDArray[np.int64]  # [capacity] hitters
    kind: NDArray[np.int64]
    voxel: NDArray[np.int64]
    rule: NDArray[np.int64]
    kills: NDArray[np.float64]  # 1/h, of a victim that nothing protects
    rate: NDArray[np.float64]  # hits 1/h that make them
    wounded: NDArray[np.int32]  # [voxels] list of wounded voxels
    slots: NDArray[np.int64]  # [CHUNK] of the wounded worked on
    places: NDArray[np.int64]  # [CHUNK] their voxels
    at_risk: NDArray[np.int64]  # [CHUNK] voxels of those that may be lysed
    chance: NDArray[np.float64]  # [CHUNK] their rates of lysis, 1/h
    at_slot: NDArray[np.int64]  # [CHUNK] their slots
    luck: NDArray[np.float64]  # [3, CHUNK] draws
    row: NDArray[np.int64]  # 0, 1, 2, ...
    lysed: NDArray[np.int32]  # [voxels] list of the voxels lysed in this sub-step
    count: NDArray[np.int64]  # [3] hitters, wounded, lysed
    is_listed: NDArray[np.bool_]  # [voxels]
    fresh: NDArray[np.int32]  # [voxels] hits of this sub-step
    is_lysed: NDArray[np.bool_]  # [voxels]
    last_by: NDArray[np.int8]  # [voxels] type of whoever hit the wounded cell here last, 0 nobody on record
    killed_by: NDArray[np.int8]  # [voxels] the same of the latest cell lysed here, 0 none
    killed: NDArray[np.int64]  # [immune types + 1] cells lysed, by the type whose hit was the last


@kernel
def list_hitters(world, rules, roll, fray, view, bench):
    """Everyone who holds a victim, or touches one with a rate above 0; their rates stand for this tick."""
    immune = world.immune
    fray.count[0] = 0
    for kind in range(1, roll.start.size - 1):
        for k in range(rules.start[_HIT_PHASE, kind], rules.start[_HIT_PHASE, kind + 1]):
            before = fray.count[0]
            for first in range(roll.start[kind], roll.start[kind + 1], CHUNK):
                slots = roll.slot[first : min(first + CHUNK, roll.start[kind + 1])]
                rates_by_traits(rules, rules.order[k], immune.trait, slots, view, bench.rate)
                _list_able(world, rules, rules.order[k], slots, bench.rate, fray)
            look(world, _HIT_PHASE, fray.kind[before:], fray.voxel[before:], fray.count[0] - before, view)
            for first in range(before, fray.count[0], CHUNK):
                last = min(first + CHUNK, fray.count[0])
                slots, rows = fray.slot[first:last], fray.row[first - before : last - before]
                rates_of(rules, rules.order[k], immune.trait, slots, view, rows, fray.kills[first:last])
            for i in range(before, fray.count[0]):
                fray.rate[i] = hits_for(rules.law[rules.order[k]], fray.kills[i])


@kernel
def _list_able(world, rules, r, slots, rate, fray):
    """Append those of `slots` that hold a victim of rule r, or touch one and could hit it.

    `rate`: float64 [CHUNK], 1/h, what their own traits let them kill. A held cell that changed type is let
    go.
    """
    victim = rules.code[r, OTHER]
    for i in range(slots.size):
        cell = world.immune.cell[slots[i]]
        if cell[PARTNER] >= 0 and world.solid_at[cell[PARTNER]] != victim:
            cell[PARTNER] = -1
        is_near = rate[i] > 0.0 and count_near(world.solid_at, world.touching, cell[VOXEL], victim) > 0
        if cell[PARTNER] >= 0 or is_near:
            n = fray.count[0]
            fray.slot[n], fray.kind[n], fray.voxel[n], fray.rule[n] = slots[i], cell[TYPE], cell[VOXEL], r
            fray.count[0] = n + 1


@kernel
def _choose_victim(type_at, touching, voxel, code, u):
    """A random one of the touching victims of type `code`, by the draw `u`; -1 if there is none."""
    wanted = int(u * count_near(type_at, touching, voxel, code))
    for k in range(touching.size):
        place = voxel + touching[k]
        if type_at[place] == code:
            if wanted == 0:
                return place
            wanted -= 1
    return -1


@kernel
def strike(world, rules, solid, fray, moment):
    """Hits of one sub-step; the first hit engages, contact may end before a hit."""
    first, count = 0, fray.count[0]
    while first < count:
        r, last = fray.rule[first], first + 1
        while last < count and last - first < CHUNK and fray.rule[last] == r:
            last += 1
        draw_three(moment.seed, _HIT, fray.voxel[first:last], moment.tick, r, fray.luck)
        _strike_together(world, rules, solid, fray, r, first, last, moment)
        first = last


@kernel
def _strike_together(world, rules, solid, fray, r, first, last, moment):
    """Hits of hitters first..last-1, all of rule r: let go, hit or miss, and list whom they wounded.

    Draws of one hitter in `fray.luck`: whether contact ends, how many hits, which victim.
    """
    for i in range(first, last):
        voxel, cell, k = fray.voxel[i], world.immune.cell[fray.slot[i]], i - first
        u_release, u_hits, u_victim = fray.luck[0, k], fray.luck[1, k], fray.luck[2, k]
        victim = cell[PARTNER]
        if victim >= 0 and happens(u_release, rules.number[r, RELEASE], moment.hours):
            cell[PARTNER] = -1
            continue
        if u_hits <= 1.0 - fray.rate[i] * moment.hours:  # never above exp(-mean): no hit, whoever the victim
            continue
        if victim < 0:
            victim = _choose_victim(solid.type_at, world.touching, voxel, rules.code[r, OTHER], u_victim)
        if victim < 0:
            continue
        exposed = exposure_of(rules, r, solid.trait, np.int64(solid.slot_at[victim]))
        rate = fray.rate[i] if exposed >= 1.0 else hits_for(rules.law[r], fray.kills[i] * exposed)
        hits = poisson(u_hits, rate * moment.hours)
        if hits > 0:
            cell[PARTNER] = victim
            fray.fresh[victim] += hits
            fray.last_by[victim] = fray.kind[i]
            if not fray.is_listed[victim]:
                fray.is_listed[victim] = True
                fray.wounded[fray.count[1]] = victim
                fray.count[1] += 1


@kernel
def suffer(rules, solid, fray, raised, view, moment, bench, fired):
    """Wounds heal for half a sub-step, take the hits, may kill, and heal for the other half.

    `raised` is the trait that hits raise.
    """
    for kind in range(1, rules.start.shape[1] - 1):
        first, listed = 0, fray.count[1] if _can_suffer(rules, kind) else 0
        while first < listed:
            n = 0
            while first < listed and n < CHUNK:
                voxel = fray.wounded[first]
                if solid.type_at[voxel] == kind:
                    fray.slots[n], fray.places[n] = solid.slot_at[voxel], voxel
                    n += 1
                first += 1
            _suffer_together(rules, solid, fray, kind, n, raised, view, moment, bench, fired)
    _close_wounds(solid, fray, raised)


@kernel
def _can_suffer(rules, kind):
    """Whether anybody hits solid type `kind`, or its wounds heal or kill."""
    for phase in (_WOUND_PHASE, _LYSIS_PHASE):
        if rules.start[phase, kind] < rules.start[phase, kind + 1]:
            return True
    for k in range(rules.start[_HIT_PHASE, 0], rules.start[_HIT_PHASE, rules.start.shape[1] - 1]):
        if rules.code[rules.order[k], OTHER] == kind:
            return True
    return False


@kernel
def _suffer_together(rules, solid, fray, kind, n, raised, view, moment, bench, fired):
    """One sub-step of the `n` (at most CHUNK) wounded that the fray has in hand, all of type `kind`."""
    half, slots, places = 0.5 * moment.hours, fray.slots[:n], fray.places[:n]
    move_traits(rules, _WOUND_PHASE, kind, solid.trait, slots, view, slots, half, bench)
    for i in range(n):
        solid.trait[slots[i], raised] += fray.fresh[places[i]]
        fray.fresh[places[i]] = 0
    for k in range(rules.start[_LYSIS_PHASE, kind], rules.start[_LYSIS_PHASE, kind + 1]):
        r = rules.order[k]
        rates_of(rules, r, solid.trait, slots, view, slots, bench.rate)
        _lyse(rules, solid, fray, r, _list_at_risk(fray, slots, places, bench.rate, moment), moment, fired)
    move_traits(rules, _WOUND_PHASE, kind, solid.trait, slots, view, slots, half, bench)


@kernel
def _list_at_risk(fray, slots, places, rate, moment):
    """List those whose chance is worth a draw in `fray.at_risk`; returns how many.

    `slots`, `places`: int64 [n], slots and voxels of the wounded; `rate`: float64 [n], 1/h, of lysis.
    """
    n = 0
    for i in range(slots.size):
        fray.at_risk[n], fray.at_slot[n], fray.chance[n] = places[i], slots[i], rate[i]
        n += rate[i] * moment.hours > _NEVER
    return n


@kernel
def _lyse(rules, solid, fray, r, many, moment, fired):
    """Draw which of the first `many` at risk die by rule r; the kill is of the type that hit last."""
    draw_three(moment.seed, _LYSIS, fray.at_risk[:many], moment.tick, r, fray.luck)
    for i in range(many):
        if happens(fray.luck[0, i], fray.chance[i], moment.hours) and not fray.is_lysed[fray.at_risk[i]]:
            voxel = fray.at_risk[i]
            fray.is_lysed[voxel] = True
            fray.lysed[fray.count[2]] = voxel
            fray.count[2] += 1
            fray.killed_by[voxel] = fray.last_by[voxel]
            fray.killed[fray.last_by[voxel]] += 1
            fired[r] += 1
            turn_into(solid, fray.at_slot[i], rules.code[r, OTHER])


@kernel
def _close_wounds(solid, fray, raised):
    """Take healed cells off the list of the wounded: trait `raised` back to exactly 0, nobody on record."""
    kept = 0
    for i in range(fray.count[1]):
        voxel = fray.wounded[i]
        slot = solid.slot_at[voxel]
        if solid.trait[slot, raised] > _HEALED:
            fray.wounded[kept] = voxel
            kept += 1
        else:
            solid.trait[slot, raised] = 0.0
            fray.is_listed[voxel] = False
            fray.last_by[voxel] = 0
    fray.count[1] = kept


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
def contact_tick(world, rules, solid, roll, fray, raised, view, moment, substeps, bench, fired):
    """All contact sub-steps of one tick, `substeps` of equal length.

    `raised`: trait that hits raise; `bench`: the benches of the immune and the solid layer.
    """
    list_hitters(world, rules, roll, fray, view, bench[0])
    for step in range(substeps):
        now = Moment(moment.seed, moment.tick * substeps + step, moment.hours / substeps)
        strike(world, rules, solid, fray, now)
        suffer(rules, solid, fray, raised, view, now, bench[1], fired)
        let_go(world.immune, fray)


def fray_in(tissue: Tissue, raised: int, types: int) -> Fray:
    """Nobody hitting yet; the wounded are those whose trait `raised` stands above 0. `types`: codes used."""
    size, cells = tissue.lattice.size, tissue.lattice.interior.size
    lists = [np.empty(cells, np.int64) for _ in range(4)] + [np.empty(cells), np.empty(cells)]
    marks = [np.zeros(size, kind) for kind in (np.bool_, np.int32, np.bool_, np.int8, np.int8)]
    slots, places, at_risk, at_slot = (np.empty(CHUNK, np.int64) for _ in range(4))
    count = np.zeros(3, np.int64)
    fray = Fray(
        *lists,
        np.empty(size, np.int32),
        slots,
        places,
        at_risk,
        np.empty(CHUNK),
        at_slot,
        np.empty((3, CHUNK)),
        np.arange(cells),
        np.empty(size, np.int32),
        count,
        *marks,
        np.zeros(types + 1, np.int64),
    )
    solid = tissue.layers["solid"]
    wounded = np.sort(solid.cell[np.flatnonzero(solid.trait[: solid.count[0], raised] > 0.0), VOXEL])
    fray.wounded[: wounded.size] = wounded
    fray.is_listed[wounded] = True
    fray.count[1] = wounded.size
    return fray


def raised_trait(rules: Sequence[Rule], table: Table) -> int:
    """The one trait that hits raise, -1 if nobody hits."""
    raised = {table.trait(rule.raises) for rule in rules if rule.verb == "hits"}
    if len(raised) > 1:
        raise SimError("hits raise more than one trait: all hits must raise the same one")
    return raised.pop() if raised else -1
