"""What an arm is called where mechanisms are swept: by what it has more or less than a list people know."""

from __future__ import annotations

import textwrap

from models import config_mechanisms as lists

MECHANISMS = "mechanisms"  # the axis
KNOWN_LISTS = {
    "usual mechanisms": lists.MECHANISMS,
    "whole biology": (*lists.MECHANISMS, *lists.BIOLOGY),
}


def of_mechanisms(value: str) -> str:
    """ "[tumour, cd8, ...]" as "usual mechanisms without aicd", from whichever known list differs least."""
    names = [name.strip() for name in value.strip().strip("[]").split(",") if name.strip()]
    told = [_against(base, known, names) for base, known in KNOWN_LISTS.items()]
    return min(told)[1]


def value_of(axis: str, value: str, columns: int) -> str:
    """A value of an axis for a tick of a picture, broken into lines of so many characters."""
    return textwrap.fill(of_mechanisms(value) if axis == MECHANISMS else value, columns)


def _against(base: str, known: tuple[str, ...], names: list[str]) -> tuple[int, str]:
    """How many names differ, and how that is said."""
    more, less = [name for name in names if name not in known], [name for name in known if name not in names]
    parts = [f"{word} {', '.join(found)}" for word, found in (("with", more), ("without", less)) if found]
    return len(more) + len(less), " ".join([base, *parts])
