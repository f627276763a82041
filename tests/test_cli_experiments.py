"""The commands that carry out many runs: sweep and replay."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from il2sim.experiments.study import execute, store
from tests.cli_case import MANY, Il2sim, files, typist
from tests.results_case import unsealed


@pytest.fixture
def il2sim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types a command in a folder of its own, without model or figures; exit code, stdout, stderr."""
    yield from typist(tmp_path, monkeypatch, capsys)


class TestSweep:
    @pytest.mark.usefixtures("pictures")
    def test_a_design_from_config_to_report(self, il2sim: Il2sim, many: str, tmp_path: Path) -> None:
        code, out, err = il2sim("sweep", many, "--seed", "1", "--workers", "1")
        assert code == 0
        assert "8 runs: 0 cached, 8 to do" in err
        assert "dose 0.5 MIU/mm, width 8 mm  2 " in out
        assert "-0.200 (-0.200 to -0.200)" in out
        figures = {f"figures/{name}.png" for name in ("dose_width", "drug_twin")}
        assert figures <= files(tmp_path / "results" / "many")
        assert il2sim("report", "results/many", "--svg")[0] == 0
        assert {name.replace("png", "svg") for name in figures} <= files(tmp_path / "results" / "many")
        _, _, again = il2sim("sweep", many, "--seed", "1")
        assert "8 runs: 8 cached, 0 to do" in again

    def test_the_same_command_goes_on(self, il2sim: Il2sim, many: str, write: Callable[..., Path]) -> None:
        _, _, first = il2sim("sweep", many, "--workers", "1")
        seed = re.search(r"seed (\d+) \(drawn; repeat with --seed \1\)", first)
        assert seed is not None
        _, _, again = il2sim("sweep", many, "--workers", "1")
        assert f"seed {seed[1]} (of the results in results/many; give --seed for another)" in again
        assert "8 cached, 0 to do" in again
        write(MANY.replace("replicates: 2", "replicates: 1"), "many.yaml")
        assert "(drawn;" in il2sim("sweep", many, "--plan")[2]

    def test_json(self, il2sim: Il2sim, many: str) -> None:
        code, out, _ = il2sim("sweep", many, "--seed", "1", "--workers", "1", "--json")
        assert code == 0
        found = json.loads(out)
        assert found["runs"] == {"planned": 8, "finished": 8, "cached": 0, "failed": 0}
        assert [arm["labels"]["schedule.dose"] for arm in found["arms"]] == ["0 MIU/mm"] * 2 + [
            "0.5 MIU/mm"
        ] * 2
        assert found["arms"][2]["difference"]["mean"] == pytest.approx(-0.2)
        assert "difference" not in found["arms"][0]

    def test_plan_runs_nothing(self, il2sim: Il2sim, many: str, tmp_path: Path) -> None:
        code, out, _ = il2sim("sweep", many, "--seed", "1", "--plan")
        assert code == 0
        assert "8 runs: 0 cached, 8 to do" in out
        assert not (tmp_path / "results").exists()
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        next((tmp_path / "results" / "many" / "runs").iterdir()).unlink()
        _, out, _ = il2sim("sweep", many, "--seed", "1", "--plan", "--json")
        assert {"planned": 8, "cached": 7, "to_do": 1}.items() <= json.loads(out).items()

    def test_shards_meet_in_one_folder(self, il2sim: Il2sim, many: str, tmp_path: Path) -> None:
        for part in ("1/2", "2/2"):
            code, _, err = il2sim("sweep", many, "--seed", "1", "--workers", "1", "--shard", part)
            assert code == 0
            assert "when all are: il2sim report results/many" in err
        assert "report.html" not in files(tmp_path / "results" / "many")
        code, out, _ = il2sim("report", "results/many")
        assert code == 0
        assert "dose 0.5 MIU/mm, width 8 mm  2 " in out
        assert all(
            "result_digest" in run
            for run in json.loads((tmp_path / "results/many/passport.json").read_text())["runs"]
        )

    def test_a_stopped_run_is_named_and_the_rest_reported(
        self, il2sim: Il2sim, write: Callable[..., Path], tmp_path: Path
    ) -> None:
        text = (
            "patient: {width: 5 mm}\nsweep: {axes: {patient.stil: [10 %, 75 %]}, replicates: 1, twin: false}"
        )
        path = str(write(text, "poison.yaml"))
        code, out, err = il2sim("sweep", path, "--seed", "1", "--workers", "1")
        assert code == 3
        assert "10 %" in out
        assert "to repeat it: il2sim run" in err
        assert "1 of them stopped by an error" in (tmp_path / "results/poison/report.html").read_text()

    def test_json_names_the_runs_where_all_were_stopped(
        self, il2sim: Il2sim, write: Callable[..., Path]
    ) -> None:
        text = "patient: {width: 5 mm}\nsweep: {axes: {patient.stil: [75 %]}, replicates: 2, twin: false}"
        code, out, err = il2sim("sweep", str(write(text)), "--seed", "1", "--workers", "1", "--json")
        assert code == 3
        failed = json.loads(out)["failed"]
        assert len(failed) == 2
        assert all(run["command"] in err for run in failed)

    def test_interrupted(
        self, il2sim: Il2sim, many: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        saved = store.save

        def third(folder: Path, outcome: execute.Outcome) -> Path:
            if len(store.finished_ids(folder)) == 3:
                raise KeyboardInterrupt
            return saved(folder, outcome)

        monkeypatch.setattr(store, "save", third)
        code, out, err = il2sim("sweep", many, "--seed", "1", "--workers", "1")
        assert (code, out) == (130, "")
        assert "interrupted: 3 of 8 runs are kept in results/many" in err
        monkeypatch.setattr(store, "save", saved)
        assert "8 runs: 3 cached, 5 to do" in il2sim("sweep", many, "--seed", "1", "--workers", "1")[2]

    def test_other_finished_runs_are_left_alone(self, il2sim: Il2sim, many: str, tmp_path: Path) -> None:
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        code, out, err = il2sim("sweep", many, "--seed", "2", "--workers", "1", "--json")
        assert code == 0
        assert json.loads(out)["runs"]["finished"] == 8
        assert "8 finished runs of other designs, seeds or versions are left alone" in err
        assert len(store.finished_ids(tmp_path / "results" / "many")) == 16


class TestReplay:
    def test_same_bits(self, il2sim: Il2sim, many: str) -> None:
        il2sim("sweep", many, "--seed", "1", "--workers", "1")
        code, out, _ = il2sim("replay", "results/many/passport.json", "--workers", "1")
        assert (code, out) == (0, "8 of 8 runs agree bit for bit\n")

    def test_a_difference_is_named(self, il2sim: Il2sim, one: str, tmp_path: Path) -> None:
        il2sim("run", one, "--seed", "7")
        path = tmp_path / "results" / "one" / "passport.json"
        passport = unsealed(path.parent)
        passport["runs"][0]["result_digest"] = "0" * 64
        path.write_text(json.dumps(passport))
        code, out, err = il2sim("replay", str(path), "--workers", "1")
        assert (code, out) == (3, "1 of 2 runs agree bit for bit\n")
        assert f"run {passport['runs'][0]['run_id']} differs" in err

    def test_what_it_was_made_with_is_named(self, il2sim: Il2sim, one: str, tmp_path: Path) -> None:
        """The library that differs, not the code that does not; and digests of two kinds are not compared."""
        il2sim("run", one, "--seed", "7")
        path = tmp_path / "results" / "one" / "passport.json"
        passport = unsealed(path.parent)
        numpy = passport["libraries"]["numpy"]
        passport["libraries"]["numpy"], passport["machine"]["python"] = "1.0.1", "3.9.9"
        passport["runs"][0]["result_digest"] = "0" * 64
        del passport["runs"][1]["digest"]
        path.write_text(json.dumps(passport))
        code, out, err = il2sim("replay", str(path), "--workers", "1")
        assert (code, out) == (3, "0 of 2 runs agree bit for bit\n")
        assert f"made with numpy 1.0.1 (here {numpy}), python 3.9.9 (here" in err
        assert "code" not in err.splitlines()[-1]
        assert "its digest is number 1, number 2 is made here: the two cannot be compared" in err
