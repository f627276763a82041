"""Traits relax towards what their cells see."""

from sim.jit import kernel

from sim.rates import rate_of, relaxed
from sim.table import OTHER, RISES
from sim.tissue import TYPE


@kernel
def move_traits(rules, phase, kind, trait, slot, view, row, bounded, hours, gain, loss):
    """One exact step of every trait that the rules of (phase, kind) move; all read the old values."""
    first, last = rules.start[phase, kind], rules.start[phase, kind + 1]
    if first == last:
        return
    gain[:] = 0.0
    loss[:] = 0.0
    for k in range(first, last):
        r = rules.order[k]
        amount = rate_of(rules, r, trait, slot, view, row)
        if rules.code[r, RISES]:
            gain[rules.code[r, OTHER]] += amount
        else:
            loss[rules.code[r, OTHER]] += amount
    for t in range(gain.size):
        if gain[t] != 0.0 or (loss[t] != 0.0 and trait[slot, t] != 0.0):
            trait[slot, t] = relaxed(trait[slot, t], gain[t], loss[t], bounded[t], hours)


@kernel
def sense(rules, phase, layer, view, bounded, hours, gain, loss):
    """Traits of a whole layer over hours[slot]; view rows are slots."""
    for slot in range(layer.count[0]):
        kind = layer.cell[slot, TYPE]
        move_traits(rules, phase, kind, layer.trait, slot, view, slot, bounded, hours[slot], gain, loss)
