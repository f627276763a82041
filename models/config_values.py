"""How one value of a config is read and checked: quantities with range and source, whole numbers, choices.

Each reader is called by pydantic and refuses with one sentence; none of them knows a key or a file.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from models.config_source import nearest
from models.same_value import meaning

PROTOCOLS = Path(__file__).parents[1] / "configs" / "protocols"
LAST_DAY = 3650.0  # ten years: beyond any window before surgery
MOST_VISITS = 100  # numbers of visits one can name; the real limit is the number of days


Found = list[tuple[tuple[str, ...], str]]  # keys that are involved, the likeliest first, and a sentence


class ConflictError(ValueError):
    """Values that are each allowed but not together: keys and sentence of each."""

    def __init__(self, found: Found) -> None:
        super().__init__("; ".join(f"{keys[0]}: {sentence}" for keys, sentence in found))
        self.found = found


@dataclass(frozen=True)
class Whole:
    """A whole number in a range."""

    low: int
    high: int

    def __call__(self, value: object) -> int:
        """The number itself, no true or false and no text."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"{describe(value)} is not a whole number; {self.low} to {self.high} is allowed")
        if not self.low <= value <= self.high:
            raise ValueError(f"{value} is outside {self.low} to {self.high}")
        return value


@dataclass(frozen=True)
class OneOf:
    """One of a few values."""

    allowed: tuple[object, ...]

    def __call__(self, value: object) -> object:
        """The value itself, or ValueError with the nearest allowed one."""
        if isinstance(value, bool) or value not in self.allowed:
            names = [name for name in self.allowed if isinstance(name, str)]
            numbers = ", ".join(f"{number:g}" for number in self.allowed if isinstance(number, (int, float)))
            hint = nearest(str(value), names) if names else f"valid: {numbers}"
            raise ValueError(f"{describe(value)} is not known; {hint}")
        return value


def check_flag(value: object) -> bool:
    """True or false and nothing that merely sounds like it (YAML's yes, no, on, off stay texts here)."""
    if not isinstance(value, bool):
        raise ValueError(f"{describe(value)} is neither true nor false")
    return value


def check_name(value: object) -> str:
    """A name that can be a folder's."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
        raise ValueError(f"{describe(value)} cannot name a folder; use letters, digits, '.', '_' and '-'")
    return value


def check_day(value: object) -> float:
    """A plain day number, counted from the first injection day 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{describe(value)} is not a day; write a plain number, like 7")
    if not (math.isfinite(value) and 0 <= value <= LAST_DAY):
        raise ValueError(f"day {value:g} is outside 0 to {LAST_DAY:g}")
    return float(value)


def check_days(value: object) -> tuple[float, ...]:
    """Injection days: at least one, ascending, none twice."""
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{describe(value)} is not a list of days, like [0, 7, 14, 21]")
    days = tuple(check_day(day) for day in value)
    if not days:
        raise ValueError("no injection day is left; for a run without drug set schedule.dose to '0 MIU/mm'")
    for before, after in zip(days, days[1:], strict=False):
        if after == before or after in days[: days.index(before)]:
            raise ValueError(f"day {after:g} stands twice; each injection has its own day")
        if after < before:
            raise ValueError(f"day {after:g} comes after day {before:g}; write days in ascending order")
    return days


def check_missed(value: object) -> tuple[int, ...]:
    """Numbers of visits that did not take place, counted from 1: ascending, none twice, perhaps none."""
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{describe(value)} is not a list of visits, like [3]; the first visit is 1")
    visits = tuple(Whole(1, MOST_VISITS)(visit) for visit in value)
    if sorted(set(visits)) != list(visits):
        raise ValueError(f"{describe(value)} is not in ascending order, each visit once")
    return visits


def check_stop(value: object) -> int | None:
    """The number of visits given before the course was stopped; nothing where it was not."""
    return None if value is None else Whole(1, MOST_VISITS)(value)


def check_mechanisms(value: object) -> tuple[str, ...]:
    """Names of files of `models/` that declare something; the tumour is always among them."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{describe(value)} is not a list of mechanisms, like [tumour, cd8, il2]")
    for name in value:
        if name not in mechanism_names():
            raise ValueError(f"unknown mechanism {name!r}; {_why_not(name)}")
        if value.count(name) > 1:
            raise ValueError(f"mechanism {name!r} stands twice")
    if "tumour" not in value:
        raise ValueError("'tumour' is missing; every other mechanism can be left out")
    return tuple(value)


def check_protocol(value: object) -> str:
    """The name of a file of `configs/protocols/`."""
    names = [path.stem for path in PROTOCOLS.glob("*.yaml")]
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"{describe(value)} is not a protocol; {nearest(str(value), names)}")
    return value


def check_axes(value: object) -> dict[str, tuple[str, ...]]:
    """Axes of a sweep: at least one, each with values, none twice however it is spelt."""
    if not isinstance(value, Mapping) or not value:
        raise ValueError("no axis is given; write one, like 'axes: {patient.width: [5 mm, 10 mm]}'")
    found: Found = []
    for axis, texts in value.items():
        if isinstance(texts, str) or not texts:
            found.append(((f"sweep.axes.{axis}",), "a list of values is due, like '[5 mm, 10 mm]'"))
        else:
            found += [((f"sweep.axes.{axis}",), sentence) for sentence in _repeated(axis, texts)]
    if found:
        raise ConflictError(found)
    return {axis: tuple(texts) for axis, texts in value.items()}


def _repeated(axis: str, texts: Iterable[object]) -> Iterator[str]:
    """A sentence for every value of an axis that is written more than once: as the same text, or another."""
    alike: dict[object, list[object]] = {}
    for text in texts:
        alike.setdefault(meaning(text, is_set=axis in ("mechanisms", "with", "without")), []).append(text)
    for found in alike.values():
        *first, last = dict.fromkeys(found)
        if len(found) > 1 and not first:
            yield f"{describe(last)} stands twice; see 'replicates'"
        elif first:
            remedy = "leave one out" if len(first) == 1 else "keep one of them"
            yield f"{', '.join(map(describe, first))} and {describe(last)} are the same value; {remedy}"


@cache
def mechanism_names(folder: Path = Path(__file__).parent) -> tuple[str, ...]:
    """Files in lower case with a function `declare`, found by reading the folder: nothing is imported."""
    declares: Callable[[str], object] = re.compile(r"^def declare\(", re.MULTILINE).search
    files = (path for path in folder.glob("*.py") if path.stem.islower())
    return tuple(sorted(path.stem for path in files if declares(path.read_text("utf-8"))))


def _why_not(name: str, folder: Path = Path(__file__).parent) -> str:
    """What keeps a file from being a mechanism, or the nearest one that is."""
    if (folder / f"{name}.py").exists() and not name.islower():
        return f"write the name of models/{name}.py in lower case, as its numbers are called by it"
    if (folder / f"{name}.py").exists():
        return f"models/{name}.py has no function `declare`"
    return nearest(name, mechanism_names())


def refusals(error: ValidationError) -> Iterator[tuple[tuple[str, ...], str]]:
    """Keys and sentence of everything pydantic and our own checks refused."""
    for found in error.errors(include_url=False):
        cause = found.get("ctx", {}).get("error")
        keys = (".".join(str(part) for part in found["loc"][:2]),)
        if isinstance(cause, ConflictError):
            yield from cause.found
        elif found["type"] == "missing":
            yield keys, "is missing"
        else:
            yield keys, str(cause or found["msg"])


def spell(value: float, unit: str) -> str:
    """A number and its unit as people write them, without trailing zeros."""
    number = f"{value:.12g}"
    return number if unit == "1" else f"{number} {unit}"


def describe(value: object) -> str:
    """A value for a sentence: as YAML writes it, and nothing's absence in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(str(item) if isinstance(item, (str, int, float)) else '...' for item in value)}]"
    return repr(value) if isinstance(value, (str, int, float)) else "a mapping"
