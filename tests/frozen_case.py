"""Cells that stay where they are while one injection ebbs: hours above each EC50, and what they take up.

The drug is the real one (`drug.course`: both books, hand-over, own field); only the tissue is replaced by
counts of cells per field voxel, which is all that the drug ever sees of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from il2sim.models import Config
from il2sim.models.build import build
from il2sim.models.drug.course import Drug
from il2sim.models.drug.schedule import Visits
from il2sim.models.drug.tissue_pk.cell_densities import Census
from il2sim.models.drug.tissue_pk.section_field import HandOver
from il2sim.models.drug.tissue_pk.section_plane import Counts
from il2sim.models.drug.tissue_pk.time_above_ec50 import Exposure
from il2sim.models.tissue.initial_tissue import lattice_of, lay_tissue
from il2sim.sim.compile.arrays import Table, tabulate
from il2sim.sim.language.model import Model

TICK_H, HOURS = 0.5, 72.0
AMOL_PER_NMOL = 1e9
ONE_INJECTION = {"schedule.days": "[0]", "schedule.surgery_day": "4"}
Mean = Mapping[str, float]


@dataclass(frozen=True)
class Frozen:
    """Cells of each type per field voxel (shape of the plane), and per mL of the tumour."""

    config: Config
    model: Model
    cells: Mapping[str, Counts]
    density_per_ml: Mapping[str, float]

    @property
    def shape(self) -> tuple[int, ...]:
        return next(iter(self.cells.values())).shape

    @property
    def tissue(self) -> Any:
        """As much of a tissue as a plane is laid from: field voxels over the lattice of the cells."""
        field_um, voxel_um = self.config.space.field_voxel_um, self.config.space.voxel_um
        lattice = SimpleNamespace(
            voxel_um=voxel_um, shape=tuple(round(n * field_um / voxel_um) for n in self.shape)
        )
        return SimpleNamespace(lattice=lattice, field_shape=self.shape)


@dataclass(frozen=True)
class Seen:
    """What 72 h brought: hours by EC50, as the mean of the tumour's volume and of the cells of that type;
    uptake per cell (amol) by type, all told and of the own field alone; and the hand-over.
    """

    hours: Mean
    cell_hours: Mean
    uptake_amol: Mean
    own_uptake_amol: Mean
    hand_over: HandOver


def frozen(values: Mapping[str, str], seed: int) -> Frozen:
    """The tissue of a config as it is laid, its cells counted."""
    config, model, table = parts(values)
    tissue = lay_tissue(config, model, table, seed)
    census = Census(table, model.carriers)
    return Frozen(config, model, census.in_field(tissue), census.per_ml(tissue))


def parts(values: Mapping[str, str]) -> tuple[Config, Model, Table]:
    """Config, model and table of one injection."""
    config = Config().with_values({**ONE_INJECTION, **values})
    model = build(config)
    return config, model, tabulate(model, lattice_of(config))


def widened(case: Frozen, voxels: int) -> Frozen:
    """The same cells with so many more empty field voxels on every side."""
    cells = {name: np.pad(counts, voxels) for name, counts in case.cells.items()}
    return Frozen(case.config, case.model, cells, case.density_per_ml)


class Watch:
    """Counts hours and uptake of a drug's plane within the tumour as it started."""

    def __init__(self, case: Frozen, drug: Drug) -> None:
        self._case, self._drug, self._radius_um = case, drug, case.config.patient.width_um / 2.0
        points = drug.section.plane.points_um(0)
        self._distance = np.linalg.norm(points, axis=-1).ravel()
        self._within = np.flatnonzero(self._distance < self._radius_um)
        thresholds = {name: case.model.value(f"il2.ec50_{name}") for name in ("cd8", "nk", "treg")}
        # a section's ring stands for a shell: one more power of the distance
        volume = self._distance if len(case.shape) == 2 else np.ones_like(self._distance)
        self._volume = volume[self._within]
        self._cells = {name: counts.ravel()[self._within] for name, counts in case.cells.items()}
        self._exposure = Exposure(thresholds, self._volume)
        by_cell = {name: self._volume * self._cells[name] for name in thresholds}
        self._by_cell = {name: Exposure(thresholds, weight) for name, weight in by_cell.items()}
        for each in (self._exposure, *self._by_cell.values()):
            each.open_window(0.0)
        self._uptake = {cell: numbers for (cell, _), numbers in case.model.uptakes.items()}
        self._taken, self._own_taken = dict.fromkeys(self._uptake, 0.0), dict.fromkeys(self._uptake, 0.0)

    def level(self) -> NDArray[np.float64]:
        """nM in the tumour's field voxels."""
        return self._drug.concentration()[self._within]

    def count(self, before: NDArray[np.float64], was_own: bool) -> NDArray[np.float64]:
        """One tick after `before` has passed; returns what is there now."""
        after = self.level()
        for each in (self._exposure, *self._by_cell.values()):
            each.count(before, after, TICK_H)
        for cell, (vmax, km) in self._uptake.items():
            share = 0.5 * (before / (km + before) + after / (km + after))
            weight = self._volume * self._cells[cell]
            amol = TICK_H * AMOL_PER_NMOL * vmax * float(weight @ share) / float(weight.sum())
            self._taken[cell] += amol
            self._own_taken[cell] += amol if was_own else 0.0
        return after

    def seen(self) -> Seen:
        (window,) = self._exposure.windows()
        by_cell = {name: each.windows()[0].hours[name] for name, each in self._by_cell.items()}
        (over,) = self._drug.section.hand_overs
        return Seen(window.hours, by_cell, self._taken, self._own_taken, over)


def follow(case: Frozen, hours: float = HOURS) -> Seen:
    """One injection at hour 0, then both books with the same cells for `hours`."""
    radius_um = case.config.patient.width_um / 2.0
    drug = Drug(case.config, case.model, cast(Any, case.tissue), case.density_per_ml)
    drug.give(Visits(case.config).planned)
    watch = Watch(case, drug)
    now = watch.level()
    for _ in range(round(hours / TICK_H)):
        was_own = drug.section.is_own
        drug.advance(TICK_H, case.density_per_ml, case.cells, radius_um)
        now = watch.count(now, was_own)
    assert drug.section.ledger["residual_relative"] < 1e-6
    assert drug.book.ledger["residual_relative"] < 1e-6
    return watch.seen()
