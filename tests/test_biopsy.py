"""The biopsy: where its cores lie, what they take, what it calls in, and what its arms share."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from il2sim.models import Config, ConfigError, settle, simulate
from il2sim.models.biology.treatment_effects.biopsy import cavity, core_tracks
from il2sim.models.build import build, remarks
from il2sim.models.config.model import MECHANISMS
from il2sim.models.simulation import Simulation
from il2sim.models.tissue.equilibration import Baseline, tumour_key
from il2sim.sim.result import Result
from tests.cores_case import section_share
from tests.mechanism_case import config_with, factor
from tests.tumours import IMMUNE, tiny, unbalanced_cells

# thinner than any needle, so that it leaves something of half a millimetre
THIN = {
    "schedule.biopsy_days_before": "3", "allow_outside": "true",
    "biopsy.width": "0.2 mm", "biopsy.cores": "2",
}  # fmt: skip
ON = "mechanisms: [tumour, biopsy]\n"


def biopsied(values: dict[str, str] | None = None) -> Config:
    return config_with("biopsy").with_values({**THIN, **(values or {})})


@cache
def baseline() -> Baseline:
    return settle(biopsied(), 1)


@cache
def run_of(config: Config) -> Result:
    return simulate(config, 1, baseline())


def viable(simulation: Simulation) -> np.ndarray:
    """Where viable tumour lies, on the section."""
    grid = simulation.tissue.lattice.grid(simulation.tissue.layers["solid"].type_at)
    return grid == simulation.table.code("tumour")


@pytest.mark.parametrize(("method", "numbers"), [("core", (4, 1.2, 15)), ("vacuum", (12, 3, 20))])
def test_the_method_sets_the_needle(method: str, numbers: tuple[float, ...]):
    declared = build(config_with("biopsy").with_values({"schedule.biopsy": method})).parameters
    assert tuple(declared[f"biopsy.{name}"].value for name in ("cores", "width", "length")) == numbers
    assert all(each.known != "seen" for name, each in declared.items() if name.startswith("biopsy."))


def test_it_is_off_unless_named_and_then_leaves_the_settled_tumour_alone():
    assert "biopsy" not in MECHANISMS
    bare = tiny({"allow_outside": "true"})
    assert tumour_key(biopsied()) == tumour_key(bare)
    other_day = bare.with_values({"schedule.biopsy_days_before": "20", "schedule.biopsy": "vacuum"})
    assert run_of(other_day).digest == run_of(bare).digest == simulate(bare, 1).digest
    assert not any("biopsy" in name for name in run_of(bare).endpoints)


def test_days_before_the_first_injection_count_down_and_belong_to_the_waiting():
    simulation = Simulation(biopsied(), 1)
    days, progress = [simulation.day], [simulation.progress]
    while not simulation.finished:
        assert simulation.is_settling == (simulation.day < 0.0) == (simulation.recorder is None)
        simulation.step()
        days.append(simulation.day)
        progress.append(simulation.progress)
        if simulation.baseline is None:
            assert simulation.day < -3.0
    assert np.diff(days).min() >= 0.0
    assert np.diff(days).max() == pytest.approx(1.0 / 144.0, rel=1e-6)
    assert np.diff(progress).min() >= 0.0
    assert (progress[0], progress[-1]) == pytest.approx((0.0, 1.0), abs=1e-6)
    assert simulation.result().digest == run_of(biopsied()).digest
    assert simulation.result().series["day"][0] == 0.0


def test_each_layer_is_taken_in_one_step_of_its_clock_and_nothing_else_is():
    simulation = Simulation(biopsied({"biopsy.influx_fold": "1", "biopsy.cores": "1"}), 1, baseline())
    lattice = simulation.tissue.lattice
    points = np.argwhere(viable(simulation) | True) - (np.array(lattice.shape) - 1) / 2.0
    points_um = np.column_stack([points * 15.0, np.zeros(len(points))])
    tracks = core_tracks(1, 1, 15e3, 125.0)
    deep = cavity(points_um, tracks, 200.0 - 90.0).reshape(lattice.shape)  # wholly of a taken field voxel
    near = cavity(points_um, tracks, 200.0 + 90.0).reshape(lattice.shape)
    before = viable(simulation)
    assert (before & deep).sum() > 20
    assert (before & ~near).sum() > 20
    simulation.step()  # the tumour settled at the beginning of a step of every clock
    immune = lattice.grid(simulation.tissue.layers["immune"].type_at)
    assert not (immune[deep] > 0).any()
    assert (immune > 0).any()
    solid = lattice.grid(simulation.tissue.layers["solid"].type_at)
    cleared = [simulation.table.code(name) for name in ("cleared", "dead")]  # of some that died just then
    filled = viable(simulation) & deep
    assert filled.sum() < 0.25 * (before & deep).sum()
    assert np.isin(solid[deep & (solid > 0) & ~filled], cleared).all()
    assert (viable(simulation) & before & ~near).sum() > 0.85 * (before & ~near).sum()


def test_the_share_taken_is_that_of_the_lattice():
    simulation = Simulation(biopsied(), 1, baseline())
    x, y = (
        np.indices(simulation.tissue.lattice.shape)
        - (np.array(simulation.tissue.lattice.shape) - 1)[:, None, None] / 2.0
    )
    before = np.hypot(x, y)[viable(simulation)].sum()
    for _ in range(36):
        assert "biopsy_removed_percent" not in simulation.phase.biopsy.found
        simulation.step()
    after = np.hypot(x, y)[viable(simulation)].sum()
    simulation.step()
    found = simulation.phase.biopsy.found["biopsy_removed_percent"]
    assert found == pytest.approx(100.0 * (1.0 - after / before))
    geometry = section_share(250.0, 1, (2, 200.0, 15e3, 125.0))
    assert found == pytest.approx(100.0 * geometry, abs=12.0)
    assert 20.0 < found < 90.0


def test_twin_saline_and_drug_share_the_biopsy():
    """A visit that is missed changes nothing of it either: the biopsy is not the drug's."""
    drug = run_of(biopsied())
    for values in (
        {"schedule.dose": "0 MIU/mm"},
        {"schedule.saline": "true"},
        {"schedule.days": "[0, 1]", "schedule.missed": "[1]"},
    ):
        other = run_of(biopsied(values))
        for name in ("stil_at_biopsy_percent", "biopsy_removed_percent", "stil_at_day_0_percent"):
            assert other.endpoints[name] == drug.endpoints[name] > 0.0
        for layer in ("solid", "immune", "bed"):
            np.testing.assert_array_equal(
                getattr(other.snapshots[0], layer), getattr(drug.snapshots[0], layer)
            )
        assert other.digest != drug.digest
    assert drug.snapshots[0].day == 0.0
    assert drug.series["viable_fraction"][0] == 1.0


def test_books_begin_on_day_0_and_close():
    result = run_of(biopsied())
    assert unbalanced_cells(result.ledger) == {}
    for book in ("il2_nmol", "il2_body_nmol", "il2_section_amol"):
        assert result.ledger[book]["residual_relative"] < 1e-6
    assert result.ledger["cells"]["tumour"]["initial"] == result.series["tumour"][0]


def test_a_biopsy_that_takes_all_reads_as_a_complete_response_without_drug():
    result = run_of(biopsied({"biopsy.width": "1.2 mm", "biopsy.cores": "4", "schedule.dose": "0 MIU/mm"}))
    assert result.endpoints["biopsy_removed_percent"] == 100.0
    assert result.endpoints["section_pcr"] is True
    assert (result.endpoints["rvt_percent"], result.endpoints["rcb_class"]) == (0.0, "0")
    assert np.isnan(result.endpoints["viable_fraction"])
    assert "stil_at_day_0_percent" not in result.endpoints


def test_inflammation_raises_all_arrivals_alike_everywhere_until_it_ends():
    model = build(config_with("biopsy"))
    for name in IMMUNE:
        assert factor(model, f"{name} enters", {"biopsy_inflammation": 1.0}) == pytest.approx(4.0)
        assert factor(model, f"{name} enters", {"biopsy_inflammation": 0.0}) == 1.0
    simulation = Simulation(biopsied({"biopsy.duration": "3.5 d"}), 1, baseline())
    row = simulation.table.cytokines.index("biopsy_inflammation")
    while not simulation.finished:
        is_on = simulation.day < 0.5 - 1e-9
        simulation.step()
        level = simulation.tissue.concentration[row]
        assert (level == 1.0).all() if is_on else (level == 0.0).all() or simulation.engine.tick % 3


def test_more_cells_are_there_on_day_0_than_without_it():
    few, many = (
        run_of(biopsied({"biopsy.influx_fold": fold, "patient.stil": "15 %"})).endpoints
        for fold in ("1", "10")
    )
    assert many["stil_at_biopsy_percent"] == few["stil_at_biopsy_percent"]
    assert many["stil_at_day_0_percent"] > 1.3 * few["stil_at_day_0_percent"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schedule: {biopsy: coer}", ":1: schedule.biopsy: 'coer' is not known; did you mean 'core'"),
        ("schedule: {biopsy_days_before: 2}", ":1: schedule.biopsy_days_before: 2 is outside 3 to 28"),
        ("schedule: {biopsy_days_before: 14 d}", ":1: schedule.biopsy_days_before: '14 d' is not a whole"),
        (ON + "set: {biopsy.cores: 2.5}", ":2: biopsy.cores: 2.5 is no whole number"),
        (ON + "set: {biopsy.cores: 20}", ":2: biopsy.cores: 20 is outside its range 1 to 8"),
        ("mechanisms: [tumour, biopsie]", "unknown mechanism 'biopsie'; did you mean 'biopsy'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_where_it_stands(text: str, said: str, write):
    path = write(text)
    with pytest.raises(ConfigError) as refused:
        build(Config.load(path))
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_what_is_not_asked_and_a_long_wait_are_remarked():
    vacuum = {"schedule.biopsy": "vacuum"}
    assert any("schedule.biopsy: changes nothing" in each for each in remarks(tiny(vacuum)))
    assert not any("schedule.biopsy" in each for each in remarks(config_with("biopsy").with_values(vacuum)))
    long = Config().with_values({"schedule.biopsy_days_before": "21"})
    assert any("takes 49 days, with the biopsy 21 days before" in each for each in remarks(long))


def test_it_works_where_cells_are_knocked_out():
    config = tiny({"mechanisms": "[tumour, cd8, biopsy]", "schedule.biopsy_days_before": "3"})
    assert simulate(config, 1).endpoints["biopsy_removed_percent"] == 100.0


@pytest.mark.slow
def test_stil_of_5_percent_drifts_to_10_without_drug():
    """K54: 5 to 10 % in the median, its change within +2 to +8 points."""
    values = {"patient.width": "5 mm", "patient.stil": "5 %", "space.margin": "0.4 mm"}
    config = config_with("biopsy").with_values({**values, "schedule.surgery_day": "0.25"}).without_drug()
    found = [simulate(config, seed).endpoints for seed in (1, 2, 3)]
    before, after = (
        np.array([each[f"stil_at_{when}_percent"] for each in found]) for when in ("biopsy", "day_0")
    )
    assert before == pytest.approx(5.0, abs=0.5)
    assert (after - before > 2.0).all()
    assert (after - before < 8.0).all()
    assert np.median(after) == pytest.approx(10.0, abs=1.0)
