"""The report of a results folder: one HTML file that opens offline and prints. Its first page answers."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from il2sim.experiments.cli.progress import spoken
from il2sim.experiments.model_docs.dose_sheet import lines, notes, sheets_of
from il2sim.experiments.model_docs.parameters import amount
from il2sim.experiments.model_docs.sources import named
from il2sim.experiments.report import blood_levels, mass_balance
from il2sim.experiments.report.answer import answer
from il2sim.experiments.report.assumptions import cards_of
from il2sim.experiments.report.figures import BOOK, FIRST, Picture, draw_all
from il2sim.experiments.report.glossary import words
from il2sim.experiments.report.pathology_table import slides
from il2sim.experiments.report.uncertainty import (
    KNOWN_AS,
    certainty,
    class_of,
    known_of,
    not_modelled,
    pairing,
    ratio,
)
from il2sim.experiments.report.what_if import levers, set_apart, what_would_change_it
from il2sim.experiments.study import store, tables
from il2sim.experiments.study.results import Results, going_on, load, opened, place
from il2sim.experiments.study.statistics import Arm, Estimate, counted

MANY_ARMS = 12  # from here on the table of arms is folded away
CELL_HEADS = {
    "initial": "at the start",
    "divisions": "+ daughters",
    "entries": "+ arrived, or came of another kind",
    "deaths": "- died, or became another kind",
    "filled": "- places filled",
    "final": "= at the end",
    "left_plane": "daughters out of the plane, in no sum",
}


def build_report(folder: Path) -> Path:
    """Write `runs.parquet`, `series.parquet`, the figures and `report.html`; return the report's path."""
    return write_report(load(folder))


def write_report(results: Results, beside: tables.Beside | None = None, *, as_svg: bool = False) -> Path:
    """The same from results already read, and from what lies beside them; `as_svg`: figures as SVG too."""
    beside = beside or tables.Beside(results)
    tables.write(beside)
    pictures = draw_all(results, as_svg=as_svg)
    page = results.folder / "report.html"
    store.write_whole(page, _html(results, pictures, about(beside)).encode())
    return page


def about(beside: tables.Beside) -> str:
    """Which runs the report is about, and what else the folder holds."""
    passport, others = beside.results.passport, len(beside.run_ids)
    own = "the sweep" if passport["axes"] else "the run"
    said = f"This report is about {own} {passport['name']} with seed {passport.get('seed', 'not recorded')}"
    if not others:
        return f"{said}."
    many = "1 other finished run" if others == 1 else f"{others} other finished runs"
    keys = beside.differences
    differ = f" Its runs differ in: {', '.join(keys)}." if keys else ""
    return (
        f"{said}. The folder holds {many}, in no number of this report; the tables runs.parquet and "
        f"series.parquet have all of them, marked by `{tables.MARK}`.{differ}"
    )


def _html(results: Results, pictures: Sequence[Picture], about: str) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    page, passport = environment.get_template("report.html.j2"), results.passport
    first = next((each for name in (*FIRST, "") for each in pictures if each.name == name or not name), None)
    return page.render(
        passport=passport,
        about=about,
        amount=amount,
        known=lambda number: KNOWN_AS[known_of(number)],
        data=lambda picture: base64.b64encode(picture.png).decode(),
        answer=answer(results),
        setting=set_apart(results),
        certainty=certainty(results),
        changes=what_would_change_it(results),
        levers=levers(results),
        arms=[arm_row(arm) for arm in results.arms],
        many_arms=MANY_ARMS,
        pairing=pairing(results),
        slides=slides(results),
        shown=_arm_name(results),
        first=first,
        pictures=[picture for picture in pictures if picture is not first and picture.name != BOOK],
        ledger=next((picture for picture in pictures if picture.name == BOOK), None),
        cells=cells_of(results),
        cell_heads=CELL_HEADS,
        words=words(results.kinds),
        drug=drug_pages(results),
        ratio=ratio(passport["parameters"]),
        grades=grades(passport["parameters"]),
        varied=tuple(results.axes),
        assumed=[number for number in passport["parameters"] if class_of(number) == "assumed"],
        sources=sources_of(passport["parameters"]),
        changed=set_here(results),
        not_modelled=not_modelled(results),
        missing=incomplete(results),
        spent=spoken(float(results.table["timing.wall_s"].sum())),
    )


def _arm_name(results: Results) -> str:
    """The pictured run's place in the design, for people."""
    shown = results.shown
    labels = {} if shown is None else {axis: str(shown[axis]) for axis in results.axes}
    return opened(place(labels))


def incomplete(results: Results) -> dict[str, Any]:
    """Runs of the design that are not here: how many, those that were stopped, and how to go on."""
    finished, runs = set(results.table["run_id"]), results.passport["runs"]
    absent = [run for run in runs if run["run_id"] not in finished]
    stopped = [run for run in absent if (results.folder / "failed" / f"{run['run_id']}.txt").exists()]
    command = going_on(results.folder, results.passport)
    return {"runs": len(absent), "of": len(runs), "stopped": stopped, "command": command}


def drug_pages(results: Results) -> dict[str, Any]:
    """Dose sheet, injections, published blood levels, books and hand-overs with what they depend on."""
    doses = sheets_of(results.configs)
    heads, rows = lines(doses)
    cards = cards_of(results.passport["parameters"], results.axes)
    visit_heads, visit_rows = blood_levels.visits(results)
    found = mass_balance.books(results)
    aims = blood_levels.targets(results.config) if doses else ()
    return {
        "heads": heads,
        "rows": rows,
        "notes": notes(doses, cards),
        "exceeds": any(sheet.injected_per_tumour > 1.0 for sheet in doses),
        "visit_heads": visit_heads,
        "visit_rows": visit_rows,
        "visit_note": blood_levels.own_note(results),
        "target_heads": blood_levels.HEADS,
        "target_rows": blood_levels.target_rows(aims, cards),
        "target_note": blood_levels.TARGETS_NOTE,
        "books": found,
        "eaten": mass_balance.eaten(found),
        "hand_overs": mass_balance.hand_overs(results),
    }


def interval(found: Estimate | None, sign: str = "") -> str:
    """Mean and interval for people."""
    if found is None:
        return ""
    if found.low is None or found.high is None:
        return f"{found.mean:{sign}.3f} (one run: no interval)" if found.n else ""
    return f"{found.mean:{sign}.3f} ({found.low:{sign}.3f} to {found.high:{sign}.3f})"


def arm_row(arm: Arm) -> dict[str, str]:
    """One line of the main table, as text."""
    return {
        "place": place(arm.labels),
        "runs": str(arm.viable.n),
        "viable": interval(arm.viable),
        "twin": interval(arm.twin),
        "difference": interval(arm.difference, "+"),
        "mpr": counted(arm.mpr),
        "twin_mpr": counted(arm.twin_mpr) if arm.is_drug else "",
    }


def grades(parameters: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    """How many of the model's numbers are known how, best known first."""
    found = Counter(known_of(number) for number in parameters)
    return [(words, found[known]) for known, words in KNOWN_AS.items() if known in found]


def set_here(results: Results) -> list[dict[str, Any]]:
    """Numbers that a config gives, but for those the design varies, which its arms tell."""
    numbers = results.passport["parameters"]
    return [each for each in numbers if each["overridden"] and each["name"] not in results.axes]


def sources_of(parameters: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What the keys of the assumed numbers' sources stand for."""
    return {
        key: source
        for number in parameters
        if class_of(number) == "assumed"
        for key, source in named(str(number["source"])).items()
    }


def cells_of(results: Results) -> dict[str, Any]:
    """The pictured run's cells by type: at the start, what came and went, at the end."""
    row = results.shown
    found: dict[str, Any] = {} if row is None else store.record(results.folder, row["run_id"])["ledger"]
    kinds = results.kinds
    return {kinds[name].label: lines for name, lines in found.get("cells", {}).items()}
