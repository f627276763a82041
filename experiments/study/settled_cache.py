"""Settled tumours kept from one command to the next: by content, so that none is ever taken for another.

Whatever is wrong with the folder, a run is as it would be without it, and no slower than that.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from il2sim.experiments.study.execute import Outcome, Run, begun, execute
from il2sim.experiments.study.formats import ExperimentError
from il2sim.experiments.study.provenance import ROUNDING, code_hash, library_version
from il2sim.experiments.study.store import write_whole
from il2sim.models import Baseline, Simulation
from il2sim.models.saved_arrays import SavedError
from il2sim.models.simulation import tumour_key
from il2sim.models.tissue.saved_tumour import FORMAT, packed_tumour, unpacked_tumour

VARIABLE = "IL2SIM_CACHE_DIR"
MOST_BYTES = 2 * 2**30
LEAST_S = 2.0
"""A tumour that settles faster than this (s of wall time) is not worth a file."""
PROBE_BYTES = 2**20  # a disk without room for this much is full

Carry = Callable[..., Outcome]
"""Carries out a run as `execute` does, which may hear its progress."""

_ENTRY = re.compile(r"[0-9a-f]{32}\.tumour")
_MARK, _LAYOUT = "layout", "1"  # a file that says how the folder is laid out: one of another number is let be
_WITHOUT = "settled tumours are not kept from run to run"
_REMEDY = f"name another folder with {VARIABLE}"


def default_folder() -> Path:
    """The folder that IL2SIM_CACHE_DIR names, else `il2sim` where this system keeps caches."""
    named = os.environ.get(VARIABLE, "").strip()
    if named:
        return Path(named).expanduser().absolute()
    places = {"darwin": "~/Library/Caches", "win32": os.environ.get("LOCALAPPDATA", "~/AppData/Local")}
    usual = places.get(sys.platform) or os.environ.get("XDG_CACHE_HOME", "").strip() or "~/.cache"
    return Path(usual).expanduser().absolute() / "il2sim"


@functools.cache
def made_by() -> dict[str, str]:
    """All that the bits of a settled tumour depend on, beside its config and seed."""
    versions = {name: library_version(name) or "" for name in ROUNDING}
    return {"code": code_hash(), "processor": platform.machine(), **versions}


@dataclass(frozen=True)
class SettledCache:
    """One folder of settled tumours, the least recently used of which go first where it grows too large.

    `least_s` is the wall time (s) that settling must take for a tumour to be kept.
    """

    folder: Path
    most_bytes: int = MOST_BYTES
    least_s: float = LEAST_S

    def execute(self, run: Run, report_progress: Callable[[float], None] | None = None) -> Outcome:
        """Carry out one run, from its settled tumour where that is kept."""
        return execute(run, report_progress, self._begun)

    def _begun(self, run: Run, report_progress: Callable[[float], None] | None) -> Simulation:
        return begun(run, report_progress, self.settled)

    def settled(self, run: Run, settle: Callable[[], Baseline]) -> Baseline:
        """The settled tumour of a run: as kept, else as `settle` makes it."""
        path = self.path(run)
        found = _read(path, run)
        if found is not None:
            return found
        started = time.perf_counter()
        baseline = settle()
        if time.perf_counter() - started >= self.least_s:
            self._keep(path, baseline)
        return baseline

    def path(self, run: Run) -> Path:
        """The file of a run's settled tumour."""
        parts = [FORMAT, tumour_key(run.config), run.seed, made_by()]
        key = hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()
        return self.folder / f"{key}.tumour"

    def _keep(self, path: Path, baseline: Baseline) -> None:
        with contextlib.suppress(ExperimentError):  # `complaint` has said so, once for all processes
            write_whole(path, packed_tumour(baseline, made_by()))
            self._prune(path)

    def _prune(self, newest: Path) -> None:
        """Delete what was not used for longest until the rest is small enough."""
        excess = self.size() - self.most_bytes
        for _, path, size in sorted(self._entries()):
            if excess > 0 and path != newest:
                _delete(path)
                excess -= size

    def _entries(self) -> list[tuple[float, Path, int]]:
        """When each entry was used last, its file, its bytes."""
        try:
            names = [name for name in os.listdir(self.folder) if _ENTRY.fullmatch(name)]
        except OSError:
            return []
        found = []
        for path in (self.folder / name for name in names):
            with contextlib.suppress(OSError):  # another process has deleted it
                about = path.stat()
                found.append((about.st_mtime, path, about.st_size))
        return found

    def entries(self) -> int:
        """How many tumours are kept."""
        return len(self._entries())

    def size(self) -> int:
        """Bytes of all entries."""
        return sum(size for _, _, size in self._entries())

    def clear(self) -> int:
        """Delete all entries, and nothing else that may lie in the folder; how many there were."""
        return sum(_delete(path) for _, path, _ in self._entries())

    def complaint(self) -> str:
        """Why nothing can be kept here, in a sentence; empty where all is well."""
        mark = self.folder / _MARK
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as probe:
                probe.write(bytes(PROBE_BYTES))
                probe.flush()
            if not mark.exists():
                mark.write_text(_LAYOUT, "ascii")
            found = mark.read_text("ascii", errors="replace").strip()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            return f"{self.folder}: cannot be written ({reason}), so {_WITHOUT}; {_REMEDY}"
        if found != _LAYOUT:
            return f"{self.folder}: is the cache of another version of il2sim, so {_WITHOUT}; {_REMEDY}"
        return ""


def carrying(say: Callable[[str], None], *, uses_cache: bool = True) -> Carry:
    """How to carry out runs: from settled tumours that are kept, unless that is not wanted, or cannot be, of
    which `say` hears.
    """
    cache = SettledCache(default_folder())
    complaint = cache.complaint() if uses_cache else ""
    if complaint:
        say(complaint)
    return cache.execute if uses_cache and not complaint else execute


def _read(path: Path, run: Run) -> Baseline | None:
    """The tumour in an entry; None where there is none, or one that is damaged, which goes."""
    try:
        found = unpacked_tumour(path.read_bytes(), run.config, run.seed, made_by())
    except OSError:
        return None
    except SavedError:
        _delete(path)
        return None
    with contextlib.suppress(OSError):  # another process may have deleted it
        os.utime(path)
    return found


def _delete(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
