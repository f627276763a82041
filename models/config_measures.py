"""Quantities of a config: how one is read and shown, what of it can be run, what its source gives."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic.fields import FieldInfo

from models.config_values import describe, spell
from sim.units import UnitError, convert, quantity


@dataclass(frozen=True)
class Measure:
    """A number with a unit: kept in `unit`, shown in `shown`, in which `low` and `high` are given.

    Those are what can be run; `sourced` is the narrower range that its source gives, where one does.
    """

    unit: str
    shown: str
    low: float
    high: float
    source: str
    known: str
    because: str = ""
    sourced: tuple[float, float] | None = None

    def __call__(self, value: object, info: ValidationInfo) -> float:
        """Texts carry their unit; a bare number is taken as `unit`, and only from Python."""
        example = spell(self.low or self.high, self.shown)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and (self.unit != "1" or not info.context):
            if info.context:
                raise ValueError(f"{value!r} has no unit; {self._remedy(float(str(value)))}")
            found = float(str(value)) + 0.0  # no -0
        elif is_number or isinstance(value, str):
            found = self.read(str(value))
        else:
            raise ValueError(f"{describe(value)} is not a quantity; write one, like {example!r}")
        shown = convert(found, self.unit, self.shown)
        if not self.low <= shown <= self.high:
            low, high = spell(self.low, self.shown), spell(self.high, self.shown)
            raise ValueError(f"{value!r} is outside {low} to {high}{self.because and f' ({self.because})'}")
        return found

    def _remedy(self, number: float) -> str:
        """What to write instead of a bare number: itself with the key's unit, where that is allowed."""
        if self.low <= number <= self.high:
            return f"write one, like {spell(number, self.shown)!r}"
        return f"write one, from {spell(self.low, self.shown)!r} to {spell(self.high, self.shown)!r}"

    def read(self, text: str) -> float:
        """The number in `unit`; a refusal names the unit people know, not the internal one."""
        try:
            quantity(text, self.shown if self.unit != "1" else "1")
        except UnitError as error:
            raise ValueError(str(error)) from None
        return quantity(text, self.unit)

    def in_shown(self, value: float) -> float:
        """The value in the unit people read, free of rounding noise."""
        return float(f"{convert(value, self.unit, self.shown):.12g}")

    def text(self, value: float) -> str:
        """The value as a config writes it, and reads back to the same bits."""
        return _spelt(value, self.unit, self.shown)


@lru_cache(maxsize=65536)  # the points of a design share most of their values
def _spelt(value: float, unit: str, shown: str) -> str:
    friendly = spell(float(f"{convert(value, unit, shown):.12g}"), shown)
    return friendly if quantity(friendly, unit) == value else f"{value!r} {unit}"


def measure(
    unit: str,
    shown: str,
    allowed: tuple[float, float],
    source: str,
    known: str,
    *,
    sourced: tuple[float, float] | None = None,
) -> BeforeValidator:
    """A field's quantity: see `Measure`."""
    return BeforeValidator(Measure(unit, shown, *allowed, source, known, sourced=sourced))


def key(name: str, default: object) -> Any:
    """A field whose name in YAML leaves the unit out."""
    return Field(default, validation_alias=name)


def measure_of(field: FieldInfo) -> Measure | None:
    """How a field's quantity is read and shown; None for a field that is no quantity."""
    readers = [part.func for part in field.metadata if isinstance(part, BeforeValidator)]
    return next((reader for reader in readers if isinstance(reader, Measure)), None)
