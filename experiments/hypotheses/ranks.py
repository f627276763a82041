"""Statistics of ranks: how well a reading tells who responds, and what explains a response."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import rankdata

from il2sim.experiments.hypotheses.cases import Cases, Finding, Question, Values, resampled

VIABLE = "viable_fraction"


def auc(cases: Cases, asked: Question) -> Finding:
    """Area under the ROC of a reading (higher: response); responders have at least the median effect.

    Effect is viable_fraction of the control less that of the arm, or with no control the arm's; bootstrap.
    """
    return resampled(_ranked(cases, asked), lambda drawn: _area(drawn[1], drawn[0]))


def auc_gain(cases: Cases, asked: Question) -> Finding:
    """Area under the ROC of the first reading less that of the second, as in `auc`; paired bootstrap."""
    return resampled(
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
    return resampled(columns[:, np.isfinite(columns).all(axis=0)], _adjusted_share)


def _ranked(cases: Cases, asked: Question) -> Values:
    """Effect, then the readings asked about, of the patients who have all; without a control, the viable
    fraction stands for the effect: less is more.
    """
    arm, twins = asked.arms[0], asked.arms[1:]
    wanted = [(each, VIABLE) for each in (arm, *twins)] + [(arm, of) for of in asked.of]
    columns = cases.complete(wanted)
    expected = columns[1] if twins else 0.0
    return np.array([expected - columns[0], *columns[1 + len(twins) :]])


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
