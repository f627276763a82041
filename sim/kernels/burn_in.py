"""Burn-in in leaps: traits move on by days while cells keep their places, and some give place to others."""

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import COLUMN, PHASES, SIGNAL, Rules, Table
from il2sim.sim.kernels.immune_turnover import Arrival, first_trait
from il2sim.sim.kernels.jit import Flags, Floats, kernel
from il2sim.sim.kernels.migration import kept_traits
from il2sim.sim.kernels.neighbourhood import ENGAGED
from il2sim.sim.kernels.rates import happens, rates_by_traits
from il2sim.sim.kernels.rng import Moment, Stream, uniform4
from il2sim.sim.tissue import PARTNER, TYPE, VOXEL, Layer

_ALIKE = 1e-12  # squares about the mean over the mean's square: below it rounding is all that differs
_BURN_IN, _BURN_IN_TRAIT = int(Stream.BURN_IN), int(Stream.BURN_IN_TRAIT)


class Leap:
    """Days at a time for which cells keep their places, and how long each kind of cell is engaged meanwhile.

    Cells walk in and out of contact within hours. Were each to keep for days the contact it has at the
    moment, a third of them would forget an antigen that all of them meet every day. So one cell of a kind is
    engaged as long as any other that hits as readily. A kind is a type and what no rule moves once it was
    drawn; within it the share engaged follows a straight line in what a cell's traits let it hit. What tires
    cells by contact and lets them hit less would settle too low if all were engaged alike.
    """

    def __init__(self, immune: Layer, table: Table, arrival: Arrival) -> None:
        rules, signals = table.rules, table.signals.code
        self.stays = kept_traits(table)
        self._columns = signals[signals[:, SIGNAL] == ENGAGED, COLUMN]
        kind = immune.cell[: immune.count[0], TYPE].copy()
        for trait in np.flatnonzero(self.stays):
            kind = 2 * kind + (immune.trait[: kind.size, trait] > 0.5)
        is_engaged = immune.cell[: kind.size, PARTNER] >= 0
        self._engaged = _in_line(kind, readiness(immune, rules, kind.size), is_engaged)

    def show(self, view: NDArray[np.float64], slots: NDArray[np.int64]) -> None:
        """Let every cell see how long its kind is engaged; row k of the view is that of slots[k]."""
        cells = self._engaged.size
        view[:cells, self._columns] = self._engaged[slots[:cells], None]


def readiness(immune: Layer, rules: Rules, cells: int) -> NDArray[np.float64]:
    """What the traits of each cell let it hit (1/h), whatever it sees."""
    found, nothing = np.zeros(cells), np.zeros((0, 0))
    start = rules.start[PHASES.index("hit")]
    for code in range(start.size - 1):
        slots = np.flatnonzero(immune.cell[:cells, TYPE] == code)
        for r in rules.order[start[code] : start[code + 1]]:
            rate = np.empty(slots.size)
            rates_by_traits(rules, r, immune.trait, slots, nothing, rate)
            found[slots] += rate
    return found


def _in_line(kind: NDArray[np.int64], x: NDArray[np.float64], y: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Least squares of y on x within each kind, at every x; 0 to 1."""
    cells = np.maximum(np.bincount(kind), 1)
    middle, share = np.bincount(kind, x) / cells, np.bincount(kind, y) / cells
    off = x - middle[kind]
    spread, together = np.bincount(kind, off * off), np.bincount(kind, off * (y - share[kind]))
    differs = spread > _ALIKE * cells * middle * middle
    slope = np.where(differs, together / np.where(differs, spread, 1.0), 0.0)
    found: NDArray[np.float64] = np.clip(share[kind] + slope[kind] * off, 0.0, 1.0)
    return found


@kernel
def replace_some(immune: Layer, loss: Floats, moment: Moment, arrival: Arrival, stays: Flags) -> None:
    """A new arrival in place of each cell that moment.hours would have taken at rate loss[type].

    It is of the kind of the lost and in contact as that was, as if it had come days ago. `loss`: float64
    [types + 1], 1/h; `stays`: bool [traits], what a newcomer has of the lost.
    """
    for slot in range(immune.count[0]):
        u = uniform4(moment.seed, _BURN_IN, immune.cell[slot, VOXEL], moment.tick, 0)[0]
        if happens(u, loss[immune.cell[slot, TYPE]], moment.hours):
            for t in range(immune.trait.shape[1]):
                if not stays[t]:
                    first = first_trait(immune, slot, t, moment.seed, _BURN_IN_TRAIT, moment.tick, arrival)
                    immune.trait[slot, t] = first
