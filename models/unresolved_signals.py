"""What a rule reads and nothing gives: a misspelt trait or cytokine, which would be 0 for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from il2sim.models.config.outside_mechanisms import name_of
from il2sim.models.drug.treatment import SHOWN_BY
from il2sim.sim.language.model import Model, ModelError, Modifier, Signal, nearest


class End(NamedTuple):
    """What is read: by which sentence, and the modifier that does it, if one does."""

    thing: str
    signal: Signal
    modifier: Modifier | None = None


def check_ends(model: Model, everything: Callable[[], Model]) -> None:
    """Raise ModelError for the first signal that no mechanism gives, in use or not.

    `everything` declares all mechanisms there are: what only those give that a config leaves out is knocked
    out, not misspelt.
    """
    loose = [end for end in _read(model) if not _is_given(end.signal, model)]
    whole = everything() if loose else model
    for end in loose:
        if not _is_given(end.signal, whole):
            model.speak(end.thing, end.modifier)
            raise ModelError(f"{end.thing}: {_missing(end.signal, whole)}")


def check_shown(model: Model) -> None:
    """Raise ModelError for a field that is said to be shown and that nobody shows: it would be 0 for ever."""
    for name in sorted(model.shown):
        mechanism = SHOWN_BY.get(name)
        if mechanism is None or (mechanism and not model.has(mechanism)):
            model.speak(f"shown cytokine {name!r}")
            raise ModelError(f"nothing shows the cytokine {name!r}, it would be 0 for ever: {_showing(name)}")


def _showing(name: str) -> str:
    """What to write instead."""
    if mechanism := SHOWN_BY.get(name):
        return f"{mechanism!r} does where it is on, so name it in `mechanisms`"
    close = nearest(name, SHOWN_BY) or f"; shown are {', '.join(SHOWN_BY)}"
    return f"let cells secrete it, with Steady(...) for shown=True, or read one that is shown{close}"


Declaration = Callable[[Model], None]


def declared(model: Model, names: Iterable[str], declares: Callable[[str], Declaration]) -> Model:
    """All that these mechanisms say, as far as they agree; not finished, for names alone."""
    for name in names:
        model.mechanism = name_of(name)
        with suppress(Exception):  # a file that is not in use may be broken
            declares(name)(model)
    return model


def _read(model: Model) -> Iterator[End]:
    """Every trait and cytokine that is read."""
    for rule in model.rules.values():
        for modifier in (*rule.modifiers, *rule.victim_modifiers):
            signal = modifier.signal
            if signal.kind in ("trait", "cytokine"):
                yield End(rule.sentence, signal, modifier)
            elif signal.weight:
                yield End(rule.sentence, Signal("trait", signal.weight), modifier)
    for eater, cytokine in model.uptakes:
        thing = f"the uptake of {cytokine} by {eater}"
        yield End(thing, Signal("cytokine", cytokine))
        if eater in model.carriers:
            yield End(thing, Signal("trait", model.carriers[eater][1]))


def _is_given(signal: Signal, model: Model) -> bool:
    return signal.name in (moved(model) if signal.kind == "trait" else {*model.steady, *model.shown})


def moved(model: Model) -> set[str]:
    """Traits that start somewhere, rise, or are set by a hit or a division."""
    found = {trait for _, trait in model.initial}
    for rule in model.rules.values():
        found |= {rule.other} if rule.verb == "rises" else set()
        found |= {rule.raises} | {trait for trait, _ in (*rule.daughters, *rule.counts)}
    for change in model.changes:
        found |= {trait for trait, _ in (*change.sets, *change.adds)}
    return found


def _missing(signal: Signal, whole: Model) -> str:
    if signal.kind == "trait":
        hint = nearest(signal.name, moved(whole) - {signal.name})
        return f"nothing starts, raises or sets the trait {signal.name!r}{hint}"
    hint = nearest(signal.name, {*whole.steady, *whole.shown})
    return f"nothing secretes or shows the cytokine {signal.name!r}{hint}"
