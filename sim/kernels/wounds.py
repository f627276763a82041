"""What hits do to their victims: wounds that add up, heal, and may kill. Part of the contact clock."""

from il2sim.sim.compile.arrays import OTHER, PHASES
from il2sim.sim.kernels.cell_tables import turn_into
from il2sim.sim.kernels.jit import kernel
from il2sim.sim.kernels.rates import happens, rates_of
from il2sim.sim.kernels.rng import Stream, draw_three
from il2sim.sim.kernels.traits import CHUNK, move_traits

_HIT_PHASE, _WOUND_PHASE, _LYSIS_PHASE = (PHASES.index(name) for name in ("hit", "wound", "lysis"))
_LYSIS = int(Stream.LYSIS)
_HEALED = 0.05  # hits: a sixtieth of what kills; then the wound is closed and the voxel leaves the list
_NEVER = 1e-7  # chance of lysis in a sub-step below which no draw is made


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
