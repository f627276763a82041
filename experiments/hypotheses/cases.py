"""What was read of paired virtual patients, and one number of them with its interval, for every statistic.

Knows no file, no run and no verdict. Intervals are 95 % unless a statistic says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from il2sim.experiments.study.statistics import estimate

Values = NDArray[np.float64]
RESAMPLES = 2000
ENDS = (2.5, 97.5)


@dataclass(frozen=True)
class Question:
    """Which readings of which arms a statistic takes.

    `at` are log2 doses of the arms of a slope, `by` the drawn numbers that a regression asks about.
    """

    of: tuple[str, ...]
    arms: tuple[str, ...]
    at: tuple[float, ...] = ()
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A number of `n` patients and its interval; the ends are None where there are too few to have one."""

    value: float | None
    low: float | None
    high: float | None
    n: int


NOTHING = Finding(None, None, None, 0)


@dataclass(frozen=True)
class Cases:
    """What was read: (arm, reading) and drawn number -> one value per patient, NaN where there is none."""

    read: Mapping[tuple[str, str], Values]
    drawn: Mapping[str, Values]

    def complete(self, wanted: Sequence[tuple[str, str]]) -> Values:
        """The wanted columns (columns, virtual patients) of the virtual patients who have them all."""
        columns = np.array([self.read[each] for each in wanted], dtype=np.float64)
        return columns[:, np.isfinite(columns).all(axis=0)]


def t_interval(values: Values) -> Finding:
    """Mean of values, one per virtual patient, with its t interval; what is not finite counts for nothing."""
    found = estimate([float(value) for value in values])
    return NOTHING if found is None else Finding(found.mean, found.low, found.high, found.n)


def resampled(columns: Values, of: Callable[[Values], float]) -> Finding:
    """A statistic of columns (columns, patients) with its percentile interval over resampled patients."""
    women = columns.shape[1]
    if women < 2:
        return Finding(None, None, None, women)
    draws = np.random.default_rng(1).integers(0, women, size=(RESAMPLES, women))
    found = np.array([of(columns[:, draw]) for draw in draws])
    found, value = found[np.isfinite(found)], of(columns)
    if found.size < RESAMPLES // 2 or not math.isfinite(value):
        return Finding(None, None, None, women)
    low, high = np.percentile(found, ENDS)
    return Finding(value, float(low), float(high), women)
