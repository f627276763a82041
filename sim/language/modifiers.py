"""The factors of a rate: Hill responses to a signal, and straight ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

from il2sim.sim.language.cells_and_rules import ModelError, Signal

HILLS = (1, 2, 4, 8)


@dataclass(frozen=True)
class Modifier:
    """One factor of a rate: a Hill response to a signal, or a straight one (`times`, `less`, `more`)."""

    kind: str  # "raised" | "lowered" | "gated" | "also" | "times" | "less" | "more"
    signal: Signal
    half: float = 1.0
    limit: float = 1.0
    hill: float = 1


def need_signal(word: str, signal: object) -> None:
    """Refuse what cannot be sensed, a bare number above all."""
    if not isinstance(signal, Signal):
        found = getattr(signal, "__name__", repr(signal))
        raise ModelError(
            f"{word}({found}): m.trait(...), m.cytokine(...), near(...), within(...) or engaged() is meant; "
            "a constant factor belongs in the rate, or in a trait that cells start with"
        )


def need_number(where: str, name: str, number: object) -> None:
    """Refuse what is no number, a text with a unit above all."""
    if not isinstance(number, int | float):
        raise ModelError(f"{where}: {name}={number!r} is no number; m.par(...) makes one")


def _response(kind: str, signal: Signal, half: float, limit: float, hill: float) -> Modifier:
    need_signal(f"{kind}_by", signal)
    for name, number in (("half", half), ("limit", limit), ("hill", hill)):
        need_number(f"a response to {signal.name}", name, number)
    if hill not in HILLS:
        raise ModelError(f"a response to {signal.name}: hill {hill:g} is not one of {HILLS}")
    if half <= 0:
        raise ModelError(f"a response to {signal.name}: the half-maximum {half} must be above 0")
    if not 0.0 <= limit <= (1.0 if kind == "lowered" else math.inf):
        most = "0 to 1 is" if kind == "lowered" else "0 or more is"
        raise ModelError(f"a response to {signal.name}: it is {kind} to {limit:g}-fold; {most} allowed")
    return Modifier(kind, signal, half, limit, hill)


def raised_by(signal: Signal, ec50: float, fold: float, hill: float = 1) -> Modifier:
    """1 without the signal, `fold` at saturation."""
    return _response("raised", signal, ec50, fold, hill)


def lowered_by(signal: Signal, ic50: float, to: float, hill: float = 1) -> Modifier:
    """1 without the signal, `to` at saturation."""
    return _response("lowered", signal, ic50, to, hill)


def gated_by(signal: Signal, ec50: float, hill: float = 1) -> Modifier:
    """0 without the signal, 1 at saturation."""
    return _response("gated", signal, ec50, 1.0, hill)


def also_by(signal: Signal, ec50: float, hill: float = 1) -> Modifier:
    """A second cytokine that opens the gate which another holds: 1 - (1 - X1)(1 - X2), never above 1.

    It joins the one `gated_by` a cytokine of its rule: either suffices, and both together are no more than 1.
    """
    response = _response("also", signal, ec50, 1.0, hill)
    if signal.kind != "cytokine":
        raise ModelError(f"also_by({signal.name}): a cytokine joins a cytokine, this is a {signal.kind}")
    return response


def times(signal: Signal) -> Modifier:
    """The signal itself as a factor."""
    need_signal("times", signal)
    return Modifier("times", signal)


def less(signal: Signal) -> Modifier:
    """What the signal leaves of 1: the factor 1 - signal, never below 0."""
    need_signal("less", signal)
    return Modifier("less", signal)


def more(signal: Signal, gain: float) -> Modifier:
    """What the signal adds to 1: the factor 1 + gain x signal; `gain` is 0 or more."""
    need_signal("more", signal)
    need_number(f"more({signal.name})", "gain", gain)
    if not 0.0 <= gain < math.inf:
        raise ModelError(f"{signal.name} adds {gain:g} times itself to 1; 0 or more is allowed")
    return Modifier("more", signal, limit=gain)
