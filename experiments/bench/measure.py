"""Cases carried out: here alone, or here and in another checkout in turns, pair by pair."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from il2sim.experiments.bench.cases import Case, Row, Task
from il2sim.experiments.bench.place import Place, Reply
from il2sim.experiments.study.provenance import usable_cores

Say = Callable[[str], None]
Measured = dict[str, Any]


@dataclass(frozen=True)
class Turns:
    """Who is measured, and how often in place of a case's own number of pairs."""

    here: Place
    there: Place | None = None
    pairs: int | None = None


def measured(cases: Sequence[Case], turns: Turns, say: Say) -> Iterator[Measured]:
    """Every row of the cases as it is measured, ready for JSON."""
    for case in cases:
        say(f"{case.name}: {case.about}")
        wanted = most_processes(case)
        if wanted > usable_cores():
            say(f"note: {wanted} processes share {usable_cores()} core: its wall time is longer for it")
        for task, rows in case.parts:
            replies = _in_turns(case, task, turns, say)
            for row in rows:
                yield _row(case, row, replies, turns)


def most_processes(case: Case) -> int:
    """Processes that a case works with."""
    words = itertools.chain.from_iterable(task.words for task, _ in case.parts)
    return max((int(word) for word in words if word.isdigit()), default=1)


def _in_turns(case: Case, task: Task, turns: Turns, say: Say) -> list[tuple[Reply, Reply | None]]:
    """Replies of this checkout and the other, None where it lacks the case, which is said once."""
    found: list[tuple[Reply, Reply | None]] = []
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="il2sim-bench-")))
        caches = (folder / str(number) for number in itertools.count())
        there = turns.there
        if not task.fresh:
            _ready(turns.here, task, next(caches))
            if there is not None and "lacks" in (reply := _ready(there, task, next(caches))):
                say(f"{case.name}: {there.root} lacks it ({reply['lacks']}); measured here alone")
                there = None
        for _ in range(turns.pairs or case.pairs):
            ours = _reply(turns.here, task, next(caches))
            theirs = None if there is None else _reply(there, task, next(caches))
            if theirs is not None and there is not None and "lacks" in theirs:
                say(f"{case.name}: {there.root} lacks it ({theirs['lacks']}); measured here alone")
                there = theirs = None
            found.append((ours, theirs))
    return found


def _ready(place: Place, task: Task, caches: Path) -> Reply:
    """What is not counted: kernels compiled, fonts listed, and whether the checkout has the case at all."""
    return place.do(task.shortest(), caches)


def _reply(place: Place, task: Task, caches: Path) -> Reply:
    if not task.fresh:
        return place.do(task, caches)
    with place.copied() as copy:
        if task.again:
            copy.do(task, caches)
        return copy.do(task, caches)


def _row(case: Case, row: Row, replies: Sequence[tuple[Reply, Reply | None]], turns: Turns) -> Measured:
    """Medians of one figure, and the ratio of the other checkout to this one pair by pair."""
    pairs = [tuple(None if each is None else each.get(row.figure) for each in pair) for pair in replies]
    sides = [_normalised(row, [pair[side] for pair in replies]) for side in (0, 1)]
    ratios = [there / here for here, there in zip(*sides, strict=True) if here and there]
    ours = [pair[0] for pair in pairs if pair[0] is not None]
    theirs = [pair[1] for pair in pairs if pair[1] is not None]
    return {
        "case": case.name,
        "row": row.label,
        "unit": row.unit,
        "here": _median(ours),
        "normalised": _median([each for each in sides[0] if each is not None]),
        "yardstick_s": _median([pair[0]["yardstick_s"] for pair in replies]),
        "there": _median(theirs),
        "ratio": _median(ratios),
        "ratios": ratios,
        "pairs": pairs,
        "revision": turns.here.revision,
        "against": turns.there.revision or turns.there.root.name if turns.there is not None else None,
    }


def _normalised(row: Row, replies: Sequence[Reply | None]) -> list[float | None]:
    """The figure of each reply over its yardstick, memory as it is."""
    values = (None if each is None else each.get(row.figure) for each in replies)
    return [
        None if each is None or value is None else value / (each["yardstick_s"] if row.is_normalised else 1.0)
        for each, value in zip(replies, values, strict=True)
    ]


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None
