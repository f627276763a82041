"""The exposure table as one figure and one page of words; every number of either is read from the table."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from il2sim.experiments.report.figures import style
from il2sim.models.drug.dose_rule import MOST_INJECTABLE_ML

ROWS = (
    ("cd8_h", "hours above the\nCD8 threshold"),
    ("treg_h", "hours above the\nTreg threshold"),
    ("coverage_12h", "share of volume with\n12 h above the CD8 threshold"),
)
FEWEST_H, MOST_H = 0.05, 200.0
COVERED_H = 12.0
DILUTED = style.VERMILION
LOOKS = tuple(zip(("#440154", "#3B528B", "#21918C", "#5EC962", "#D8C400"), style.MARKERS, strict=False))
"""Colour and marker by half-life: viridis in order, its yellow darkened to be seen on white."""


def figure(table: pd.DataFrame) -> bytes:
    """PNG: hours and coverage (rows) by dose, width (columns) and half-life (lines)."""
    with matplotlib.rc_context(style.LOOK):
        sheet = style.canvas(8.0)
        widths, half_lives = sorted(table["width_mm"].unique()), sorted(table["half_life_h"].unique())
        axes = sheet.subplots(len(ROWS), len(widths), sharex=True, sharey="row")
        for row, (name, label) in zip(axes, ROWS, strict=True):
            row[0].set_ylabel(label)
            for panel, width in zip(row, widths, strict=True):
                _lines(panel, table[table["width_mm"] == width], name)
                _dress(panel, name)
        for panel, width in zip(axes[0], widths, strict=True):
            panel.set_title(f"{width:g} mm wide")
        sheet.supxlabel("dose / registered dose of that width (0.5 MIU per mm, at most 10 MIU)", fontsize=10)
        sheet.legend(handles=_handles(half_lives), loc="outside upper center", ncols=4)
        return style.rendered(sheet, "png")


def _lines(panel: Axes, table: pd.DataFrame, name: str) -> None:
    """All half-lives of one width."""
    for half_life, look in zip(sorted(table["half_life_h"].unique()), LOOKS, strict=False):
        _line(panel, table[table["half_life_h"] == half_life], name, look)


def _line(panel: Axes, rows: pd.DataFrame, name: str, look: tuple[str, str]) -> None:
    """One half-life; open markers where the fluid is more than can be injected."""
    colour, marker = look
    limit_ml = MOST_INJECTABLE_ML * (1.0 + 1e-9)
    diluted, rows = rows[rows["is_diluted"]], rows[~rows["is_diluted"]]
    filled = [colour if volume <= limit_ml else "white" for volume in rows["injected_ml"]]
    panel.plot(diluted["share"], diluted[name], color=DILUTED, linewidth=1.2, linestyle="--", zorder=4)
    panel.plot(rows["share"], rows[name], color=colour, linewidth=1.4, zorder=2)
    panel.scatter(rows["share"], rows[name], s=18, marker=marker, c=filled, edgecolors=colour, zorder=3)


def _dress(panel: Axes, name: str) -> None:
    """Scales and the lines to read by: the registered dose, and 12 h."""
    panel.set_xscale("log")
    panel.set_xticks([1e-4, 1e-2, 1.0], ["0.0001", "0.01", "1"])
    panel.axvline(1.0, color=style.GREY, linewidth=0.8, linestyle=":", zorder=1)
    if name == "coverage_12h":
        panel.set_ylim(-0.03, 1.05)
        return
    panel.set_yscale("log")
    panel.set_ylim(FEWEST_H, MOST_H)
    panel.set_yticks([0.1, 1.0, 10.0, 100.0], ["0.1", "1", "10", "100"])
    if name == "cd8_h":
        panel.axhline(COVERED_H, color=style.GREY, linewidth=0.8, linestyle="--", zorder=1)


def _handles(half_lives: Sequence[float]) -> list[Line2D]:
    lines = [
        Line2D([], [], color=colour, marker=marker, markersize=5, label=f"half-life {half_life:g} h")
        for half_life, (colour, marker) in zip(half_lives, LOOKS, strict=False)
    ]
    beyond = Line2D([], [], color=style.GREY, marker="o", mfc="white", linestyle="", markersize=5)
    beyond.set_label(f"open: over {MOST_INJECTABLE_ML:g} mL")
    diluted = Line2D([], [], color=DILUTED, linestyle="--", label="half-life 2 h, diluted to full volume")
    return [*lines, beyond, diluted]


def page(table: pd.DataFrame) -> str:
    """The page beside the figure, Markdown: statements in numbers of the table, then what is assumed."""
    plain = table[~table["is_diluted"]]
    return f"""# Where dose matters, and where it does not

![Hours above thresholds and coverage over five decades of dose](exposure.png)

One injection, followed for a week: hours (mean over the tumour's volume) above the concentration that gives
CD8 cells (2.46 nM) or Treg (0.0272 nM) half their signal, and coverage: the share of the volume with 12 h or
more above the CD8 threshold, about what a cell needs to divide. {len(table)} solutions of the radial volume
book, in [`exposure.csv`](exposure.csv); `python -m il2sim.experiments.verification.exposure_map` computes
them and this page, again where the code is no longer that of the column `code`.

- **From the registered dose up, dose hardly matters.** {_above(plain)}
- **Only where 12 h is just reached does it decide.** {_edge(plain)}
- **Below, dose matters the more the wider the tumour.** {_below(plain)}
- **How a smaller dose is given matters as well.** {_dilution(table)}
- **The half-life matters more than all that.** {_half_life(plain)}
- **Very low doses are doses for Treg.** {_treg(plain)}

The least dose computed, as a share of the registered one, that covers half of the tumour, by half-life:

{_least(plain)}

## What is assumed

- The half-life in tumour tissue is unmeasured: 0.25 to 12 h is its range, 2 h the model's reference value.
  Diffusivity 40 um2/s is calculated, the pore fraction 0.3 from memory, basal IL-2 0.002 nM assumed.
- Dose changes the volume, not the strength (5 MIU/mL, calculated from an earlier trial), unless "diluted".
  Open symbols need more than {MOST_INJECTABLE_ML:g} mL (assumed limit): nobody could inject them.
- Half goes to the centre, half to a ring at the edge (text of 2023); 0.6 and 0.4 of them stay (no source).
- Receptors take it up at constant densities (per mL: Treg 4e6, CD8 18e6, NK 2e6, Th 15e6; a tenth outside).
  Cells that multiply or raise CD25 shorten the hours, most at low doses.
- Even filling and clearance, sharp thresholds from blood cells, no flow of fluid: the best case for coverage.
- Hours are no effect: what cells make of them is the model's next step, and more need not be better.
"""


def _above(table: pd.DataFrame) -> str:
    usual, long = ([_gain(table, h, w) for w in _widths(table)] for h in (2.0, 12.0))
    full = [value for h in (2.0, 4.0, 12.0) for value in _by_width(table, "coverage_12h", h, 1.0).values()]
    return (
        f"Ten times the dose adds {_percent(min(usual))} to {_percent(max(usual))} to the CD8 hours at a "
        f"half-life of 2 h, {_percent(min(long))} to {_percent(max(long))} at 12 h: the fluid is as strong "
        "as before, more of it lies outside. From 2 h on, the registered dose already covers at least "
        f"{_percent(min(full))} of the volume at every width; at 0.25 h no dose covers any, as "
        f"{max(_by_width(table, 'cd8_h', 0.25, 10.0).values()):.1f} h is the most there is."
    )


def _edge(table: pd.DataFrame) -> str:
    full, three = (_by_width(table, "coverage_12h", 1.0, share) for share in (1.0, 3.0))
    listed = ", ".join(f"{_percent(value)} at {width:g} mm" for width, value in full.items())
    hours = list(_by_width(table, "cd8_h", 1.0, 1.0).values())
    return (
        f"At a half-life of 1 h CD8 cells have {min(hours):.1f} to {max(hours):.1f} h at the registered dose "
        f"and it covers {listed}; three times the dose covers at least {_percent(min(three.values()))} "
        "(on this edge the book's own tolerance is 8 points)."
    )


def _dilution(table: pd.DataFrame) -> str:
    said = []
    for width, share in ((min(_widths(table)), 0.01), (max(_widths(table)), 0.1)):
        found = [
            (
                _by_width(table[table["is_diluted"] == is_diluted], "cd8_h", 2.0, share)[width],
                _by_width(table[table["is_diluted"] == is_diluted], "coverage_12h", 2.0, share)[width],
            )
            for is_diluted in (False, True)
        ]
        drop, diluted = (f"{hours:.1f} h and {_percent(covered)}" for hours, covered in found)
        said.append(f"{share:g} of the dose gives {drop} at {width:g} mm as a small drop, {diluted} diluted")
    return f"CD8 hours and coverage at a half-life of 2 h: {'; '.join(said)} to the registered volume."


def _below(table: pd.DataFrame) -> str:
    full, tenth, hundredth = (_by_width(table, "cd8_h", 2.0, share) for share in (1.0, 0.1, 0.01))
    small, large = min(full), max(full)
    kept = [_percent(low[width] / full[width]) for low in (tenth, hundredth) for width in (small, large)]
    return (
        f"At a half-life of 2 h a tenth of the dose keeps {kept[0]} of the CD8 hours at {small:g} mm but "
        f"{kept[1]} at {large:g} mm; a hundredth {kept[2]} and {kept[3]}. Dosing by width gives a tumour of "
        f"{large:g} mm {(large / small) ** 2:.0f} times less per volume than one of {small:g} mm, and at the "
        f"registered dose that costs little: {full[large]:.1f} h after {full[small]:.1f} h."
    )


def _half_life(table: pd.DataFrame) -> str:
    short, long = (list(_by_width(table, "cd8_h", h, 1.0).values()) for h in (0.25, 12.0))
    most = max(_gain(table, h, w) for h in table["half_life_h"].unique() for w in _widths(table))
    ratio = [b / a for a, b in zip(short, long, strict=True)]
    return (
        f"At the registered dose CD8 cells have {min(short):.1f} to {max(short):.1f} h at 0.25 h and "
        f"{min(long):.0f} to {max(long):.0f} h at 12 h, {min(ratio):.0f} to {max(ratio):.0f} times as much; "
        f"ten times the dose adds {_percent(most)} at the most. What decides is what nobody has measured."
    )


def _treg(table: pd.DataFrame) -> str:
    lowest = float(table["share"].min())
    cd8, treg = (_by_width(table, name, 2.0, lowest) for name in ("cd8_h", "treg_h"))
    full_cd8, full_treg = (_by_width(table, name, 2.0, 1.0) for name in ("cd8_h", "treg_h"))
    ratio = [treg[width] / cd8[width] for width in cd8]
    full = [full_treg[width] / full_cd8[width] for width in full_cd8]
    return (
        f"At {lowest:g} of the dose and a half-life of 2 h Treg have {ratio[0]:.1f} times (at {min(cd8):g} "
        f"mm) to {ratio[-1]:.1f} times (at {max(cd8):g} mm) the hours of CD8 cells; at the registered dose "
        f"{min(full):.2f} to {max(full):.2f} times."
    )


def _least(table: pd.DataFrame) -> str:
    """Markdown table of the least share at which coverage is at least one half."""
    half_lives = sorted(table["half_life_h"].unique())
    covered = table[table["coverage_12h"] >= 0.5]
    lines = [
        "| width | " + " | ".join(f"{each:g} h" for each in half_lives) + " |",
        "|---" * (len(half_lives) + 1) + "|",
    ]
    for width in _widths(table):
        shares = [
            covered[(covered["width_mm"] == width) & (covered["half_life_h"] == each)]["share"]
            for each in half_lives
        ]
        cells = [f"{found.min():g}" if len(found) else "none" for found in shares]
        lines.append(f"| {width:g} mm | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _widths(table: pd.DataFrame) -> list[float]:
    return [float(width) for width in sorted(table["width_mm"].unique())]


def _by_width(table: pd.DataFrame, name: str, half_life_h: float, share: float) -> dict[float, float]:
    """One quantity at one half-life and dose, by width in mm."""
    rows = table[(table["half_life_h"] == half_life_h) & ((table["share"] / share - 1.0).abs() < 1e-9)]
    return {float(width): float(value) for width, value in zip(rows["width_mm"], rows[name], strict=True)}


def _gain(table: pd.DataFrame, half_life_h: float, width_mm: float) -> float:
    """What ten times the registered dose adds to its CD8 hours, as a share of them."""
    tenfold, full = (_by_width(table, "cd8_h", half_life_h, share)[width_mm] for share in (10.0, 1.0))
    return tenfold / full - 1.0


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"
