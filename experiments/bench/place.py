"""A checkout that is measured: where its packages are, which interpreter runs it, and its processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from il2sim.experiments.bench import driver
from il2sim.experiments.bench.cases import Task
from il2sim.experiments.study.formats import ExperimentError
from il2sim.experiments.study.pool import ENVIRONMENT
from il2sim.experiments.study.provenance import ROOT
from il2sim.experiments.study.settled_cache import VARIABLE

BAD_INPUT = 2
Reply = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """One checkout.

    root        its folder
    packages    what stands on its path
    prefix      before `models` in its imports: "il2sim." or nothing
    command     the module that is its command
    python      the interpreter: its own where it has one, else this one
    """

    root: Path
    packages: Path
    prefix: str
    command: str
    python: str

    @classmethod
    def at(cls, folder: Path) -> Place:
        """The checkout in a folder; ExperimentError where there is none."""
        root = folder.resolve()
        own = root / ".venv" / "bin" / "python"
        python = str(own) if own.is_file() else sys.executable
        if (root / "src" / "il2sim" / "__init__.py").is_file():
            return cls(root, root / "src", "il2sim.", "il2sim", python)
        if (root / "models" / "__init__.py").is_file() and (root / "__main__.py").is_file():  # installed
            return cls(root, root.parent, f"{root.name}.", root.name, python)
        if (root / "models" / "__init__.py").is_file() and (root / "experiments" / "cli.py").is_file():
            return cls(root, root, "", "experiments.cli", python)
        raise ExperimentError(f"--against {folder}: no il2sim is there; name the folder of a clone of it")

    @classmethod
    def here(cls) -> Place:
        """This one, with the interpreter that runs it."""
        return replace(cls.at(ROOT), python=sys.executable)

    @property
    def revision(self) -> str:
        """Its commit in short, or nothing."""
        words = ["git", "-C", str(self.root), "log", "-1", "--format=%h"]
        try:
            return subprocess.run(
                words, capture_output=True, text=True, check=True, timeout=10
            ).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            return ""

    @contextmanager
    def copied(self) -> Iterator[Place]:
        """The same sources in a new folder, where nothing has been compiled."""
        with tempfile.TemporaryDirectory(prefix="il2sim-bench-") as folder:
            top = Path(folder) / self.root.name
            ignored = shutil.ignore_patterns(".*", "__pycache__", "results", "tests", "findings", "build")
            shutil.copytree(self.root, top, symlinks=True, ignore=ignored)
            yield replace(
                self,
                root=top,
                packages=top / self.packages.relative_to(self.root)
                if self.packages != self.root.parent
                else top.parent,
            )

    def do(self, task: Task, caches: Path) -> Reply:
        """Carry out a task in a process of its own; its reply, with "lacks" where this checkout cannot."""
        if task.kind == "command":
            return self._command(task, caches)
        words = [str(Path(driver.__file__)), json.dumps(task.document()), self.prefix]
        reply = self._process(words, caches)
        if "lacks" in reply:
            return reply
        told: Reply = json.loads(reply.pop("out").splitlines()[-1])
        return reply | told

    def _command(self, task: Task, caches: Path) -> Reply:
        """A command of the checkout, from its start to its end."""
        document = task.document()
        with tempfile.TemporaryDirectory(prefix="il2sim-bench-") as folder:
            for number, settings in enumerate(
                (task.first, task.settings) if task.first else (task.settings,)
            ):
                words = [*task.words[:1], document["config"], *task.words[1:], "--quiet", "--seed", "1"]
                words += ["--out", f"{folder}/{number}", *(f"--set={text}" for text in settings)]
                reply = self._process(["-m", self.command, *words], caches, folder)
                if "lacks" in reply:
                    break
        return reply

    def _process(self, words: Sequence[str], caches: Path, folder: str | None = None) -> Reply:
        """CPU (with its own children) and wall time of one process, and what it said."""
        before, started = driver.yardstick_s(), time.perf_counter()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [self.python, "-P", *words], env=self._environment(caches), cwd=folder, stdout=out, stderr=err
            )
            try:
                cpu_s, code = _waited(process)
            finally:
                process.kill()
            wall_s = time.perf_counter() - started
            said, complained = (_text(each) for each in (out, err))
        if code == BAD_INPUT:
            return {"lacks": (complained.strip().splitlines() or ["exit code 2"])[-1]}
        if code != 0:
            last = (complained.strip().splitlines() or ["nothing was said"])[-1]
            raise ExperimentError(f"bench: a process of {self.root} ended with exit code {code}: {last}")
        yardstick_s = (before + driver.yardstick_s()) / 2.0
        return {"cpu_s": cpu_s, "wall_s": wall_s, "yardstick_s": yardstick_s, "out": said}

    def _environment(self, caches: Path) -> Mapping[str, str]:
        """One thread in ready-made libraries, and no cache of settled tumours but that in `caches`."""
        own = {"PYTHONPATH": str(self.packages), "XDG_CACHE_HOME": str(caches), "MPLBACKEND": "agg"}
        own[VARIABLE] = str(caches / "il2sim")
        return {**os.environ, **ENVIRONMENT, "MPLCONFIGDIR": str(caches.parent / "fonts"), **own}


def _waited(process: subprocess.Popen[bytes]) -> tuple[float, int]:
    """CPU seconds of a process and of the children it waited for, and its exit code."""
    if sys.platform == "win32":
        raise ExperimentError("bench: CPU of other processes is not counted on Windows; use WSL")
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, process.returncode


def _text(file: Any) -> str:
    file.seek(0)
    text: str = file.read().decode(errors="replace")
    return text
