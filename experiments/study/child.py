"""A process that carries out runs for another one. What to do comes by one pipe, what came of it goes by a
second; when the first is closed, because who asked has ended, the process ends at once.

It imports the standard library alone at first, so that the process minds its parent from the start.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import sys
import threading
import traceback
from typing import BinaryIO

READY, OUTCOME, FAILED, UNFIT = b"r", b"o", b"f", b"u"
"""First byte of what it says: it has begun; an outcome follows; why a run failed; why it can't begin."""
LENGTH = struct.Struct("!Q")


def send(stream: BinaryIO, message: bytes) -> None:
    """One message on an unbuffered pipe, after its length. Raises OSError where nobody listens any more."""
    for part in (LENGTH.pack(len(message)), message):
        left = memoryview(part)
        while left:
            left = left[stream.write(left) :]


def receive(stream: BinaryIO) -> bytes | None:
    """The next message, None when the other end was closed, be it amid one."""
    head = _read(stream, LENGTH.size)
    return None if head is None else _read(stream, LENGTH.unpack(head)[0])


def _read(stream: BinaryIO, size: int) -> bytes | None:
    found = bytearray(size)
    left = memoryview(found)
    while left:
        count = stream.readinto(left)  # type: ignore[attr-defined]  # of a raw stream
        if not count:
            return None
        left = left[count:]
    return bytes(found)


def work(*, of_main_thread: bool) -> None:
    """Carry out what is asked for, one run after the other. `of_main_thread`: whether the main thread
    of the parent began this process, which may then end with that thread.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    asked, told = _pipes()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_hear, args=(asked, requests), daemon=True).start()
    if of_main_thread:
        _die_with_parent()
    send(told, _begun())
    carry = None
    while True:
        request = requests.get()
        if carry is None:
            carry = request  # the first says how a run is carried out
        else:
            send(told, _answer(carry, request))


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes, which began as stdin and stdout. What a run prints goes to stderr."""
    asked, told = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return open(asked, "rb", buffering=0), open(told, "wb", buffering=0)


def _hear(asked: BinaryIO, requests: queue.SimpleQueue[bytes]) -> None:
    while (request := receive(asked)) is not None:
        requests.put(request)
    os._exit(0)


def _die_with_parent() -> None:
    """Have Linux end this process with its parent even where it is stopped, or deaf in a library."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    set_death_signal = 1  # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def _begun() -> bytes:
    """That all a run needs is loaded, or why it can't be."""
    try:
        import il2sim.experiments.study.execute  # noqa: F401
    except BaseException as error:  # told in a sentence by who asked
        return UNFIT + f"{type(error).__name__}: {error}".encode()
    return READY


def _answer(carry: bytes, request: bytes) -> bytes:
    """The outcome of a run; what is raised on the way is its failure, and none of the process."""
    try:
        return OUTCOME + pickle.dumps(pickle.loads(carry)(pickle.loads(request)), pickle.HIGHEST_PROTOCOL)
    except BaseException:
        return FAILED + traceback.format_exc().encode(errors="replace")
