"""The engine and the naive tick agree cell by cell on random small tissues with random rules."""

import numpy as np
import pytest

from il2sim.sim.engine import SimError
from il2sim.sim.language.model import Modifier, Rule, Walk
from il2sim.sim.tissue import HEADING, PARTNER, TYPE, VOXEL
from tests.naive import Naive
from tests.naive_growth import FullError
from tests.naive_tissue import Case, Cell, Place
from tests.random_case import RandomCase, random_case

TICKS = 7


def plain_modifier(modifier: Modifier) -> dict:
    signal = modifier.signal
    return {
        "kind": modifier.kind, "half": modifier.half, "limit": modifier.limit, "hill": modifier.hill,
        "source": signal.kind, "name": signal.name, "radius": signal.radius_um, "weight": signal.weight,
        "each": signal.each,
    }  # fmt: skip


def plain_rule(rule: Rule) -> dict:
    same = ("sentence", "verb", "cell", "rate", "other", "raises", "release", "expands", "into", "law")
    return {name: getattr(rule, name) for name in same} | {
        "modifiers": [plain_modifier(modifier) for modifier in rule.modifiers],
        "target": [plain_modifier(modifier) for modifier in rule.victim_modifiers],
        "daughters": dict(rule.daughters),
        "counts": dict(rule.counts),
    }


def plain_walk(walk: Walk) -> dict:
    return {
        "cell": walk.cell, "speed": walk.speed, "persistence": walk.persistence_min,
        "within": dict(walk.within), "entry": dict(walk.entry),
        "uphill": walk.uphill and walk.uphill._asdict(),
    }  # fmt: skip


def places(case: RandomCase) -> dict[int, Place]:
    """Place of each flat interior voxel."""
    lattice = case.engine.tissue.lattice
    return dict(zip(lattice.interior.tolist(), np.ndindex(*lattice.shape), strict=True))


def cells(case: RandomCase, name: str) -> dict[Place, Cell]:
    """One layer as the naive tick holds it."""
    layer, at, table = case.engine.tissue.layers[name], places(case), case.table
    found = {}
    for row, traits in zip(layer.cell[: layer.count[0]], layer.trait, strict=False):
        partner = at[int(row[PARTNER])] if row[PARTNER] >= 0 else None
        carried = dict(zip(table.traits[name], traits.tolist(), strict=True))
        found[at[int(row[VOXEL])]] = Cell(table.cells[name][row[TYPE]], carried, int(row[HEADING]), partner)
    return found


def plain_case(case: RandomCase) -> Case:
    engine, model, table = case.engine, case.model, case.table
    tissue, at = engine.tissue, places(case)
    fields = {
        name: {place: float(tissue.concentration[i, tissue.field_of[voxel]]) for voxel, place in at.items()}
        for i, name in enumerate(table.cytokines)
    }
    clocks, tissue_mix = engine.clocks, tissue.tissue_mix
    return Case(
        tissue.lattice.shape, tissue.lattice.voxel_um, list(table.cells["solid"][1:]),
        {layer: list(names) for layer, names in table.traits.items()},
        {name: bounded for name, (_, bounded) in model.traits.items()},
        [plain_rule(rule) for rule in model.rules.values()], [plain_walk(walk) for walk in model.walks],
        {key: start for key, start in model.initial.items() if key[1] not in model.inherited}, fields,
        case.field_side, {name: tuple(spread) for name, spread in model.steady.items()},
        set(model.inherited), engine.seed, clocks.tick_hours, clocks.immune_ticks, clocks.solid_ticks,
        clocks.contact_substeps,
        {place: float(tissue_mix.texture[voxel]) for voxel, place in at.items()},
        {place: float(tissue_mix.lot[voxel]) for voxel, place in at.items()},
        [[table.cells["solid"][code] for code in ground] for ground in tissue_mix.grounds],
    )  # fmt: skip


def assert_same_cells(found: dict[Place, Cell], expected: dict[Place, Cell]) -> None:
    assert {p: cell.type for p, cell in found.items()} == {p: cell.type for p, cell in expected.items()}
    for place, cell in found.items():
        assert (place, cell.heading) == (place, expected[place].heading)
        assert (place, cell.partner) == (place, expected[place].partner)
        assert cell.traits == pytest.approx(expected[place].traits, rel=1e-12, abs=1e-12), place


def assert_same_counts(case: RandomCase, naive: Naive) -> None:
    counts, expected = case.engine.counts, naive.tissue.counts
    for found, wanted in ((counts.fired, expected.fired), (counts.left, expected.left)):
        assert {s: n for s, n in zip(case.table.sentences, found.tolist(), strict=True) if n} == wanted
    solid = case.table.cells["solid"]
    for found, wanted in ((counts.filled, expected.filled), (counts.gained, expected.gained)):
        assert {name: n for name, n in zip(solid, found.tolist(), strict=False) if n} == {
            name: n for name, n in wanted.items() if n
        }
    assert counts.turned_back == expected.turned_back


def give_a_past(case: RandomCase, naive: Naive) -> None:
    """Let time pass for traits alone."""
    loss = {"hunter": 0.1, "grazer": 0.3}
    naive.pass_time(2.5, loss)
    case.engine.pass_time(2.5, np.array([0.0, *(loss[name] for name in case.table.cells["immune"][1:])]))
    assert_same_cells(cells(case, "immune"), naive.tissue.immune)


def compare(number: int, dimensions: int) -> set[str]:
    """Run both side by side; the verbs that fired."""
    case = random_case(number, dimensions)
    naive = Naive(plain_case(case), cells(case, "solid"), cells(case, "immune"))
    for tick in range(TICKS):
        if tick == number % 12:
            give_a_past(case, naive)
        try:
            case.engine.step()
        except SimError:
            with pytest.raises(FullError):
                naive.step()
            break
        naive.step()
        case.engine.tissue.check()
        assert_same_cells(cells(case, "immune"), naive.tissue.immune)
        assert_same_cells(cells(case, "solid"), naive.tissue.solid)
        assert_same_counts(case, naive)
    return set(naive.tissue.counts.fired)


@pytest.mark.parametrize("number", range(36))
def test_sections_agree(number: int) -> None:
    compare(number, 2)


@pytest.mark.parametrize("number", range(14))
def test_volumes_agree(number: int) -> None:
    compare(number, 3)
