"""IL-2 in the section on the days it was looked at: concentration in colour on a logarithmic scale, nM."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from experiments import store
from experiments.figures import style
from experiments.figures.section import beyond, half_mm, mark_depots, plane
from experiments.results import Results

FLOOR_NM = 1e-4


def draw(results: Results) -> tuple[Figure, str] | None:
    """One panel per section that holds a field."""
    row = results.shown
    if row is None:
        return None
    seen = [
        section
        for section in store.sections(results.folder, row["run_id"])
        if section.il2 is not None and section.day > 0
    ]
    fields = [np.clip(plane(section.il2), FLOOR_NM, None) for section in seen if section.il2 is not None]
    if not fields:
        return None
    low, high = min(float(field.min()) for field in fields), max(float(field.max()) for field in fields)
    scale = LogNorm(low, max(high, 10 * low))
    depots = store.record(results.folder, row["run_id"])["provenance"].get("depots", [])
    figure = style.canvas(3.7)
    grid = figure.subplots(1, len(fields), squeeze=False)[0]
    for axes, section, field in zip(grid, seen, fields, strict=True):
        extent = half_mm(field.T, section.field_voxel_um)
        image = axes.imshow(field, norm=scale, cmap="cividis", extent=extent, origin="lower")
        axes.contour(
            plane(section.bed).astype(float),
            [0.5],
            colors="white",
            linewidths=0.8,
            extent=half_mm(section.bed, section.voxel_um),
        )
        mark_depots(axes, depots)
        axes.set_xlim(extent[0], extent[1])
        axes.set_ylim(extent[2], extent[3])
        axes.set_title(f"day {section.day:.4g}, peak {_spoken(float(np.max(field)))} nM")
        axes.set_xlabel("mm from the centre")
    figure.colorbar(image, ax=list(grid), label="IL-2 (nM)", shrink=0.85)
    shown = "White: the tumour bed; dashed: the depots of the first visit."
    return figure, f"{results.name_of(row)}. {shown}{beyond(depots, extent[1])}"


def _spoken(amount: float) -> str:
    """Three digits, without powers of ten where people do without."""
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:.3g}"
