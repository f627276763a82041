"""Responses that come late: first-order lags in closed form, and how a response is shown to cells.

Cells read a level through a Hill response; `shown_level` is the level that makes them read a given response.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

_FULL = 1.0 - 1e-9  # a response of 1 would need an infinite level


def lagged(response: float, target: float, hours: float, lag_h: float) -> float:
    """A response after `hours` of following a constant target with a first-order lag, exactly."""
    return target + (response - target) * math.exp(-hours / lag_h)


def lagged_twice(
    stages: tuple[float, float], target: float, hours: float, lag_h: float
) -> tuple[float, float]:
    """Two equal first-order lags in series that add up to a mean lag of `lag_h`, exactly."""
    first, second = stages
    stage_h = lag_h / 2.0
    kept = math.exp(-hours / stage_h)
    return (
        target + (first - target) * kept,
        target + (second - target) * kept + (first - target) * kept * hours / stage_h,
    )


def saturation(level: float, half: float) -> float:
    """Share of the full response at a level; half of it at `half` (Hill 1)."""
    return level / (half + level)


def shown_level(response: ArrayLike, half: float = 1.0) -> NDArray[np.float64]:
    """The constant level whose saturation is `response` (0 to 1, any shape): raised_by(level, half, fold) is
    then 1 + (fold - 1) response.
    """
    bounded = np.clip(np.asarray(response, dtype=np.float64), 0.0, _FULL)
    return np.asarray(half * bounded / (1.0 - bounded))


def evenly(levels: Iterable[tuple[str, float, float]], voxels: int) -> dict[str, NDArray[np.float64]]:
    """Fields, flat, of responses that are the same everywhere; `levels` holds name, response and half."""
    return {name: np.full(voxels, shown_level(response, half)) for name, response, half in levels}
