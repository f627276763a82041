"""What a model may not say, and in which words it is refused."""

import pytest

from il2sim.sim.language.model import (
    Model,
    ModelError,
    engaged,
    gated_by,
    less,
    lowered_by,
    near,
    times,
    within,
)
from tests.hunt_case import Declare, hunt, small, written


def misspelt_rule(m: Model) -> None:
    hunt(m)
    m.modify("hunter hitz prey", less(m.trait("tired")))


def misspelt_cell(m: Model) -> None:
    hunt(m)
    m.cell("huntr").dies(1.0)


def twice(m: Model) -> None:
    hunt(m)
    m.cell_type("hunter").dies(1.0, label="age")


def hill_of_three(m: Model) -> None:
    gated_by(m.trait("scent"), 1.0, hill=3)


def half_of_nothing(m: Model) -> None:
    lowered_by(m.trait("scent"), 0.0, 0.5)


def unknown_layer(m: Model) -> None:
    m.cell_type("moss", layer="ground")


def moving_what_is_no_trait(m: Model) -> None:
    hunt(m)
    near(m.cell_type("prey")).rises(m.cell_type("hunter"), 1.0)


def foreign_trait(m: Model) -> None:
    hunt(m)
    m.cell_type("hunter").dies(1.0, times(m.trait("wound", layer="solid")))


def foreign_trait_moved(m: Model) -> None:
    hunt(m)
    m.trait("wound", layer="solid").rises(m.cell_type("hunter"), 1.0)


def healing_without_hits(m: Model) -> None:
    hunt(m)
    m.trait("bark", layer="solid").rises(m.cell_type("prey"), 1.0)


def hits_that_raise_a_hunters_trait(m: Model) -> None:
    prey, _, _, hunter, _ = small(m)
    hunter.hits(prey, 1.0, raises=m.trait("scent"), release=1.0)


def hits_on_a_walker(m: Model) -> None:
    _, _, _, hunter, grazer = small(m)
    hunter.hits(grazer, 1.0, raises=m.trait("wound", layer="solid"), release=1.0)


def two_kinds_of_victims(m: Model) -> None:
    hunt(m)
    m.cell_type("hunter").hits(
        m.cell_type("gap", "solid"), 1.0, raises=m.trait("wound", "solid"), release=1.0
    )


def two_kinds_of_wounds(m: Model) -> None:
    hunt(m)
    m.cell_type("grazer").hits(
        m.cell_type("prey", "solid"), 1.0, raises=m.trait("rust", "solid"), release=1.0
    )


def dying_into_nothing(m: Model) -> None:
    small(m)[0].dies(1.0)


def becoming_a_walker(m: Model) -> None:
    prey, *_, grazer = small(m)
    prey.becomes(grazer, 1.0)


def dividing_into_nothing(m: Model) -> None:
    small(m)[0].divides(1.0)


def doors_that_walk(m: Model) -> None:
    *_, hunter, grazer = small(m)
    hunter.enters(1.0, at=grazer)


def walking_trees(m: Model) -> None:
    small(m)[0].migrates(1.0, persistence_min=1.0, within={}, entry={})


def a_crowd_of_trees(m: Model) -> None:
    prey, *_, hunter, _ = small(m)
    hunter.dies(1.0, gated_by(within(prey, 30.0), 1.0))


def a_crowd_counted_twice(m: Model) -> None:
    *_, grazer = small(m)
    scent = m.trait("scent")
    within(grazer, 30.0, scent, only=scent)


def a_crowd_beyond_sight(m: Model) -> None:
    *_, hunter, grazer = small(m)
    hunter.dies(1.0, gated_by(within(grazer, 241.0), 1.0))


def an_engaged_tree(m: Model) -> None:
    prey, gap, *_ = small(m)
    prey.becomes(gap, 1.0, times(engaged()))


def looking_while_dying_of_wounds(m: Model) -> None:
    hunt(m)
    m.cell_type("prey", "solid").dies(
        1.0, times(m.trait("wound", "solid")), gated_by(near(m.cell_type("hunter")), 1.0), label="fright",
        becomes=m.cell_type("gap", "solid"),
    )  # fmt: skip


def hits_that_look_at_the_victims_surroundings(m: Model) -> None:
    prey, _, _, hunter, grazer = small(m)
    wound = m.trait("wound", layer="solid")
    hunter.hits(prey, 1.0, raises=wound, release=1.0, target=(gated_by(near(grazer), 1.0),))


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (misspelt_rule, "no rule says 'hunter hitz prey'; did you mean 'hunter hits prey'"),
        (misspelt_cell, "unknown cell type 'huntr'; did you mean 'hunter'"),
        (twice, "two rules say 'hunter dies of age': give one a label"),
        (hill_of_three, r"scent: hill 3 is not one of \(1, 2, 4, 8\)"),
        (half_of_nothing, "scent: the half-maximum 0.0 must be above 0"),
        (unknown_layer, "moss: layer 'ground' is not one of solid, immune"),
        (moving_what_is_no_trait, "prey: only a trait rises or falls, this is a near signal"),
        (foreign_trait, "hunter dies: trait 'wound' is not carried by the immune layer"),
        (foreign_trait_moved, "wound rises in hunter: trait 'wound' is not carried by the immune layer"),
        (healing_without_hits, "bark rises in prey: a solid cell's trait must be raised by hits"),
        (
            hits_that_raise_a_hunters_trait,
            "hunter hits prey: trait 'scent' is not carried by the solid layer",
        ),
        (hits_on_a_walker, "hunter hits grazer: grazer must be of the solid layer"),
        (two_kinds_of_victims, "hunter hits gap: a cell type hits one kind of victim only"),
        (two_kinds_of_wounds, "hits raise rust, wound: all hits must raise the same trait"),
        (dying_into_nothing, "prey dies: a solid cell stays in place; say what it becomes"),
        (becoming_a_walker, "prey becomes grazer: grazer must be of the solid layer"),
        (dividing_into_nothing, "prey divides: say into which type of voxel a daughter goes"),
        (doors_that_walk, "hunter enters: grazer must be of the solid layer"),
        (walking_trees, "prey migrates: prey must be of the immune layer"),
        (a_crowd_of_trees, "hunter dies: prey must be of the immune layer"),
        (
            a_crowd_counted_twice,
            r"within\(grazer\): weight=scent counts 1 \+ scent, only=scent counts scent alone; keep the one",
        ),
        (a_crowd_beyond_sight, "within 241 um of grazer; at most 240 um can be seen"),
        (an_engaged_tree, "prey becomes gap: only a cell of the immune layer can be engaged"),
        (looking_while_dying_of_wounds, "prey dies of fright: on the contact clock"),
        (hits_that_look_at_the_victims_surroundings, "hunter hits prey: of a victim only traits are read"),
    ],
)
def test_what_cannot_run_is_refused_in_one_sentence(declare: Declare, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        written(declare)
    assert "\n" not in str(caught.value)
