"""Many runs: what is finished is kept, what is missing is carried out, what the model stops is named."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments import store
from experiments.design import in_order
from experiments.execute import Outcome, Run, execute
from experiments.interrupts import held
from experiments.workers import Workplace, outcomes

__all__ = ["Run", "Tally", "Workplace", "carry_out", "execute", "missing", "run_all"]


@dataclass(frozen=True)
class Tally:
    """How a set of runs ended: ids of what is done and of what was there already, outcomes that failed."""

    done: tuple[str, ...]
    cached: tuple[str, ...]
    failed: tuple[Outcome, ...]


def missing(runs: Sequence[Run], out: Path, *, force: bool = False) -> tuple[Run, ...]:
    """The runs that have no finished file in `out` (all of them with `force`), the largest first."""
    finished = set() if force else store.finished_ids(out)
    return in_order({run.id: run for run in runs if run.id not in finished}.values())


def carry_out(
    runs: Iterable[Run],
    out: Path,
    place: Workplace,
    *,
    force: bool = False,
    tell: Callable[[Outcome], None] | None = None,
    carry: Callable[[Run], Outcome] = execute,
) -> Tally:
    """Carry out the missing runs and write each as it ends; `tell` hears every outcome, `carry` does one run.

    Raises ExperimentError when `out` can't be written. On KeyboardInterrupt what was finished is kept.
    """
    planned = list(runs)
    store.prepare(out)
    to_do = missing(planned, out, force=force)
    to_do_ids = {run.id for run in to_do}
    cached = tuple(dict.fromkeys(run.id for run in planned if run.id not in to_do_ids))
    done: list[str] = []
    failed: list[Outcome] = []
    with contextlib.closing(outcomes(to_do, place, carry)) as ended:
        for outcome in ended:
            with held():  # Ctrl-C waits until it is written: it took longer to make
                store.save(out, outcome)
            if outcome.record is None:
                failed.append(outcome)
            else:
                done.append(outcome.run.id)
            if tell is not None:
                tell(outcome)
    return Tally(tuple(done), cached, tuple(failed))


def run_all(runs: Iterable[Run], out: Path, workers: int | None = None) -> pd.DataFrame:
    """Carry out what is missing of any iterable of runs; return a tidy row per finished run, in order."""
    planned = list(runs)
    tally = carry_out(planned, out, Workplace(workers))
    finished = {*tally.done, *tally.cached}
    places = {run.id: {"labels": run.labels, "twin_id": run.twin} for run in planned if run.id in finished}
    return store.tidy(out, places)
