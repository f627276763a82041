"""Fluid that moves outwards: off by default, conserved, and carrying as far as it should."""

from __future__ import annotations

import numpy as np
import pytest

from il2sim.models.drug.geometries.injection import depots
from il2sim.models.drug.tissue_pk.field_3d import VolumeBook, unbalanced
from il2sim.models.drug.tissue_pk.newton import FieldError
from il2sim.models.drug.tissue_pk.transport import Transport
from tests.radial_case import DENSITY, PROTOCOL, THRESHOLDS, UPTAKES

DIFFUSIVITY = 40.0 * 3600.0


def flowing(um_per_s: float, diffusivity: float = DIFFUSIVITY, clearance: float = 0.0) -> Transport:
    return Transport(diffusivity, clearance, 0.3, 0.0, outflow_um_h=um_per_s * 3600.0)


def mean_distance_um(book: VolumeBook) -> float:
    weight = book.nM * book.mesh.volume_um3
    return float((weight * book.mesh.distance_um).sum() / weight.sum())


@pytest.mark.parametrize("um_per_s", [0.1, 0.6, 2.0])
def test_flow_conserves_and_moves_outwards(um_per_s: float) -> None:
    books = [
        VolumeBook(2_500.0, flowing(speed), (), THRESHOLDS, {}, bolus_step=np.inf)
        for speed in (0.0, um_per_s)
    ]
    for book in books:
        book.inject(depots(25e3, 2_500.0, 0.3, PROTOCOL))
        for _ in range(50):
            book.advance(0.02, {})
        assert book.ledger["tissue"] == pytest.approx(
            book.ledger["injected"] - book.ledger["leaked"], rel=1e-9
        )
    still, moved = books
    assert mean_distance_um(moved) > mean_distance_um(still) + 0.5 * um_per_s * 1_000.0
    assert moved.mean_nM() < still.mean_nM()


def test_front_travels_as_the_fluid_does() -> None:
    """Beyond the edge r^3 grows by 3 u R^2 t; within, r by exp(u t / R)."""
    radius, speed = 2_500.0, 1_000.0
    book = VolumeBook(radius, Transport(1.0, 0.0, 0.3, 0.0, speed), (), THRESHOLDS, {}, bolus_step=np.inf)
    for start, end in [
        (1_000.0, 1_000.0 * np.exp(0.4)),
        (3_000.0, np.cbrt(3_000.0**3 + 3.0 * radius**2 * speed)),
    ]:
        book.nM = np.exp(-(((book.mesh.distance_um - start) / 150.0) ** 2))
        for _ in range(1_000):
            book.advance(1e-3, {})
        weight = book.nM * book.mesh.volume_um3
        middle = np.interp(0.5, np.cumsum(weight) / weight.sum(), book.mesh.distance_um)
        assert middle == pytest.approx(end, rel=0.03)


def test_ledger_closes_with_flow_clearance_and_uptake() -> None:
    carried = Transport(DIFFUSIVITY, 0.35, 0.3, 0.002, outflow_um_h=0.6 * 3600.0)
    book = VolumeBook(2_500.0, carried, UPTAKES, THRESHOLDS, DENSITY)
    book.advance(24.0, DENSITY)
    assert np.abs(book.nM - 0.002).max() <= 1e-9
    book.inject(depots(2.5e6, 2_500.0, 0.3, PROTOCOL))
    for _ in range(48):
        book.advance(0.5, DENSITY)
    assert book.nM.min() >= 0.0
    assert book.ledger["residual_relative"] <= 1e-6
    for dropped in ("injected", "tissue", "leaked", "cleared", "taken_up_cd8"):
        rest = {name: amount for name, amount in book.ledger.items() if name != dropped}
        assert unbalanced(rest) > 1e-6


def test_flow_shortens_the_hours() -> None:
    hours = []
    for um_per_s in (0.0, 0.1, 0.6):
        book = VolumeBook(2_500.0, flowing(um_per_s, clearance=0.35), UPTAKES, THRESHOLDS, DENSITY)
        book.inject(depots(2.5e6, 2_500.0, 0.3, PROTOCOL))
        while book.peak_nM() > THRESHOLDS["treg"]:
            book.advance(0.5, DENSITY)
        hours.append(book.windows[0].hours["cd8"])
    print(hours)
    assert hours[0] > hours[1] > hours[2]


@pytest.mark.parametrize("speed", [-1.0, np.nan])
def test_impossible_flow_is_refused(speed: float) -> None:
    with pytest.raises(FieldError, match=r"outflow .* allowed: .* 0 or more"):
        VolumeBook(2_500.0, Transport(1.0, 0.0, 0.3, 0.0, speed), (), THRESHOLDS, {})
