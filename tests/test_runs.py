"""Many runs: designs, the folder that holds them, and what survives errors, interruption and death."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from il2sim.experiments.study import design, store
from il2sim.experiments.study import execute as carrying
from il2sim.experiments.study.execute import Outcome, Run, execute
from il2sim.experiments.study.pool import choice
from il2sim.experiments.study.runs import Workplace, carry_out, missing, run_all
from il2sim.experiments.study.store import ExperimentError
from il2sim.experiments.study.workers import _free
from il2sim.models import Config, simulate
from tests.run_case import carried, deadly, sweep

HERE = Workplace(workers=1)
SCHEDULED = """
import sys
from pathlib import Path
from distributed import LocalCluster
from il2sim.experiments.study import design
from il2sim.experiments.study.runs import Workplace, carry_out
from tests.run_case import carried, sweep

axes = {"schedule.dose": ("0 MIU/mm", "0.05 MIU/mm", "0.5 MIU/mm"), "patient.width": ("5 mm", "8 mm")}
with LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster:
    place = Workplace(scheduler=cluster.scheduler_address)
    runs = design.grid(sweep(axes), 1)[:4]
    print(len(carry_out(runs, Path(sys.argv[1]) / "there", place, carry=carried).done))
"""


def _never(run: Run) -> Outcome:
    raise AssertionError(f"run {run.id} was carried out")


class TestDesign:
    def test_dose_zero_is_the_twin(self, doses: Config) -> None:
        runs = design.grid(doses, 1)
        assert len(runs) == 12
        by_id = {run.id: run for run in runs}
        drug = [run for run in runs if run.labels["arm"] == "drug"]
        assert len(drug) == 8
        for run in drug:
            twin = by_id[run.twin]
            assert twin.labels == run.labels | {"arm": "no drug", "schedule.dose": "0 MIU/mm"}
            assert twin.seed == run.seed
        assert {run.twin for run in runs if run.labels["arm"] == "no drug"} == {None}

    def test_missing_twins_are_added_once(self) -> None:
        config = sweep({"schedule.dose": ("0.05 MIU/mm", "0.5 MIU/mm")})
        runs = design.grid(config, 1)
        assert [run.labels["arm"] for run in runs].count("twin") == 2
        assert len({run.id for run in runs}) == len(runs) == 6
        assert {run.twin for run in runs if run.twin} == {
            run.id for run in runs if run.labels["arm"] == "twin"
        }

    def test_twins_can_be_left_out(self) -> None:
        runs = design.grid(sweep({"schedule.dose": ("0.05 MIU/mm", "0.5 MIU/mm")}, twin=False), 1)
        assert {run.labels["arm"] for run in runs} == {"drug"}

    def test_seeds_come_from_root_and_replicate_only(self, doses: Config) -> None:
        seeds: dict[str, set[int]] = {}
        for run in design.grid(doses, 1):
            seeds.setdefault(run.labels["replicate"], set()).add(run.seed)
        assert [len(found) for found in seeds.values()] == [1, 1]
        assert seeds["0"] != seeds["1"]
        assert {run.seed for run in design.grid(doses, 2)}.isdisjoint(set.union(*seeds.values()))

    def test_a_larger_design_keeps_old_runs(self, doses: Config) -> None:
        larger = sweep(
            {"schedule.dose": ("0 MIU/mm", "0.5 MIU/mm"), "patient.width": ("5 mm", "8 mm", "9 mm")}, 4
        )
        kept = {run.id for run in design.grid(doses, 1)} & {run.id for run in design.grid(larger, 1)}
        assert len(kept) == 8

    def test_id_is_of_what_matters(self) -> None:
        config = Config.model_validate({"name": "a"})
        same = Config.model_validate({"name": "b"})
        other = config.with_values({"cd8_killing.kill_rate": "5 1/day"})
        assert Run(config, 1, {}).id == Run(same, 1, {"replicate": "0"}, "twin", "command").id
        assert len({Run(config, 1, {}).id, Run(config, 2, {}).id, Run(other, 1, {}).id}) == 3

    def test_largest_first_and_arms_of_a_tumour_together(self, doses: Config) -> None:
        runs = design.in_order(design.grid(doses, 1))
        widths = [run.config.patient.width_um for run in runs]
        assert widths == sorted(widths, reverse=True)
        changes = sum(before.tumour != after.tumour for before, after in zip(runs, runs[1:], strict=False))
        assert changes == 3

    def test_shards_part_the_design(self, doses: Config) -> None:
        runs = design.grid(doses, 1)
        parts = [design.shard(runs, f"{number}/3") for number in (1, 2, 3)]
        assert sorted(run.id for part in parts for run in part) == sorted(run.id for run in runs)

    @pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"])
    def test_bad_shard(self, text: str, doses: Config) -> None:
        with pytest.raises(ExperimentError, match="allowed is k/n"):
            design.shard(design.grid(doses, 1), text)

    def test_no_sweep_is_said(self) -> None:
        with pytest.raises(ExperimentError, match="some.yaml: sweep: is absent"):
            design.grid(Config(), 1, "some.yaml")

    def test_command_repeats_the_run(self, write: Callable[..., Path]) -> None:
        path = write("sweep: {axes: {schedule.dose: [0.1 MIU/mm], patient.width: [5 mm]}, replicates: 1}")
        for run in design.grid(Config.load(path, ["patient.stil=20 %"]), 1, str(path), ["patient.stil=20 %"]):
            words = run.command.replace("'", "").split(" --set ")
            settings = [word.split(" --seed ")[0] for word in words[1:]]
            (again,) = design.pair(
                Config.load(path, settings), run.seed, path, settings, twin=False, until=None
            )
            assert again.id == run.id
            assert f"--seed {run.seed}" in run.command

    def test_a_course_cut_short(self) -> None:
        short = design.ended(Config(), 8.0)
        assert short.schedule.days == (0.0, 7.0)
        assert short.schedule.surgery_day == 8.0
        with pytest.raises(
            ExperimentError, match="--until: found 0; allowed is a day after the first injection"
        ):
            design.ended(Config(), 0.0)
        with pytest.raises(ExperimentError, match="--until: found 29"):
            design.ended(Config(), 29.0)


class TestCarryingOut:
    def test_finished_runs_are_not_run_again(self, tmp_path: Path, doses: Config) -> None:
        runs = design.grid(doses, 1)
        first = carry_out(runs, tmp_path, HERE, carry=carried)
        assert (len(first.done), len(first.cached), len(first.failed)) == (12, 0, 0)
        again = carry_out(runs, tmp_path, HERE, carry=_never)
        assert (len(again.done), len(again.cached)) == (0, 12)
        forced = carry_out(runs, tmp_path, HERE, force=True, carry=carried)
        assert (len(forced.done), len(forced.cached)) == (12, 0)

    def test_deleting_one_makes_it_run_again(self, tmp_path: Path, doses: Config) -> None:
        runs = design.grid(doses, 1)
        carry_out(runs, tmp_path, HERE, carry=carried)
        store.run_file(tmp_path, runs[5].id).unlink()
        assert [run.id for run in missing(runs, tmp_path)] == [runs[5].id]

    def test_an_error_is_kept_and_the_others_go_on(self, tmp_path: Path, poisoned: Config) -> None:
        runs = design.grid(poisoned, 1, "some.yaml")
        tally = carry_out(runs, tmp_path, HERE, carry=carried)
        assert len(tally.done) == 2
        (stopped,) = tally.failed
        text = (tmp_path / "failed" / f"{stopped.run.id}.txt").read_text()
        assert "RuntimeError: tick 3: il2: nan nM" in text
        assert "il2sim run some.yaml --no-twin --out results/repeated --set 'patient.stil=75 %'" in text
        assert set(carry_out(runs, tmp_path, HERE, carry=carried).cached) == set(tally.done)

    def test_a_mended_run_is_no_longer_failed(self, tmp_path: Path, poisoned: Config) -> None:
        runs = design.grid(poisoned, 1)
        (stopped,) = carry_out(runs, tmp_path, HERE, carry=carried).failed
        store.save(tmp_path, carried(design.grid(poisoned, 1)[0]))
        mended = Outcome(stopped.run, carried(runs[0]).record, carried(runs[0]).series, ())
        store.save(tmp_path, mended)
        assert not list((tmp_path / "failed").iterdir())

    def test_interruption_keeps_what_was_finished(self, tmp_path: Path, doses: Config) -> None:
        runs = design.grid(doses, 1)
        ended: list[str] = []

        def tired(run: Run) -> Outcome:
            if len(ended) == 3:
                raise KeyboardInterrupt
            ended.append(run.id)
            return carried(run)

        with pytest.raises(KeyboardInterrupt):
            carry_out(runs, tmp_path, HERE, carry=tired)
        assert store.finished_ids(tmp_path) == set(ended)
        assert carry_out(runs, tmp_path, HERE, carry=carried).cached == tuple(
            run.id for run in runs if run.id in ended
        )

    def test_run_all_gives_a_row_per_run(self, tmp_path: Path, doses: Config) -> None:
        runs = design.grid(doses, 1)
        carry_out(runs, tmp_path, HERE, carry=carried)
        table = run_all(iter(reversed(runs)), tmp_path, workers=1)
        assert isinstance(table, pd.DataFrame)
        assert list(table["run_id"]) == [run.id for run in reversed(runs)]


class TestProcesses:
    def test_two_processes_and_a_death(self, tmp_path: Path, poisoned: Config, doses: Config) -> None:
        runs = [*design.grid(doses, 1)[:4], *design.grid(poisoned, 1)]
        tally = carry_out(runs, tmp_path / "two", Workplace(workers=2), carry=deadly)
        (dead,) = tally.failed
        assert dead.run.config.patient.stil == pytest.approx(0.75)
        assert dead.failure.endswith(
            "its process was killed, by the system (often for want of memory) or by a person"
        )
        assert len(tally.done) == 6
        carry_out(runs, tmp_path / "one", HERE, carry=carried)
        for run_id in tally.done:
            assert store.record(tmp_path / "two", run_id) == store.record(tmp_path / "one", run_id)

    def test_no_scheduler_is_said(
        self, tmp_path: Path, doses: Config, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("il2sim.experiments.study.workers.CONNECT_S", 0.2)
        with pytest.raises(ExperimentError, match="no dask scheduler answers"):
            carry_out(design.grid(doses, 1), tmp_path, Workplace(scheduler="tcp://127.0.0.1:1"), carry=_never)

    def test_a_scheduler_carries_out_the_same(self, tmp_path: Path, doses: Config, root: Path) -> None:
        """In a process of its own, which may open what it likes."""
        words = [sys.executable, "-c", SCHEDULED, str(tmp_path)]
        told = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False, timeout=120)
        assert told.stdout == "4\n", told.stderr
        runs = design.grid(doses, 1)[:4]
        carry_out(runs, tmp_path / "here", HERE, carry=carried)
        for run in runs:
            assert store.record(tmp_path / "there", run.id) == store.record(tmp_path / "here", run.id)

    def test_a_process_keeps_to_its_tumour(self, doses: Config) -> None:
        waiting = design.in_order(design.grid(doses, 1))
        names = list(dict.fromkeys(run.tumour for run in waiting))
        assert waiting[choice(waiting, {"a": names[2]}, "a")].tumour == names[2]
        assert waiting[choice(waiting, {"b": names[0]}, "a")].tumour == names[1]
        assert choice(waiting, {name: name for name in names}, "a") == 0
        assert _free({"a": 2, "b": 1}, ["a", "b"]) == ["a"]


def test_another_version_of_the_code_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Run(Config(), 1, {})
    assert asked.id
    sent = pickle.loads(pickle.dumps(asked))
    monkeypatch.setattr(carrying, "code_hash", lambda: "other")
    assert "other source files" in execute(sent).failure


def test_sharing_a_settled_tumour_changes_no_bit() -> None:
    config = Config.model_validate({"patient": {"width": "0.4 mm"}, "space": {"margin": "0.2 mm"}})
    short = design.ended(config, 1.0)
    for arm in (short, short.without_drug()):
        record = execute(Run(arm, 5, {})).record
        assert record is not None
        assert record["result_digest"] == simulate(arm, 5).digest
