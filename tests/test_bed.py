"""How the bed widens: in the mix it began with, however little tumour is left."""

import math

import numpy as np

from il2sim.sim.engine import Clocks
from il2sim.sim.kernels.cell_tables import turn_into
from il2sim.sim.language.model import Model
from tests.small_tissue import Small, build

PER_PREY = 4  # voxels of other tissue beside each of prey


def begun(left: int) -> Small:
    """A bed of a fifth prey, of which all but `left` have since become gaps."""

    def declare(m: Model) -> None:
        prey, gap, rock = (m.cell_type(name, layer="solid") for name in ("prey", "gap", "rock"))
        m.cell_type("grazer")
        prey.divides(0.3, expands=0.3, into=gap)
        del rock

    shape = (90, 90)
    number = np.arange(30 * 30).reshape(30, 30)
    bed = np.zeros(shape, bool)
    bed[30:60, 30:60] = True
    prey, gap = np.zeros(shape, bool), np.zeros(shape, bool)
    prey[30:60, 30:60] = number % (PER_PREY + 1) == 0
    gap[30:60, 30:60] = number % (PER_PREY + 1) == 1
    small = build(
        declare, {"prey": prey, "gap": gap, "rock": bed & ~prey & ~gap}, {}, clocks=Clocks(0.5, 1, 1, 1)
    )
    solid, code = small.engine.tissue.layers["solid"], small.table.code("prey")
    slots = np.flatnonzero(solid.cell[: solid.count[0], 0] == code)
    for slot in slots[left:]:
        turn_into(solid, slot, small.table.code("gap"))
    return small


def test_the_last_cells_bring_no_more_than_the_first_did() -> None:
    for left in (5, 180):
        small = begun(left).run(4)
        counts, row = small.engine.counts, small.table.row("prey divides")
        widened, gained = int(counts.fired[row]), int(counts.gained.sum())
        assert widened > 0
        assert abs(gained - PER_PREY * widened) <= 2, left
        assert math.isclose(counts.gained[small.table.code("gap")], widened, abs_tol=1.0)
