"""Is the installation sound, and are its kernels ready: `doctor` and `warm`."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.study import provenance
from il2sim.experiments.study.design import ended
from il2sim.experiments.study.execute import Run, execute
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config

PARTS = ("sim", "models", "experiments")
CONFIGS = ("small_2d.yaml", "sweeps/quick.yaml", "protocols/registry_2025.yaml")
SMALL = provenance.ROOT / "configs" / "small_2d.yaml"
SEED = 1


def _small(until: float | None) -> Run:
    config = Config.load(SMALL)
    return Run(config if until is None else ended(config, until), SEED, {})


def doctor(voice: Voice) -> int:
    """Try what the program stands on, one line each; exit code 2 when something is wrong."""
    checks: dict[str, Callable[[], str]] = {
        "python": _python,
        "libraries": _libraries,
        "packages": _packages,
        "results folder": _folder,
        "cores": lambda: f"{provenance.usable_cores()} usable",
        "a small run": _repeats,
    }
    found = {name: _tried(check) for name, check in checks.items()}
    if voice.as_json:
        voice.document(
            {
                "version": provenance.code_version(),
                "checks": {name: {"ok": good, "found": text} for name, (good, text) in found.items()},
            }
        )
    else:
        for name, (good, text) in found.items():
            print(f"{'ok ' if good else 'BAD'}  {name}: {text}")
    return 0 if all(good for good, _ in found.values()) else 2


def _tried(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except Exception as error:  # a doctor names every complaint, whatever its kind
        return False, str(error) or type(error).__name__


def _python() -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise ExperimentError(f"{found}; 3.11 to 3.13 is supported")
    return found


def _libraries() -> str:
    missing = [name for name in provenance.LIBRARIES if provenance.library_version(name) is None]
    if missing:
        raise ExperimentError(f"{', '.join(missing)} not installed")
    return ", ".join(f"{name} {version}" for name, version in provenance.libraries().items())


def _packages() -> str:
    """That all parts of the package are here, and which version it is."""
    absent = [part for part in PARTS if importlib.util.find_spec(f"il2sim.{part}") is None]
    lost = [name for name in CONFIGS if not (provenance.ROOT / "configs" / name).is_file()]
    if absent or lost:
        what = ", ".join([*absent, *(f"configs/{name}" for name in lost)])
        raise ExperimentError(
            f"{what} not there: install il2sim again (in a clone: rm -rf .venv, then ./il2sim)"
        )
    return f"version {provenance.code_version()}"


def _folder() -> str:
    with tempfile.TemporaryFile(dir=Path.cwd()):
        return "this folder can be written"


def _repeats() -> str:
    first, second = (execute(_small(0.5)) for _ in range(2))
    if first.record is None or second.record is None:
        raise ExperimentError((first.failure or second.failure).strip().splitlines()[-1])
    if first.record["result_digest"] != second.record["result_digest"]:
        raise ExperimentError("the same seed gave two different results")
    return "the same seed gives the same bits"


def warm(voice: Voice) -> None:
    """Compile every kernel by growing a small tumour past its first injection."""
    started = time.perf_counter()
    outcome = execute(_small(0.5))
    if outcome.record is None:
        raise ExperimentError(outcome.failure.strip().splitlines()[-1])
    voice.say(f"kernels are ready after {time.perf_counter() - started:.1f} s")
