"""Means, intervals and pairs: every number of a report is made here, from the tidy table. Draws nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, stdtrit

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95
LITTLE = 0.1  # a change of viable fraction below this is called little (assumed)
FEWEST = 3  # pairs; what two of them scatter says nothing (assumed)
CLAIM = 1.5  # pairing is claimed to help where it divides the variance by more (assumed)
ENDPOINT = "viable_fraction"


@dataclass(frozen=True)
class Estimate:
    """A mean of `n` runs with its 95 % t interval; the ends are None for fewer than two runs."""

    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Share:
    """`k` of `n` with the exact 95 % interval of Clopper and Pearson."""

    k: int
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Arm:
    """One point of a design: its runs, the same virtual patients without drug, and the paired difference."""

    labels: dict[str, str]
    is_drug: bool
    viable: Estimate
    twin: Estimate | None
    difference: Estimate | None
    differences: tuple[float, ...]
    mpr: Share | None
    twin_mpr: Share | None
    pairs: tuple[tuple[float, float], ...] = ()  # drug and matched control of each
    unpaired: int = 0  # runs left out above, as their control did not finish or has no such number


def estimate(values: Sequence[float] | pd.Series[float]) -> Estimate | None:
    """Mean and t interval of the finite values; None when there are none."""
    found = np.asarray(values, dtype=np.float64)
    found = found[np.isfinite(found)]
    if found.size == 0:
        return None
    mean = float(found.mean())
    if found.size == 1:
        return Estimate(mean, None, None, 1)
    half = float(stdtrit(found.size - 1, 0.5 + LEVEL / 2)) * float(found.std(ddof=1)) / math.sqrt(found.size)
    return Estimate(mean, mean - half, mean + half, int(found.size))


def share(k: int, n: int, tail: float = (1 - LEVEL) / 2) -> Share:
    """Clopper-Pearson interval from quantiles of the beta distribution (Biometrika 26:404, 1934); `tail` is
    the chance beyond either end.
    """
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return Share(k, n, low, high)


def percent(part: float) -> str:
    """A share in whole percent."""
    return f"{100.0 * part:.0f} %"


def counted(found: Share | None) -> str:
    """k of n and its interval for people."""
    return "" if found is None else f"{found.k} of {found.n} ({percent(found.low)} to {percent(found.high)})"


def arms_of(table: pd.DataFrame, axes: Sequence[str]) -> tuple[Arm, ...]:
    """The arms of a design in the order of the table; rows that are only controls of others make no arm."""
    if table.empty:
        return ()
    own = table[table["arm"] != "twin"]
    if not axes:
        return (_arm({}, own, table),) if len(own) else ()
    groups = own.groupby(list(axes), sort=False, dropna=False)
    return tuple(_arm(dict(zip(axes, map(str, values), strict=True)), rows, table) for values, rows in groups)


def _arm(labels: dict[str, str], rows: pd.DataFrame, table: pd.DataFrame) -> Arm:
    """An arm with pairs speaks of its pairs alone: its level and its control's are of the same patients."""
    pairs = paired(rows, table)
    pairs = pairs[np.isfinite(pairs[[ENDPOINT, f"{ENDPOINT}_twin"]].astype(float)).all(axis=1)]
    own = rows[rows["run_id"].isin(pairs["run_id"])] if len(pairs) else rows
    differences = pairs[ENDPOINT] - pairs[f"{ENDPOINT}_twin"]
    return Arm(
        labels=labels,
        is_drug=bool((rows["arm"] == "drug").any()),
        viable=estimate(own[ENDPOINT]) or Estimate(math.nan, None, None, 0),
        twin=estimate(pairs[f"{ENDPOINT}_twin"]),
        difference=estimate(differences),
        differences=tuple(float(value) for value in differences),
        mpr=_counted(own, "mpr"),
        twin_mpr=_counted(pairs, "mpr_twin"),
        pairs=tuple(zip(pairs[ENDPOINT].astype(float), pairs[f"{ENDPOINT}_twin"].astype(float), strict=True)),
        unpaired=len(rows) - len(own),
    )


def paired(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Each row beside its control's (columns `..._twin`); rows whose control did not finish drop out."""
    return rows.merge(table, left_on="twin_id", right_on="run_id", suffixes=("", "_twin"))


def _counted(rows: pd.DataFrame, column: str) -> Share | None:
    if column not in rows:
        return None
    found = rows[column].dropna()
    return share(int(found.sum()), len(found)) if len(found) else None


def variance_reduction(table: pd.DataFrame, endpoint: str, axes: Sequence[str]) -> float | None:
    """By how much pairing divides the variance of drug minus control, over all arms; None below two pairs."""
    rows = table[table["arm"] == "drug"] if "arm" in table else table
    if endpoint not in rows or rows.empty:
        return None
    pairs = paired(rows, table)
    groups = [group for _, group in pairs.groupby(list(axes), sort=False)] if axes else [pairs]
    apart = together = 0.0
    for group in groups:
        if len(group) > 1:
            drug, twin = group[endpoint].astype(float), group[f"{endpoint}_twin"].astype(float)
            apart += float(drug.var() + twin.var())
            together += float((drug - twin).var())
    return apart / together if together > 0 else None


def strongest(arms: Sequence[Arm]) -> Arm | None:
    """The arm with the largest paired difference, either way; None without any pair.

    Arms whose effect counts (`counts`) go before others, and those before arms of a single pair.
    """
    return max((arm for arm in arms if arm.difference is not None), key=_weight, default=None)


def _weight(arm: Arm) -> tuple[bool, bool, float]:
    found = arm.difference
    if found is None:
        return (False, False, 0.0)
    return (counts(found), found.low is not None, abs(found.mean))


def counts(found: Estimate) -> bool:
    """Whether an effect is shown and large enough to matter."""
    return excludes_zero(found) and abs(found.mean) >= LITTLE


def is_little(found: Estimate) -> bool:
    """Whether the whole interval is nearer to zero than what counts; never of one pair."""
    return found.low is not None and found.high is not None and max(abs(found.low), abs(found.high)) < LITTLE


def excludes_zero(found: Estimate) -> bool:
    """Whether the interval lies wholly on one side of zero."""
    return found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)
