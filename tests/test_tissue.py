"""Cell tables: whatever is put, moved, turned or removed, the maps and the tables keep saying the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2sim.sim.kernels import cell_tables
from il2sim.sim.lattice import Lattice
from il2sim.sim.tissue import HEADING, PARTNER, TYPE, VOXEL, Tissue, TissueError, TissueMix, empty_layer

LATTICE = Lattice((5, 6), 15.0)


def tissue(capacity: int = 30) -> Tissue:
    layers = {name: empty_layer(LATTICE, 2, capacity) for name in ("solid", "immune")}
    field_of, field_shape = LATTICE.blocks(2)
    texture = np.zeros(LATTICE.size, np.float32)
    tissue_mix = TissueMix(texture, texture, ((1, 2),))
    return Tissue(
        LATTICE, layers, np.zeros((1, 9)), field_of, field_shape, tissue_mix, np.zeros(LATTICE.size, bool)
    )


def scattered(share: float = 0.5) -> Tissue:
    made = tissue()
    rng = np.random.default_rng(4)
    voxels = LATTICE.interior[rng.random(LATTICE.interior.size) < share]
    made.add("immune", voxels, rng.integers(1, 3, voxels.size).astype(np.int8))
    made.layers["immune"].trait[: voxels.size] = rng.random((voxels.size, 2))
    return made


def test_an_empty_layer_is_walled() -> None:
    layer = tissue().layers["immune"]
    assert (LATTICE.grid(layer.type_at) == 0).all()
    assert (layer.type_at == -1).sum() == LATTICE.size - LATTICE.interior.size
    tissue().check()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("prtm"), st.integers(0, 29), st.integers(0, 29)), max_size=60))
def test_the_tables_survive_any_sequence(actions: list[tuple[str, int, int]]) -> None:
    made, expected = tissue(), {}
    layer = made.layers["immune"]
    for action, a, b in actions:
        voxel, other = int(LATTICE.interior[a]), int(LATTICE.interior[b])
        slot = int(layer.slot_at[voxel])
        if action == "p" and slot < 0:
            slot = cell_tables.put(layer, voxel, 1 + b % 2)
            layer.trait[slot] = a, b
            expected[voxel] = (1 + b % 2, a, b)
        elif action == "r" and slot >= 0:
            cell_tables.remove(layer, slot)
            del expected[voxel]
        elif action == "t" and slot >= 0:
            cell_tables.turn_into(layer, slot, 1 + b % 2)
            expected[voxel] = (1 + b % 2, 0, 0)
        elif action == "m" and slot >= 0 and other not in expected:
            cell_tables.move(layer, slot, other)
            expected[other] = expected.pop(voxel)
    made.check()
    n = int(layer.count[0])
    found = {
        int(row[VOXEL]): (int(row[TYPE]), *traits)
        for row, traits in zip(layer.cell[:n], layer.trait[:n], strict=True)
    }
    assert found == expected


def test_a_cell_turned_into_another_holds_nobody() -> None:
    made = scattered()
    layer = made.layers["immune"]
    layer.cell[3, PARTNER], layer.cell[3, HEADING] = int(LATTICE.interior[7]), 2
    cell_tables.turn_into(layer, 3, 2)
    assert layer.cell[3, PARTNER] == -1


def test_adding_grows_the_table() -> None:
    made = tissue(capacity=2)
    made.add("solid", LATTICE.interior, np.ones(LATTICE.interior.size, np.int8))
    made.check()
    assert made.counts("solid", 2).tolist() == [0, 30, 0]


def test_there_is_room_for_every_cell_to_divide() -> None:
    lattice = Lattice((40, 40), 15.0)
    layers = {"immune": empty_layer(lattice, 1, 300)}
    field_of, shape = lattice.blocks(4)
    texture = np.zeros(lattice.size, np.float32)
    made = Tissue(
        lattice, layers, np.zeros((1, 100)), field_of, shape, TissueMix(texture, texture, ()), texture > 0
    )
    made.add("immune", lattice.interior[:290], np.ones(290, np.int8))
    made.make_room()
    assert len(made.layers["immune"].cell) >= 2 * 290
    made.check()


def test_sorting_changes_the_order_only() -> None:
    made = scattered()
    layer = made.layers["immune"]
    cell_tables.remove(layer, 0)
    before = {
        int(row[VOXEL]): (tuple(row), tuple(t))
        for row, t in zip(layer.cell[: layer.count[0]], layer.trait, strict=False)
    }
    made.sort("immune")
    made.check()
    after = {
        int(row[VOXEL]): (tuple(row), tuple(t))
        for row, t in zip(layer.cell[: layer.count[0]], layer.trait, strict=False)
    }
    assert after == before
    assert (np.diff(layer.cell[: layer.count[0], VOXEL]) > 0).all()


def test_a_copy_is_independent() -> None:
    made = scattered()
    twin = made.copy()
    cell_tables.remove(made.layers["immune"], 2)
    made.concentration[:] = 1.0
    made.bed[:] = True
    twin.check()
    assert int(twin.layers["immune"].count[0]) == int(made.layers["immune"].count[0]) + 1
    assert not twin.concentration.any()
    assert not twin.bed.any()


def break_slot_map(made: Tissue) -> None:
    layer = made.layers["immune"]
    layer.slot_at[layer.cell[0, VOXEL]] = 1


def break_type_map(made: Tissue) -> None:
    layer = made.layers["immune"]
    layer.type_at[layer.cell[0, VOXEL]] = 5


def double(made: Tissue) -> None:
    layer = made.layers["immune"]
    layer.cell[1, VOXEL] = layer.cell[0, VOXEL]


def leave_a_ghost(made: Tissue) -> None:
    layer = made.layers["immune"]
    empty = LATTICE.interior[layer.slot_at[LATTICE.interior] < 0][0]
    layer.slot_at[empty] = 0


def step_into_the_wall(made: Tissue) -> None:
    layer = made.layers["immune"]
    layer.cell[0, VOXEL] = 0


def spoil_a_trait(made: Tissue) -> None:
    made.layers["immune"].trait[0, 0] = np.nan


@pytest.mark.parametrize(
    ("spoil", "claim"),
    [
        (break_slot_map, "slot map"),
        (break_type_map, "type map"),
        (double, "one cell per voxel"),
        (leave_a_ghost, "outside the table"),
        (step_into_the_wall, "in the wall"),
        (spoil_a_trait, "finite traits"),
    ],
)
def test_check_names_what_is_broken(spoil, claim: str) -> None:
    made = scattered()
    made.check()
    spoil(made)
    with pytest.raises(TissueError, match=claim):
        made.check()


def test_a_mosaic_lays_exactly_what_is_wanted() -> None:
    """Grounds follow the texture, types of one ground the lot; nothing is left over."""
    rng = np.random.default_rng(2)
    texture, lot = (rng.random(LATTICE.size).astype(np.float32) for _ in range(2))
    tissue_mix = TissueMix(texture, lot, ((3, 1), (2,)))
    voxels, types = tissue_mix.lay(LATTICE.interior, np.array([0, 10, 14, 6]))
    assert sorted(voxels) == sorted(LATTICE.interior)
    assert np.bincount(types).tolist() == [0, 10, 14, 6]
    assert texture[voxels[types != 2]].max() < texture[voxels[types == 2]].min()
    assert lot[voxels[types == 3]].max() < lot[voxels[types == 1]].min()
