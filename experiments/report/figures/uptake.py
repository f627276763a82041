"""Who took the IL-2 up: fates of the injected amount, and uptake by cell type; tissue-PK solution."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from il2sim.experiments.report.figures import style
from il2sim.experiments.report.mass_balance import Line, books
from il2sim.experiments.study.results import Results

COLOURS = {"CD8": style.BLUE, "NK": style.GREEN, "Treg": style.ORANGE, "Th": style.SKY}
TAKEN = "taken up by "
FATES = ("cleared to lymph and blood", "leaked out at injection", "still in the tissue at surgery")
LEAST = 0.001  # per cent: below it nobody needs a number


def draw(results: Results) -> tuple[Figure, str] | None:
    """Bars of shares: all that was injected left, the cells' part of it right. Nothing without injection."""
    row = results.shown
    found = books(results)
    if row is None or not found or not any(line.share for line in found[0].lines):
        return None
    whole, cells = shares(found[0].lines)
    figure = style.canvas(2.9)
    left, right = figure.subplots(1, 2)
    _bars(left, whole, "of what was injected (%)")
    left.set_title("Where it went", loc="left")
    if cells:
        _bars(right, cells, "of what was injected (%)")
        right.set_title("What cells in and round the tumour took up", loc="left")
    else:
        right.set_axis_off()
    return figure, (
        f"{results.name_of(row)}, whole course, tumour and the tissue round it: "
        "most of what cells took up may be outside the tumour. The scales differ. "
        "The tissue makes a little IL-2 itself, so that the shares can add up to slightly more than 100 %."
    )


def shares(lines: tuple[Line, ...]) -> tuple[dict[str, float], dict[str, float]]:
    """Per cent of what was injected: by fate, all cells together; and by cell type. Largest first."""
    cells = {
        line.name.removeprefix(TAKEN): 100 * (line.share or 0.0)
        for line in lines
        if line.name.startswith(TAKEN)
    }
    whole = {line.name: 100 * (line.share or 0.0) for line in lines if line.name in FATES}
    whole["taken up by cells"] = sum(cells.values())
    return _ranked(whole), _ranked(cells)


def _ranked(amounts: dict[str, float]) -> dict[str, float]:
    return dict(sorted(amounts.items(), key=lambda item: -item[1]))


def spoken(share: float) -> str:
    """A share in per cent for people."""
    return f"{share:.2g} %" if share >= LEAST else f"under {LEAST:g} %"


def _bars(axes: Axes, amounts: dict[str, float], label: str) -> None:
    names = list(amounts)
    colours = [COLOURS.get(name, style.GREY) for name in names]
    bars = axes.barh(names, list(amounts.values()), color=colours, height=0.65)
    axes.bar_label(bars, [f" {spoken(amount)}" for amount in amounts.values()])
    axes.invert_yaxis()
    axes.set_xlabel(label)
    axes.set_xlim(0, 1.2 * max(amounts.values()) or 1.0)
