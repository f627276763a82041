"""The volume book against closed forms and against itself: its ledger, its basal level, its refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from il2sim.models.drug.dose_rule import injectate_concentration
from il2sim.models.drug.geometries.depot_shape import Shell
from il2sim.models.drug.geometries.injection import Depot, Technique, depots
from il2sim.models.drug.tissue_pk.field_3d import (
    FieldError,
    Transport,
    Uptake,
    VolumeBook,
    nmol_per_cell_h,
    unbalanced,
)
from tests.radial_case import DENSITY, PROTOCOL, THRESHOLDS, UPTAKES, scaled, transport, usual_book


def test_spread_and_clearance_follow_the_closed_form() -> None:
    """A point release: M / (4 pi D t)^(3/2) exp(-r^2 / 4 D t) exp(-k t), no uptake."""
    carried = transport(basal=0.0)
    book = VolumeBook(2_500.0, carried, (), THRESHOLDS, {}, bolus_step=0.002)
    r = book.mesh.distance_um
    spread = 4.0 * carried.diffusivity_um2_h
    book.nM = 1_000.0 * np.exp(-(r**2) / spread)
    book.advance(2.0, {})
    kept = 1_000.0 * 3.0**-1.5 * math.exp(-2.0 * carried.clearance_per_h)
    np.testing.assert_allclose(
        book.nM[r < 2_000.0], kept * np.exp(-(r**2) / (3.0 * spread))[r < 2_000.0], rtol=3e-3
    )


def test_uptake_follows_the_integrated_michaelis_law() -> None:
    """Evenly filled, one cell kind everywhere, no clearance: km ln(C0 / C) + C0 - C = vmax t."""
    density, km, vmax = {"nk": 2e7}, 1.0, nmol_per_cell_h(5.0)
    still = Transport(40.0 * 3600.0, 0.0, 0.3, 0.0)
    book = VolumeBook(2_500.0, still, (Uptake("nk", vmax, km),), THRESHOLDS, density, outside_share=1.0)
    book.nM = np.full_like(book.nM, 3.0)
    for _ in range(1_000):
        book.advance(1e-3, density)
    used = vmax * density["nk"] * 1e3 / 0.3 * 1.0
    left = book.nM[0]
    assert km * math.log(3.0 / left) + 3.0 - left == pytest.approx(used, rel=2e-3)
    assert np.ptp(book.nM) < 1e-9


def test_hours_above_of_an_even_field_are_half_lives() -> None:
    book = VolumeBook(2_500.0, transport(3.0, basal=0.0), (), THRESHOLDS, {})
    book.inject(())
    book.nM = np.full_like(book.nM, 100.0)
    for _ in range(120):
        book.advance(0.5, {})
    for name, level in THRESHOLDS.items():
        assert book.windows[0].hours[name] == pytest.approx(3.0 * math.log2(100.0 / level), rel=1e-9)
    assert book.windows[0].coverage_12h == pytest.approx(1.0)


def test_basal_level_holds_exactly_at_rest() -> None:
    book = usual_book(10.0)
    for _ in range(7 * 48):
        book.advance(0.5, DENSITY)
    assert np.abs(book.nM - 0.002).max() <= 1e-9
    assert book.concentration(np.array([[0.0, 5_000.0], [7e3, 2e4]])) == pytest.approx(0.002, abs=1e-9)
    ledger = book.ledger
    assert ledger["basal"] > 0.0
    assert ledger["residual_relative"] <= 1e-10


def test_more_cells_lower_the_basal_level_and_fewer_raise_it() -> None:
    levels = []
    for factor in (0.5, 1.0, 2.0):
        book = usual_book()
        book.advance(24.0, scaled(factor))
        levels.append(book.mean_nM())
    assert levels[0] > levels[1] > levels[2]


def test_field_returns_to_the_basal_level_after_an_injection() -> None:
    book = usual_book()
    book.inject(depots(2.5e6, 2_500.0, 0.3, PROTOCOL))
    for _ in range(7 * 48):
        book.advance(0.5, DENSITY)
    assert book.mean_nM() == pytest.approx(0.002, rel=1e-3)


TERMS = ("tissue_at_start", "injected", "basal", "tissue", "leaked", "cleared")


@pytest.fixture(scope="module")
def ledger_of_a_day() -> dict[str, float]:
    book = usual_book()
    book.inject(depots(2_500.0, 2_500.0, 0.3, PROTOCOL))
    for hour in range(24):
        book.advance(1.0, scaled(1.0 + 0.02 * hour), radius_um=2_500.0 + 5.0 * hour)
    return book.ledger


@pytest.mark.parametrize("dropped", TERMS + tuple(f"taken_up_{cell_type}" for cell_type in DENSITY))
def test_ledger_closes_and_needs_every_term(ledger_of_a_day: dict[str, float], dropped: str) -> None:
    assert ledger_of_a_day["residual_relative"] <= 1e-10
    rest = {name: amount for name, amount in ledger_of_a_day.items() if name != dropped}
    assert unbalanced(rest) > 1e-6


def test_ledger_needs_the_residual_of_a_careless_solver() -> None:
    book = usual_book(basal=0.0, tolerance=1.0)
    book.inject(depots(25.0, 2_500.0, 0.3, PROTOCOL))
    for _ in range(24):
        book.advance(1.0, DENSITY)
    ledger = book.ledger
    assert ledger["residual_relative"] <= 1e-10
    del ledger["solver"]
    assert unbalanced(ledger) > 1e-6


def test_tiny_negatives_become_zero_and_are_booked() -> None:
    book = usual_book(basal=0.0)
    book.nM[100] = -5e-5
    start = book.ledger | {"tissue_at_start": book.ledger["tissue"]}
    book.advance(1e-7, DENSITY)
    assert book.nM.min() == 0.0
    ledger = book.ledger | {"tissue_at_start": start["tissue_at_start"]}
    assert ledger["numerical"] > 0.0
    assert unbalanced(ledger) <= 1e-10
    del ledger["numerical"]
    assert unbalanced(ledger) > 0.1


def test_lower_values_stop_the_run_with_hour_and_place() -> None:
    book = usual_book(basal=0.0)
    book.advance(5.0, DENSITY)
    book.nM[100] = -1e-2
    with pytest.raises(FieldError, match=r"hour 5.*, 1\.256 mm from the centre: found -0\.00\d+ nM; allowed"):
        book.advance(1e-7, DENSITY)


def test_what_is_no_number_stops_the_run() -> None:
    book = usual_book()
    book.nM[7] = math.nan
    with pytest.raises(FieldError, match="found nan nM"):
        book.advance(0.5, DENSITY)


def test_a_step_without_solution_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("il2sim.models.drug.tissue_pk.newton.MOST_ITERATIONS", 1)
    book = usual_book()
    book.inject(depots(2.5e6, 2_500.0, 0.3, PROTOCOL))
    with pytest.raises(FieldError, match="no convergence"):
        book.advance(0.5, DENSITY)


@pytest.mark.parametrize("density", [{}, DENSITY | {"nk": -1.0}, DENSITY | {"nk": math.nan}])
def test_impossible_densities_are_refused(density: dict[str, float]) -> None:
    with pytest.raises(FieldError, match=r"per mL; allowed: 0 or more"):
        usual_book().advance(0.5, density)


def test_impossible_books_are_refused() -> None:
    with pytest.raises(FieldError, match="a threshold for cd8"):
        VolumeBook(2_500.0, transport(), UPTAKES, {"nk": 1.67}, DENSITY)
    with pytest.raises(FieldError, match="found radius 0 um"):
        VolumeBook(0.0, transport(), UPTAKES, THRESHOLDS, DENSITY)
    with pytest.raises(FieldError, match="found a step of -1 h"):
        usual_book().advance(-1.0, DENSITY)


def test_a_depot_beyond_the_domain_is_refused() -> None:
    with pytest.raises(FieldError, match=r"centre depot ends 20\.00 mm .* 16\.50 mm"):
        usual_book().inject([Depot("centre", Shell(0.0, 20_000.0), 1.0, 0.0, 1.0)])


@pytest.mark.parametrize(("width_mm", "concentration"), [(5.0, 5e6), (5.0, 18e6), (20.0, 5e6)])
def test_concentration_is_never_above_the_injectate(width_mm: float, concentration: float) -> None:
    book = usual_book(width_mm, basal=0.0)
    book.inject(depots(500_000.0 * width_mm, width_mm * 500.0, 0.3, Technique(0.5, 0.6, 0.4, concentration)))
    injectate = injectate_concentration(concentration)
    assert book.nM[0] == pytest.approx(injectate, rel=1e-9)
    for _ in range(20):
        assert book.nM.max() <= injectate * (1.0 + 1e-9)
        book.advance(0.1, DENSITY)


def test_each_injection_has_its_window_and_more_cells_shorten_it() -> None:
    book = usual_book()
    for factor in (1.0, 1.0, 4.0):
        book.inject(depots(2.5e6, 2_500.0, 0.3, PROTOCOL))
        for _ in range(96):
            book.advance(0.5, scaled(factor))
    first, second, third = book.windows
    assert [window.start_hour for window in book.windows] == pytest.approx([0.0, 48.0, 96.0])
    assert second.hours["cd8"] == pytest.approx(first.hours["cd8"], rel=1e-4)
    assert third.hours["treg"] < 0.95 * second.hours["treg"]
    assert book.ledger["residual_relative"] <= 1e-10


def test_caller_may_choose_the_interval() -> None:
    weeks = []
    for interval_h in (0.25, 0.5, 30.0):
        book = usual_book()
        book.inject(depots(2.5e6, 2_500.0, 0.3, PROTOCOL))
        for _ in range(round(30.0 / interval_h)):
            book.advance(interval_h, DENSITY)
        weeks.append(book.windows[0].hours)
    for name in THRESHOLDS:
        assert weeks[1][name] == pytest.approx(weeks[0][name], rel=2e-3)
        assert weeks[2][name] == pytest.approx(weeks[0][name], rel=2e-3)


@pytest.mark.parametrize("interval_h", [0.5, 24.0, 168.0])
def test_quiet_field_takes_any_interval(interval_h: float) -> None:
    stiff = transport(12.0, basal=0.01, diffusivity_um2_s=100.0)
    book = VolumeBook(2_500.0, stiff, UPTAKES, THRESHOLDS, DENSITY, shell_um=6.0)
    book.inject([Depot("centre", Shell(0.0, 2_000.0), 1e-7, 0.0, 1e-7)])
    for _ in range(round(168.0 / interval_h)):
        book.advance(interval_h, scaled(1.5))
    assert 0.0 < book.mean_nM() < 0.01
    assert book.ledger["residual_relative"] <= 1e-10
    assert abs(book.ledger["solver"]) <= 1e-6 * book.ledger["basal"]


def test_mean_follows_the_present_width() -> None:
    book = usual_book(basal=0.0)
    book.inject(depots(2_500.0, 2_500.0, 0.3, Technique(1.0, 0.6, 0.4, 5e6)))
    pores_um3 = 0.3 * 4.0 / 3.0 * math.pi * 2_500.0**3
    assert book.mean_nM() == pytest.approx(book.ledger["tissue"] / (pores_um3 * 1e-15), rel=1e-9)
    small = book.mean_nM()
    book.advance(0.0, DENSITY, radius_um=2_600.0)
    assert book.mean_nM() == pytest.approx(small * (2_500.0 / 2_600.0) ** 3, rel=1e-9)
