"""How every figure looks: the palette of Okabe and Ito (2008), safe for colour-blind readers; page width."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from il2sim.experiments.study.cell_kinds import Kinds, merged_in
from il2sim.experiments.study.interrupts import check

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#7A7A7A"
SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
PAPER = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.5}
WIDTH_IN = 10.0
DPI, COARSE_DPI = 160, 105  # the second for pictures of so many voxels that their files would be large
MANY_VOXELS = 1000  # side by side across the page
LOOK: dict[Any, Any] = {
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "svg.hashsalt": "il2sim",
    "svg.fonttype": "none",
}

OUTSIDE = ("normal tissue", "#FFFFFF")
"""Words and colour of what is no cell of the model: places outside the tumour."""


def named(kinds: Kinds, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Words and colour of each cell type of a layer, by code."""
    known = merged_in(kinds, names[1:])
    return (OUTSIDE, *((known[name].label, known[name].colour) for name in names[1:]))


def canvas(height_in: float, dpi: int = DPI) -> Figure:
    """An empty figure of page width, drawn by Agg whatever the screen."""
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def dpi_for(voxels: int) -> int:
    """Dots per inch of a picture with so many voxels across the page: all of them cannot be seen anyway."""
    return COARSE_DPI if voxels > MANY_VOXELS else DPI


def legend_below(figure: Figure, entries: Sequence[Artist], most_columns: int) -> None:
    """The lines of a legend under all pictures, in as many columns as the page is wide enough for."""
    for columns in range(most_columns, 0, -1):
        legend = figure.legend(handles=entries, loc="outside lower center", ncols=columns)
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            return
        legend.remove()


def mm_axes(axes: Axes, limits: tuple[float, float, float, float]) -> None:
    """A frame without ticks round this part of a picture in mm, with a scale bar of a round length."""
    axes.set_xlim(limits[0], limits[1])
    axes.set_ylim(limits[2], limits[3])
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
    scale_bar(axes, round_length(limits[1] - limits[0]))


def settle_layout(figure: Figure) -> None:
    """Place everything once: a figure would do so at each of its drawings, which takes as long."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")


def rendered(figure: Figure, kind: str) -> bytes:
    """The figure as PNG or SVG, the same bytes each time. A PNG is drawn once: `savefig` draws twice."""
    check()
    stream = io.BytesIO()
    with matplotlib.rc_context(LOOK):
        settle_layout(figure)
        if kind == "png":
            FigureCanvasAgg(figure).print_png(stream, metadata={"Software": None})  # type: ignore[no-untyped-call]
        else:
            figure.savefig(stream, format=kind, metadata={"Date": None})
    return stream.getvalue()


def scale_bar(axes: Axes, length_mm: float) -> None:
    """A bar of known length in the lower left corner; the axes are in mm."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    x, y = left + 0.06 * (right - left), bottom + 0.06 * (top - bottom)
    axes.plot([x, x + length_mm], [y, y], color="white", linewidth=6, solid_capstyle="projecting")
    axes.plot([x, x + length_mm], [y, y], color=BLACK, linewidth=3, solid_capstyle="butt")
    text = f"{length_mm:g} mm" if length_mm >= 1 else f"{length_mm * 1000:g} µm"
    axes.text(x, y + 0.02 * (top - bottom), text, va="bottom", ha="left", fontsize=9, bbox=PAPER)


def round_length(span_mm: float) -> float:
    """A round length of about a quarter of the span."""
    lengths = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
    return max((length for length in lengths if length <= span_mm / 3), default=lengths[0])
