"""Runs that misbehave in the process that carries them out, and a sweep to kill: stand-ins, each quick."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from il2sim.experiments.study import design
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.runs import Workplace, carry_out
from il2sim.models import Config
from tests.run_case import carried, sweep


def runs_of(count: int, **labels: str) -> list[Run]:
    """So many runs of different seeds; `labels` travel with each."""
    return [Run(Config(), seed, {"arm": "drug", "replicate": "0", **labels}) for seed in range(count)]


def misbehaving(run: Run) -> Outcome:
    """Does what its label says, as far as there is one."""
    act = run.labels.get("act", "")
    if act == "exit":
        os._exit(7)
    if act == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if act == "leave":
        sys.exit("gone")
    if act == "hang":
        time.sleep(3600.0)
    if act == "raise":
        raise RuntimeError("no such luck")
    print("what a run prints must not spoil the pipe")
    return carried(run)


def surroundings(run: Run) -> Outcome:
    """Tells of the process it is carried out in."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
    told = {name: os.environ.get(name) for name in names}
    told["dask"] = str([name for name in ("distributed", "dask", "tornado") if name in sys.modules])
    told["hears Ctrl-C"] = str(signal.getsignal(signal.SIGINT) is not signal.SIG_IGN)
    return Outcome(run, {**told, "pid": os.getpid()}, {}, ())


def leisurely(run: Run) -> Outcome:
    """Takes 0.3 s and notes when it begins in the file of its label."""
    with Path(run.labels["log"]).open("a") as log:
        log.write(f"{run.id} {os.getpid()}\n")
    time.sleep(0.3)
    return carried(run)


def kept_of(outcome: Outcome) -> None:
    """Says that a run is kept."""
    print(outcome.run.id if outcome.record else "stopped", flush=True)


def drive(out: Path, log: Path, count: int) -> None:
    """A sweep of so many leisurely runs on two processes; says the id of each once it is kept."""
    doses = sweep({"schedule.dose": ("0 MIU/mm", "0.5 MIU/mm")}, replicates=(count + 1) // 2)
    runs = [replace(run, labels=run.labels | {"log": str(log)}) for run in design.grid(doses, 1)]
    print("planned", *(run.id for run in runs), flush=True)
    carry_out(runs, out, Workplace(2), report_progress=kept_of, carry=leisurely)


if __name__ == "__main__":
    drive(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
