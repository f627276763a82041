"""The rows of many measurements in one JSON file, as a table for people, as one of the performance page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from il2sim.experiments.bench.cases import CASES, Row
from il2sim.experiments.bench.measure import Measured
from il2sim.experiments.study.execute import plain
from il2sim.experiments.study.formats import ExperimentError
from il2sim.experiments.study.provenance import ROOT, code_version, machine
from il2sim.experiments.study.store import write_whole

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
HEADS = ("case", "row", "unit", "this build", "per yardstick", "other build", "ratio", "at least", "aim")
DECLARED: dict[tuple[str, str], Row] = {
    (case.name, row.label): row for case in CASES for _, rows in case.parts for row in rows
}


def document(rows: Sequence[Measured], phases: Sequence[Measured] = ()) -> dict[str, Any]:
    """What `--json` prints and the file of `--out` holds."""
    return {
        "version": code_version(),
        "machine": machine(),
        "rows": sorted(rows, key=_place),
        "phases": list(phases),
    }


def merged(file: Path, rows: Sequence[Measured], phases: Sequence[Measured]) -> dict[str, Any]:
    """The file's rows with these added, or in place of those of the same case and label; written back."""
    before = read(file) if file.exists() else {"rows": [], "phases": []}
    kept = {(row["case"], row["row"]): row for row in (*before["rows"], *rows)}
    whole = document(list(kept.values()), phases or before["phases"])
    write_whole(file, (json.dumps(plain(whole), indent=1, allow_nan=False) + "\n").encode())
    return whole


def read(file: Path) -> dict[str, Any]:
    """A file of `--out`. Raises ExperimentError for what is none."""
    try:
        found = json.loads(file.read_text("utf-8"))
        if all(isinstance(row["case"], str) and row["row"] and row["unit"] for row in found["rows"]):
            found["phases"] = list(found["phases"])
            return dict(found)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise ExperimentError(f"{file}: not a table of il2sim bench; name another file, or move it away")


def _place(row: Measured) -> int:
    """Where a row stands: in the order of the cases, others last."""
    places = {key: number for number, key in enumerate(DECLARED)}
    return places.get((row["case"], row["row"]), len(places))


def over_bound(rows: Sequence[Measured]) -> list[str]:
    """A sentence for each row whose normalised figure is above its bound."""
    found = []
    for row in rows:
        declared = DECLARED.get((row["case"], row["row"]))
        if declared is not None and row["normalised"] is not None and row["normalised"] > declared.bound:
            found.append(
                f"{row['case']}, {row['row']}: {row['normalised']:.4g} per yardstick; "
                f"at most {declared.bound:g} is allowed"
            )
    return found


def cells(row: Measured) -> tuple[str, ...]:
    """One row of the table for people."""
    declared = DECLARED.get((row["case"], row["row"]))
    least, aim = (None, None) if declared is None else (declared.least, declared.aim)
    sign = f" {row['unit'].split()[0]}" if declared is not None and declared.of_figure else " x"
    numbers = (row["here"], row["normalised"], row["there"], row["ratio"])
    goals = ("" if goal is None else f"{goal:g}{sign}" for goal in (least, aim))
    return (row["case"], row["row"], row["unit"], *map(_number, numbers), *goals)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def write_page(found: dict[str, Any], page: Path = PAGE) -> None:
    """Put the table between the two marks of the page. Raises ExperimentError where they are not."""
    text = page.read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ExperimentError(f"{page}: {BEGIN} and {END} are not there once each; put them in")
    head, rest = text.split(BEGIN)
    write_whole(page, f"{head}{BEGIN}\n{page_text(found)}{END}{rest.split(END)[1]}".encode())


def page_text(found: dict[str, Any]) -> str:
    """Rows, and phases where they were measured, in Markdown."""
    lines = [_line(HEADS), _line(["---"] * len(HEADS)), *(_line(cells(row)) for row in found["rows"])]
    if found["phases"]:
        heads = tuple(found["phases"][0])
        rows = ([said(each[head]) for head in heads] for each in found["phases"])
        lines += ["", _line(heads), _line(["---"] * len(heads)), *map(_line, rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def said(value: Any) -> str:
    """A cell of a table: a text as it is, a number short."""
    return value if isinstance(value, str) else _number(value)
