"""Drug against control, pair by pair: a line from control to tumour with drug, and the mean difference."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from il2sim.experiments.report.figures import style
from il2sim.experiments.study.results import Results, place
from il2sim.experiments.study.statistics import LITTLE, Arm, Estimate

SPREAD = 0.5  # of a row, over which the pairs of an arm are spread
MOST_INCHES = 26.0
LABEL = 44  # characters of a line


def draw(results: Results) -> tuple[Figure, str] | None:
    """Pairs left, differences right, an arm a row; nothing for one pair, whose two numbers say it all."""
    arms = [arm for arm in results.arms if arm.difference is not None]
    arms = [arm for arm in arms if arm.is_drug] or arms
    given = "drug" if arms and arms[0].is_drug else "saline"
    if sum(len(arm.differences) for arm in arms) < 2:
        return None
    figure = style.canvas(min(1.7 + 0.42 * len(arms), MOST_INCHES))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.1, 1.0))
    _pairs(left, arms)
    _means(right, arms)
    left.axvline(1.0, color=style.GREY, linestyle=":", linewidth=1)
    left.set_yticks(range(len(arms)), [textwrap.fill(place(arm.labels), LABEL) for arm in arms])
    left.set_ylim(len(arms) - 0.4, -0.6)
    left.set_xlabel("viable fraction at surgery (day 0 = 1)")
    right.axvspan(-LITTLE, LITTLE, color="#EFEFEF", zorder=0)
    right.axvline(0.0, color=style.BLACK, linewidth=1)
    right.set_xlabel(f"{given} minus control, 95 % interval")
    right.tick_params(left=False)
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(6))
    _legend(figure, given)
    pairs = sum(len(arm.differences) for arm in arms)
    is_alone = any(len(arm.differences) == 1 for arm in arms)
    alone = " One pair has no interval." if is_alone else ""
    return (
        figure,
        f"{pairs} pair{'s' if pairs != 1 else ''}, a line each. Left of zero the tumour is smaller with "
        f"{given} than without; inside the grey band (under {LITTLE:g}) little happens.{alone}",
    )


def half(found: Estimate) -> tuple[float, float]:
    """How far the interval reaches below and above the mean; 0 where there is none."""
    if found.low is None or found.high is None:
        return (0.0, 0.0)
    return (found.mean - found.low, found.high - found.mean)


def _heights(row: int, pairs: int) -> list[float]:
    return [row + SPREAD * ((n + 0.5) / pairs - 0.5) for n in range(pairs)]


def _pairs(axes: Axes, arms: Sequence[Arm]) -> None:
    """One line for all pairs of a colour, gaps between: hundreds of lines would take long to draw."""
    y = np.array([height for row, arm in enumerate(arms) for height in _heights(row, len(arm.pairs))])
    drug, twin = np.array([pair for arm in arms for pair in arm.pairs]).reshape(-1, 2).T
    for colour, chosen in ((style.BLUE, drug < twin), (style.VERMILION, drug >= twin)):
        gap = np.full(int(chosen.sum()), np.nan)
        ends = np.column_stack([twin[chosen], drug[chosen], gap]).ravel()
        axes.plot(ends, np.column_stack([y[chosen], y[chosen], gap]).ravel(), color=colour, linewidth=1.1)
    look = {"marker": "o", "markersize": 4.0, "linestyle": ""}
    axes.plot(twin, y, color=style.GREY, mfc="white", **look)  # type: ignore[arg-type]
    axes.plot(drug, y, color=style.BLACK, **look)  # type: ignore[arg-type]


def _means(axes: Axes, arms: Sequence[Arm]) -> None:
    y = [height for row, arm in enumerate(arms) for height in _heights(row, len(arm.differences))]
    each = [difference for arm in arms for difference in arm.differences]
    axes.plot(each, y, linestyle="", marker="|", markersize=6, color=style.SKY)
    found = [arm.difference for arm in arms if arm.difference is not None]
    error = np.array([half(one) for one in found]).T
    means = [one.mean for one in found]
    look = {"color": style.BLACK, "marker": "D", "markersize": 5, "capsize": 3, "linestyle": ""}
    axes.errorbar(means, range(len(found)), xerr=error, **look)  # type: ignore[arg-type]


def _legend(figure: Figure, given: str) -> None:
    twin = "control without drug"
    entries = [
        Line2D([], [], color=style.GREY, mfc="white", label=twin, marker="o", linestyle=""),
        Line2D([], [], color=style.BLACK, label=f"with {given}", marker="o", linestyle=""),
        Line2D([], [], color=style.BLUE, label=f"smaller with {given}"),
        Line2D([], [], color=style.VERMILION, label=f"larger with {given}"),
        Line2D([], [], color=style.SKY, marker="|", markersize=8, linestyle="", label="one pair"),
    ]
    style.legend_below(figure, entries, 5)
