"""Who works in a results folder keeps other designs out; whoever is gone does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from il2sim.experiments.study import execute, owner, runs
from il2sim.experiments.study.owner import Claim, owned
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config
from tests.asked_case import Asked
from tests.cli_case import MANY, Il2sim, files, typist

A, B = Claim("a", "first, seed 1"), Claim("b", "second, seed 1")


@pytest.fixture
def il2sim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types a command in a folder of its own, without model or figures; exit code, stdout, stderr."""
    yield from typist(tmp_path, monkeypatch, capsys)


def _others(folder: Path, process: dict[str, object], *, silent_s: float = 0.0, design: str = "a") -> Path:
    """An owner file of some process, renewed so long ago."""
    content = {**owner._process(), "began": time.time() - 1000, "design": design, "name": "other", "part": ""}
    file = folder / "owner-other.json"
    file.write_text(json.dumps(content | process))
    os.utime(file, (time.time() - silent_s,) * 2)
    return file


def test_another_design_is_refused_with_who_holds_it(tmp_path: Path) -> None:
    with owned(tmp_path, A):
        with pytest.raises(ExperimentError, match="another design.*first, seed 1.*--out") as refused:
            owned(tmp_path, B).__enter__()
        assert f"process {os.getpid()} on " in str(refused.value)
    assert files(tmp_path) == set()
    with owned(tmp_path, B):
        pass


def test_the_same_runs_are_not_done_twice_but_shards_share(tmp_path: Path) -> None:
    first, second = Claim("a", "x", "1/2"), Claim("a", "x", "2/2")
    with owned(tmp_path, first):
        with owned(tmp_path, second):
            assert len(files(tmp_path)) == 2
        for wanted in (A, first):
            with pytest.raises(ExperimentError, match="the same runs"):
                owned(tmp_path, wanted).__enter__()
    assert files(tmp_path) == set()


def test_a_process_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for process in ({"pid": ended.pid, "started": "1"}, {"started": "1"}, {"boot": "before"}):
        _others(tmp_path, process, silent_s=400.0)
        with owned(tmp_path, B):
            assert len(files(tmp_path)) == 1, process


def test_one_that_lives_holds_it_however_long_it_was_silent(tmp_path: Path) -> None:
    file = _others(tmp_path, {}, silent_s=1e6)
    with pytest.raises(ExperimentError, match="is in use by"):
        owned(tmp_path, B).__enter__()
    assert file.exists()


@pytest.mark.parametrize(("hours", "is_held"), [(1, True), (23, True), (25, False)])
def test_another_host_is_believed_for_a_day(tmp_path: Path, hours: float, is_held: bool) -> None:
    file = _others(tmp_path, {"host": "far away", "pid": 1}, silent_s=3600.0 * hours)
    if is_held:
        with pytest.raises(ExperimentError, match=f"on far away .* delete {file}"):
            owned(tmp_path, B).__enter__()
    else:
        with owned(tmp_path, B):
            assert not file.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\x00"])
def test_a_broken_owner_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "owner-broken.json"
    file.write_text(content)
    with pytest.raises(ExperimentError, match=f"delete {file}"):
        owned(tmp_path, B).__enter__()
    os.utime(file, (1, 1))
    with owned(tmp_path, B):
        assert not file.exists()


def test_the_owner_is_renewed_and_goes_whatever_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "RENEWED_S", 0.01)
    for end in (KeyboardInterrupt, RuntimeError):
        with pytest.raises(end):
            _hold_until(tmp_path, end)
        assert files(tmp_path) == set()


def _hold_until(folder: Path, end: type[BaseException]) -> None:
    """Make the owner's file old, wait until it is renewed, and end."""
    with owned(folder, A):
        (file,) = folder.iterdir()
        os.utime(file, (1, 1))
        while file.stat().st_mtime < 100:
            time.sleep(0.01)
        raise end


def test_of_many_that_begin_at_once_one_works(tmp_path: Path) -> None:
    inside, refused = [0, 0], list[str]()
    gate, held = threading.Barrier(6), threading.Lock()

    def begin(number: int) -> None:
        gate.wait()
        try:
            with owned(tmp_path, Claim(str(number), f"design {number}")):
                with held:
                    inside[0] += 1
                    inside[1] = max(inside)
                time.sleep(0.5)
                with held:
                    inside[0] -= 1
        except ExperimentError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == [0, 1]
    assert all("is in use" in sentence for sentence in refused)
    assert files(tmp_path) == set()


class TestVerbs:
    def test_a_second_sweep_is_refused_and_reading_is_not(
        self, il2sim: Il2sim, many: str, tmp_path: Path
    ) -> None:
        assert il2sim("sweep", many, "--seed", "1", "--workers", "1")[0] == 0
        out = tmp_path / "results" / "many"
        before = files(out)
        with owned(out, B):
            for words in (["--seed", "2"], ["--seed", "1"], ["--seed", "2", "--force"]):
                code, _, err = il2sim("sweep", many, *words, "--workers", "1")
                assert code == 2
                assert "is in use by" in err
                assert len(err.strip().splitlines()) == 1
            assert il2sim("report", str(out))[0] == 0
            assert il2sim("replay", str(out), "--workers", "1")[0] == 0
            assert il2sim("table", str(out))[0] == 0
            assert il2sim("sweep", many, "--seed", "2", "--plan")[0] == 0
        assert files(out) == before

    def test_a_run_is_refused_too(self, il2sim: Il2sim, one: str, tmp_path: Path) -> None:
        out = tmp_path / "results" / "one"
        out.mkdir(parents=True)
        with owned(out, B):
            assert il2sim("run", one, "--seed", "1")[0] == 2
        assert il2sim("run", one, "--seed", "1")[0] == 0

    def test_the_owner_stands_while_runs_are_made(
        self, il2sim: Il2sim, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[dict[str, object]] = []
        step = execute.Simulation.step

        def looking(simulation: object) -> None:
            seen.extend(json.loads(file.read_text()) for file in Path("results/many").glob("owner-*.json"))
            step(simulation)  # type: ignore[arg-type]

        monkeypatch.setattr(execute.Simulation, "step", looking)
        path = str(write(MANY, "many.yaml"))
        assert il2sim("sweep", path, "--seed", "1", "--workers", "1", "--shard", "1/2")[0] == 0
        assert {(each["part"], each["name"], each["pid"]) for each in seen} == {
            ("1/2", "many, seed 1", os.getpid())
        }
        assert not list(Path("results/many").glob("owner-*"))


def test_runs_from_python_hold_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = execute.Run(Config(), 1, {})
    monkeypatch.setattr(runs, "carry_out", lambda *_: pytest.fail("something ran"))
    with owned(tmp_path, A), pytest.raises(ExperimentError, match="is in use by process .*first, seed 1"):
        runs.run_all([run], tmp_path)
    with (
        owned(tmp_path, owner.claim_of_runs([run.id])),
        pytest.raises(ExperimentError, match="the same runs"),
    ):
        runs.run_all([run], tmp_path)
    assert not list(tmp_path.glob("owner-*"))


def test_claims_hold_their_folder(tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    with (
        owned(asked.claim_set.out, A),
        pytest.raises(ExperimentError, match="is in use by process .*first, seed 1"),
    ):
        asked("a")
    assert not asked.page.exists()
