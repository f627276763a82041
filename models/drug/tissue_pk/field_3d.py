"""The tissue-PK solution: IL-2 in and around the whole tumour, in three dimensions, week after week.

It alone carries nmol. It is told of densities and of an injection's depots; it knows no single cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from il2sim.models.drug.geometries.injection import Depot
from il2sim.models.drug.mass_balance import unbalanced
from il2sim.models.drug.tissue_pk.mesh_spherical import Shells, lay_shells
from il2sim.models.drug.tissue_pk.newton import Field, FieldError, Mesh, Sinks, implicit_step
from il2sim.models.drug.tissue_pk.time_above_ec50 import COVERED_CELL, Exposure, Window, weighted_sum
from il2sim.models.drug.tissue_pk.transport import Transport, Uptake, nmol_per_cell_h
from il2sim.sim.kernels.shell_diffusion import amounts, bound

__all__ = ["FieldError", "Transport", "Uptake", "VolumeBook", "nmol_per_cell_h", "unbalanced"]

NMOL_PER_NM_UM3 = 1e-15  # 1 nM = 1 nmol/L and 1 um3 = 1e-15 L
ML_PER_L = 1e3
BOLUS_STEP = 0.01  # of the clearance half-life, while a bolus is present (numerical choice)
LOWEST_NM = -1e-4  # from here to 0 a value becomes 0 and is booked as numerical (numerical choice)


class VolumeBook:
    """Concentration in the pores, nM, on a mesh, and the ledger of every nmol.

    dC/dt = div(D grad C) - div(u C) - k C - sum_i n_i vmax_i C / (km_i + C) / phi + source,
    zero flux at the end of the domain. Clearance is exact within a step, all else backward Euler. The source
    is constant and holds the basal level at the starting densities. `nM` is the state, one value per place
    of the mesh: spherical shells unless another is given (`models.drug.tissue_pk.mesh.open_book` chooses).
    """

    def __init__(
        self,
        radius_um: float,
        transport: Transport,
        uptakes: tuple[Uptake, ...],
        thresholds: Mapping[str, float],
        density_per_ml: Mapping[str, float],
        *,
        outside_share: float = 0.1,
        beyond_um: float = 14_000.0,
        shell_um: float | None = None,
        mesh: Mesh | None = None,
        bolus_step: float = BOLUS_STEP,
        tolerance: float = 1e-11,
    ) -> None:
        """Lay out the mesh at the basal level.

        `thresholds`: nM by name, "cd8" among them; `density_per_ml`: cells per mL of tumour by cell type;
        `outside_share`: density beyond the edge over that within; `beyond_um`: domain beyond the edge;
        `shell_um`: thickness of a shell inside; `mesh`: in place of shells; `bolus_step`: longest step
        over the half-life; `tolerance`: residual of the solver over the peak. Raises FieldError when these
        describe no tumour.
        """
        is_possible = radius_um > 0.0 and transport.pore_fraction > 0.0 and transport.outflow_um_h >= 0.0
        if not is_possible or COVERED_CELL not in thresholds:
            raise FieldError(
                f"IL-2 field: found radius {radius_um:g} um, pore fraction {transport.pore_fraction:g}, "
                f"outflow {transport.outflow_um_h:g} um/h, thresholds for "
                f"{', '.join(thresholds) or 'nothing'}; allowed: radius and fraction above 0, "
                f"outflow 0 or more, a threshold for {COVERED_CELL}"
            )
        self.radius_um, self.hour = radius_um, 0.0
        self.mesh = mesh or lay_shells(radius_um, beyond_um, shell_um, transport.outflow_um_h)
        self._transport, self._uptakes = transport, uptakes
        self._clearance_per_h = transport.clearance_per_h
        self._outside_share, self._bolus_step, self._tolerance = outside_share, bolus_step, tolerance
        self._within = self.mesh.share_within(radius_um)
        self._sinks = self._sinks_of(density_per_ml)
        self.nM: Field = np.full(self._within.size, transport.basal_nM)
        at_rest = self._sinks.total(self._sinks.saturation(self.nM))
        self._source: Field = transport.clearance_per_h * self.nM + at_rest
        if transport.outflow_um_h > 0.0:
            self._source = self._source - self.mesh.drift(self.nM) / self.mesh.volume_um3
        self._basal_nmol_h = self._nmol(self._source)
        self._start = np.flatnonzero(self._within > 0.0)  # the tumour as it started
        self._exposure = Exposure(thresholds, (self._within * self.mesh.volume_um3)[self._start])
        names = ["injected", "leaked", "cleared", "basal", "numerical", "solver"]
        self._booked = dict.fromkeys(names + [f"taken_up_{uptake.cell_type}" for uptake in uptakes], 0.0)
        self._booked["tissue_at_start"] = self._nmol(self.nM)

    def inject(self, parts: Sequence[Depot]) -> None:
        """Fill the depots at once, on top of what the pores hold, and open a new window of hours.

        Raises FieldError when a depot reaches beyond the domain.
        """
        end_um = self.mesh.end_um
        for part in parts:
            if part.outer_um > end_um:
                raise FieldError(
                    f"IL-2 at hour {self.hour:g}: the {part.place} depot ends {part.outer_um / 1e3:.2f} mm "
                    f"from the centre; allowed: up to the end of the domain, {end_um / 1e3:.2f} mm"
                )
        pores = self._transport.pore_fraction * NMOL_PER_NM_UM3 * self.mesh.volume_um3
        for part, filled in zip(parts, self.mesh.fill_um3(parts), strict=True):
            self._booked["injected"] += part.injected_nmol
            self._booked["leaked"] += part.leaked_nmol
            if part.retained_nmol > 0.0:
                self.nM = self.nM + part.retained_nmol * (filled / filled.sum()) / pores
        self._exposure.open_window(self.hour)

    def advance(
        self,
        hours: float,
        density_per_ml: Mapping[str, float],
        radius_um: float | None = None,
        clearance_factor: float = 1.0,
    ) -> None:
        """Integrate `hours` with these cells per mL within the radius, the outside share of them beyond it,
        and clearance that many times faster than at baseline; the source stays what it is.

        Raises FieldError, naming hour and place, when the field is no number, falls below -1e-4 nM or does
        not converge.
        """
        if not hours >= 0.0:
            raise FieldError(f"IL-2 at hour {self.hour:g}: found a step of {hours:g} h; allowed: 0 h or more")
        if radius_um is not None and radius_um != self.radius_um:
            self.radius_um, self._within = radius_um, self.mesh.share_within(radius_um)
        self._sinks = self._sinks_of(density_per_ml)
        self._clearance_per_h = clearance_factor * self._transport.clearance_per_h
        end_hour, left_h = self.hour + hours, hours
        while left_h > 0.0:
            steps = max(1, math.ceil(left_h / self._longest_step_h() - 1e-9))
            step_h = left_h / steps
            self._step(step_h)
            left_h = left_h - step_h if steps > 1 else 0.0
            self.hour = end_hour - left_h

    def at(self, points_um: NDArray[np.float64]) -> NDArray[np.float64]:
        """Concentration, nM, at points (..., 3) from the tumour's centre, um; linear between places."""
        return self.mesh.sample(self.nM, points_um)

    def concentration(self, r_um: NDArray[np.float64]) -> NDArray[np.float64]:
        """Concentration, nM, at distances from the centre, um; any shape; symmetric fields only."""
        if not isinstance(self.mesh, Shells):
            raise FieldError("IL-2 by distance: found a field that is not symmetric; allowed: ask at points")
        return np.asarray(np.interp(r_um, self.mesh.centre_um, self.nM), dtype=np.float64)

    def source_at(self, points_um: NDArray[np.float64]) -> NDArray[np.float64]:
        """The source that holds the basal level, nM/h, at points (..., 3) from the tumour's centre, um."""
        return self.mesh.sample(self._source, points_um)

    def mean_nM(self) -> float:  # noqa: N802
        """Volume mean, nM, over the tumour as wide as it is now."""
        weight = self.mesh.volume_um3 * self._within
        return weighted_sum(self.nM, weight) / float(weight.sum())

    def peak_nM(self) -> float:  # noqa: N802
        """Highest value anywhere, nM."""
        return float(self.nM.max())

    @property
    def cleared_nmol(self) -> float:
        """Gone into blood and lymph so far, nmol."""
        return self._booked["cleared"]

    def uptake_nmol_h(self) -> dict[str, float]:
        """What each cell type takes up now, in and about the tumour, nmol/h."""
        scale = self._transport.pore_fraction * NMOL_PER_NM_UM3
        return {cell_type: scale * amount for cell_type, amount in self._bound(self.nM).items()}

    @property
    def windows(self) -> tuple[Window, ...]:
        """Hours above each threshold, and coverage, after each injection so far."""
        return self._exposure.windows()

    @property
    def ledger(self) -> dict[str, float]:
        """Every nmol so far, each term from its own formula; `residual_relative` is what does not close.

        tissue_at_start + injected + basal + numerical + solver = tissue + leaked + cleared + every taken_up.
        """
        book = self._booked | {"tissue": self._nmol(self.nM)}
        return book | {"residual_relative": unbalanced(book)}

    def _sinks_of(self, density_per_ml: Mapping[str, float]) -> Sinks:
        """Uptake in the pores, nM/h, of these densities within the present radius."""
        rates = []
        for uptake in self._uptakes:
            density = density_per_ml.get(uptake.cell_type, math.nan)
            if not 0.0 <= density < math.inf:
                raise FieldError(
                    f"IL-2 at hour {self.hour:g}: found {density:g} {uptake.cell_type} per mL; allowed: "
                    "0 or more, for every cell type with an uptake"
                )
            rates.append(density * ML_PER_L * uptake.vmax_nmol_per_cell_h / self._transport.pore_fraction)
        return Sinks(
            rate=np.array(rates, dtype=np.float64).reshape(-1, 1),
            km=np.array([uptake.km_nM for uptake in self._uptakes], dtype=np.float64).reshape(-1, 1),
            share=self._outside_share + (1.0 - self._outside_share) * self._within,
        )

    def _longest_step_h(self) -> float:
        """A share of the half-life, if there is one, while a bolus is present; else what the caller asks."""
        quiet = max(min(self._exposure.thresholds.values()), 2.0 * self._transport.basal_nM)
        if self._clearance_per_h == 0.0 or float(self.nM.max()) <= quiet:
            return math.inf
        return self._bolus_step * math.log(2.0) / self._clearance_per_h

    def _step(self, step_h: float) -> None:
        """Advance and book one step; clearance leaves (1 - exp(-k h)) / k of the h hours to the rest."""
        clearance, before = self._clearance_per_h, self.nM
        gone = -math.expm1(-clearance * step_h)
        held_h = gone / clearance if clearance > 0.0 else step_h
        step = implicit_step(
            self.mesh,
            self._sinks,
            before * (1.0 - gone),
            before,
            held_h=held_h,
            diffusivity=self._transport.diffusivity_um2_h,
            source=self._source,
            tolerance=self._tolerance,
        )
        floored = self._without_negatives(step.concentration, step.has_converged, step_h)
        to_nmol = self._transport.pore_fraction * NMOL_PER_NM_UM3
        for cell_type, amount in self._bound(step.concentration).items():
            self._booked[f"taken_up_{cell_type}"] += step_h * to_nmol * amount
        held, changed, unsolved, raised = amounts(
            self.mesh.volume_um3, before, step.concentration, step.change, step.residual
        )
        self._booked["basal"] += step_h * self._basal_nmol_h
        self._booked["cleared"] += to_nmol * (gone * held + (step_h - held_h) * changed)
        self._booked["solver"] -= to_nmol * unsolved
        self._booked["numerical"] += to_nmol * raised
        self._exposure.count(before[self._start], floored[self._start], step_h)
        self.nM = floored

    def _bound(self, concentration: Field) -> dict[str, float]:
        """Uptake by cell type at this concentration, nM um3/h in the pores."""
        sinks, taken = self._sinks, np.zeros(len(self._uptakes))
        bound(self.mesh.volume_um3, sinks.share, sinks.rate.ravel(), sinks.km.ravel(), concentration, taken)
        return {uptake.cell_type: b for uptake, b in zip(self._uptakes, taken.tolist(), strict=True)}

    def _without_negatives(self, after: Field, has_converged: bool, step_h: float) -> Field:
        """Tiny negatives become 0; anything lower, or no number, or no solution, stops the run."""
        lowest = int(np.argmin(after))  # a NaN counts as the lowest
        if has_converged and float(after[lowest]) >= LOWEST_NM:
            return np.maximum(after, 0.0)
        place_mm = self.mesh.distance_um[lowest] / 1e3
        raise FieldError(
            f"IL-2 at hour {self.hour + step_h:g}, {place_mm:.3f} mm from the centre: found "
            f"{after[lowest]:g} nM{'' if has_converged else ' and no convergence'}; "
            f"allowed: {LOWEST_NM:g} nM or more"
        )

    def _nmol(self, concentration: Field) -> float:
        """Amount, nmol, in the pores of the whole domain."""
        amount_um3 = float((concentration * self.mesh.volume_um3).sum())
        return self._transport.pore_fraction * NMOL_PER_NM_UM3 * amount_um3
