"""Statistics of paired patients: each turns what was read of their runs into one number with its interval.

Knows no file, no run and no verdict. Intervals are 95 %, of signs and shares 90 %, each end
a one-sided limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from il2sim.experiments.hypotheses.cases import (
    NOTHING,
    Cases,
    Finding,
    Question,
    Values,
    resampled,
    t_interval,
)
from il2sim.experiments.hypotheses.ranks import auc, auc_gain, explained
from il2sim.experiments.study.statistics import share

ONE_SIDED = 0.05
FEWEST_PAIRS = 16  # fewest pairs for a verdict on a drug effect (assumed)
FEWEST_TO_RANK = 24  # virtual patients for a ranking or a regression (assumed: 12 on either side of a median)

Statistic = Callable[[Cases, Question], Finding]


def mean(cases: Cases, asked: Question) -> Finding:
    """Mean of one reading in one arm, t interval."""
    return t_interval(cases.complete([(asked.arms[0], asked.of[0])])[0])


def difference(cases: Cases, asked: Question) -> Finding:
    """Mean paired difference, first less last of readings and arms, t interval."""
    first, last = _ends(cases, asked)
    return t_interval(first - last)


def ratio(cases: Cases, asked: Question) -> Finding:
    """Geometric mean of paired ratios, first over last of readings and arms, t interval of the logs."""
    first, last = _ends(cases, asked)
    kept = (first > 0.0) & (last > 0.0)
    found = t_interval(np.log(first[kept] / last[kept]))
    value, low, high = (
        None if each is None else math.exp(each) for each in (found.value, found.low, found.high)
    )
    return Finding(value, low, high, found.n)


def sign(cases: Cases, asked: Question) -> Finding:
    """Share of virtual patients in whom the first is less than the last; ties count for neither side."""
    first, last = _ends(cases, asked)
    return _signs(first, last)


def effect_sign(cases: Cases, asked: Question) -> Finding:
    """Share of patients in whom the first effect is less than the second; ties count for neither side.

    Arms: drug, its control, other drug, its control; an effect is the control less the drug.
    """
    columns = cases.complete([(arm, asked.of[0]) for arm in asked.arms])
    return _signs(columns[1] - columns[0], columns[3] - columns[2])


def share_of_women(cases: Cases, asked: Question) -> Finding:
    """Share of patients of whom a reading is true, exact; its 90 % interval has one-sided limits of 95 %."""
    found = cases.complete([(asked.arms[0], asked.of[0])])[0]
    return _exact(int((found != 0.0).sum()), found.size) if found.size else NOTHING


def largest_step(cases: Cases, asked: Question) -> Finding:
    """Largest step of a reading from one arm to the next, in order: below 0 it only falls; t interval."""
    columns = cases.complete([(arm, asked.of[0]) for arm in asked.arms])
    return t_interval(np.diff(columns, axis=0).max(axis=0)) if columns.size else NOTHING


def logit_slope(cases: Cases, asked: Question) -> Finding:
    """Slope of logit(response) per log2 dose, a line per patient, t interval of the slopes; arms as in `at`.

    Response is v / (v + c), of the viable fractions with drug and of the control. Its logit is log v - log c,
    so the control cancels from the slope and need not be run; a slope s changes v by exp(s) per doubling.
    """
    columns = cases.complete([(arm, asked.of[0]) for arm in asked.arms])
    columns = columns[:, (columns > 0.0).all(axis=0)]
    if columns.shape[1] == 0:
        return NOTHING
    steps = np.asarray(asked.at) - np.mean(asked.at)
    return t_interval(steps @ np.log(columns) / float(steps @ steps))


def effect_ratio(cases: Cases, asked: Question) -> Finding:
    """Effect in the first arm over that in the third; arms: drug, its control, other drug, its control.

    Bootstrap interval; unbounded where the effect below the line may be none or harm: a ratio of two harmful
    effects is above 0 as well and says nothing about response.
    """
    columns = cases.complete([(arm, asked.of[0]) for arm in asked.arms])
    effects = np.array([columns[1] - columns[0], columns[3] - columns[2]])
    below = resampled(effects[1:], lambda drawn: float(drawn[0].mean()))
    found = resampled(effects, _quotient)
    if below.low is None or below.low <= 0.0:
        return Finding(found.value, -math.inf, math.inf, found.n)
    return found


def excess_share(cases: Cases, asked: Question) -> Finding:
    """Share of the first reading in the sum of both, of an arm's excess over its control; bootstrap."""
    arm, twin = asked.arms
    columns = cases.complete([(each, of) for of in asked.of for each in (arm, twin)])
    return resampled(np.array([columns[0] - columns[1], columns[2] - columns[3]]), _first_share)


STATISTICS: Mapping[str, tuple[Statistic, int]] = {
    "mean": (mean, FEWEST_PAIRS),
    "difference": (difference, FEWEST_PAIRS),
    "ratio": (ratio, FEWEST_PAIRS),
    "sign": (sign, FEWEST_PAIRS),
    "effect_sign": (effect_sign, FEWEST_PAIRS),
    "share": (share_of_women, FEWEST_PAIRS),
    "largest_step": (largest_step, FEWEST_PAIRS),
    "logit_slope": (logit_slope, FEWEST_PAIRS),
    "effect_ratio": (effect_ratio, FEWEST_PAIRS),
    "excess_share": (excess_share, FEWEST_PAIRS),
    "auc": (auc, FEWEST_TO_RANK),
    "auc_gain": (auc_gain, FEWEST_TO_RANK),
    "explained": (explained, FEWEST_TO_RANK),
}
"""Every statistic and the fewest virtual patients from whom it may decide anything."""


OF_EACH = frozenset({"mean", "difference", "ratio", "largest_step", "logit_slope"})
"""Statistics that average what each patient has; the others say something of many patients only."""


def share_of_draws(found: int, n: int) -> Finding:
    """Share of draws in which a claim fails, or holds; exact interval."""
    if n == 0:
        return NOTHING
    ends = share(found, n)
    return Finding(found / n, ends.low, ends.high, n)


def _signs(first: Values, last: Values) -> Finding:
    untied = int((first != last).sum())
    return _exact(int((first < last).sum()), untied) if untied else Finding(None, None, None, int(first.size))


def _exact(k: int, n: int) -> Finding:
    """k of n with the two one-sided limits of Clopper and Pearson."""
    ends = share(k, n, ONE_SIDED)
    return Finding(k / n, ends.low, ends.high, n)


def _ends(cases: Cases, asked: Question) -> tuple[Values, Values]:
    first, last = cases.complete([(asked.arms[0], asked.of[0]), (asked.arms[-1], asked.of[-1])])
    return first, last


def _quotient(effects: Values) -> float:
    above, below = effects.mean(axis=1)
    return float(above / below) if below else math.nan


def _first_share(excess: Values) -> float:
    whole = float(excess.sum())
    return float(excess[0].sum()) / whole if whole > 0.0 else math.nan
