"""What an arm is called where mechanisms are swept: by what it has more or less than a list people know."""

from __future__ import annotations

import textwrap

from il2sim.models.config import mechanisms as lists
from il2sim.models.config.outside_mechanisms import name_of

MECHANISMS = "mechanisms"  # the axis
EDITS = {"with": "with nothing added", "without": "with nothing left out"}  # axes, with an empty list's name
KNOWN_LISTS = {
    "with the usual mechanisms": lists.MECHANISMS,
    "with the whole biology": (*lists.MECHANISMS, *lists.BIOLOGY),
}


def is_named(axis: str) -> bool:
    """Whether values of this axis are told in words of their own."""
    return axis in (MECHANISMS, *EDITS)


def named(axis: str, value: str) -> str:
    """A value of an axis over mechanisms for people."""
    if axis == MECHANISMS:
        return of_mechanisms(value)
    names = ", ".join(_names(value))
    return f"{axis} {names}" if names else EDITS[axis]


def of_mechanisms(value: str) -> str:
    """ "[tumour, cd8, ...]" as "with the usual mechanisms without aicd": by the most like of known lists."""
    names = _names(value)
    told = [_against(base, known, names) for base, known in KNOWN_LISTS.items()]
    return min(told)[1]


def _names(value: str) -> list[str]:
    """The mechanisms of a value; those from outside without their places."""
    return [name_of(name.strip()) for name in value.strip().strip("[]").split(",") if name.strip()]


def value_of(axis: str, value: str, columns: int) -> str:
    """A value of an axis for a tick of a picture, broken into lines of so many characters."""
    return textwrap.fill(named(axis, value) if is_named(axis) else value, columns)


def _against(base: str, known: tuple[str, ...], names: list[str]) -> tuple[int, str]:
    """How many names differ, and how that is said."""
    more, less = [name for name in names if name not in known], [name for name in known if name not in names]
    parts = [f"{word} {', '.join(found)}" for word, found in (("and", more), ("without", less)) if found]
    return len(more) + len(less), " ".join([base, *parts])
