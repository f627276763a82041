"""A finished `Model` as flat arrays that kernels can read, and the clocks its rules run on."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.language.model import ModelError, nearest
from il2sim.sim.language.records import Steady

PHASES = ("sense", "life", "enter", "hit", "wound", "lysis", "birth", "secrete", "exude")


# columns of a rule's row: a few wide arrays compile several times faster than many narrow ones
# numbers, 1/h; from DAUGHTER on, what a division sets traits to (nan: as the mother's), then what it adds
# to both
RATE, RELEASE, DAUGHTER = range(3)
VERB, CELL, OTHER, FIRST, LAST, VICTIM_FIRST, VICTIM_LAST, RISES = range(
    8
)  # codes; modifiers are FIRST up to LAST
HALF, LIMIT = 0, 1  # numbers of a modifier
KIND, SOURCE, INDEX, HILL = range(4)  # codes of a modifier; INDEX is a trait or a column of the view
TRAIT, VIEW, CROWD = range(3)  # sources
SIGNAL, CODE, OF_IMMUNE, COLUMN, WEIGHT, BALL_FIRST, BALL_LAST, EACH = range(
    8
)  # codes of a signal that is looked up
DIES, BECOMES, DIVIDES, ACTS = range(4)  # verbs


class Rules(NamedTuple):
    """Every rule and its modifiers as numbers and codes, and the rules of each phase and cell type in
    order.
    """

    number: NDArray[np.float64]  # [rules, 2 + 2 traits]
    code: NDArray[np.int64]  # [rules, 8]
    modifier_number: NDArray[np.float64]  # [modifiers, 2]
    modifier_code: NDArray[np.int64]  # [modifiers, 4]
    order: NDArray[np.int64]  # rules by phase and type
    start: NDArray[np.int64]  # [phases, types + 2] into order
    law: NDArray[np.float64]  # [rules, points] kills an hour by hits an hour; all 0: the rate is hits


class Signals(NamedTuple):
    """What is looked up, and which phase and type needs it."""

    code: NDArray[np.int64]  # [signals, 8]
    ball: NDArray[np.int64]  # flat offsets of all crowds
    hidden: NDArray[np.float64]  # [signals] voxels of the sphere that a section does not show
    needs: NDArray[np.int64]
    need_start: NDArray[np.int64]  # [phases, types + 2]
    columns: int  # of a view


@dataclass(frozen=True)
class Table:
    """Names, kernel arrays and clocks of one model on one lattice."""

    cells: dict[str, tuple[str, ...]]  # layer -> names by code, code 0 "empty"
    traits: dict[str, tuple[str, ...]]
    bounded: dict[str, NDArray[np.bool_]]
    cytokines: tuple[str, ...]
    steady: tuple[Steady | None, ...]  # of each cytokine
    rules: Rules
    signals: Signals
    sentences: tuple[str, ...]
    clocks: tuple[str, ...]
    initial: NDArray[np.float64]  # [immune types + 1, traits]
    initial_is_share: NDArray[np.bool_]
    inherited: NDArray[np.bool_]  # [solid traits]

    def code(self, name: str) -> int:
        """Type code within its layer; 0 where the model has no such cell."""
        return next((names.index(name) for names in self.cells.values() if name in names), 0)

    def trait(self, name: str) -> int:
        """Column of a trait in its layer; -1 where the model has no such trait."""
        return next((names.index(name) for names in self.traits.values() if name in names), -1)

    def set_rate(self, sentence: str, rate: float) -> None:
        """Give a rule another rate (1/h), for numbers solved from the tissue."""
        self.rules.number[self.row(sentence), RATE] = rate

    def row(self, sentence: str) -> int:
        """Row of a rule by its sentence; ModelError with the nearest one."""
        if sentence not in self.sentences:
            raise ModelError(f"no rule says {sentence!r}{nearest(sentence, self.sentences)}")
        return self.sentences.index(sentence)
