"""The virtual section: the tissue before, without drug and with it, cells in colour, depots outlined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch, Polygon, Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from experiments import store
from experiments.execute import Section
from experiments.figures import style
from experiments.results import Results

ROOM_MM = 0.4
WINDOW_MM = 0.75


def draw(results: Results) -> tuple[Figure, str] | None:
    """Whole sections above, a window with single cells below."""
    row = results.shown
    if row is None:
        return None
    drug = store.sections(results.folder, row["run_id"])
    if not drug:
        return None
    twin_id = results.twin_of(row)
    without = store.sections(results.folder, twin_id)[-1:] if twin_id else ()
    treated = {"drug": "with IL-2", "saline": "saline"}.get(str(row["arm"]), "untreated")
    panels = [("day 0, before", drug[0])]
    panels += [(f"day {section.day:g}, no drug (twin)", section) for section in without]
    panels += [(f"day {drug[-1].day:g}, {treated}", drug[-1])]
    depots = store.record(results.folder, row["run_id"])["provenance"].get("depots", [])
    figure = style.canvas(7.6)
    grid = figure.subplots(2, len(panels), squeeze=False)
    bed = max(_reach_mm(section) for _, section in panels)
    reach = max(bed, min(2 * bed, farthest_mm(depots) + ROOM_MM / 2))
    window = _window(drug[0])
    for column, (title, section) in enumerate(panels):
        _panel(grid[0][column], section, (-reach, reach, -reach, reach))
        grid[0][column].set_title(title)
        if column != 1 or not without:
            mark_depots(grid[0][column], depots)
        grid[0][column].add_patch(
            Rectangle((window[0], window[2]), WINDOW_MM, WINDOW_MM, fill=False, linewidth=1.2)
        )
        _panel(grid[1][column], section, window)
    _legend(figure, [section for _, section in panels], has_depots=bool(depots))
    return figure, f"{_caption(results, row, twin_id)}{beyond(depots, reach)}"


def _caption(results: Results, row: Any, twin_id: str | None) -> str:
    text = f"{results.name_of(row)}: viable fraction {row['viable_fraction']:.3f}"
    below = "Lower row: the square above, where single cells can be seen."
    if twin_id is None:
        return f"{text}. {below}"
    twin = results.table.loc[results.table["run_id"] == twin_id, "viable_fraction"].iloc[0]
    return f"{text} with drug, {twin:.3f} in its twin without. {below}"


def farthest_mm(depots: Sequence[Mapping[str, Any]]) -> float:
    """How far from the centre the drug reached at once, mm."""
    return max((depot["outer_um"] / 1000 for depot in depots), default=0.0)


def beyond(depots: Sequence[Mapping[str, Any]], reach_mm: float) -> str:
    """A remark where a depot is larger than the picture."""
    farthest = farthest_mm(depots)
    return (
        f" The depots reach {farthest:.1f} mm from the centre, beyond the picture."
        if farthest > reach_mm
        else ""
    )


def mark_depots(axes: Axes, depots: Sequence[Mapping[str, Any]]) -> None:
    """Outlines of the volumes that the drug filled at the first visit; axes in mm from the centre."""
    for depot in depots:
        for x, y, radius in np.array(depot["circles_um"]).reshape(-1, 3) / 1000:
            _outline(axes, Circle((x, y), radius, fill=False))
        for track in np.array(depot["tracks_um"]).reshape(-1, 4) / 1000:
            _outline(axes, _capsule(track[:2], track[2:], depot["track_radius_um"] / 1000))


def _capsule(start: NDArray[np.float64], end: NDArray[np.float64], radius: float) -> Polygon:
    """All within `radius` of a needle track."""
    angle = np.arctan2(*(end - start)[::-1])
    turns = np.linspace(0.5 * np.pi, 1.5 * np.pi, 25) + angle
    ends = [
        centre + radius * np.column_stack([np.cos(turns + half), np.sin(turns + half)])
        for centre, half in ((start, 0.0), (end, np.pi))
    ]
    return Polygon(np.concatenate(ends), closed=True, fill=False)


def _outline(axes: Axes, patch: Patch) -> None:
    patch.set(linestyle="--", linewidth=1.1)
    patch.set_path_effects([withStroke(linewidth=2.6, foreground="white", alpha=0.7)])
    axes.add_patch(patch)


def plane(array: NDArray[Any]) -> NDArray[Any]:
    """The section itself, or the central one of a volume, as rows of y for drawing."""
    flat = array[:, :, array.shape[2] // 2] if array.ndim == 3 else array
    return flat.T


def half_mm(array: NDArray[Any], voxel_um: float) -> tuple[float, float, float, float]:
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


def _panel(axes: Axes, section: Section, limits: tuple[float, float, float, float]) -> None:
    extent = half_mm(section.solid, section.voxel_um)
    axes.imshow(painted(section), extent=extent, origin="lower", interpolation="antialiased")
    axes.set_xlim(limits[0], limits[1])
    axes.set_ylim(limits[2], limits[3])
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
    style.scale_bar(axes, style.round_length(limits[1] - limits[0]))


def _reach_mm(section: Section) -> float:
    """Half width of a square that holds the bed and some room, mm."""
    bed = np.argwhere(plane(section.bed))
    whole = min(half_mm(section.solid, section.voxel_um)[1::2])
    if not len(bed):
        return whole
    centre = np.array(plane(section.bed).shape) / 2
    return min(whole, float(np.abs(bed - centre).max()) * section.voxel_um / 1000 + ROOM_MM)


def _window(section: Section) -> tuple[float, float, float, float]:
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
    if has_depots:
        entries.append(Patch(fill=False, linestyle="--", label="depot, first visit"))
    figure.legend(handles=entries, loc="outside lower center", ncols=6)
