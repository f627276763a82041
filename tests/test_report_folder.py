"""`il2sim report` on every kind of folder: finished, unfinished, empty, absent, broken, large."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from il2sim.experiments.cli import main
from il2sim.experiments.report.summary import write_report
from il2sim.experiments.study import passport, store
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.results import Results, going_on, load
from tests.results_case import DOSES, make, unsealed
from tests.run_case import carried

Typed = Callable[..., tuple[int, str, str]]
BYTES_OF_300_RUNS = 10_000_000
SIDE = 733  # voxels of a 10-mm section and its margins
THREE_HUNDRED = {
    "schedule.dose": ("0 MIU/mm", *(f"{dose:g} MIU/mm" for dose in (0.005, 0.05, 0.25, 0.5))),
    "patient.width": tuple(f"{width} mm" for width in (5, 6, 8, 10, 12)),
    "patient.phenotype": ("inflamed", "desert"),
}


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types `il2sim report ...`; returns exit code, stdout and stderr."""

    def type_it(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["il2sim", "report", *map(str, words)])
        code: object = 0
        try:
            main.main()
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        assert isinstance(code, int)
        return code, said.out, said.err

    return type_it


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """One pair; copied, never changed."""
    return make(tmp_path_factory.mktemp("pair"), {"schedule.dose": ("0.5 MIU/mm",)}, replicates=1)


@pytest.fixture
def folder(pair: Results, tmp_path: Path) -> Path:
    """A copy of the pair."""
    return Path(shutil.copytree(pair.folder, tmp_path / "out"))


def test_a_finished_folder_is_rebuilt(folder: Path, typed: Typed) -> None:
    code, out, err = typed(folder)
    assert code == 0
    assert "this tumour" in out or "0.5 MIU/mm" in out
    assert f"report: {folder / 'report.html'}" in err
    assert (folder / "report.html").stat().st_size > 100_000


def test_an_unfinished_folder_says_what_is_missing(folder: Path, typed: Typed) -> None:
    found = json.loads((folder / "passport.json").read_text())
    twin = next(run["run_id"] for run in found["runs"] if run["labels"]["arm"] == "twin")
    store.run_file(folder, twin).unlink()
    code, _, err = typed(folder)
    assert code == 0
    assert "nothing can be said about the drug" in err
    assert "1 of 2 runs is missing" in (folder / "report.html").read_text()
    assert "partial: 1 of 2 runs are not in it; go on: il2sim" in err


@pytest.mark.parametrize("given", ["", " --out elsewhere", " --out=elsewhere"])
def test_a_folder_that_was_moved_goes_on_where_it_is(folder: Path, given: str) -> None:
    found = json.loads((folder / "passport.json").read_text())
    found |= {"name": "out", "command": f"il2sim sweep 'my case.yaml' --seed 3{given}"}
    assert going_on(folder, found) == f"il2sim sweep 'my case.yaml' --seed 3 --out {folder}"
    found |= {"seed": 7, "command": f"il2sim run a.yaml{given}"}
    assert going_on(folder, found) == f"il2sim run a.yaml --seed 7 --out {folder}"


def test_a_folder_that_stayed_goes_on_as_it_was_typed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = json.loads((folder / "passport.json").read_text()) | {"name": "out"}
    monkeypatch.chdir(folder.parent)
    for command in ("il2sim sweep a.yaml --seed 7 --out out", f"il2sim sweep a.yaml --seed=7 --out={folder}"):
        assert going_on(folder, found | {"command": command}) == command
    found |= {"seed": 7, "command": "il2sim run a.yaml"}
    assert going_on(Path("results/out"), found) == "il2sim run a.yaml --seed 7"


def _without(folder: Path, key: str, value: object = None) -> None:
    """Spoil one part of the passport, or leave it out."""
    found = {name: part for name, part in unsealed(folder).items() if name != key}
    (folder / "passport.json").write_text(json.dumps(found | ({} if value is None else {key: value})))


def _confuse(folder: Path) -> None:
    """Put one run in another's place."""
    first, second = sorted((folder / "runs").glob("*.parquet"))
    shutil.copy(first, second)


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (
            lambda folder: shutil.rmtree(folder),
            "out: is not there; give a results folder or a passport.json",
        ),
        (
            lambda folder: (folder / "passport.json").unlink(),
            "out/passport.json: is not there; give a results folder",
        ),
        (lambda folder: (folder / "passport.json").write_text("{"), "passport.json: is not a passport"),
        (lambda folder: _without(folder, "command"), "is not a passport (it has no 'command')"),
        (lambda folder: _without(folder, "runs", 3), "is not a passport (runs is int, not list)"),
        (
            lambda folder: _without(folder, "config", {"patient": {"width": "wide"}}),
            "its config cannot be run (patient.width: ",
        ),
        (
            lambda folder: _without(folder, "config", {"mechanisms": ["tumour", "macrophage"]}),
            "its config cannot be run (mechanisms: ",
        ),
        (lambda folder: (folder / "report.html").mkdir(), "report.html: is a folder"),
        (lambda folder: (folder / "figures").write_text(""), "figures: cannot be written (not a directory)"),
        (lambda folder: _confuse(folder), "is not a finished run (it is a copy of run "),
        (lambda folder: shutil.rmtree(folder / "runs"), "none of its 2 runs is finished; repeat: il2sim"),
    ],
)
def test_a_wrong_folder_is_one_sentence(
    folder: Path, typed: Typed, break_it: Callable[[Path], object], sentence: str
) -> None:
    break_it(folder)
    before = _modified(folder)
    _one_sentence(typed(folder), sentence)
    assert _modified(folder) == before, "nothing half-written"


def _modified(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_passport_stands_for_its_folder_and_old_figures_go(folder: Path, typed: Typed) -> None:
    assert typed(folder / "passport.json")[0] == 0
    assert (folder / "figures" / "eaten.png").exists()
    drug = next(
        run["run_id"]
        for run in json.loads((folder / "passport.json").read_text())["runs"]
        if run["labels"]["arm"] == "drug"
    )
    store.run_file(folder, drug).unlink()
    assert typed(folder)[0] == 0
    assert not (folder / "figures" / "drug_twin.png").exists()


def _spoilt(archive: bytes) -> bytes:
    """The first compressed block of a zip file becomes of a kind that does not exist."""
    start = 30 + int.from_bytes(archive[26:28], "little") + int.from_bytes(archive[28:30], "little")
    return archive[:start] + b"\xff" + archive[start + 1 :]


@pytest.mark.parametrize(
    "content",
    ["cut", "no parquet", "no record", "no archive", "spoilt"],
)
def test_a_broken_run_is_named(folder: Path, typed: Typed, content: str) -> None:
    file = sorted((folder / "runs").glob("*.parquet"))[0]
    table = pq.read_table(file)
    if content == "cut":
        file.write_bytes(file.read_bytes()[:2000])
    elif content == "no parquet":
        file.write_text("nothing of the kind\n")
    elif content == "no record":
        pq.write_table(table.replace_schema_metadata({}), file)
    else:
        packed = table.column(store.SECTIONS).to_pylist()
        broken = [_spoilt(each) if each and content == "spoilt" else b"PK\x03\x04 torn" for each in packed]
        place = table.schema.get_field_index(store.SECTIONS)
        metadata = {store.RECORD: table.schema.metadata[store.RECORD]}  # without its seal, as old files are
        table = table.set_column(place, store.SECTIONS, pa.array(broken, type=pa.large_binary()))
        pq.write_table(table.replace_schema_metadata(metadata), file)
    _one_sentence(typed(folder), f"{file}: is not a finished run", "delete it and repeat: il2sim sweep")


def test_no_advice_that_the_verb_cannot_follow(
    folder: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    said = _one_sentence(typed(folder), "cannot be written (permission denied)", "copy the folder")
    assert "--out" not in said


def _one_sentence(typed: tuple[int, str, str], *parts: str) -> str:
    code, out, err = typed
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    for part in parts:
        assert part in err
    return err


def test_three_hundred_runs_fit_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """5 doses x 5 widths x 2 phenotypes, 6 replicates; the pictured pair is 10 mm of noise."""
    results = make(tmp_path / "out", THREE_HUNDRED, replicates=6, carry=_wide)
    assert len(results.table) == 300
    started = time.perf_counter(), time.process_time()
    page = write_report(load(results.folder))
    spent = time.perf_counter() - started[0], time.process_time() - started[1]
    size = page.stat().st_size
    with capsys.disabled():
        print(f"\nreport of 300 runs: {spent[0]:.1f} s ({spent[1]:.1f} s of CPU), {size / 1e6:.1f} MB")
    assert size < BYTES_OF_300_RUNS


def _wide(run: Run) -> Outcome:
    """The stand-in, with large sections where the pictures may look."""
    outcome = carried(run)
    is_weak = run.labels["arm"] == "drug" and run.config.schedule.dose_iu_per_mm < 5e5
    if run.labels["replicate"] != "0" or is_weak:
        return outcome
    rng = np.random.default_rng(1)
    bed = np.hypot(*(np.indices((SIDE, SIDE)) - SIDE / 2)) < SIDE / 2.2
    solid = np.where(bed, rng.choice(6, (SIDE, SIDE), p=[0, 0.5, 0.15, 0.2, 0.05, 0.1]), 0).astype(np.int8)
    immune = np.where(bed & (rng.random((SIDE, SIDE)) < 0.1), rng.integers(1, 6, (SIDE, SIDE)), 0)
    large = {"solid": solid, "immune": immune.astype(np.int8), "bed": bed}
    sections = tuple(replace(section, **large) for section in outcome.sections)
    assert outcome.maps is not None
    lost = np.where(rng.random((SIDE, SIDE)) < 0.5, rng.integers(0, 112, (SIDE, SIDE)) / 4, np.nan)
    maps = replace(
        outcome.maps,
        lost_day=lost.astype(np.float32),
        killed_by=immune.astype(np.int8) % 3,
        il2_hours=rng.uniform(0.0, 90.0, (SIDE // 4, SIDE // 4)).astype(np.float32),
    )
    return replace(outcome, sections=sections, maps=maps)


def test_words_of_a_partial_sweep_count_what_is_there(tmp_path: Path) -> None:
    results = make(tmp_path, DOSES, replicates=2)
    for run_id in results.table["run_id"][6:]:
        store.run_file(results.folder, run_id).unlink()
    passport.refresh(results.folder)
    left = load(results.folder)
    page = write_report(left).read_text()
    assert "6 of 12 runs are missing from every number" in page
    assert "virtual breast tumours were followed in 6 runs" in page
