"""The passport of an experiment: what is needed to run it again exactly, digests to compare, the replay."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from il2sim.experiments.model_docs.parameters import notes, numbers
from il2sim.experiments.study import formats, packing, provenance, store
from il2sim.experiments.study.execute import Outcome, Run, execute, plain
from il2sim.experiments.study.interrupts import check
from il2sim.experiments.study.results import BRING_BACK, EARLIER, config_of, designs, differences, passport_of
from il2sim.experiments.study.store import ExperimentError
from il2sim.experiments.study.workers import Workplace, outcomes
from il2sim.models import Config
from il2sim.models.config.outside_mechanisms import Outside, OutsideError, file_of, outside_of


@dataclass(frozen=True)
class Order:
    """What was asked for: the command as typed, the config it named, the root seed and what is varied."""

    command: str
    config: Config
    seed: int
    axes: dict[str, tuple[str, ...]]


KEPT = ("name", "command", "seed", "config_hash", "config", "axes", "code", "libraries", "machine")
"""What stays of the passport of an earlier command, beside its runs."""


def write(folder: Path, order: Order, runs: Sequence[Run], *, unread: Set[str] = frozenset()) -> None:
    """Write `passport.json` for the runs as they stand in the folder, finished or not.

    Runs of earlier commands stay in it, under "earlier". `unread`: ids of runs that are about to be made
    anew, whose files are not read. A damaged passport is written anew: callers refuse it where that is not
    meant.
    """
    config = order.config
    passport: dict[str, Any] = {
        formats.KEY: formats.PASSPORT,
        "name": config.name,
        "command": order.command,
        "seed": order.seed,
        "config_hash": config.hash,
        "config": config.resolved(),
        "notes": notes(config),
        "axes": {name: list(values) for name, values in order.axes.items()},
        "code": {"version": provenance.code_version(), **provenance.revision()},
        "libraries": provenance.libraries(),
        "machine": provenance.machine(),
        "parameters": numbers(config),
        "runs": [_entry(run, config) for run in runs],
    }
    if outside := _outside(runs):
        passport["mechanism_files"] = [
            {"name": each.name, "path": each.file, "content": each.content} for each in outside
        ]
    if earlier := _earlier(folder, {run.id for run in runs}):
        passport[EARLIER] = earlier
    _save(folder, passport, unread)


def _outside(runs: Iterable[Run]) -> list[Outside]:
    """Every mechanism from outside the package that a run has."""
    texts = sorted({text for run in runs for text in run.config.mechanisms})
    return [found for found in map(outside_of, texts) if found is not None]


def _check_outside(runs: Iterable[Run]) -> None:
    """ExperimentError where a mechanism from outside is gone, or another than the runs were made with."""
    for found in _outside(runs):
        try:
            file_of(found)
        except OutsideError as error:
            raise ExperimentError(f"mechanism {found.name!r}: {error}") from None


def refresh(folder: Path) -> None:
    """Bring a passport up to date with the runs finished since it was written, here or elsewhere."""
    _save(folder, passport_of(folder, BRING_BACK))


def _earlier(folder: Path, own: Set[str]) -> list[dict[str, Any]]:
    """What was finished in the folder for other commands than the one with these runs, the last first."""
    if not (folder / "passport.json").is_file():
        return []
    try:
        before = passport_of(folder)
    except store.DamagedError:
        return []
    finished, kept = store.finished_ids(folder), []
    for design in designs(before):
        runs = [entry for entry in design["runs"] if entry["run_id"] not in own and _is_done(entry, finished)]
        if runs:
            kept.append({key: design[key] for key in KEPT if key in design} | {"runs": runs})
    return kept


def _is_done(entry: dict[str, Any], finished: Set[str]) -> bool:
    return "result_digest" in entry or entry["run_id"] in finished


def _save(folder: Path, passport: dict[str, Any], unread: Set[str] = frozenset()) -> None:
    finished = store.finished_ids(folder) - unread
    whole = passport | {"runs": [_with_books(folder, entry, finished) for entry in passport["runs"]]}
    if EARLIER in passport:
        whole[EARLIER] = [
            design | {"runs": [_with_books(folder, entry, finished, again=False) for entry in design["runs"]]}
            for design in passport[EARLIER]
        ]
    whole |= {formats.KEY: formats.PASSPORT, packing.SEAL: packing.UNSEALED.decode()}
    text = json.dumps(plain(whole), indent=1, allow_nan=False)
    store.write_whole(folder / "passport.json", packing.sealed(text.encode()))


def _with_books(
    folder: Path, entry: dict[str, Any], finished: Set[str], *, again: bool = True
) -> dict[str, Any]:
    """The entry with what its run has come to, if that can be read; where it is known already, `again`."""
    if entry["run_id"] not in finished or ("result_digest" in entry and not again):
        return entry
    try:
        return entry | _books(folder, entry["run_id"])
    except store.DamagedError:
        return entry


def _entry(run: Run, base: Config) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "run_id": run.id,
        "seed": run.seed,
        "config_hash": run.config.hash,
        "twin_id": run.twin,
    }
    values = differences(base, run.config)
    return entry | {"labels": run.labels, "values": values, "command": run.command}


def _books(folder: Path, run_id: str) -> dict[str, Any]:
    found = store.record(folder, run_id)
    kept = {key: found[key] for key in ("result_digest", "digest", "ledger", "timing") if key in found}
    return kept | {"hand_overs": found["provenance"].get("hand_overs", [])}


@dataclass(frozen=True)
class Comparison:
    """One run again: whether every bit agrees, or why it could not be compared."""

    run_id: str
    is_same: bool
    note: str = ""


def replay(
    passport: dict[str, Any],
    place: Workplace,
    report_progress: Callable[[Outcome], None],
    carry: Callable[[Run], Outcome] = execute,
) -> list[Comparison]:
    """Carry out every finished run of a passport again and compare the digests; writes nothing."""
    runs: dict[str, tuple[Run, dict[str, Any]]] = {}
    for design in designs(passport):
        for entry in finished_entries(design):
            run = _run_of(design, entry)
            runs[run.id] = (run, entry)
    if not runs:
        raise ExperimentError("the passport holds no finished run: there is nothing to compare")
    _check_outside(run for run, _ in runs.values())
    found = []
    with contextlib.closing(outcomes([run for run, _ in runs.values()], place, carry)) as ended:
        for outcome in ended:
            check()
            report_progress(outcome)
            found.append(_compared(outcome, runs[outcome.run.id][1]))
    return found


def finished_entries(design: dict[str, Any]) -> list[dict[str, Any]]:
    """Entries of the runs that can be compared."""
    return [entry for entry in design["runs"] if "result_digest" in entry]


def _compared(outcome: Outcome, entry: dict[str, Any]) -> Comparison:
    if outcome.record is None:
        return Comparison(entry["run_id"], False, outcome.failure.strip().splitlines()[-1])
    if (number := entry.get("digest", 1)) != outcome.record["digest"]:
        note = f"its digest is number {number}, number {outcome.record['digest']} is made here"
        return Comparison(entry["run_id"], False, f"{note}: the two cannot be compared")
    digest, expected = outcome.record["result_digest"], entry["result_digest"]
    return Comparison(
        entry["run_id"], digest == expected, "" if digest == expected else f"{digest} instead of {expected}"
    )


def made_otherwise(passport: dict[str, Any]) -> list[str]:
    """What the runs of a passport were made with and this process has not, each with both: code, libraries
    that a result depends on, Python, processor. Bits may differ for any of them.
    """
    made = {"code": passport["code"].get("version"), **passport["libraries"], **passport["machine"]}
    here = {"code": provenance.code_version(), **provenance.libraries(), **provenance.machine()}
    return [
        f"{name} {made[name]} (here {here.get(name, 'not installed')})"
        for name in ("code", *provenance.ROUNDING, "python", "processor")
        if name in made and made[name] != here.get(name)
    ]


def _run_of(passport: dict[str, Any], entry: dict[str, Any]) -> Run:
    config = config_of(passport, entry)
    if config.hash != entry["config_hash"]:
        raise ExperimentError(
            f"run {entry['run_id']}: its config can't be rebuilt from the passport; "
            f"it was written by {passport['code']['version']}, which read configs differently"
        )
    return Run(config, entry["seed"], entry["labels"], entry["twin_id"], entry["command"])
