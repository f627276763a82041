"""The figures of a results folder, each as PNG and SVG, drawn from the same table as the report's numbers."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib

from experiments import store
from experiments.figures import curves, il2, section, style, surface
from experiments.results import Results


@dataclass(frozen=True)
class Picture:
    """One figure: its file's stem, what a reader should know, and its PNG."""

    name: str
    title: str
    caption: str
    png: bytes


PAGES = (
    ("dose_width", "Viable fraction over the design", surface.draw),
    ("drug_twin", "Drug against twin", surface.paired),
    ("sections", "The virtual section, before and after", section.draw),
    ("il2_map", "Where the IL-2 was", il2.draw),
    ("time_courses", "Day by day", curves.draw),
)


def draw_all(results: Results) -> tuple[Picture, ...]:
    """Draw what the results can show and write it to `figures/`; what they can't show is left out."""
    pictures = []
    for name, title, draw in PAGES:
        with matplotlib.rc_context(style.LOOK):
            drawn = draw(results)
        if drawn is None:
            continue
        figure, caption = drawn
        png = style.rendered(figure, "png")
        store.write_whole(results.folder / "figures" / f"{name}.png", png)
        store.write_whole(results.folder / "figures" / f"{name}.svg", style.rendered(figure, "svg"))
        pictures.append(Picture(name, title, caption, png))
    return tuple(pictures)
