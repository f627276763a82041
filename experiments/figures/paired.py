"""Drug against twin, pair by pair: a line from the twin to its tumour with drug, and the mean difference."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from experiments.figures import style
from experiments.results import Results, place
from experiments.statistics import LITTLE, Arm, Estimate

SPREAD = 0.5  # of a row, over which the pairs of an arm are spread
MOST_INCHES = 26.0


def draw(results: Results) -> tuple[Figure, str] | None:
    """Pairs left, differences right, an arm a row; nothing for one pair, whose two numbers say it all."""
    arms = [arm for arm in results.arms if arm.difference is not None]
    if sum(len(arm.differences) for arm in arms) < 2:
        return None
    figure = style.canvas(min(1.7 + 0.42 * len(arms), MOST_INCHES))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.1, 1.0))
    for row, arm in enumerate(arms):
        _pairs(left, row, arm)
        _mean(right, row, arm)
    left.axvline(1.0, color=style.GREY, linestyle=":", linewidth=1)
    left.set_yticks(range(len(arms)), [place(arm.labels) for arm in arms])
    left.set_ylim(len(arms) - 0.4, -0.6)
    left.set_xlabel("viable fraction at surgery (dotted: as on day 0)")
    right.axvspan(-LITTLE, LITTLE, color="#EFEFEF", zorder=0)
    right.axvline(0.0, color=style.BLACK, linewidth=1)
    right.set_xlabel("drug minus twin, mean and 95 % interval")
    right.tick_params(left=False)
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(6))
    _legend(figure)
    pairs = sum(len(arm.differences) for arm in arms)
    is_alone = any(len(arm.differences) == 1 for arm in arms)
    alone = " One pair has no interval." if is_alone else ""
    return (
        figure,
        f"{pairs} pair{'s' if pairs != 1 else ''}, a line each. Left of zero the tumour is smaller with drug "
        f"than without; inside the grey band (under {LITTLE:g}) little happens.{alone}",
    )


def half(found: Estimate) -> tuple[float, float]:
    """How far the interval reaches below and above the mean; 0 where there is none."""
    if found.low is None or found.high is None:
        return (0.0, 0.0)
    return (found.mean - found.low, found.high - found.mean)


def _heights(row: int, pairs: int) -> list[float]:
    return [row + SPREAD * ((n + 0.5) / pairs - 0.5) for n in range(pairs)]


def _pairs(axes: Axes, row: int, arm: Arm) -> None:
    for y, (drug, twin) in zip(_heights(row, len(arm.pairs)), arm.pairs, strict=True):
        axes.plot([twin, drug], [y, y], color=style.BLUE if drug < twin else style.VERMILION, linewidth=1.1)
        axes.plot([twin], [y], marker="o", markersize=4, color=style.GREY, mfc="white", linestyle="")
        axes.plot([drug], [y], marker="o", markersize=4, color=style.BLACK, linestyle="")


def _mean(axes: Axes, row: int, arm: Arm) -> None:
    found = arm.difference
    if found is None:
        return
    heights = _heights(row, len(arm.differences))
    axes.plot(arm.differences, heights, linestyle="", marker="|", markersize=6, color=style.SKY)
    error = np.array([half(found)]).T
    axes.errorbar([found.mean], [row], xerr=error, color=style.BLACK, marker="D", markersize=5, capsize=3)


def _legend(figure: Figure) -> None:
    figure.legend(
        handles=[
            Line2D(
                [], [], color=style.GREY, mfc="white", label="twin without drug", marker="o", linestyle=""
            ),
            Line2D([], [], color=style.BLACK, label="with drug", marker="o", linestyle=""),
            Line2D([], [], color=style.BLUE, label="smaller with drug"),
            Line2D([], [], color=style.VERMILION, label="larger with drug"),
            Line2D([], [], color=style.SKY, marker="|", markersize=8, linestyle="", label="one pair"),
        ],
        loc="outside lower center",
        ncols=5,
    )
