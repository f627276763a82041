"""Time courses as SVG: small, sharp, and quick enough to be redrawn with every view."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from il2sim.experiments.demo.course import View
from il2sim.experiments.demo.picture import INK, svg, text
from il2sim.experiments.report.figures import style
from il2sim.experiments.study.cell_kinds import Kinds, infiltrate

WIDTH, HEIGHT = 330.0, 222.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 10.0, 66.0, 40.0
KEY_Y, KEY_STEP = 35.0, 16.0  # of the key: its first row, and from row to row
WEEK = 7
HALO = '<g style="paint-order:stroke" stroke="white" stroke-width="4">{}</g>'  # words that curves cross


@dataclass(frozen=True)
class Line:
    """One curve: the name of its series, what people call it, its colour, and its pattern where not solid."""

    key: str
    label: str
    colour: str
    dashes: str = ""


VIABLE = (Line("viable_fraction", "viable tumour, day 0 = 1", style.PURPLE),)
DASHES = ("", "7 3", "2 3", "10 3 2 3", "4 2 1 2")  # one after the other, as colours alone are not enough
IL2 = (Line("il2_centre_nM", "centre", style.BLUE), Line("il2_edge_nM", "edge", style.ORANGE, "7 3"))


@dataclass(frozen=True)
class Panel:
    """Axes from day 0 to surgery and from `low` to `high`, linear or logarithmic."""

    last_day: float
    low: float
    high: float
    is_log: bool

    def x(self, day: float) -> float:
        """px from the left."""
        return LEFT + day / self.last_day * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """px from the top; what lies outside is drawn on the edge."""
        inside = min(max(value, self.low), self.high)
        if self.is_log:
            share = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def ticks(self) -> list[float]:
        """Round values, about five."""
        if self.is_log:
            decades = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            return [10.0**decade for decade in decades[:: 1 + len(decades) // 6]]
        step = next(step for step in (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, math.inf) if self.high / step <= 6)
        return list(np.arange(self.low, self.high + 1e-9, step))


def viable_svg(view: View) -> str:
    """Viable tumour cells in the section over those of day 0."""
    top = 0.25 * math.ceil(4 * max(1.25, _highest(view, VIABLE)))
    return _drawn(view, Panel(_last_day(view), 0.0, top, is_log=False), VIABLE, "Viable fraction")


def cells(kinds: Kinds) -> tuple[Line, ...]:
    """A curve for viable tumour and for every kind of immune cell."""
    looks = zip(infiltrate(kinds), cycle(DASHES))
    immune = (Line(kind.name, escape(kind.label), kind.colour, dashes) for kind, dashes in looks)
    return (Line("tumour", "viable tumour", style.PURPLE), *immune)


def cells_svg(view: View) -> str:
    """Cells of each type in the section."""
    lines = cells(view.kinds)
    top = 10.0 ** math.ceil(math.log10(max(100.0, _highest(view, lines))))
    return _drawn(view, Panel(_last_day(view), 1.0, top, is_log=True), lines, "Cells in the section")


def il2_svg(view: View) -> str:
    """IL-2 at the tumour's centre and edge, with the concentrations at which cells half respond."""
    panel = Panel(_last_day(view), 1e-3, 1e5, is_log=True)
    thresholds = view.drug.thresholds_nM if view.drug is not None else {}
    marks = []
    for cell, amount in thresholds.items():
        y, words = panel.y(amount), f"{escape(view.kinds[cell].many)} half-respond"
        line = (
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{style.VERMILION}" stroke-dasharray="2 3"/>'
        )
        marks.append(line + HALO.format(text(WIDTH - RIGHT, y - 4, words, anchor="end", size=12)))
    return _drawn(view, panel, IL2, "IL-2 (nM)", marks)


def _last_day(view: View) -> float:
    return view.choice.config.schedule.surgery_day


def _highest(view: View, lines: Sequence[Line]) -> float:
    return max((float(view.series[line.key].max()) for line in lines if line.key in view.series), default=0.0)


def _drawn(view: View, panel: Panel, lines: Sequence[Line], title: str, marks: Sequence[str] = ()) -> str:
    label = f"{title} from day 0 to day {view.day:g}"
    shown = [line for line in lines if line.key in view.series]
    more = max((y for _, y in _places(shown)), default=0.0) - KEY_Y - KEY_STEP  # beyond the room for two rows
    down = max(more, 0.0)
    curves = "".join([*_axes(panel, view), *(_curve(panel, view.series, line) for line in shown), *marks])
    body = [text(8, 18, f"<tspan font-weight='bold'>{title}</tspan>"), *_key(shown)]
    return svg([*body, f'<g transform="translate(0 {down:.0f})">{curves}</g>'], (WIDTH, HEIGHT + down), label)


def _axes(panel: Panel, view: View) -> list[str]:
    """Grid lines, ticks, and a triangle under every injection."""
    bottom = HEIGHT - BOTTOM
    parts = [f'<path d="M{LEFT} {TOP}V{bottom}H{WIDTH - RIGHT}" fill="none" stroke="{INK}"/>']
    for value in panel.ticks():
        y = panel.y(value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#DDDDDD"/>')
        parts.append(text(LEFT - 7, y + 5, f"{value:,g}", anchor="end", size=14))
    days = np.arange(0.0, panel.last_day + 1e-9, WEEK)
    parts += [text(panel.x(day), bottom + 18, f"{day:g}", anchor="middle", size=14) for day in days]
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "day (▲ injection)", anchor="middle", size=14))
    if view.choice.dose_miu_per_mm > 0:
        visits = view.choice.config.schedule.days
        parts += [text(panel.x(day), bottom + 1, "▲", anchor="middle", size=11) for day in visits]
    return parts


def _curve(panel: Panel, series: Mapping[str, NDArray[np.float64]], line: Line) -> str:
    pairs = zip(series["day"], series[line.key], strict=True)
    points = " ".join(f"{panel.x(day):.1f},{panel.y(value):.1f}" for day, value in pairs)
    pattern = f'stroke-dasharray="{line.dashes}"' if line.dashes else ""
    return f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="2.4" {pattern}/>'


def _places(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Where the key of each line begins, px: above the axes, side by side in rows."""
    places, x, y = [], 8.0, KEY_Y
    for line in lines:
        width = 40 + 7.2 * len(line.label)
        if x + width > WIDTH:
            x, y = 8.0, y + KEY_STEP
        places.append((x, y))
        x += width
    return places


def _key(lines: Sequence[Line]) -> list[str]:
    """Which line is which."""
    parts = []
    for line, (x, y) in zip(lines, _places(lines), strict=True):
        pattern = f'stroke-dasharray="{line.dashes}"' if line.dashes else ""
        parts.append(f'<path d="M{x:.0f} {y:.0f}h22" stroke="{line.colour}" stroke-width="2.4" {pattern}/>')
        parts.append(text(x + 26, y + 4, line.label, size=13))
    return parts
