"""A whole run from laying to surgery: the same bits however it is driven, books that close, doses in time."""

import math

import numpy as np
import pytest

from il2sim.models import Config, ConfigError, Simulation, settle, simulate
from il2sim.models.drug.dose_rule import nmol_from_iu
from il2sim.models.drug.tissue_pk.field_3d import FieldError
from il2sim.sim.engine import SimError
from il2sim.sim.result import Result
from tests.tumours import IMMUNE, SOLID, tiny, unbalanced_cells

CASES = {
    "section": {},
    "volume": {"space.dimensions": "3", "patient.width": "0.4 mm"},
    "dense": {"patient.stil": "60 %", "patient.stroma": "70 %"},
    "excluded, fast": {"patient.phenotype": "excluded", "patient.doubling_time": "10 d"},
    "fine clocks": {"clocks.tick": "5 min", "clocks.immune_ticks": "4", "clocks.solid_ticks": "30"},
    "strong killers": {
        "cd8.reactive_share": "0.4",
        "cd8_killing.kill_rate": "11 1/day",
        "patient.stil": "50 %",
    },
    "no drug": {"schedule.dose": "0 MIU/mm"},
    "fine field": {"space.field_voxel": "15 um", "space.lattice": "1 mm"},
}
SERIES = {
    "day", "viable_fraction", *SOLID, *IMMUNE, "cd8_reactive", "kills_per_day",
    "il2_mean_nM", "il2_section_nM", "il2_centre_nM", "il2_edge_nM", "cd8_signal", "nk_signal", "treg_signal",
    "exhaustion", "width_mm",
}  # fmt: skip


def settled(config: Config, seed: int = 1) -> Simulation:
    """A simulation on the morning of day 0."""
    simulation = Simulation(config, seed)
    while simulation.is_settling:
        simulation.step()
    return simulation


@pytest.fixture(scope="module", params=CASES, ids=str)
def result(request: pytest.FixtureRequest) -> Result:
    return simulate(tiny(CASES[request.param]), 1)


def test_cells_balance_and_are_where_the_snapshots_show_them(result: Result):
    assert set(result.ledger["cells"]) == {*SOLID, *IMMUNE}
    assert unbalanced_cells(result.ledger) == {}
    for moment, snapshot in (("initial", result.snapshots[0]), ("final", result.snapshots[-1])):
        for layer, names in (
            (snapshot.solid, snapshot.solid_names),
            (snapshot.immune, snapshot.immune_names),
        ):
            shown = {name: int((layer == code).sum()) for code, name in enumerate(names) if code}
            assert shown == {name: result.ledger["cells"][name][moment] for name in shown}


def test_every_booked_number_is_a_count(result: Result):
    assert min(number for book in result.ledger["cells"].values() for number in book.values()) >= 0


def test_il2_balances(result: Result):
    book = result.ledger["il2_nmol"]
    assert book["residual_relative"] < 1e-6
    came = math.fsum(book[name] for name in ("tissue_at_start", "injected", "basal", "numerical", "solver"))
    went = math.fsum(
        amount
        for name, amount in book.items()
        if name in ("tissue", "leaked", "cleared") or "taken_up" in name
    )
    assert went == pytest.approx(came, rel=1e-6)
    assert {name for name in book if name.startswith("taken_up_")} == {f"taken_up_{n}" for n in IMMUNE[:4]}


def test_a_row_every_six_hours_with_the_names_agreed(result: Result):
    assert set(result.series) == SERIES
    np.testing.assert_allclose(result.series["day"], np.arange(0.0, 1.51, 0.25), atol=1e-9)
    assert all(column.shape == result.series["day"].shape for column in result.series.values())
    assert all(np.isfinite(column).all() for column in result.series.values())
    for name in ("cd8_signal", "nk_signal", "treg_signal", "exhaustion"):
        assert ((result.series[name] >= 0.0) & (result.series[name] <= 1.0)).all()
    assert result.series["viable_fraction"][[0, -1]] == pytest.approx(
        [1.0, result.endpoints["viable_fraction"]]
    )


def test_four_snapshots_around_the_only_injection(result: Result):
    assert [each.day for each in result.snapshots] == pytest.approx([0.0, 0.25, 1.0, 1.5])
    bed = [each.bed for each in result.snapshots]
    assert all((later | earlier == later).all() for earlier, later in zip(bed, bed[1:], strict=False))
    assert all((each.bed == (each.solid > 0)).all() for each in result.snapshots)
    il2 = result.snapshots[0].il2
    assert il2 is not None
    assert il2 == pytest.approx(np.full(il2.shape, 0.002))


@pytest.mark.parametrize("case", ["section", "volume"])
def test_the_same_run_gives_the_same_bits(case: str):
    config = tiny(CASES[case])
    first, again, other = simulate(config, 5), simulate(config, 5), simulate(config, 6)
    assert first.digest == again.digest != other.digest
    assert [len(first.digest), first.endpoints] == [64, again.endpoints]


def test_the_digest_sees_a_single_cell_and_a_single_bit():
    config = tiny()
    simulation = settled(config)
    while not simulation.finished:
        simulation.step()
    digest = simulation.result().digest
    layer = simulation.tissue.layers["immune"]
    layer.trait[3, 0] = np.nextafter(layer.trait[3, 0], 2.0)
    assert simulation.result().digest != digest


def test_stepping_is_the_same_run():
    config = tiny()
    simulation = Simulation(config, 5)
    while not simulation.finished:
        with pytest.raises(RuntimeError, match="the result exists at surgery, day 1.5"):
            simulation.result()
        simulation.step()
    result = simulation.result()
    simulation.step()
    assert simulation.day == pytest.approx(1.5)
    assert simulation.result().digest == result.digest == simulate(config, 5).digest


def test_days_and_progress_only_go_forward():
    simulation = Simulation(tiny(), 1)
    days, progress = [simulation.day], [simulation.progress]
    while not simulation.finished:
        assert simulation.is_settling == (simulation.day < 0.0)
        simulation.step()
        days.append(simulation.day)
        progress.append(simulation.progress)
    assert days[0] < -7.0
    assert (np.diff(days) >= 0.0).all()
    assert (np.diff(progress) >= 0.0).all()
    assert progress[0] == pytest.approx(0.0, abs=1e-6)
    assert progress[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(("width", "stil"), [("0.4 mm", "15 %"), ("0.5 mm", "50 %")])
def test_arms_that_share_a_settled_tumour_are_the_arms_that_do_not(width: str, stil: str):
    config = tiny({"patient.width": width, "patient.stil": stil})
    baseline = settle(config, 3)
    before = {name: layer.type_at.copy() for name, layer in baseline.tissue.layers.items()}
    for arm in (config, config.without_drug()):
        assert simulate(arm, 3, baseline).digest == simulate(arm, 3).digest
    for name, types in before.items():
        np.testing.assert_array_equal(baseline.tissue.layers[name].type_at, types)


def test_a_settled_tumour_of_another_woman_is_refused():
    baseline = settle(tiny(), 3)
    for config, seed in (
        (tiny(), 4),
        (tiny({"patient.stil": "16 %"}), 3),
        (tiny({"cd8_killing.kill_rate": "5 1/day"}), 3),
    ):
        with pytest.raises(ConfigError, match="settled for another tumour or another seed"):
            Simulation(config, seed, baseline)


def test_doses_fall_on_their_days():
    config = tiny({"schedule.days": "[0.5, 1, 2.25]", "schedule.surgery_day": "3"})
    result = simulate(config, 1)
    assert result.endpoints["dose_iu"] == [250_000.0] * 3
    assert result.ledger["il2_nmol"]["injected"] == pytest.approx(3 * nmol_from_iu(250_000.0))
    assert [len(result.endpoints[f"{name}_hours"]) for name in ("cd8", "nk", "treg")] == [3, 3, 3]
    day, centre = result.series["day"], result.series["il2_centre_nM"]
    assert day[1:][np.diff(centre) > 1.0] == pytest.approx([0.75, 1.25, 2.5])
    assert centre[:3] == pytest.approx(0.002, rel=0.1)
    assert [each.day for each in result.snapshots] == pytest.approx([0.0, 0.75, 1.0, 2.25, 3.0])


def test_without_drug_il2_stays_at_its_basal_level():
    result = simulate(tiny({"schedule.dose": "0 MIU/mm", "patient.width": "1.5 mm"}), 1)
    for name in ("il2_mean_nM", "il2_centre_nM", "il2_edge_nM"):
        assert result.series[name] == pytest.approx(0.002, rel=0.1)
    assert result.series["il2_section_nM"] == pytest.approx(0.002, rel=0.3)  # its Treg sit in clusters
    assert result.ledger["il2_nmol"]["injected"] == 0.0
    assert result.endpoints["cd8_hours"] == result.endpoints["nk_hours"] == [0.0]
    assert result.endpoints["coverage_12h"] == result.endpoints["dose_iu"] == [0.0]
    assert result.provenance["depots"] == []


def test_traits_stay_between_nothing_and_all():
    simulation = settled(tiny({"schedule.dose": "5 MIU/mm", "patient.stil": "40 %"}))
    strongest = 0.0
    while not simulation.finished:
        simulation.step()
        immune = simulation.tissue.layers["immune"]
        traits = immune.trait[: immune.count[0]]
        assert traits.min() >= 0.0
        assert traits.max() <= 1.0
        strongest = max(strongest, traits[:, simulation.table.trait("il2_signal")].max())
    assert strongest > 0.9
    simulation.tissue.check()


def broken_at(simulation: Simulation, voxel: int, value: float) -> None:
    """The drug's field with one wrong value."""
    assert simulation.drug is not None
    field = simulation.drug.concentration()
    field[voxel] = value
    simulation.drug.concentration = lambda: field  # type: ignore[method-assign]


@pytest.mark.parametrize("value", [math.nan, -2e-4])
def test_what_is_no_concentration_stops_the_run_where_it_is(value: float):
    simulation = settled(tiny())
    broken_at(simulation, 1, value)
    tick = simulation.engine.tick
    with pytest.raises(SimError, match=rf"tick {tick}: il2 is {value:g} nM at field voxel \(0, 1\)"):
        simulation.step()


def test_a_trace_below_nothing_is_nothing():
    simulation = settled(tiny())
    broken_at(simulation, 1, -5e-5)
    simulation.step()
    assert simulation.tissue.concentration[0, 1] == 0.0


def test_a_volume_that_is_no_number_stops_the_run():
    simulation = settled(tiny())
    assert simulation.drug is not None
    simulation.drug.book.nM[0] = math.nan
    with pytest.raises((SimError, FieldError), match="(?i)il-?2.*nan nM"):
        simulation.step()


def test_a_tumour_that_meets_the_wall_of_its_lattice_stops_the_run():
    given = {"space.lattice": "0.9 mm", "patient.width": "0.8 mm", "patient.doubling_time": "10 d"}
    with pytest.raises(SimError, match=r"day \d.*wall of its lattice of 0.9 mm.*space.margin"):
        simulate(tiny(given | {"schedule.surgery_day": "10"}), 1)
