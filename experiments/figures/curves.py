"""Time courses of one arm and its twins: replicates thin, their mean thick, injections marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments import store
from experiments.figures import style
from experiments.results import Results, opened, place

PANELS: tuple[tuple[str, dict[str, tuple[str, str]]], ...] = (
    ("viable fraction (day 0 = 1)", {"viable_fraction": ("viable tumour", style.VERMILION)}),
    (
        "voxels of tissue",
        {
            "tumour": ("viable", style.VERMILION),
            "dead": ("dead", style.GREY),
            "cleared": ("cleared", style.SKY),
        },
    ),
    (
        "immune cells",
        {
            "cd8": ("CD8", style.BLUE),
            "cd8_reactive": ("CD8 reactive", style.PURPLE),
            "nk": ("NK", style.GREEN),
            "treg": ("Treg", style.ORANGE),
        },
    ),
    (
        "IL-2 (nM)",
        {
            "il2_centre_nM": ("centre", style.VERMILION),
            "il2_mean_nM": ("mean in the bed", style.BLACK),
            "il2_edge_nM": ("edge", style.SKY),
        },
    ),
    (
        "IL-2 signal in the cell (0 to 1)",
        {
            "cd8_signal": ("CD8", style.BLUE),
            "nk_signal": ("NK", style.GREEN),
            "treg_signal": ("Treg", style.ORANGE),
        },
    ),
    ("exhaustion of reactive CD8", {"exhaustion": ("exhaustion", style.PURPLE)}),
    ("kills per day", {"kills_per_day": ("by CD8 and NK", style.BLACK)}),
)
COLUMNS = 2


def draw(results: Results) -> tuple[Figure, str] | None:
    """A panel per kind of quantity; drug solid, twin dashed."""
    row = results.shown
    if row is None:
        return None
    arm = results.table[results.table["arm"] == row["arm"]]
    for axis in results.axes:
        arm = arm[arm[axis] == row[axis]]
    drug = [store.series(results.folder, run_id) for run_id in arm["run_id"]]
    twins = [
        store.series(results.folder, twin)
        for twin in map(results.twin_of, (line for _, line in arm.iterrows()))
        if twin
    ]
    days = (
        store.record(results.folder, row["run_id"])["config"]["schedule"]["days"]
        if row["arm"] in ("drug", "saline")
        else []
    )
    panels = [(title, names) for title, names in PANELS if any(name in drug[0] for name in names)]
    rows = -(-len(panels) // COLUMNS)
    figure = style.canvas(0.6 + 2.3 * rows)
    places = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes, (title, names) in zip(places, panels, strict=False):
        _panel(axes, drug, twins, names)
        _mark(axes, days)
        axes.set_title(title, loc="left")
        axes.set_xlabel("day")
    for axes in places[len(panels) :]:
        axes.set_axis_off()
    lines = [Line2D([], [], color=style.BLACK, label={"drug": "with drug"}.get(row["arm"], row["arm"]))]
    lines += [Line2D([], [], color=style.BLACK, linestyle="--", label="twin, no drug")] if twins else []
    lines += [Line2D([], [], color=style.GREY, marker="v", linestyle=":", label="injection")] if days else []
    figure.legend(handles=lines, loc="outside lower center", ncols=3)
    labels = {axis: str(row[axis]) for axis in results.axes}
    return (
        figure,
        f"{opened(place(labels))}: {len(drug)} replicate(s) thin, their mean thick. IL-2 in a log scale.",
    )


def _panel(
    axes: Axes, drug: Sequence[pd.DataFrame], twins: Sequence[pd.DataFrame], names: dict[str, tuple[str, str]]
) -> None:
    for name, (label, colour) in names.items():
        if name not in drug[0]:
            continue
        for frames, line in ((drug, "-"), (twins, "--")):
            _bundle(axes, [frame for frame in frames if name in frame], name, (colour, line))
        axes.plot([], [], color=colour, label=label)
    if any(name.endswith("_nM") for name in names):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    if len(names) > 1:
        axes.legend(fontsize=8, ncols=len(names), loc="best")


def _bundle(axes: Axes, frames: Sequence[pd.DataFrame], name: str, look: tuple[str, str]) -> None:
    colour, line = look
    if not frames:
        return
    if len(frames) > 1:
        for frame in frames:
            axes.plot(frame["day"], frame[name], color=colour, linestyle=line, linewidth=0.6, alpha=0.5)
    shortest = min(len(frame) for frame in frames)
    mean = np.mean([frame[name].to_numpy()[:shortest] for frame in frames], axis=0)
    axes.plot(frames[0]["day"].to_numpy()[:shortest], mean, color=colour, linestyle=line, linewidth=1.8)


def _mark(axes: Axes, days: Sequence[float]) -> None:
    """Injections: a dotted line and a wedge at the top."""
    for day in days:
        axes.axvline(day, color=style.GREY, linestyle=":", linewidth=0.9, zorder=0)
        axes.plot(
            [day], [1.0], marker="v", color=style.GREY, transform=axes.get_xaxis_transform(), clip_on=False
        )
