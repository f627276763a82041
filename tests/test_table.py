"""From sentences to tables: clocks, codes, and what is dropped with an absent cell type."""

import pytest

from il2sim.sim.compile.arrays import tabulate
from il2sim.sim.language.model import Model, ModelError, gated_by, less, near, raised_by
from tests.hunt_case import LATTICE, hunt, small, written


def test_each_rule_finds_its_clock() -> None:
    table = written(hunt)
    assert dict(zip(table.sentences, table.clocks, strict=True)) == {
        "hunter hits prey": "contact",
        "wound falls in prey": "contact",
        "prey dies of wounds": "contact",
        "prey dies of age": "solid",
        "prey divides": "solid",
        "scent rises in hunter": "immune",
        "hunter dies of age": "immune",
        "hunter enters": "immune",
    }


def test_a_cell_named_like_a_contact_trait_does_not_change_a_clock() -> None:
    def declare(m: Model) -> None:
        prey, gap, _, hunter, _ = small(m)
        wound = m.trait("wound", layer="solid", bounded=False)
        hunter.hits(prey, 2.0, raises=wound, release=1.0)
        namesake = m.cell_type("wound")
        prey.dies(1.0, gated_by(near(namesake), 1.0), becomes=gap)

    assert written(declare).clocks[1] == "solid"


def test_codes_and_traits_by_name() -> None:
    table = written(hunt)
    assert table.cells == {"solid": ("empty", "prey", "gap", "door"), "immune": ("empty", "hunter", "grazer")}
    assert [table.code(name) for name in ("prey", "door", "grazer", "nobody")] == [1, 3, 2, 0]
    assert (table.trait("wound"), table.trait("scent"), table.trait("nothing")) == (0, 0, -1)
    assert table.bounded["immune"].tolist() == [False]


def test_a_rate_can_be_set_by_its_sentence() -> None:
    table = written(hunt)
    table.set_rate("prey divides", 0.7)
    assert table.rules.number[table.row("prey divides"), 0] == 0.7
    with pytest.raises(ModelError, match="no rule says 'prey divide'; did you mean 'prey divides'"):
        table.set_rate("prey divide", 1.0)


def test_rules_of_absent_cells_are_dropped() -> None:
    def declare(m: Model) -> None:
        prey, _, _, hunter, grazer = small(m)
        wolf = m.cell("wolf")
        wound = m.trait("wound", layer="solid", bounded=False)
        wolf.hits(prey, 1.0, raises=wound, release=1.0)
        wolf.migrates(1.0, persistence_min=1.0, within={}, entry={})
        wolf.starts(m.trait("scent"), 1.0)
        grazer.enters(0.1, at=m.cell("lake"))
        grazer.dies(0.2, raised_by(near(wolf), 1.0, 3.0), raised_by(near(hunter), 1.0, 3.0))
        wound.falls(prey, 1.0)
        m.modify("wolf hits prey", less(m.trait("scent")))

    model = Model(known=("wolf", "lake"))
    declare(model)
    model.finish()
    assert list(model.rules) == ["grazer dies"]
    assert [modifier.signal.name for modifier in model.rules["grazer dies"].modifiers] == ["hunter"]
    assert not model.walks
    assert not model.initial
    assert tabulate(model, LATTICE).sentences == ("grazer dies",)


def test_a_model_without_rules_can_be_written_out() -> None:
    assert written(lambda m: None if small(m) else None).sentences == ()


def test_modifiers_from_elsewhere_reach_their_rule() -> None:
    def declare(m: Model) -> None:
        hunt(m)
        m.modify("hunter hits prey", less(m.trait("tired")))

    model = Model()
    declare(model)
    model.finish()
    assert [modifier.kind for modifier in model.rules["hunter hits prey"].modifiers] == ["times", "less"]


def test_parameters_are_checked_when_declared() -> None:
    model = Model({"mouse.speed": "3 um/min", "mouse.sped": "1 1/h"})
    model.mechanism = "mouse"
    assert model.par("speed", 2.0, "um/min", range=(1.0, 5.0), source="seen") == pytest.approx(180.0)
    with pytest.raises(ModelError, match="declared twice"):
        model.par("speed", 2.0, "um/min", range=(1.0, 5.0), source="seen")
    with pytest.raises(ModelError, match="mouse.size: 9 um is outside its range 1 to 5 um"):
        model.par("size", 9.0, "um", range=(1.0, 5.0), source="seen")
    with pytest.raises(ModelError, match="known='guessed' is not one of seen"):
        model.par("colour", 1.0, "1", range=(0.0, 5.0), source="seen", known="guessed")
    with pytest.raises(ModelError, match="unknown parameter 'mouse.sped'; did you mean 'mouse.speed'"):
        model.finish()
