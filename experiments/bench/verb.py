"""`il2sim bench`: measure, print, keep, check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from il2sim.experiments.bench import phases, table
from il2sim.experiments.bench.cases import chosen
from il2sim.experiments.bench.measure import Measured, Turns, measured
from il2sim.experiments.bench.place import Place
from il2sim.experiments.cli.console import Voice
from il2sim.experiments.study import interrupts

OVER_BOUND = 1


@dataclass(frozen=True)
class Wanted:
    """What was asked for: other checkout, number of pairs, file of rows, phases, check."""

    against: Path | None = None
    pairs: int | None = None
    out: Path | None = None
    phases: bool = False
    check: bool = False


def bench(names: Sequence[str], wanted: Wanted, voice: Voice) -> int:
    """Measure the cases of these names, all where there is neither name nor phases; 1 where a bound fails."""
    cases = chosen(names) if names or not wanted.phases else ()
    turns = Turns(Place.here(), Place.at(wanted.against) if wanted.against else None, wanted.pairs)
    if wanted.out is not None and wanted.out.exists():
        table.read(wanted.out)  # refused before, not after an hour
    if wanted.out is not None:
        interrupts.keep(lambda: f"the rows that were measured are kept in {wanted.out}")
    rows: list[Measured] = []
    for row in measured(cases, turns, voice.say):
        rows.append(row)
        if wanted.out is not None:
            table.merged(wanted.out, [row], ())
    parts = phases.phases() if wanted.phases else []
    if wanted.out is not None and parts:
        table.merged(wanted.out, [], parts)
    _show(rows, parts, voice)
    failed = table.over_bound(rows) if wanted.check else []
    for sentence in failed:
        voice.warn(sentence)
    return OVER_BOUND if failed else 0


def _show(rows: Sequence[Measured], parts: Sequence[Measured], voice: Voice) -> None:
    if voice.as_json:
        voice.document(table.document(rows, parts))
        return
    if rows:
        voice.table(table.HEADS, map(table.cells, rows))
    if parts:
        voice.table(tuple(parts[0]), [[table.said(value) for value in each.values()] for each in parts])


def page(file: Path, voice: Voice) -> None:
    """Write the table of a file into the performance page; measure nothing."""
    table.write_page(table.read(file))
    voice.say(f"{table.PAGE} has the table of {file}")
