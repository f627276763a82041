"""Many runs: what is finished is kept, what is missing is carried out, what the model stops is named."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from il2sim.experiments.study import columns, owner, store, tables
from il2sim.experiments.study.against_control import beside_twins
from il2sim.experiments.study.design import in_order
from il2sim.experiments.study.execute import Outcome, Run, execute, record_of
from il2sim.experiments.study.interrupts import held
from il2sim.experiments.study.settled_cache import carrying
from il2sim.experiments.study.store import ExperimentError
from il2sim.experiments.study.tidy import tidy_row
from il2sim.experiments.study.workers import Workplace, outcomes
from il2sim.models import Config

if TYPE_CHECKING:
    import pandas as pd

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
    report_progress: Callable[[Outcome], None] | None = None,
    carry: Callable[[Run], Outcome] = execute,
) -> Tally:
    """Carry out the missing runs and write each as it ends; `carry` does one, `report_progress` hears each.

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
            if report_progress is not None:
                report_progress(outcome)
    return Tally(tuple(done), cached, tuple(failed))


ON_FAILURE = ("row", "raise")
REMEDY = "delete THEM and call again: what is missing is run again"


def run_all(
    runs: Iterable[Run],
    out: str | os.PathLike[str],
    workers: int | None = None,
    *,
    on_failure: str = "row",
    cache: bool = True,
) -> pd.DataFrame:
    """Carry out what is missing of any iterable of runs; return a tidy row per run, in order.

    A run that the model stopped is a row too: `failed` says why, and what a result would fill is empty; of
    finished runs `failed` is "". With `on_failure="raise"` ExperimentError names them once all others are
    done. Raises ExperimentError before anything runs for what is no run, a label that has a column's name, or
    a number of workers that is none. What was finished stays in the folder `out` whatever is raised.

    runs          each a config, a seed and labels that become columns (`Run`)
    out           folder of the results; what it holds of these runs is not run again
    workers       processes; as many as there are cores unless given
    on_failure    "row" or "raise"
    cache         begin with settled tumours that earlier calls have kept, and keep those that are new; the
                  results are the same without

    >>> import il2sim
    >>> from il2sim.experiments.study.design import Run
    >>> config = il2sim.Config().with_values({"patient.width": "1 mm"})
    >>> runs = [Run(config, seed, {"arm": "mine"}) for seed in range(1, 9)]  # doctest: +SKIP
    >>> il2sim.run_all(runs, "results/mine")["viable_fraction"].mean()  # doctest: +SKIP
    """
    planned = _checked(runs, on_failure)
    folder, place = _folder(out), Workplace(_workers(workers))
    to_do = {run.id for run in missing(planned, folder)}
    cached = dict.fromkeys(run.id for run in planned if run.id not in to_do)
    store.refuse_damaged(folder, cached, REMEDY)
    store.prepare(folder)
    with owner.owned(folder, owner.claim_of_runs(run.id for run in planned)):
        carry = carrying(_warn, uses_cache=cache and bool(to_do))
        tally = carry_out(planned, folder, place, carry=carry)
    failed = {outcome.run.id: reason_of(outcome) for outcome in tally.failed}
    if failed and on_failure == "raise":
        told = "; ".join(f"run {run_id}: {reason}" for run_id, reason in failed.items())
        raise ExperimentError(
            f"{len(failed)} of {len(planned)} runs were stopped: {told}; the others are kept in {folder}, "
            f"and {folder / 'failed'} tells how each came about"
        )
    return _rows(folder, planned, failed)


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=4)


def reason_of(outcome: Outcome) -> str:
    """Why a run was stopped, in one line."""
    lines = outcome.failure.strip().splitlines()
    return lines[-1] if lines else "no reason given"


def _rows(folder: Path, planned: Sequence[Run], failed: Mapping[str, str]) -> pd.DataFrame:
    """A row for each run that was asked for, also of those asked for twice, with columns in one order."""
    rows = []
    for run in planned:
        place = {"labels": run.labels, "twin_id": run.twin}
        if run.id in failed:
            nothing: dict[str, Any] = {
                "result_digest": None,
                "endpoints": {},
                "ledger": {},
                "timing": {},
                "provenance": {},
            }
            found = record_of(run, nothing)
        else:
            found = store.record(folder, run.id)
        rows.append({**tidy_row(found | place), "failed": failed.get(run.id, "")})
    table = beside_twins(rows)
    if len(failed) == len({run.id for run in planned}):  # nobody knows which other endpoints there would be
        table = table.reindex(
            columns=list(dict.fromkeys((*tables.IDS, "failed", *table, *_endpoints(planned))))
        )
    labels = (label for run in planned for label in run.labels)
    return tables.arranged(table, (*tables.IDS, "failed", *labels))


def _endpoints(planned: Sequence[Run]) -> list[str]:
    """Every endpoint that there is, for the injections of these runs."""
    visits = max((len(run.config.schedule.days) for run in planned), default=0)
    return columns.of_endpoints(visits)


def _checked(runs: Iterable[Run], on_failure: str) -> list[Run]:
    """The runs, where they are such; ExperimentError for anything else."""
    if on_failure not in ON_FAILURE:
        raise ExperimentError(f"run_all: on_failure is {on_failure!r}; allowed are 'row' and 'raise'")
    if isinstance(runs, (Run, str, Mapping)) or not isinstance(runs, Iterable):
        raise ExperimentError(
            f"run_all: found {_kind(runs)} instead of several runs; give a list, like [Run(config, 1, {{}})]"
        )
    planned = list(runs)
    for number, run in enumerate(planned, start=1):
        if not isinstance(run, Run):
            raise ExperimentError(
                f"run_all: number {number} is {_kind(run)} and no Run; write Run(config, seed, labels), from "
                "il2sim.experiments.study.runs"
            )
        if not isinstance(run.config, Config) or not isinstance(run.labels, Mapping):
            raise ExperimentError(
                f"run_all: number {number} has {_kind(run.config)} as config and {_kind(run.labels)} as "
                "labels; give a Config and a dict, {} for no labels"
            )
        _check_labels(run, number)
    return planned


def _check_labels(run: Run, number: int) -> None:
    """A label becomes a column, so it must have a name of its own and a value that a column can hold."""
    for label, value in run.labels.items():
        if not isinstance(label, str) or not label:
            raise ExperimentError(f"run_all: run {number} has the label {label!r}; name it with a text")
        if columns.is_reserved(label):
            raise ExperimentError(
                f"run_all: run {number} has a label named {label!r}, which is a column of every table of "
                f"runs; give it another name, like 'my_{label}'"
            )
        if not isinstance(value, (str, int, float, bool, type(None), np.generic)):
            raise ExperimentError(
                f"run_all: run {number} has {_kind(value)} as its label {label!r}; give a text or a number"
            )


def _workers(workers: object) -> int | None:
    is_number = isinstance(workers, (int, np.integer)) and not isinstance(workers, bool)
    if workers is None:
        return None
    if not is_number or int(workers) < 1:  # type: ignore[call-overload]
        raise ExperimentError(
            f"run_all: workers is {workers!r}; give a whole number from 1, or None for every usable core"
        )
    return int(workers)  # type: ignore[call-overload,no-any-return]


def _folder(out: object) -> Path:
    if not isinstance(out, (str, os.PathLike)) or not str(out).strip():
        raise ExperimentError(f"run_all: out is {out!r}; give the path of a folder, like 'results/mine'")
    return Path(out)


def _kind(value: object) -> str:
    """A value of the wrong kind for people."""
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
