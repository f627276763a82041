"""The passport of an experiment: what is needed to run it again exactly, digests to compare, the replay."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments import origin, store
from experiments.execute import Outcome, Run, execute, plain
from experiments.interrupts import check
from experiments.numbers import notes, numbers
from experiments.results import config_of, differences, passport_of
from experiments.store import ExperimentError
from experiments.workers import Workplace, outcomes
from models import Config


@dataclass(frozen=True)
class Order:
    """What was asked for: the command as typed, the config it named, the root seed and what is varied."""

    command: str
    config: Config
    seed: int
    axes: dict[str, tuple[str, ...]]


def write(folder: Path, order: Order, runs: Sequence[Run]) -> None:
    """Write `passport.json` for the runs as they stand in the folder, finished or not."""
    config = order.config
    passport: dict[str, Any] = {
        "name": config.name,
        "command": order.command,
        "seed": order.seed,
        "config_hash": config.hash,
        "config": config.resolved(),
        "notes": notes(config),
        "axes": {name: list(values) for name, values in order.axes.items()},
        "code": {"version": origin.code_version(), **origin.revision()},
        "libraries": origin.libraries(),
        "machine": origin.machine(),
        "parameters": numbers(config),
        "runs": [_entry(run, config) for run in runs],
    }
    _save(folder, passport)


def refresh(folder: Path) -> None:
    """Bring a passport up to date with the runs finished since it was written, here or elsewhere."""
    _save(folder, passport_of(folder))


def _save(folder: Path, passport: dict[str, Any]) -> None:
    finished = store.finished_ids(folder)
    entries = [
        entry | _books(folder, entry["run_id"]) if entry["run_id"] in finished else entry
        for entry in passport["runs"]
    ]
    text = json.dumps(plain(passport | {"runs": entries}), indent=1, allow_nan=False)
    store.write_whole(folder / "passport.json", text.encode())


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
    tell: Callable[[Outcome], None],
    carry: Callable[[Run], Outcome] = execute,
) -> list[Comparison]:
    """Carry out every finished run of a passport again and compare the digests; writes nothing."""
    runs: dict[str, tuple[Run, dict[str, Any]]] = {}
    for entry in passport["runs"]:
        if "result_digest" in entry:
            run = _run_of(passport, entry)
            runs[run.id] = (run, entry)
    if not runs:
        raise ExperimentError("the passport holds no finished run: there is nothing to compare")
    found = []
    with contextlib.closing(outcomes([run for run, _ in runs.values()], place, carry)) as ended:
        for outcome in ended:
            check()
            tell(outcome)
            found.append(_compared(outcome, runs[outcome.run.id][1]))
    return found


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
    here = {"code": origin.code_version(), **origin.libraries(), **origin.machine()}
    return [
        f"{name} {made[name]} (here {here.get(name, 'not installed')})"
        for name in ("code", *origin.ROUNDING, "python", "processor")
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
