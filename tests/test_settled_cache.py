"""Settled tumours kept between commands: results are the same with them, and whatever befalls them."""

import errno
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from il2sim.experiments.study import execute, settled_cache
from il2sim.experiments.study.design import pair
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.runs import run_all
from il2sim.experiments.study.settled_cache import VARIABLE, SettledCache, carrying, default_folder
from il2sim.experiments.study.workers import Workplace, outcomes
from il2sim.models import Baseline, Config
from tests.cli_case import typist
from tests.run_case import Simulation as StandIn
from tests.tumours import tiny

SMALL = {"patient.width": "0.3 mm", "schedule.surgery_day": "0.5"}


@pytest.fixture(autouse=True)
def nothing_held() -> Iterator[None]:
    execute._settled.cache_clear()
    yield
    execute._settled.cache_clear()


@pytest.fixture(scope="module")
def runs() -> tuple[Run, Run]:
    """A tumour with drug and its control, which settle alike."""
    drug, control = pair(tiny(SMALL), 3, Path("small.yaml"), (), twin=True, until=None)
    return drug, control


@pytest.fixture(scope="module")
def plain(runs: tuple[Run, Run]) -> dict[str, Outcome]:
    """What the runs come to without a cache."""
    return {run.id: execute.execute(run) for run in runs}


@pytest.fixture(scope="module")
def filled(runs: tuple[Run, Run], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The entry of their tumour."""
    cache = SettledCache(tmp_path_factory.mktemp("filled"), least_s=0.0)
    cache.settled(runs[0], lambda: execute.settled_of(runs[0], None))
    return cache.path(runs[0]).read_bytes()


def cache_in(folder: Path) -> SettledCache:
    return SettledCache(folder, least_s=0.0)


def kept_in(cache: SettledCache, run: Run, content: bytes) -> Path:
    cache.path(run).write_bytes(content)
    return cache.path(run)


def never() -> Baseline:
    raise AssertionError("settled although a settled tumour was kept")


def told(outcome: Outcome) -> dict[str, object]:
    """All that is written of a run but the time it took."""
    assert outcome.record is not None, outcome.failure
    series = {name: values.tobytes() for name, values in outcome.series.items()}
    return {**{key: value for key, value in outcome.record.items() if key != "timing"}, **series}


def test_results_are_the_same_when_made_and_when_found(runs, plain, tmp_path):
    cache = cache_in(tmp_path)
    made = cache.execute(runs[0])
    assert cache.entries() == 1
    execute._settled.cache_clear()
    found = cache.execute(runs[0])
    assert told(made) == told(found) == told(plain[runs[0].id])


def test_the_control_begins_with_the_tumour_of_its_arm(runs, plain, filled, tmp_path, monkeypatch):
    cache = cache_in(tmp_path)
    kept_in(cache, runs[0], filled)
    monkeypatch.setattr(execute._Untreated, "settle", lambda self: never())
    assert cache.path(runs[0]) == cache.path(runs[1])
    assert told(cache.execute(runs[1])) == told(plain[runs[1].id])


def test_another_seed_tumour_code_or_library_is_another_entry(runs, tmp_path, monkeypatch):
    cache, run = cache_in(tmp_path), runs[0]
    wider = run.config.with_values({"patient.width": "0.32 mm"})
    later = run.config.with_values({"schedule.surgery_day": "0.75"})
    paths = {cache.path(each) for each in (run, Run(run.config, 4, {}), Run(wider, 3, {}))}
    assert len(paths) == 3
    assert cache.path(Run(later, 3, {})) == cache.path(run)
    for name in settled_cache.made_by():
        changed = {**settled_cache.made_by(), name: "another"}
        with monkeypatch.context() as patch:
            patch.setattr(settled_cache, "made_by", lambda changed=changed: changed)
            paths.add(cache.path(run))
    assert len(paths) == 3 + len(settled_cache.made_by())


@pytest.mark.parametrize(
    "harm", [lambda c: c[:-7], lambda c: b"", lambda c: b"x" * 900, lambda c: c[:99] + c]
)
def test_a_damaged_entry_is_made_again(runs, filled, tmp_path, harm: Callable[[bytes], bytes]):
    cache, run = cache_in(tmp_path), runs[0]
    path = kept_in(cache, run, harm(filled))
    baseline = cache.settled(run, lambda: execute.settled_of(run, None))
    assert path.read_bytes() == filled
    assert cache.settled(run, never).kill_rate == baseline.kill_rate


def test_what_settles_fast_is_not_kept(runs, filled, tmp_path):
    cache = SettledCache(tmp_path, least_s=1e9)
    cache.settled(runs[0], lambda: execute.settled_of(runs[0], None))
    assert cache.entries() == 0


def test_two_processes_may_make_the_same_one(runs, plain, filled, tmp_path):
    cache = cache_in(tmp_path)
    code = (
        "import pickle, sys; cache, run = pickle.load(sys.stdin.buffer); "
        "print(cache.execute(run).record['result_digest'])"
    )
    words, handed = [sys.executable, "-c", code], pickle.dumps((cache, runs[0]))

    def digest(_: str) -> str:
        ended = subprocess.run(words, input=handed, capture_output=True, cwd=tmp_path, check=True)
        return ended.stdout.decode().strip()

    with ThreadPoolExecutor(2) as threads:
        digests = list(threads.map(digest, "ab"))
    assert digests == [plain[runs[0].id].record["result_digest"]] * 2
    assert [path.name for path in tmp_path.iterdir()] == [cache.path(runs[0]).name]
    assert cache.path(runs[0]).read_bytes() == filled


def test_processes_of_a_sweep_share_it(runs, plain, filled, tmp_path):
    cache = cache_in(tmp_path)
    ended = list(outcomes(runs, Workplace(2, limit_s=300.0), cache.execute))
    assert {outcome.run.id: told(outcome) for outcome in ended} == {
        run_id: told(outcome) for run_id, outcome in plain.items()
    }
    assert cache.path(runs[0]).read_bytes() == filled


def test_run_all_uses_it_unless_told_not_to(tmp_path, monkeypatch):
    runs = [Run(Config().with_values({"patient.width": "5 mm"}), 1, {})]
    monkeypatch.setattr(settled_cache, "default_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(execute, "Simulation", StandIn)
    run_all(runs, tmp_path / "without", 1, cache=False)
    assert not (tmp_path / "cache").exists()
    run_all(runs, tmp_path / "with", 1)
    assert (tmp_path / "cache").is_dir()
    (tmp_path / "cache" / "layout").write_text("2")
    with pytest.warns(UserWarning, match="another version") as heard:
        run_all(runs, tmp_path / "warned", 1)
    assert [each.filename for each in heard] == [__file__]


def test_the_least_recently_used_go_first(runs, filled, tmp_path):
    names = [f"{number:032x}.tumour" for number in range(4)]
    for age, name in enumerate(names):
        (tmp_path / name).write_bytes(filled)
        os.utime(tmp_path / name, (1000.0 - age, 1000.0 - age))
    (tmp_path / "mine.txt").write_text("not an entry")
    cache = SettledCache(tmp_path, most_bytes=3 * len(filled), least_s=0.0)
    cache.settled(runs[0], lambda: execute.settled_of(runs[0], None))
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*names[:2], cache.path(runs[0]).name, "mine.txt"}


def test_what_is_used_stays_longest(runs, filled, tmp_path):
    cache = cache_in(tmp_path)
    path = kept_in(cache, runs[0], filled)
    os.utime(path, (1000.0, 1000.0))
    cache.settled(runs[0], never)
    assert path.stat().st_mtime > 2000.0


def blocked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The cache below a file, where nobody can write, be it root."""
    (folder / "file").write_text("")
    monkeypatch.setenv(VARIABLE, str(folder / "file" / "cache"))
    return "cannot be written"


def full(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(VARIABLE, str(folder))

    def refuse(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    return "cannot be written (no space left on device)"


def of_another_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(VARIABLE, str(folder))
    (folder / "layout").write_text("2\n")
    return "is the cache of another version of il2sim"


HARMS = (blocked, full, of_another_version)


@pytest.mark.parametrize("harm", HARMS)
def test_a_folder_that_does_not_serve_is_named_once(runs, plain, tmp_path, monkeypatch, harm):
    sentence, heard = harm(tmp_path, monkeypatch), list[str]()
    before = sorted(tmp_path.rglob("*"))
    carry = carrying(heard.append)
    assert told(carry(runs[0])) == told(plain[runs[0].id])
    assert len(heard) == 1
    assert heard[0].startswith(f"{default_folder()}: {sentence}")
    assert VARIABLE in heard[0]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_fails_meanwhile_stops_no_run(runs, plain, tmp_path):
    (tmp_path / "file").write_text("")
    cache = cache_in(tmp_path / "file" / "cache")
    assert told(cache.execute(runs[0])) == told(plain[runs[0].id])


def test_nothing_is_touched_without_a_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    assert carrying(pytest.fail, uses_cache=False) is execute.execute
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("linux", {}, "home/.cache/il2sim"),
        ("linux", {"XDG_CACHE_HOME": "/caches"}, "/caches/il2sim"),
        ("darwin", {}, "home/Library/Caches/il2sim"),
        ("linux", {VARIABLE: "/mine"}, "/mine"),
        ("linux", {VARIABLE: " "}, "home/.cache/il2sim"),
    ],
)
def test_the_folder_is_where_caches_are(tmp_path, monkeypatch, system, variables, expected):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert default_folder() == tmp_path / expected


def test_the_command_shows_and_clears(tmp_path, monkeypatch, capsys, filled):
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv(VARIABLE, str(folder))
    (folder / ("a" * 32 + ".tumour")).write_bytes(filled)
    (folder / "mine.txt").write_text("not an entry")
    for il2sim in typist(tmp_path, monkeypatch, capsys):
        assert f"{folder}: 1 settled tumours" in il2sim("cache")[1]
        assert f'"bytes": {len(filled)}' in il2sim("cache", "--json")[1]
        code, out, _ = il2sim("cache", "--clear")
        assert (code, out.splitlines()[0]) == (0, "1 settled tumours deleted")
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("verb", [("run",), ("sweep", "--workers", "1")])
def test_the_verbs_use_it_unless_told_not_to(tmp_path, monkeypatch, capsys, write, verb):
    config = str(write("patient: {width: 5 mm}\nsweep: {axes: {schedule.dose: [0 MIU/mm, 1 MIU/mm]}}"))
    asked: list[bool] = []

    def heard(say: Callable[[str], None], *, uses_cache: bool) -> object:
        asked.append(uses_cache)
        return carrying(say, uses_cache=uses_cache)

    monkeypatch.setattr("il2sim.experiments.cli.commands.carrying", heard)
    for il2sim in typist(tmp_path, monkeypatch, capsys):
        for number, words in enumerate(((), ("--no-cache",))):
            code, _, err = il2sim(verb[0], config, *verb[1:], *words, "--seed", "1", "--out", f"r{number}")
            assert code == 0, err
    assert asked == [True, False]
