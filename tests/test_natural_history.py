"""The command that follows untreated tumours: what is finished is kept, workers change no number."""

import json
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.study.execute import Run
from il2sim.experiments.study.store import ExperimentError
from il2sim.experiments.study.workers import Workplace
from il2sim.experiments.verification import natural_history
from il2sim.experiments.verification.natural_history import GrowingPage, courses, main
from il2sim.experiments.verification.untreated import Course, follow, untreated
from il2sim.experiments.verification.untreated_page import Page
from il2sim.models import Config, Simulation

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


class TestPage:
    def grown(self, page: Path, *seeds: float, width: float = 10.0, code: str = "aa") -> str:
        """The page with tumours of these doubling times."""
        held = {"cd8": 1.1, "nk": 0.75}
        found = [Course(width, i, 103.0, days, 0.33, held) for i, days in enumerate(seeds)]
        Page.read(page).with_courses("section_2d", found, code, "cc").write(page)
        return page.read_text("utf-8")

    def test_a_call_adds_and_replaces(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        self.grown(page, 103.0, 102.0, 104.0)
        text = self.grown(page, 103.5, 102.5, code="bb")
        row = "| section_2d | 10 mm | 3 of 20 | 1.003 ("
        assert row in text
        assert (
            "; +-5% | 0.330 (0.330 to 0.330); 1/3 +- 0.05 | 0.750 (nk) to 1.100 (cd8) | not kept |  "
            "| aa, bb | holds |" in text
        )
        assert "| section_2d | 5 mm | 2 of 40 | " in self.grown(page, 100.0, 106.0, width=5.0)
        assert row in page.read_text("utf-8")

    def test_the_page_of_the_docs_is_its_rows(self) -> None:
        page = Path(__file__).parents[1] / "docs" / "untreated.md"
        assert Page.read(page).text() == page.read_text("utf-8")

    @pytest.mark.parametrize(
        ("days", "holds"), [((103.0,), False), ((95.0, 96.0), False), ((101.0, 101.5), True)]
    )
    def test_only_an_interval_within_what_is_allowed_holds(
        self, tmp_path: Path, days: tuple[float, ...], holds: bool
    ) -> None:
        text = self.grown(tmp_path / "page.md", *days)
        assert ("| not shown: growth |" in text, "| holds |" in text) == (not holds, holds)

    def test_an_infiltrate_that_is_not_held_is_named(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        thin = [Course(10.0, i, 103.0, 103.0 + 0.1 * i, 0.33, {"cd8": 0.8, "nk": 0.6}) for i in (0, 1)]
        Page({}).with_courses("full_2d", thin, "aa", "cc").write(page)
        assert "| not shown: cd8, nk |" in page.read_text("utf-8")

    def test_kills_and_the_null_share_are_means_of_those_that_have_them(self, tmp_path: Path) -> None:
        page, held = tmp_path / "page.md", {"cd8": 1.0}
        read = [
            Course(10.0, i, 103.0, 103.0, 0.33, held, kills, [0.1, 0.2]) for i, kills in enumerate((0.9, 1.0))
        ]
        older = Course(10.0, 2, 103.0, 103.0, 0.33, held)
        Page({}).with_courses("full_2d", [*read, older], "aa", "cc").write(page)
        assert "| 0.950 (0.315 to 1.585), 2 tumours | 0.100 to 0.200 | aa |" in page.read_text("utf-8")
        assert Page.read(page).text() == page.read_text("utf-8")

    def test_the_command_writes_it(
        self, followed: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        full = Path(__file__).parents[1] / "configs" / "full_2d.yaml"
        main(["--width", "1", "--seeds", "2", "--config", str(full), "--page", "page.md"])
        assert "| full_2d | 1 mm | 2 | 0.976 (" in Path("page.md").read_text("utf-8")
        assert followed == [0, 1]

    def test_a_stopped_call_has_added_what_it_followed(self, followed: list[int], tmp_path: Path) -> None:
        growing = GrowingPage(tmp_path / "page.md", "section_2d")
        with pytest.raises(RuntimeError, match="seed 13"):
            courses(CONFIG, (12, 13), tmp_path, Workplace(1), growing)
        assert "| section_2d | 1 mm | 1 | " in growing.page.read_text("utf-8")

    def test_a_call_elsewhere_goes_on_from_the_page(self, followed: list[int], tmp_path: Path) -> None:
        growing = GrowingPage(tmp_path / "page.md", "section_2d")
        here, there = tmp_path / "here", tmp_path / "there"
        courses(CONFIG, range(2), here, Workplace(1), growing)
        assert courses(CONFIG, range(3), there, Workplace(1), growing) == [course(seed) for seed in range(3)]
        assert followed == [0, 1, 2]

    @pytest.mark.parametrize(
        ("config", "code"), [("arms_2d", "aa"), ("section_2d", "bb")], ids=["another config", "other code"]
    )
    def test_nothing_else_of_the_page_is_taken(
        self, followed: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, code: str
    ) -> None:
        monkeypatch.setattr(natural_history, "_code", lambda: "aa")
        page = tmp_path / "page.md"
        courses(CONFIG, range(1), tmp_path / "here", Workplace(1), GrowingPage(page, "section_2d"))
        monkeypatch.setattr(natural_history, "_code", lambda: code)
        courses(CONFIG, range(1), tmp_path / "there", Workplace(1), GrowingPage(page, config))
        longer = CONFIG.with_values({"patient.stil": "20 %"})
        courses(longer, range(1), tmp_path / "there", Workplace(1), GrowingPage(page, "section_2d"))
        assert followed == [0, 0, 0]

    def test_mistakes_are_named_before_anything_is_followed(
        self, followed: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        page = tmp_path / "page.md"
        with pytest.raises(SystemExit):
            main([*WORDS, "--page", str(page)])
        assert "it holds whole configs over 90 days" in capsys.readouterr().err
        page.with_suffix(".json").write_text('[{"config": "a"}]')
        with pytest.raises(ExperimentError, match=r"page.json: is no page's JSON .*; move it to begin"):
            main(["--width", "1", "--page", str(page)])
        assert not followed


def test_an_outcome_travels_whole(followed: list[int]) -> None:
    """What a worker sends back makes the same course."""
    found = natural_history._followed(Run(CONFIG, 3, {}))
    assert found.record is not None
    assert Course(**json.loads(json.dumps(found.record))) == course(3)


def test_kills_are_counted_against_those_that_births_were_solved_for() -> None:
    """The ratio from the counts, and from the series, in which every kill of this config is lysis."""
    simulation = Simulation(CONFIG, 0)
    while not simulation.finished:
        simulation.step()
    series = simulation.result().series
    hours = np.diff(series["day"]) * 24.0
    killed = (series["kills_per_day"][1:] * hours / 24.0).sum()
    assert simulation.baseline is not None
    solved = (series["tumour"][:-1] * hours).sum() * simulation.baseline.kill_rate
    found = follow(CONFIG, 0)
    assert found.kills == pytest.approx(killed / solved, rel=1e-9)
    assert killed > 10
    assert found.null_share is None


@pytest.mark.slow
def test_two_workers_find_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for workers in ("1", "2"):
        main([*WORDS, "--seeds", "2", "--workers", workers, "--out", str(tmp_path / workers)])
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert json.loads(said[0])["seeds"] == 2
