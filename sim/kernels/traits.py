"""Traits relax towards what their cells see."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import OTHER, RISES
from il2sim.sim.kernels.jit import kernel
from il2sim.sim.kernels.rates import probability, rates_of

CHUNK = 1024  # cells worked on together: their rates stay in the fastest memory


class Bench(NamedTuple):
    """Where rates and trait movements of one chunk of cells are worked out."""

    bounded: NDArray[np.bool_]  # [traits]
    rate: NDArray[np.float64]  # [CHUNK]
    gain: NDArray[np.float64]  # [traits, CHUNK]
    loss: NDArray[np.float64]  # [traits, CHUNK]
    is_moved: NDArray[np.bool_]  # [traits]
    memo: NDArray[np.float64]  # [traits, 3] last speed, hours and share of the way: most cells share them


def bench(bounded: NDArray[np.bool_]) -> Bench:
    """A bench for a layer with these traits."""
    traits = bounded.size
    rows = (np.zeros(CHUNK), np.zeros((traits, CHUNK)), np.zeros((traits, CHUNK)))
    return Bench(bounded, *rows, np.zeros(traits, np.bool_), np.zeros((traits, 3)))


@kernel
def _relax(trait, slots, t, bench, hours):
    """Exact step of x' = a(1-x) - bx (bounded) or x' = a - bx for trait t, also where nothing is lost.

    `trait`: float64 [capacity, traits]; a and b (1/h) of cell i are bench.gain[t, i] and bench.loss[t, i].
    """
    memo = bench.memo[t]
    for i in range(slots.size):
        gain, loss = bench.gain[t, i], bench.loss[t, i]
        speed = gain + loss if bench.bounded[t] else loss
        if speed == 0.0:
            trait[slots[i], t] += gain * hours
            continue
        if memo[0] != speed or memo[1] != hours:
            memo[0], memo[1], memo[2] = speed, hours, probability(speed, hours)
        trait[slots[i], t] += (gain / speed - trait[slots[i], t]) * memo[2]


@kernel
def move_traits(rules, phase, kind, trait, slots, view, rows, hours, bench):
    """One exact step of every trait that the rules of (phase, kind) move, for at most CHUNK cells.

    `trait`: float64 [capacity, traits] of their layer, written.
    """
    bench.is_moved[:] = False
    for k in range(rules.start[phase, kind], rules.start[phase, kind + 1]):
        r = rules.order[k]
        t = rules.code[r, OTHER]
        if not bench.is_moved[t]:
            bench.is_moved[t] = True
            bench.gain[t, :] = 0.0
            bench.loss[t, :] = 0.0
        rates_of(rules, r, trait, slots, view, rows, bench.rate)
        side = bench.gain[t] if rules.code[r, RISES] else bench.loss[t]
        for i in range(slots.size):
            side[i] += bench.rate[i]
    for t in range(bench.is_moved.size):
        if bench.is_moved[t]:
            _relax(trait, slots, t, bench, hours)


@kernel
def sense(rules, phase, layer, roll, view, hours, bench):
    """Traits of a whole layer over `hours`; view rows are slots."""
    for kind in range(1, roll.start.size - 1):
        for first in range(roll.start[kind], roll.start[kind + 1], CHUNK):
            slots = roll.slot[first : min(first + CHUNK, roll.start[kind + 1])]
            move_traits(rules, phase, kind, layer.trait, slots, view, slots, hours, bench)
