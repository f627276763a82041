"""Oedema: fluid that imaging sees, gone with its half-life."""

from __future__ import annotations

import pytest

from il2sim.models.biology.treatment_effects.oedema import Oedema
from tests.mechanism_case import model_with


def fresh() -> Oedema:
    return Oedema(model_with("oedema"))


def test_without_fluid_and_leak_the_ruler_is_right():
    assert fresh().width_factor(10_000.0) == 1.0


def test_the_width_grows_as_the_cube_root_of_the_visible_fluid():
    oedema = fresh()
    oedema.inject(1000.0)
    assert oedema.width_factor(10_000.0) == pytest.approx((1.0 + 500.0 / 523.599) ** (1 / 3), rel=1e-5)
    assert oedema.width_factor(20_000.0) < oedema.width_factor(10_000.0)


def test_fluid_halves_every_half_life_and_is_gone_by_the_next_visit():
    oedema = fresh()
    oedema.inject(1000.0)
    oedema.advance(12.0)
    assert oedema.fluid_mm3 == pytest.approx(500.0)
    oedema.advance(156.0)
    assert oedema.width_factor(10_000.0) < 1.001


def test_full_leak_widens_by_a_tenth():
    oedema = fresh()
    oedema.advance(1.0, leak=1.0)
    assert oedema.width_factor(10_000.0) == pytest.approx(1.1, abs=0.001)


def test_visits_add_up():
    oedema = fresh()
    oedema.inject(100.0)
    oedema.inject(50.0)
    assert oedema.fluid_mm3 == 150.0


def test_a_volume_below_nothing_is_refused():
    with pytest.raises(ValueError, match="oedema: volume: found -1"):
        fresh().inject(-1.0)
