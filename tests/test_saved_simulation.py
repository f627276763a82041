"""A run that is saved, loaded elsewhere and gone on with is the run that never stopped, to the last bit."""

import random
import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from il2sim.models import Config, Simulation
from il2sim.models.saved_arrays import SavedError
from il2sim.models.saved_graph import Writer
from tests.tumours import tiny

SMALL = {"patient.width": "0.3 mm", "schedule.days": "[0, 0.5]", "schedule.surgery_day": "1"}
GO_ON = """
import sys
from il2sim.models import Simulation
for path in sys.argv[1:]:
    simulation = Simulation.load(path)
    while not simulation.finished:
        simulation.step()
    print(simulation.result().digest)
"""
CASES = {
    "2-D": {},
    "3-D": {"space.dimensions": "3"},
    "all on": {"schedule.biopsy_days_before": "3"},
}
MORE = ("biopsy", "systemic", "leak", "trauma", "cxcl10")


def case(name: str) -> Config:
    config = tiny(SMALL | CASES[name])
    if name == "all on":
        named = dict.fromkeys((*config.mechanisms, *MORE))
        config = config.with_values({"mechanisms": f"[{', '.join(named)}]"})
    return config


def leaves(thing: object, path: str, seen: set[int]) -> Iterator[tuple[str, object]]:
    """Every array and number below a thing, by the way to it: a walk that knows nothing of the file."""
    if id(thing) in seen or isinstance(thing, BaseModel):
        return
    if isinstance(thing, (np.ndarray, np.generic, bool, int, float, str, type(None))):
        yield path, thing
        return
    seen.add(id(thing))
    if isinstance(thing, dict):
        parts = thing.items()
    elif isinstance(thing, (tuple, list)):
        parts = enumerate(thing)
    elif isinstance(thing, (set, frozenset)):
        parts = enumerate(sorted(thing))
    elif isinstance(thing, slice):
        parts = enumerate((thing.start, thing.stop, thing.step))
    else:
        kind = type(thing)
        parts = (
            (name, value)
            for name, value in vars(thing).items()
            if not isinstance(getattr(kind, name, None), cached_property)
        )
    for name, part in parts:
        yield from leaves(part, f"{path}.{name}", seen)


def told(simulation: Simulation) -> dict[str, object]:
    found = dict(leaves(simulation, "simulation", set()))
    return {
        path: (leaf.dtype.str, leaf.shape, leaf.tobytes()) if isinstance(leaf, np.ndarray) else repr(leaf)
        for path, leaf in found.items()
    }


@pytest.fixture(scope="module", params=CASES)
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A run, the files it saved on its way, and those of its branches that were made then."""
    config = case(request.param)
    plain = Simulation(config, 2)
    last = 0
    while not plain.finished:
        plain.step()
        last += 1
    folder = tmp_path_factory.mktemp("saved")
    dice = random.Random(len(request.param))
    wanted = {0, last, last - 1, *dice.sample(range(last), 5), *dice.sample(range(last - 140, last), 4)}
    simulation, branches = Simulation(config, 2), []
    for tick in range(last + 1):
        if tick in wanted:
            simulation.save(folder / f"{tick}.run")
            assert told(Simulation.load(folder / f"{tick}.run")) == told(simulation)
            branches.append(simulation.branch())
        simulation.step()
    assert simulation.result().digest == plain.result().digest
    return plain, sorted(folder.glob("*.run")), branches


def test_a_run_goes_on_in_another_process_as_if_it_had_never_stopped(course, tmp_path):
    plain, files, _ = course
    words = [sys.executable, "-c", GO_ON, *map(str, files)]
    ended = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ended.stdout.split() == [plain.result().digest] * len(files)


def test_a_branch_ends_like_its_run_and_does_not_touch_it(course):
    plain, _, branches = course
    before = told(plain)
    for branch in branches[-3:]:
        while not branch.finished:
            branch.step()
        assert branch.result().digest == plain.result().digest
    assert told(plain) == before


def test_no_two_arrays_share_memory(course):
    """A view is saved as an array of its own: what is written through one of the two must not be awaited in
    the other.
    """
    plain, _, _ = course
    arrays = {
        id(leaf): (path, leaf) for path, leaf in leaves(plain, "", set()) if isinstance(leaf, np.ndarray)
    }
    owners: dict[int, list[str]] = {}
    for path, leaf in arrays.values():
        base = leaf
        while isinstance(base.base, np.ndarray):
            base = base.base
        owners.setdefault(id(base), []).append(path)
    shared = [paths for paths in owners.values() if len(paths) > 1]
    assert shared == []


def test_a_torn_or_foreign_file_is_refused(course, tmp_path):
    _, files, _ = course
    content, path = files[0].read_bytes(), tmp_path / "torn.run"
    for harmed, sentence in ((content[:-9], "is torn"), (b"MZ", "is no file that il2sim saved")):
        path.write_bytes(harmed)
        with pytest.raises(SavedError, match=sentence) as caught:
            Simulation.load(path)
        assert str(caught.value).startswith(f"{path}: ")
    assert not [each for each in tmp_path.iterdir() if each != path]


def test_what_is_no_data_is_refused():
    with pytest.raises(SavedError, match="builtins.function, which is no data"):
        Writer(Config()).add({"a": [lambda: 1]})
    with pytest.raises(SavedError, match=Path.__name__):
        Writer(Config()).add([Path("a")])
