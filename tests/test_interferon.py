"""Interferon gamma and what answers it: who gives it off, how far it reaches, what a tumour at rest shows."""

import numpy as np
import pytest

from il2sim.models import Simulation
from il2sim.models.build import build
from il2sim.models.config.mechanisms import BIOLOGY
from il2sim.sim.language.units import to_internal
from tests.mechanism_case import config_with, model_with

RESPONDING = ("mhc1", "pd_l1", "cxcl10")


def test_only_killers_that_hold_a_victim_give_it_off() -> None:
    model = model_with(*BIOLOGY)
    sources = {rule.cell for rule in model.rules.values() if rule.other == "ifng"}
    assert sources == {"cd8", "nk"}
    for cell in sources:
        held, crowd = model.rules[f"{cell} secretes ifng"].modifiers
        assert (held.kind, held.signal.kind) == ("times", "engaged")
        assert (crowd.kind, crowd.signal.name, crowd.limit) == ("lowered", "treg", 0.0)


def test_regulatory_cells_hold_it_back_only_where_they_suppress() -> None:
    free = build(config_with("ifng", without="suppression"))
    for cell in ("cd8", "nk"):
        assert len(free.rules[f"{cell} secretes ifng"].modifiers) == 1


def test_its_length_is_the_one_declared() -> None:
    model = model_with(*BIOLOGY)
    spread = model.steady["ifng"]
    assert spread.length_um == model.value("ifng.length") == 150.0
    assert spread.length_um**2 * spread.loss == pytest.approx(to_internal(10.0, "um2/s"))
    assert spread.lag_h == 6.0


def test_pd_l1_takes_the_place_of_one_number() -> None:
    with_ligand, without = model_with("ifng", "pd_l1"), model_with("ifng")
    assert "exhaustion rises in cd8" not in with_ligand.rules
    assert "exhaustion rises in cd8 through PD-L1" in with_ligand.rules
    assert "exhaustion rises in cd8" in without.rules


@pytest.mark.parametrize("name", RESPONDING)
def test_without_the_field_nobody_answers(name: str) -> None:
    model = build(config_with(*(each for each in BIOLOGY if each != "ifng")))
    assert "ifng" not in model.cytokines
    assert "cxcl10" not in model.cytokines
    assert not any(m.signal.name == "ifng" for rule in model.rules.values() for m in rule.modifiers)
    assert any(parameter.startswith(f"{name}.") for parameter in model.parameters)


@pytest.mark.slow
def test_a_tumour_at_rest_shows_the_pd_l1_it_was_given_before() -> None:
    """`exhaustion.pd_l1` was 0.4 from memory (M20); the field's scale was chosen to give about that."""
    simulation = Simulation(config_with(*BIOLOGY).with_values({"patient.width": "2 mm"}), 1)
    while simulation.is_settling:
        simulation.step()
    tissue, table = simulation.tissue, simulation.table
    level = tissue.concentration[table.cytokines.index("ifng")]
    inside = np.unique(tissue.field_of[tissue.bed])
    share = level[inside] / (level[inside] + simulation.model.value("ifng.half"))
    assert 0.2 < share.mean() < 0.6
