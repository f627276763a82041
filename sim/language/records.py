"""What a finished model consists of: its numbers, its sentences, its walks, its secreted cytokines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from il2sim.sim.language.modifiers import Modifier


BEYOND = 1e6
"""How many times the ends of its range a number may be, with `allow_outside`: rates from one in years to one
in milliseconds. What is further overflows somewhere, and no question is answered by it.
"""


class Named(float):
    """A declared number in internal units that remembers its name, also as 1 / x, 1 - x, x - 1 and x times
    another; whatever else is worked out from it does not.
    """

    __slots__ = ("name",)
    name: str

    def __new__(cls, value: float, name: str = "") -> Named:
        """`name` is the parameter's, like "cd8_killing.kill_rate"."""
        number = super().__new__(cls, value)
        number.name = name
        return number

    def __rtruediv__(self, other: float) -> float:
        """1 / x keeps the name."""
        found = super().__rtruediv__(other)
        return Named(found, f"1 / {self.name}") if isinstance(other, float) and other == 1.0 else found

    def __rsub__(self, other: float) -> float:
        """1 - x keeps the name."""
        found = super().__rsub__(other)
        return Named(found, f"1 - {self.name}") if isinstance(other, float) and other == 1.0 else found

    def __sub__(self, other: float) -> float:
        """x - 1 keeps the name."""
        found = super().__sub__(other)
        return Named(found, f"{self.name} - 1") if isinstance(other, float) and other == 1.0 else found

    def __mul__(self, other: float) -> float:
        """A product of two has both names."""
        found = super().__mul__(other)
        return Named(found, f"{self.name} x {other.name}") if isinstance(other, Named) else found


@dataclass(frozen=True)
class Parameter:
    """One number of the model: value and range in the declared unit, where it comes from, how it is known."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    known: str
    overridden: bool = False
    usual: float | None = None  # what it is where nobody sets it, in the same unit

    @property
    def is_outside(self) -> bool:
        """Whether it lies beyond its range, set or solved; what is still to be solved does not."""
        return not math.isnan(self.value) and not self.low <= self.value <= self.high

    def refusal(self, allow_outside: bool) -> str:
        """Why the value cannot stand, or nothing. `allow_outside` lets what somebody set lie beyond the
        range, but not beyond sense: below 0, at 0 where the range is above, a part of a whole above 1, or
        so far from the range that it cannot be computed with.
        """
        if not self.source.strip():
            return f"{self.name}: source= is empty; say where it comes from, or that nothing does"
        if self.low > self.high:
            return f"{self.name}: its range {self.low:g} to {self.high:g} is the wrong way round"
        if math.isnan(self.value) or self.low <= self.value <= self.high:
            return ""
        unit = "" if self.unit == "1" else f" {self.unit}"
        found = f"{self.name}: {self.value:g}{unit} is outside its range {self.low:g} to {self.high:g}{unit}"
        if not self.overridden:
            return found
        least, most = self.limits
        if least <= self.value <= most or (self.value == 0.0 and self.low <= 0.0):
            remedy = "'allow_outside: true' in the config lets it stand, and says so in every report"
            return "" if allow_outside else f"{found}; {remedy}"
        nought = "0, or " if self.low <= 0.0 else ""
        is_percent = self.unit == "1" and self.low <= self.value / 100.0 <= self.high <= 1.0
        percent = f"; write '{self.value:g} %' if percent is meant" if is_percent else ""
        return f"{found}; with allow_outside too it must be {nought}{least:g} to {most:g}{unit}{percent}"

    @property
    def limits(self) -> tuple[float, float]:
        """Least and most that can be computed with, 0 apart: `BEYOND` times the ends of the range, and 1 of
        a part of a whole.
        """
        is_part = self.unit == "1" and self.high <= 1.0
        positive = [end for end in (self.low, self.high) if end > 0.0] or [1.0]
        least = self.low * BEYOND if self.low < 0.0 else positive[0] / BEYOND
        return least, 1.0 if is_part else positive[-1] * BEYOND


@dataclass(frozen=True)
class Rule:
    """One sentence of the model; `sentence` names it uniquely."""

    sentence: str
    verb: str
    cell: str
    rate: float  # per hour
    modifiers: tuple[Modifier, ...] = ()
    other: str = ""  # the victim, the type become, the vessel type, or the trait moved
    victim_modifiers: tuple[Modifier, ...] = ()
    release: float = 0.0  # hits: rate at which the contact ends
    raises: str = ""  # hits: the victim's trait that each hit raises by 1
    law: tuple[
        float, ...
    ] = ()  # hits: kills an hour at evenly spaced hits an hour, see `LAW_STEP`; () is hits as such
    daughters: tuple[tuple[str, float], ...] = ()  # divides: traits of the new cell
    counts: tuple[tuple[str, float], ...] = ()  # divides: added to traits of both cells
    expands: float = 0.0  # solid divides: net growth rate that the bed must follow
    into: str = ""  # solid divides: the type of voxel a daughter fills

    @property
    def remedy(self) -> str:
        """What helps where another rule says the same: only some verbs take a label."""
        takes_label = self.verb in ("dies", "rises", "falls")
        return "give one a label" if takes_label else "modify it, or drop the other's first"


class Change(NamedTuple):
    """What a mechanism does to a rule, its own or another's: a factor more, what a division does to traits,
    or takes it away.
    """

    mechanism: str
    sentence: str
    modifier: Modifier | None = None
    sets: tuple[tuple[str, float], ...] = ()  # traits of the daughter
    adds: tuple[tuple[str, float], ...] = ()  # to traits of both cells
    drops: bool = False
    place: str = ""  # file and line that asks for it


class Uphill(NamedTuple):
    """How a walk turns up a cytokine's slope: at a turn, with chance bias x min(1, reach x |grad ln(1 +
    c / half)|), the way nearest to the slope.
    """

    cytokine: str
    half: float  # nM
    bias: float  # 0 to 1
    reach_um: float


@dataclass(frozen=True)
class Walk:
    """How a cell type moves: um/min by tissue (`speed` elsewhere), and across the border into a tissue."""

    cell: str
    speed: float
    persistence_min: float
    within: Mapping[str, float]
    entry: Mapping[str, float]
    uphill: Uphill | None = None


class Steady(NamedTuple):
    """How a secreted cytokine spreads: 0 = loss (length^2 laplacian c - c) + secretion."""

    length_um: float  # sqrt(diffusivity / loss)
    loss: float  # 1/h
    pores: float  # share of the tissue that it spreads in
    lag_h: float = 0.0  # cells see it this late, 0 at once
