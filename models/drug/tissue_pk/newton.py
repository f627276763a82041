"""One implicit step of diffusion and saturable uptake on any mesh; knows no clearance and no ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from il2sim.models.drug.geometries.injection import Depot

MOST_ITERATIONS = 40
LARGEST_RESIDUAL = 1e-5  # nM: a thousandth of the smallest EC50 and less (numerical choice)
ROUNDING = 16.0 * float(np.finfo(np.float64).eps)  # of what a place exchanges in a step: no solver gets below

Field = NDArray[np.float64]  # one value per place of a mesh


class FieldError(RuntimeError):
    """The field cannot go on: a value that is no concentration, or a demand the domain cannot meet."""


class Mesh(Protocol):
    """Space cut into places, about the tumour's centre."""

    @property
    def volume_um3(self) -> Field:
        """Volume of each place."""

    @property
    def distance_um(self) -> Field:
        """Of each place's middle from the tumour's centre."""

    @property
    def end_um(self) -> float:
        """Nearest end of the domain, from the tumour's centre."""

    def drift(self, concentration: Field) -> Field | float:
        """What moving fluid brings to each place, nM um3/h; 0 where none moves."""

    @property
    def fastest_exchange(self) -> float:
        """Largest sum over a place's faces of area / distance over its volume, 1/um2."""

    def solve(self, problem: Problem, guess: Field) -> Step:
        """Newton's method from `guess` until no residual exceeds the problem's limit."""

    def share_within(self, radius_um: float) -> Field:
        """Share of each place's volume within a radius of the tumour's centre."""

    def fill_um3(self, parts: Sequence[Depot]) -> list[Field]:
        """Volume of each place that each depot of one injection fills."""

    def sample(self, values: Field, points_um: Field) -> Field:
        """Values at points (..., 3), linear between places."""


@dataclass(frozen=True, eq=False)
class Sinks:
    """Saturable uptake, share x rate C / (km + C) per kind; rate (nM/h) and km (nM) of shape (kinds, 1).

    Below 0 it follows its tangent: still rising and concave, so Newton's method converges from anywhere.
    """

    rate: NDArray[np.float64]
    km: NDArray[np.float64]
    share: Field

    def saturation(self, concentration: Field) -> NDArray[np.float64]:
        """C / (km + C), shape (kinds, places)."""
        positive = np.maximum(concentration, 0.0)
        return np.asarray(positive / (self.km + positive) + np.minimum(concentration, 0.0) / self.km)

    def total(self, saturation: NDArray[np.float64]) -> Field:
        """Uptake of all kinds together, nM/h."""
        return np.asarray(self.share * (self.rate * saturation).sum(axis=0), dtype=np.float64)

    def slope(self, concentration: Field) -> Field:
        """Derivative of the uptake with the concentration, 1/h."""
        freed = self.km + np.maximum(concentration, 0.0)
        return np.asarray(self.share * (self.rate * self.km / (freed * freed)).sum(axis=0), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Problem:
    """One step: C = kept + held (div(D grad C) - div(u C) - uptake(C) + source); `limit`, nM, is the largest
    residual allowed after at most `iterations`.
    """

    sinks: Sinks
    kept: Field
    source: Field
    held_h: float
    diffusivity: float
    limit: float
    iterations: int


@dataclass(frozen=True, eq=False)
class Step:
    """End of a step: concentration and residual, nM; change without clearance, nM/h."""

    concentration: Field
    change: Field
    residual: Field
    has_converged: bool


def implicit_step(
    mesh: Mesh,
    sinks: Sinks,
    kept: Field,
    guess: Field,
    *,
    held_h: float,
    diffusivity: float,
    source: Field,
    tolerance: float,
) -> Step:
    """Solve C = kept + held (div(D grad C) - div(u C) - uptake(C) + source) .

    Newton's method from `guess` until the residual is within `tolerance` of the peak, or of rounding where a
    long step is stiffer than that, and at most 1e-5 nM. The caller must look at `has_converged`.
    """
    stiffness = 1.0 + held_h * diffusivity * mesh.fastest_exchange
    limit = min(max(tolerance, ROUNDING * stiffness) * float(np.abs(guess).max()), LARGEST_RESIDUAL)
    return mesh.solve(Problem(sinks, kept, source, held_h, diffusivity, limit, MOST_ITERATIONS), guess)
