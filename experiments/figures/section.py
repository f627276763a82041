"""The virtual section: before, between and at surgery, with drug above and without below; single cells."""

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

from experiments import store
from experiments.execute import Section
from experiments.figures import depots, style
from experiments.results import Results

ROOM_MM = 0.4
WINDOW_MM = 0.75
MOST_BETWEEN = 2
UNITS = 12  # of a row, shared by its panels
TREATED = {"drug": "with IL-2", "saline": "saline", "no drug": "no drug"}
Limits = tuple[float, float, float, float]


def draw(results: Results) -> tuple[Figure, str] | None:
    """Whole sections day by day, the twin's below, and at the bottom a window with single cells."""
    row = results.shown
    if row is None:
        return None
    drug = chosen(store.sections(results.folder, row["run_id"]))
    if not drug:
        return None
    twin_id = results.twin_of(row)
    twin = chosen(store.sections(results.folder, twin_id)) if twin_id else ()
    treated = TREATED.get(str(row["arm"]), str(row["arm"]))
    rows = [(treated, drug), *([("no drug (twin)", twin)] if twin else [])]
    marks = depots.depots_of(results, row)
    reach = max(_reach_mm(section) for _, sections in rows for section in sections)
    window = _window(drug[0])
    figure = style.canvas(0.9 + 2.6 * len(rows) + 3.4)
    grid = figure.add_gridspec(len(rows) + 1, UNITS, height_ratios=[1.0] * len(rows) + [1.3])
    for number, (words, sections) in enumerate(rows):
        for axes, section in zip(_axes(figure, grid, number, len(sections)), sections, strict=True):
            _panel(axes, section, (-reach, reach, -reach, reach))
            axes.set_title(f"day {section.day:.4g}, {'before' if section.day == 0 else words}")
            axes.add_patch(Rectangle((window[0], window[2]), WINDOW_MM, WINDOW_MM, fill=False, linewidth=1.2))
            if number == 0:
                depots.mark_depots(axes, marks)
    close = [("before", drug[0])] + [(words, sections[-1]) for words, sections in reversed(rows)]
    for axes, (words, section) in zip(_axes(figure, grid, len(rows), len(close)), close, strict=True):
        _panel(axes, section, window)
        axes.set_title(f"close up, day {section.day:.4g}, {words}")
    shown = [section for _, sections in rows for section in sections]
    _legend(figure, shown, has_depots=0 < depots.farthest_mm(marks) <= reach)
    return figure, f"{_caption(results, row, twin_id)}{depots.beyond(marks, reach)}"


def chosen(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Before, up to two between, and at surgery; of those between, the ones on the morning of a visit."""
    if len(sections) < 2:
        return tuple(sections)
    between = [section for section in sections[1:-1] if section.day >= 1.0]
    between = [section for section in between if section.il2 is None] or between
    places = np.linspace(0, len(between) - 1, min(MOST_BETWEEN, len(between))).round().astype(int)
    return (sections[0], *(between[place] for place in places), sections[-1])


def _axes(figure: Figure, grid: Any, row: int, panels: int) -> list[Axes]:
    width = UNITS // panels
    return [figure.add_subplot(grid[row, width * n : width * (n + 1)]) for n in range(panels)]


def _caption(results: Results, row: pd.Series[Any], twin_id: str | None) -> str:
    text = f"{results.name_of(row)}: viable fraction at surgery {row['viable_fraction']:.3f}"
    below = "Each pixel is a place for one cell. Bottom row: the small square, close up."
    if twin_id is None:
        return f"{text}. {below}"
    twin = results.table.loc[results.table["run_id"] == twin_id, "viable_fraction"].iloc[0]
    words = {"drug": "with drug"}.get(str(row["arm"]), str(row["arm"]))
    return f"{text} {words}, {twin:.3f} in its twin without. {below}"


def plane(array: NDArray[Any]) -> NDArray[Any]:
    """The section itself, or the central one of a volume, as rows of y for drawing."""
    flat = array[:, :, array.shape[2] // 2] if array.ndim == 3 else array
    return flat.T


def half_mm(array: NDArray[Any], voxel_um: float) -> Limits:
    """Where the array's edges lie, mm from the tumour's centre: left, right, bottom, top."""
    x, y = (array.shape[axis] * voxel_um / 2000 for axis in (0, 1))
    return (-x, x, -y, y)


def painted(section: Section) -> NDArray[np.float64]:
    """Colours [y, x, rgb]: the solid layer, and immune cells over it."""
    solid = np.array([to_rgb(style.TISSUE.get(name, ("", style.PURPLE))[1]) for name in section.solid_names])
    immune = np.array(
        [to_rgb(style.IMMUNE.get(name, ("", style.YELLOW))[1]) for name in section.immune_names]
    )
    image: NDArray[np.float64] = solid[plane(section.solid)]
    cells = plane(section.immune)
    image[cells > 0] = immune[cells[cells > 0]]
    return image


def _panel(axes: Axes, section: Section, limits: Limits) -> None:
    extent = half_mm(section.solid, section.voxel_um)
    axes.imshow(painted(section), extent=extent, origin="lower", interpolation="antialiased")
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


def _window(section: Section) -> Limits:
    """A square half way from the centre to the edge, mm."""
    middle = max(0.0, (_reach_mm(section) - ROOM_MM) / 2)
    half = WINDOW_MM / 2
    return (middle - half, middle + half, -half, half)


def _legend(figure: Figure, sections: Sequence[Section], *, has_depots: bool) -> None:
    entries = []
    for layer, names in ((style.TISSUE, "solid"), (style.IMMUNE, "immune")):
        codes = {
            getattr(section, f"{names}_names")[code]
            for section in sections
            for code in np.unique(getattr(section, names))
        }
        entries += [
            Patch(facecolor=colour, edgecolor=style.GREY, linewidth=0.4, label=label)
            for name, (label, colour) in layer.items()
            if name in codes
        ]
    entries += [depots.entry()] if has_depots else []
    figure.legend(handles=entries, loc="outside lower center", ncols=6)
