"""Quantities as people write them ("0.14 1/day") turned into numbers of a named unit.

Internal units are um, hour, nM and cell; international units of drug stay international units.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from math import isinf

from il2sim.sim.language.quote import quoted
from il2sim.sim.language.spelling import readings

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

_WAYS = {
    ("drug units", "drug units / length"): "divide a total by the width of the tumour",
    ("drug units / mass", "drug units / length"): "a dose per kg is multiplied by the weight and divided by "
    "the width of the tumour",
    (
        "drug units / length^2",
        "drug units / length",
    ): "the dose goes by the width of the tumour, not its area",
    ("drug units / length^3", "drug units / length"): "the dose goes by the width of the tumour, not its "
    "volume",
    ("drug units / length", "drug units"): "a dose per length is multiplied by the width of the tumour",
    ("drug units / mass", "drug units"): "a dose per kg is multiplied by the weight",
    ("drug units", "drug units / mass"): "divide a total by the weight",
    ("time", "1 / time"): "the rate is ln 2 / half-life, or 1 / mean time",
    ("1 / time", "time"): "the half-life is ln 2 / rate, the mean time 1 / rate",
    ("length^3", "length"): "of a volume give the width",
    ("length^2", "length"): "of an area give the width",
}
"""From what is often given to what is due."""
_ADVICE = {
    "m": "write metres in mm or cm, molar as M",
    "in inch inches ft": "write lengths in mm",
    "month months mo year years yr yrs a": "write times in days",
    "g mg ug ng pg lb lbs": "write the drug in IU (18 MIU are 1.1 mg by the label) and a weight in kg",
    "U MU kU u mu ku KU mU unit units": "old papers mean 6 IU (Cetus) or about 3 IU (Roche) by it: convert "
    "it and write IU",
    "mIU mIE mUI miu mie mui": "a thousandth of an IU is 0.001 IU; if a million is meant, write MIU",
}

INTERNAL: Mapping[str, float] = {name: float(size) for name, (_, _, size) in _UNITS.items()}
"""Size of every unit in internal units (um, h, nM, nmol, IU, cell, kg; volumes in um3)."""

_NUMBER = re.compile(r"\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3}(?![0-9]))?)\s*(\S.*)?")
_TERM = re.compile(r"([A-Za-z%]+|1)(?:\^?([1-9]))?")
_LONGEST = 80  # letters of a quantity; a double is exact with 24


class UnitError(ValueError):
    """A text that is no quantity, or one of another dimension than was asked for."""


@lru_cache(maxsize=65536)  # the points of a design share most of what they say
def quantity(text: str, unit: str, like: str = "") -> float:
    """Read "12 mm" as a number of `unit`; a bare number is accepted only where `unit` is "1".

    The value is the double nearest to what was written. Raises UnitError with one sentence, which gives
    `like` as its example where what was written measures something else.
    """
    try:
        number, written = parse(text, like or "12 mm")
    except UnitError as error:
        raise UnitError(_elsewise(text, unit, like) or str(error)) from None
    if not written and unit != "1":
        example = repr(f"{number} {unit}")
        raise UnitError(f"{quoted(text.strip())} has no unit; write one, like {example} if {unit} is meant")
    have, want = _measure(written or "1"), _measure(unit)
    if have[0] != want[0]:
        raise UnitError(_mismatch(text, have[0], unit, like))
    try:
        return float(Fraction(number) * have[1] / want[1])
    except OverflowError:
        raise UnitError(f"{quoted(text.strip())} is not a quantity of a size that exists") from None


def parse(text: str, like: str = "12 mm") -> tuple[str, str]:
    """Split a quantity into number and unit ("" for a bare number); both are checked, raising UnitError.

    `like` is its example of a quantity.
    """
    if len(text) > _LONGEST:
        raise UnitError(f"{quoted(text)} is not a quantity: it has more than {_LONGEST} letters")
    found = _NUMBER.fullmatch(text.replace("\u00b5", "u").replace("\u03bc", "u"))  # both micro signs
    if found is None:
        remedy = f"write a number and a unit, like {like!r}"
        raise UnitError(_elsewise(text) or f"{quoted(text)} is not a quantity; {remedy}")
    number, unit = found.group(1), (found.group(2) or "").strip()
    if isinf(float(number)):
        raise UnitError(f"{quoted(text)} is not a quantity of a size that exists")
    if unit:
        try:
            _measure(unit, text)
        except UnitError as error:
            raise UnitError(_elsewise(text) or str(error)) from None
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
        raise UnitError(f"{quoted(text.strip())} is not a quantity of a size that exists") from None


def _elsewise(text: str, unit: str = "", like: str = "") -> str:
    """The refusal of a quantity that is spelt in another way than is read; empty where nobody can tell.

    Where `unit` is given, what is due has its dimension, or no unit at all: that is asked for next.
    """
    found = _spellings(text)
    due = [_measure(unit)[0], {}] if unit else [has for _, has in found.values()]
    fit = {spelt: comma for spelt, (comma, has) in found.items() if has in due}
    if not fit:
        return _mismatch(text, next(iter(found.values()))[1], unit, like) if found else ""
    said = quoted(text.strip())
    if not any(fit.values()):
        return f"{said} is not written as a quantity is; write {' or '.join(map(repr, fit))}"
    ways = ", or ".join(f"{spelt!r} if it {comma}" for spelt, comma in fit.items())
    if len(fit) == 1:
        ways = repr(*fit)
    return f"{said} has a comma in its number; write it without the comma: {ways}"


def _spellings(text: str) -> dict[str, tuple[str, dict[str, int]]]:
    """What a text may say, as it is read: what its comma then does, and its dimension."""
    found: dict[str, tuple[str, dict[str, int]]] = {}
    for number, written, comma in readings(text, _UNITS) if len(text) <= _LONGEST else ():
        try:
            if not isinf(float(number)):
                found[f"{number} {written}".strip()] = comma, _measure(written or "1")[0]
        except UnitError:
            continue
    return found


def _mismatch(text: str, have: dict[str, int], unit: str, like: str) -> str:
    """The refusal of a quantity of another dimension, and how one becomes the other: never by its unit."""
    want = _spell(_measure(unit)[0])
    what = f"in {_spell(have)}" if have else "a plain number"
    way = _WAYS.get((_spell(have), want), "")
    example = f"like {like!r}" if like else f"in {unit}"
    return f"{quoted(text.strip())} is {what}, where {want} is due, {example}{way and f'; {way}'}"


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
        unknown = f"unknown unit {quoted(name)}; {_advice(name)}" if name else "no unit beside its '/' or '*'"
        raise UnitError(f"{quoted(text.strip())}: {unknown}")
    dimension, power, size = _UNITS[name]
    return dimension, power * exponent, size**exponent


def _advice(name: str) -> str:
    said = next((advice for names, advice in _ADVICE.items() if name in names.split()), "")
    if name[0] in "-+±\u2013.<>~" or name.startswith(("to ", "bis ")):
        return "write one value and its unit"
    near = get_close_matches(name, _UNITS, n=1, cutoff=0.5) if name.isalpha() else []
    return said or (f"did you mean {near[0]!r}?" if near else f"known units: {', '.join(_UNITS)}")


def _spell(dimensions: dict[str, int]) -> str:
    """Dimensions in words: "length", "drug units / length", "1 / time", "a plain number"."""
    over = [name if power == 1 else f"{name}^{power}" for name, power in dimensions.items() if power > 0]
    under = [name if power == -1 else f"{name}^{-power}" for name, power in dimensions.items() if power < 0]
    if not over and not under:
        return "a plain number"
    return " / ".join([" x ".join(over) or "1", *under])
