"""Where a number came from: versions of the code, of what it stands on, of the machine. Changes nothing."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = (
    "numpy",
    "scipy",
    "numba",
    "pydantic",
    "pyyaml",
    "pandas",
    "pyarrow",
    "distributed",
    "matplotlib",
)


@functools.cache
def code_version(*measured_by: str) -> str:
    """Version of the package and a hash of all sources of `sim` and `models`: what results depend on.

    `measured_by` names modules of `experiments` that a result depends on as well, like "injected".
    """
    digest = hashlib.blake2b(digest_size=4)
    sources = sorted(path for storey in ("sim", "models") for path in (ROOT / storey).rglob("*.py"))
    for source in (*sources, *(ROOT / "experiments" / f"{name}.py" for name in measured_by)):
        digest.update(source.relative_to(ROOT).as_posix().encode())
        digest.update(source.read_bytes())
    return f"{package_version()}+{digest.hexdigest()}"


def package_version() -> str:
    """Version of the installed distribution, "0" in a checkout that was never installed."""
    return library_version("il2sim") or "0"


def library_version(name: str) -> str | None:
    """Installed version of a distribution, None when it is not there."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def libraries() -> dict[str, str]:
    """Versions of the libraries a result stands on."""
    found = {name: library_version(name) for name in LIBRARIES}
    return {name: version for name, version in found.items() if version}


def revision() -> dict[str, str | bool]:
    """Commit of the checkout and whether files differ from it; empty outside a checkout of our own."""
    top, commit = _git("rev-parse", "--show-toplevel"), _git("rev-parse", "HEAD")
    if top is None or commit is None or Path(top).resolve() != ROOT:
        return {}
    return {"commit": commit, "changed": bool(_git("status", "--porcelain", "--", "sim", "models"))}


def _git(*words: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(ROOT), *words], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def machine() -> dict[str, str | int]:
    """Interpreter, system and processor; nothing that names the machine or its user."""
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": usable_cores(),
    }


def usable_cores() -> int:
    """Cores this process may use: its affinity, and the quota of its control group where there is one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return allowed
    return allowed if quota == "max" else max(1, min(allowed, int(quota) // int(period)))
