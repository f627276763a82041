"""Traits that solid cells pass on: their share, their patches, and that daughters have them."""

import numpy as np
import pytest

from il2sim.models.build import build
from il2sim.models.tissue.initial_tissue import lattice_of, lay_clones, lay_tissue
from il2sim.sim.compile.arrays import Table, tabulate
from il2sim.sim.engine import Clocks, Declared, Engine
from il2sim.sim.language.model import Model
from il2sim.sim.tissue import TYPE, VOXEL, Tissue
from tests.tumours import tiny


def with_clones(share: float, patch_um: float, width: str = "3 mm") -> tuple[Model, Table, Tissue]:
    """A laid section whose tumour cells carry `mark` in a share of them."""
    config = tiny({"patient.width": width, "space.margin": "0.1 mm", "mechanisms": "[tumour]"})
    model = build(config)
    tumour = model.cell("tumour")
    tumour.starts(model.trait("mark", layer="solid", inherited=True), share=share, patch_um=patch_um)
    table = tabulate(model, lattice_of(config))
    return model, table, lay_tissue(config, model, table, 1)


def marks(table: Table, tissue: Tissue) -> np.ndarray:
    solid = tissue.layers["solid"]
    slots = np.flatnonzero(solid.cell[: solid.count[0], TYPE] == table.code("tumour"))
    return solid.trait[slots, table.trait("mark")]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_share_is_what_was_asked_for(share: float) -> None:
    _, table, tissue = with_clones(share, 300.0, "1 mm")
    found = marks(table, tissue)
    assert found.mean() == pytest.approx(share, abs=0.5 / found.size)
    solid = tissue.layers["solid"]
    others = solid.cell[: solid.count[0], TYPE] != table.code("tumour")
    assert (solid.trait[: solid.count[0]][others, table.trait("mark")] == 0.0).all()


def test_clones_lie_in_patches_as_wide_as_asked_for() -> None:
    """Tumour cells 3 voxels apart share their mark far more often in wide patches than by chance."""
    alike = {}
    for patch_um in (60.0, 600.0):
        _, table, tissue = with_clones(0.3, patch_um)
        solid, lattice = tissue.layers["solid"], tissue.lattice
        mark = np.full(lattice.size, -1.0)
        slots = np.flatnonzero(solid.cell[: solid.count[0], TYPE] == table.code("tumour"))
        mark[solid.cell[slots, VOXEL]] = solid.trait[slots, table.trait("mark")]
        grid = lattice.grid(mark)
        both = (grid[3:] >= 0.0) & (grid[:-3] >= 0.0)
        alike[patch_um] = float((grid[3:] == grid[:-3])[both].mean())
    assert alike[600.0] > 0.9 > alike[60.0] > 0.55  # 0.58 by chance


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_the_rarer_kind_is_as_wide_as_asked_for(share: float) -> None:
    """Mean run of the rarer kind along a line; stroma is left out, as the patches do not know it."""
    _, table, tissue = with_clones(share, 300.0, "6 mm")
    solid, lattice = tissue.layers["solid"], tissue.lattice
    mark = np.full(lattice.size, np.nan)
    slots = np.flatnonzero(solid.cell[: solid.count[0], TYPE] == table.code("tumour"))
    mark[solid.cell[slots, VOXEL]] = solid.trait[slots, table.trait("mark")]
    rare = 1.0 if share < 0.5 else 0.0
    runs = []
    for line in lattice.grid(mark):
        kind = line[np.isfinite(line)] == rare
        ends = np.flatnonzero(np.diff(np.concatenate([[0], kind.astype(int), [0]])))
        runs += list(ends[1::2] - ends[::2])
    tumour_share = slots.size / int(solid.count[0])
    assert np.mean(runs) / tumour_share * lattice.voxel_um == pytest.approx(300.0, rel=0.25)


def test_another_seed_has_other_clones_and_the_same_has_the_same() -> None:
    model, table, tissue = with_clones(0.3, 300.0, "1 mm")
    first = marks(table, tissue).copy()
    lay_clones(model, table, tissue, 1)
    assert np.array_equal(marks(table, tissue), first)
    lay_clones(model, table, tissue, 2)
    assert not np.array_equal(marks(table, tissue), first)


def test_daughters_have_their_mothers_mark() -> None:
    """Unselected, the share holds while most cells are replaced; lost marks would halve it in 5 days."""
    model, table, tissue = with_clones(0.5, 100.0, "1 mm")
    engine = Engine(tissue, table, Declared(list(model.rules.values()), model.walks), 1, Clocks())
    table.set_rate("tumour divides", model.value("tumour.loss_rate"))
    engine.let_expand("tumour divides", 0.0)
    for _ in range(15 * 144):
        engine.step()
    assert marks(table, tissue).mean() == pytest.approx(0.5, abs=0.06)
