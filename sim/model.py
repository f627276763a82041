"""The vocabulary in which biology is declared: cell types, traits, cytokines, rules and numbers.

A mechanism calls these verbs; nothing here runs anything. `sim.table` turns the finished model into flat arrays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from sim.units import UnitError, quantity, to_internal

LAYERS = ("solid", "immune")
HILLS = (1, 2, 4, 8)
KNOWN = ("seen", "calculated", "fitted", "memory", "assumed", "solved")


class ModelError(ValueError):
    """A declaration that cannot stand; one sentence, with the nearest valid name."""


def nearest(word: str, words: Iterable[str]) -> str:
    """'; did you mean 'x'?' or nothing."""
    close = get_close_matches(word, list(words), 1)
    return f"; did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True)
class Parameter:
    """One number of the model: value and range in the declared unit, where it comes from, how it is known."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    known: str
    overridden: bool = False


@dataclass(frozen=True)
class Signal:
    """What a cell can sense: a cytokine, a trait of its own, or cells around it."""

    kind: str  # "cytokine" | "trait" | "near" | "within"
    name: str
    radius_um: float = 0.0
    weight: str = ""  # for "within": each cell counts 1 + this trait
    model: "Model | None" = field(default=None, repr=False, compare=False)

    def rises(self, cell: "CellType", rate: float, *modifiers: "Modifier", label: str = "") -> None:
        """A trait's gain a in this cell type, per hour."""
        self._moves("rises", cell, rate, modifiers, label)

    def falls(self, cell: "CellType", rate: float, *modifiers: "Modifier", label: str = "") -> None:
        """A trait's loss b in this cell type, per hour."""
        self._moves("falls", cell, rate, modifiers, label)

    def _moves(
        self, verb: str, cell: "CellType", rate: float, modifiers: tuple["Modifier", ...], label: str
    ) -> None:
        if self.model is None:
            raise ModelError(f"{self.name}: only a trait rises or falls, this is a {self.kind} signal")
        sentence = _labelled(f"{self.name} {verb} in {cell.name}", label)
        self.model.add(Rule(sentence, verb, cell.name, rate, modifiers, other=self.name))


@dataclass(frozen=True)
class Modifier:
    """One factor of a rate: a Hill response to a signal, or the signal itself (`times`)."""

    kind: str  # "raised" | "lowered" | "gated" | "times" | "less"
    signal: Signal
    half: float = 1.0
    limit: float = 1.0
    hill: int = 1


def _response(kind: str, signal: Signal, half: float, limit: float, hill: int) -> Modifier:
    if hill not in HILLS:
        raise ModelError(f"a response to {signal.name}: hill {hill} is not one of {HILLS}")
    if half <= 0:
        raise ModelError(f"a response to {signal.name}: the half-maximum {half} must be above 0")
    return Modifier(kind, signal, half, limit, hill)


def raised_by(signal: Signal, ec50: float, fold: float, hill: int = 1) -> Modifier:
    """1 without the signal, `fold` at saturation."""
    return _response("raised", signal, ec50, fold, hill)


def lowered_by(signal: Signal, ic50: float, to: float, hill: int = 1) -> Modifier:
    """1 without the signal, `to` at saturation."""
    return _response("lowered", signal, ic50, to, hill)


def gated_by(signal: Signal, ec50: float, hill: int = 1) -> Modifier:
    """0 without the signal, 1 at saturation."""
    return _response("gated", signal, ec50, 1.0, hill)


def times(signal: Signal) -> Modifier:
    """The signal itself as a factor."""
    return Modifier("times", signal)


def less(signal: Signal) -> Modifier:
    """What the signal leaves of 1: the factor 1 - signal, never below 0."""
    return Modifier("less", signal)


@dataclass(frozen=True)
class Rule:
    """One sentence of the model; `sentence` names it uniquely."""

    sentence: str
    verb: str
    cell: str
    rate: float  # per hour
    modifiers: tuple[Modifier, ...] = ()
    other: str = ""  # the victim, the type become, the vessel type, or the trait moved
    victim_modifiers: tuple[Modifier, ...] = ()
    release: float = 0.0  # hits: rate at which the contact ends
    raises: str = ""  # hits: the victim's trait that each hit raises by 1
    daughters: tuple[tuple[str, float], ...] = ()  # divides: traits set in both cells
    expands: float = 0.0  # solid divides: net growth rate that the bed must follow
    into: str = ""  # solid divides: the type of voxel a daughter fills


@dataclass(frozen=True)
class Walk:
    """How a cell type moves: um/min by tissue (`speed` elsewhere), and across the border into a tissue."""

    cell: str
    speed: float
    persistence_min: float
    within: Mapping[str, float]
    entry: Mapping[str, float]


@dataclass(frozen=True)
class CellType:
    """A cell type; its verbs declare rules in the model it belongs to."""

    name: str
    layer: str
    model: "Model" = field(repr=False, compare=False)

    def dies(self, rate: float, *modifiers: Modifier, becomes: "CellType | None" = None, label: str = "") -> None:
        """Leaves its layer, or becomes another type (a dead cell stays where it was)."""
        other = becomes.name if becomes else ""
        self._rule(_labelled(f"{self.name} dies", label), "dies", rate, modifiers, other=other)

    def becomes(self, other: "CellType", rate: float, *modifiers: Modifier) -> None:
        """Turns into another type of the same layer."""
        self._rule(f"{self.name} becomes {other.name}", "becomes", rate, modifiers, other=other.name)

    def divides(
        self,
        rate: float,
        *modifiers: Modifier,
        daughters: Mapping[Signal, float] | None = None,
        expands: float = 0.0,
        into: "CellType | None" = None,
    ) -> None:
        """Makes a second cell like itself; `daughters` sets traits of both. Solid cells say what space they fill."""
        after = tuple((trait.name, value) for trait, value in (daughters or {}).items())
        space = into.name if into else ""
        self._rule(f"{self.name} divides", "divides", rate, modifiers, daughters=after, expands=expands, into=space)

    def hits(
        self,
        other: "CellType",
        rate: float,
        *modifiers: Modifier,
        raises: Signal,
        release: float,
        target: tuple[Modifier, ...] = (),
    ) -> None:
        """Strikes a touching cell and holds it until it dies or lets go at rate `release`.

        `target` modifiers read the victim's traits: a chosen hit lands with that probability.
        """
        details = {"other": other.name, "victim_modifiers": target, "raises": raises.name, "release": release}
        self._rule(f"{self.name} hits {other.name}", "hits", rate, modifiers, **details)

    def enters(self, rate: float, *modifiers: Modifier, at: "CellType") -> None:
        """Arrives through each voxel of type `at`."""
        self._rule(f"{self.name} enters", "enters", rate, modifiers, other=at.name)

    def migrates(
        self, speed: float, *, persistence_min: float, within: Mapping["CellType", float], entry: Mapping["CellType", float]
    ) -> None:
        """Persistent random walk; speeds in um/min, by tissue and across the border into it."""
        named = {cell.name: value for cell, value in within.items()}
        doors = {cell.name: value for cell, value in entry.items()}
        self.model.walks.append(Walk(self.name, speed, persistence_min, named, doors))

    def starts(self, trait: Signal, value: float = 0.0, share: float | None = None) -> None:
        """A new cell's trait: `value`, or 1 in a random `share` of cells and 0 in the rest."""
        self.model.initial[self.name, trait.name] = (value if share is None else share, share is not None)

    def _rule(self, sentence: str, verb: str, rate: float, modifiers: tuple[Modifier, ...], **details: object) -> None:
        self.model.add(Rule(sentence, verb, self.name, rate, modifiers, **details))  # type: ignore[arg-type]

    def takes_up(self, cytokine: Signal, vmax: float, km: float) -> None:
        """Saturable uptake by receptors: vmax nmol/h per cell, half at km nM."""
        self.model.uptakes[self.name, cytokine.name] = (vmax, km)


def _labelled(sentence: str, label: str) -> str:
    return f"{sentence} of {label}" if label else sentence


def near(cell: CellType) -> Signal:
    """Own and touching voxels that hold this type."""
    return Signal("near", cell.name)


def within(cell: CellType, radius_um: float, weight: Signal | None = None) -> Signal:
    """Cells of this type within a radius, each counting 1, or 1 + weight; on a section the unseen ones in expectation."""
    return Signal("within", cell.name, radius_um, weight.name if weight else "")


class Model:
    """Everything declared. `known` names the mechanisms there are, in use or not; `given` is what is known of the case."""

    def __init__(
        self, overrides: Mapping[str, str] | None = None, known: Iterable[str] = (), given: Mapping[str, float | str] | None = None
    ) -> None:
        self.overrides = dict(overrides or {})
        self.known = frozenset(known)
        self.given = dict(given or {})
        self.parameters: dict[str, Parameter] = {}
        self.cells: dict[str, CellType] = {}
        self.traits: dict[str, tuple[str, bool]] = {}  # name -> (layer, bounded)
        self.cytokines: list[str] = []
        self.rules: dict[str, Rule] = {}
        self.walks: list[Walk] = []
        self.uptakes: dict[tuple[str, str], tuple[float, float]] = {}  # (cell, cytokine) -> nmol/h/cell, nM
        self.initial: dict[tuple[str, str], tuple[float, bool]] = {}
        self.changes: list[tuple[str, Modifier]] = []
        self.asked: set[str] = set()
        self.mechanism = ""

    def par(
        self, name: str, value: float, unit: str, *, range: tuple[float, float], source: str, known: str = "seen"
    ) -> float:
        """Register `<mechanism>.<name>`, apply an override, and return the value in internal units.

        A number still to be solved is declared as nan and returned as 1: `solve` scales the rules built on it.
        """
        full = f"{self.mechanism}.{name}"
        if full in self.parameters:
            raise ModelError(f"{full}: declared twice")
        if known not in KNOWN:
            raise ModelError(f"{full}: known={known!r} is not one of {', '.join(KNOWN)}")
        text = self.overrides.get(full)
        if text is not None:
            try:
                value = quantity(text, unit)
            except UnitError as error:
                raise ModelError(f"{full}: {error}") from None
        if value == value and not range[0] <= value <= range[1]:
            raise ModelError(f"{full}: {value:g} {unit} is outside its range {range[0]:g} to {range[1]:g} {unit}")
        self.parameters[full] = Parameter(full, value, unit, *range, source, known, text is not None)
        return 1.0 if known == "solved" else to_internal(value, unit)

    def cell_type(self, name: str, layer: str = "immune") -> CellType:
        """Declare a cell type (once; asking again returns it)."""
        if layer not in LAYERS:
            raise ModelError(f"{name}: layer {layer!r} is not one of {', '.join(LAYERS)}")
        return self.cells.setdefault(name, CellType(name, layer, self))

    def cell(self, name: str) -> CellType:
        """A cell type of another mechanism; where that one is knocked out, what refers to it is dropped by `finish`."""
        if name in self.cells:
            return self.cells[name]
        self.asked.add(name)
        return CellType(name, "immune", self)

    def trait(self, name: str, layer: str = "immune", bounded: bool = True) -> Signal:
        """A trait of every cell of a layer. Bounded ones obey x' = a(1-x) - bx, others x' = a - bx; both start at 0."""
        self.traits.setdefault(name, (layer, bounded))
        return Signal("trait", name, model=self)

    def cytokine(self, name: str) -> Signal:
        """A dissolved signal, in nM, with a field of its own."""
        if name not in self.cytokines:
            self.cytokines.append(name)
        return Signal("cytokine", name)

    def modify(self, sentence: str, modifier: Modifier) -> None:
        """Let one mechanism act on another's rule; checked and applied by `finish`."""
        self.changes.append((sentence, modifier))

    def add(self, rule: Rule) -> None:
        """Register a rule; two rules may not share a sentence (give one a label)."""
        if rule.sentence in self.rules:
            raise ModelError(f"two rules say {rule.sentence!r}: give one a label")
        self.rules[rule.sentence] = rule

    def solve(self, name: str, value: float, *sentences: str) -> None:
        """Fill in a number that is solved, not declared (internal units); an override stands. Its rules are scaled."""
        parameter = self.parameters[name]
        if not parameter.overridden:
            shown = value / to_internal(1.0, parameter.unit)
            self.parameters[name] = replace(parameter, value=shown)
        for sentence in sentences:
            rule = self.rules[sentence]
            self.rules[sentence] = replace(rule, rate=rule.rate * self.value(name))

    def value(self, name: str) -> float:
        """A declared number in internal units."""
        return to_internal(self.parameters[name].value, self.parameters[name].unit)

    def finish(self) -> None:
        """Apply modifications, drop what refers to absent cells, refuse what refers to nothing."""
        unknown = sorted(self.asked - self.known - self.cells.keys())
        if unknown:
            raise ModelError(f"unknown cell type {unknown[0]!r}{nearest(unknown[0], {*self.cells, *self.known})}")
        for sentence, modifier in self.changes:
            self._change(sentence, modifier)
        self.changes.clear()
        self.rules = {name: self._trimmed(rule) for name, rule in self.rules.items() if self._stands(rule)}
        self.walks = [walk for walk in self.walks if walk.cell in self.cells]
        self.initial = {key: value for key, value in self.initial.items() if key[0] in self.cells}
        self.uptakes = {key: value for key, value in self.uptakes.items() if key[0] in self.cells}
        stray = [name for name in self.overrides if name not in self.parameters]
        if stray:
            raise ModelError(f"unknown parameter {stray[0]!r}{nearest(stray[0], self.parameters)}")

    def _stands(self, rule: Rule) -> bool:
        needs_other = rule.verb in ("hits", "enters", "becomes")
        return rule.cell in self.cells and (not needs_other or rule.other in self.cells)

    def _trimmed(self, rule: Rule) -> Rule:
        gone = [m for m in rule.modifiers if m.signal.kind in ("near", "within") and m.signal.name not in self.cells]
        return replace(rule, modifiers=tuple(m for m in rule.modifiers if m not in gone))

    def _change(self, sentence: str, modifier: Modifier) -> None:
        rule = self.rules.get(sentence)
        if rule is not None:
            self.rules[sentence] = replace(rule, modifiers=(*rule.modifiers, modifier))
        elif not any(word in self.known and word not in self.cells for word in sentence.split()):
            raise ModelError(f"no rule says {sentence!r}{nearest(sentence, self.rules)}")
