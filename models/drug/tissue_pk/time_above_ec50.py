"""Hours above each threshold after each injection, place by place: what cells there could have seen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.kernels.shell_diffusion import count_hours

COVERED_CELL, COVERED_HOURS = "cd8", 12.0  # signal long enough to commit to S phase (M6: about 11 h)
BLOCK = 4096  # too short for the linear algebra library to share among threads


def weighted_sum(values: NDArray[np.float64] | NDArray[np.bool_], weight: NDArray[np.float64]) -> float:
    """Sum of products, in fixed blocks: of long vectors it would depend on how many threads add them."""
    blocks = range(0, weight.size, BLOCK)
    return math.fsum(float(values[i : i + BLOCK] @ weight[i : i + BLOCK]) for i in blocks)


@dataclass(frozen=True)
class Window:
    """From one injection to the next: volume-mean hours above each threshold in the tumour as it started.

    `coverage_12h` is the share of that volume with at least 12 h above the CD8 threshold.
    """

    start_hour: float
    hours: dict[str, float]
    coverage_12h: float


class Exposure:
    """Counter of hours in the places of a tumour (shells or voxels), one window per injection."""

    def __init__(self, thresholds: Mapping[str, float], volume_um3: NDArray[np.float64]) -> None:
        """`thresholds`: nM by name, "cd8" among them; `volume_um3`: of its places in the tumour."""
        self.thresholds = dict(thresholds)
        self._levels = np.array(list(thresholds.values()), dtype=np.float64)
        self._weight = volume_um3 / volume_um3.sum()
        self._starts: list[float] = []
        self._hours: list[NDArray[np.float64]] = []  # per injection (thresholds, places), h

    def open_window(self, hour: float) -> None:
        """Count for a new injection from now on."""
        self._starts.append(hour)
        self._hours.append(np.zeros((len(self.thresholds), self._weight.size)))

    def count(self, before: NDArray[np.float64], after: NDArray[np.float64], step_h: float) -> None:
        """Add a step between two concentrations, nM, of the tumour's places; a crossing lies on the
        exponential between them.
        """
        if not self._hours:
            return
        count_hours(self._hours[-1], self._levels, before, after, step_h)

    def windows(self) -> tuple[Window, ...]:
        """One window per injection so far, the last one still open."""
        covered = list(self.thresholds).index(COVERED_CELL)
        return tuple(
            Window(
                start_hour=start_hour,
                hours={
                    name: weighted_sum(row, self._weight)
                    for name, row in zip(self.thresholds, hours, strict=True)
                },
                coverage_12h=weighted_sum(hours[covered] >= COVERED_HOURS, self._weight),
            )
            for start_hour, hours in zip(self._starts, self._hours, strict=True)
        )
