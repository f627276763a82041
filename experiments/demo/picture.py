"""A view as pictures for the page: the section and the IL-2 map as SVG round a PNG, and their legend."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.image import imsave
from numpy.typing import NDArray

from il2sim.experiments.demo.course import FIELD_UM, Drug
from il2sim.experiments.report.figures import style
from il2sim.experiments.report.figures.section import half_mm, plane
from il2sim.experiments.study.cell_kinds import Kinds
from il2sim.experiments.study.execute import Section

SIDE = 480.0  # px of a picture in its own coordinates; the page scales it
FLOOR_NM, TOP_NM = 1e-3, 1e5  # ends of the colour scale: below the basal level, above the injectate
TICKS_NM = {1e-3: "0.001", 1e-1: "0.1", 1e1: "10", 1e3: "1,000 nM"}
INK = "#222222"


def section_svg(section: Section, drug: Drug | None, reach_mm: float, kinds: Kinds) -> str:
    """Cells in colour, one voxel a pixel, as far as `reach_mm` from the centre; depot edges where in view."""
    half = _px(half_mm(section.solid, section.voxel_um)[1], reach_mm)
    whole = (SIDE / 2 - half, SIDE / 2 - half, 2 * half, 2 * half)
    body = [_image(painted(section, kinds), whole), _scale_bar(reach_mm, INK)]
    body += _circles(drug.depots_um if drug is not None else (), reach_mm)
    return svg(
        body, (SIDE, SIDE), f"section of the tumour, {2 * reach_mm:.3g} mm wide, day {section.day:.4g}"
    )


def il2_svg(drug: Drug, section: Section, kinds: Kinds) -> str:
    """IL-2 in and about the tumour on a logarithmic scale; tumour, depots and thresholds marked."""
    reach_mm = drug.map_nM.shape[0] * FIELD_UM / 2000
    radius_mm = float(np.sqrt(section.bed.sum() / np.pi)) * section.voxel_um / 1000
    body = [
        _image(heat(drug.map_nM), (0.0, 0.0, SIDE, SIDE)),
        _circle(_px(radius_mm, reach_mm), "white"),
        *_circles(drug.depots_um, reach_mm),
        _scale_bar(reach_mm, "white"),
        *_colour_bar(drug, kinds),
    ]
    return svg(body, (SIDE, SIDE + 70), f"IL-2 within {reach_mm:.3g} mm of the tumour's centre")


def legend_html(section: Section, kinds: Kinds) -> str:
    """A swatch and a word for everything a section can hold."""
    named = (*style.named(kinds, section.solid_names), *style.named(kinds, section.immune_names)[1:])
    items = [f'<span><i style="background:{colour}"></i>{escape(label)}</span>' for label, colour in named]
    return f'<div class="il2-legend">{"".join(items)}</div>'


def painted(section: Section, kinds: Kinds) -> NDArray[np.uint8]:
    """Colours [row, column, rgb], first row on top: the solid layer, and immune cells over it."""
    solid = _palette(colour for _, colour in style.named(kinds, section.solid_names))
    immune = _palette(colour for _, colour in style.named(kinds, section.immune_names))
    tissue, cells = plane(section.solid)[::-1], plane(section.immune)[::-1]
    image: NDArray[np.uint8] = solid[tissue]
    image[cells > 0] = immune[cells[cells > 0]]
    return image


def heat(map_nM: NDArray[np.float64]) -> NDArray[np.uint8]:  # noqa: N803
    """Colours [row, column, rgb] of a concentration [x, y] in nM."""
    colours = (255 * matplotlib.colormaps["cividis"](np.linspace(0.0, 1.0, 256))[:, :3]).astype(np.uint8)
    return np.asarray(colours[(255 * _share(map_nM.T[::-1])).astype(np.uint8)])


def png(image: NDArray[np.uint8]) -> bytes:
    """The image as a PNG file; fast rather than small."""
    stream = io.BytesIO()
    imsave(stream, image, format="png", pil_kwargs={"compress_level": 1})
    return stream.getvalue()


def text(x: float, y: float, words: str, *, colour: str = INK, anchor: str = "start", size: int = 19) -> str:
    """Words in an SVG."""
    look = f'fill="{colour}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{words}</text>'


def svg(body: Iterable[str], size: tuple[float, float], label: str) -> str:
    """A picture as wide as its place on the page; `label` is for those who listen to it."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:.0f} {size[1]:.0f}" role="img"'
    look = 'font-family="sans-serif" style="width:100%;display:block"'
    return f'{head} aria-label="{label}" {look}>{"".join(body)}</svg>'


def _px(length_mm: float, reach_mm: float) -> float:
    return length_mm / reach_mm * SIDE / 2


def _image(image: NDArray[np.uint8], box: Sequence[float]) -> str:
    """An image stretched over a box (x, y, width, height), its pixels kept sharp."""
    x, y, width, height = box
    encoded = base64.b64encode(png(image)).decode()
    place = f'x="{x}" y="{y}" width="{width}" height="{height}" preserveAspectRatio="none"'
    return f'<image {place} style="image-rendering:pixelated" href="data:image/png;base64,{encoded}"/>'


def _circles(depots_um: Iterable[tuple[float, float]], reach_mm: float) -> list[str]:
    """Edges of the depots, those within reach: dashes on a pale line, to be seen on any colour."""
    radii = {radius / 1000 for depot in depots_um for radius in depot}
    pixels = [_px(radius, reach_mm) for radius in sorted(radii) if 0 < radius < reach_mm]
    return [_circle(r, "white") + _circle(r, INK, 'class="depot" stroke-dasharray="6 6"') for r in pixels]


def _circle(r: float, colour: str, more: str = "") -> str:
    place = f'cx="{SIDE / 2}" cy="{SIDE / 2}" r="{r:.1f}"'
    return f'<circle {place} fill="none" stroke="{colour}" stroke-width="2" {more}/>'


def _scale_bar(reach_mm: float, colour: str) -> str:
    length = style.round_length(2 * reach_mm)
    left, bottom, right = 18.0, SIDE - 18, 18 + _px(length, reach_mm)
    words = f"{length:g} mm" if length >= 1 else f"{1000 * length:g} µm"
    line = f'<path d="M{left} {bottom}H{right:.1f}" stroke="{colour}" stroke-width="5"/>'
    return line + text(left, bottom - 9, words, colour=colour)


def _colour_bar(drug: Drug, kinds: Kinds) -> list[str]:
    """The scale below the map, with the concentrations at which cells half respond."""
    top = SIDE + 26
    parts = [_image(heat(np.geomspace(FLOOR_NM, TOP_NM, 256)[:, None]), (0.0, top, SIDE, 14.0))]
    for amount, words in TICKS_NM.items():
        x = SIDE * float(_share(np.array(amount)))
        parts.append(text(x, top + 36, words, anchor="middle" if x else "start"))
    for cell, amount in drug.thresholds_nM.items():
        x = SIDE * float(_share(np.array(amount)))
        parts.append(f'<path d="M{x:.1f} {top - 2}v18" stroke="{style.VERMILION}" stroke-width="4"/>')
        parts.append(text(x, top - 6, escape(kinds[cell].label), anchor="middle"))
    return parts


def _share(amount_nM: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: N803
    """Place on the colour scale, 0 to 1."""
    decades = np.log10(np.clip(amount_nM, FLOOR_NM, TOP_NM) / FLOOR_NM)
    return np.asarray(decades / np.log10(TOP_NM / FLOOR_NM))


def _palette(colours: Iterable[str]) -> NDArray[np.uint8]:
    return np.array([[round(255 * part) for part in to_rgb(colour)] for colour in colours], np.uint8)
