"""Quantities as people write them ("0.14 1/day") turned into numbers of a named unit.

Internal units are um, hour, nM and cell; international units of drug stay international units.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from math import isinf

_AVOGADRO_PER_NMOL = Fraction("6.02214076e14")  # exact by definition of the mole (SI, 2019)

# name: (dimension, power of that dimension, size in internal units)
_UNITS: dict[str, tuple[str, int, Fraction]] = {
    "1": ("share", 0, Fraction(1)),
    "%": ("share", 0, Fraction(1, 100)),
    "nm": ("length", 1, Fraction(1, 1000)),
    "um": ("length", 1, Fraction(1)),
    "mm": ("length", 1, Fraction(1000)),
    "cm": ("length", 1, Fraction(10_000)),
    "uL": ("length", 3, Fraction(10**9)),
    "mL": ("length", 3, Fraction(10**12)),
    "L": ("length", 3, Fraction(10**15)),
    "s": ("time", 1, Fraction(1, 3600)),
    "min": ("time", 1, Fraction(1, 60)),
    "h": ("time", 1, Fraction(1)),
    "hour": ("time", 1, Fraction(1)),
    "hours": ("time", 1, Fraction(1)),
    "d": ("time", 1, Fraction(24)),
    "day": ("time", 1, Fraction(24)),
    "days": ("time", 1, Fraction(24)),
    "week": ("time", 1, Fraction(168)),
    "weeks": ("time", 1, Fraction(168)),
    "fM": ("concentration", 1, Fraction(1, 10**6)),
    "pM": ("concentration", 1, Fraction(1, 1000)),
    "nM": ("concentration", 1, Fraction(1)),
    "uM": ("concentration", 1, Fraction(1000)),
    "mM": ("concentration", 1, Fraction(10**6)),
    "M": ("concentration", 1, Fraction(10**9)),
    "molecule": ("amount", 1, 1 / _AVOGADRO_PER_NMOL),
    "molecules": ("amount", 1, 1 / _AVOGADRO_PER_NMOL),
    "amol": ("amount", 1, Fraction(1, 10**9)),
    "fmol": ("amount", 1, Fraction(1, 10**6)),
    "pmol": ("amount", 1, Fraction(1, 1000)),
    "nmol": ("amount", 1, Fraction(1)),
    "IU": ("drug units", 1, Fraction(1)),
    "kIU": ("drug units", 1, Fraction(1000)),
    "MIU": ("drug units", 1, Fraction(10**6)),
    "cell": ("cells", 1, Fraction(1)),
    "cells": ("cells", 1, Fraction(1)),
    "kg": ("mass", 1, Fraction(1)),
}

INTERNAL: Mapping[str, float] = {name: float(size) for name, (_, _, size) in _UNITS.items()}
"""Size of every unit in internal units (um, h, nM, nmol, IU, cell, kg; volumes in um3)."""

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3}(?!\d))?)\s*(\S.*)?")
_TERM = re.compile(r"([A-Za-z%]+|1)(?:\^?([1-9]))?")


class UnitError(ValueError):
    """A text that is no quantity, or one of another dimension than was asked for."""


@lru_cache(maxsize=65536)  # the points of a design share most of what they say
def quantity(text: str, unit: str) -> float:
    """Read "12 mm" as a number of `unit`; a bare number is accepted only where `unit` is "1".

    The value is the double nearest to what was written. Raises UnitError with one sentence.
    """
    number, written = parse(text)
    if not written and unit != "1":
        raise UnitError(f"{text.strip()!r} has no unit; write one, like {f'{number} {unit}'!r}")
    have, want = _measure(written or "1"), _measure(unit)
    if have[0] != want[0]:
        example = f"like {f'{number} {unit}'!r}"
        raise UnitError(
            f"{text.strip()!r} is in {_spell(have[0])}, where {_spell(want[0])} is due, {example}"
        )
    try:
        return float(Fraction(number) * have[1] / want[1])
    except OverflowError:
        raise UnitError(f"{text.strip()!r} is not a quantity of a size that exists") from None


def parse(text: str) -> tuple[str, str]:
    """Split a quantity into number and unit ("" for a bare number); both are checked, raising UnitError."""
    found = _NUMBER.fullmatch(text.replace("\u00b5", "u").replace("\u03bc", "u"))  # both micro signs
    if found is None:
        raise UnitError(f"{text!r} is not a quantity; write a number and a unit, like '12 mm'")
    number, unit = found.group(1), (found.group(2) or "").strip()
    if isinf(float(number)):
        raise UnitError(f"{text!r} is not a quantity of a size that exists")
    if unit:
        _measure(unit, text)
    return number, unit


def to_base(text: str) -> tuple[float, tuple[tuple[str, int], ...]]:
    """What a quantity measures, and its size in internal units, the nearest double: alike for '5 mm' and
    '0.5 cm'. Raises UnitError.
    """
    number, unit = parse(text)
    dimensions, size = _measure(unit or "1")
    try:
        return float(Fraction(number) * size), tuple(sorted(dimensions.items()))
    except OverflowError:
        raise UnitError(f"{text.strip()!r} is not a quantity of a size that exists") from None


def convert(value: float, unit: str, to: str) -> float:
    """Express `value` (in `unit`) in the unit `to`; UnitError when they measure different things."""
    return value * _factor(unit, to)


@lru_cache(maxsize=4096)
def _factor(unit: str, to: str) -> float:
    have, want = _measure(unit), _measure(to)
    if have[0] != want[0]:
        raise UnitError(f"{unit!r} is {_spell(have[0])} and cannot become {to!r}, {_spell(want[0])}")
    return float(have[1] / want[1])


def to_internal(value: float, unit: str) -> float:
    """Express `value` (in `unit`) in internal units: um, h, nM, nmol, IU, cell, kg and their products."""
    return value * float(_measure(unit)[1])


@lru_cache(maxsize=4096)
def _measure(unit: str, text: str = "") -> tuple[dict[str, int], Fraction]:
    """Dimensions (name -> power, zero powers left out) and size of a unit such as "1/h" or "um2/s"."""
    dimensions: dict[str, int] = {}
    size, sign = Fraction(1), 1
    for part in re.split(r"\s*([/*])\s*", unit.strip()):
        if part in ("/", "*"):
            sign = -1 if part == "/" else 1
            continue
        dimension, power, factor = _term(part, text or unit)
        dimensions[dimension] = dimensions.get(dimension, 0) + sign * power
        size *= factor**sign
    return {name: power for name, power in dimensions.items() if power}, size


def _term(part: str, text: str) -> tuple[str, int, Fraction]:
    """One factor of a unit, as "mm2": dimension, power, size."""
    found = _TERM.fullmatch(part)
    name, exponent = (found.group(1), int(found.group(2) or 1)) if found else (part, 1)
    if name not in _UNITS:
        raise UnitError(f"{text.strip()!r}: unknown unit {name!r}; {_advice(name)}")
    dimension, power, size = _UNITS[name]
    return dimension, power * exponent, size**exponent


def _advice(name: str) -> str:
    if name in ("U", "MU", "kU"):
        return "old papers mean 6 IU (Cetus) or about 3 IU (Roche) by it: convert it and write IU"
    near = [unit for unit in _UNITS if unit.lower() == name.lower()] or get_close_matches(
        name, _UNITS, n=1, cutoff=0.5
    )
    return f"did you mean {near[0]!r}?" if near else f"known units: {', '.join(_UNITS)}"


def _spell(dimensions: dict[str, int]) -> str:
    """Dimensions in words: "length", "drug units / length", "1 / time", "a plain number"."""
    over = [name if power == 1 else f"{name}^{power}" for name, power in dimensions.items() if power > 0]
    under = [name if power == -1 else f"{name}^{-power}" for name, power in dimensions.items() if power < 0]
    if not over and not under:
        return "a plain number"
    return " / ".join([" x ".join(over) or "1", *under])
