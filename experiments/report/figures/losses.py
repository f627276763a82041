"""What was cleared when, and kills: where and by whom; drug above its control, from the run's own maps."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from il2sim.experiments.report.figures import depots, style
from il2sim.experiments.report.figures.section import TREATED, half_mm, plane
from il2sim.experiments.study import store
from il2sim.experiments.study.cell_kinds import Kinds, a, many_of, merged_in
from il2sim.experiments.study.execute import Section
from il2sim.experiments.study.results import Results
from il2sim.models.pathology.spatial_maps import Maps

VIABLE, OTHER, OUTSIDE = "#EBC1D6", "#F1E8D6", "#FFFFFF"
UNKNOWN = ("killed, struck before day 0", style.BLACK)
ROOM_MM = 0.15
Row = tuple[str, Maps, Section]


def draw(results: Results) -> tuple[Figure, str] | None:
    """Left, the day each place lost its viable tumour; right, who killed there. Nothing without maps."""
    row = results.shown
    if row is None:
        return None
    rows = [_row_of(results, str(row["run_id"]), TREATED.get(str(row["arm"]), str(row["arm"])))]
    twin = results.twin_of(row)
    rows += [_row_of(results, twin, "no drug (control)")] if twin else []
    kept = [found for found in rows if found is not None]
    if not kept:
        return None
    figure = style.canvas(1.5 + 4.3 * len(kept), style.dpi_for(2 * len(kept[0][1].lost_day)))
    grid = figure.subplots(len(kept), 2, squeeze=False)
    marks = depots.depots_of(results, row)
    reach = max(_reach_mm(section) for _, _, section in kept)
    scale = Normalize(0.0, max(section.day for _, _, section in kept))
    for axes, (words, maps, section) in zip(grid, kept, strict=True):
        _picture(axes[0], days_painted(maps, section, scale), section, reach)
        axes[0].set_title(f"{words}: when viable tumour was lost")
        _picture(axes[1], kills_painted(maps, section, results.kinds), section, reach)
        axes[1].set_title(f"{words}: {sum(maps.kills.values()):,} kills ({_by_whom(maps, results.kinds)})")
    for each in grid[0]:
        depots.mark_depots(each, marks)
    image = grid[0][0].images[0]
    image.set(cmap="cividis", norm=scale)
    figure.colorbar(image, ax=list(grid[:, 0]), location="bottom", shrink=0.7, aspect=35, label="day of loss")
    _legend(figure, kept, results.kinds, has_depots=0 < depots.farthest_mm(marks) <= reach)
    return figure, f"{results.name_of(row)}. {_caption(kept)}{depots.beyond(marks, reach)}"


def _row_of(results: Results, run_id: str, words: str) -> Row | None:
    maps = store.maps(results.folder, run_id)
    sections = store.sections(results.folder, run_id)
    return None if maps is None or not sections else (words, maps, sections[-1])


def lost_voxels(maps: Maps) -> int:
    """Places that held viable tumour at some time since day 0 and hold none at surgery."""
    return int(np.isfinite(maps.lost_day).sum())


def _caption(rows: list[Row]) -> str:
    lost = "; ".join(f"{lost_voxels(maps):,} places {words}" for words, maps, _ in rows)
    return (
        "Left: every place that held viable tumour at some time and holds none at surgery, by the day it was "
        f"last viable, looked at every 6 h ({lost}). Cells also die of natural loss and daughters take freed "
        "places, so kills are not losses; where few cells are left, few can be killed. Right: places where a "
        "cell was killed, by who struck it last; "
        "where several were killed one after another, the latest. Shares under 0.5 % are not named."
    )


def _by_whom(maps: Maps, kinds: Kinds) -> str:
    total = sum(maps.kills.values())
    ranked = sorted(maps.kills.items(), key=lambda item: -item[1])
    words = {name: many_of(kinds, name) or "struck before" for name in maps.kills}
    found = [f"{words[name]} {100 * n / total:.0f} %" for name, n in ranked if n >= 0.005 * total]
    return ", ".join(found) or "none"


def days_painted(maps: Maps, section: Section, scale: Normalize) -> NDArray[np.float64]:
    """Colours [y, x, rgb]: day of loss over still viable tumour, other tissue and the outside."""
    image = _ground(section)
    lost = maps.lost_day.T
    is_lost = np.isfinite(lost)
    image[is_lost] = matplotlib.colormaps["cividis"](scale(lost[is_lost]))[:, :3]
    return image


def kills_painted(maps: Maps, section: Section, kinds: Kinds) -> NDArray[np.float64]:
    """Colours [y, x, rgb]: the latest killer over tumour, other tissue and the outside."""
    image = _ground(section)
    for code, name in enumerate(maps.killer_names):
        if code:
            image[code == maps.killed_by.T] = to_rgb(_killer(name, kinds)[1])
    return image


def _killer(name: str, kinds: Kinds) -> tuple[str, str]:
    """Words and colour of who struck last."""
    if not name:
        return UNKNOWN
    kind = merged_in(kinds, [name])[name]
    return f"killed by {a(kind.label)}", kind.colour


def _ground(section: Section) -> NDArray[np.float64]:
    solid, bed = plane(section.solid), plane(section.bed)
    image: NDArray[np.float64] = np.where(bed[..., None], to_rgb(OTHER), to_rgb(OUTSIDE))
    if "tumour" in section.solid_names:
        image[solid == section.solid_names.index("tumour")] = to_rgb(VIABLE)
    return image


def _picture(axes: Axes, image: NDArray[np.float64], section: Section, reach: float) -> None:
    extent = half_mm(section.solid, section.voxel_um)
    axes.imshow(image, extent=extent, origin="lower", interpolation="antialiased")
    style.mm_axes(axes, (-reach, reach, -reach, reach))


def _reach_mm(section: Section) -> float:
    bed = plane(section.bed)
    centre = np.array(bed.shape) / 2
    found = np.argwhere(bed)
    widest = float(np.abs(found - centre).max()) if len(found) else float(centre.max())
    return widest * section.voxel_um / 1000 + ROOM_MM


def _legend(figure: Figure, rows: list[Row], kinds: Kinds, *, has_depots: bool) -> None:
    killers: dict[str, Any] = {name: None for _, maps, _ in rows for name in maps.kills if name}
    entries = [
        Patch(facecolor=VIABLE, label="viable at surgery"),
        Patch(facecolor=OTHER, label="other tissue of the bed"),
    ]
    seen = [_killer(name, kinds) for name in killers]
    entries += [Patch(facecolor=colour, label=label) for label, colour in seen]
    entries += [depots.entry()] if has_depots else []
    style.legend_below(figure, entries, 5)
