"""Which declared numbers a result depends on, as words beside it: the least known first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from il2sim.experiments.model_docs.parameters import amount
from il2sim.models.drug.geometries.registry import geometry_of

LEAST_KNOWN_FIRST = ("assumed", "memory", "solved", "fitted", "calculated", "seen")
GRADES = {"memory": "from memory"}
_SHARES = ("retained_centre", "retained_ring", "centre_share")
Cards = Mapping[str, Mapping[str, Any]]


def cards_of(parameters: Iterable[Mapping[str, Any]], varied: Iterable[str] = ()) -> Cards:
    """Cards by name, from a passport or from `numbers`; those `varied` have no one value."""
    several = set(varied)
    return {str(number["name"]): {**number, "is_varied": number["name"] in several} for number in parameters}


def basis(names: Sequence[str], cards: Cards) -> str:
    """ "assumed: body.node_time 1 h; seen: ...": names that this model does not declare are left out."""
    found = [cards[name] for name in dict.fromkeys(names) if name in cards]
    graded = {
        known: [_named(number) for number in found if number["known"] == known] for known in LEAST_KNOWN_FIRST
    }
    return "; ".join(
        f"{GRADES.get(known, known)}: {', '.join(each)}" for known, each in graded.items() if each
    )


def _named(number: Mapping[str, Any]) -> str:
    return f"{number['name']} {'(varied)' if number['is_varied'] else amount(dict(number))}"


def placed_by(geometry: str) -> tuple[str, ...]:
    """The numbers that say what share of a dose stays where the needle put it."""
    keys = geometry_of(geometry).keys
    return tuple(f"schedule.{key}" for key in keys if key in _SHARES)
