"""The tissue before treatment: what is laid, how it stays so while it settles, and one seed is one tissue."""

import numpy as np
import pytest
from numpy.typing import NDArray

from il2sim.models import Config, ConfigError, Simulation
from il2sim.models.build import build, remarks
from il2sim.models.pathology.endpoints import score
from il2sim.models.tissue.initial_tissue import dead_per_viable, infiltrate_shares, lattice_of, lay_tissue
from il2sim.sim.compile.arrays import tabulate
from il2sim.sim.result import Snapshot
from tests.tumours import IMMUNE, SOLID, tiny

NESTS = ("tumour", "dead", "cleared")


def tumour(width: str, **values: str) -> Config:
    """A section of a wide tumour, with keys of `patient`."""
    keys = {f"patient.{name}": text for name, text in values.items()}
    return tiny({"patient.width": width, "space.margin": "0.1 mm", **keys})


def laid(config: Config, seed: int = 1) -> Snapshot:
    """The tissue as it is laid, before anything moves."""
    model = build(config)
    table = tabulate(model, lattice_of(config))
    tissue = lay_tissue(config, model, table, seed)
    tissue.check()
    grids = [
        tissue.lattice.grid(part)
        for part in (tissue.layers["solid"].type_at, tissue.layers["immune"].type_at)
    ]
    names = table.cells["solid"], table.cells["immune"]
    return Snapshot(0.0, *grids, tissue.lattice.grid(tissue.bed), None, 15.0, 60.0, *names)


def settled(config: Config, seed: int = 1) -> Snapshot:
    """The tissue at day 0."""
    simulation = Simulation(config, seed)
    while simulation.is_settling:
        simulation.step()
    assert simulation.recorder is not None
    return simulation.recorder.snapshot(0.0)


def holds(snapshot: Snapshot, *names: str) -> NDArray[np.bool_]:
    """Voxels of these solid types."""
    return np.isin(snapshot.solid, [snapshot.solid_names.index(name) for name in names])


def immune(snapshot: Snapshot, name: str) -> NDArray[np.bool_]:
    return snapshot.immune == snapshot.immune_names.index(name)


def nest_to_stroma(snapshot: Snapshot, name: str) -> float:
    """Density in nests over density in stroma."""
    cells = immune(snapshot, name)
    return float(cells[holds(snapshot, *NESTS)].mean() / cells[holds(snapshot, "stroma", "vessel")].mean())


RESTED = tumour("2.5 mm", stil="30 %")


@pytest.fixture(scope="module")
def wide() -> Snapshot:
    """6 mm: noise of a few per cent even in NK cells."""
    return laid(tumour("6 mm", stil="30 %"))


@pytest.fixture(scope="module")
def rested() -> Snapshot:
    return settled(RESTED)


def test_the_bed_is_a_disc_of_the_width_given(wide: Snapshot):
    assert wide.bed.sum() * 0.015**2 == pytest.approx(np.pi * 3.0**2, rel=0.002)
    np.testing.assert_array_equal(wide.bed, wide.solid > 0)
    assert not (wide.immune > 0)[~wide.bed].any()


@pytest.mark.parametrize("stroma", [0.2, 0.45, 0.8])
@pytest.mark.parametrize("dimensions", ["2", "3"])
def test_solid_types_have_their_shares(stroma: float, dimensions: str):
    width = "3 mm" if dimensions == "2" else "0.6 mm"
    config = tumour(width, stroma=f"{100 * stroma:g} %").with_values({"space.dimensions": dimensions})
    snapshot = laid(config)
    count = {name: holds(snapshot, name).sum() / snapshot.bed.sum() for name in SOLID}
    assert count["stroma"] + count["vessel"] == pytest.approx(stroma, rel=1e-3)
    assert count["vessel"] == pytest.approx(75 * 0.015**2, rel=0.01)
    assert count["cleared"] == pytest.approx(0.03 * (1 - stroma), rel=0.01)
    assert count["dead"] / count["tumour"] == pytest.approx(dead_per_viable(config, build(config)), rel=0.01)


def test_dead_over_viable_is_loss_over_clearance():
    """0.133 / (0.5 + r); the 6-h clock adds a few per cent."""
    config = tumour("1 mm")
    assert dead_per_viable(config, build(config)) == pytest.approx(0.133 / (0.5 + 0.0067), rel=0.06)


def test_vessels_are_as_dense_as_given():
    snapshot = laid(tumour("3 mm", vessels="120 1/mm2"))
    assert holds(snapshot, "vessel").sum() / (snapshot.bed.sum() * 0.015**2) == pytest.approx(120, rel=0.01)


@pytest.mark.parametrize("stil", [5, 15, 40, 60, 80])
def test_stil_is_as_given_when_laid(stil: int):
    assert score(*(laid(tumour("3 mm", stil=f"{stil} %")),) * 2)["stil_percent"] == pytest.approx(
        stil, abs=1.5
    )


@pytest.mark.parametrize("stil", [5, 30, 60])
def test_stil_is_as_given_when_settled(stil: int):
    found = score(*(settled(tumour("1.5 mm", stil=f"{stil} %")),) * 2)["stil_percent"]
    assert found == pytest.approx(stil, abs=3)


@pytest.mark.slow
@pytest.mark.parametrize("stil", [2, 5, 15, 40, 60, 75])
def test_stil_of_a_settled_5_mm_tumour_is_as_given(stil: int):
    """Scored from the lattice, sTIL returns its input within 3 points."""
    found = score(*(settled(tumour("5 mm", stil=f"{stil} %")),) * 2)["stil_percent"]
    assert found == pytest.approx(stil, abs=3)


def test_populations_have_their_shares(wide: Snapshot):
    """CD8 40 % and Th 30 % of sTIL, CD8 : Treg 3, NK 5 profiles per mm2 (15/11 times as many in a slab)."""
    stroma = holds(wide, "stroma", "vessel")
    share = {name: immune(wide, name)[stroma].mean() for name in IMMUNE}
    assert share["cd8"] == pytest.approx(0.30 * 0.40, rel=0.05)
    assert share["th"] == pytest.approx(0.30 * 0.30, rel=0.05)
    assert sum(share.values()) == pytest.approx(0.30, rel=0.03)
    assert immune(wide, "cd8").sum() / immune(wide, "treg").sum() == pytest.approx(3.0, rel=0.08)
    area_mm2 = wide.bed.sum() * 0.015**2
    assert immune(wide, "nk").sum() / area_mm2 == pytest.approx(5.0 * 15 / 11, rel=0.25)
    assert score(wide, wide)["nk_per_mm2"] == pytest.approx(5.0, rel=0.25)


def test_cd8_density_at_15_percent_is_that_of_its_area():
    """267 per mm2 of slab in stroma at sTIL 15 %, 196 as profiles."""
    snapshot = laid(tumour("6 mm"))
    in_stroma = immune(snapshot, "cd8")[holds(snapshot, "stroma", "vessel")].mean()
    assert in_stroma / 0.015**2 == pytest.approx(267, rel=0.06)


def test_nk_cells_keep_within_a_sparse_infiltrate():
    config = tumour("1 mm", stil="1 %", nk="200 1/mm2")
    shares = infiltrate_shares(config, build(config))
    assert sum(stroma for stroma, _ in shares.values()) == pytest.approx(0.01)
    assert shares["other_til"][0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("stil", "nk", "laid"), [("5 %", "30 1/mm2", 19.0), ("1 %", "5 1/mm2", 3.8), ("15 %", "30 1/mm2", None)]
)
def test_nk_cells_without_room_are_remarked(stil: str, nk: str, laid: float | None):
    config = Config().with_values({"patient.stil": stil, "patient.nk": nk})
    found = [text for text in remarks(config) if text.startswith("patient.nk")]
    assert bool(found) == (laid is not None)
    if laid is not None:
        assert float(found[0].split(";")[1].split()[0]) == pytest.approx(laid, rel=0.06)


def test_nests_hold_what_speeds_let_in(wide: Snapshot, rested: Snapshot):
    """Entry 0.6 over exit 2 um/min is 0.3; at sTIL 30 % crowded stroma makes it 0.37."""
    free = 0.6 / 2.0
    crowded = free / (0.70 + free * 0.21 + 0.5 * 0.04)
    assert nest_to_stroma(wide, "th") == pytest.approx(crowded, rel=0.1)
    assert nest_to_stroma(rested, "th") == pytest.approx(crowded, rel=0.15)
    assert (
        crowded * 0.85 < nest_to_stroma(rested, "cd8") < crowded * 1.35
    )  # who holds a victim stays in the nest
    assert nest_to_stroma(rested, "other_til") < 0.02


def test_nests_of_excluded_tumours_stay_empty():
    assert nest_to_stroma(settled(tumour("2 mm", stil="30 %", phenotype="excluded")), "cd8") < 0.06


def test_settling_moves_no_share(rested: Snapshot):
    begun = laid(RESTED)
    was, now = (
        {name: int(holds(each, name).sum()) for name in SOLID}
        | {name: int(immune(each, name).sum()) for name in IMMUNE}
        for each in (begun, rested)
    )
    np.testing.assert_array_equal(rested.bed, begun.bed)
    moved = {name: abs(now[name] - was[name]) / was[name] for name in was}
    allowed = {name: 0.05 + 2.5 / was[name] ** 0.5 for name in was} | {"dead": 0.2}  # kills add a tenth
    assert {name: share for name, share in moved.items() if share > allowed[name]} == {}


@pytest.mark.parametrize("stroma", [20, 45, 80])
def test_the_mean_chord_of_a_nest_is_150_um(stroma: int):
    snapshot = laid(tumour("6 mm", stroma=f"{stroma} %"))
    inside = slice(100, 300)  # a square well within the disc
    nest = holds(snapshot, *NESTS)[inside, inside]
    starts = (nest[1:] & ~nest[:-1]).sum() + (nest[:, 1:] & ~nest[:, :-1]).sum()
    assert 15.0 * 2 * nest.sum() / starts == pytest.approx(150.0, rel=0.12)


def test_traits_are_as_at_arrival():
    config = tumour("4 mm", stil="40 %")
    model = build(config)
    table = tabulate(model, lattice_of(config))
    layer = lay_tissue(config, model, table, 1).layers["immune"]
    kinds, traits = layer.cell[: layer.count[0], 0], layer.trait[: layer.count[0]]
    cd8, nk = traits[kinds == table.code("cd8")], traits[kinds == table.code("nk")]
    reactive, exhaustion = table.trait("reactive"), table.trait("exhaustion")
    assert cd8[:, reactive].mean() == pytest.approx(0.10, abs=0.01)
    assert nk[:, table.trait("active")].mean() == pytest.approx(0.5, abs=0.2)
    assert set(cd8[:, reactive]) == {0.0, 1.0}
    assert (cd8[:, exhaustion] == 0.43).all()
    assert (nk[:, table.trait("vigour")] == 1.0).all()


@pytest.mark.parametrize("dimensions", ["2", "3"])
def test_one_seed_is_one_tissue(dimensions: str):
    config = tiny({"space.dimensions": dimensions})
    first, again, other = laid(config, 7), laid(config, 7), laid(config, 8)
    np.testing.assert_array_equal(first.solid, again.solid)
    np.testing.assert_array_equal(first.immune, again.immune)
    assert (first.solid != other.solid).mean() > 0.05
    assert (first.immune != other.immune).any()


def test_stil_above_80_percent_is_refused():
    with pytest.raises(ConfigError, match="patient.stil: '81 %' is outside 0 % to 80 %"):
        tumour("1 mm", stil="81 %")
