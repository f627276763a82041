"""Where runs are carried out: this process, a local cluster of processes, or any dask scheduler."""

from __future__ import annotations

import contextlib
import importlib
import logging
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Any

from experiments.execute import Outcome, Run
from experiments.origin import usable_cores
from experiments.store import ExperimentError

KILLED = """Nothing of this run is kept; the other runs are not touched. `--workers 1` needs the least memory.
its process was killed, by the system (often for want of memory) or by a person"""
POLL_S = 2.0
PAUSE_S = 0.2
CONNECT_S = 20.0
QUIET = {
    "distributed.scheduler.allowed-failures": 0,  # a run that kills its process is named at once
    "distributed.scheduler.worker-saturation": 1.0,  # no run waits behind another one on the same process
    "distributed.logging.distributed": "critical",
    # dask has its processes hand every freed page back at once: a tenth of a run went into getting new ones
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 32 * 2**20,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 256 * 2**20,
    # dask watches its processes for a dashboard that nobody opens here: 5 to 9 % of each run's time
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "30s",
}


@dataclass(frozen=True)
class Workplace:
    """Processes to use (None: every usable core), or the address of a dask scheduler that has its own."""

    workers: int | None = None
    scheduler: str | None = None

    def hands(self, runs: int) -> int:
        """Processes that will work on this many runs; 1 means this process."""
        return max(1, min(self.workers or usable_cores(), runs))


def outcomes(
    runs: Sequence[Run], place: Workplace, execute: Callable[[Run], Outcome]
) -> Generator[Outcome, None, None]:
    """Outcome of every run, in the order they end."""
    hands = place.hands(len(runs))
    if not runs or (place.scheduler is None and hands == 1):
        yield from map(execute, runs)
        return
    distributed: Any = importlib.import_module("distributed")  # a second to import; its calls carry no types
    with _client(distributed, place.scheduler, hands) as client:
        yield from _windowed(distributed, client, runs, execute)


@contextlib.contextmanager
def _client(distributed: Any, scheduler: str | None, hands: int) -> Iterator[Any]:
    with contextlib.ExitStack() as opened:
        if scheduler is None:
            address = opened.enter_context(_cluster(distributed, hands))
            yield opened.enter_context(distributed.Client(address, set_as_default=False))
            return
        try:
            client = distributed.Client(scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            advice = "give an address like tcp://host:8786"
            message = f"--scheduler {scheduler}: no dask scheduler answers ({error}); {advice}"
            raise ExperimentError(message) from error
        yield opened.enter_context(client)


@contextlib.contextmanager
def _cluster(distributed: Any, hands: int) -> Iterator[Any]:
    """Processes of one thread each. No memory limit: a paused one would wait for what its own run holds."""
    dask: Any = importlib.import_module("dask")
    with contextlib.ExitStack() as opened:
        folder = tempfile.TemporaryDirectory(prefix="il2sim-", ignore_cleanup_errors=True)
        scratch = opened.enter_context(folder)
        opened.enter_context(dask.config.set(QUIET))
        with _interrupts_held():
            cluster = distributed.LocalCluster(
                n_workers=hands,
                threads_per_worker=1,
                processes=True,
                memory_limit=0,
                dashboard_address="127.0.0.1:0",  # None would take a fixed port for nothing
                scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL,
                local_directory=scratch,
            )
            opened.enter_context(cluster)
        yield cluster


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits: a cluster half begun can't be closed. Processes begun meanwhile never hear it; they are
    ended by this one.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # or the first process begun would start it, which lets Ctrl-C in again
    heard: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))  # of other threads
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # what is begun inherits it
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _windowed(
    distributed: Any, client: Any, runs: Sequence[Run], execute: Callable[[Run], Outcome]
) -> Generator[Outcome, None, None]:
    """A run per thread and none in reserve: a process that dies takes one run with it."""
    waiting = list(runs)
    underway: dict[Any, tuple[Run, str]] = {}
    settled: dict[str, str] = {}  # the tumour that each process worked on last
    while waiting or underway:
        for address in _free(client.nthreads(), [at for _, at in underway.values()])[: len(waiting)]:
            run = waiting.pop(_choice(waiting, settled, address))
            settled[address] = run.tumour
            where = {"workers": [address], "allow_other_workers": True}
            future = client.submit(execute, run, key=f"il2sim-{run.id}", pure=False, **where)
            underway[future] = (run, address)
        if not underway:
            time.sleep(
                PAUSE_S
            )  # no process at the moment: one is being replaced, or the scheduler has none yet
        with client.as_current(), contextlib.suppress(TimeoutError):
            distributed.wait(list(underway), timeout=POLL_S, return_when="FIRST_COMPLETED")
        for future in [future for future in underway if future.done()]:
            yield _outcome(distributed, future, underway.pop(future)[0])
            future.release()


def _free(threads: Mapping[str, int], busy: Sequence[str]) -> list[str]:
    """Addresses of processes with a thread to spare, once for each."""
    return [address for address, count in threads.items() for _ in range(count - busy.count(address))]


def _choice(waiting: Sequence[Run], settled: Mapping[str, str], address: str) -> int:
    """Place of the run to take: of the tumour this process settled, else of one nobody has, else any."""
    own = (place for place, run in enumerate(waiting) if run.tumour == settled.get(address))
    new = (place for place, run in enumerate(waiting) if run.tumour not in settled.values())
    return next(own, next(new, 0))


def _outcome(distributed: Any, future: Any, run: Run) -> Outcome:
    error = future.exception()
    if error is None:
        outcome: Outcome = future.result()
        return outcome
    is_killed = isinstance(error, distributed.KilledWorker)
    return Outcome(run, None, {}, (), KILLED if is_killed else f"the run was lost on its way: {error!r}")
