"""Which way is up: the slopes of cytokines that some immune types follow, for the walk."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import Table
from il2sim.sim.language.records import Uphill, Walk
from il2sim.sim.tissue import Tissue


class Slope(NamedTuple):
    """Where a cell that turns may turn uphill, one row for each way to follow a cytokine."""

    row_of: NDArray[np.int64]  # [types] row, -1 for those that follow none; empty where nobody does
    way: NDArray[np.int64]  # [rows, field voxels] index into the touching offsets
    chance: NDArray[np.float64]  # [rows, field voxels]
    field_of: NDArray[np.int32]  # [voxels]


class Slopes:
    """Keeps the slopes of a tissue's fields up to date."""

    def __init__(self, walks: Sequence[Walk], table: Table, tissue: Tissue) -> None:
        pulled = {table.code(walk.cell): walk.uphill for walk in walks if walk.uphill is not None}
        self._pulls = list(dict.fromkeys(pulled.values()))  # types that follow alike share a row
        self._shape, self._cytokines = tissue.field_shape, table.cytokines
        self._heading, self._side_um = tissue.lattice.headings, tissue.field_side_um
        rows, voxels = len(self._pulls), int(np.prod(self._shape))
        types = table.rules.start.shape[1] - 1 if rows else 0
        self.now = Slope(
            np.full(types, -1), np.zeros((rows, voxels), np.int64), np.zeros((rows, voxels)), tissue.field_of
        )
        for code, uphill in pulled.items():
            self.now.row_of[code] = self._pulls.index(uphill)

    def follow(self, concentration: NDArray[np.float64]) -> None:
        """Look at the fields as they are now: nM, [cytokines, field voxels]."""
        for row, uphill in enumerate(self._pulls):
            level = concentration[self._cytokines.index(uphill.cytokine)]
            self.now.way[row], self.now.chance[row] = self._uphill(level, uphill)

    def _uphill(
        self, level: NDArray[np.float64], uphill: Uphill
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The way nearest to the slope of ln(1 + c / half), and the chance of taking it at a turn."""
        slope = slope_of(np.log1p(level / uphill.half).reshape(self._shape), self._side_um)
        steepness = np.sqrt((slope**2).sum(axis=0)).ravel()
        way = 1 + np.argmax(self._heading @ slope.reshape(len(self._shape), -1), axis=0)
        return way, uphill.bias * np.minimum(1.0, uphill.reach_um * steepness)


def slope_of(level: NDArray[np.float64], side_um: float) -> NDArray[np.float64]:
    """Gradient of a field, 1/um, [dimensions, *shape]: central differences, one-sided at the walls."""
    slope = np.zeros((level.ndim, *level.shape))
    for axis, length in enumerate(level.shape):
        if length > 1:
            slope[axis] = np.gradient(level, side_um, axis=axis)
    return slope
