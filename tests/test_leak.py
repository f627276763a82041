"""Leak: late, lymphocyte-driven, more arrivals and faster leaving, in both books of IL-2."""

from __future__ import annotations

import math

import numpy as np
import pytest

from il2sim.models.biology.treatment_effects.leak import Leak
from il2sim.models.drug.geometries.injection import depots
from il2sim.models.drug.tissue_pk.field_3d import VolumeBook
from il2sim.models.drug.tissue_pk.section_field import SectionBook
from tests.mechanism_case import factor, model_with
from tests.radial_case import DENSITY, PROTOCOL, THRESHOLDS, transport, usual_book
from tests.test_section_book import PLANE, RADIUS, Even, book, imbalance, spread
from tests.tumours import IMMUNE


def after(hours: float, activation: float = 1.0) -> Leak:
    leak = Leak(model_with("leak"))
    leak.advance(hours, activation)
    return leak


def test_it_touches_every_arrival():
    model = model_with("leak")
    for name in IMMUNE:
        assert factor(model, f"{name} enters", {"vascular_leak": 0.0}) == 1.0
        assert factor(model, f"{name} enters", {"vascular_leak": 1.0}) == pytest.approx(2.0)


def test_arrivals_are_one_plus_b_l():
    leak, model = after(36.0), model_with("leak")
    shown = leak.fields(4)["vascular_leak"]
    assert shown.shape == (4,)
    assert factor(model, "cd8 enters", {"vascular_leak": float(shown[0])}) == pytest.approx(1.0 + leak.level)


def test_there_is_none_in_the_first_hours():
    assert after(3.0).level < 0.01
    assert after(72.0).level > 0.75


def test_a_day_of_activation_peaks_a_day_or_two_later():
    leak, levels = Leak(model_with("leak")), []
    for hour in range(7 * 24):
        leak.advance(1.0, 1.0 if hour < 24 else 0.0)
        levels.append(leak.level)
    assert 24 < int(np.argmax(levels)) < 3 * 24
    assert levels[-1] < 0.02


def test_mean_lag_is_the_declared_one():
    """Of a step: the integral of 1 - L is the mean lag, 2 d."""
    leak, total = Leak(model_with("leak")), 0.0
    for _ in range(2000):
        leak.advance(0.25, 1.0)
        total += 0.25 * (1.0 - leak.level)
    assert total == pytest.approx(48.0, rel=0.01)


def test_il2_leaves_faster_with_leak():
    assert Leak(model_with("leak")).clearance_factor == 1.0
    assert after(1e4).clearance_factor == pytest.approx(14.9 / 9.4, rel=1e-3)


def test_the_more_are_active_the_more_it_leaks():
    levels = [after(48.0, activation).level for activation in (0.0, 0.2, 0.9)]
    assert levels == sorted(set(levels))


FACTORS = ((1.0, 4.0), (1.4, 3.5), (2.0, 2.5))  # clearance over that at rest, hours


def test_the_volume_loses_what_faster_clearance_takes():
    """No cells, no basal level: the amount falls with exp(-k sum(factor hours)), whatever spreads."""
    book = VolumeBook(2_500.0, transport(2.0, basal=0.0), (), THRESHOLDS, {})
    book.inject(depots(2.5e6, 2_500.0, 0.3, PROTOCOL))
    start = book.ledger["tissue"]
    for factor_, hours in FACTORS:
        book.advance(hours, {}, clearance_factor=factor_)
    left = start * 0.5 ** (sum(factor_ * hours for factor_, hours in FACTORS) / 2.0)
    assert book.ledger["tissue"] == pytest.approx(left, rel=1e-9)
    assert book.cleared_nmol == pytest.approx(start - left, rel=1e-9)


def test_the_volume_book_closes_with_leak_and_cells():
    book = usual_book()
    book.inject(depots(2.5e6, 2_500.0, 0.3, PROTOCOL))
    for factor_, hours in FACTORS * 4:
        book.advance(hours, DENSITY, clearance_factor=factor_)
    assert book.ledger["residual_relative"] <= 1e-6


def on_its_own(level: float) -> SectionBook:
    section = book()
    section.advance(0.5, Even(level), spread(), RADIUS)
    assert section.is_own
    return section


def test_the_section_clears_by_the_mean_of_the_hours_it_waited_for():
    """Two half-hours at 1 and 2 in one step leave what an hour at 1.5 leaves."""
    uneven, even = on_its_own(0.01), on_its_own(0.01)
    for half_hour in range(6):
        uneven.advance(0.5, Even(0.0), spread(), RADIUS, 1.0 + half_hour % 2)
        even.advance(0.5, Even(0.0), spread(), RADIUS, 1.5)
    assert uneven.ledger["cleared"] == pytest.approx(even.ledger["cleared"], rel=1e-12)
    slow = on_its_own(0.01)
    for _ in range(6):
        slow.advance(0.5, Even(0.0), spread(), RADIUS)
    assert even.ledger["cleared"] > 1.2 * slow.ledger["cleared"]


@pytest.mark.parametrize("level", [8.0, 0.02])
def test_the_section_book_closes_with_leak(level: float):
    section = on_its_own(level)
    for factor_ in np.linspace(1.0, 2.0, 24):
        section.advance(0.5, Even(0.0), spread(PLANE), RADIUS, float(factor_))
    assert imbalance(section.ledger) < 1e-6
    assert math.isfinite(section.ledger["cleared"])
    assert imbalance(section.ledger, "cleared") > 1e-3
