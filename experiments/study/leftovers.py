"""What a command that was killed leaves behind: temporary files, whose names say who owns them, and the
folders for scratch of earlier versions. The next start removes what no living process owns.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

DAY_S = 86400.0  # what another computer owns, or nobody says who, is left alone for so long
OWNED = re.compile(r"\.il2sim-(?P<where>[0-9a-f]{8})-(?P<pid>\d+)-(?P<since>\d+)-\w{8}\.tmp")
UNSIGNED = re.compile(r"\.\w{8}\.tmp")  # of versions before 0.2
SCRATCH = re.compile(r"il2sim-\w{8}")  # the same
PLACES = ("", "runs", "failed", "figures")


def owned_prefix() -> str:
    """How the name of a temporary file of this process begins."""
    pid = os.getpid()
    return f".il2sim-{_where()}-{pid}-{_since(pid)}-"


def clear_results(folder: Path) -> None:
    """Remove what killed commands left in a results folder."""
    for place in PLACES:
        clear(folder / place)
        for path in _found(folder / place, UNSIGNED):
            _remove_old(path)


def clear(folder: Path) -> None:
    """Remove the temporary files in a folder whose owner is no more."""
    for path in _found(folder, OWNED):
        owner = OWNED.fullmatch(path.name)
        if owner is None or owner["where"] != _where():
            _remove_old(path)
        elif not _is_alive(int(owner["pid"]), int(owner["since"])):
            with contextlib.suppress(OSError):
                path.unlink()
        elif not _can_tell():
            _remove_old(path)


@functools.lru_cache(maxsize=64)
def clear_once(folder: Path) -> None:
    """The same, at this process's first write there."""
    clear(folder)


def clear_scratch() -> None:
    """Remove the folders in which earlier versions had dask keep its locks."""
    for path in _found(Path(tempfile.gettempdir()), SCRATCH):
        if (path / "dask-scratch-space").is_dir() and _is_old(path / "dask-scratch-space"):
            shutil.rmtree(path, ignore_errors=True)


def _found(folder: Path, name: re.Pattern[str]) -> Iterator[Path]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        yield from [Path(entry.path) for entry in entries if name.fullmatch(entry.name)]


def _remove_old(path: Path) -> None:
    with contextlib.suppress(OSError):
        if _is_old(path):
            path.unlink()


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > DAY_S
    except OSError:
        return False


@functools.cache
def _where() -> str:
    """This computer, or the container on it whose processes this one sees; not its name."""
    try:
        seen = os.readlink("/proc/self/ns/pid")
    except OSError:
        seen = ""
    return hashlib.blake2b(f"{socket.gethostname()}/{seen}".encode(), digest_size=4).hexdigest()


def _since(pid: int) -> int:
    """When a process began, in the system's own ticks, as its number may be given again; 0 if not known."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    return int(text.rpartition(b")")[2].split()[19])


def _can_tell() -> bool:
    """Whether the system says which processes live: on Windows, to ask for one would end it."""
    return sys.platform != "win32"


def _is_alive(pid: int, since: int) -> bool:
    if not _can_tell():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return since == 0 or _since(pid) in (0, since)
