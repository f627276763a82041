"""Ctrl-C, so that none is lost: it raises KeyboardInterrupt and is noted as well, as a library may swallow
what is raised. A noted one is raised again at each writing point, and the command ends with 130 in any case.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

INTERRUPTED = 130
SAME_S = 0.25  # a terminal and a wrapper may both hand on one press: within this time two are one
AGAIN = b"interrupted again: ended at once; what was finished before is kept\n"
SHOW_CURSOR = b"\x1b[?25h"
T = TypeVar("T")


def _nothing() -> str:
    return "no results were touched"


@dataclass
class _Heard:
    """What the keyboard has said to the command that runs."""

    first: float | None = None
    is_open: bool = False  # pressed, and the command has not answered yet
    kept: Callable[[], str] = _nothing


_HEARD = _Heard()


def keep(sentence: Callable[[], str]) -> None:
    """From here on `sentence` tells what is kept and how to go on, should Ctrl-C come."""
    _HEARD.kept = sentence


def check() -> None:
    """Raise KeyboardInterrupt where Ctrl-C was pressed and something has swallowed it."""
    if _HEARD.is_open and threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt


def answered() -> None:
    """The command has heard and will end: what it still writes is not to be interrupted by the same press."""
    _HEARD.is_open = False


def minded(work: Callable[[], T]) -> T:
    """What `work`, a whole command, gives. After Ctrl-C, whatever came of it, say what is kept and leave with
    130; a second one ends it at once. Who ignores Ctrl-C goes on ignoring it.
    """
    _HEARD.__init__()  # type: ignore[misc]
    before, unraisable = signal.getsignal(signal.SIGINT), sys.unraisablehook
    if not _is_main() or not callable(before):
        return work()
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # then nothing is left to interrupt
    sys.unraisablehook = lambda found: None if _is_swallowed(found) else unraisable(found)
    try:
        try:
            signal.signal(signal.SIGINT, _press)
            found = work()
            check()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a press now would only spoil the exit code
        return found
    except BaseException as error:  # also what a library made of the interrupt
        if not (_HEARD.is_open or isinstance(error, KeyboardInterrupt)):
            raise
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print(f"interrupted: {_HEARD.kept()}", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    finally:
        _HEARD.__init__()  # type: ignore[misc]
        sys.unraisablehook = unraisable
        signal.signal(signal.SIGINT, before)


def _is_swallowed(found: Any) -> bool:
    return isinstance(found.exc_value, KeyboardInterrupt) and _HEARD.is_open


def _press(number: int, frame: object) -> None:
    now = time.monotonic()
    if _HEARD.first is None:
        _HEARD.first, _HEARD.is_open = now, True
        raise KeyboardInterrupt
    if now - _HEARD.first > SAME_S:
        os.write(2, SHOW_CURSOR + AGAIN if os.isatty(2) else AGAIN)
        os._exit(INTERRUPTED)


@contextmanager
def held() -> Iterator[None]:
    """Ctrl-C waits for the end of the block. Processes begun meanwhile never hear it."""
    check()
    if not _is_main() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
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


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()
