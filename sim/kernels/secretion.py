"""What cells secrete, added up over the field voxels they lie in."""

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import OTHER, Table
from il2sim.sim.kernels.jit import kernel
from il2sim.sim.kernels.rates import rates_of
from il2sim.sim.kernels.secreted_fields import SteadyField
from il2sim.sim.kernels.traits import CHUNK
from il2sim.sim.tissue import VOXEL, Tissue

PHASE_OF = {"immune": "secrete", "solid": "exude"}


@kernel
def secrete(rules, phase, layer, roll, view, field_of, rate, amount):
    """Add the secretion of every cell of a layer to amount[cytokine, field voxel], nmol/h.

    `amount`: float64; `field_of`: int32 [voxels], field voxel of each voxel; view rows are slots; `rate`:
    float64 [CHUNK], scratch.
    """
    for kind in range(1, roll.start.size - 1):
        for k in range(rules.start[phase, kind], rules.start[phase, kind + 1]):
            r = rules.order[k]
            for first in range(roll.start[kind], roll.start[kind + 1], CHUNK):
                slots = roll.slot[first : min(first + CHUNK, roll.start[kind + 1])]
                rates_of(rules, r, layer.trait, slots, view, slots, rate)
                for i in range(slots.size):
                    amount[rules.code[r, OTHER], field_of[layer.cell[slots[i], VOXEL]]] += rate[i]


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
