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
