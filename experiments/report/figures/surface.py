"""Dose against width, a panel per phenotype (or what else was varied): paired difference, and how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from il2sim.experiments.report.figures import style
from il2sim.experiments.report.figures.paired import half
from il2sim.experiments.study.arm_names import is_named, value_of
from il2sim.experiments.study.design import DOSE
from il2sim.experiments.study.results import Results, short
from il2sim.experiments.study.statistics import LITTLE, Arm, Estimate, excludes_zero

WIDTH = "patient.width"
NAMES = {
    DOSE: "dose per mm of tumour width",
    WIDTH: "tumour width",
    "patient.stil": "sTIL",
    "patient.phenotype": "phenotype",
}
ACROSS, DOWN, TITLE = 18, 26, 40  # characters of a line of a tick along x, along y, of a title
MOST_COLUMNS, MOST_CELLS, MOST_PANELS = 3, 12, 9  # panels and cells side by side, panels in all
UNSURE = "the interval holds zero, or there is none"


@dataclass(frozen=True)
class Layout:
    """What is drawn along x and y, and what tells the panels apart; `down` is empty for one axis alone."""

    across: str
    down: str
    apart: tuple[str, ...]


Place = tuple[Layout, list[str], list[str]]  # and the values along x and y


def axis_name(axis: str) -> str:
    """What an axis is called in a figure."""
    return NAMES.get(axis, short(axis))


def _panel_name(axes: Sequence[str], values: Sequence[str]) -> str:
    parts = [
        value_of(axis, value, TITLE) if is_named(axis) else f"{axis_name(axis)} {value}"
        for axis, value in zip(axes, values, strict=True)
    ]
    return ", ".join(parts)


def layout(results: Results) -> Layout:
    """Dose along x where it was varied, width along y."""
    names = list(results.axes)
    across = DOSE if DOSE in names else names[0]
    rest = [name for name in names if name != across]
    down = WIDTH if WIDTH in rest else (rest[0] if rest else "")
    return Layout(across, down, tuple(name for name in rest if name != down))


def draw(results: Results) -> tuple[Figure, str] | None:
    """A map per panel, the colour the paired difference; nothing for a single arm."""
    if not results.axes or len(results.arms) < 2:
        return None
    plan = layout(results)
    panels = list(dict.fromkeys(tuple(arm.labels[name] for name in plan.apart) for arm in results.arms))
    shown = panels[:MOST_PANELS]
    x, y = (_values(results, axis) for axis in (plan.across, plan.down))
    columns = max(1, min(MOST_COLUMNS, len(shown), MOST_CELLS // max(len(x), 1)))
    rows = -(-len(shown) // columns)
    figure = style.canvas(1.6 + rows * (0.9 + 0.62 * max(len(y), 2)))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    scale = _scale(results.arms)
    for axes, panel in zip(grid.ravel(), shown, strict=False):
        arms = [arm for arm in results.arms if tuple(arm.labels[name] for name in plan.apart) == panel]
        _map(axes, arms, (plan, x, y), scale)
        axes.set_title(_panel_name(plan.apart, panel))
    for axes in grid.ravel()[len(shown) :]:
        axes.set_axis_off()
    plain = [value_of(plan.across, value, ACROSS) for value in x]
    ticks, unit = _dose_ticks(results, x) if plan.across == DOSE else (plain, "")
    for axes in grid.ravel():
        axes.set_xticks(range(len(x)), ticks)
    for axes in grid[-1]:
        axes.set_xlabel(axis_name(plan.across) + (f" ({unit})" if unit else ""))
    if plan.down:
        for axes in grid[:, 0]:
            axes.set_ylabel(axis_name(plan.down))
    bar = ScalarMappable(scale, "PuOr_r")
    figure.colorbar(
        bar,
        ax=list(grid.ravel()),
        label=f"viable fraction,\n{_given(results)} minus control",
        shrink=0.9,
        aspect=25,
    )
    hatch = Patch(facecolor="white", edgecolor=style.GREY, hatch="////", label=UNSURE)
    style.legend_below(figure, [hatch], 1)
    return figure, _caption(results, len(panels) - len(shown))


def cell_text(arm: Arm) -> str:
    """What stands in an arm's cell: the difference, half its interval, and from what to what."""
    if arm.difference is None or arm.twin is None:
        return f"no control\n{arm.viable.mean:.2f}" if arm.is_drug else f"no drug\n{arm.viable.mean:.2f}"
    course = f"{arm.twin.mean:.2f} → {arm.viable.mean:.2f}"
    return f"{arm.difference.mean:+.3f}\n{_half(arm.difference)}\n{course}"


def _half(found: Estimate) -> str:
    return "(1 pair)" if found.low is None else f"± {half(found)[0]:.3f}"


def _caption(results: Results, left_out: int) -> str:
    counts = sorted({len(arm.differences) for arm in results.arms if arm.difference is not None})
    upto = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}" if counts else "no"
    pairs = "1 pair" if counts == [1] else f"{upto} pairs"
    more = f" {left_out} more panels are in the table only." if left_out > 0 else ""
    return (
        f"Viable fraction at surgery (day 0 = 1) with {_given(results)} minus that of the matched control: "
        f"mean ± half the 95 % t interval, {pairs} a cell; below it the controls' mean → that mean; "
        f"purple: smaller than the control, orange: larger.{more}"
    )


def _given(results: Results) -> str:
    """What the arms with a control were given."""
    return " or ".join(name for name in ("drug", "saline") if (results.table["arm"] == name).any()) or "drug"


def _values(results: Results, axis: str) -> list[str]:
    if not axis:
        return [""]
    return [value for value in results.axes[axis] if any(arm.labels[axis] == value for arm in results.arms)]


def _dose_ticks(results: Results, doses: Sequence[str]) -> tuple[list[str], str]:
    """Doses without their unit, and that unit; as written where all share it, else in MIU/mm."""
    numbers, _, units = zip(*(dose.partition(" ") for dose in doses), strict=True)
    if len(set(units)) == 1 and units[0]:
        return list(numbers), units[0].strip()
    rows = [results.table[results.table[DOSE] == dose].iloc[0] for dose in doses]
    return [f"{results.config_of(row).schedule.dose_iu_per_mm / 1e6:.12g}" for row in rows], "MIU/mm"


def _scale(arms: Sequence[Arm]) -> Normalize:
    found = [abs(arm.difference.mean) for arm in arms if arm.difference is not None]
    reach = max([LITTLE, *found])
    return Normalize(-1.3 * reach, 1.3 * reach)


def _map(axes: Axes, arms: Sequence[Arm], place: Place, scale: Normalize) -> None:
    plan, x, y = place
    numbers = np.full((len(y), len(x)), np.nan)
    for arm in arms:
        column, row = x.index(arm.labels[plan.across]), y.index(arm.labels[plan.down] if plan.down else "")
        if arm.difference is not None:
            numbers[row, column] = arm.difference.mean
            if not excludes_zero(arm.difference):
                _hatch(axes, column, row)
        axes.text(column, row, cell_text(arm), ha="center", va="center", fontsize=8, bbox=style.PAPER)
    axes.imshow(numbers, cmap="PuOr_r", norm=scale, aspect="auto")
    axes.set_facecolor("#F4F4F4")
    axes.set_yticks(range(len(y)), [value_of(plan.down, value, DOWN) for value in y])
    axes.tick_params(labelbottom=True)


def _hatch(axes: Axes, column: int, row: int) -> None:
    corner = (column - 0.5, row - 0.5)
    axes.add_patch(Rectangle(corner, 1, 1, fill=False, hatch="////", edgecolor=style.GREY, linewidth=0.0))
