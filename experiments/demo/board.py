"""The page's main part as one piece of HTML, so that all its pictures change together."""

from __future__ import annotations

from html import escape

from il2sim.experiments.demo import curves, picture
from il2sim.experiments.demo.course import Drug, View
from il2sim.experiments.study.cell_kinds import Kinds

ROOM_MM = 0.25  # shown round the tumour as it began
LOOK = """<style>
.il2-board {display: grid; grid-template-columns: 4fr 3fr 3fr; gap: 8px 28px; color: #222222}
@media (max-width: 1100px) {.il2-board {grid-template-columns: minmax(0, 560px)}}
.il2-board h3 {font-size: 16px; margin: 0 0 4px}
.il2-board p {font-size: 13px; margin: 6px 0 0; line-height: 1.35}
.il2-legend {display: flex; flex-wrap: wrap; gap: 3px 14px; font-size: 13px; margin-top: 6px}
.il2-legend span {white-space: nowrap}
.il2-legend i {display: inline-block; width: 12px; height: 12px; margin: 0 5px -1px 0}
.il2-legend i {border: 1px solid #7a7a7a}
</style>"""
DEPOTS = (
    "White: the tumour. Dashed: edges of the tissue that the fluid of one injection fills, centre and ring. "
    "Red marks: where regulatory and where CD8 T cells respond half."
)


def board(view: View) -> str:
    """Section, IL-2 map and time courses, as far as there are any."""
    parts = [_section(view), _il2(view), _curves(view)]
    return f'{LOOK}<div class="il2-board">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def _section(view: View) -> str:
    if view.section is None:
        return ""
    drawn = picture.section_svg(view.section, view.drug, view.choice.width_mm / 2 + ROOM_MM, view.kinds)
    return f"<h3>Section through the tumour</h3>{drawn}{picture.legend_html(view.section, view.kinds)}"


def _il2(view: View) -> str:
    if view.section is None or view.drug is None:
        return ""
    drawn = picture.il2_svg(view.drug, view.section, view.kinds)
    return f"<h3>IL-2 in and around it</h3>{drawn}<p>{DEPOTS}</p>{_hours(view.drug, view.kinds)}"


def _hours(drug: Drug, kinds: Kinds) -> str:
    """What the cells could have seen of the last injection."""
    if not drug.hours_above:
        return ""
    names = {cell: escape(kinds[cell].label) for cell in drug.thresholds_nM}
    above = [f"{drug.hours_above[cell]:.0f} h above the {name} mark" for cell, name in names.items()]
    return f"<p>Since the last injection: {', '.join(above)} (mean over the tumour as it began).</p>"


def _curves(view: View) -> str:
    if not view.series:
        return ""
    last = curves.il2_svg(view) if view.drug is not None else ""
    return curves.viable_svg(view) + curves.cells_svg(view) + last
