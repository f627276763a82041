"""A tumour and its twin side by side: what each gives alone, and nothing left running when interrupted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from il2sim.experiments.cli import progress
from il2sim.experiments.cli.console import Voice
from il2sim.experiments.study import execute, side_by_side, store
from il2sim.experiments.study.design import pair as pair_of
from il2sim.experiments.study.execute import Outcome, ReportProgress, Run
from il2sim.models import Config, simulate

SMALL = {"patient.width": "1 mm", "schedule.surgery_day": "1", "schedule.days": "[0]"}


def runs_of(config: Config) -> list[Run]:
    return pair_of(config, 7, Path("one.yaml"), (), twin=True, until=None)


@pytest.mark.parametrize("cores", [1, 2])
def test_side_by_side_gives_the_digests_of_each_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    monkeypatch.setattr(side_by_side, "usable_cores", lambda: cores)
    execute._settled.cache_clear()
    runs = runs_of(Config().with_values(SMALL))
    store.prepare(tmp_path)
    found = {
        outcome.run.id: outcome.record
        for outcome in side_by_side.grown(runs, tmp_path, Voice(Console(), quiet=True))
    }
    for run in runs:
        record = found[run.id]
        assert record is not None
        assert record["result_digest"] == simulate(run.config, seed=run.seed).digest
    assert store.finished_ids(tmp_path) == {run.id for run in runs}


def test_progress_names_the_control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The arm "twin" of tables and JSON is the matched control for who waits for it."""
    shown: list[str] = []

    @contextmanager
    def growing(names: Sequence[str], *_: object, quiet: bool) -> Iterator[Callable[[str, float], None]]:
        shown.extend(names)
        yield lambda name, share: None

    monkeypatch.setattr(side_by_side, "growing", growing)
    store.prepare(tmp_path)
    side_by_side.grown(
        runs_of(Config().with_values(SMALL)),
        tmp_path,
        Voice(Console(), quiet=True),
        lambda run, tell: Outcome(run, None, {}, (), "no"),
    )
    assert shown == ["drug", "matched control"]


def test_an_interrupt_stops_who_is_still_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person interrupts while the first to end is kept; the other steps on until it is told."""
    begun, ended = threading.Event(), threading.Event()

    def endless(run: Run, report_progress: ReportProgress | None = None) -> Outcome:
        assert report_progress is not None
        if run.labels["arm"] == "drug":
            assert begun.wait(10.0)
            return Outcome(run, None, {}, (), "stopped")
        try:
            while True:
                begun.set()
                report_progress(0.5)
                time.sleep(0.001)
        finally:
            ended.set()

    def interrupted(out: Path, outcome: Outcome) -> Outcome:
        raise KeyboardInterrupt

    monkeypatch.setattr(side_by_side, "usable_cores", lambda: 2)
    monkeypatch.setattr(side_by_side, "_kept", interrupted)
    with pytest.raises(KeyboardInterrupt):
        side_by_side.grown(
            runs_of(Config().with_values(SMALL)), tmp_path, Voice(Console(), quiet=True), endless
        )
    assert ended.is_set()


@pytest.mark.parametrize(
    ("workers", "shares", "done"),
    [
        (2, (0.2, 0.0), 0.2),
        (2, (0.5, 0.4), 0.4),
        (1, (0.5, 0.0), 0.25),
        (1, (1.0, 0.5), 0.75),
        (2, (0, 0), 0),
    ],
)
def test_the_time_that_has_gone(workers: int, shares: tuple[float, float], done: float) -> None:
    assert progress._done(dict(zip(("drug", "twin"), shares, strict=True)), workers) == done


def test_a_line_tells_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "INTERVAL_S", 0.01)
    console = Console(record=True, force_terminal=False, quiet=False)
    with progress.growing(["drug", "twin"], 2, console, quiet=False) as report_progress:
        report_progress("drug", 0.5)
        report_progress("twin", 0.25)
        time.sleep(0.1)
    assert "drug 50%, twin 25%, about 0 s left" in console.export_text()
