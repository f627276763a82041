"""How one value of a config is read and checked: quantities with range and source, whole numbers, choices.

Each reader is called by pydantic and refuses with one sentence; none of them knows a key or a file.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path

import yaml
from pydantic import ValidationError

from il2sim.models.config.mechanisms import FOLDER, mechanism_names
from il2sim.models.config.outside_mechanisms import (
    installed,
    is_path,
    name_of,
    offered,
    outside_of,
    pinned,
    what,
)
from il2sim.models.config.reader import nearest
from il2sim.models.config.same_value import meaning
from il2sim.models.config.shipped import CONFIGS
from il2sim.models.drug.geometries.registry import GEOMETRIES, geometry_of
from il2sim.sim.language.quote import cut, quoted
from il2sim.sim.language.spelling import readings

PROTOCOLS = CONFIGS / "protocols"
LAST_DAY = 3650.0  # ten years: beyond any window before surgery
MOST_VISITS = 100  # numbers of injections one can name; the real limit is the number of days
LONGEST_NAME = 100  # letters of a folder's name; file systems take 255, of which files in it need some
MOST_SHOWN = 40  # parts of a list that a sentence looks at


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
        if isinstance(value, bool) or not isinstance(value, Integral):
            way = instead(value)
            is_right = re.fullmatch("[-+]?[0-9]+", way) and self.low <= int(way) <= self.high
            remedy = f"; write {way}" if is_right else ""
            allowed = f"{self.low} to {self.high} is allowed{remedy}"
            raise ValueError(f"{describe(value)} is not a whole number; {allowed}")
        number = int(value)
        if not self.low <= number <= self.high:
            raise ValueError(f"{quoted(number)} is outside {self.low} to {self.high}")
        return number


@dataclass(frozen=True)
class OneOf:
    """One of a few values."""

    allowed: tuple[object, ...]

    def __call__(self, value: object) -> object:
        """The value itself, or ValueError with the nearest allowed one."""
        is_one = isinstance(value, (str, Real)) and not isinstance(value, bool)
        if is_one and value in self.allowed:
            return self.allowed[self.allowed.index(value)]
        names = [name for name in self.allowed if isinstance(name, str)]
        numbers = ", ".join(f"{number:g}" for number in self.allowed if isinstance(number, (int, float)))
        way = instead(value)
        hint = nearest(value if isinstance(value, str) else "", names) if names else f"valid: {numbers}"
        if not names and way in numbers.split(", "):
            hint = f"write {way}"
        raise ValueError(f"{describe(value)} is not known; {hint}")


_FLAGS = dict.fromkeys(("yes", "y", "on", "true", "1"), "true")
_FLAGS |= dict.fromkeys(("no", "n", "off", "false", "0"), "false")


def check_flag(value: object) -> bool:
    """True or false and nothing that merely sounds like it (YAML's yes, no, on, off stay texts here)."""
    if not isinstance(value, bool):
        is_short = value in (0, 1) or (isinstance(value, str) and len(value) < MOST_SHOWN)
        plain = str(value).strip().lower() if is_short else ""
        remedy = f"write {_FLAGS.get(plain, 'true or false')}"
        quotes = " without quotes" if plain in ("true", "false") and value == plain else ""
        raise ValueError(f"{describe(value)} is neither true nor false; {remedy}{quotes}")
    return value


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_name(value: object) -> str:
    """A name that can be a folder's."""
    if isinstance(value, (int, float)) or value is None:
        text = describe(value)
        quotes = f"it in quotes, {text!r}, or " if value is not None and _NAME.fullmatch(text) else ""
        raise ValueError(f"{text} is no name; write {quotes}a name with letters, as 'run_1'")
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"{describe(value)} cannot name a folder; use letters, digits, '.', '_' and '-'")
    if len(value) > LONGEST_NAME:
        found = f"{quoted(value)} has {len(value)} letters"
        raise ValueError(f"{found}; a folder is named by at most {LONGEST_NAME}: write a shorter 'name:'")
    return value


def check_day(value: object) -> float:
    """A plain day number, counted from the first injection day 0."""
    if isinstance(value, bool) or not isinstance(value, Real):
        way = instead(value) or "a plain number, like 7"
        raise ValueError(f"{describe(value)} is not a day; write {way}, counted from the first injection")
    if not 0 <= number_of(value) <= LAST_DAY:
        shown = f"{value:g}" if abs(number_of(value)) < 1e15 else quoted(value)
        raise ValueError(f"day {shown} is outside 0 to {LAST_DAY:g}")
    return number_of(value)


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
    """Numbers of injections that did not take place, counted from 1: ascending, none twice, perhaps none."""
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{describe(value)} is not a list of injections, like [3]; the first injection is 1")
    visits = tuple(Whole(1, MOST_VISITS)(visit) for visit in value)
    if sorted(set(visits)) != list(visits):
        raise ValueError(f"{describe(value)} is not in ascending order, each injection once")
    return visits


def check_stop(value: object) -> int | None:
    """The number of injections given before the course was stopped; nothing where it was not."""
    if isinstance(value, str) and value.lower() in ("none", "null", "~", "no", "never"):
        raise ValueError(f"{describe(value)} is not a number of injections; write null, or leave the key out")
    return None if value is None else Whole(1, MOST_VISITS)(value)


def check_mechanisms(value: object) -> tuple[str, ...]:
    """Names of files of `models/` that declare something, installed mechanisms and paths of files, these with
    the hash of their content; the tumour is always among them.
    """
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{describe(value)} is not a list of mechanisms, like [tumour, cd8, il2]")
    if strange := [each for each in value if not isinstance(each, str)]:
        raise ValueError(f"{describe(strange[0])} is not the name of a mechanism, as in [tumour, cd8, il2]")
    found = tuple(map(_mechanism, value))
    said: dict[str, str] = {}
    for text in found:
        name = name_of(text)
        if name in said and what(said[name]) != what(text):
            both = f"{what(said[name])} and {what(text)}"
            raise ValueError(f"two mechanisms are called {name!r}: {cut(both, 300)}; rename one of them")
        if name in said:
            raise ValueError(f"mechanism {name!r} stands twice")
        said[name] = text
    if "tumour" not in found:
        raise ValueError("'tumour' is missing; every other mechanism can be left out")
    return found


def _mechanism(text: str) -> str:
    """One mechanism as a config holds it."""
    if text in mechanism_names():
        return text
    if outside_of(text) is not None or is_path(text) or text in installed():
        return pinned(text)
    raise ValueError(f"unknown mechanism {quoted(text)}; {_why_not(text)}")


def check_protocol(value: object) -> str:
    """The name of a file of `configs/protocols/`."""
    names = [path.stem for path in PROTOCOLS.glob("*.yaml")]
    text = value if isinstance(value, str) else ""
    if text not in names:
        raise ValueError(f"{describe(value)} is not a protocol; {nearest(text, names)}")
    return text


def check_geometry(value: object) -> str:
    """The name of a file of `models/drug/geometries/` that answers all that a geometry is asked."""
    name = str(OneOf(GEOMETRIES)(value))
    geometry_of(name)
    return name


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


def _why_not(name: str, folder: Path = FOLDER) -> str:
    """What keeps a file from being a mechanism, or the nearest one that is."""
    is_name = name.isidentifier() and len(name) <= LONGEST_NAME
    found = next((path for path in folder.rglob(f"{name}.py")), None) if is_name else None
    if found is None:
        return nearest(name, (*mechanism_names(), *offered()))
    shown = found.relative_to(folder.parent).as_posix()
    if not name.islower():
        return f"write the name of {shown} in lower case, as its numbers are called by it"
    return f"{shown} has no function `declare`"


def refusals(error: ValidationError) -> Iterator[tuple[tuple[str, ...], str]]:
    """Keys and sentence of everything pydantic and our own checks refused."""
    for found in error.errors(include_url=False):
        cause = found.get("ctx", {}).get("error")
        keys = (".".join(str(part) for part in found["loc"][:2]),)
        if isinstance(cause, ConflictError):
            yield from cause.found
        elif found["type"] == "missing":
            yield keys, "is missing"
        elif found["type"] == "extra_forbidden":
            yield keys, "unknown key"
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
        return cut(f"[{', '.join(map(_item, value[: MOST_SHOWN + 1]))}]")
    if isinstance(value, (str, Real)):
        return quoted(value)
    return "a list" if isinstance(value, yaml.SequenceNode) else "a mapping"


def _item(value: object) -> str:
    """A value of a list for a sentence."""
    if isinstance(value, str):
        return cut(value)
    return describe(value) if value is None or isinstance(value, Real) else "..."


def number_of(value: object) -> float:
    """A number of any kind as a double, infinite where it is too large for one."""
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf


def instead(value: object) -> str:
    """The plain number that a value stands for, as it is to be written; empty where nobody can tell."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    if not isinstance(value, str) or len(value) > MOST_SHOWN:
        return ""
    written = [f"{number} {unit}".strip() for number, unit, _ in readings(value, ("d", "day", "days"))]
    numbers = [text.split()[0] for text in written]
    plain_numbers = [re.sub(r"^([-+]?)0+(?=[0-9])", r"\1", number) for number in numbers]
    return " or ".join(plain_numbers)
