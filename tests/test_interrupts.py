"""Ctrl-C at any moment: every verb ends with 130 and says what is kept, also where a library swallows it."""

from __future__ import annotations

import gc
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from il2sim.experiments.report import figures, summary
from il2sim.experiments.report.figures import style
from il2sim.experiments.study import execute, interrupts, store
from tests import run_case
from tests.cli_case import MANY, ONE, Il2sim, Typed
from tests.hypothesis_case import ACTS, FIELD, claims_typist
from tests.test_kills import children
from tests.test_pool import is_alive

VERBS = {
    "run": ("run", "one.yaml", "--seed", "7"),
    "sweep": ("sweep", "many.yaml", "--seed", "1", "--workers", "1"),
    "report": ("report", "results/many"),
    "replay": ("replay", "results/many", "--workers", "1"),
    "hypotheses": ("hypotheses", "field.yaml", "--at", "central", "--workers", "1", "--page", "page.md"),
    "behaviours": ("behaviours", "acts.yaml", "--at", "central", "--workers", "1", "--page", "page.md"),
}
KEPT = {
    "run": "nothing was finished and nothing is kept; the same command with --seed 7 begins again|"
    "(the run|its matched control) is kept in results/one, (its matched control|the run) is not finished; "
    "the same command with --seed 7 goes on|the run and its matched control are kept in results/one; "
    "(il2sim report results/one makes|the same command with --seed 7 makes) the report",
    "sweep": r"\d of 8 runs are kept in results/many; the same command with the same seed goes on|"
    "all 8 runs are kept in results/many; il2sim report results/many makes the report",
    "report": "the runs in results/many are as they were; il2sim report results/many begins again",
    "replay": r"a replay writes nothing, so nothing has changed; \d of 8 runs were compared, "
    "the same command begins again",
    "hypotheses": "what was finished is kept in results/hypotheses(/field)?; the same command goes on",
    "behaviours": "what was finished is kept in results/behaviours(/cells)?; the same command goes on",
}
EARLY = "no results were touched"
EVERY_PAGE, MANY_OUT = figures.PAGES, Path("results/many")
PAGE = (("page", "A picture", lambda results: (Figure(), "nothing to see")),)

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="no process can send itself Ctrl-C there"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # what is amid a file has not closed it
]


@pytest.fixture(autouse=True)
def heard_outside() -> Iterator[list[int]]:
    """Presses that no command heard, as it had not begun or had ended."""
    found: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: found.append(number))
    yield found
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types any verb in a folder with a config for each; runs are stand-ins, one quick figure is drawn."""
    texts = {"one": ONE, "many": MANY, "field": FIELD, "acts": ACTS}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.setattr("il2sim.experiments.hypotheses.evaluation.execute", run_case.carried)
    for typed in claims_typist(tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(summary, "draw_all", figures.draw_all)
        monkeypatch.setattr(figures, "PAGES", PAGE)
        yield partial(in_words, typed)


def in_words(typed: Il2sim, verb: str, *words: str) -> Typed:
    return typed(*words, verb=verb)


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(100):  # a signal is heard between two steps of Python
        time.sleep(0.0)


class Points:
    """Counts the writing points of a command and presses Ctrl-C at one of them: before it is written, or
    then, in a library that swallows what is raised.
    """

    def __init__(self, at: int = 0, *, swallowed: bool = False) -> None:
        self.at, self.swallowed, self.seen = at, swallowed, 0

    def hook(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for home, name in ((store, "write_whole"), (style, "rendered"), (run_case.Simulation, "result")):
            monkeypatch.setattr(home, name, self.around(getattr(home, name)))

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any) -> Any:
            self.seen += 1
            is_here = self.seen == self.at
            if is_here and not self.swallowed:
                press()
            found = work(*given)
            if is_here and self.swallowed:
                try:
                    press()
                except KeyboardInterrupt:
                    return found
            return found

        return done


def said(verb: str, err: str) -> str:
    """The one line on what is kept, which must be of the verb's own."""
    (line,) = [line for line in err.splitlines() if line.startswith("interrupted: ")]
    assert re.fullmatch(KEPT[verb], line.removeprefix("interrupted: ")), line
    assert "Traceback" not in err
    return line


def ready(verb: str, command: Il2sim) -> None:
    if verb in ("report", "replay"):
        command(*VERBS["sweep"])
    execute._settled.cache_clear()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("every", [pytest.param(True, marks=pytest.mark.slow, id="every"), False])
def test_at_each_writing_point(
    command: Il2sim, verb: str, every: bool, monkeypatch: pytest.MonkeyPatch, heard_outside: list[int]
) -> None:
    """In a hurry at the first, one amid the runs and the last two."""
    ready(verb, command)
    with monkeypatch.context() as counting:
        whole = Points()
        whole.hook(counting)
        assert command(*VERBS[verb])[0] in (0, 1)  # a behaviour may be undecided with so few
    last = whole.seen
    points = {*range(1, last + 1)} if every else {1, last // 2, last - 1, last}
    for at in points:
        for swallowed in (False, True) if every else (at % 2 == 1,):
            if verb not in ("report", "replay"):
                forget()
            execute._settled.cache_clear()
            with monkeypatch.context() as pressing:
                Points(at, swallowed=swallowed).hook(pressing)
                code, out, err = command(*VERBS[verb])
            assert code == 130, (at, swallowed, err)
            said(verb, err)
    assert not heard_outside


def forget() -> None:
    """Neither runs nor pages."""
    shutil.rmtree("results", ignore_errors=True)
    for name in ("page.md", "page.json"):
        Path(name).unlink(missing_ok=True)


def test_a_run_goes_on_with_what_was_finished(
    command: Il2sim, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("il2sim.experiments.study.side_by_side.usable_cores", lambda: 1)
    with monkeypatch.context() as pressing:
        Points(4).hook(pressing)  # the owner's file twice, the first run's result, its file
        code, _, err = command(*VERBS["run"])
    assert code == 130
    assert said("run", err).startswith(
        "interrupted: the run is kept in results/one, its matched control is not"
    )
    (kept,) = (tmp_path / "results/one/runs").iterdir()
    before = kept.stat().st_mtime_ns
    assert command(*VERBS["run"])[0] == 0
    assert kept.stat().st_mtime_ns == before
    assert len(list((tmp_path / "results/one/runs").iterdir())) == 2


def test_before_anything_has_begun(command: Il2sim, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*given: object) -> None:
        press()

    monkeypatch.setattr("il2sim.experiments.study.design.grid", pressed)
    code, _, err = command(*VERBS["sweep"])
    assert (code, err) == (130, f"interrupted: {EARLY}\n")


def test_what_a_library_makes_of_it_is_still_an_interrupt(
    command: Il2sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def converted(results: object, **_: object) -> None:
        try:
            press()
        except KeyboardInterrupt as error:
            raise RuntimeError("drawing failed") from error

    monkeypatch.setattr(summary, "draw_all", converted)
    code, _, err = command(*VERBS["sweep"])
    assert code == 130
    assert said("sweep", err).startswith("interrupted: all 8 runs are kept")


def test_a_run_that_it_stopped_is_no_failure(
    command: Il2sim, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Some libraries raise an error of their own in place of what stopped them."""

    def converted(self: object) -> None:
        try:
            press()
        except KeyboardInterrupt as error:
            raise SystemError("returned a result with an exception set") from error

    monkeypatch.setattr(run_case.Simulation, "result", converted)
    code, _, err = command(*VERBS["sweep"])
    assert code == 130
    assert said("sweep", err).startswith("interrupted: 0 of 8 runs are kept")
    assert not (tmp_path / "results" / "many" / "failed").exists()


def test_what_is_swallowed_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python prints what is raised while it clears away objects, a traceback of many lines."""
    printed: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", printed.append)

    class Pressing:
        def __del__(self) -> None:
            press()

    def work() -> None:
        gone = Pressing()
        del gone
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
        interrupts.answered()
        interrupts.check()

    interrupts.minded(work)
    assert not printed


STUBBORN = """
import time
from il2sim.experiments.study import interrupts
def work():
    for _ in range(2):
        try:
            print("at work", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            print("heard", flush=True)
interrupts.minded(work)
"""


def test_a_second_press_ends_at_once() -> None:
    words = [sys.executable, "-c", STUBBORN]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert command.stdout.readline() == "at work\n"
        command.send_signal(signal.SIGINT)
        command.send_signal(signal.SIGINT)  # the same press, handed on by a wrapper
        assert command.stdout.readline() == "heard\n"
        time.sleep(2 * interrupts.SAME_S)
        assert command.poll() is None
        command.send_signal(signal.SIGINT)
        assert command.wait(timeout=10) == 130
        assert command.stderr.read() == interrupts.AGAIN.decode()


def test_processes_of_a_sweep_end_with_it(tmp_path: Path, root: Path) -> None:
    """As a terminal does it: all hear Ctrl-C, those that work leave it to the one that asked."""
    (tmp_path / "case.yaml").write_text(MANY.replace("replicates: 2", "replicates: 9"))
    words = [sys.executable, "-m", "il2sim.experiments.cli.main", "sweep", str(tmp_path / "case.yaml")]
    with subprocess.Popen(
        [*words, "--seed", "1", "--workers", "2", "--out", str(tmp_path / "out")],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as sweep:  # fmt: skip
        while sweep.poll() is None and len(children(sweep.pid)) < 2:
            time.sleep(0.05)
        time.sleep(1.0)
        pids = children(sweep.pid)
        os.killpg(sweep.pid, signal.SIGINT)
        out, err = sweep.communicate(timeout=30)
    assert (sweep.returncode, out) == (130, "")
    assert err.endswith(
        f" runs are kept in {tmp_path / 'out'}; the same command with the same seed goes on\n"
    )
    assert err.count("\n") <= 5
    assert len(pids) == 2
    assert not any(map(is_alive, pids))


@pytest.mark.slow
def test_seventy_random_presses(
    command: Il2sim, monkeypatch: pytest.MonkeyPatch, heard_outside: list[int]
) -> None:
    """With every figure drawn in earnest. A press that comes when the verb has ended changes nothing."""
    monkeypatch.setattr(figures, "PAGES", EVERY_PAGE)
    luck, stopped = random.Random(70), 0
    command(*VERBS["sweep"])
    lasts = {}
    for verb in VERBS:
        began = time.monotonic()
        command(*VERBS[verb])
        lasts[verb] = time.monotonic() - began
    for number in range(70):
        verb = list(VERBS)[number % len(VERBS)]
        if verb not in ("report", "replay"):
            forget()
        elif not (Path("results/many/passport.json").is_file() and len(store.finished_ids(MANY_OUT)) == 8):
            command(*VERBS["sweep"])
        execute._settled.cache_clear()
        heard_outside.clear()
        timer = threading.Timer(luck.uniform(0.0, lasts[verb]), press)
        timer.start()
        code, _, err = command(*VERBS[verb])
        timer.join()
        press_was_late = bool(heard_outside) or code == 0
        assert code == 130 or press_was_late, (number, verb, code, err)
        if code == 130:
            stopped += 1
            if f"interrupted: {EARLY}\n" not in err:
                said(verb, err)
    gc.collect()  # while such warnings are ignored
    assert stopped > 35
