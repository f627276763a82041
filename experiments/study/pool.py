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
class Hand:
    """One process; `run` is what it works on, `since` when it was given that (s)."""

    process: subprocess.Popen[bytes]
    name: str
    run: Run | None = None
    since: float = 0.0
    is_ready: bool = False
    is_late: bool = False
    unfit: str = ""


def pooled(
    runs: Sequence[Run], hands: int, execute: Callable[[Run], Outcome], limit_s: float | None = None
) -> Generator[Outcome, None, None]:
    """Outcome of every run in the order they end, from `hands` processes; a run that takes longer than
    `limit_s` is ended and named.

    Raises NoProcessError where none can be started. Closed early, it ends all processes at once.
    """
    clear_scratch()
    pickler: Any = importlib.import_module("cloudpickle")  # functions of a script go by value
    team, waiting = Team(hands, pickler.dumps(execute), limit_s), list(runs)
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
        self.hands: list[Hand] = []
        self.inbox: queue.SimpleQueue[tuple[Hand, bytes | None]] = queue.SimpleQueue()
        self.settled: dict[str, str] = {}  # the tumour that each process worked on last
        self.begun = self.lost = 0
        self.why = ""

    @property
    def busy(self) -> list[Hand]:
        """Who works on a run."""
        return [hand for hand in self.hands if hand.run is not None]

    def fill(self, waiting: int) -> None:
        """Begin the processes that are missing. Raises NoProcessError where none is left and none starts."""
        wanted = min(self.size, waiting + len(self.busy))
        while len(self.hands) < wanted and self.lost < self.size + TRIES:
            if self.lost:
                time.sleep(PAUSE_S * min(self.lost, 5))
            try:
                self._begin()
            except OSError as error:
                self._lose(f"was not begun by the system: {(error.strerror or str(error)).lower()}")
        if not self.hands:
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
            hand = Hand(process, str(self.begun))
            self.hands.append(hand)
            threading.Thread(target=_listen, args=(hand, self.inbox), daemon=True).start()
        _say(hand, self.carry)

    def give(self, waiting: list[Run]) -> None:
        """A run to each process that has none, as long as some wait."""
        for hand in self.hands:
            if hand.is_ready and hand.run is None and waiting:
                run = waiting.pop(choice(waiting, self.settled, hand.name))
                self.settled[hand.name] = run.tumour
                hand.run, hand.since = run, time.monotonic()
                _say(hand, pickle.dumps(run, pickle.HIGHEST_PROTOCOL))

    def hear(self) -> Outcome | None:
        """Wait for the next message, no longer than a second; the outcome of a run where it is one."""
        wait = POLL_S
        if self.limit_s is not None:
            left = [hand.since + self.limit_s - time.monotonic() for hand in self.busy if not hand.is_late]
            wait = max(0.0, min([wait, *left]))
        try:
            hand, message = self.inbox.get(timeout=wait)
        except queue.Empty:
            self._end_late()
            return None
        return self._ended(hand) if message is None else self._answered(hand, message)

    def _end_late(self) -> None:
        for hand in self.busy:
            if self.limit_s is not None and time.monotonic() - hand.since >= self.limit_s:
                hand.is_late = True
                hand.process.kill()

    def _answered(self, hand: Hand, message: bytes) -> Outcome | None:
        kind, content = message[:1], message[1:]
        if kind == child.READY:
            hand.is_ready, self.lost = True, 0
        if kind == child.UNFIT:
            hand.unfit = f"could not load {content.decode(errors='replace').splitlines()[0]}"
            hand.process.kill()
        run = hand.run
        if run is None or kind not in (child.OUTCOME, child.FAILED):
            return None
        hand.run, self.lost = None, 0
        if kind == child.FAILED:
            return Outcome(run, None, {}, (), content.decode(errors="replace"))
        try:
            outcome: Outcome = pickle.loads(content)
        except Exception as error:  # of a class that only the process knows
            return Outcome(run, None, {}, (), f"what came of the run cannot be read here: {error!r}")
        return outcome

    def _ended(self, hand: Hand) -> Outcome | None:
        """A process is no more: its run failed; where it had not begun, another is tried."""
        self.hands.remove(hand)
        self.settled.pop(hand.name, None)
        status = hand.process.wait()
        _close(hand)
        if hand.run is None:
            if not hand.is_ready:
                self._lose(hand.unfit or _how(status))
            return None
        failure = f"{NOTHING_KEPT}\n{_late(self.limit_s)}" if hand.is_late else _failure(status)
        return Outcome(hand.run, None, {}, (), failure)

    def _lose(self, why: str) -> None:
        self.lost, self.why = self.lost + 1, why

    def end(self) -> None:
        """End all processes at once, whatever they do."""
        for hand in self.hands:
            hand.process.kill()
        for hand in self.hands:
            hand.process.wait()
            _close(hand)
        self.hands.clear()


def _listen(hand: Hand, inbox: queue.SimpleQueue[tuple[Hand, bytes | None]]) -> None:
    """Hand on what a process says; None when it has ended."""
    stream: Any = hand.process.stdout
    with stream:
        while (message := child.receive(stream)) is not None:
            inbox.put((hand, message))
    inbox.put((hand, None))


def _say(hand: Hand, message: bytes) -> None:
    stream: Any = hand.process.stdin
    try:
        child.send(stream, message)
    except OSError:
        hand.process.kill()  # it is dead or deaf: its end is heard by who listens


def _close(hand: Hand) -> None:
    stream: Any = hand.process.stdin
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
