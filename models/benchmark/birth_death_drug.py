"""Birth, death and a drug on a filled square lattice: a model that every agent framework can state, here in
the language of mechanisms and stepped by the engine. For timing alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import tabulate
from il2sim.sim.engine import Clocks, Declared, Engine
from il2sim.sim.kernels.diffusion_uptake import Balance, FieldGrid, advance
from il2sim.sim.language.model import Model
from il2sim.sim.lattice import Lattice
from il2sim.sim.tissue import Tissue, TissueMix, empty_layer

STEP_HOURS = 2.0
CELL_UM, FIELD_UM = 15.0, 60.0
CELL_L = CELL_UM**3 * 1e-15
DEATH_PER_DAY, DIVISION_PER_DAY, UPTAKE_PER_DAY = 0.02, 0.20, 0.03
DIFFUSIVITY_UM2_S = 40.0
BOLUS_NM = 10.0  # in the middle quarter of the area, so that there is a slope to solve
KM_NM = 1000.0  # far above the bolus: uptake is of first order
TOLERANCE_NM = 1e-6


def state_rules(m: Model) -> None:
    """Cells die, divide into a random empty voxel of the eight around them, and take up the drug."""
    m.cell_type("ground", "solid")  # everywhere: daughters are laid on ground only
    cell = m.cell_type("cell")
    drug = m.cytokine("drug", shown=True)
    cell.dies(DEATH_PER_DAY / 24.0)
    cell.divides(DIVISION_PER_DAY / 24.0)
    cell.takes_up(drug, UPTAKE_PER_DAY / 24.0 * KM_NM * CELL_L, KM_NM)


class BirthDeathDrug:
    """n x n voxels, one cell in each; `step_cells` and `step_field` are the two halves of a step of 2 h.

    n       voxels along a side, a multiple of 4, as a field voxel covers 4 x 4 of them
    seed    of every random draw
    """

    def __init__(self, n: int, seed: int = 1) -> None:
        if n < 8 or n % 4:
            raise ValueError(f"n is {n}; a multiple of 4 from 8 on is allowed, like {max(8, n + (-n) % 4)}")
        model = Model()
        state_rules(model)
        model.finish()
        self.model, self.n = model, n
        self.engine = _engine(model, n, seed)
        self.tissue = self.engine.tissue
        self.grid = FieldGrid(self.tissue.field_shape, FIELD_UM)
        self.drug = self.grid.pad(_bolus(self.tissue.field_shape))
        vmax, self._km = model.uptakes["cell", "drug"]
        self._per_cell = vmax / (CELL_L * (FIELD_UM / CELL_UM) ** 2)  # nM/h of a field voxel, a layer thick

    @property
    def cells(self) -> int:
        """Cells alive."""
        return int(self.tissue.layers["immune"].count[0])

    def step_cells(self) -> None:
        """2 h of the cells, which are shown the drug as it is."""
        self.engine.set_field("drug", np.ascontiguousarray(self.grid.crop(self.drug)).ravel())
        self.engine.step()

    def uptake(self) -> NDArray[np.float64]:
        """What the cells of each field voxel take up at most, nM/h, with the wall."""
        counted = self.tissue.in_field_voxels("immune", 1)[1]
        return self.grid.pad(counted[np.newaxis] * (self._per_cell))

    def step_field(self, uptake: NDArray[np.float64]) -> Balance:
        """2 h of the drug: one implicit step of diffusion and uptake; borders let nothing through."""
        return advance(
            self.drug,
            np.zeros(self.grid.voxels),
            uptake,
            np.array([self._km]),
            self.grid,
            diffusivity=DIFFUSIVITY_UM2_S * 3600.0,
            decay=0.0,
            hours=STEP_HOURS,
            tolerance=TOLERANCE_NM,
        )


def _engine(model: Model, n: int, seed: int) -> Engine:
    """One cell in every voxel, on ground everywhere; the solid layer stands still after the first tick."""
    lattice = Lattice((n, n), CELL_UM)
    table = tabulate(model, lattice)
    layers = {
        name: empty_layer(lattice, len(table.traits[name]), lattice.interior.size) for name in table.traits
    }
    field_of, field_shape = lattice.blocks(round(FIELD_UM / CELL_UM))
    fields = np.zeros((len(table.cytokines), int(np.prod(field_shape))))
    flat = np.zeros(lattice.size, np.float32)
    mix = TissueMix(flat, flat, ((table.code("ground"),),))
    tissue = Tissue(lattice, layers, fields, field_of, field_shape, mix, np.zeros(lattice.size, bool))
    for layer, name in (("solid", "ground"), ("immune", "cell")):
        tissue.add(layer, lattice.interior, np.full(lattice.interior.size, table.code(name), np.int8))
    clocks = Clocks(STEP_HOURS, immune_ticks=1, solid_ticks=10**9, contact_substeps=1)
    return Engine(tissue, table, Declared(list(model.rules.values()), model.walks), seed, clocks)


def _bolus(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Drug (nM) in the middle quarter of the area."""
    concentration = np.zeros(shape)
    concentration[tuple(slice(size // 4, size - size // 4) for size in shape)] = BOLUS_NM
    return concentration
