"""Ctrl-C while the processes of a sweep begin."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from experiments import workers

HEARS = "import signal; print(signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, []))"

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows has no such mask")


@pytest.fixture(autouse=True)
def ctrl_c_is_heard() -> Iterator[None]:
    """Tests that a shell runs in the background begin with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Cluster:
    """Stands for dask's: Ctrl-C comes while it begins a process."""

    def __init__(self, **_: Any) -> None:
        self.events = ["began"]
        os.kill(os.getpid(), signal.SIGINT)
        found = subprocess.run([sys.executable, "-c", HEARS], capture_output=True, text=True, check=True)
        self.events.append(f"a process hears Ctrl-C: {found.stdout.strip()}")

    def __enter__(self) -> Cluster:
        self.events.append("whole")
        return self

    def __exit__(self, *_: object) -> None:
        self.events.append("closed")


def test_ctrl_c_waits_until_the_processes_have_begun_and_then_ends_them() -> None:
    made: list[Cluster] = []

    def cluster(**given: Any) -> Cluster:
        made.append(Cluster(**given))
        return made[0]

    with pytest.raises(KeyboardInterrupt), workers._cluster(SimpleNamespace(LocalCluster=cluster), 2):
        pytest.fail("work began after Ctrl-C")
    assert made[0].events == ["began", "a process hears Ctrl-C: False", "whole", "closed"]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_process_begun_later_hears_ctrl_c() -> None:
    with workers._interrupts_held():
        pass
    found = subprocess.run([sys.executable, "-c", HEARS], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "True"


def test_who_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with workers._interrupts_held():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_may_begin_processes_too() -> None:
    done: list[bool] = []

    def begin() -> None:
        with workers._interrupts_held():
            done.append(True)

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    assert done == [True]
