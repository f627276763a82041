"""Viable fraction over the design: a point with its 95 % interval per arm, and the same numbers as a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.design import DOSE
from experiments.figures import style
from experiments.results import Results, place, short
from experiments.statistics import LITTLE, Arm, Estimate

NAMES = {
    DOSE: "dose per mm of tumour width",
    "patient.width": "tumour width",
    "patient.stil": "sTIL",
    "patient.phenotype": "phenotype",
}


def axis_name(axis: str) -> str:
    """What an axis is called in a figure."""
    return NAMES.get(axis, short(axis))


def columns(results: Results) -> tuple[str, list[str]]:
    """The axis drawn along x (the dose where it was varied) and the others."""
    names = list(results.axes)
    across = DOSE if DOSE in names else names[0]
    return across, [name for name in names if name != across]


def draw(results: Results) -> tuple[Figure, str] | None:
    """Points left, map right; nothing for a single run."""
    if not results.axes or len(results.arms) < 2:
        return None
    across, others = columns(results)
    groups = list(dict.fromkeys(tuple(arm.labels[name] for name in others) for arm in results.arms))
    figure = style.canvas(max(4.2, 1.6 + 0.5 * len(groups)))
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.1))
    values = [
        value for value in results.axes[across] if any(arm.labels[across] == value for arm in results.arms)
    ]
    if len(groups) <= len(style.SERIES):
        _points(left, results.arms, (across, values), [(others, group) for group in groups])
    else:
        left.set_axis_off()
        left.text(0.5, 0.5, f"{len(groups)} groups: see the map", ha="center")
    _map(right, results.arms, (across, values), [(others, group) for group in groups])
    figure.suptitle("Viable fraction at surgery (day 0 = 1)")
    counts = sorted({arm.viable.n for arm in results.arms})
    replicates = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return (
        figure,
        f"Mean of {replicates} replicate(s) per point with its 95 % t interval; "
        "in the map the mean and, below it, the paired difference from the twin.",
    )


Group = tuple[list[str], tuple[str, ...]]


def _points(axes: Axes, arms: Sequence[Arm], along: tuple[str, list[str]], groups: Sequence[Group]) -> None:
    across, values = along
    for number, (others, group) in enumerate(groups):
        offset = 0.12 * (number - (len(groups) - 1) / 2)
        members = [arm for arm in arms if tuple(arm.labels[name] for name in others) == group]
        x = [values.index(arm.labels[across]) + offset for arm in members]
        means = [arm.viable.mean for arm in members]
        errors = np.array([_half(arm.viable) for arm in members]).T
        colour = style.SERIES[number]
        axes.errorbar(
            x,
            means,
            yerr=errors,
            color=colour,
            marker=style.MARKERS[number],
            linewidth=1.0,
            capsize=3,
            label=", ".join(group) or None,
        )
    axes.axhline(1.0, color=style.GREY, linestyle=":", linewidth=1)
    axes.set_xticks(
        range(len(values)), [value.split(" ")[0] if across == DOSE else value for value in values]
    )
    axes.set_xlabel(
        f"{axis_name(across)} ({values[0].partition(' ')[2]})" if across == DOSE else axis_name(across)
    )
    axes.set_ylabel("viable fraction")
    if groups[0][1]:
        axes.legend(title=" × ".join(map(axis_name, groups[0][0])), fontsize=9)


def _half(found: Estimate) -> tuple[float, float]:
    if found.low is None or found.high is None:
        return (0.0, 0.0)
    return (found.mean - found.low, found.high - found.mean)


def _map(axes: Axes, arms: Sequence[Arm], along: tuple[str, list[str]], groups: Sequence[Group]) -> None:
    across, values = along
    numbers = np.full((len(groups), len(values)), np.nan)
    texts: dict[tuple[int, int], str] = {}
    for row, (others, group) in enumerate(groups):
        for arm in arms:
            if tuple(arm.labels[name] for name in others) == group:
                column = values.index(arm.labels[across])
                numbers[row, column] = arm.viable.mean
                texts[row, column] = f"{arm.viable.mean:.3f}" + (
                    f"\n{arm.difference.mean:+.3f}" if arm.difference else ""
                )
    reach = max(LITTLE, float(np.nanmax(np.abs(numbers - 1.0))))
    axes.imshow(numbers, cmap="PuOr_r", vmin=1 - 1.6 * reach, vmax=1 + 1.6 * reach, aspect="auto")
    for (row, column), text in texts.items():
        axes.text(column, row, text, ha="center", va="center", fontsize=9)
    axes.set_xticks(
        range(len(values)), [value.split(" ")[0] if across == DOSE else value for value in values]
    )
    axes.set_yticks(range(len(groups)), [", ".join(group) or "all" for _, group in groups])
    axes.set_xlabel(axis_name(across))
    axes.set_title("purple: under 1, shrunk; orange: over 1, grew" if reach else "", fontsize=9)


def paired(results: Results) -> tuple[Figure, str] | None:
    """Drug minus twin, pair by pair, the mean and its interval; the grey band is what is called little."""
    arms = [arm for arm in results.arms if arm.difference is not None]
    if not arms:
        return None
    figure = style.canvas(1.6 + 0.32 * len(arms))
    axes = figure.subplots()
    axes.axvspan(-LITTLE, LITTLE, color="#EFEFEF", zorder=0)
    axes.axvline(0.0, color=style.BLACK, linewidth=1)
    for row, arm in enumerate(arms):
        if arm.difference is None:
            continue
        axes.plot(
            arm.differences,
            [row - 0.18] * len(arm.differences),
            linestyle="",
            marker="o",
            markersize=3.5,
            color=style.SKY,
        )
        axes.errorbar(
            [arm.difference.mean],
            [row],
            xerr=np.array([_half(arm.difference)]).T,
            color=style.BLUE,
            marker="D",
            capsize=3,
        )
    axes.set_yticks(range(len(arms)), [place(arm.labels) for arm in arms])
    axes.set_ylim(len(arms) - 0.4, -0.6)
    axes.set_xlabel("viable fraction, drug minus its twin without drug")
    pairs = sum(len(arm.differences) for arm in arms)
    return (
        figure,
        f"{pairs} pair(s): every pair light, the mean and its 95 % t interval dark. "
        f"Left of zero the drug helped; inside the grey band (under {LITTLE:g}) little happens.",
    )
