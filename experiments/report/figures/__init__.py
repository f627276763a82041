"""The figures of a results folder, each as PNG and SVG, drawn from the same table as the report's numbers."""

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


def draw_all(results: Results) -> tuple[Picture, ...]:
    """Draw what the results can show and write it to `figures/`; what they can't show is left out."""
    pictures = []
    for name, title, draw in PAGES:
        with matplotlib.rc_context(style.LOOK):
            drawn = draw(results)
        if drawn is None:
            for kind in ("png", "svg"):  # of a fuller folder, drawn before
                (results.folder / "figures" / f"{name}.{kind}").unlink(missing_ok=True)
            continue
        figure, caption = drawn
        png = style.rendered(figure, "png")
        store.write_whole(results.folder / "figures" / f"{name}.png", png)
        store.write_whole(results.folder / "figures" / f"{name}.svg", style.rendered(figure, "svg"))
        pictures.append(Picture(name, title, caption, png))
    return tuple(pictures)
