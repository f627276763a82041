"""The words in which biology is declared: cell types and their verbs, signals, rules, walks.

Nothing here runs anything: each verb writes a sentence into the `Model` its cell type or trait belongs to.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from il2sim.sim.language.records import Rule, Walk

if TYPE_CHECKING:
    from il2sim.sim.language.model import Model
    from il2sim.sim.language.modifiers import Modifier

_COLOUR = re.compile("#[0-9A-Fa-f]{6}")
LAW_STEP = 0.25  # hits an hour between the points of a rule's law


class ModelError(ValueError):
    """A declaration that cannot stand; one sentence, with the nearest valid name."""


def nearest(word: str, words: Iterable[str]) -> str:
    """'; did you mean 'x'?' or nothing."""
    spelt = {each.lower(): each for each in words}
    close = get_close_matches(word.lower(), list(spelt), 1)
    return f"; did you mean {spelt[close[0]]!r}?" if close else ""


@dataclass(frozen=True)
class Signal:
    """What a cell can sense: a cytokine, a trait of its own, or cells around it."""

    kind: str  # "cytokine" | "trait" | "near" | "within" | "engaged"
    name: str
    radius_um: float = 0.0
    weight: str = ""  # for "within": each cell counts `each` + this trait
    each: float = 1.0
    model: Model | None = field(default=None, repr=False, compare=False)

    def rises(self, cell: CellType, rate: float, *modifiers: Modifier, label: str = "") -> None:
        """A trait's gain a in this cell type, per hour."""
        self._moves("rises", cell, rate, modifiers, label)

    def falls(self, cell: CellType, rate: float, *modifiers: Modifier, label: str = "") -> None:
        """A trait's loss b in this cell type, per hour."""
        self._moves("falls", cell, rate, modifiers, label)

    def _moves(
        self, verb: str, cell: CellType, rate: float, modifiers: tuple[Modifier, ...], label: str
    ) -> None:
        if self.model is None:
            raise ModelError(f"{self.name}: only a trait rises or falls, this is a {self.kind} signal")
        need_cell(f"{self.name} {verb}", cell)
        through = f" through {label}" if label else ""
        sentence = f"{self.name} {verb} in {cell.name}{through}"
        self.model.add(Rule(sentence, verb, cell.name, rate, modifiers, other=self.name))


@dataclass(frozen=True)
class CellType:
    """A cell type; its verbs declare rules in the model it belongs to."""

    name: str
    layer: str
    model: Model = field(repr=False, compare=False)
    label: str = field(default="", repr=False, compare=False)  # in words, one of them: "CD8 T cell"
    colour: str = field(default="", repr=False, compare=False)  # "#RRGGBB"; "" leaves it to the picture
    counts_as_til: bool = field(default=False, repr=False, compare=False)

    def shown(self, label: str | None, colour: str | None, counts_as_til: bool | None) -> CellType:
        """The same with what readers see of it; ModelError for what they could not read."""
        is_immune = self.layer == "immune"
        if label is not None and not (isinstance(label, str) and label.strip()):
            raise ModelError(f'{self.name}: label {label!r} says nothing; name one of it: "NK cell"')
        if colour is not None and not (isinstance(colour, str) and _COLOUR.fullmatch(colour)):
            due = "six digits of 0-9 and A-F"
            raise ModelError(f'{self.name}: colour {colour!r} is not written as "#0072B2", {due}')
        if counts_as_til is not None and not isinstance(counts_as_til, bool):
            raise ModelError(f"{self.name}: counts_as_til={counts_as_til!r} is neither True nor False")
        if counts_as_til is not None and not is_immune:
            given = f"{self.name}: counts_as_til={counts_as_til} on a cell of the solid layer"
            raise ModelError(f"{given}: only immune cells lie within sTIL; leave it out")
        return replace(
            self,
            label=self.name.replace("_", " ") if label is None else label.strip(),
            colour=(colour or "").upper(),
            counts_as_til=is_immune if counts_as_til is None else counts_as_til,
        )

    def looks_as(self, other: CellType) -> bool:
        """Whether readers see the same of both."""
        seen = [(each.label, each.colour, each.counts_as_til) for each in (self, other)]
        return seen[0] == seen[1]

    def dies(
        self, rate: float, *modifiers: Modifier, becomes: CellType | None = None, label: str = ""
    ) -> None:
        """Leaves its layer, or becomes another type (a dead cell stays where it was)."""
        other = becomes.name if becomes else ""
        sentence = f"{self.name} dies of {label}" if label else f"{self.name} dies"
        self.model.add(Rule(sentence, "dies", self.name, rate, modifiers, other=other))

    def becomes(self, other: CellType, rate: float, *modifiers: Modifier) -> None:
        """Turns into another type of the same layer."""
        sentence = f"{self.name} becomes {other.name}"
        self.model.add(Rule(sentence, "becomes", self.name, rate, modifiers, other=other.name))

    def divides(
        self,
        rate: float,
        *modifiers: Modifier,
        daughters: Mapping[Signal, float] | None = None,
        both: Mapping[Signal, float] | None = None,
        expands: float = 0.0,
        into: CellType | None = None,
    ) -> None:
        """Makes a second cell like itself; `daughters` sets traits of the new one, `both` adds to those of
        the two. Solid cells say what to fill.
        """
        after, counts = (tuple((t.name, x) for t, x in (each or {}).items()) for each in (daughters, both))
        space = into.name if into else ""
        rule = Rule(f"{self.name} divides", "divides", self.name, rate, modifiers)
        self.model.add(replace(rule, daughters=after, counts=counts, expands=expands, into=space))

    def hits(
        self,
        other: CellType,
        rate: float,
        *modifiers: Modifier,
        raises: Signal,
        release: float,
        target: tuple[Modifier, ...] = (),
    ) -> None:
        """Strikes a touching cell and holds it until it dies or lets go at rate `release`.

        `rate` counts hits, or kills where the model gives the rule a law from kills to hits.
        `target` modifiers read the victim's traits and scale the rate for it, at most by 1.
        """
        rule = Rule(f"{self.name} hits {other.name}", "hits", self.name, rate, modifiers, other=other.name)
        self.model.add(replace(rule, victim_modifiers=target, raises=raises.name, release=release))

    def enters(self, rate: float, *modifiers: Modifier, at: CellType) -> None:
        """Arrives through each voxel of type `at`."""
        self.model.add(Rule(f"{self.name} enters", "enters", self.name, rate, modifiers, other=at.name))

    def migrates(
        self,
        speed: float,
        *,
        persistence_min: float,
        within: Mapping[CellType, float],
        entry: Mapping[CellType, float],
    ) -> None:
        """Persistent random walk; speeds in um/min, by tissue and across the border into it."""
        named = {cell.name: value for cell, value in within.items()}
        doors = {cell.name: value for cell, value in entry.items()}
        self.model.claim(f"the walk of {self.name}", "one of them is too many")
        self.model.walks.append(Walk(self.name, speed, persistence_min, named, doors))

    def starts(
        self,
        trait: Signal,
        value: float = 0.0,
        share: float | None = None,
        *,
        patch_um: float = 0.0,
        anew: bool = False,
    ) -> None:
        """A new cell's trait: `value`, or 1 in a random `share` of cells and 0 in the rest.

        A solid cell starts so when the tissue is laid, its `share` in patches about `patch_um` wide. What
        another mechanism has said already is replaced only `anew`.
        """
        first, key = value if share is None else share, (self.name, trait.name)
        thing = f"the first {trait.name} of {self.name}"
        is_part = share is not None or self.model.traits[trait.name][1]
        if not 0.0 <= first <= (1.0 if is_part else math.inf):
            most = "0 to 1 is" if is_part else "0 or more is"
            raise ModelError(f"{self.name} starts with {trait.name} {first:g}; {most} allowed")
        if key in self.model.initial and not anew:
            said = f"{self.model.authors[thing]!r} says already with which {trait.name} {self.name} starts"
            raise ModelError(f"{said}: write anew=True to replace it")
        if key in self.model.replaced and self.model.authors[thing] != self.model.mechanism:
            both = f"both {self.model.authors[thing]!r} and {self.model.mechanism!r}"
            raise ModelError(f"{thing} is said anew by {both}: one of them is too many")
        if key in self.model.initial:
            self.model.replaced.setdefault(key, self.model.authors[thing])
        self.model.note(thing)
        self.model.initial[key] = (first, share is not None)
        if patch_um > 0.0:
            self.model.patches[key] = patch_um

    def secretes(self, cytokine: Signal, rate: float, *modifiers: Modifier) -> None:
        """Gives off a steady cytokine, nmol/h."""
        sentence = f"{self.name} secretes {cytokine.name}"
        self.model.add(Rule(sentence, "secretes", self.name, rate, modifiers, other=cytokine.name))

    def takes_up(self, cytokine: Signal, vmax: float, km: float, by: Signal | None = None) -> None:
        """Saturable uptake by receptors: vmax nmol/h per cell, half at km nM; `by` a trait, so much of it as
        the cell carries.
        """
        label = self.name if by is None else f"{self.name}_{by.name}"
        if by is not None:
            self.model.carriers[label] = (self.name, by.name)
        self.model.claim(f"the uptake of {cytokine.name} by {label}", "one of them is too many")
        self.model.uptakes[label, cytokine.name] = (vmax, km)


def need_cell(where: str, cell: object) -> None:
    """Refuse what is no cell type, a bare name above all."""
    if not isinstance(cell, CellType):
        raise ModelError(f"{where}: {cell!r} is no cell type; ask for one by its name, m.cell('nk')")


def near(cell: CellType) -> Signal:
    """Own and touching voxels that hold this type."""
    need_cell("near", cell)
    return Signal("near", cell.name)


def engaged() -> Signal:
    """1 while the cell holds a victim, else 0."""
    return Signal("engaged", "engaged")


def within(
    cell: CellType, radius_um: float, weight: Signal | None = None, *, only: Signal | None = None
) -> Signal:
    """Cells within a radius; on a section those out of view in expectation.

    Each counts 1; with `weight` a trait, 1 + that trait: a cell without it still counts 1. With `only` a
    trait, that trait alone: a cell without it counts 0.
    """
    need_cell("within", cell)
    if weight is not None and only is not None:
        both = f"weight={weight.name} counts 1 + {weight.name}, only={only.name} counts {only.name} alone"
        raise ModelError(f"within({cell.name}): {both}; keep the one that is meant")
    if only is not None:
        return Signal("within", cell.name, radius_um, only.name, 0.0)
    return Signal("within", cell.name, radius_um, weight.name if weight else "")
