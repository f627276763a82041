"""The past in leaps: traits move on by days while cells keep their places, and some give place to others."""

import numpy as np
from numpy.typing import NDArray

from sim.jit import kernel
from sim.looking import ENGAGED
from sim.rates import happens
from sim.renewal import Arrival, first_trait
from sim.rng import Stream, uniform4
from sim.table import COLUMN, OTHER, PHASES, SIGNAL, Table
from sim.tissue import PARTNER, TYPE, VOXEL, Layer

_PAST, _PAST_TRAIT = int(Stream.PAST), int(Stream.PAST_TRAIT)


class Leap:
    """Days at a time for which cells keep their places, and how long each kind of cell is engaged meanwhile.

    Cells walk in and out of contact within hours. Were each to keep for days the contact it has at the
    moment, a third of them would forget an antigen that all of them meet every day. So one cell of a kind is
    engaged as long as any other. A kind is a type and what no rule moves once it was dealt.
    """

    def __init__(self, immune: Layer, table: Table, arrival: Arrival) -> None:
        rules, signals = table.rules, table.signals.code
        sense = rules.start[PHASES.index("sense")]
        self.stays = arrival.is_share.any(axis=0)  # [traits]
        self.stays[rules.code[rules.order[sense[0] : sense[-1]], OTHER]] = False
        self._columns = signals[signals[:, SIGNAL] == ENGAGED, COLUMN]
        kind = immune.cell[: immune.count[0], TYPE].copy()
        for trait in np.flatnonzero(self.stays):
            kind = 2 * kind + (immune.trait[: kind.size, trait] > 0.5)
        is_engaged = immune.cell[: kind.size, PARTNER] >= 0
        share = np.bincount(kind, is_engaged) / np.maximum(np.bincount(kind), 1)
        self._engaged: NDArray[np.float64] = share[kind]

    def show(self, view: NDArray[np.float64]) -> None:
        """Let every cell see how long its kind is engaged; view rows are slots."""
        view[: self._engaged.size, self._columns] = self._engaged[:, None]


@kernel
def replace_some(immune, loss, moment, arrival, stays):
    """A new arrival in place of each cell that moment.hours would have taken at rate loss[type].

    It is of the kind of the lost (stays[trait]) and in contact as that was, as if it had come days ago.
    """
    for slot in range(immune.count[0]):
        u = uniform4(moment.seed, _PAST, immune.cell[slot, VOXEL], moment.tick, 0)[0]
        if happens(u, loss[immune.cell[slot, TYPE]], moment.hours):
            for t in range(immune.trait.shape[1]):
                if not stays[t]:
                    first = first_trait(immune, slot, t, moment.seed, _PAST_TRAIT, moment.tick, arrival)
                    immune.trait[slot, t] = first
