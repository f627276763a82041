"""Who works in a results folder: one file for each owner, renewed each minute, that keeps other designs out.

An owner whose process has ended on this host counts no more, one of another host not after a day without a
sign of it. The file is written before others are looked for, so of two that begin at once none is missed.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from il2sim.experiments.study import provenance, store
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config

NAMES = "owner-*.json"
RENEWED_S = 60.0
LOST_S = 86_400.0  # without renewal, of another host: its process cannot be asked for
UNSEEN_S = 5 * RENEWED_S  # the same of this host where the process cannot be asked for
TRIES, YOUNG_S = 8, 3.0  # of two that begin at once both step back and try again


@dataclass(frozen=True)
class Claim:
    """What an owner works on: a design by name and by hash, and which part of it ("" is all)."""

    design: str
    name: str
    part: str = ""

    def allows(self, other: Claim) -> bool:
        """Whether both may work in one folder: different parts of one design."""
        return self.design == other.design and bool(self.part and other.part) and self.part != other.part


def claim(config: Config, seed: int, part: str | None = None) -> Claim:
    """The claim of a design: its config with sweep, root seed and code."""
    parts = [config.resolved(), seed, provenance.code_version()]
    return Claim(_hash(parts), f"{config.name}, seed {seed}", part or "")


def claim_of_runs(run_ids: Iterable[str], name: str = "") -> Claim:
    """The claim of runs that are no design: their ids, which hash config, seed and code."""
    ids = sorted(set(run_ids))
    return Claim(_hash(ids), name or f"{len(ids)} runs from Python")


def _hash(parts: object) -> str:
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()


@contextmanager
def owned(folder: Path, wanted: Claim) -> Iterator[None]:
    """Hold the folder for a design while the block runs. Raises ExperimentError where another holds it."""
    file = folder / f"owner-{secrets.token_hex(4)}.json"
    ended = threading.Event()
    renewal = threading.Thread(target=_renew, args=(file, ended), daemon=True)
    try:
        _enter(folder, file, wanted)
        renewal.start()
        yield
    finally:
        ended.set()
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _enter(folder: Path, file: Path, wanted: Claim) -> None:
    """Write the owner's file, or step back from another's; from one as young as this, try again."""
    for is_last in (*[False] * (TRIES - 1), True):
        store.write_whole(file, json.dumps({**_process(), **asdict(wanted)}, indent=1).encode())
        holder = next((each for each in _others(folder, file) if not wanted.allows(each.claim)), None)
        if holder is None:
            return
        file.unlink(missing_ok=True)
        if is_last or not holder.is_young:
            raise ExperimentError(_refusal(folder, holder, wanted))
        time.sleep(random.uniform(0.05, 0.4))  # noqa: S311 (which of two goes first, nothing else)


def _renew(file: Path, ended: threading.Event) -> None:
    while not ended.wait(RENEWED_S):
        with suppress(OSError):  # the work goes on where its folder cannot be reached for a while
            os.utime(file)


@dataclass(frozen=True)
class _Owner:
    file: Path
    process: dict[str, Any]
    claim: Claim
    silent_s: float  # since it was renewed

    @property
    def is_young(self) -> bool:
        return abs(time.time() - float(self.process.get("began", 0.0))) < YOUNG_S

    @property
    def is_gone(self) -> bool:
        """Whether it is certain enough that nobody stands behind the file any more."""
        here = _process()
        if self.process.get("host") != here["host"]:
            return self.silent_s > LOST_S
        is_near = all(self.process.get(key) == here[key] for key in ("boot", "space"))
        if is_near and here["started"]:
            return self.process.get("started") != started(self.process.get("pid"))
        return self.silent_s > UNSEEN_S


def _others(folder: Path, own: Path) -> list[_Owner]:
    """The other owners of a folder; the files of those that are gone are cleared."""
    found = []
    for file in sorted(folder.glob(NAMES)):
        owner = None if file == own else _read(file)
        if owner is not None and owner.is_gone:
            with suppress(OSError):
                file.unlink(missing_ok=True)
        elif owner is not None:
            found.append(owner)
    return found


def _read(file: Path) -> _Owner | None:
    """None where it has gone meanwhile; an owner that nobody knows where it can't be read."""
    try:
        silent_s = time.time() - file.stat().st_mtime
        content = json.loads(file.read_text(encoding="utf-8"))
        held = Claim(str(content["design"]), str(content["name"]), str(content["part"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return _Owner(file, {}, Claim("", "a design that its owner file does not tell"), silent_s)
    return _Owner(file, content, held, silent_s)


def _refusal(folder: Path, holder: _Owner, wanted: Claim) -> str:
    """Who holds the folder, since when, and what can be done."""
    process, held = holder.process, holder.claim
    who = f"process {process.get('pid', '?')} on {process.get('host', 'an unknown host')}"
    since = time.strftime("%d %B %Y %H:%M", time.localtime(process["began"])) if "began" in process else "?"
    part = f", part {held.part}" if held.part else ""
    is_same = held.design == wanted.design
    what = "the same runs" if is_same else "another design, seed or version"
    remedy = (
        "wait for it and repeat the command (parts of one sweep, side by side, need --shard)"
        if is_same
        else "choose another folder with --out, or wait"
    )
    return (
        f"{folder}: is in use by {who} since {since}, for {what} ({held.name}{part}); {remedy}; if that "
        f"process is no more, delete {holder.file}"
    )


def _process() -> dict[str, Any]:
    """This process as its owner file tells it; what the system does not say is empty."""
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": started(os.getpid()),
        "boot": _text(Path("/proc/sys/kernel/random/boot_id")),
        "space": _link(Path("/proc/self/ns/pid")),
        "began": time.time(),
    }


def started(pid: object) -> str:
    """When a process of this host began, in its own clock; empty where there is none or nobody says."""
    if sys.platform != "linux":
        return ""
    fields = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    is_alive = len(fields) > 19 and fields[0] not in ("Z", "X")
    return fields[19] if is_alive else ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _link(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:
        return ""
