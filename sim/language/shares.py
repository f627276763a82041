"""Traits without bounds that are parts of a whole all the same: what adds to one must keep it at most 1.

Such a trait follows a gate late: it rises at the gate's share of a rate and falls at that rate, so it rests
at what the gate says, 0 to 1. A second gate that only adds would let it rest at 2.
"""

import math
from collections.abc import Iterable, Mapping
from itertools import product

from il2sim.sim.language.cells_and_rules import ModelError, Signal
from il2sim.sim.language.model import Model
from il2sim.sim.language.modifiers import Modifier
from il2sim.sim.language.records import Rule
from il2sim.sim.sums import added

_HAIR = 1e-9  # above 1: rounding


class Shares:
    """Which traits of a finished model are parts of a whole, by what those say who let them fall."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.foreign = {
            (change.sentence, change.modifier)
            for change in model.changed
            if change.mechanism != model.authors.get(change.sentence)
        }
        moved = {(rule.other, rule.cell) for rule in model.rules.values() if rule.verb == "falls"}
        self.found = sorted(key for key in moved if self._is_share(*key))

    def check(self) -> None:
        """Raise ModelError, with its author to blame, for the first that others lift beyond 1."""
        for trait, cell in self.found:
            rises, falls = self._rules("rises", trait, cell), self._rules("falls", trait, cell)
            most = _most(rises, self._bounded()) / max(_least(falls), 1e-300)
            if most > 1.0 + _HAIR:
                self._blame(rises, falls, f"{trait} of {cell}")

    def _is_share(self, trait: str, cell: str) -> bool:
        falls = [rule for rule in self._rules("falls", trait, cell) if not self._own(rule).modifiers]
        if self.model.traits[trait][1] or len(falls) != 1 or falls[0].rate == 0.0:
            return False
        owner = self.model.authors[falls[0].sentence]
        own = [self._own(rule) for rule in self._rules("rises", trait, cell) if self._by(rule) == owner]
        gates = all(any(m.kind == "gated" for m in rule.modifiers) for rule in own)
        return bool(own) and gates and math.isclose(_most(own, set()), falls[0].rate, rel_tol=_HAIR)

    def _rules(self, verb: str, trait: str, cell: str) -> list[Rule]:
        rules = self.model.rules.values()
        return [rule for rule in rules if (rule.verb, rule.other, rule.cell) == (verb, trait, cell)]

    def _own(self, rule: Rule) -> Rule:
        """Without the factors that others gave it."""
        kept = tuple(m for m in rule.modifiers if (rule.sentence, m) not in self.foreign)
        return Rule(rule.sentence, rule.verb, rule.cell, rule.rate, kept)

    def _by(self, rule: Rule) -> str:
        return self.model.authors[rule.sentence]

    def _bounded(self) -> set[str]:
        """Traits that are 0 to 1, declared so or by what they follow, and whether a victim is held."""
        declared = {trait for trait, (_, is_bounded) in self.model.traits.items() if is_bounded}
        return {*declared, *(trait for trait, _ in self.found), "engaged"}

    def _blame(self, rises: list[Rule], falls: list[Rule], what: str) -> None:
        """On the last rise of another mechanism than the one that lets it fall, or else on a factor."""
        owner = self._by(falls[0])
        others = [rule for rule in rises if self._by(rule) != owner]
        given = [(rule, m) for rule in (*rises, *falls) for m in rule.modifiers]
        factors = [(rule, m) for rule, m in given if (rule.sentence, m) in self.foreign and _lifts(rule, m)]
        if factors:
            self.model.speak(factors[-1][0].sentence, factors[-1][1])
        elif others:
            self.model.speak(others[-1].sentence)
        said = (factors[-1][0] if factors else others[-1] if others else rises[-1]).sentence
        raise ModelError(
            f"{said}: {what} is 0 to 1 by what {owner!r} says, and so it could exceed 1; let a cytokine "
            f"open the same gate instead, m.modify({rises[0].sentence!r}, also_by(...))"
        )


def _lifts(rule: Rule, modifier: Modifier) -> bool:
    """Whether a factor can lift the level of rest by itself."""
    return _high(modifier) > 1.0 if rule.verb == "rises" else _low(modifier) < 1.0


def _high(modifier: Modifier) -> float:
    """The most that a factor can be, where nothing is known of its signal."""
    known = {"raised": max(1.0, modifier.limit), "times": math.inf, "more": math.inf}
    return known.get(modifier.kind, 1.0)


def _low(modifier: Modifier) -> float:
    known = {"raised": min(1.0, modifier.limit), "lowered": modifier.limit, "more": 1.0}
    return known.get(modifier.kind, 0.0)


def _most(rules: Iterable[Rule], bounded: set[str]) -> float:
    """The most that their rates together can be, 1/h, for any value of signals that are 0 to 1: straight in
    each of them, so at one of their corners.
    """
    rules = list(rules)
    straight = [m for rule in rules for m in rule.modifiers if m.kind in ("times", "less", "more")]
    signals = list(dict.fromkeys(m.signal for m in straight if _is_part(m.signal, bounded)))
    corners = (dict(zip(signals, each, strict=True)) for each in product((0.0, 1.0), repeat=len(signals)))
    return max(float(added(rule.rate * _product(rule, corner) for rule in rules)) for corner in corners)


def _is_part(signal: Signal, bounded: set[str]) -> bool:
    return signal.kind in ("trait", "engaged") and signal.name in bounded


def _product(rule: Rule, at: Mapping[Signal, float]) -> float:
    found = 1.0
    for m in rule.modifiers:
        x = at.get(m.signal)
        if x is None or m.kind not in ("times", "less", "more"):
            factor = _high(m)
        else:
            factor = {"times": x, "less": 1.0 - x, "more": 1.0 + m.limit * x}[m.kind]
        found = 0.0 if factor == 0.0 or found == 0.0 else found * factor
    return found


def _least(rules: Iterable[Rule]) -> float:
    """The least that their rates together can be, 1/h."""
    return float(added(rule.rate * math.prod(_low(m) for m in rule.modifiers) for rule in rules))
