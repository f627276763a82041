"""The virtual section: before, between and at surgery, with drug above and without below; and close up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from il2sim.experiments.report.figures import depots, style
from il2sim.experiments.study import store
from il2sim.experiments.study.cell_kinds import Kinds
from il2sim.experiments.study.execute import Section
from il2sim.experiments.study.results import Results

ROOM_MM = 0.4
WINDOW_MM = 0.75
MOST_BETWEEN = 2
TREATED = {"drug": "with IL-2", "saline": "saline", "no drug": "no drug"}
Limits = tuple[float, float, float, float]


def draw(results: Results) -> tuple[Figure, str] | None:
    """Whole sections day by day, the control's below; the square is what `close_up` shows."""
    row = results.shown
    rows = _rows(results)
    if row is None or not rows:
        return None
    marks = depots.depots_of(results, row)
    shown = [section for _, sections in rows for section in sections]
    reach = max(map(_reach_mm, shown))
    window = typical_square(rows[0][1])
    panels = max(len(sections) for _, sections in rows)
    height = 0.9 + (0.35 + style.WIDTH_IN / max(panels, 3)) * len(rows)
    figure = style.canvas(height, style.dpi_for(panels * len(shown[0].solid)))
    grid = figure.subplots(len(rows), panels, squeeze=False)
    for number, (words, sections) in enumerate(rows):
        for axes, section in zip(grid[number], sections, strict=False):
            _panel(axes, section, (-reach, reach, -reach, reach), results.kinds)
            axes.set_title(f"day {section.day:.4g}, {'before' if section.day == 0 else words}")
            axes.add_patch(Rectangle((window[0], window[2]), WINDOW_MM, WINDOW_MM, fill=False, linewidth=1.2))
            if number == 0:
                depots.mark_depots(axes, marks)
        for axes in grid[number][len(sections) :]:
            axes.set_axis_off()
    _legend(figure, shown, results.kinds, has_depots=0 < depots.farthest_mm(marks) <= reach)
    return figure, f"{_caption(results, row, results.twin_of(row))}{depots.beyond(marks, reach)}"


def close_up(results: Results) -> tuple[Figure, str] | None:
    """A window with single cells: before, at surgery with drug, and without it."""
    row = results.shown
    rows = _rows(results)
    if row is None or not rows:
        return None
    before = rows[0][1][0]
    window = typical_square(rows[0][1])
    panels = [("before", before)] + [(words, sections[-1]) for words, sections in rows]
    figure = style.canvas(1.2 + style.WIDTH_IN / len(panels))
    for axes, (words, section) in zip(figure.subplots(1, len(panels)), panels, strict=True):
        _panel(axes, section, window, results.kinds)
        axes.set_title(f"day {section.day:.4g}, {words}")
    _legend(figure, [section for _, section in panels], results.kinds, has_depots=False)
    text = (
        "The square in the sections, close up: of eight half way to the edge the one whose share of viable "
        "tumour kept is nearest to the whole section's. Each square dot is a cell or, where pale, a place of "
        "tissue."
    )
    return figure, f"{results.name_of(row)}. {text}"


def _rows(results: Results) -> list[tuple[str, tuple[Section, ...]]]:
    """The pictured run and its control, with words and chosen sections; empty where none was kept."""
    row = results.shown
    if row is None:
        return []
    treated = TREATED.get(str(row["arm"]), str(row["arm"]))
    rows = [(treated, chosen(store.sections(results.folder, row["run_id"])))]
    twin_id = results.twin_of(row)
    rows += [("no drug (control)", chosen(store.sections(results.folder, twin_id)))] if twin_id else []
    return [found for found in rows if found[1]] if rows[0][1] else []


def chosen(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Before, up to two between, and at surgery; those between are of the morning of an injection."""
    if len(sections) < 2:
        return tuple(sections)
    between = [section for section in sections[1:-1] if section.day >= 1.0]
    between = [section for section in between if section.il2 is None] or between
    places = np.linspace(0, len(between) - 1, min(MOST_BETWEEN, len(between))).round().astype(int)
    return (sections[0], *(between[place] for place in places), sections[-1])


def _caption(results: Results, row: pd.Series[Any], twin_id: str | None) -> str:
    text = f"{results.name_of(row)}: viable fraction at surgery {row['viable_fraction']:.3f}"
    below = "Single cells are in the close-up."
    if twin_id is None:
        return f"{text}. {below}"
    twin = results.table.loc[results.table["run_id"] == twin_id, "viable_fraction"].iloc[0]
    words = {"drug": "with drug"}.get(str(row["arm"]), str(row["arm"]))
    return f"{text} {words}, {twin:.3f} in its control. {below}"


def plane(array: NDArray[Any]) -> NDArray[Any]:
    """The section itself, or the central one of a volume, as rows of y for drawing."""
    flat = array[:, :, array.shape[2] // 2] if array.ndim == 3 else array
    return flat.T


def half_mm(array: NDArray[Any], voxel_um: float) -> Limits:
    """Where the array's edges lie, mm from the tumour's centre: left, right, bottom, top."""
    x, y = (array.shape[axis] * voxel_um / 2000 for axis in (0, 1))
    return (-x, x, -y, y)


def painted(section: Section, kinds: Kinds) -> NDArray[np.float64]:
    """Colours [y, x, rgb]: the solid layer, and immune cells over it."""
    solid = np.array([to_rgb(colour) for _, colour in style.named(kinds, section.solid_names)])
    immune = np.array([to_rgb(colour) for _, colour in style.named(kinds, section.immune_names)])
    image: NDArray[np.float64] = solid[plane(section.solid)]
    cells = plane(section.immune)
    image[cells > 0] = immune[cells[cells > 0]]
    return image


def _panel(axes: Axes, section: Section, limits: Limits, kinds: Kinds) -> None:
    extent = half_mm(section.solid, section.voxel_um)
    axes.imshow(painted(section, kinds), extent=extent, origin="lower", interpolation="antialiased")
    style.mm_axes(axes, limits)


def _reach_mm(section: Section) -> float:
    """Half width of a square that holds the bed and some room, mm."""
    bed = np.argwhere(plane(section.bed))
    whole = min(half_mm(section.solid, section.voxel_um)[1::2])
    if not len(bed):
        return whole
    centre = np.array(plane(section.bed).shape) / 2
    widest = float(np.abs(bed - centre).max()) * section.voxel_um / 1000
    return min(whole, widest + min(ROOM_MM, 0.25 * widest))


def typical_square(sections: Sequence[Section]) -> Limits:
    """Of eight squares half way from the centre to the edge the one most like the whole, mm.

    Alike: its viable tumour in the last section over that in the first.
    """
    before, after = plane(sections[0].solid), plane(sections[-1].solid)
    middle, side = max(0.0, (_reach_mm(sections[0]) - ROOM_MM) / 2), WINDOW_MM / 2
    angles = np.arange(8) * np.pi / 4
    squares = [
        (x - side, x + side, y - side, y + side)
        for x, y in zip(middle * np.cos(angles), middle * np.sin(angles), strict=True)
    ]
    if "tumour" not in sections[0].solid_names:
        return squares[0]
    code, voxel_mm = sections[0].solid_names.index("tumour"), sections[0].voxel_um / 1000
    kept = (after == code).sum() / max((before == code).sum(), 1)
    return min(squares, key=lambda each: abs(_kept(before == code, after == code, each, voxel_mm) - kept))


def _kept(before: NDArray[np.bool_], after: NDArray[np.bool_], square: Limits, voxel_mm: float) -> float:
    """Voxels marked after over those before, in a square of mm from the centre."""
    x, y = (
        np.array(edges) / voxel_mm + before.shape[axis] / 2
        for edges, axis in ((square[:2], 1), (square[2:], 0))
    )
    part = np.s_[max(int(y[0]), 0) : int(y[1]), max(int(x[0]), 0) : int(x[1])]
    return float(after[part].sum() / max(before[part].sum(), 1))


def _legend(figure: Figure, sections: Sequence[Section], kinds: Kinds, *, has_depots: bool) -> None:
    entries = []
    for layer in ("solid", "immune"):
        seen = [(section, np.unique(getattr(section, layer))) for section in sections]
        codes = sorted({int(code) for _, found in seen for code in found})
        names = getattr(sections[0], f"{layer}_names")
        named = style.named(kinds, names)
        entries += [
            Patch(facecolor=named[code][1], edgecolor=style.GREY, linewidth=0.4, label=named[code][0])
            for code in codes
            if code or layer == "solid"
        ]
    entries += [depots.entry()] if has_depots else []
    style.legend_below(figure, entries, 6)
