"""The dose rule and its volumes against rows calculated by hand, and the depots against geometry."""

from __future__ import annotations

import math

import pytest

from il2sim.models.drug.dose_rule import (
    DoseRule,
    injectate_concentration,
    injected_volume_ul,
    nmol_from_iu,
    planned_dose,
)
from il2sim.models.drug.geometries.injection import Technique, depots

REGISTRY = DoseRule(iu_per_mm=500_000.0, cap_iu=10e6)


def sphere_um3(radius_um: float) -> float:
    return 4.0 / 3.0 * math.pi * radius_um**3


def as_printed(value: float, printed: str) -> bool:
    """True when the value, rounded to as many decimals as the table prints, is what the table prints."""
    return f"{value:.{len(printed.partition('.')[2])}f}" == printed


@pytest.mark.parametrize("width_mm", [0.0, -5.0, math.nan])
def test_impossible_width_is_refused(width_mm: float) -> None:
    with pytest.raises(ValueError, match=r"patient\.width: found .*; allowed: a width above 0 mm"):
        planned_dose(width_mm, REGISTRY)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"centre_share": 1.2}, "centre_share"),
        ({"retained_ring": -0.1}, "retained_ring"),
        ({"concentration_iu_ml": 0.0}, "concentration"),
    ],
)
def test_impossible_technique_is_refused(change: dict[str, float], where: str) -> None:
    usual = {"centre_share": 0.5, "retained_centre": 0.6, "retained_ring": 0.4, "concentration_iu_ml": 5e6}
    with pytest.raises(ValueError, match=where):
        depots(5e6, 5_000.0, 0.3, Technique(**(usual | change)))


@pytest.mark.parametrize("width_mm", [2.0, 5.0, 10.0, 20.0])
@pytest.mark.parametrize("centre_share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("dose_iu", [2_500.0, 10e6])
def test_depots_hold_what_stays_at_the_concentration_of_the_injectate(
    width_mm: float, centre_share: float, dose_iu: float
) -> None:
    technique = Technique(centre_share, retained_centre=0.6, retained_ring=0.4, concentration_iu_ml=5e6)
    parts = depots(dose_iu, width_mm * 500.0, 0.3, technique)
    assert sum(part.injected_nmol for part in parts) == pytest.approx(nmol_from_iu(dose_iu), rel=1e-12)
    for part in parts:
        share = {"centre": 0.6, "ring": 0.4}[part.place]
        assert part.retained_nmol == pytest.approx(share * part.injected_nmol, rel=1e-12)
        assert part.leaked_nmol + part.retained_nmol == pytest.approx(part.injected_nmol, rel=1e-12)
        pores_um3 = 0.3 * (sphere_um3(part.outer_um) - sphere_um3(part.inner_um))
        concentration = part.retained_nmol / (pores_um3 * 1e-15)
        assert concentration == pytest.approx(injectate_concentration(5e6), rel=1e-6)


def test_ring_reaches_as_far_inwards_as_outwards() -> None:
    core, ring = depots(1e6, 10_000.0, 0.3, Technique(0.5, 0.6, 0.4, 5e6))
    assert core.inner_um == 0.0
    assert core.outer_um < ring.inner_um < 10_000.0
    assert ring.outer_um - 10_000.0 == pytest.approx(10_000.0 - ring.inner_um, rel=1e-12)


def test_ring_is_pushed_outwards_by_the_core() -> None:
    core, ring = depots(2.5e6, 2_500.0, 0.3, Technique(0.5, 0.7, 0.7, 5e6))
    assert core.outer_um > 2_500.0
    assert ring.inner_um == core.outer_um
    assert sphere_um3(ring.outer_um) == pytest.approx(2.0 * sphere_um3(core.outer_um), rel=1e-12)


def test_ring_wider_than_the_tumour_is_a_sphere() -> None:
    (ring,) = depots(10e6, 1_000.0, 0.3, Technique(0.0, 0.6, 0.4, 5e6))
    assert ring.inner_um == 0.0
    assert sphere_um3(ring.outer_um) == pytest.approx(2e12 * 0.4 / 0.3, rel=1e-12)


def test_no_dose_leaves_no_depot() -> None:
    assert depots(0.0, 5_000.0, 0.3, Technique(0.5, 0.6, 0.4, 5e6)) == ()


def test_volume_follows_dose_and_concentration() -> None:
    assert injected_volume_ul(5e6, 5e6) == pytest.approx(1_000.0)
    assert injected_volume_ul(5e6, 18e6) == pytest.approx(277.8, abs=0.05)
