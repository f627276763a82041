"""What a killed command leaves is removed by the next start, and what others still use is not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from il2sim.experiments.study import leftovers, store
from il2sim.experiments.study.leftovers import DAY_S, clear_results, clear_scratch, owned_prefix
from tests.cli_case import Il2sim, files, typist

command = pytest.fixture(typist)

DIES = """
import os, signal, sys
from pathlib import Path
from il2sim.experiments.study import store
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
store.write_whole(Path(sys.argv[1]), b"half of it")
"""
MINE = owned_prefix()
OTHERS = ".il2sim-00000000-1-1-"


def left(folder: Path, *names: str, age_s: float = 0.0) -> None:
    """Files of these names, so old."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text("half")
        os.utime(folder / name, (time.time() - age_s,) * 2)


def dead_prefix() -> str:
    """What a process that has ended called its files."""
    words = [
        sys.executable,
        "-c",
        "from il2sim.experiments.study.leftovers import owned_prefix; print(owned_prefix())",
    ]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can be killed like this")
def test_what_a_kill_leaves_goes_with_the_next_start(tmp_path: Path) -> None:
    for place in ("runs/a.parquet", "failed/a.txt", "figures/a.png", "report.html"):
        subprocess.run([sys.executable, "-c", DIES, str(tmp_path / place)], check=False)
    assert len([name for name in files(tmp_path) if name.endswith(".tmp")]) == 4
    store.prepare(tmp_path)
    assert files(tmp_path) == set()


def test_a_page_of_ones_own_folder_too(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", DIES, str(tmp_path / "page.md")], check=False)
    assert len(files(tmp_path)) == 1
    store.write_whole(tmp_path / "page.md", b"whole")
    assert files(tmp_path) == {"page.md"}


def test_who_lives_keeps_what_is_its_own(tmp_path: Path) -> None:
    left(tmp_path / "runs", f"{MINE}abcdefgh.tmp", f"{dead_prefix()}abcdefgh.tmp")
    clear_results(tmp_path)
    assert files(tmp_path) == {f"runs/{MINE}abcdefgh.tmp"}


def test_a_number_given_to_another_process_is_noticed(tmp_path: Path) -> None:
    where, pid, since = MINE.removeprefix(".il2sim-").rstrip("-").split("-")
    earlier = f".il2sim-{where}-{pid}-{int(since) - 1}-abcdefgh.tmp"
    left(tmp_path, earlier, f"{MINE}abcdefgh.tmp")
    clear_results(tmp_path)
    assert files(tmp_path) == {f"{MINE}abcdefgh.tmp"}


def test_another_computer_has_a_day(tmp_path: Path) -> None:
    left(tmp_path, f"{OTHERS}abcdefgh.tmp", ".abcdefgh.tmp", age_s=DAY_S - 60.0)
    left(tmp_path, f"{OTHERS}older_ab.tmp", ".older_ab.tmp", age_s=DAY_S + 60.0)
    left(tmp_path, ".somebody-else.tmp", "mine.tmp", ".hidden", age_s=9 * DAY_S)
    clear_results(tmp_path)
    kept = {".somebody-else.tmp", "mine.tmp", ".hidden"}
    assert files(tmp_path) == {f"{OTHERS}abcdefgh.tmp", ".abcdefgh.tmp"} | kept


def test_where_the_system_does_not_say_who_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = dead_prefix()
    monkeypatch.setattr(leftovers, "_can_tell", lambda: False)
    left(tmp_path, f"{dead}abcdefgh.tmp")
    left(tmp_path, f"{dead}older_ab.tmp", age_s=DAY_S + 60.0)
    clear_results(tmp_path)
    assert files(tmp_path) == {f"{dead}abcdefgh.tmp"}


def test_scratch_of_earlier_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("il2sim-abcdefgh", "il2sim-zyxwvuts"):
        left(tmp_path / name / "dask-scratch-space" / "worker-1", "lock")
    left(tmp_path / "il2sim-of_mine_", "notes", age_s=9 * DAY_S)
    left(tmp_path / "il2sim-numba", "cache", age_s=9 * DAY_S)
    os.utime(tmp_path / "il2sim-abcdefgh" / "dask-scratch-space", (time.time() - DAY_S - 60.0,) * 2)
    clear_scratch()
    assert sorted(os.listdir(tmp_path)) == ["il2sim-numba", "il2sim-of_mine_", "il2sim-zyxwvuts"]


def test_report_clears_too(command: Il2sim, many: str, tmp_path: Path) -> None:
    command("sweep", many, "--seed", "1", "--workers", "1")
    left(tmp_path / "results" / "many" / "figures", f"{dead_prefix()}abcdefgh.tmp")
    assert command("report", "results/many")[0] == 0
    assert not [name for name in files(tmp_path) if name.endswith(".tmp")]
