"""IL-2 in the section: hours above the EC50 of CD8 over the course, and concentration on days looked at."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from il2sim.experiments.report.figures import depots, style
from il2sim.experiments.report.figures.section import half_mm, plane
from il2sim.experiments.study import store
from il2sim.experiments.study.execute import Section
from il2sim.experiments.study.results import Results
from il2sim.models import Config
from il2sim.models.drug.schedule import technique_of
from il2sim.models.pathology.spatial_maps import Maps
from il2sim.models.pathology.stereology import is_axial

FLOOR_NM = 1e-4
MOST_FIELDS = 2


def draw(results: Results) -> tuple[Figure, str] | None:
    """Hours first, then the field 6 h after the first dose and a day after the last."""
    row = results.shown
    if row is None:
        return None
    maps = store.maps(results.folder, row["run_id"])
    sections = store.sections(results.folder, row["run_id"])
    seen = [section for section in sections if section.il2 is not None and section.day > 0][:MOST_FIELDS]
    has_hours = maps is not None and maps.il2_hours is not None
    if not seen and not has_hours:
        return None
    marks = depots.depots_of(results, row)
    figure = style.canvas(4.9)
    grid = list(figure.subplots(1, len(seen) + has_hours, squeeze=False)[0])
    frame = _frame(seen[-1]) if seen else None
    said = ""
    if maps is not None and maps.il2_hours is not None:
        said = _hours(figure, grid[0], maps, results.config_of(row))
        if sections:
            _outline(grid[0], sections[0])
    _fields(figure, grid[has_hours:], seen)
    for axes in grid:
        if frame is not None:
            style.mm_axes(axes, frame)
        depots.mark_depots(axes, marks)
    reach = frame[1] if frame is not None else np.inf
    shown = "White line: the tumour bed, left of day 0, else of that day" + (
        f"; dashed: {depots.EDGES}." if marks else "."
    )
    return figure, f"{results.name_of(row)}. {said}{shown}{depots.beyond(marks, reach)}"


def mean_hours(maps: Maps, width_mm: float, *, axial: bool = False) -> float:
    """Mean hours over the tumour as it started, each place weighted by its distance from the centre, or from
    the line along x through it: as in a volume.
    """
    assert maps.il2_hours is not None
    hours = maps.il2_hours.astype(np.float64)
    size_um = np.array(maps.lost_day.shape).reshape(2, 1, 1) * maps.voxel_um
    places = (np.indices(hours.shape) + 0.5) * maps.field_voxel_um - size_um / 2
    distance = np.hypot(*places)
    weight = np.where(distance < 500.0 * width_mm, np.abs(places[1]) if axial else distance, 0.0)
    return float((weight * hours).sum() / weight.sum())


def _hours(figure: Figure, axes: Axes, maps: Maps, config: Config) -> str:
    assert maps.il2_hours is not None
    mean = mean_hours(maps, config.patient.width_um / 1000, axial=is_axial(technique_of(config)))
    extent = half_mm(maps.il2_hours, maps.field_voxel_um)
    image = axes.imshow(maps.il2_hours.T, cmap="viridis", extent=extent, origin="lower", vmin=0.0)
    axes.set_title("hours above the EC50 of CD8,\nwhole course")
    figure.colorbar(image, ax=axes, location="bottom", label="hours", shrink=0.85)
    return (
        f"Left: hours above {maps.threshold_nM:.3g} nM, the EC50 of CD8 cells; over the tumour as it started "
        f"{mean:.1f} h on average. "
    )


def _fields(figure: Figure, grid: list[Axes], seen: list[Section]) -> None:
    fields = [np.clip(plane(section.il2), FLOOR_NM, None) for section in seen if section.il2 is not None]
    if not fields:
        return
    low, high = min(float(field.min()) for field in fields), max(float(field.max()) for field in fields)
    scale = LogNorm(low, max(high, 10 * low))
    for axes, section, field in zip(grid, seen, fields, strict=True):
        extent = half_mm(field.T, section.field_voxel_um)
        image = axes.imshow(field, norm=scale, cmap="cividis", extent=extent, origin="lower")
        axes.set_title(f"IL-2 on day {section.day:.4g},\nhighest place {_spoken(float(np.max(field)))} nM")
        _outline(axes, section)
    figure.colorbar(image, ax=grid, location="bottom", label="IL-2 (nM), logarithmic", shrink=0.85)


def _frame(section: Section) -> tuple[float, float, float, float]:
    return half_mm(section.solid, section.voxel_um)


def _outline(axes: Axes, section: Section) -> None:
    bed: NDArray[np.float64] = plane(section.bed).astype(float)
    axes.contour(bed, [0.5], colors="white", linewidths=0.9, extent=half_mm(section.bed, section.voxel_um))


def _spoken(amount: float) -> str:
    """Three digits, without powers of ten where people do without."""
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:.3g}"
