"""A finished `Model` written out as the flat arrays that kernels read, and the clocks its rules run on."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.language.checks import Grammar, clock_of, phase_of
from il2sim.sim.language.model import LAYERS, Model, ModelError, Modifier, Rule, Signal, nearest
from il2sim.sim.language.records import Steady
from il2sim.sim.lattice import Lattice
from il2sim.sim.sums import added

PHASES = ("sense", "life", "enter", "hit", "wound", "lysis", "birth", "secrete", "exude")


# columns of a rule's row: a few wide arrays compile several times faster than many narrow ones
# numbers, 1/h; from DAUGHTER on, what a division sets traits to (nan: as the mother's), then what it adds
# to both
RATE, RELEASE, DAUGHTER = range(3)
VERB, CELL, OTHER, FIRST, LAST, VICTIM_FIRST, VICTIM_LAST, RISES = range(
    8
)  # codes; modifiers are FIRST up to LAST
HALF, LIMIT, MOST = range(3)  # numbers of a modifier; MOST is the largest factor it can make
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
    modifier_number: NDArray[np.float64]  # [modifiers, 3]
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


_KINDS = {"raised": 0, "lowered": 1, "gated": 2, "times": 3, "less": 4, "more": 5, "also": 6}
_SIGNALS = {"cytokine": 0, "near": 1, "within": 2, "engaged": 3}
_VERBS = {"dies": DIES, "becomes": BECOMES, "divides": DIVIDES}


class _Builder:
    """Collects modifiers and the signals they look up while rules are written out."""

    def __init__(self, model: Model, lattice: Lattice) -> None:
        self.lattice = lattice
        self.cells = {
            layer: ("empty", *(c.name for c in model.cells.values() if c.layer == layer)) for layer in LAYERS
        }
        self.traits = {
            layer: tuple(t for t, (where, _) in model.traits.items() if where == layer) for layer in LAYERS
        }
        self.shares = {name for name, (_, is_bounded) in model.traits.items() if is_bounded}
        self.below_0 = _may_be_negative(model)
        self.layer_of = {cell.name: cell.layer for cell in model.cells.values()}
        self.cytokines = tuple(model.cytokines)
        self.modifiers: list[tuple[float, ...]] = []
        self.signals: dict[Signal, tuple[int, ...]] = {}
        self.ball: list[NDArray[np.int64]] = []
        self.hidden: list[float] = []
        self.columns = 0

    def code(self, name: str) -> int:
        return self.cells[self.layer_of[name]].index(name)

    def span(self, modifiers: tuple[Modifier, ...], layer: str) -> tuple[int, int]:
        first = len(self.modifiers)
        for modifier in modifiers:
            source, index = self._source(modifier.signal, layer)
            numbers = modifier.half, modifier.limit, self._most(modifier)
            self.modifiers.append((*numbers, _KINDS[modifier.kind], source, index, modifier.hill))
        return first, len(self.modifiers)

    def _most(self, modifier: Modifier) -> float:
        """The largest factor that a modifier can make; infinite where what it reads has no bound."""
        signal = modifier.signal
        if signal.name in self.below_0:
            return math.inf
        if modifier.kind in ("times", "more"):
            most = 1.0 if modifier.kind == "times" else 1.0 + max(modifier.limit, 0.0)
            return most if signal.kind == "engaged" or signal.name in self.shares else math.inf
        return max(1.0, modifier.limit) if modifier.kind in ("raised", "lowered") else 1.0

    def _source(self, signal: Signal, layer: str) -> tuple[int, int]:
        if signal.kind != "trait":
            return (CROWD if signal.kind == "within" else VIEW), self._column(signal)
        return TRAIT, self.traits[layer].index(signal.name)

    def _column(self, signal: Signal) -> int:
        if signal not in self.signals:
            code, of_immune = self._place(signal)
            self.signals[signal] = (
                _SIGNALS[signal.kind],
                code,
                of_immune,
                self.columns,
                *self._crowd(signal),
            )
            self.columns += 3 if signal.kind == "within" else 1
        return self.signals[signal][COLUMN]

    def _place(self, signal: Signal) -> tuple[int, int]:
        """Code of what is looked up, and whether it lies in the immune layer."""
        if signal.kind == "cytokine":
            return self.cytokines.index(signal.name), 0
        if signal.kind == "engaged":
            return 0, 1
        return self.code(signal.name), int(self.layer_of[signal.name] == "immune")

    def _crowd(self, signal: Signal) -> tuple[int, int, int, int]:
        first = added(part.size for part in self.ball)
        is_crowd = signal.kind == "within"
        if is_crowd:
            self.ball.append(self.lattice.steps(signal.radius_um / self.lattice.voxel_um)[0])
        self.hidden.append(self.lattice.unseen_share(signal.radius_um) if is_crowd else 0.0)
        weight = self.traits["immune"].index(signal.weight) if signal.weight else -1
        return weight, first, added(part.size for part in self.ball), int(signal.each)

    def codes(self, rule: Rule) -> list[int]:
        """One rule's row. Arrivals read their signals at the solid voxel they come through."""
        layer = "solid" if rule.verb == "enters" else self.layer_of[rule.cell]
        spans = (*self.span(rule.modifiers, layer), *self.span(rule.victim_modifiers, "solid"))
        verb = _VERBS.get(rule.verb, ACTS)
        return [verb, self.code(rule.cell), self.other(rule), *spans, int(rule.verb == "rises")]

    def other(self, rule: Rule) -> int:
        if not rule.other:
            return -1
        if rule.verb in ("rises", "falls"):
            return self.traits[self.layer_of[rule.cell]].index(rule.other)
        if rule.verb == "secretes":
            return self.cytokines.index(rule.other)
        return self.code(rule.other)


def _may_be_negative(model: Model) -> set[str]:
    """Traits that a division sets or moves below 0; none starts there."""
    given = [each for rule in model.rules.values() for each in (*rule.daughters, *rule.counts)]
    return {trait for trait, value in given if value < 0.0}


def _needs(
    rules: list[Rule], phases: list[str], codes: list[list[int]], build: _Builder, types: int
) -> Signals:
    """Signals that each phase and type looks up."""
    known = list(build.signals)
    needs: list[int] = []
    start = np.zeros((len(PHASES), types + 2), np.int64)
    for p, phase in enumerate(PHASES):
        for code in range(types + 1):
            start[p, code] = len(needs)
            mine = [
                rule
                for rule, where, row in zip(rules, phases, codes, strict=True)
                if (where, row[CELL]) == (phase, code)
            ]
            used = {
                known.index(m.signal) for rule in mine for m in rule.modifiers if m.signal.kind != "trait"
            }
            needs.extend(sorted(used))
        start[p, types + 1] = len(needs)
    rows = np.array(list(build.signals.values()), np.int64).reshape(-1, 8)
    ball = np.concatenate([np.zeros(0, np.int64), *build.ball])
    return Signals(
        rows, ball, np.array(build.hidden), np.array(needs, np.int64), start, max(build.columns, 1)
    )


def _order(
    phases: list[str], codes: list[list[int]], types: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order: list[int] = []
    start = np.zeros((len(PHASES), types + 2), np.int64)
    for p, phase in enumerate(PHASES):
        for code in range(types + 1):
            start[p, code] = len(order)
            mine = [
                r
                for r, (where, row) in enumerate(zip(phases, codes, strict=True))
                if (where, row[CELL]) == (phase, code)
            ]
            order.extend(sorted(mine, key=lambda r: codes[r][VERB]))  # deaths before divisions
        start[p, types + 1] = len(order)
    return np.array(order, np.int64), start


def _numbers(rule: Rule, traits: tuple[str, ...]) -> list[float]:
    after, counts = dict(rule.daughters), dict(rule.counts)
    sets, adds = ([after.get(t, math.nan) for t in traits], [counts.get(t, 0.0) for t in traits])
    return [rule.rate, rule.release, *sets, *adds]


def _laws(rules: list[Rule]) -> NDArray[np.float64]:
    law = np.zeros((len(rules), max([len(rule.law) for rule in rules], default=0)))
    for row, rule in zip(law, rules, strict=True):
        row[: len(rule.law)] = rule.law
        row[len(rule.law) :] = rule.law[-1] if rule.law else 0.0
    return law


def _starts(model: Model, build: _Builder, types: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    traits = build.traits["immune"]
    initial = np.zeros((types + 1, len(traits)))
    shares = np.zeros(initial.shape, np.bool_)
    for (cell, trait), (value, is_share) in model.initial.items():
        if build.layer_of[cell] == "solid":
            continue  # laid with the tissue
        initial[build.code(cell), traits.index(trait)] = value
        shares[build.code(cell), traits.index(trait)] = is_share
    return initial, shares


def tabulate(model: Model, lattice: Lattice) -> Table:
    """Write a finished model out for the kernels; raises ModelError for what cannot run."""
    Grammar(model, lattice).check()
    build = _Builder(model, lattice)
    rules = list(model.rules.values())
    contact = frozenset(rule.raises for rule in rules if rule.verb == "hits")
    layers = [build.layer_of[rule.cell] for rule in rules]
    clocks = [clock_of(rule, contact, layer) for rule, layer in zip(rules, layers, strict=True)]
    phases = [phase_of(*each) for each in zip(rules, clocks, layers, strict=True)]
    codes = [build.codes(rule) for rule in rules]
    types = max(len(names) for names in build.cells.values()) - 1
    order, start = _order(phases, codes, types)
    modifiers = np.array(build.modifiers, float).reshape(-1, 7)
    traits = build.traits["immune"]
    arrays = Rules(
        np.array([_numbers(rule, traits) for rule in rules], float).reshape(
            len(rules), DAUGHTER + 2 * len(traits)
        ),
        np.array(codes, np.int64).reshape(len(rules), RISES + 1),
        modifiers[:, :3].copy(),
        modifiers[:, 3:].astype(np.int64),
        order,
        start,
        _laws(rules),
    )
    bounded = {
        layer: np.array([model.traits[t][1] for t in names], np.bool_)
        for layer, names in build.traits.items()
    }
    names = tuple(rule.sentence for rule in rules)
    starts = _starts(model, build, types)
    signals = _needs(rules, phases, codes, build, types)
    steady = tuple(model.steady.get(name) for name in build.cytokines)
    inherited = np.array([name in model.inherited for name in build.traits["solid"]], np.bool_)
    head = (build.cells, build.traits, bounded, build.cytokines, steady)
    return Table(*head, arrays, signals, names, tuple(clocks), *starts, inherited)
