"""What a design would take, from runs that are finished, from one that is tried, or from a rough figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from il2sim.experiments.cli import doctor
from il2sim.experiments.cli.console import Voice
from il2sim.experiments.cli.progress import spoken
from il2sim.experiments.study import store
from il2sim.experiments.study.execute import Run, execute
from il2sim.experiments.study.runtime_estimate import shared_s, whole_s
from il2sim.experiments.study.store import ExperimentError
from il2sim.experiments.study.workers import Workplace

MB_PER_RUN = 0.6  # measured on the same machine as the times of `expected`
SAMPLE = 200  # finished runs that tell how long the others take


def cost(
    out: Path, runs: Sequence[Run], to_do: Sequence[Run], place: Workplace, pilot: Run | None = None
) -> dict[str, Any]:
    """What a sweep would take, from its own finished runs where there are some, or from a `pilot` that is
    carried out for it and not kept.
    """
    there = store.finished_ids(out)
    there -= {error.path.stem for error in store.damaged(out, there & {run.id for run in to_do})}
    finished = {run.id: run for run in runs if run.id in there}
    known = sample(list(finished))
    spent = sum(store.record(out, run_id)["timing"]["wall_s"] for run_id in known)
    foreseen = sum(whole_s(finished[run_id]) for run_id in known)
    whence = "finished runs of this folder" if known else "a rough figure of another machine"
    if pilot is not None:
        spent, foreseen, whence = _piloted(pilot), whole_s(pilot), "a pilot run on this machine"
    rate = spent / foreseen if foreseen else 1.0
    sizes = [store.run_file(out, run_id).stat().st_size / 1e6 for run_id in known]
    each = sum(sizes) / len(sizes) if sizes else MB_PER_RUN
    seconds = rate * shared_s([whole_s(run) for run in to_do], place)
    return {
        "planned": len(runs),
        "cached": len(runs) - len(to_do),
        "to_do": len(to_do),
        "time_s": round(seconds, 1),
        "time": spoken(seconds),
        "disk_mb": round(each * len(to_do), 1),
        "from": whence,
    }


def sample(run_ids: Sequence[str]) -> Sequence[str]:
    """Some of many finished runs, evenly picked: a plan reads no more of them."""
    return run_ids[:: max(1, len(run_ids) // SAMPLE)]


def smallest(runs: Sequence[Run], voice: Voice) -> Run | None:
    """The run that a pilot carries out, with warm kernels; None where there is none to do."""
    if not runs:
        return None
    doctor.warm(voice)
    return min(runs, key=whole_s)


def _piloted(run: Run) -> float:
    """Seconds that one run took here. Raises ExperimentError where the model stopped it."""
    outcome = execute(run)
    if outcome.record is None:
        reason = outcome.failure.strip().splitlines()[-1]
        raise ExperimentError(f"--pilot: run {run.id} was stopped ({reason}); to repeat it: {run.command}")
    return float(outcome.record["timing"]["wall_s"])
