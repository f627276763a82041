"""A tumour and its control, grown side by side in threads: kernels let go of the interpreter's lock."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.cli.progress import growing
from il2sim.experiments.study import store
from il2sim.experiments.study.execute import Outcome, Run, execute
from il2sim.experiments.study.interrupts import held
from il2sim.experiments.study.provenance import usable_cores

# s that who comes out of a kernel waits for the lock: most kernels take a few ms, and at Python's 5 ms
# two threads are hardly faster than one (docs/performance.md)
SWITCH_S = 1e-4
CONTROL = "matched control"  # what a reader calls the arm "twin"


def grown(
    runs: Sequence[Run], out: Path, voice: Voice, carry: Callable[..., Outcome] = execute
) -> list[Outcome]:
    """Outcomes in the order they end, each kept in `out` at once. Interrupted, all stop after their step.

    `carry` carries out a run and reports its progress, as `execute` does.
    """
    workers, stopped = min(len(runs), usable_cores()), threading.Event()
    names = [CONTROL if run.labels["arm"] == "twin" else run.labels["arm"] for run in runs]
    shown = growing(names, workers, voice.err, quiet=voice.quiet)
    with shown as report_progress, _switching(SWITCH_S), ThreadPoolExecutor(workers) as threads:
        ends = [
            threads.submit(carry, run, _reporter(name, report_progress, stopped))
            for name, run in zip(names, runs, strict=True)
        ]
        try:
            return [_kept(end.result(), out) for end in as_completed(ends)]
        finally:
            stopped.set()
            for end in ends:
                end.cancel()


def _reporter(
    name: str, report_progress: Callable[[str, float], None], stopped: threading.Event
) -> Callable[[float], None]:
    def told(share: float) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt  # no Exception: that would be kept as a failure of the run
        report_progress(name, share)

    return told


def _kept(outcome: Outcome, out: Path) -> Outcome:
    with held():  # Ctrl-C waits until it is written: it took longer to make
        store.save(out, outcome)
    return outcome


@contextmanager
def _switching(seconds: float) -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
