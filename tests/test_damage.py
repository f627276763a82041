"""Damaged files of a results folder: all named at once, with a remedy that fits the verb."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.study import formats, passport, store
from il2sim.experiments.study.results import passport_of
from il2sim.experiments.study.runs import run_all
from il2sim.experiments.study.store import DamagedError, ExperimentError
from tests.cli_case import Il2sim, typist
from tests.results_case import make, unsealed

FOLDER = Path("results/many")
RUN = ("--seed", "1", "--workers", "1")


@pytest.fixture
def il2sim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types a command in a folder of its own, without model or figures; exit code, stdout, stderr."""
    yield from typist(tmp_path, monkeypatch, capsys)


@pytest.fixture
def broken(il2sim: Il2sim, many: str) -> list[Path]:
    """Three of the files of a finished sweep, each damaged in its own way."""
    il2sim("sweep", many, *RUN)
    files = sorted((FOLDER / "runs").iterdir())[:3]
    files[0].write_bytes(b"")
    files[1].write_bytes(files[1].read_bytes()[:-1] + b"x")
    files[2].write_text("nothing of the kind")
    return files


def _sentence(typed: tuple[int, str, str], *parts: object) -> None:
    code, out, err = typed
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    for part in parts:
        assert str(part) in err


class TestRuns:
    def test_a_sweep_names_all_and_force_makes_them_again(
        self, il2sim: Il2sim, many: str, broken: list[Path]
    ) -> None:
        _sentence(
            il2sim("sweep", many, *RUN), *broken, "3 files are not", "delete them and repeat", "--force"
        )
        _sentence(il2sim("sweep", many, *RUN, "--plan"), *broken)
        code, out, _ = il2sim("sweep", many, *RUN, "--plan", "--force")
        assert (code, "8 runs: 0 cached, 8 to do" in out) == (0, True)
        assert il2sim("sweep", many, *RUN, "--force")[0] == 0
        assert not store.damaged(FOLDER, store.finished_ids(FOLDER))

    def test_a_sweep_goes_on_once_they_are_deleted(
        self, il2sim: Il2sim, many: str, broken: list[Path]
    ) -> None:
        for file in broken:
            file.unlink()
        assert "8 runs: 5 cached, 3 to do" in il2sim("sweep", many, *RUN)[2]

    def test_shards_name_their_own_and_make_them_again(
        self, il2sim: Il2sim, many: str, broken: list[Path]
    ) -> None:
        parts: dict[str, list[Path]] = {}
        for file in broken:
            parts.setdefault(f"{int(file.stem, 16) % 2 + 1}/2", []).append(file)
        for part, files in parts.items():
            _sentence(il2sim("sweep", many, *RUN, "--shard", part), *files)
            assert il2sim("sweep", many, *RUN, "--shard", part, "--force")[0] == 0
        assert not store.damaged(FOLDER, store.finished_ids(FOLDER))

    def test_a_report_names_all(self, il2sim: Il2sim, broken: list[Path]) -> None:
        _sentence(il2sim("report", str(FOLDER)), *broken, "delete them and repeat: il2sim sweep")

    def test_a_table_names_all(self, il2sim: Il2sim, broken: list[Path]) -> None:
        _sentence(il2sim("table", str(FOLDER)), *broken)

    def test_run_all_names_all(self, tmp_path: Path) -> None:
        results = make(tmp_path, {"schedule.dose": ("0 MIU/mm", "0.5 MIU/mm")}, replicates=1)
        runs = [passport._run_of(results.passport, entry) for entry in results.passport["runs"]]
        for run in runs:
            store.run_file(tmp_path, run.id).write_text("")
        with pytest.raises(ExperimentError, match=f"{runs[0].id}.*{runs[1].id}.*delete them and call again"):
            run_all(runs, tmp_path, 1)

    def test_a_newer_one_is_no_damage(
        self, il2sim: Il2sim, many: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = formats.RUN
        monkeypatch.setattr(formats, "RUN", 99)
        il2sim("sweep", many, *RUN)
        monkeypatch.setattr(formats, "RUN", known)
        for words in (("sweep", many, *RUN), ("report", str(FOLDER)), ("table", str(FOLDER))):
            _sentence(il2sim(*words), "of schema 99, written by il2sim ", "use that version")


class TestPassport:
    def test_no_byte_of_it_changes_unseen(self, tmp_path: Path) -> None:
        make(tmp_path, {"schedule.dose": ("0.5 MIU/mm",)}, replicates=1)
        file = tmp_path / "passport.json"
        written, rng = file.read_bytes(), np.random.default_rng(20)
        for place, by in zip(
            rng.integers(len(written), size=200), rng.integers(1, 256, size=200), strict=True
        ):
            spoilt = bytearray(written)
            spoilt[place] ^= by
            file.write_bytes(spoilt)
            with pytest.raises(ExperimentError, match="is not a passport|is of schema"):
                passport_of(tmp_path)
        file.write_bytes(written)
        passport_of(tmp_path)

    @pytest.mark.parametrize("key", ['"schema"', '"seal"', "blake2b:"])
    def test_nor_any_byte_of_what_tells_it(self, tmp_path: Path, key: str) -> None:
        make(tmp_path, {"schedule.dose": ("0.5 MIU/mm",)}, replicates=1)
        file = tmp_path / "passport.json"
        written = file.read_bytes()
        start = written.index(key.encode())
        for place in range(start, start + len(key) + 4):
            for new in b"1 x\n,":
                if written[place] != new:
                    file.write_bytes(written[:place] + bytes([new]) + written[place + 1 :])
                    with pytest.raises(ExperimentError, match="is not a passport|is of schema"):
                        passport_of(tmp_path)

    def test_line_ends_of_windows_are_no_damage(self, tmp_path: Path) -> None:
        make(tmp_path, {"schedule.dose": ("0.5 MIU/mm",)}, replicates=1)
        file = tmp_path / "passport.json"
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
        passport_of(tmp_path)

    def test_an_old_one_is_read_and_sealed_when_it_is_written_again(self, il2sim: Il2sim, many: str) -> None:
        il2sim("sweep", many, *RUN)
        unsealed(FOLDER)
        assert il2sim("replay", str(FOLDER), "--workers", "1")[0] == 0
        assert il2sim("report", str(FOLDER))[0] == 0
        found = json.loads((FOLDER / "passport.json").read_text())
        assert found["schema"] == formats.PASSPORT
        assert found["seal"].startswith("blake2b:")

    def test_edited_by_hand_each_verb_has_its_remedy(self, il2sim: Il2sim, many: str) -> None:
        il2sim("sweep", many, *RUN)
        file = FOLDER / "passport.json"
        file.write_text(file.read_text().replace('"seed": 1,', '"seed": 2,', 1))
        said = f"{file}: is not a passport (something in it has changed since it was written); "
        kept = "finished runs are kept"
        _sentence(il2sim("sweep", many, *RUN), said, "move it away", "--force", kept)
        _sentence(il2sim("sweep", many, "--workers", "1", "--plan"), said, "--force", kept)
        _sentence(il2sim("run", many, "--seed", "1", "--out", str(FOLDER)), said, "move it away", kept)
        _sentence(il2sim("report", str(FOLDER)), said, "bring back a copy", kept)
        _sentence(il2sim("table", str(FOLDER)), said, "bring back a copy", kept)
        _sentence(il2sim("replay", str(FOLDER)), said, "give one that `run` or `sweep` wrote")
        shutil.copytree(FOLDER, "results/other")
        file.unlink()
        assert "8 cached, 0 to do" in il2sim("sweep", many, *RUN)[2]
        code, _, err = il2sim("sweep", many, *RUN, "--force", "--out", "results/other")
        assert (code, "8 to do" in err) == (0, True)
        passport_of(Path("results/other"))

    def test_a_newer_one_is_told_by_its_version(self, il2sim: Il2sim, many: str) -> None:
        il2sim("sweep", many, *RUN)
        found = unsealed(FOLDER) | {"schema": 3, "code": {"version": "9.8.7+abc"}}
        (FOLDER / "passport.json").write_text(json.dumps(found))
        said = "passport.json: is of schema 3, written by il2sim 9.8.7; this version knows schemas up to 2"
        for words in (("sweep", many, *RUN), ("sweep", many, *RUN, "--force"), ("report", str(FOLDER))):
            _sentence(il2sim(*words), said, "use that version or a later one")

    @pytest.mark.parametrize(
        "content", ["[]", "3", "null", "[" * 100_000, '{"schema": "2"}', '{"schema": true}']
    )
    def test_something_else_in_its_place(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "passport.json").write_text(content)
        with pytest.raises(DamagedError, match="is not a passport"):
            passport_of(tmp_path)
