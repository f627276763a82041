"""When two texts of a config mean one value: numbers that agree in twelve digits, in any unit or spelling.

Twelve is what people can be shown and tell apart; a computed value differs from a typed one beyond them.
"""

import re
from functools import lru_cache

from il2sim.models.config.yaml_tree import listed_of
from il2sim.sim.language.units import UnitError, to_base

DIGITS = 12
_LONG = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")


def meaning(text: object, *, is_set: bool = False) -> object:
    """What a value means, to compare it: alike for '5 mm' and '0.5 cm', '[0, 7]' and '[0.0, 7]'.

    Of a set, as a list of mechanisms, the order means nothing, and one name is a list of one.
    """
    found = listed_of(text) if isinstance(text, str) else text
    items = found if isinstance(found, list) else [found]
    if is_set:
        return tuple(sorted(map(str, items)))
    means = tuple(map(_scalar, items))
    return means if isinstance(found, list) else means[0]


def _scalar(value: object) -> object:
    """A quantity as its size in twelve digits and what it measures; anything else is itself."""
    if value is None or isinstance(value, bool):
        return value
    try:
        size, dimensions = to_base(str(value))
    except UnitError:
        return str(value).strip()
    return f"{size + 0.0:.{DIGITS}g}", dimensions  # no -0


@lru_cache(maxsize=4096)
def shown(text: str) -> str:
    """A value for people: its numbers have at most twelve digits, all else is as it was written."""
    return _LONG.sub(_short, text)


def _short(found: re.Match[str]) -> str:
    number = found.group()
    digits = re.sub(r"[eE].*|\D", "", number).lstrip("0")
    return f"{float(number):.{DIGITS}g}" if len(digits) > DIGITS else number
