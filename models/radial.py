"""Spherical shells, and one implicit step of diffusion and saturable uptake on them; knows no drug."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dptsv

FINEST_SHELL_UM = 12.5  # radial_reference.csv moves by 0.05 % when this is halved (biology.md 1.5)
MOST_SHELLS = 400  # inside the tumour, so 25 um at a width of 20 mm (biology.md 1.5)
COARSENING_UM = 2_000.0  # outside, shells grow by their first thickness every 2 mm (assumed)
MOST_ITERATIONS = 40
LARGEST_RESIDUAL = 1e-5  # nM (model.md, "IL-2")
ROUNDING = 16.0 * float(np.finfo(np.float64).eps)  # of what a shell exchanges in a step: no solver gets below

Radial = NDArray[np.float64]  # one value per shell, from the centre outwards


@dataclass(frozen=True, eq=False)
class Shells:
    """Geometry: faces (shells + 1), mid radii, volumes, and area over distance across each inner face, um."""

    faces_um: Radial
    centre_um: Radial
    volume_um3: Radial
    exchange_um: Radial

    def net_inflow(self, concentration: Radial) -> Radial:
        """Sum over both faces of area / distance x difference, nM um per shell; the last face is closed."""
        flow = self.exchange_um * np.diff(concentration)
        inflow = np.zeros_like(concentration)
        inflow[:-1] += flow
        inflow[1:] -= flow
        return inflow

    def share_within(self, radius_um: float) -> Radial:
        """Share of each shell's volume that lies within the radius, 0 to 1."""
        return np.asarray(self.overlap_um3(0.0, radius_um) / self.volume_um3, dtype=np.float64)

    def overlap_um3(self, inner_um: float, outer_um: float) -> Radial:
        """Volume, um3, of each shell that lies between two radii; a shell half covered counts half."""
        return _volumes(np.clip(self.faces_um, inner_um, outer_um))


@dataclass(frozen=True, eq=False)
class Sinks:
    """Saturable uptake, share x rate C / (km + C) per kind; rate (nM/h) and km (nM) of shape (kinds, 1).

    Below 0 it follows its tangent: still rising and concave, so Newton's method converges from anywhere.
    """

    rate: NDArray[np.float64]
    km: NDArray[np.float64]
    share: Radial

    def saturation(self, concentration: Radial) -> NDArray[np.float64]:
        """C / (km + C), shape (kinds, shells)."""
        positive = np.maximum(concentration, 0.0)
        return np.asarray(positive / (self.km + positive) + np.minimum(concentration, 0.0) / self.km)

    def total(self, saturation: NDArray[np.float64]) -> Radial:
        """Uptake of all kinds together, nM/h."""
        return np.asarray(self.share * (self.rate * saturation).sum(axis=0), dtype=np.float64)

    def slope(self, concentration: Radial) -> Radial:
        """Derivative of the uptake with the concentration, 1/h."""
        freed = self.km + np.maximum(concentration, 0.0)
        return np.asarray(self.share * (self.rate * self.km / (freed * freed)).sum(axis=0), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Step:
    """End of a step: concentration and residual, nM; change without clearance, nM/h; saturation by kind."""

    concentration: Radial
    change: Radial
    saturation: NDArray[np.float64]
    residual: Radial
    has_converged: bool


def lay_shells(radius_um: float, beyond_um: float, shell_um: float | None = None) -> Shells:
    """Even shells up to the radius (None: 12.5 um thick, at most 400), ever thicker ones beyond it."""
    thickness_um = shell_um or max(FINEST_SHELL_UM, radius_um / MOST_SHELLS)
    inside = np.linspace(0.0, radius_um, max(4, round(radius_um / thickness_um)) + 1)
    reach = math.log1p(beyond_um / COARSENING_UM)
    beyond = np.linspace(0.0, reach, max(4, math.ceil(COARSENING_UM * reach / thickness_um)) + 1)[1:]
    faces_um = np.concatenate([inside, radius_um + COARSENING_UM * np.expm1(beyond)])
    centre_um = 0.5 * (faces_um[1:] + faces_um[:-1])
    return Shells(
        faces_um=faces_um,
        centre_um=centre_um,
        volume_um3=_volumes(faces_um),
        exchange_um=4.0 * math.pi * faces_um[1:-1] ** 2 / np.diff(centre_um),
    )


def implicit_step(
    shells: Shells,
    sinks: Sinks,
    kept: Radial,
    guess: Radial,
    *,
    held_h: float,
    diffusivity: float,
    source: Radial,
    tolerance: float,
) -> Step:
    """Solve C = kept + held (div(D grad C) - uptake(C) + source) .

    Newton's method from `guess` until the residual is within `tolerance` of the peak, or of rounding where a
    long step is stiffer than that, and at most 1e-5 nM; each correction is one symmetric positive definite
    tridiagonal system. The caller must look at `has_converged`.
    """
    conductance = held_h * diffusivity * shells.exchange_um
    diagonal = shells.volume_um3.copy()
    diagonal[:-1] += conductance
    diagonal[1:] += conductance
    stiffness = float((diagonal / shells.volume_um3).max())
    limit = min(max(tolerance, ROUNDING * stiffness) * float(np.abs(guess).max()), LARGEST_RESIDUAL)
    concentration = guess
    for _ in range(MOST_ITERATIONS):
        saturation = sinks.saturation(concentration)
        change = (
            diffusivity * shells.net_inflow(concentration) / shells.volume_um3
            - sinks.total(saturation)
            + source
        )
        residual = kept + held_h * change - concentration
        if not float(np.abs(residual).max()) > limit:
            return Step(concentration, change, saturation, residual, has_converged=True)
        uptake_um3 = held_h * shells.volume_um3 * sinks.slope(concentration)
        correction = dptsv(diagonal + uptake_um3, -conductance, shells.volume_um3 * residual)[2]
        concentration = concentration + correction
    return Step(concentration, change, saturation, residual, has_converged=False)


def _volumes(faces_um: Radial) -> Radial:
    return np.asarray(4.0 / 3.0 * math.pi * np.diff(faces_um**3), dtype=np.float64)
