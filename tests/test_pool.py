"""Local processes: what one run does to its process touches no other, and none stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from il2sim.experiments.study import pool, store
from il2sim.experiments.study.execute import Run, execute
from il2sim.experiments.study.pool import NoProcessError, pooled
from il2sim.experiments.study.runs import Workplace, carry_out
from il2sim.experiments.study.store import ExperimentError
from il2sim.experiments.study.workers import outcomes
from il2sim.models import Config
from tests.cli_case import Il2sim, typist
from tests.pool_case import misbehaving, runs_of, surroundings
from tests.run_case import carried

command = pytest.fixture(typist)

SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from il2sim.experiments.study.runs import Workplace, carry_out
from tests.pool_case import runs_of
from tests.run_case import carried

def own(run):
    outcome = carried(run)
    outcome.record["endpoints"]["own"] = FACTOR
    return outcome

FACTOR = 3
print(len(carry_out(runs_of(4), Path("out"), Workplace(2), carry=own).done))
print([name for name in ("distributed", "dask") if name in sys.modules])
"""


def acting(*acts: str) -> list[Run]:
    """A run for each act; "" is a good one."""
    return [
        replace(run, labels=run.labels | {"act": act})
        for act, run in zip(acts, runs_of(len(acts)), strict=True)
    ]


def is_alive(pid: int) -> bool:
    """Whether a process still runs: one that is dead and not yet buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class TestIsolation:
    def test_what_one_run_does_takes_no_other_with_it(self, tmp_path: Path) -> None:
        runs = acting("", "exit", "", "crash", "leave", "raise", "", "")
        tally = carry_out(runs, tmp_path, Workplace(2), carry=misbehaving)
        assert set(tally.done) == {run.id for run in runs if not run.labels["act"]}
        last = {found.run.labels["act"]: found.failure.splitlines()[-1] for found in tally.failed}
        assert last == {
            "exit": "its process ended with exit code 7",
            "crash": "its process was ended by signal 11 (SIGSEGV)",
            "leave": "SystemExit: gone",
            "raise": "RuntimeError: no such luck",
        }
        assert {path.stem for path in (tmp_path / "failed").iterdir()} == {r.run.id for r in tally.failed}

    def test_a_run_beyond_its_time_is_ended_and_named(self, tmp_path: Path) -> None:
        (slow, *others) = acting("hang", "", "")
        runs = [replace(slow, command="il2sim run some.yaml --seed 0"), *others]
        tally = carry_out(runs, tmp_path, Workplace(1, limit_s=3.0), carry=misbehaving)
        assert len(tally.done) == 2
        text = (tmp_path / "failed" / f"{slow.id}.txt").read_text()
        assert text.endswith("it took longer than the 3 s that a run may take (--time-limit)")
        assert "il2sim run some.yaml --seed 0" in text

    def test_processes_begin_with_what_makes_them_quick_and_without_dask(self) -> None:
        told = [found.record or {} for found in outcomes(runs_of(2), Workplace(2), surroundings)]
        assert {each.pop("pid") for each in told}.isdisjoint({os.getpid()})
        quick = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        memory = {"MALLOC_MMAP_THRESHOLD_": f"{32 << 20}", "MALLOC_TRIM_THRESHOLD_": f"{256 << 20}"}
        assert all(each == quick | memory | {"dask": "[]", "hears Ctrl-C": "False"} for each in told)

    def test_closed_early_none_stays(self) -> None:
        ended = pooled(acting("", "hang", "hang"), 2, misbehaving)
        next(ended)
        team = ended.gi_frame.f_locals["team"]
        pids = [worker.process.pid for worker in team.workers]
        assert len(pids) == 2
        ended.close()
        assert not any(map(is_alive, pids))

    def test_one_process_and_two_give_the_same_bits(self) -> None:
        given = {"patient.width": "0.4 mm", "space.margin": "0.2 mm", "schedule.surgery_day": "1"}
        config = Config().with_values(given | {"schedule.days": "[0]"})
        runs = [Run(arm, seed, {}) for seed in (5, 6) for arm in (config, config.without_drug())]
        found = []
        for place in (Workplace(1), Workplace(2)):
            ended = {outcome.run.id: outcome for outcome in outcomes(runs, place, execute)}
            found.append([(ended[run.id].record or {})["result_digest"] for run in runs])
        assert found[0] == found[1]


class TestStart:
    """A process may end while it begins: killed for want of memory, or with a library that does not load."""

    def test_it_is_tried_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        trap = tmp_path / "trap"
        trap.write_text("")
        dies = f"os.path.exists({str(trap)!r}) and (os.unlink({str(trap)!r}), os.kill(os.getpid(), 9))"
        monkeypatch.setattr(pool, "BEGIN", f"import os; {dies}; {pool.BEGIN}")
        tally = carry_out(runs_of(4), tmp_path / "out", Workplace(2), carry=carried)
        assert not trap.exists()
        assert (len(tally.done), len(tally.failed)) == (4, 0)

    @pytest.mark.parametrize(
        ("begin", "why"),
        [
            ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9 (SIGKILL)"),
            ("import sys; sys.exit(4)", "ended with exit code 4"),
            (
                "import sys; sys.modules['numba'] = None; " + pool.BEGIN,
                "could not load ModuleNotFound",
            ),
        ],
    )
    def test_where_none_begins_it_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: str, why: str
    ) -> None:
        monkeypatch.setattr(pool, "BEGIN", begin)
        monkeypatch.setattr(pool, "PAUSE_S", 0.0)
        monkeypatch.setattr(pool, "TRIES", 0)
        with pytest.raises(NoProcessError) as refused:
            carry_out(runs_of(4), tmp_path, Workplace(2), carry=carried)
        assert f"processes in a row ended while they started (the last {why}" in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_no_python_to_begin_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        monkeypatch.setattr(pool, "PAUSE_S", 0.0)
        with pytest.raises(NoProcessError, match="not begun by the system: no such file"):
            carry_out(runs_of(2), tmp_path, Workplace(2), carry=carried)

    def test_the_command_ends_with_3(
        self, command: Il2sim, many: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pool, "BEGIN", "import sys; sys.exit(4)")
        monkeypatch.setattr(pool, "PAUSE_S", 0.0)
        code, out, err = command("sweep", many, "--seed", "1", "--workers", "2")
        assert (code, out) == (3, "")
        assert "in a row ended while they started (the last ended with exit code 4); free memory" in err
        assert "Traceback" not in err


class TestScripts:
    def test_a_script_needs_no_main_guard(self, tmp_path: Path, root: Path) -> None:
        (tmp_path / "script.py").write_text(SCRIPT.format(root=str(root)))
        words = [sys.executable, "script.py"]
        told = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
        assert (told.stdout, told.stderr) == ("4\n[]\n", "")
        (first, *_) = runs_of(1)
        assert store.record(tmp_path / "out", first.id)["endpoints"]["own"] == 3

    @pytest.mark.parametrize("limit_s", [0.0, -1.0, float("nan"), float("inf")])
    def test_a_limit_that_is_none_is_refused(self, limit_s: float) -> None:
        with pytest.raises(ExperimentError, match="--time-limit: found"):
            Workplace(limit_s=limit_s)

    def test_a_scheduler_keeps_no_limit(self, command: Il2sim, many: str) -> None:
        code, _, err = command("sweep", many, "--time-limit", "5", "--scheduler", "tcp://127.0.0.1:1")
        assert code == 2
        assert "--time-limit: is kept by local processes only" in err

    def test_the_command_takes_minutes(
        self, command: Il2sim, many: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        places: list[Workplace] = []
        monkeypatch.setattr(
            "il2sim.experiments.study.runs.outcomes", lambda runs, place, carry: places.append(place)
        )
        with pytest.raises(AttributeError):
            command("sweep", many, "--seed", "1", "--time-limit", "0.5")
        assert [place.limit_s for place in places] == [30.0]


def test_children_notice_that_their_parent_is_gone(tmp_path: Path, root: Path) -> None:
    log = tmp_path / "log"
    words = [sys.executable, "-m", "tests.pool_case", str(tmp_path / "out"), str(log), "40"]
    driver = subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE)
    pids: set[int] = set()
    while len(pids) < 2 and driver.poll() is None:
        time.sleep(0.02)
        lines = log.read_text().splitlines() if log.exists() else []
        pids = {int(line.split()[1]) for line in lines if line.count(" ") == 1}
    driver.kill()
    driver.wait()
    assert driver.stdout is not None
    driver.stdout.close()
    assert len(pids) == 2
    for _ in range(200):
        if not any(map(is_alive, pids)):
            return
        time.sleep(0.05)
    pytest.fail("orphans stay")
