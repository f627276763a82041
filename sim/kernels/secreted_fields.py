"""Fields that settle at once: what cells secrete spreads and is lost at one rate, so it reaches so far.

Linear, so solved exactly in cosines; walls are shut. A cytokine with receptors of its own is `fields`' work.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

from il2sim.sim.kernels.rates import probability
from il2sim.sim.language.records import Steady
from il2sim.sim.sums import added

L_PER_UM3 = 1e-15


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
        return np.maximum(idctn(dctn(source) / self._resistance), 0.0).ravel()

    def shown(
        self, before: NDArray[np.float64], secreted: NDArray[np.float64], hours: float
    ) -> NDArray[np.float64]:
        """What cells see after `hours`: the steady level, or its late image."""
        level = self.level(secreted)
        if self.spread.lag_h == 0.0:
            return level
        return before + (level - before) * probability(1.0 / self.spread.lag_h, hours)
