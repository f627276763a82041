"""The figures of a results folder as PNG, if asked as SVG too, from the table of the report's numbers."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib

from il2sim.experiments.report.figures import curves, il2, losses, paired, section, style, surface, uptake
from il2sim.experiments.study import store
from il2sim.experiments.study.results import Results


@dataclass(frozen=True)
class Picture:
    """One figure: its file's stem, what a reader should know, and its PNG."""

    name: str
    title: str
    caption: str
    png: bytes


PAGES = (
    ("dose_width", "Which dose, which tumour", surface.draw),
    ("drug_twin", "The drug against its matched control", paired.draw),
    ("sections", "The virtual section: before, between and at surgery", section.draw),
    ("close_up", "Single cells", section.close_up),
    ("losses", "What was cleared when, and who killed where", losses.draw),
    ("il2_map", "Where the drug was", il2.draw),
    ("time_courses", "Day by day", curves.draw),
    ("eaten", "Who took the IL-2 up", uptake.draw),
)
FIRST = ("dose_width", "drug_twin", "sections")  # the first of these is the figure of the first page
BOOK = "eaten"  # stands with the ledger


def draw_all(results: Results, *, as_svg: bool = False) -> tuple[Picture, ...]:
    """Draw what the results can show and write it to `figures/`, with `as_svg` as SVG too; what they can't
    show, and an SVG of earlier results, is left out.
    """
    pictures, folder = [], results.folder / "figures"
    for name, title, draw in PAGES:
        with matplotlib.rc_context(style.LOOK):
            drawn = draw(results)
        if drawn is None or not as_svg:
            (folder / f"{name}.svg").unlink(missing_ok=True)  # drawn before, of what was there then
        if drawn is None:
            (folder / f"{name}.png").unlink(missing_ok=True)
            continue
        figure, caption = drawn
        png = style.rendered(figure, "png")
        store.write_whole(folder / f"{name}.png", png)
        if as_svg:
            store.write_whole(folder / f"{name}.svg", style.rendered(figure, "svg"))
        pictures.append(Picture(name, title, caption, png))
    return tuple(pictures)
