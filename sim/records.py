"""What a finished model consists of: its numbers, its sentences, its walks, its secreted cytokines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sim.vocabulary import Modifier


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
    expands: float = 0.0  # solid divides: net growth rate that the bed must follow
    into: str = ""  # solid divides: the type of voxel a daughter fills


@dataclass(frozen=True)
class Walk:
    """How a cell type moves: um/min by tissue (`speed` elsewhere), and across the border into a tissue."""

    cell: str
    speed: float
    persistence_min: float
    within: Mapping[str, float]
    entry: Mapping[str, float]


class Steady(NamedTuple):
    """How a secreted cytokine spreads: 0 = loss (length^2 laplacian c - c) + secretion."""

    length_um: float  # sqrt(diffusivity / loss)
    loss: float  # 1/h
    pores: float  # share of the tissue that it spreads in
    lag_h: float = 0.0  # cells see it this late, 0 at once
