"""The command that follows untreated tumours: what is finished is kept, workers change no number."""

import json
from pathlib import Path

import pytest

from experiments import natural_history
from experiments.execute import Run
from experiments.natural_history import Course, courses, main, untreated
from experiments.workers import Workplace
from models import Config

WORDS = ("--width", "1", "--days", "4", "--set", "space.margin=0.1 mm")
CONFIG = untreated(1.0, 4.0, ("space.margin=0.1 mm",))


def course(seed: int) -> Course:
    return Course(1.0, seed, 103.0, 100.0 + seed, 0.33, {"cd8": 1.0})


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds that a stand-in followed, in order; it stops at seed 13."""
    seen: list[int] = []

    def follow(config: Config, seed: int) -> Course:
        seen.append(seed)
        if seed == 13:
            raise RuntimeError("tick 3: il2: nan nM")
        return course(seed)

    monkeypatch.setattr(natural_history, "follow", follow)
    return seen


def test_a_finished_course_is_not_followed_again(followed: list[int], tmp_path: Path) -> None:
    assert courses(CONFIG, range(2), tmp_path, Workplace(1)) == [course(0), course(1)]
    assert courses(CONFIG, range(4), tmp_path, Workplace(1)) == [course(seed) for seed in range(4)]
    assert sorted(followed) == [0, 1, 2, 3]
    assert not list(tmp_path.glob("*.draft"))


def test_one_that_stops_does_not_stop_the_others(followed: list[int], tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="seed 13: .*"):
        courses(CONFIG, (12, 13, 14), tmp_path, Workplace(1))
    kept = {json.loads(path.read_text("utf-8"))["seed"] for path in tmp_path.glob("*.json")}
    assert kept == {12, 14}


def test_bad_workers_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--workers", "0"])
    assert ended.value.code == 2
    assert "--workers: found 0; 1 or more is allowed" in capsys.readouterr().err


def test_an_outcome_travels_whole(followed: list[int]) -> None:
    """What a worker sends back makes the same course."""
    found = natural_history._followed(Run(CONFIG, 3, {}))
    assert found.record is not None
    assert Course(**json.loads(json.dumps(found.record))) == course(3)


@pytest.mark.slow
def test_two_workers_find_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for workers in ("1", "2"):
        main([*WORDS, "--seeds", "2", "--workers", workers, "--out", str(tmp_path / workers)])
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert json.loads(said[0])["seeds"] == 2
