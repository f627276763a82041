"""Everything a model declares: numbers, cell types, traits, cytokines, rules; checked when it is finished.

Nothing here runs anything: mechanisms declare, `sim.compile` turns the finished model into flat arrays.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from il2sim.sim.language.assemble import assemble
from il2sim.sim.language.cells_and_rules import CellType, ModelError, Signal, engaged, near, nearest, within
from il2sim.sim.language.modifiers import (
    Modifier,
    also_by,
    gated_by,
    less,
    lowered_by,
    more,
    need_number,
    raised_by,
    times,
)
from il2sim.sim.language.provenance import Authored
from il2sim.sim.language.records import Change, Named, Parameter, Rule, Steady, Uphill, Walk
from il2sim.sim.language.units import UnitError, quantity, to_internal

__all__ = [
    "LAYERS",
    "Change",
    "CellType",
    "Model",
    "ModelError",
    "Modifier",
    "Parameter",
    "Rule",
    "Signal",
    "Steady",
    "Uphill",
    "Walk",
    "also_by",
    "engaged",
    "gated_by",
    "less",
    "lowered_by",
    "more",
    "near",
    "nearest",
    "raised_by",
    "times",
    "within",
]

LAYERS = ("solid", "immune")
KNOWN = ("seen", "calculated", "fitted", "memory", "assumed", "solved")


class Model(Authored):
    """Everything declared. `known` names all mechanisms, in use or not; `given` says what is known."""

    def __init__(
        self,
        overrides: Mapping[str, str] | None = None,
        known: Iterable[str] = (),
        given: Mapping[str, float | str] | None = None,
    ) -> None:
        super().__init__()
        self.overrides = dict(overrides or {})
        self.known = frozenset(known)
        self.given = dict(given or {})
        self.allow_outside = False  # whether overrides may lie beyond their ranges
        self.parameters: dict[str, Parameter] = {}
        self.cells: dict[str, CellType] = {}
        self.traits: dict[str, tuple[str, bool]] = {}  # name -> (layer, bounded)
        self.inherited: set[str] = set()  # solid traits that a daughter has from her mother
        self.cytokines: list[str] = []
        self.steady: dict[str, Steady] = {}
        self.shown: set[str] = set()  # cytokines that the caller shows
        self.relative: set[str] = set()  # those that are told in shares instead of nM
        self.rules: dict[str, Rule] = {}
        self.walks: list[Walk] = []
        self.pulls: dict[str, Uphill] = {}  # cell type -> what it walks towards
        self.uptakes: dict[tuple[str, str], tuple[float, float]] = {}  # (who, cytokine) -> nmol/h/cell, nM
        self.carriers: dict[str, tuple[str, str]] = {}  # who takes up by a trait -> cell type, trait
        self.initial: dict[tuple[str, str], tuple[float, bool]] = {}
        self.replaced: dict[tuple[str, str], str] = {}  # whose first traits another said anew
        self.patches: dict[tuple[str, str], float] = {}  # um, of solid cells' first traits
        self.changes: list[Change] = []  # asked for
        self.asked: dict[str, str] = {}  # cell type -> the mechanism that refers to it

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
        text, usual = self.overrides.get(full), value
        try:
            to_internal(value, unit)
            example = range[1] if math.isnan(value) else value
            value = value if text is None else quantity(text, unit, f"{example:g} {unit}".removesuffix(" 1"))
        except UnitError as error:
            raise ModelError(f"{full}: {error}") from None
        parameter = Parameter(full, value, unit, *range, source, known, text is not None, usual)
        if refusal := parameter.refusal(self.allow_outside):
            raise ModelError(refusal)
        self.parameters[full] = parameter
        return Named(1.0 if known == "solved" else to_internal(value, unit), full)

    def cell_type(
        self,
        name: str,
        layer: str = "immune",
        *,
        label: str | None = None,
        colour: str | None = None,
        counts_as_til: bool | None = None,
    ) -> CellType:
        """Declare a cell type (once; asking again returns it).

        Readers call one of it `label`, else by its name, and see it in `colour`, "#RRGGBB", else in one that
        is free. `counts_as_til`: whether sTIL counts it, as it does immune cells that say nothing.
        """
        if layer not in LAYERS:
            raise ModelError(f"{name}: layer {layer!r} is not one of {', '.join(LAYERS)}")
        self.claim(f"cell type {name!r}", f"one of them must ask for it: m.cell({name!r})")
        said = (label, colour, counts_as_til)
        made, known = CellType(name, layer, self).shown(*said), self.cells.get(name)
        if known is not None and any(each is not None for each in said) and not made.looks_as(known):
            raise ModelError(f"{name}: is declared twice, with other words for readers; say them once")
        like = next((each.name for each in self.cells.values() if each.label == made.label), name)
        if like != name:
            raise ModelError(
                f"{name}: label {made.label!r} is that of {like} too; readers could not tell them apart"
            )
        return self.cells.setdefault(name, made)

    def cell(self, name: str) -> CellType:
        """A cell type of another mechanism; where that is knocked out, `finish` drops what refers to it."""
        if name in self.cells:
            return self.cells[name]
        self.asked.setdefault(name, self.mechanism)
        self.places.setdefault(name, self.here())
        return CellType(name, "immune", self)

    def trait(
        self,
        name: str,
        layer: str = "immune",
        bounded: bool = True,
        inherited: bool = False,
        *,
        means: str = "",
    ) -> Signal:
        """A trait of every cell of a layer, from 0. Bounded: x' = a(1-x) - bx, otherwise x' = a - bx.

        An `inherited` one of the solid layer stays what it is and passes to daughters. Who declares it first
        says what it `means`, for `il2sim rules`.
        """
        self.explain(name, means)
        if self.traits.setdefault(name, (layer, bounded)) != (layer, bounded):
            told = (f"layer {each[0]!r}, bounded={each[1]}" for each in (self.traits[name], (layer, bounded)))
            self.claim(f"trait {name!r}", " against ".join(told))
        if f"trait {name!r}" not in self.authors:
            self.note(f"trait {name!r}")
        if inherited:
            self.inherited.add(name)
        return Signal("trait", name, model=self)

    def cytokine(
        self,
        name: str,
        steady: Steady | None = None,
        *,
        shown: bool = False,
        relative: bool = False,
        means: str = "",
    ) -> Signal:
        """A dissolved signal with a field of its own: `shown` by the caller, or `steady` as cells secrete
        it; who only reads it says neither. In nM, or in shares of its mean or its most where `relative`.
        """
        self.explain(name, means)
        if name not in self.cytokines:
            self.cytokines.append(name)
        if shown and name not in self.shown:
            self.shown.add(name)
            self.note(f"shown cytokine {name!r}")
        self.relative |= {name} if relative else set()
        if steady is not None:
            self.claim(f"steady cytokine {name!r}", f"one of them must ask for it: m.cytokine({name!r})")
            self.steady[name] = steady
        return Signal("cytokine", name)

    def modify(self, sentence: str, modifier: Modifier) -> None:
        """Let one mechanism act on another's rule; checked and applied by `finish`."""
        self.changes.append(Change(self.mechanism, sentence, modifier, place=self.here()))

    def on_division(
        self,
        sentence: str,
        *,
        daughter: Mapping[Signal, float] | None = None,
        both: Mapping[Signal, float] | None = None,
    ) -> None:
        """Let one mechanism set traits of the `daughter`, or add to those of `both` cells, at a division
        that another declares; checked and applied by `finish`.
        """
        sets, adds = (tuple((t.name, x) for t, x in (each or {}).items()) for each in (daughter, both))
        place = self.here()
        self.changes.append(Change(self.mechanism, sentence, sets=sets, adds=adds, place=place))

    def pull(self, cell: CellType, uphill: Uphill) -> None:
        """Let a cell type whose walk another mechanism declares turn up a cytokine's slope."""
        self.claim(f"the pull on {cell.name}", "a walk follows one cytokine")
        self.pulls[cell.name] = uphill

    def drop(self, sentence: str) -> None:
        """Let one mechanism take another's rule away, to say it anew; checked and applied by `finish`."""
        self.changes.append(Change(self.mechanism, sentence, drops=True, place=self.here()))

    def add(self, rule: Rule) -> None:
        """Register a rule; two rules may not share a sentence (give one a label)."""
        if rule.sentence in self.rules:
            both = {self.authors[rule.sentence], self.mechanism}
            named = f", of {' and '.join(sorted(both))}" if len(both) > 1 else ""
            raise ModelError(f"two rules say {rule.sentence!r}{named}: {rule.remedy}")
        need_number(rule.sentence, "rate", rule.rate)
        if not 0.0 <= rule.rate < math.inf:
            raise ModelError(f"{rule.sentence} at {rule.rate:g} per hour; 0 or more is allowed")
        self.rules[rule.sentence] = rule
        self.note(rule.sentence)

    def give_law(self, sentence: str, kills: Iterable[float]) -> None:
        """Let the rate of a `hits` rule count kills an hour: those at 0, LAW_STEP, 2 LAW_STEP.. hits."""
        self.rules[sentence] = replace(self.rules[sentence], law=tuple(kills))

    def solve(self, name: str, value: float, *sentences: str) -> None:
        """Fill in a solved number (internal units) and scale its rules; an override stands."""
        parameter = self.parameters[name]
        if not parameter.overridden:
            self.parameters[name] = replace(parameter, value=value / to_internal(1.0, parameter.unit))
        for sentence in sentences:
            rule = self.rules[sentence]
            self.rules[sentence] = replace(rule, rate=rule.rate * self.value(name))

    def has(self, mechanism: str) -> bool:
        """Whether a mechanism has declared its numbers, so that another may build on it."""
        return any(name.startswith(f"{mechanism}.") for name in self.parameters)

    def value(self, name: str) -> float:
        """A declared number in internal units; ModelError with the nearest name."""
        if parameter := self.parameters.get(name):
            return to_internal(parameter.value, parameter.unit)
        raise ModelError(f"no number is called {name!r}{nearest(name, self.parameters)}")

    def number(self, name: str) -> Named:
        """The same as its `par` returned, with its name, for another mechanism's sentences."""
        return Named(self.value(name), name)

    def finish(self, elsewhere: Callable[[], Iterable[str]] = tuple) -> None:
        """Apply modifications, drop what refers to absent cells or to sentences of `elsewhere`, those of
        mechanisms that are not in use; refuse what refers to nothing.
        """
        assemble(self, elsewhere)
