"""A sweep that is killed again and again, its driver or one process: nothing finished is lost or made twice,
nothing stays behind.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from il2sim.experiments.study import store
from tests.cli_case import files
from tests.test_pool import is_alive

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads who lives from /proc")


@dataclass
class Siege:
    """A sweep of `count` runs of 0.3 s in `folder`, and what has been seen of it."""

    root: Path
    folder: Path
    count: int
    luck: random.Random
    kept: set[str] = field(default_factory=set)  # ids that a driver has said to be kept
    seen: set[int] = field(default_factory=set)  # every process that was ever there

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @contextmanager
    def begun(self) -> Iterator[subprocess.Popen[str]]:
        """The same command once more."""
        words = [sys.executable, "-m", "tests.pool_case", str(self.out), str(self.log), str(self.count)]
        scratch = self.folder / "tmp"
        scratch.mkdir(exist_ok=True)
        with (
            (self.folder / "said").open("w") as said,
            subprocess.Popen(
                words, cwd=self.root, text=True, stdout=said, stderr=subprocess.PIPE,
                env={**os.environ, "TMPDIR": str(scratch)},
            ) as driver,
        ):  # fmt: skip
            self.seen.add(driver.pid)
            yield driver
        self.kept |= {line.strip() for line in self.said() if line.strip() not in ("", "stopped")}

    def said(self) -> list[str]:
        """Whole lines that tell of runs."""
        lines = (self.folder / "said").read_text().splitlines(keepends=True)
        return [line for line in lines if line.endswith("\n") and not line.startswith("planned")]

    def begins(self) -> list[tuple[str, int]]:
        """Every run that was begun, and by which process."""
        text = self.log.read_text() if self.log.exists() else ""
        return [(line.split()[0], int(line.split()[1])) for line in text.splitlines()]

    def kill(self, driver: subprocess.Popen[str], *, whom: str) -> None:
        """Kill the driver or one of its processes after a while, sometimes before any run has begun."""
        before = len(self.begins())
        if self.luck.random() < 0.75:
            while driver.poll() is None and len(self.begins()) <= before:
                time.sleep(0.01)
            time.sleep(self.luck.uniform(0.0, 0.8))
        else:
            time.sleep(self.luck.uniform(0.0, 1.5))
        pids = children(driver.pid)
        self.seen |= set(pids)
        if whom == "driver":
            driver.kill()
        elif pids:
            kill(self.luck.choice(pids))

    def check(self, finished_before: set[str], begun_before: int) -> None:
        """Nothing that was finished is gone or was begun again; nobody lives on."""
        there = store.finished_ids(self.out)
        assert finished_before <= there
        assert self.kept <= there
        assert not {run_id for run_id, _ in self.begins()[begun_before:]} & finished_before
        begun = Counter(run_id for run_id, _ in self.begins()[begun_before:])
        assert set(begun.values()) <= {1}
        self.seen |= {pid for _, pid in self.begins()}
        deadline = time.monotonic() + 20.0
        while any(map(is_alive, self.seen)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not [pid for pid in self.seen if is_alive(pid)]


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def besieged(siege: Siege, kills: int) -> None:
    """So many kills, then one call that is left in peace."""
    for number in range(kills):
        finished, begun = store.finished_ids(siege.out), len(siege.begins())
        with siege.begun() as driver:
            siege.kill(driver, whom="driver" if number % 2 == 0 else "process")
            if number % 2:  # the sweep goes on without it for a while
                time.sleep(siege.luck.uniform(0.3, 1.5))
                driver.kill()
            assert driver.stderr is not None
            assert "Traceback" not in driver.stderr.read()
        siege.check(finished, begun)
    finished, begun = store.finished_ids(siege.out), len(siege.begins())
    with siege.begun() as driver:
        assert driver.wait(timeout=120) == 0
    siege.check(finished, begun)
    ids = (siege.folder / "said").read_text().splitlines()[0].split()[1:]
    assert store.finished_ids(siege.out) == set(ids)
    assert all(store.record(siege.out, run_id)["run_id"] == run_id for run_id in ids)
    assert files(siege.out) == {f"runs/{run_id}.parquet" for run_id in ids}
    assert not list((siege.folder / "tmp").iterdir())


def test_three_kills(tmp_path: Path, root: Path) -> None:
    besieged(Siege(root, tmp_path, 12, random.Random(3)), 3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_twenty_kills(tmp_path: Path, root: Path, seed: int) -> None:
    besieged(Siege(root, tmp_path, 120, random.Random(seed)), 20)
