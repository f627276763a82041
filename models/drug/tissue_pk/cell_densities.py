"""Cells counted as the drug meets them: per mL of tumour, and in each field voxel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from il2sim.models.drug.tissue_pk.section_plane import Counts
from il2sim.sim.compile.arrays import Table
from il2sim.sim.counters import SimError
from il2sim.sim.tissue import TYPE, VOXEL, Tissue


class Census:
    """Who takes up IL-2: the types of the immune layer, and what some of them carry of a trait."""

    def __init__(self, table: Table, carriers: Mapping[str, tuple[str, str]]) -> None:
        """`carriers`: name in the books -> cell type and trait, each cell counting as its trait."""
        self._names = table.cells["immune"]
        self._carriers = {
            who: (self._names.index(cell), table.traits["immune"].index(trait))
            for who, (cell, trait) in carriers.items()
        }

    def per_ml(self, tissue: Tissue) -> dict[str, float]:
        """Cells per mL of bed."""
        volume_ml = int(tissue.layers["solid"].count[0]) * tissue.lattice.voxel_um**3 * 1e-12
        cells = tissue.counts("immune", len(self._names) - 1)
        density = {name: cells[code] / volume_ml for code, name in enumerate(self._names) if code}
        carried = {who: float(self._carried(tissue, *of)[1].sum()) for who, of in self._carriers.items()}
        return density | {who: amount / volume_ml for who, amount in carried.items()}

    def in_field(self, tissue: Tissue) -> Mapping[str, Counts]:
        """Cells in every field voxel, counted when first read: most ticks do not solve the field."""
        return CountedWhenRead(lambda: self._in_field(tissue))

    def _in_field(self, tissue: Tissue) -> dict[str, Counts]:
        counts = tissue.in_field_voxels("immune", len(self._names) - 1)
        found: dict[str, Counts] = {name: counts[code] for code, name in enumerate(self._names) if code}
        size = int(np.prod(tissue.field_shape))
        for who, of in self._carriers.items():
            voxels, amount = self._carried(tissue, *of)
            spread = np.bincount(tissue.field_of[voxels], weights=amount, minlength=size)
            found[who] = spread.reshape(tissue.field_shape)
        return found

    def _carried(
        self, tissue: Tissue, code: int, trait: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Voxels of one type's cells and what each carries."""
        immune = tissue.layers["immune"]
        slots = np.flatnonzero(immune.cell[: immune.count[0], TYPE] == code)
        return immune.cell[slots, VOXEL], immune.trait[slots, trait]


class CountedWhenRead(Mapping[str, Counts]):
    """Counts by name that are made at the first look at any of them, and then kept."""

    def __init__(self, count: Callable[[], Mapping[str, Counts]]) -> None:
        self._count = count

    @cached_property
    def _counted(self) -> Mapping[str, Counts]:
        return self._count()

    def __getitem__(self, name: str) -> Counts:
        return self._counted[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._counted)

    def __len__(self) -> int:
        return len(self._counted)


def check_room(tissue: Tissue, day: float) -> None:
    """Raises SimError where the bed lies at the wall: it could not grow freely there any more."""
    lattice = tissue.lattice
    if (tissue.layers["solid"].type_at[lattice.outermost] > 0).any():
        side_mm = lattice.shape[0] * lattice.voxel_um / 1000
        raise SimError(
            f"day {day:.4g}: the tumour has grown to the wall of its lattice of {side_mm:.4g} mm and cannot "
            "grow freely there; set space.margin to more, or space.lattice where it is given"
        )


def bed_radius_um(tissue: Tissue) -> float:
    """Radius of the disc or ball with as many voxels as the bed."""
    lattice, bed = tissue.lattice, float(tissue.layers["solid"].count[0])
    radius = math.sqrt(bed / math.pi) if lattice.dimensions == 2 else math.cbrt(0.75 * bed / math.pi)
    return radius * lattice.voxel_um


def mean_trait(tissue: Tissue, codes: Sequence[int], trait: int) -> float:
    """Mean of a trait over all immune cells of these types; 0 where there are none."""
    immune = tissue.layers["immune"]
    kinds, values = immune.cell[: immune.count[0], TYPE], immune.trait[: immune.count[0], trait]
    chosen = values[np.isin(kinds, codes)]
    return float(chosen.mean()) if chosen.size else 0.0
