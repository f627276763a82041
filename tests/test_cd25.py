"""CD25: induced by the signal, felt at fifty times less, and taking up IL-2 in both books."""

import numpy as np
import pytest

from il2sim.models import Simulation
from il2sim.models.drug.tissue_pk.cell_densities import Census
from tests.mechanism_case import config_with, model_with


def test_a_cell_with_the_receptor_answers_to_less() -> None:
    model = model_with("cd25")
    plain = model.rules["il2_signal rises in cd8"]
    sharp = model.rules["il2_signal rises in cd8 through CD25"]
    assert plain.rate == sharp.rate
    assert [m.kind for m in plain.modifiers] == ["gated", "less"]
    assert [(m.kind, m.signal.name) for m in sharp.modifiers] == [("gated", "il2"), ("times", "cd25")]
    assert sharp.modifiers[0].half == 0.05 < plain.modifiers[0].half / 40.0


def test_antigen_alone_induces_none() -> None:
    """CD8 cells of tumours have next to none [S28]: every way up needs the signal."""
    rules = [
        rule for rule in model_with("cd25").rules.values() if rule.verb == "rises" and rule.other == "cd25"
    ]
    assert len(rules) == 4
    for rule in rules:
        assert "il2_signal" in {modifier.signal.name for modifier in rule.modifiers}


def test_uptake_counts_what_the_cells_carry() -> None:
    simulation = Simulation(config_with("cd25"), 1)
    tissue, table = simulation.tissue, simulation.table
    immune, column = tissue.layers["immune"], table.trait("cd25")
    count = int(immune.count[0])
    immune.trait[:count, column] = np.random.default_rng(1).random(count)
    census = Census(table, simulation.model.carriers)
    is_cd8 = immune.cell[:count, 0] == table.code("cd8")
    carried = immune.trait[:count, column][is_cd8].sum()
    in_field, per_ml = census.in_field(tissue), census.per_ml(tissue)
    assert in_field["cd8_cd25"].sum() == pytest.approx(carried)
    assert per_ml["cd8_cd25"] / per_ml["cd8"] == pytest.approx(carried / is_cd8.sum())
    assert (in_field["cd8_cd25"] <= in_field["cd8"] + 1e-12).all()


def test_the_books_close_and_name_who_took_it() -> None:
    simulation = Simulation(config_with("cd25"), 1)
    while not simulation.finished:
        simulation.step()
    ledger = simulation.result().ledger
    for book in ("il2_nmol", "il2_section_amol"):
        assert abs(ledger[book]["residual_relative"]) < 1e-6
        assert ledger[book]["taken_up_cd8_cd25"] > 0.0


def test_it_goes_with_one_line_and_with_il2() -> None:
    assert model_with("cd25").carriers
    assert not model_with().carriers
    assert not Simulation(config_with("cd25", without="il2"), 1).model.carriers
