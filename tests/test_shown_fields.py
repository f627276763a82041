"""A field that is declared as shown is shown by somebody, and the list of who shows what is true."""

from typing import Any

import pytest

from il2sim.models import Simulation
from il2sim.models.config.mechanisms import mechanism_names
from il2sim.models.drug.treatment import BEGUN, SHOWN_BY
from il2sim.sim.engine import Engine
from tests.tumours import tiny

ALL = {"mechanisms": f"[{', '.join(mechanism_names())}]", "schedule.surgery_day": "1"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the fields that an engine is given while a test runs."""
    names: set[str] = set()
    show = Engine.set_field

    def noting(engine: Engine, name: str, concentration: Any) -> None:
        names.add(name)
        show(engine, name, concentration)

    monkeypatch.setattr(Engine, "set_field", noting)
    return names


def test_a_run_shows_what_it_says_it_shows(told: set[str]) -> None:
    simulation = Simulation(tiny(ALL), seed=1)
    assert simulation.model.shown | {BEGUN} == set(SHOWN_BY)
    while not simulation.finished:
        simulation.step()
    assert told - set(simulation.model.steady) == simulation.model.shown


def test_who_shows_a_field_is_a_mechanism_that_declares_it() -> None:
    model = Simulation(tiny(ALL), seed=1).model
    for name, mechanism in SHOWN_BY.items():
        assert mechanism == model.authors.get(f"shown cytokine {name!r}", "")
