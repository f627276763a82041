"""The contact clock: hits on touching victims, their wounds, and letting go.

A cell that has hit a victim stops and keeps it until it dies or contact ends. All hits on one victim count:
wounds add up, heal, and may kill.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import (
    FIRST,
    LAST,
    MOST,
    OTHER,
    PHASES,
    RELEASE,
    SIGNAL,
    SOURCE,
    TRAIT,
    Rules,
    Table,
)
from il2sim.sim.counters import SimError
from il2sim.sim.kernels.cell_tables import TypeIndex, turn_into
from il2sim.sim.kernels.jit import Codes, Floats, Integer, Integers, kernel
from il2sim.sim.kernels.neighbourhood import ENGAGED, NEAR, World, count_near, fill_view
from il2sim.sim.kernels.rates import exposure_of, happens, hits_for, poisson, rates_by_traits, rates_of
from il2sim.sim.kernels.rng import Moment, Stream, draw_three
from il2sim.sim.kernels.thinning import SLACK
from il2sim.sim.kernels.traits import CHUNK, Scratch, move_traits
from il2sim.sim.language.records import Rule
from il2sim.sim.tissue import PARTNER, TYPE, VOXEL, Layer, Tissue

_HIT_PHASE, _WOUND_PHASE, _LYSIS_PHASE = (PHASES.index(name) for name in ("hit", "wound", "lysis"))
_HIT, _LYSIS = int(Stream.HIT), int(Stream.LYSIS)
_HEALED = 0.05  # hits: a sixtieth of what kills; then the wound is closed and the voxel leaves the list
_NEVER = 1e-7  # chance of lysis in a sub-step below which no draw is made


class ContactArrays(NamedTuple):
    """Who can hit now, and who is wounded."""

    slot: NDArray[np.int64]  # [capacity] hitters
    kind: NDArray[np.int64]
    voxel: NDArray[np.int64]
    rule: NDArray[np.int64]
    kills: NDArray[np.float64]  # 1/h, of a victim that nothing protects
    rate: NDArray[np.float64]  # hits 1/h that make them; until they are known the most there could be
    is_known: NDArray[np.bool_]
    wounded: NDArray[np.int32]  # [voxels] list of wounded voxels
    slots: NDArray[np.int64]  # [CHUNK] of the wounded worked on
    places: NDArray[np.int64]  # [CHUNK] their voxels
    at_risk: NDArray[np.int64]  # [CHUNK] voxels of those that may be lysed
    chance: NDArray[np.float64]  # [CHUNK] their rates of lysis, 1/h
    at_slot: NDArray[np.int64]  # [CHUNK] their slots
    draws: NDArray[np.float64]  # [3, CHUNK] draws
    row: NDArray[np.int64]  # 0, 1, 2, ...
    lysed: NDArray[np.int32]  # [voxels] list of the voxels lysed in this sub-step
    count: NDArray[np.int64]  # type: ignore[assignment]  # [3] hitters, wounded, lysed; hides `tuple.count`
    is_listed: NDArray[np.bool_]  # [voxels]
    fresh: NDArray[np.int32]  # [voxels] hits of this sub-step
    is_lysed: NDArray[np.bool_]  # [voxels]
    last_by: NDArray[np.int8]  # [voxels] type of whoever hit the wounded cell here last, 0 nobody on record
    killed_by: NDArray[np.int8]  # [voxels] the same of the latest cell lysed here, 0 none
    killed: NDArray[np.int64]  # [immune types + 1] cells lysed, by the type whose hit was the last


@kernel
def list_hitters(
    world: World, rules: Rules, hitters: TypeIndex, contacts: ContactArrays, view: Floats, scratch: Scratch
) -> None:
    """Everyone who holds a victim, or touches one with a rate above 0; their rates stand for this tick.

    `hitters`: those that may hit, by type. Most draws are settled by the highest rate that a hitter could
    have, so what it sees is looked up only when a draw asks (`_strike_together`).
    """
    immune = world.immune
    contacts.count[0] = 0
    for kind in range(1, hitters.start.size - 1):
        for k in range(rules.start[_HIT_PHASE, kind], rules.start[_HIT_PHASE, kind + 1]):
            before, r = contacts.count[0], rules.order[k]
            most = _most_seen(world, rules, r, kind)
            for first in range(hitters.start[kind], hitters.start[kind + 1], CHUNK):
                slots = hitters.slot[first : min(first + CHUNK, hitters.start[kind + 1])]
                rates_by_traits(rules, r, immune.trait, slots, view, scratch.rate)
                _list_able(world, rules, r, slots, most, scratch.rate, contacts)
            if most == math.inf:
                for i in range(before, contacts.count[0]):
                    _know_rate(world, rules, i, contacts, view)


@kernel
def _most_seen(world: World, rules: Rules, r: Integer, kind: Integer) -> float:
    """The largest factor that what cells of this kind see makes of rule r.

    Infinite where nothing bounds it, or where they see what may change during the tick: contacts.
    """
    most = SLACK
    for m in range(rules.code[r, FIRST], rules.code[r, LAST]):
        if rules.modifier_code[m, SOURCE] != TRAIT:
            most *= rules.modifier_number[m, MOST]
    for k in range(world.need_start[_HIT_PHASE, kind], world.need_start[_HIT_PHASE, kind + 1]):
        if world.signals[world.needs[k], SIGNAL] in (NEAR, ENGAGED):
            most = math.inf
    return most


@kernel
def _know_rate(world: World, rules: Rules, i: Integer, contacts: ContactArrays, view: Floats) -> None:
    """Work out the rate of hitter i from what it sees."""
    r, slots, rows = contacts.rule[i], contacts.slot[i : i + 1], contacts.row[:1]
    fill_view(world, _HIT_PHASE, contacts.kind[i], contacts.voxel[i : i + 1], 1, view)
    rates_of(rules, r, world.immune.trait, slots, view, rows, contacts.kills[i : i + 1])
    contacts.rate[i] = hits_for(rules.law[r], contacts.kills[i])
    contacts.is_known[i] = True


@kernel
def _list_able(
    world: World,
    rules: Rules,
    r: Integer,
    slots: Integers,
    most: float,
    rate: Floats,
    contacts: ContactArrays,
) -> None:
    """Append those of `slots` that hold a victim of rule r, or touch one and could hit it.

    `rate`: float64 [CHUNK], 1/h, what their own traits let them kill; `most`: the largest factor that what
    they see makes of it. A held cell that changed type is let go.
    """
    victim = rules.code[r, OTHER]
    for i in range(slots.size):
        cell = world.immune.cell[slots[i]]
        if cell[PARTNER] >= 0 and world.solid_at[cell[PARTNER]] != victim:
            cell[PARTNER] = -1
        is_near = rate[i] > 0.0 and count_near(world.solid_at, world.touching, cell[VOXEL], victim) > 0
        if cell[PARTNER] >= 0 or is_near:
            n = contacts.count[0]
            contacts.slot[n], contacts.rule[n] = slots[i], r
            contacts.kind[n], contacts.voxel[n] = cell[TYPE], cell[VOXEL]
            contacts.rate[n], contacts.is_known[n] = hits_for(rules.law[r], rate[i] * most), False
            contacts.count[0] = n + 1


@kernel
def _choose_victim(type_at: Codes, touching: Integers, voxel: Integer, code: Integer, u: float) -> Integer:
    """A random one of the touching victims of type `code`, by the draw `u`; -1 if there is none."""
    wanted = int(u * count_near(type_at, touching, voxel, code))
    for k in range(touching.size):
        place: Integer = voxel + touching[k]
        if type_at[place] == code:
            if wanted == 0:
                return place
            wanted -= 1
    return -1


@kernel
def strike(
    world: World, rules: Rules, solid: Layer, contacts: ContactArrays, view: Floats, moment: Moment
) -> None:
    """Hits of one sub-step; the first hit engages, contact may end before a hit."""
    first, count = 0, contacts.count[0]
    while first < count:
        r, last = contacts.rule[first], first + 1
        while last < count and last - first < CHUNK and contacts.rule[last] == r:
            last += 1
        draw_three(moment.seed, _HIT, contacts.voxel[first:last], moment.tick, r, contacts.draws)
        _strike_together(world, rules, solid, contacts, view, r, first, last, moment)
        first = last


@kernel
def _strike_together(
    world: World,
    rules: Rules,
    solid: Layer,
    contacts: ContactArrays,
    view: Floats,
    r: Integer,
    first: Integer,
    last: Integer,
    moment: Moment,
) -> None:
    """Hits of hitters first..last-1, all of rule r: let go, hit or miss, and list whom they wounded.

    Draws of one hitter in `contacts.draws`: whether contact ends, how many hits, which victim.
    """
    for i in range(first, last):
        voxel, cell, k = contacts.voxel[i], world.immune.cell[contacts.slot[i]], i - first
        u_release, u_hits, u_victim = contacts.draws[0, k], contacts.draws[1, k], contacts.draws[2, k]
        victim = cell[PARTNER]
        if victim >= 0 and happens(u_release, rules.number[r, RELEASE], moment.hours):
            cell[PARTNER] = -1
            continue
        # never above exp(-mean): no hit, whoever the victim
        if u_hits <= 1.0 - contacts.rate[i] * moment.hours:
            continue
        if not contacts.is_known[i]:
            _know_rate(world, rules, i, contacts, view)
            if u_hits <= 1.0 - contacts.rate[i] * moment.hours:
                continue
        if victim < 0:
            victim = _choose_victim(solid.type_at, world.touching, voxel, rules.code[r, OTHER], u_victim)
        if victim < 0:
            continue
        exposed = exposure_of(rules, r, solid.trait, np.int64(solid.slot_at[victim]))
        rate = contacts.rate[i] if exposed >= 1.0 else hits_for(rules.law[r], contacts.kills[i] * exposed)
        hits = poisson(u_hits, rate * moment.hours)
        if hits > 0:
            cell[PARTNER] = victim
            contacts.fresh[victim] += hits
            contacts.last_by[victim] = contacts.kind[i]
            if not contacts.is_listed[victim]:
                contacts.is_listed[victim] = True
                contacts.wounded[contacts.count[1]] = victim
                contacts.count[1] += 1


@kernel
def suffer(
    rules: Rules,
    solid: Layer,
    contacts: ContactArrays,
    raised: Integer,
    view: Floats,
    moment: Moment,
    scratch: Scratch,
    fired: Integers,
) -> None:
    """Wounds heal for half a sub-step, take the hits, may kill, and heal for the other half.

    `raised` is the trait that hits raise.
    """
    for kind in range(1, rules.start.shape[1] - 1):
        first, listed = 0, contacts.count[1] if _can_suffer(rules, kind) else 0
        while first < listed:
            n = 0
            while first < listed and n < CHUNK:
                voxel = contacts.wounded[first]
                if solid.type_at[voxel] == kind:
                    contacts.slots[n], contacts.places[n] = solid.slot_at[voxel], voxel
                    n += 1
                first += 1
            _suffer_together(rules, solid, contacts, kind, n, raised, view, moment, scratch, fired)
    _close_wounds(solid, contacts, raised)


@kernel
def _can_suffer(rules: Rules, kind: Integer) -> bool:
    """Whether anybody hits solid type `kind`, or its wounds heal or kill."""
    for phase in (_WOUND_PHASE, _LYSIS_PHASE):
        if rules.start[phase, kind] < rules.start[phase, kind + 1]:
            return True
    for k in range(rules.start[_HIT_PHASE, 0], rules.start[_HIT_PHASE, rules.start.shape[1] - 1]):
        if rules.code[rules.order[k], OTHER] == kind:
            return True
    return False


@kernel
def _suffer_together(
    rules: Rules,
    solid: Layer,
    contacts: ContactArrays,
    kind: Integer,
    n: Integer,
    raised: Integer,
    view: Floats,
    moment: Moment,
    scratch: Scratch,
    fired: Integers,
) -> None:
    """One sub-step of the `n` (at most CHUNK) wounded listed in `contacts`, all of type `kind`."""
    half, slots, places = 0.5 * moment.hours, contacts.slots[:n], contacts.places[:n]
    move_traits(rules, _WOUND_PHASE, kind, solid.trait, slots, view, slots, half, scratch)
    for i in range(n):
        solid.trait[slots[i], raised] += contacts.fresh[places[i]]
        contacts.fresh[places[i]] = 0
    for k in range(rules.start[_LYSIS_PHASE, kind], rules.start[_LYSIS_PHASE, kind + 1]):
        r = rules.order[k]
        rates_of(rules, r, solid.trait, slots, view, slots, scratch.rate)
        many = _list_at_risk(contacts, slots, places, scratch.rate, moment)
        _lyse(rules, solid, contacts, r, many, moment, fired)
    move_traits(rules, _WOUND_PHASE, kind, solid.trait, slots, view, slots, half, scratch)


@kernel
def _list_at_risk(
    contacts: ContactArrays, slots: Integers, places: Integers, rate: Floats, moment: Moment
) -> int:
    """List those whose chance is worth a draw in `contacts.at_risk`; returns how many.

    `slots`, `places`: int64 [n], slots and voxels of the wounded; `rate`: float64 [n], 1/h, of lysis.
    """
    n = 0
    for i in range(slots.size):
        contacts.at_risk[n], contacts.at_slot[n], contacts.chance[n] = places[i], slots[i], rate[i]
        n += rate[i] * moment.hours > _NEVER
    return n


@kernel
def _lyse(
    rules: Rules,
    solid: Layer,
    contacts: ContactArrays,
    r: Integer,
    many: Integer,
    moment: Moment,
    fired: Integers,
) -> None:
    """Draw which of the first `many` at risk die by rule r; the kill is of the type that hit last."""
    draw_three(moment.seed, _LYSIS, contacts.at_risk[:many], moment.tick, r, contacts.draws)
    for i in range(many):
        voxel = contacts.at_risk[i]
        if happens(contacts.draws[0, i], contacts.chance[i], moment.hours) and not contacts.is_lysed[voxel]:
            contacts.is_lysed[voxel] = True
            contacts.lysed[contacts.count[2]] = voxel
            contacts.count[2] += 1
            contacts.killed_by[voxel] = contacts.last_by[voxel]
            contacts.killed[contacts.last_by[voxel]] += 1
            fired[r] += 1
            turn_into(solid, contacts.at_slot[i], rules.code[r, OTHER])


@kernel
def _close_wounds(solid: Layer, contacts: ContactArrays, raised: Integer) -> None:
    """Take healed cells off the list of the wounded: trait `raised` back to exactly 0, nobody on record."""
    kept = 0
    for i in range(contacts.count[1]):
        voxel = contacts.wounded[i]
        slot = solid.slot_at[voxel]
        if solid.trait[slot, raised] > _HEALED:
            contacts.wounded[kept] = voxel
            kept += 1
        else:
            solid.trait[slot, raised] = 0.0
            contacts.is_listed[voxel] = False
            contacts.last_by[voxel] = 0
    contacts.count[1] = kept


@kernel
def let_go(immune: Layer, contacts: ContactArrays) -> None:
    """Whoever held a victim that died is free again."""
    for i in range(contacts.count[0]):
        cell = immune.cell[contacts.slot[i]]
        if cell[PARTNER] >= 0 and contacts.is_lysed[cell[PARTNER]]:
            cell[PARTNER] = -1
    for i in range(contacts.count[2]):
        contacts.is_lysed[contacts.lysed[i]] = False
    contacts.count[2] = 0


@kernel
def contact_tick(
    world: World,
    rules: Rules,
    solid: Layer,
    hitters: TypeIndex,
    contacts: ContactArrays,
    raised: Integer,
    view: Floats,
    moment: Moment,
    substeps: Integer,
    scratch: tuple[Scratch, Scratch],
    fired: Integers,
) -> None:
    """All contact sub-steps of one tick, `substeps` of equal length.

    `hitters`: those that may hit, by type; `raised`: trait that hits raise; `scratch`: that of the immune and
    of the solid layer.
    """
    list_hitters(world, rules, hitters, contacts, view, scratch[0])
    for step in range(substeps):
        now = Moment(moment.seed, moment.tick * substeps + step, moment.hours / substeps)
        strike(world, rules, solid, contacts, view, now)
        suffer(rules, solid, contacts, raised, view, now, scratch[1], fired)
        let_go(world.immune, contacts)


def contact_arrays(tissue: Tissue, raised: int, types: int) -> ContactArrays:
    """Nobody hitting yet; the wounded are those whose trait `raised` stands above 0. `types`: codes used."""
    size, cells = tissue.lattice.size, tissue.lattice.interior.size
    contacts = ContactArrays(
        slot=np.empty(cells, np.int64),
        kind=np.empty(cells, np.int64),
        voxel=np.empty(cells, np.int64),
        rule=np.empty(cells, np.int64),
        kills=np.empty(cells),
        rate=np.empty(cells),
        is_known=np.zeros(cells, np.bool_),
        wounded=np.empty(size, np.int32),
        slots=np.empty(CHUNK, np.int64),
        places=np.empty(CHUNK, np.int64),
        at_risk=np.empty(CHUNK, np.int64),
        chance=np.empty(CHUNK),
        at_slot=np.empty(CHUNK, np.int64),
        draws=np.empty((3, CHUNK)),
        row=np.arange(cells),
        lysed=np.empty(size, np.int32),
        count=np.zeros(3, np.int64),
        is_listed=np.zeros(size, np.bool_),
        fresh=np.zeros(size, np.int32),
        is_lysed=np.zeros(size, np.bool_),
        last_by=np.zeros(size, np.int8),
        killed_by=np.zeros(size, np.int8),
        killed=np.zeros(types + 1, np.int64),
    )
    solid = tissue.layers["solid"]
    wounded = np.sort(solid.cell[np.flatnonzero(solid.trait[: solid.count[0], raised] > 0.0), VOXEL])
    contacts.wounded[: wounded.size] = wounded
    contacts.is_listed[wounded] = True
    contacts.count[1] = wounded.size
    return contacts


def raised_trait(rules: Sequence[Rule], table: Table) -> int:
    """The one trait that hits raise, -1 if nobody hits."""
    raised = {table.trait(rule.raises) for rule in rules if rule.verb == "hits"}
    if len(raised) > 1:
        raise SimError("hits raise more than one trait: all hits must raise the same one")
    return raised.pop() if raised else -1
