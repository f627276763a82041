"""What a person sees while waiting: a bar on a terminal, else a plain line at intervals; on stderr."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task
from rich.text import Text

INTERVAL_S = 15.0
PATIENCE_S = 2.0  # without a word while a design is planned
LEAST = 0.1  # of the time left by the last pace that is said at the least


class Board:
    """Counts what has ended and says how long the rest will take, in units of `work` of any size."""

    def __init__(self, total: int, cached: int, work: float, guess_s: float = 0.0) -> None:
        """`total` runs of which `cached` need nothing; `work` is that of the others, and may take `guess_s`:
        said until one has ended.
        """
        self.total, self.cached, self.work, self.guess_s = total, cached, work, guess_s
        self.done = self.failed = 0
        self.worked = 0.0
        self.started = self.ended = time.monotonic()

    def add(self, work: float, *, failed: bool) -> None:
        """One run has ended."""
        self.ended = time.monotonic()
        self.worked += work
        self.failed += failed
        self.done += not failed

    def left_s(self) -> float | None:
        """Seconds left, None before anything has ended. By the pace up to the last end, as what is under way
        counts for nothing yet; never less than a tenth of that, as it may take longer than foreseen.
        """
        if self.worked <= 0:
            return None
        whole = (self.ended - self.started) * max(0.0, self.work - self.worked) / self.worked
        return max(whole - (time.monotonic() - self.ended), LEAST * whole)

    def line(self) -> str:
        """Where things stand, in one line."""
        left = self.left_s()
        wait = self._guess() if left is None else f"about {spoken(left)} left"
        done = f"{self.done + self.cached} of {self.total} runs done ({self.cached} cached)"
        return f"{done}, {self.failed} failed, {wait}"

    def _guess(self) -> str:
        left = self.guess_s - (time.monotonic() - self.started)
        return f"perhaps {spoken(left)} left" if left > 0.0 else "time left not known yet"


def spoken(seconds: float) -> str:
    """A duration for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


class _Line(ProgressColumn):
    """A line that is asked for again whenever the bar is drawn, so that the time left runs down."""

    def __init__(self, line: Callable[[], str]) -> None:
        super().__init__()
        self.line = line

    def render(self, task: Task) -> Text:
        """What the line says now; it is the same for every task."""
        return Text(self.line())


@contextmanager
def followed(board: Board, console: Console, *, quiet: bool) -> Iterator[Callable[[float, bool], None]]:
    """Show a board while runs end; the block calls what it is given with (work, failed) for each."""
    if quiet:
        yield lambda work, failed: board.add(work, failed=failed)
    elif console.is_terminal:
        with Progress(BarColumn(), _Line(board.line), console=console, transient=True) as bar:
            task = bar.add_task("", total=board.total, completed=board.cached)

            def step(work: float, failed: bool) -> None:
                board.add(work, failed=failed)
                bar.update(task, advance=1)

            yield step
    else:
        with _lines(board.line, console):
            yield lambda work, failed: board.add(work, failed=failed)


@contextmanager
def growing(
    names: Sequence[str], workers: int, console: Console, *, quiet: bool
) -> Iterator[Callable[[str, float], None]]:
    """Show tumours grow, `workers` at a time; the block is given what to tell a name and its share."""
    started, shares = time.monotonic(), dict.fromkeys(names, 0.0)

    def line() -> str:
        stand = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
        done = _done(shares, workers)
        if done <= 0.01:
            return stand
        return f"{stand}, about {spoken((time.monotonic() - started) * (1 - done) / done)} left"

    if quiet:
        yield lambda name, share: None
    elif not console.is_terminal:
        with _lines(line, console):
            yield shares.__setitem__
    else:
        with Progress(BarColumn(), _Line(line), console=console, transient=True) as bar:
            task = bar.add_task("", total=1.0)

            def report_progress(name: str, share: float) -> None:
                shares[name] = share
                bar.update(task, completed=_done(shares, workers))

            yield report_progress


@contextmanager
def planning(console: Console, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show how far the points of a design are planned, where that takes long; the block tells how many of
    how many are.
    """
    started, counts = time.monotonic(), [0, 1]

    def line() -> str:
        done, total = counts
        said = f"{done} of {total} points planned"
        return (
            f"{said}, about {spoken((time.monotonic() - started) * (total - done) / done)} left"
            if done
            else said
        )

    def count(done: int, total: int) -> None:
        counts[:] = done, total

    if quiet:
        yield lambda done, total: None
    elif not console.is_terminal:
        with _lines(line, console, PATIENCE_S):
            yield count
    else:
        bar = Progress(BarColumn(), _Line(line), console=console, transient=True)
        task = bar.add_task("", total=1.0)

        def report_progress(done: int, total: int) -> None:
            count(done, total)
            if time.monotonic() - started > PATIENCE_S:
                bar.start()
                bar.update(task, completed=done / total)

        try:
            yield report_progress
        finally:
            bar.stop()


def _done(shares: Mapping[str, float], workers: int) -> float:
    """The share of the time that has gone. Side by side the last to end counts; who has not begun waits for
    the other's infiltrate to settle, and then is as far.
    """
    if workers < len(shares):
        return sum(shares.values()) / len(shares)
    return min((share for share in shares.values() if share > 0.0), default=0.0)


@contextmanager
def _lines(line: Callable[[], str], console: Console, first_s: float | None = None) -> Iterator[None]:
    """Print `line()` every so often, from a thread of its own, until the block ends: first after
    `first_s`.
    """
    over = threading.Event()

    def speak() -> None:
        wait_s = INTERVAL_S if first_s is None else first_s
        while not over.wait(wait_s):
            wait_s = INTERVAL_S
            console.print(line(), highlight=False, soft_wrap=True)

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
