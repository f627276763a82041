"""Who is where: two layers of cells over one lattice, each at most one cell per voxel, as flat arrays."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.lattice import WALL, Lattice

TYPE, VOXEL = 0, 1  # columns of a cell's row
HEADING = 2  # the walk's direction, an index into the touching offsets; 0 none
PARTNER = 3  # voxel of the engaged victim, -1 none


class TissueError(ValueError):
    """A broken invariant of the cell tables: always a fault of the program, never of the user."""


class Layer(NamedTuple):
    """Cells of one layer. Slots 0..count-1 are in use; `type_at` and `slot_at` map voxels to them."""

    type_at: NDArray[np.int8]  # [voxels] cell type code, 0 empty, -1 wall
    slot_at: NDArray[np.int32]  # [voxels] slot of the cell there, -1 none
    cell: NDArray[np.int64]  # [capacity, 4] columns TYPE, VOXEL, HEADING, PARTNER, each in one piece
    trait: NDArray[np.float64]  # [capacity, traits], each trait in one piece
    count: NDArray[np.int64]  # type: ignore[assignment]  # [1] cells present; hides `tuple.count`


def empty_layer(lattice: Lattice, traits: int, capacity: int) -> Layer:
    """A layer without cells; the border holds WALL."""
    type_at = np.full(lattice.size, WALL, np.int8)
    type_at[lattice.interior] = 0
    return Layer(
        type_at,
        np.full(lattice.size, -1, np.int32),
        np.zeros((capacity, 4), np.int64, order="F"),
        np.zeros((capacity, traits), order="F"),
        np.zeros(1, np.int64),
    )


def _with_room(layer: Layer, capacity: int) -> Layer:
    extra = capacity - len(layer.cell)
    cell = np.concatenate([layer.cell, np.zeros((extra, 4), np.int64, order="F")])
    trait = np.concatenate([layer.trait, np.zeros((extra, layer.trait.shape[1]), order="F")])
    return layer._replace(cell=cell, trait=trait)


@dataclass(frozen=True)
class TissueMix:
    """How tissue types lie beside each other: grounds in the order of a texture, types of one ground at
    random.
    """

    texture: NDArray[np.float32]  # [voxels] smooth; the first ground takes the lowest values
    lot: NDArray[np.float32]  # [voxels] independent
    grounds: tuple[tuple[int, ...], ...]  # solid types of each ground

    def lay(
        self, voxels: NDArray[np.int64], wanted: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Voxels, reordered, and their types, so that type code t falls on wanted[t] of them."""
        order = voxels[np.lexsort((voxels, self.texture[voxels]))]
        parts, first = [], 0
        for ground in self.grounds:
            part = order[first : first + int(wanted[list(ground)].sum())]
            parts.append(part[np.lexsort((part, self.lot[part]))])
            first += part.size
        types = [code for ground in self.grounds for code in ground]
        return np.concatenate(parts), np.repeat(types, wanted[types])


@dataclass
class Tissue:
    """All mutable state of a run's cells and fields."""

    lattice: Lattice
    layers: dict[str, Layer]
    concentration: NDArray[np.float64]  # [cytokines, field voxels] nM
    field_of: NDArray[np.int32]  # [voxels] field voxel of each voxel
    field_shape: tuple[int, ...]
    tissue_mix: TissueMix
    bed: NDArray[np.bool_]  # [voxels] every voxel that was ever inside the bed

    @property
    def field_side_um(self) -> float:
        """Side of a field voxel, um. The first one is whole, the last may be cut off by the lattice."""
        first = np.count_nonzero(self.field_of[self.lattice.interior] == 0)
        return float(round(first ** (1.0 / self.lattice.dimensions)) * self.lattice.voxel_um)

    def make_room(self, arrivals: int = 0) -> None:
        """Room for immune cells to divide once and arrive, and for the solid layer to fill the lattice."""
        most = self.lattice.interior.size
        for name, layer in self.layers.items():
            need = most if name == "solid" else min(2 * int(layer.count[0]) + arrivals, most)
            if len(layer.cell) < need:
                self.layers[name] = _with_room(layer, min(2 * need, most))

    def add(self, name: str, voxels: NDArray[np.int64], cell_type: NDArray[np.int8]) -> None:
        """Place many cells at once on empty voxels; traits start at 0. For building tissue."""
        layer = self.layers[name]
        first = int(layer.count[0])
        if first + voxels.size > len(layer.cell):
            self.layers[name] = layer = _with_room(layer, 2 * (first + voxels.size))
        slots = np.arange(first, first + voxels.size)
        layer.cell[slots] = np.column_stack(
            [cell_type, voxels, np.zeros_like(voxels), np.full_like(voxels, -1)]
        )
        layer.trait[slots] = 0.0
        layer.type_at[voxels], layer.slot_at[voxels] = cell_type, slots
        layer.count[0] += voxels.size

    def sort(self, name: str, rank: NDArray[np.int64] | None = None) -> None:
        """Put the table of a layer in the order of `rank` [cells], of one rank in voxel order.

        Neighbours in space, and cells that act alike, become neighbours in memory.
        """
        layer = self.layers[name]
        n = int(layer.count[0])
        first = np.zeros(n, np.int64) if rank is None else rank
        order = np.argsort(first * self.lattice.size + layer.cell[:n, VOXEL])
        layer.cell[:n], layer.trait[:n] = layer.cell[order], layer.trait[order]
        layer.slot_at[layer.cell[:n, VOXEL]] = np.arange(n)

    def counts(self, name: str, types: int) -> NDArray[np.int64]:
        """Cells of each type code, shape [types + 1] (code 0 counts nothing)."""
        layer = self.layers[name]
        return np.bincount(layer.cell[: layer.count[0], TYPE], minlength=types + 1)

    def in_field_voxels(self, name: str, types: int) -> NDArray[np.int64]:
        """Cells of each type code in each field voxel, shape [types + 1, *field_shape]."""
        layer = self.layers[name]
        cells = layer.cell[: layer.count[0]]
        size = int(np.prod(self.field_shape))
        places = cells[:, TYPE] * size + self.field_of[cells[:, VOXEL]]
        return np.bincount(places, minlength=(types + 1) * size).reshape(types + 1, *self.field_shape)

    def copy(self) -> "Tissue":
        """An independent copy of the whole state."""
        layers = {
            name: Layer._make(part.copy(order="K") for part in layer) for name, layer in self.layers.items()
        }
        return Tissue(
            self.lattice,
            layers,
            self.concentration.copy(),
            self.field_of,
            self.field_shape,
            self.tissue_mix,
            self.bed.copy(),
        )

    def check(self) -> None:
        """Every invariant, loudly. Raises TissueError naming the layer and what does not hold."""
        for name, layer in self.layers.items():
            n = int(layer.count[0])
            voxels = layer.cell[:n, VOXEL]
            claims = {
                "one cell per voxel": np.unique(voxels).size == n,
                "type map agrees with the table": np.array_equal(layer.type_at[voxels], layer.cell[:n, TYPE]),
                "slot map agrees with the table": np.array_equal(layer.slot_at[voxels], np.arange(n)),
                "no cell outside the table": int((layer.slot_at >= 0).sum()) == n,
                "no cell in the wall": bool(np.isin(voxels, self.lattice.interior).all()),
                "finite traits": bool(np.isfinite(layer.trait[:n]).all()),
            }
            broken = [claim for claim, holds in claims.items() if not holds]
            if broken:
                raise TissueError(f"{name} layer: {'; '.join(broken)} does not hold")
