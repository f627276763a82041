"""Time courses of one arm and its controls: means, and bands from the lowest to the highest replicate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from il2sim.experiments.report.figures import style
from il2sim.experiments.study import store
from il2sim.experiments.study.cell_kinds import Kinds, infiltrate
from il2sim.experiments.study.results import Results, opened, place

DRUG, TWIN = style.BLUE, style.VERMILION
COLUMNS = 3
PER_DAY = ("kills_per_day",)  # events: their rows are so many that single ones are noise


@dataclass(frozen=True)
class Course:
    """One quantity over the replicates: days, mean, lowest, highest."""

    days: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def panels(kinds: Kinds) -> dict[str, str]:
    """A panel each, those that the series holds, and its title."""
    killers = " and ".join(kind.many for kind in kinds.values() if kind.kills)
    return {
        "viable_fraction": "viable fraction (day 0 = 1)",
        "kills_per_day": f"kills per day, by {killers}" if killers else "kills per day",
        "dead": "dead tumour, places",
        **{kind.name: kind.many for kind in infiltrate(kinds)},
        "cd8_reactive": "tumour-reactive CD8 T cells",
        "exhaustion": "exhaustion of these (0 to 1)",
        "il2_mean_nM": "IL-2 in the tumour (nM)",
    }


def course(frames: Sequence[pd.DataFrame], name: str) -> Course | None:
    """Of the replicates that hold it, as long as the shortest lasted; events as means of whole days."""
    held = [_daily(frame, name) if name in PER_DAY else frame for frame in frames if name in frame]
    if not held:
        return None
    shortest = min(len(frame) for frame in held)
    values = np.array([frame[name].to_numpy()[:shortest] for frame in held])
    days = held[0]["day"].to_numpy()[:shortest]
    return Course(days, values.mean(axis=0), values.min(axis=0), values.max(axis=0))


def _daily(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Means over whole days, at their ends; the first row of a series counts nothing yet."""
    rows = frame.iloc[1:]
    day = np.ceil(rows["day"] - 1e-9)
    return rows.groupby(day)[[name]].mean().rename_axis("day").reset_index()


def draw(results: Results) -> tuple[Figure, str] | None:
    """A panel per quantity; drug solid, control dashed."""
    row = results.shown
    if row is None:
        return None
    arm = results.table[results.table["arm"] == row["arm"]]
    for axis in results.axes:
        arm = arm[arm[axis] == row[axis]]
    drug = [store.series(results.folder, run_id) for run_id in arm["run_id"]]
    twin_ids = [results.twin_of(line) for _, line in arm.iterrows()]
    twins = [store.series(results.folder, twin) for twin in twin_ids if twin]
    is_given = row["arm"] in ("drug", "saline")
    days = results.config_of(row).schedule.given_days if is_given else ()
    titles = panels(results.kinds)
    names = [name for name in titles if any(name in frame for frame in drug)]
    rows = -(-len(names) // COLUMNS)
    figure = style.canvas(0.6 + 2.3 * rows)
    places = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes, name in zip(places, names, strict=False):
        _panel(axes, course(twins, name), (TWIN, "--", 0.15))
        _panel(axes, course(drug, name), (DRUG, "-", 0.22))
        _mark(axes, days)
        _scale(axes, name)
        axes.set_title(titles[name], loc="left", pad=10)
    for axes in places[len(names) :]:
        axes.set_axis_off()
    has_bands = max(len(drug), len(twins)) > 1
    treated = {"drug": "with drug"}.get(row["arm"], row["arm"])
    entries = _legend(treated, twins=bool(twins), bands=has_bands, given=bool(days))
    style.legend_below(figure, entries, 4)
    return figure, _caption(results, row, len(drug), len(twins))


def _caption(results: Results, row: pd.Series, drug: int, twins: int) -> str:
    labels = {axis: str(row[axis]) for axis in results.axes}
    band = " Bands run from the lowest to the highest replicate, lines are means." if drug > 1 else ""
    beside = f", {twins} control{'s' if twins != 1 else ''}" if twins else ""
    return (
        f"{opened(place(labels))}: {drug} replicate{'s' if drug != 1 else ''}{beside}.{band} Cells are those "
        "on the section. IL-2 every 6 h on a logarithmic scale; the control shows what the tissue makes."
    )


def _panel(axes: Axes, found: Course | None, look: tuple[str, str, float]) -> None:
    if found is None:
        return
    colour, line, alpha = look
    axes.fill_between(found.days, found.low, found.high, color=colour, alpha=alpha, linewidth=0)
    axes.plot(found.days, found.mean, color=colour, linestyle=line, linewidth=1.8)


def _scale(axes: Axes, name: str) -> None:
    axes.set_xlabel("day")
    if name.endswith("_nM"):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)


def _mark(axes: Axes, days: Sequence[float]) -> None:
    """Injections: a dotted line and a wedge at the top."""
    for day in days:
        axes.axvline(day, color=style.GREY, linestyle=":", linewidth=0.9, zorder=0)
        axes.plot(
            [day], [1.0], marker="v", color=style.GREY, transform=axes.get_xaxis_transform(), clip_on=False
        )


def _legend(treated: str, *, twins: bool, bands: bool, given: bool) -> list[Line2D | Patch]:
    lines: list[Line2D | Patch] = [Line2D([], [], color=DRUG, linewidth=1.8, label=treated)]
    if twins:
        lines.append(Line2D([], [], color=TWIN, linewidth=1.8, linestyle="--", label="control, no drug"))
    if bands:
        lines.append(Patch(color=style.GREY, alpha=0.3, label="lowest to highest replicate"))
    if given:
        lines.append(Line2D([], [], color=style.GREY, marker="v", linestyle=":", label="injection"))
    return lines
