"""Ctrl-C while the processes of a sweep begin."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from il2sim.experiments.study import pool
from il2sim.experiments.study.interrupts import held
from tests.pool_case import runs_of
from tests.run_case import carried
from tests.test_pool import is_alive

HEARS = "import signal; print(signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, []))"

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows has no such mask")


@pytest.fixture(autouse=True)
def ctrl_c_is_heard() -> Iterator[None]:
    """Tests that a shell runs in the background begin with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_waits_until_a_process_has_begun_and_then_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def pressed(*words: Any, **given: Any) -> subprocess.Popen[bytes]:
        os.kill(os.getpid(), signal.SIGINT)
        made.append(begin(*words, **given))
        return made[0]

    monkeypatch.setattr(pool.subprocess, "Popen", pressed)
    with pytest.raises(KeyboardInterrupt):
        next(pool.pooled(runs_of(4), 2, carried))
    assert len(made) == 1
    assert made[0].returncode == -signal.SIGKILL
    assert not is_alive(made[0].pid)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_process_begun_meanwhile_never_hears_ctrl_c() -> None:
    with held():
        found = subprocess.run([sys.executable, "-c", HEARS], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_process_begun_later_hears_ctrl_c() -> None:
    with held():
        pass
    found = subprocess.run([sys.executable, "-c", HEARS], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "True"


def test_who_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_may_begin_processes_too() -> None:
    done: list[int] = []

    def begin() -> None:
        done.extend(len(outcome.series) for outcome in pool.pooled(runs_of(2), 2, carried))

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    assert len(done) == 2


PRESSED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.{handler})
class Press:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Press())
sys.argv = ["il2sim", "configs"]
from il2sim.__main__ import main
main()
"""


def _pressed_at(name: str, handler: str) -> subprocess.CompletedProcess[str]:
    script = PRESSED.format(name=name, handler=handler)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "name", ["typer", "il2sim.experiments.cli.options", "il2sim.experiments.hypotheses.command_line"]
)
def test_ctrl_c_while_the_command_is_loaded_leaves_no_traceback(name: str) -> None:
    found = _pressed_at(name, "default_int_handler")
    assert (found.returncode, found.stdout) == (130, "")
    assert found.stderr == "interrupted: no results were touched\n"


def test_who_ignores_ctrl_c_ignores_it_while_the_command_is_loaded() -> None:
    found = _pressed_at("typer", "SIG_IGN")
    assert (found.returncode, found.stderr) == (0, "")
    assert "small_2d" in found.stdout
