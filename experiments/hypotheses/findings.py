"""Statistics of paired women: each turns what was read of their runs into one number with its interval.

Knows no file, no run and no verdict. Intervals are 95 %, of the sign test 90 %: its lower end is one-sided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv
from scipy.stats import rankdata

from experiments.statistics import estimate, share

Values = NDArray[np.float64]
RESAMPLES = 2000
ENDS = (2.5, 97.5)
ONE_SIDED = 0.05
FEWEST_PAIRS = 16  # model.md, "Drug effect in tests"
FEWEST_TO_RANK = 24  # women for a ranking or a regression (assumed: 12 on either side of a median)


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
    """A number of `n` women and its interval; the ends are None where there are too few to have one."""

    value: float | None
    low: float | None
    high: float | None
    n: int


NOTHING = Finding(None, None, None, 0)


@dataclass(frozen=True)
class Cases:
    """What was read: (arm, reading) and drawn number -> one value per woman, NaN where there is none."""

    read: Mapping[tuple[str, str], Values]
    drawn: Mapping[str, Values]

    def complete(self, wanted: Sequence[tuple[str, str]]) -> Values:
        """The wanted columns (columns, women) of the women who have them all."""
        columns = np.array([self.read[each] for each in wanted], dtype=np.float64)
        return columns[:, np.isfinite(columns).all(axis=0)]


Statistic = Callable[[Cases, Question], Finding]


def mean(cases: Cases, asked: Question) -> Finding:
    """Mean of one reading in one arm, t interval."""
    return _t(cases.complete([(asked.arms[0], asked.of[0])])[0])


def difference(cases: Cases, asked: Question) -> Finding:
    """Mean paired difference, first less last of readings and arms, t interval."""
    first, last = _ends(cases, asked)
    return _t(first - last)


def ratio(cases: Cases, asked: Question) -> Finding:
    """Geometric mean of paired ratios, first over last of readings and arms, t interval of the logs."""
    first, last = _ends(cases, asked)
    kept = (first > 0.0) & (last > 0.0)
    found = _t(np.log(first[kept] / last[kept]))
    value, low, high = (
        None if each is None else math.exp(each) for each in (found.value, found.low, found.high)
    )
    return Finding(value, low, high, found.n)


def sign(cases: Cases, asked: Question) -> Finding:
    """Share of women in whom the first is less than the last; ties count for neither side."""
    first, last = _ends(cases, asked)
    lower, untied = int((first < last).sum()), int((first != last).sum())
    if untied == 0:
        return Finding(None, None, None, first.size)
    low = 0.0 if lower == 0 else float(betaincinv(lower, untied - lower + 1, ONE_SIDED))
    high = 1.0 if lower == untied else float(betaincinv(lower + 1, untied - lower, 1.0 - ONE_SIDED))
    return Finding(lower / untied, low, high, untied)


def logit_slope(cases: Cases, asked: Question) -> Finding:
    """Slope of logit(response) per log2 dose, a line per woman, t interval of the slopes; arms as in `at`.

    Response is v / (v + twin), of what is left with drug and without. Its logit is log v - log twin, so the
    twin cancels from the slope and need not be run; a slope s changes what is left by exp(s) per doubling.
    """
    columns = cases.complete([(arm, asked.of[0]) for arm in asked.arms])
    columns = columns[:, (columns > 0.0).all(axis=0)]
    if columns.shape[1] == 0:
        return NOTHING
    steps = np.asarray(asked.at) - np.mean(asked.at)
    return _t(steps @ np.log(columns) / float(steps @ steps))


def effect_ratio(cases: Cases, asked: Question) -> Finding:
    """Effect in the first arm over that in the third; arms: drug, its twin, other drug, its twin.

    Bootstrap interval; unbounded where the effect below the line may be none.
    """
    columns = cases.complete([(arm, asked.of[0]) for arm in asked.arms])
    effects = np.array([columns[1] - columns[0], columns[3] - columns[2]])
    below = _resampled(effects[1:], lambda drawn: float(drawn[0].mean()))
    found = _resampled(effects, _quotient)
    if below.low is None or below.high is None or below.low <= 0.0 <= below.high:
        return Finding(found.value, -math.inf, math.inf, found.n)
    return found


def excess_share(cases: Cases, asked: Question) -> Finding:
    """Of what an arm has more than its twin, the share of the first reading in the sum of both; bootstrap."""
    arm, twin = asked.arms
    columns = cases.complete([(each, of) for of in asked.of for each in (arm, twin)])
    return _resampled(np.array([columns[0] - columns[1], columns[2] - columns[3]]), _first_share)


def auc(cases: Cases, asked: Question) -> Finding:
    """Area under the ROC of a reading (higher: response); responders have at least the median effect.

    Effect is viable_fraction of the twin less that of the arm; bootstrap.
    """
    return _resampled(_ranked(cases, asked), lambda drawn: _area(drawn[1], drawn[0]))


def auc_gain(cases: Cases, asked: Question) -> Finding:
    """Area under the ROC of the first reading less that of the second, as in `auc`; paired bootstrap."""
    return _resampled(
        _ranked(cases, asked), lambda drawn: _area(drawn[1], drawn[0]) - _area(drawn[2], drawn[0])
    )


def explained(cases: Cases, asked: Question) -> Finding:
    """Share of the variance of an effect, in ranks, that a linear regression on `by` explains; bootstrap.

    Adjusted for the number of regressors; what only interactions explain is not in it.
    """
    columns = np.array(
        [cases.read[asked.arms[0], asked.of[0]] - cases.read[asked.arms[1], asked.of[0]]]
        + [cases.drawn[name] for name in asked.by]
    )
    return _resampled(columns[:, np.isfinite(columns).all(axis=0)], _adjusted_share)


STATISTICS: Mapping[str, tuple[Statistic, int]] = {
    "mean": (mean, FEWEST_PAIRS),
    "difference": (difference, FEWEST_PAIRS),
    "ratio": (ratio, FEWEST_PAIRS),
    "sign": (sign, FEWEST_PAIRS),
    "logit_slope": (logit_slope, FEWEST_PAIRS),
    "effect_ratio": (effect_ratio, FEWEST_PAIRS),
    "excess_share": (excess_share, FEWEST_PAIRS),
    "auc": (auc, FEWEST_TO_RANK),
    "auc_gain": (auc_gain, FEWEST_TO_RANK),
    "explained": (explained, FEWEST_TO_RANK),
}
"""Every statistic and the fewest women from whom it may decide anything."""


def failing(failed: int, n: int) -> Finding:
    """Share of draws in which a claim fails, exact interval."""
    if n == 0:
        return NOTHING
    found = share(failed, n)
    return Finding(failed / n, found.low, found.high, n)


def _ends(cases: Cases, asked: Question) -> tuple[Values, Values]:
    first, last = cases.complete([(asked.arms[0], asked.of[0]), (asked.arms[-1], asked.of[-1])])
    return first, last


def _t(values: Values) -> Finding:
    found = estimate([float(value) for value in values])
    return NOTHING if found is None else Finding(found.mean, found.low, found.high, found.n)


def _resampled(columns: Values, of: Callable[[Values], float]) -> Finding:
    """A statistic of columns (columns, women) with its percentile interval over resampled women."""
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


def _quotient(effects: Values) -> float:
    above, below = effects.mean(axis=1)
    return float(above / below) if below else math.nan


def _first_share(excess: Values) -> float:
    whole = float(excess.sum())
    return float(excess[0].sum()) / whole if whole > 0.0 else math.nan


def _ranked(cases: Cases, asked: Question) -> Values:
    """Effect, then the readings asked about, of the women who have all."""
    arm, twin = asked.arms
    wanted = [(arm, "viable_fraction"), (twin, "viable_fraction"), *((arm, of) for of in asked.of)]
    columns = cases.complete(wanted)
    return np.array([columns[1] - columns[0], *columns[2:]])


def _area(reading: Values, effect: Values) -> float:
    """Mann-Whitney's share of (responder, other) pairs in which the responder reads higher; ties half."""
    responds = effect >= np.median(effect)
    k, others = int(responds.sum()), int((~responds).sum())
    if k == 0 or others == 0:
        return math.nan
    ranks = rankdata(reading)
    return float((ranks[responds].sum() - k * (k + 1) / 2.0) / (k * others))


def _adjusted_share(columns: Values) -> float:
    n, k = columns.shape[1], columns.shape[0] - 1
    ranks = np.array([rankdata(column) for column in columns])
    ranks -= ranks.mean(axis=1, keepdims=True)
    total = float(ranks[0] @ ranks[0])
    if n <= k + 1 or total == 0.0:
        return math.nan
    slopes = np.linalg.lstsq(ranks[1:].T, ranks[0], rcond=None)[0]
    rest = ranks[0] - slopes @ ranks[1:]
    left: float = float(rest @ rest) / total
    return float(1.0 - left * (n - 1) / (n - k - 1))
