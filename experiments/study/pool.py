"""Local processes that carry out runs: one each at a time, none in reserve, over pipes nobody else can reach.

A process that dies takes its own run with it and no other; a fresh one takes its place.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from il2sim.experiments.cli.progress import spoken
from il2sim.experiments.study import child
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.interrupts import check, held
from il2sim.experiments.study.leftovers import clear_scratch
from il2sim.experiments.study.store import ExperimentError

NOTHING_KEPT = "Nothing of this run is kept; the other runs are not touched."
KILLED = f"""{NOTHING_KEPT} `--workers 1` needs the least memory.
its process was killed, by the system (often for want of memory) or by a person"""
BEGIN = (
    "import json, sys; path, is_main = json.loads(sys.argv[1]); sys.path[:] = path; "
    "from il2sim.experiments.study.child import work; work(of_main_thread=is_main)"
)
ENVIRONMENT = {
    # ready-made libraries would start a thread per core in each process
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # freed arrays stay with the process: a tenth of a run went into getting new pages
    "MALLOC_MMAP_THRESHOLD_": f"{32 * 2**20}",
    "MALLOC_TRIM_THRESHOLD_": f"{256 * 2**20}",
}
POLL_S = 1.0
PAUSE_S = 0.2  # longer with each process that was lost while it started
TRIES = 3  # beyond the processes there should be


class NoProcessError(ExperimentError):
    """The processes that should carry out runs end while they start."""


@dataclass(eq=False)
class Worker:
    """One process; `run` is what it works on, `since` when it was given that (s)."""

    process: subprocess.Popen[bytes]
    name: str
    run: Run | None = None
    since: float = 0.0
    is_ready: bool = False
    is_late: bool = False
    unfit: str = ""


def pooled(
    runs: Sequence[Run], workers: int, execute: Callable[[Run], Outcome], limit_s: float | None = None
) -> Generator[Outcome, None, None]:
    """Outcome of every run in the order they end, from `workers` processes; a run that takes longer than
    `limit_s` is ended and named.

    Raises NoProcessError where none can be started. Closed early, it ends all processes at once.
    """
    clear_scratch()
    pickler: Any = importlib.import_module("cloudpickle")  # functions of a script go by value
    team, waiting = Team(workers, pickler.dumps(execute), limit_s), list(runs)
    try:
        while waiting or team.busy:
            team.fill(len(waiting))
            team.give(waiting)
            outcome = team.hear()
            check()
            team.give(waiting)  # before what has ended is written
            if outcome is not None:
                yield outcome
    finally:
        team.end()


class Team:
    """The processes, what they work on, and what they have said."""

    def __init__(self, size: int, carry: bytes, limit_s: float | None) -> None:
        self.size, self.carry, self.limit_s = size, carry, limit_s
        self.workers: list[Worker] = []
        self.inbox: queue.SimpleQueue[tuple[Worker, bytes | None]] = queue.SimpleQueue()
        self.settled: dict[str, str] = {}  # the tumour that each process worked on last
        self.begun = self.lost = 0
        self.why = ""

    @property
    def busy(self) -> list[Worker]:
        """Who works on a run."""
        return [worker for worker in self.workers if worker.run is not None]

    def fill(self, waiting: int) -> None:
        """Begin the processes that are missing. Raises NoProcessError where none is left and none starts."""
        wanted = min(self.size, waiting + len(self.busy))
        while len(self.workers) < wanted and self.lost < self.size + TRIES:
            if self.lost:
                time.sleep(PAUSE_S * min(self.lost, 5))
            try:
                self._begin()
            except OSError as error:
                self._lose(f"was not begun by the system: {(error.strerror or str(error)).lower()}")
        if not self.workers:
            advice = "free memory, or take fewer with --workers (1 stays in this process)"
            tries = f"{self.lost} processes in a row ended while they started (the last {self.why})"
            raise NoProcessError(f"{tries}; {advice}; what was finished is kept")

    def _begin(self) -> None:
        is_main = threading.current_thread() is threading.main_thread()
        given = json.dumps([[str(folder) for folder in sys.path], is_main])
        with held():
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", BEGIN, given],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={**ENVIRONMENT, **os.environ},
            )
            self.begun += 1
            worker = Worker(process, str(self.begun))
            self.workers.append(worker)
            threading.Thread(target=_listen, args=(worker, self.inbox), daemon=True).start()
        _say(worker, self.carry)

    def give(self, waiting: list[Run]) -> None:
        """A run to each process that has none, as long as some wait."""
        for worker in self.workers:
            if worker.is_ready and worker.run is None and waiting:
                run = waiting.pop(choice(waiting, self.settled, worker.name))
                self.settled[worker.name] = run.tumour
                worker.run, worker.since = run, time.monotonic()
                _say(worker, pickle.dumps(run, pickle.HIGHEST_PROTOCOL))

    def hear(self) -> Outcome | None:
        """Wait for the next message, no longer than a second; the outcome of a run where it is one."""
        wait = POLL_S
        if self.limit_s is not None:
            in_time = (worker for worker in self.busy if not worker.is_late)
            left = [worker.since + self.limit_s - time.monotonic() for worker in in_time]
            wait = max(0.0, min([wait, *left]))
        try:
            worker, message = self.inbox.get(timeout=wait)
        except queue.Empty:
            self._end_late()
            return None
        return self._ended(worker) if message is None else self._answered(worker, message)

    def _end_late(self) -> None:
        for worker in self.busy:
            if self.limit_s is not None and time.monotonic() - worker.since >= self.limit_s:
                worker.is_late = True
                worker.process.kill()

    def _answered(self, worker: Worker, message: bytes) -> Outcome | None:
        kind, content = message[:1], message[1:]
        if kind == child.READY:
            worker.is_ready, self.lost = True, 0
        if kind == child.UNFIT:
            worker.unfit = f"could not load {content.decode(errors='replace').splitlines()[0]}"
            worker.process.kill()
        run = worker.run
        if run is None or kind not in (child.OUTCOME, child.FAILED):
            return None
        worker.run, self.lost = None, 0
        if kind == child.FAILED:
            return Outcome(run, None, {}, (), content.decode(errors="replace"))
        try:
            outcome: Outcome = pickle.loads(content)
        except Exception as error:  # of a class that only the process knows
            return Outcome(run, None, {}, (), f"what came of the run cannot be read here: {error!r}")
        return outcome

    def _ended(self, worker: Worker) -> Outcome | None:
        """A process is no more: its run failed; where it had not begun, another is tried."""
        self.workers.remove(worker)
        self.settled.pop(worker.name, None)
        status = worker.process.wait()
        _close(worker)
        if worker.run is None:
            if not worker.is_ready:
                self._lose(worker.unfit or _how(status))
            return None
        failure = f"{NOTHING_KEPT}\n{_late(self.limit_s)}" if worker.is_late else _failure(status)
        return Outcome(worker.run, None, {}, (), failure)

    def _lose(self, why: str) -> None:
        self.lost, self.why = self.lost + 1, why

    def end(self) -> None:
        """End all processes at once, whatever they do."""
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.wait()
            _close(worker)
        self.workers.clear()


def _listen(worker: Worker, inbox: queue.SimpleQueue[tuple[Worker, bytes | None]]) -> None:
    """Hand on what a process says; None when it has ended."""
    stream: Any = worker.process.stdout
    with stream:
        while (message := child.receive(stream)) is not None:
            inbox.put((worker, message))
    inbox.put((worker, None))


def _say(worker: Worker, message: bytes) -> None:
    stream: Any = worker.process.stdin
    try:
        child.send(stream, message)
    except OSError:
        worker.process.kill()  # it is dead or deaf: its end is heard by who listens


def _close(worker: Worker) -> None:
    stream: Any = worker.process.stdin
    stream.close()


def choice(waiting: Sequence[Run], settled: Mapping[str, str], name: str) -> int:
    """Place of the run to take: of the tumour this process settled, else of one nobody has, else any."""
    own = (place for place, run in enumerate(waiting) if run.tumour == settled.get(name))
    new = (place for place, run in enumerate(waiting) if run.tumour not in settled.values())
    return next(own, next(new, 0))


def _failure(status: int) -> str:
    """Why a process took its run with it."""
    if -status in (signal.SIGTERM, getattr(signal, "SIGKILL", None)):
        return KILLED
    return f"{NOTHING_KEPT}\nits process {_how(status)}"


def _how(status: int) -> str:
    """How a process ended, after its exit status."""
    if status >= 0:
        return f"ended with exit code {status}"
    try:
        return f"was ended by signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"was ended by signal {-status}"


def _late(limit_s: float | None) -> str:
    return f"it took longer than the {spoken(limit_s or 0.0)} that a run may take (--time-limit)"
