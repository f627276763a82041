"""One way for the data: a config is read once, a model is built and tabulated once for each simulation."""

from collections import Counter
from pathlib import Path

import pytest

from il2sim.models import Config, Simulation
from il2sim.models import build as building
from il2sim.models.config import reader
from il2sim.sim.compile import arrays as tabulating
from il2sim.sim.language.model import Model
from tests.tumours import tiny

CONFIG = """
extends: base.yaml
schedule: {protocol: registry_2025, days: [0], surgery_day: 1.5}
"""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a model is finished and tabulated, and each file parsed."""
    found: Counter[str] = Counter()

    def counting(owner: object, name: str, key: str = "") -> None:
        original = getattr(owner, name)

        def call(*given: object, **named: object) -> object:
            found[key or str(given[0])] += 1
            return original(*given, **named)

        monkeypatch.setattr(owner, name, call)

    counting(Model, "finish", "built")
    counting(tabulating, "Table", "tabulated")
    counting(reader, "root_of")
    return found


@pytest.mark.parametrize("dose", ["0.5 MIU/mm", "0 MIU/mm"])
def test_a_run_builds_and_tabulates_its_model_once(counted: Counter[str], dose: str):
    simulation = Simulation(tiny({"patient.width": "0.3 mm", "schedule.dose": dose}), 1)
    while not simulation.finished:
        simulation.step()
    simulation.result()
    assert counted["built"] == counted["tabulated"] == 1


def test_remarks_need_one_model_and_no_arrays(counted: Counter[str]):
    building.remarks(tiny({"patient.nk": "200 1/mm2"}))
    assert (counted["built"], counted["tabulated"]) == (1, 0)


def test_two_runs_share_no_model():
    first, second = Simulation(tiny(), 1), Simulation(tiny(), 1)
    assert first.model is not second.model
    assert first.table is not second.table


def test_each_file_is_parsed_once(counted: Counter[str], tmp_path: Path):
    own, base = tmp_path / "own.yaml", tmp_path / "base.yaml"
    own.write_text(CONFIG, "utf-8")
    base.write_text("patient: {width: 0.4 mm}\n", "utf-8")
    config = Config.load(own)
    config.with_values({"patient.width": "0.5 mm"}).without_drug()
    assert (counted[str(own)], counted[str(base)]) == (1, 1)
    assert max(counted.values()) == 1
