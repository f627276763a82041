"""What cells secrete, added up over field voxels, and the fields it makes.

They settle at once: what is secreted spreads and is lost at one rate, so it reaches so far.
Linear, so solved exactly in cosines; walls are shut. A cytokine with receptors of its own is the
work of `diffusion_uptake`.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

from il2sim.sim.compile.arrays import OTHER, Rules, Table
from il2sim.sim.kernels.cell_tables import TypeIndex
from il2sim.sim.kernels.jit import Floats, Integer, Places, kernel
from il2sim.sim.kernels.rates import probability, rates_of
from il2sim.sim.kernels.traits import CHUNK, Scratch
from il2sim.sim.language.records import Steady
from il2sim.sim.sums import added
from il2sim.sim.tissue import VOXEL, Layer, Tissue

L_PER_UM3 = 1e-15
PHASE_OF = {"immune": "secrete", "solid": "exude"}


class SteadyField:
    """One cytokine on the field voxels of a lattice, nM."""

    def __init__(self, spread: Steady, shape: tuple[int, ...], side_um: float, voxel_um3: float) -> None:
        self.spread = spread
        self._to_nM = 1.0 / (spread.pores * voxel_um3 * L_PER_UM3)
        steps = [2.0 - 2.0 * np.cos(np.pi * np.arange(n) / n) for n in shape]
        self._resistance = 1.0 + (spread.length_um / side_um) ** 2 * added(np.ix_(*steps))

    def level(self, secreted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Steady concentration (nM) for what is secreted (nmol/h) in each field voxel, flat in and out."""
        source = secreted.reshape(self._resistance.shape) * (self._to_nM / self.spread.loss)
        found: NDArray[np.float64] = np.maximum(idctn(dctn(source) / self._resistance), 0.0).ravel()
        return found

    def shown(
        self, before: NDArray[np.float64], secreted: NDArray[np.float64], hours: float
    ) -> NDArray[np.float64]:
        """What cells see after `hours`: the steady level, or its late image."""
        level = self.level(secreted)
        if self.spread.lag_h == 0.0:
            return level
        return before + (level - before) * probability(1.0 / self.spread.lag_h, hours)


@kernel
def secrete(
    rules: Rules,
    phase: Integer,
    layer: Layer,
    by_type: TypeIndex,
    view: Floats,
    field_of: Places,
    scratch: Scratch,
    amount: Floats,
) -> None:
    """Add the secretion of every cell of a layer to amount[cytokine, field voxel], nmol/h.

    `amount`: float64; `field_of`: int32 [voxels], field voxel of each voxel; of a view
    that `look_all` has filled.
    """
    for kind in range(1, by_type.start.size - 1):
        for k in range(rules.start[phase, kind], rules.start[phase, kind + 1]):
            r = rules.order[k]
            for first in range(by_type.start[kind], by_type.start[kind + 1], CHUNK):
                slots = by_type.slot[first : min(first + CHUNK, by_type.start[kind + 1])]
                rates_of(rules, r, layer.trait, slots, view[first:], scratch.row, scratch.rate)
                for i in range(slots.size):
                    place = field_of[layer.cell[slots[i], VOXEL]]
                    amount[rules.code[r, OTHER], place] += scratch.rate[i]


def steady_fields(tissue: Tissue, table: Table) -> dict[int, SteadyField]:
    """A field for each steady cytokine, by its row."""
    lattice, side = tissue.lattice, tissue.field_side_um
    thickness = lattice.voxel_um if lattice.dimensions == 2 else side
    return {
        row: SteadyField(spread, tissue.field_shape, side, side**2 * thickness)
        for row, spread in enumerate(table.steady)
        if spread is not None
    }


def zero_amounts(tissue: Tissue) -> NDArray[np.float64]:
    """Room for the secretion of every cytokine."""
    return np.zeros_like(tissue.concentration)
