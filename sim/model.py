"""Everything a model declares: numbers, cell types, traits, cytokines, rules; checked when it is finished.

Nothing here runs anything: mechanisms declare, `sim.table` turns the finished model into flat arrays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sim.records import Parameter, Rule, Steady, Walk
from sim.units import UnitError, quantity, to_internal
from sim.vocabulary import (
    CellType,
    ModelError,
    Modifier,
    Signal,
    engaged,
    gated_by,
    less,
    lowered_by,
    near,
    nearest,
    raised_by,
    times,
    within,
)

__all__ = [
    "LAYERS",
    "CellType",
    "Model",
    "ModelError",
    "Modifier",
    "Parameter",
    "Rule",
    "Signal",
    "Steady",
    "Walk",
    "engaged",
    "gated_by",
    "less",
    "lowered_by",
    "near",
    "nearest",
    "raised_by",
    "times",
    "within",
]

LAYERS = ("solid", "immune")
KNOWN = ("seen", "calculated", "fitted", "memory", "assumed", "solved")


class Model:
    """Everything declared. `known` names all mechanisms, in use or not; `given` says what is known."""

    def __init__(
        self,
        overrides: Mapping[str, str] | None = None,
        known: Iterable[str] = (),
        given: Mapping[str, float | str] | None = None,
    ) -> None:
        self.overrides = dict(overrides or {})
        self.known = frozenset(known)
        self.given = dict(given or {})
        self.parameters: dict[str, Parameter] = {}
        self.cells: dict[str, CellType] = {}
        self.traits: dict[str, tuple[str, bool]] = {}  # name -> (layer, bounded)
        self.inherited: set[str] = set()  # solid traits that a daughter has from her mother
        self.cytokines: list[str] = []
        self.steady: dict[str, Steady] = {}
        self.rules: dict[str, Rule] = {}
        self.walks: list[Walk] = []
        self.uptakes: dict[tuple[str, str], tuple[float, float]] = {}  # (who, cytokine) -> nmol/h/cell, nM
        self.carriers: dict[str, tuple[str, str]] = {}  # who takes up by a trait -> cell type, trait
        self.initial: dict[tuple[str, str], tuple[float, bool]] = {}
        self.patches: dict[tuple[str, str], float] = {}  # um, of solid cells' first traits
        self.changes: list[tuple[str, Modifier]] = []
        self.dropped: list[str] = []
        self.asked: set[str] = set()
        self.mechanism = ""

    def par(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        range: tuple[float, float],
        source: str,
        known: str = "seen",
    ) -> float:
        """Register `<mechanism>.<name>`, apply an override, and return the value in internal units.

        A number still to be solved is declared as nan and returned as 1: `solve` scales its rules.
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
            raise ModelError(
                f"{full}: {value:g} {unit} is outside its range {range[0]:g} to {range[1]:g} {unit}"
            )
        self.parameters[full] = Parameter(full, value, unit, *range, source, known, text is not None)
        return 1.0 if known == "solved" else to_internal(value, unit)

    def cell_type(self, name: str, layer: str = "immune") -> CellType:
        """Declare a cell type (once; asking again returns it)."""
        if layer not in LAYERS:
            raise ModelError(f"{name}: layer {layer!r} is not one of {', '.join(LAYERS)}")
        return self.cells.setdefault(name, CellType(name, layer, self))

    def cell(self, name: str) -> CellType:
        """A cell type of another mechanism; where that is knocked out, `finish` drops what refers to it."""
        if name in self.cells:
            return self.cells[name]
        self.asked.add(name)
        return CellType(name, "immune", self)

    def trait(
        self, name: str, layer: str = "immune", bounded: bool = True, inherited: bool = False
    ) -> Signal:
        """A trait of every cell of a layer, from 0. Bounded: x' = a(1-x) - bx, otherwise x' = a - bx.

        An `inherited` one of the solid layer stays what it is and passes to daughters.
        """
        self.traits.setdefault(name, (layer, bounded))
        if inherited:
            self.inherited.add(name)
        return Signal("trait", name, model=self)

    def cytokine(self, name: str, steady: Steady | None = None) -> Signal:
        """A dissolved signal, in nM, with a field of its own: shown by the caller, or `steady` as cells
        secrete it.
        """
        if name not in self.cytokines:
            self.cytokines.append(name)
        if steady is not None:
            self.steady[name] = steady
        return Signal("cytokine", name)

    def modify(self, sentence: str, modifier: Modifier) -> None:
        """Let one mechanism act on another's rule; checked and applied by `finish`."""
        self.changes.append((sentence, modifier))

    def drop(self, sentence: str) -> None:
        """Let one mechanism take another's rule away, to say it anew; checked and applied by `finish`."""
        self.dropped.append(sentence)

    def add(self, rule: Rule) -> None:
        """Register a rule; two rules may not share a sentence (give one a label)."""
        if rule.sentence in self.rules:
            raise ModelError(f"two rules say {rule.sentence!r}: give one a label")
        self.rules[rule.sentence] = rule

    def give_law(self, sentence: str, kills: Iterable[float]) -> None:
        """Let the rate of a `hits` rule count kills: kills an hour at 0, LAW_STEP, 2 LAW_STEP.. hits an
        hour.
        """
        self.rules[sentence] = replace(self.rules[sentence], law=tuple(kills))

    def solve(self, name: str, value: float, *sentences: str) -> None:
        """Fill in a solved number (internal units) and scale its rules; an override stands."""
        parameter = self.parameters[name]
        if not parameter.overridden:
            shown = value / to_internal(1.0, parameter.unit)
            self.parameters[name] = replace(parameter, value=shown)
        for sentence in sentences:
            rule = self.rules[sentence]
            self.rules[sentence] = replace(rule, rate=rule.rate * self.value(name))

    def has(self, mechanism: str) -> bool:
        """Whether a mechanism has declared its numbers, so that another may build on it."""
        return any(name.startswith(f"{mechanism}.") for name in self.parameters)

    def value(self, name: str) -> float:
        """A declared number in internal units."""
        return to_internal(self.parameters[name].value, self.parameters[name].unit)

    def finish(self) -> None:
        """Apply modifications, drop what refers to absent cells, refuse what refers to nothing."""
        unknown = sorted(self.asked - self.known - self.cells.keys())
        if unknown:
            raise ModelError(
                f"unknown cell type {unknown[0]!r}{nearest(unknown[0], {*self.cells, *self.known})}"
            )
        for sentence, modifier in self.changes:
            self._change(sentence, modifier)
        self.changes.clear()
        for sentence in self.dropped:
            if self._find(sentence) is not None:
                del self.rules[sentence]
        self.dropped.clear()
        self.rules = {name: self._trimmed(rule) for name, rule in self.rules.items() if self._stands(rule)}
        self.rules = {name: rule for name, rule in self.rules.items() if not self._heals_nothing(rule)}
        self.walks = [walk for walk in self.walks if walk.cell in self.cells]
        self.initial = {key: value for key, value in self.initial.items() if key[0] in self.cells}
        self.carriers = {who: of for who, of in self.carriers.items() if of[0] in self.cells}
        eaters = {*self.cells, *self.carriers}
        self.uptakes = {key: value for key, value in self.uptakes.items() if key[0] in eaters}
        stray = [name for name in self.overrides if name not in self.parameters]
        if stray:
            raise ModelError(f"unknown parameter {stray[0]!r}{nearest(stray[0], self.parameters)}")

    def _stands(self, rule: Rule) -> bool:
        needs_other = rule.verb in ("hits", "enters", "becomes")
        return rule.cell in self.cells and (not needs_other or rule.other in self.cells)

    def _heals_nothing(self, rule: Rule) -> bool:
        """Whether a solid cell's trait falls that nobody's hits raise: no killers, no wounds."""
        raised = {each.raises for each in self.rules.values()}
        return rule.verb == "falls" and self.cells[rule.cell].layer == "solid" and rule.other not in raised

    def _trimmed(self, rule: Rule) -> Rule:
        gone = [
            m
            for m in rule.modifiers
            if m.signal.kind in ("near", "within") and m.signal.name not in self.cells
        ]
        return replace(rule, modifiers=tuple(m for m in rule.modifiers if m not in gone))

    def _change(self, sentence: str, modifier: Modifier) -> None:
        rule = self._find(sentence)
        if rule is not None:
            self.rules[sentence] = replace(rule, modifiers=(*rule.modifiers, modifier))

    def _find(self, sentence: str) -> Rule | None:
        """A rule by its sentence; None where a cell type it speaks of is knocked out."""
        rule = self.rules.get(sentence)
        if rule is None and not any(
            word in self.known and word not in self.cells for word in sentence.split()
        ):
            raise ModelError(f"no rule says {sentence!r}{nearest(sentence, self.rules)}")
        return rule
