"""Where runs are carried out: this process, local processes, or any dask scheduler."""

from __future__ import annotations

import contextlib
import importlib
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.pool import KILLED, choice, pooled
from il2sim.experiments.study.provenance import usable_cores
from il2sim.experiments.study.store import ExperimentError

POLL_S = 2.0
PAUSE_S = 0.2
CONNECT_S = 20.0


@dataclass(frozen=True)
class Workplace:
    """Processes to use (None: every usable core), or the address of a dask scheduler that has its own.

    A run that takes longer than `limit_s` (s of wall time, None: as long as it likes) is ended and counts as
    failed; no run then shares this process. Raises ExperimentError for a limit that can't be kept.
    """

    workers: int | None = None
    scheduler: str | None = None
    limit_s: float | None = None

    def __post_init__(self) -> None:
        if self.limit_s is None:
            return
        if not 0.0 < self.limit_s < math.inf:
            raise ExperimentError(f"--time-limit: found {self.limit_s:g} s; allowed is more than 0")
        if self.scheduler is not None:
            raise ExperimentError("--time-limit: is kept by local processes only; leave out --scheduler")

    def workers_for(self, runs: int) -> int:
        """Processes that will work on this many runs; 1 means this process."""
        return max(1, min(self.workers or usable_cores(), runs))


def outcomes(
    runs: Sequence[Run], place: Workplace, execute: Callable[[Run], Outcome]
) -> Generator[Outcome, None, None]:
    """Outcome of every run, in the order they end."""
    workers = place.workers_for(len(runs))
    if place.scheduler is not None and runs:
        distributed: Any = importlib.import_module("distributed")  # a second to import; it carries no types
        with _client(distributed, place.scheduler) as client:
            yield from _windowed(distributed, client, runs, execute)
    elif workers == 1 and place.limit_s is None:
        yield from map(execute, runs)
    elif runs:
        yield from pooled(runs, workers, execute, place.limit_s)


@contextlib.contextmanager
def _client(distributed: Any, scheduler: str) -> Iterator[Any]:
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        advice = "give an address like tcp://host:8786"
        message = f"--scheduler {scheduler}: no dask scheduler answers ({error}); {advice}"
        raise ExperimentError(message) from error
    with client:
        yield client


def _windowed(
    distributed: Any, client: Any, runs: Sequence[Run], execute: Callable[[Run], Outcome]
) -> Generator[Outcome, None, None]:
    """A run per thread and none in reserve: a process that dies takes one run with it."""
    waiting = list(runs)
    underway: dict[Any, tuple[Run, str]] = {}
    settled: dict[str, str] = {}  # the tumour that each process worked on last
    while waiting or underway:
        for address in _free(client.nthreads(), [at for _, at in underway.values()])[: len(waiting)]:
            run = waiting.pop(choice(waiting, settled, address))
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


def _outcome(distributed: Any, future: Any, run: Run) -> Outcome:
    error = future.exception()
    if error is None:
        outcome: Outcome = future.result()
        return outcome
    is_killed = isinstance(error, distributed.KilledWorker)
    return Outcome(run, None, {}, (), KILLED if is_killed else f"the run was lost on its way: {error!r}")
