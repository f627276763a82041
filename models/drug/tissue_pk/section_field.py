"""The section field: IL-2 in the plane of the cells, with their own sinks, between one bolus and the next.

While a bolus lies in the tissue the plane shows the tissue-PK solution's value there. When it has ebbed the
plane goes its own way from there; what it loses then is booked here, in amol per um of thickness (in three
dimensions amol), and not in the tissue-PK solution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Protocol

import numpy as np

from il2sim.models.drug.mass_balance import unbalanced
from il2sim.models.drug.tissue_pk.field_3d import ML_PER_L
from il2sim.models.drug.tissue_pk.section_plane import Counts, Field, Plane
from il2sim.models.drug.tissue_pk.transport import Transport, Uptake
from il2sim.sim.kernels.diffusion_uptake import FieldGrid, advance
from il2sim.sim.sums import added

HAND_OVER_NM = 10.0  # peak under which the plane may go its own way (numerical choice)
LATEST_NM = 1.0  # peak under which it does in any case, flagged (numerical choice)
UPTAKES_AGREE = 0.05  # of each other (numerical choice)
HALO_UM = 1_000.0  # room round the cells' lattice, so 2 mm round the tumour (numerical choice)
HALO_LENGTHS = 1.5  # at least so many sqrt(D / k): as at the usual numbers (numerical choice)
MOST_HALO_UM = 5_000.0  # where IL-2 hardly leaves (numerical choice)
EBBING_STEP = 0.1  # of the half-life, above the quiet level (numerical choice, tested by halving it)
QUIET_STEP_H = 3.0  # at it and below (numerical choice, tested by halving it)
AMOL_PER_NM_UM3 = 1e-6  # 1 nM = 1 amol per 1e6 um3


class Volume(Protocol):
    """What the section asks of the tissue-PK solution."""

    def at(self, points_um: Field) -> Field:
        """nM at points (..., 3) from the tumour's centre."""

    def peak_nM(self) -> float:  # noqa: N802
        """Highest value anywhere in the volume, nM."""

    def source_at(self, points_um: Field) -> Field:
        """nM/h that hold the basal level, at points (..., 3)."""


@dataclass(frozen=True)
class HandOver:
    """When the plane left the tissue-PK solution, how high the peak was, and how far the two agreed."""

    hour: float
    peak_nM: float  # noqa: N815
    uptake_ratio: float  # the plane's cells over their mean density, both in the tumour, at the same field
    disc_difference: float  # amount on the tumour's disc or ball: the plane's over the whole field's, less 1
    is_forced: bool  # at 1 nM though the uptakes still differed


def halo_um(transport: Transport) -> float:
    """Room round the cells' lattice: the field is closed there, so IL-2 that spreads far needs more."""
    clearance = transport.clearance_per_h
    length = math.sqrt(transport.diffusivity_um2_h / clearance) if clearance > 0.0 else math.inf
    return min(max(HALO_UM, HALO_LENGTHS * length), MOST_HALO_UM)


class SectionBook:
    """The plane's concentration `nM` (the cells' lattice and a halo), its ledger and its hand-overs."""

    def __init__(
        self,
        plane: Plane,
        transport: Transport,
        uptakes: Sequence[Uptake],
        outside_share: float,
        quiet_level: float,
    ) -> None:
        """`outside_share`: density beyond the tumour over the mean within, as in the whole field; under
        `quiet_level` (nM) steps are long.
        """
        self.plane, self.hour, self.is_own = plane, 0.0, False
        self._waiting_h = 0.0  # lived by the plane since its last step: when all is quiet steps are long
        self._clearing_h = 0.0  # the same, each hour times how much faster clearance was than at baseline
        self._transport, self._uptakes, self._quiet = transport, tuple(uptakes), quiet_level
        self._outside_share = outside_share
        halo = math.ceil(halo_um(transport) / plane.side_um)
        self._inner = tuple(slice(halo, halo + n) for n in plane.shape)
        self.grid = FieldGrid(tuple(n + 2 * halo for n in plane.shape), plane.side_um)
        self.points_um = plane.points_um(halo)
        self._distance = np.linalg.norm(self.points_um, axis=-1)
        self.nM: Field = np.full(self.grid.shape, transport.basal_nM)
        self._source: Field = np.zeros(self.grid.shape)
        self._km = np.array([uptake.km_nM for uptake in uptakes])
        self.hand_overs: list[HandOver] = []
        names = ("handed_over", "basal", "numerical", "solver", "handed_back", "cleared")
        taken = tuple(f"taken_up_{uptake.cell_type}" for uptake in uptakes)
        self._booked = dict.fromkeys(names + taken, 0.0)

    def concentration(self) -> Field:
        """nM at the field voxels of the cells' lattice, flat."""
        return np.ascontiguousarray(self.nM[self._inner]).ravel()

    def mean_nM(self, radius_um: float) -> float:  # noqa: N802
        """Mean within this distance of the tumour's centre, nM."""
        return float(self.nM[self._distance < radius_um].mean())

    def show(self, volume: Volume) -> None:
        """A bolus has come: back to the tissue-PK solution's values."""
        if self.is_own:
            self._booked["handed_back"] += self._amol(self.nM)
        self._waiting_h = self._clearing_h = 0.0
        self.is_own, self.nM = False, volume.at(self.points_um)

    def advance(
        self,
        hours: float,
        volume: Volume,
        cells: Mapping[str, Counts],
        radius_um: float,
        clearance_factor: float = 1.0,
    ) -> None:
        """`hours` on. cells: how many of each type lie in each field voxel, shape of the plane;
        clearance_factor: how many times faster IL-2 leaves than at baseline.

        The tissue-PK solution has been advanced already. Raises FieldError where a value is no concentration.
        """
        self.hour += hours
        self._waiting_h += hours if self.is_own else 0.0
        self._clearing_h += clearance_factor * hours if self.is_own else 0.0
        if self.is_own and self._waiting_h < self._longest_step_h() - 1e-9:
            return
        if self.is_own:
            self._go(self._vmax(cells, radius_um))
        else:
            self.nM = volume.at(self.points_um)
            self._hand_over_if_due(volume, cells, radius_um)

    @property
    def ledger(self) -> dict[str, float]:
        """Every amol (per um of thickness on a section) since the hand-overs, each term from its own formula.

        handed_over + basal + numerical + solver = tissue + handed_back + cleared + every taken_up.
        """
        book = self._booked | {"tissue": self._amol(self.nM) if self.is_own else 0.0}
        balanced = {name: book[name] for name in book if name not in ("handed_over", "handed_back")}
        balanced |= {"injected": book["handed_over"], "leaked": book["handed_back"]}
        return book | {"residual_relative": unbalanced(balanced)}

    def report(self) -> list[dict[str, float | bool]]:
        """Every hand-over, for the passport and the report."""
        return [asdict(each) for each in self.hand_overs]

    def _hand_over_if_due(self, volume: Volume, cells: Mapping[str, Counts], radius_um: float) -> None:
        peak = volume.peak_nM()
        if peak >= HAND_OVER_NM:
            return
        ratio = self._uptake_ratio(self._vmax(cells, radius_um), radius_um)
        is_forced = not abs(ratio - 1.0) < UPTAKES_AGREE
        if is_forced and peak > LATEST_NM:
            return
        difference = self._disc_difference(volume, radius_um)
        self.hand_overs.append(HandOver(self.hour, peak, ratio, difference, is_forced))
        self._booked["handed_over"] += self._amol(self.nM)
        self._source = volume.source_at(self.points_um)
        self.is_own = True

    def _uptake_ratio(self, vmax: Field, radius_um: float) -> float:
        """Uptake of the plane's cells over that of the same cells spread evenly over the tumour."""
        within = self._distance < radius_um
        share = self.nM / (self._km.reshape(-1, *[1] * self.nM.ndim) + self.nM)
        own = float((vmax * share)[:, within].sum())
        even = float((vmax[:, within].mean(axis=1) * share[:, within].sum(axis=1)).sum())
        return own / even if even > 0.0 else 1.0

    def _disc_difference(self, volume: Volume, radius_um: float) -> float:
        """Amount on the tumour's disc by the plane's voxels against the same on a finer grid, less 1."""
        axes = self.nM.ndim
        fine = 4 if axes == 2 else 2
        offsets = ((np.arange(fine) + 0.5) / fine - 0.5) * self.plane.side_um
        coarse = exact = 0.0
        for offset in product(offsets, repeat=axes):
            points = self.points_um.copy()
            points[..., :axes] += offset
            within = np.linalg.norm(points, axis=-1) < radius_um
            coarse += float(self.nM[within].sum())
            exact += float(volume.at(points[within]).sum())
        return coarse / exact - 1.0 if exact > 0.0 else 0.0

    def _vmax(self, cells: Mapping[str, Counts], radius_um: float) -> Field:
        """Largest uptake by kind and field voxel, nM/h: cells where they are, thinned-out tissue beyond."""
        per_cell = ML_PER_L / (self._transport.pore_fraction * self.plane.voxel_um3 * 1e-12)
        vmax = np.zeros((len(self._uptakes), *self.grid.shape))
        beyond = self._distance >= radius_um
        inside = np.flatnonzero(~beyond)
        for kind, uptake in enumerate(self._uptakes):
            rate = uptake.vmax_nmol_per_cell_h * per_cell
            vmax[kind][self._inner] = cells[uptake.cell_type] * rate
            within = vmax[kind].ravel()[inside]
            floor = self._outside_share * float(within.mean()) if within.size else 0.0
            np.maximum(vmax[kind], floor, out=vmax[kind], where=beyond)
        return vmax

    def _go(self, vmax: Field) -> None:
        """Advance on its own, in even steps of at most a share of the half-life until all is quiet."""
        steps = math.ceil(self._waiting_h / self._longest_step_h() - 1e-9)
        for _ in range(steps):
            self._step(self._waiting_h / steps, vmax)
        self._waiting_h = self._clearing_h = 0.0

    def _clearance_per_h(self) -> float:
        """Mean of the hours since the last step, so that what clearance takes of them is exact."""
        faster = self._clearing_h / self._waiting_h if self._waiting_h > 0.0 else 1.0
        return faster * self._transport.clearance_per_h

    def _longest_step_h(self) -> float:
        clearance = self._clearance_per_h()
        if clearance == 0.0 or float(self.nM.max()) <= self._quiet:
            return QUIET_STEP_H
        return EBBING_STEP * math.log(2.0) / clearance

    def _step(self, hours: float, vmax: Field) -> None:
        """One step; clearance is exact and leaves (1 - exp(-k h)) / k of the h hours to all else."""
        clearance, before = self._clearance_per_h(), self.nM
        gone = -math.expm1(-clearance * hours)
        held = gone / clearance if clearance > 0.0 else hours
        field = self.grid.pad(before * (1.0 - gone))
        balance = advance(
            field,
            self.grid.pad(self._source),
            self.grid.pad(vmax),
            self._km,
            self.grid,
            diffusivity=self._transport.diffusivity_um2_h,
            decay=0.0,
            hours=held,
            where=f"section's IL-2, hour {self.hour:g}",
        )
        self.nM = self.grid.crop(field)
        to_amol = self._transport.pore_fraction * AMOL_PER_NM_UM3 * self.plane.booked_um3
        whole = (
            hours / held * to_amol
        )  # clearance runs beside all else: what happened in `held` goes on for `hours`
        self._booked["basal"] += balance.secreted * whole
        for uptake, amount in zip(self._uptakes, balance.taken_up, strict=True):
            self._booked[f"taken_up_{uptake.cell_type}"] += amount * whole
        net = (balance.secreted - added(balance.taken_up)) / held
        self._booked["cleared"] += gone * self._amol(before) + (hours - held) * net * to_amol
        self._booked["solver"] += balance.solver * to_amol
        self._booked["numerical"] += balance.numerical * to_amol

    def _amol(self, concentration: Field) -> float:
        """Amount in the pores, amol (per um of thickness on a section)."""
        return (
            self._transport.pore_fraction
            * AMOL_PER_NM_UM3
            * self.plane.booked_um3
            * float(concentration.sum())
        )
