"""What a person sees of the time left: a guess until a run has ended, then by what has ended."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from il2sim.experiments.cli.progress import Board, followed
from il2sim.experiments.study.execute import Run
from il2sim.experiments.study.runtime_estimate import shared_s, whole_s
from il2sim.experiments.study.workers import Workplace
from il2sim.models import Config


class Clock:
    """A clock that goes when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that boards read, at zero."""
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found


def test_a_guess_runs_down_and_gives_way_to_what_has_ended(clock: Clock) -> None:
    board = Board(4, 0, 40.0, guess_s=600.0)
    assert board.line() == "0 of 4 runs done (0 cached), 0 failed, perhaps 10 min left"
    clock.now = 360.0
    assert board.line().endswith("perhaps 4 min left")
    board.add(10.0, failed=False)
    assert board.line() == "1 of 4 runs done (0 cached), 0 failed, about 18 min left"


def test_the_time_left_runs_down_between_two_ends(clock: Clock) -> None:
    board = Board(3, 0, 30.0)
    clock.now = 600.0
    board.add(10.0, failed=False)
    assert board.left_s() == 1200.0
    clock.now = 1000.0
    assert board.left_s() == 800.0
    clock.now = 5000.0
    assert board.left_s() == 120.0, "what is under way takes longer than foreseen"


def test_nothing_is_promised_beyond_the_guess(clock: Clock) -> None:
    board = Board(4, 0, 40.0, guess_s=600.0)
    clock.now = 601.0
    assert board.line().endswith("time left not known yet")
    assert Board(4, 0, 40.0).line().endswith("time left not known yet")


def test_the_bar_of_a_terminal_runs_down_between_two_ends(clock: Clock) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=120)
    with followed(Board(2, 0, 2.0, guess_s=3000.0), console, quiet=False) as step:
        clock.now = 1200.0
        deadline = time.perf_counter() + 10.0
        while "30 min left" not in shown.getvalue() and time.perf_counter() < deadline:
            time.sleep(0.05)
        step(1.0, False)
    assert "perhaps 50 min left" in shown.getvalue()
    assert "perhaps 30 min left" in shown.getvalue()


def test_runs_side_by_side_take_no_less_than_the_longest() -> None:
    assert shared_s([10.0, 2.0, 2.0], Workplace(workers=2)) == 10.0
    assert shared_s([4.0, 4.0, 4.0, 4.0], Workplace(workers=2)) == 8.0
    assert shared_s([], Workplace(workers=2)) == 0.0


def expected(**values: str) -> float:
    """Seconds foreseen for the default tumour but for these keys, `_` standing for a dot."""
    config = Config().with_values({key.replace("_", ".", 1): value for key, value in values.items()})
    return whole_s(Run(config, 1, {}))


def test_a_run_takes_longer_the_wider_the_denser_and_the_later() -> None:
    ten = expected(patient_width="10 mm")
    assert expected(patient_width="20 mm") > 4.0 * ten, "more cells, and each waits longer"
    assert expected(patient_width="10 mm", patient_stil="40 %") > 2.0 * ten
    assert expected(schedule_surgery_day="42") == pytest.approx(ten * 56.0 / 42.0)
    section = expected(patient_width="1 mm")
    assert expected(patient_width="1 mm", space_dimensions="3", space_margin="0.3 mm") > 5.0 * section
