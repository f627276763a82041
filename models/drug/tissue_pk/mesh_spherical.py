"""Spherical shells about the tumour's centre: the mesh of every depot that is a shell itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from il2sim.models.drug.geometries.depot_shape import Shell, distance_um
from il2sim.models.drug.geometries.injection import Depot
from il2sim.models.drug.tissue_pk.newton import FieldError, Problem, Step
from il2sim.sim.kernels.shell_diffusion import Chain, solve_chain

FINEST_SHELL_UM = 12.5  # hours above the EC50 move by 0.05 % when this is halved (calculated)
MOST_SHELLS = 400  # inside the tumour, so 25 um at a width of 20 mm (numerical choice)
COARSENING_UM = 2_000.0  # outside, shells grow by their first thickness every 2 mm (assumed)

Radial = NDArray[np.float64]  # one value per shell, from the centre outwards


@dataclass(frozen=True, eq=False)
class Shells:
    """Geometry: faces (shells + 1), mid radii, volumes, area over distance across each inner face, um, and
    the fluid that moves outwards through it, um3/h.
    """

    faces_um: Radial
    centre_um: Radial
    volume_um3: Radial
    exchange_um: Radial
    outflow_um3_h: Radial

    @property
    def distance_um(self) -> Radial:
        """Mid radii."""
        return self.centre_um

    @property
    def end_um(self) -> float:
        """Outermost face."""
        return float(self.faces_um[-1])

    def drift(self, concentration: Radial) -> Radial | float:
        """What moving fluid brings from the shell it leaves (upwind), nM um3/h; the last face is closed."""
        if not self.outflow_um3_h.any():
            return 0.0
        return _into(-self.outflow_um3_h * concentration[:-1])

    @cached_property
    def fastest_exchange(self) -> float:
        """Largest sum over both faces of area / distance over the shell's volume, 1/um2."""
        faces = np.zeros_like(self.volume_um3)
        faces[:-1] += self.exchange_um
        faces[1:] += self.exchange_um
        return float((faces / self.volume_um3).max())

    def solve(self, problem: Problem, guess: Radial) -> Step:
        """Newton's method, each step of it by elimination."""
        concentration, change, residual = guess.copy(), np.empty_like(guess), np.empty_like(guess)
        sinks = problem.sinks
        chain = Chain(
            volume=self.volume_um3,
            exchange=self.exchange_um,
            outflow=self.outflow_um3_h,
            share=sinks.share,
            rate=sinks.rate.ravel(),
            km=sinks.km.ravel(),
            kept=problem.kept,
            source=problem.source,
            hours=problem.held_h,
            diffusivity=problem.diffusivity,
        )
        has_converged = solve_chain(chain, concentration, change, residual, problem.limit, problem.iterations)
        return Step(concentration, change, residual, has_converged)

    def share_within(self, radius_um: float) -> Radial:
        """Share of each shell's volume that lies within the radius, 0 to 1."""
        return np.asarray(self.overlap_um3(0.0, radius_um) / self.volume_um3, dtype=np.float64)

    def overlap_um3(self, inner_um: float, outer_um: float) -> Radial:
        """Volume, um3, of each shell that lies between two radii; a shell half covered counts half."""
        return _volumes(np.clip(self.faces_um, inner_um, outer_um))

    def fill_um3(self, parts: Sequence[Depot]) -> list[Radial]:
        """Volume of each shell that each depot fills; raises FieldError for a depot that is no shell."""
        for part in parts:
            if not isinstance(part.shape, Shell) or part.shape.taken_um3 != 0.0:
                raise FieldError(
                    f"radial IL-2 field: found a {part.place} depot that is no shell about the tumour's "
                    "centre; allowed: symmetric geometries; use the lattice"
                )
        return [self.overlap_um3(part.inner_um, part.outer_um) for part in parts]

    def sample(self, values: Radial, points_um: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values at points (..., 3), linear between mid radii."""
        return np.asarray(np.interp(distance_um(points_um), self.centre_um, values), dtype=np.float64)


def lay_shells(
    radius_um: float, beyond_um: float, shell_um: float | None = None, outflow_um_h: float = 0.0
) -> Shells:
    """Even shells up to the radius (None: 12.5 um thick, at most 400), ever thicker ones beyond it.

    Fluid moves outwards at `outflow_um_h` at the radius: slower within, in proportion to the distance from
    the centre (an even source), and by the square of the distance beyond (no source).
    """
    thickness_um = shell_um or max(FINEST_SHELL_UM, radius_um / MOST_SHELLS)
    inside = np.linspace(0.0, radius_um, max(4, round(radius_um / thickness_um)) + 1)
    reach = math.log1p(beyond_um / COARSENING_UM)
    beyond = np.linspace(0.0, reach, max(4, math.ceil(COARSENING_UM * reach / thickness_um)) + 1)[1:]
    faces_um = np.concatenate([inside, radius_um + COARSENING_UM * np.expm1(beyond)])
    centre_um = 0.5 * (faces_um[1:] + faces_um[:-1])
    area_um2, inner = 4.0 * math.pi * faces_um[1:-1] ** 2, np.minimum(faces_um[1:-1], radius_um)
    return Shells(
        faces_um=faces_um,
        centre_um=centre_um,
        volume_um3=_volumes(faces_um),
        exchange_um=area_um2 / np.diff(centre_um),
        outflow_um3_h=4.0 * math.pi * outflow_um_h * inner**3 / radius_um,
    )


def _into(flow: Radial) -> Radial:
    """What each shell gains when `flow` passes inwards through each inner face."""
    inflow = np.zeros(flow.size + 1)
    inflow[:-1] += flow
    inflow[1:] -= flow
    return inflow


def _volumes(faces_um: Radial) -> Radial:
    return np.asarray(4.0 / 3.0 * math.pi * np.diff(faces_um**3), dtype=np.float64)
