"""Quantities of a config: how one is read and shown, what of it can be run, what its source gives."""

from dataclasses import dataclass, field
from functools import lru_cache
from numbers import Real
from typing import Any

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic.fields import FieldInfo

from il2sim.models.config.values import describe, number_of, spell
from il2sim.sim.language.quote import quoted
from il2sim.sim.language.units import UnitError, convert, quantity


@dataclass(frozen=True)
class Measure:
    """A number with a unit: kept in `unit`, shown in `shown`, in which `low` and `high` are given.

    Those are what can be run; `sourced` is the narrower range that its source gives, where one does.
    `defaults`: of the key it reads, noted when that key's section is declared.
    """

    unit: str
    shown: str
    low: float
    high: float
    source: str
    known: str
    because: str = ""
    sourced: tuple[float, float] | None = None
    defaults: list[float] = field(default_factory=list, compare=False, repr=False)

    def __call__(self, value: object, info: ValidationInfo) -> float:
        """Texts carry their unit; a bare number is taken as `unit`, and only from Python."""
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if is_number and info.context and self.unit != "1":
            raise ValueError(f"{quoted(value)} has no unit; {self._remedy(value)}")
        if is_number:
            found = number_of(value) + 0.0  # no -0
        elif isinstance(value, str):
            found = self.read(value)
        else:
            raise ValueError(f"{describe(value)} is not a quantity; write one, like {self.like()!r}")
        shown = convert(found, self.unit, self.shown)
        if not self.low <= shown <= self.high:
            low, high = spell(self.low, self.shown), spell(self.high, self.shown)
            because = self.because and f" ({self.because})"
            raise ValueError(
                f"{quoted(value)} is outside {low} to {high}{because}{self._percent(value, shown)}"
            )
        return found

    def _remedy(self, value: object) -> str:
        """What to write instead of a bare number: itself with the key's unit, where that is allowed."""
        number = number_of(value)
        if self.low <= number <= self.high:
            return f"write one, like {spell(number, self.shown)!r} if {self.shown} is meant"
        return f"write one, from {spell(self.low, self.shown)!r} to {spell(self.high, self.shown)!r}"

    def _percent(self, value: object, shown: float) -> str:
        """What to write where 15 may have been meant for 15 %."""
        is_meant = self.shown == "%" and self.low <= shown / 100.0 <= self.high and "%" not in str(value)
        return f"; write {spell(shown / 100.0, '%')!r} if percent is meant" if is_meant else ""

    def like(self) -> str:
        """An example that can stand: the default of the key, else an end of what is allowed."""
        return self.text(self.defaults[0]) if self.defaults else spell(self.low or self.high, self.shown)

    def read(self, text: str) -> float:
        """The number in `unit`; a refusal names the unit people know, not the internal one."""
        due = self.shown if self.unit != "1" else "1"
        try:
            quantity(text, due)
            return quantity(text, self.unit)
        except UnitError as error:
            refused = error
        try:
            quantity(text, due, self.like())  # which is looked up only now
        except UnitError as error:
            refused = error
        raise ValueError(str(refused))

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
