"""Engines on small tissues laid voxel by voxel, for tests whose answer is known beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import Table, tabulate
from il2sim.sim.engine import Clocks, Declared, Engine
from il2sim.sim.language.model import Model
from il2sim.sim.lattice import Lattice
from il2sim.sim.tissue import PARTNER, TYPE, VOXEL, Tissue, TissueMix, empty_layer

Names = Mapping[str, NDArray[np.bool_]]  # cell type -> where it is, of the lattice's shape


@dataclass(frozen=True)
class Small:
    """An engine and short ways to ask it."""

    model: Model
    table: Table
    engine: Engine

    def run(self, ticks: int) -> "Small":
        for _ in range(ticks):
            self.engine.step()
        self.engine.tissue.check()
        return self

    def layer_of(self, name: str) -> str:
        return next(layer for layer, names in self.table.cells.items() if name in names)

    def rows(self, name: str) -> NDArray[np.int64]:
        """Table rows of all cells of one type."""
        layer = self.engine.tissue.layers[self.layer_of(name)]
        return np.flatnonzero(layer.cell[: layer.count[0], TYPE] == self.table.code(name))

    def count(self, name: str) -> int:
        return int(self.rows(name).size)

    def places(self, name: str) -> NDArray[np.int64]:
        """[cells, axes] interior coordinates."""
        layer = self.engine.tissue.layers[self.layer_of(name)]
        return self.engine.tissue.lattice.coordinates(layer.cell[self.rows(name), VOXEL]).T

    def partners(self, name: str) -> NDArray[np.int64]:
        layer = self.engine.tissue.layers[self.layer_of(name)]
        return layer.cell[self.rows(name), PARTNER]

    def trait(self, name: str, trait: str) -> NDArray[np.float64]:
        layer = self.engine.tissue.layers[self.layer_of(name)]
        return layer.trait[self.rows(name), self.table.trait(trait)]

    def set_trait(self, name: str, trait: str, values: NDArray[np.float64] | float) -> None:
        layer = self.engine.tissue.layers[self.layer_of(name)]
        layer.trait[self.rows(name), self.table.trait(trait)] = values

    def fired(self, sentence: str) -> int:
        return int(self.engine.counts.fired[self.table.row(sentence)])


def build(
    declare: Callable[[Model], None],
    solid: Names,
    immune: Names,
    *,
    seed: int = 1,
    clocks: Clocks | None = None,
    wound: float = 0.0,
) -> Small:
    """A tissue with these cells, its solid cells wounded so far; what the bed grows over is of one ground."""
    model = Model()
    declare(model)
    model.finish()
    lattice = Lattice(next(iter(solid.values())).shape, 15.0)
    table = tabulate(model, lattice)
    layers = {
        name: empty_layer(lattice, len(table.traits[name]), lattice.interior.size) for name in table.traits
    }
    field_of, field_shape = lattice.blocks(1)
    fields = np.zeros((max(len(table.cytokines), 1), int(np.prod(field_shape))))
    rng = np.random.default_rng(seed)
    ground = tuple(range(1, len(table.cells["solid"])))
    tissue_mix = TissueMix(*(rng.random(lattice.size).astype(np.float32) for _ in range(2)), (ground,))
    tissue = Tissue(lattice, layers, fields, field_of, field_shape, tissue_mix, np.zeros(lattice.size, bool))
    for layer, names in (("solid", solid), ("immune", immune)):
        for name, where in names.items():
            voxels = lattice.interior[where.ravel()]
            tissue.add(layer, voxels, np.full(voxels.size, table.code(name), np.int8))
    _first_solid_traits(model, table, tissue, wound)
    rules = list(model.rules.values())
    return Small(model, table, Engine(tissue, table, Declared(rules, model.walks), seed, clocks or Clocks()))


def _first_solid_traits(model: Model, table: Table, tissue: Tissue, wound: float) -> None:
    """Wounds as asked for; what cells pass on as it is declared."""
    solid, names = tissue.layers["solid"], table.traits["solid"]
    for column, name in enumerate(names):
        if name not in model.inherited:
            solid.trait[:, column] = wound
    for (cell, trait), (value, _) in model.initial.items():
        if model.cells[cell].layer == "solid":
            solid.trait[solid.cell[:, TYPE] == table.code(cell), names.index(trait)] = value


def everywhere(*shape: int) -> NDArray[np.bool_]:
    return np.ones(shape, bool)


def spaced(shape: tuple[int, ...], gap: int) -> NDArray[np.bool_]:
    """Every gap-th voxel of each axis, away from the border."""
    where = np.zeros(shape, bool)
    where[tuple(slice(gap // 2, None, gap) for _ in shape)] = True
    return where
