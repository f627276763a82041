"""The dose rule and its volumes against rows calculated apart from the code."""

from __future__ import annotations

import math

import pytest

from il2sim.models.drug.dose_rule import (
    Course,
    DoseRule,
    DoseSheet,
    Fluid,
    course_doses,
    dose_sheet,
    injectate_concentration,
    nmol_from_iu,
    planned_dose,
    spilled_share,
)

REGISTRY = DoseRule(iu_per_mm=500_000.0, cap_iu=10e6)
WEEKLY = Course((0.0, 7.0, 14.0, 21.0), (1, 2, 3, 4))

# width mm, dose MIU, cap bound, 4-visit total MIU, V mm3, IU/mm3, uL at 5 MIU/mL, injected/V, uL at 18 MIU/mL
DOSE_TABLE = [
    (1, 0.5, False, 2, "0.52", 954_930, 100, "191", 28),
    (5, 2.5, False, 10, "65.45", 38_197, 500, "7.64", 139),
    (8, 4.0, False, 16, "268.1", 14_921, 800, "2.98", 222),
    (10, 5.0, False, 20, "523.6", 9_549, 1000, "1.91", 278),
    (12, 6.0, False, 24, "904.8", 6_631, 1200, "1.33", 333),
    (15, 7.5, False, 30, "1767.1", 4_244, 1500, "0.85", 417),
    (18, 9.0, False, 36, "3053.6", 2_947, 1800, "0.59", 500),
    (20, 10.0, False, 40, "4188.8", 2_387, 2000, "0.48", 556),
    (21, 10.0, True, 40, "4849.0", 2_062, 2000, "0.41", 556),
    (25, 10.0, True, 40, "8181.2", 1_222, 2000, "0.24", 556),
]


def sheet_of(width_mm: float, concentration: float = 5e6) -> DoseSheet:
    return dose_sheet(width_mm, REGISTRY, Fluid(concentration), WEEKLY, 70.0)


def as_printed(value: float, printed: str) -> bool:
    """True when the value, rounded to as many decimals as the table prints, is what the table prints."""
    return f"{value:.{len(printed.partition('.')[2])}f}" == printed


@pytest.mark.parametrize("row", DOSE_TABLE, ids=lambda row: f"{row[0]} mm")
def test_dose_table(row: tuple) -> None:
    width, dose_miu, is_capped, course_miu, volume, per_mm3, ul, ratio, ul_undiluted = row
    sheet = sheet_of(float(width))
    assert sheet.dose_iu == dose_miu * 1e6
    assert sheet.is_capped is is_capped
    assert sheet.course_iu == course_miu * 1e6
    assert as_printed(sheet.tumour_mm3, volume)
    assert round(sheet.iu_per_mm3) == per_mm3
    assert sheet.injected_ul == pytest.approx(ul, rel=1e-12)
    assert as_printed(sheet.injected_per_tumour, ratio)
    assert round(sheet_of(float(width), 18e6).injected_ul) == ul_undiluted


@pytest.mark.parametrize(("concentration", "width_mm"), [(5e6, 13.8198), (18e6, 7.2837)])
def test_width_at_which_the_injectate_is_as_large_as_the_tumour(
    concentration: float, width_mm: float
) -> None:
    assert sheet_of(width_mm, concentration).injected_per_tumour == pytest.approx(1.0, abs=2e-5)


def test_literal_registry_text_of_2023_is_a_flat_dose() -> None:
    literal = DoseRule(iu_per_mm=25e6, cap_iu=10e6)
    assert {planned_dose(width, literal).dose_iu for width in (0.4, 1.0, 12.0, 20.0)} == {10e6}
    assert not planned_dose(0.4, literal).is_capped


def test_conversions() -> None:
    assert nmol_from_iu(10e6) == pytest.approx(39.94, abs=0.005)
    assert injectate_concentration(1.0) * 1e3 == pytest.approx(3.994, abs=5e-4)  # pM per IU/mL
    assert injectate_concentration(5e6) == pytest.approx(19_970.0, abs=5.0)
    assert injectate_concentration(18e6) == pytest.approx(72_000.0, rel=2e-3)


@pytest.mark.parametrize(("pores", "width_mm"), [(0.5, 19.5), (0.4, 21.9), (0.3, 25.2)])
def test_width_from_which_the_pores_hold_all_fluid(pores: float, width_mm: float) -> None:
    """Overflow below 13.8198 / sqrt(phi), at 0.1 mL per mm."""
    exact_mm = math.sqrt(600.0 / math.pi / pores)
    assert exact_mm == pytest.approx(width_mm, abs=0.06)
    assert spilled_share(100.0 * exact_mm * 1.001, exact_mm * 1.001, pores) == 0.0
    assert spilled_share(100.0 * exact_mm * 0.999, exact_mm * 0.999, pores) > 0.0


def test_at_little_pore_space_every_eligible_tumour_overflows() -> None:
    assert all(sheet_of(width).spill_at_least > 0.0 for width in (5.0, 10.0, 15.0, 20.0))


def test_both_readings_of_the_dose() -> None:
    sheet = sheet_of(10.0)
    assert (sheet.as_per_visit_iu, sheet.as_per_visit_total_iu) == (5e6, 20e6)
    assert (sheet.as_per_course_iu, sheet.as_per_course_total_iu) == (1.25e6, 5e6)
    assert planned_dose(20.0, DoseRule(5e5, 10e6, visits=4)).dose_iu == 2.5e6
    assert sheet.iu_per_kg == pytest.approx(5e6 / 70.0)
    assert sheet.minutes_to_inject == pytest.approx(2.0)


def test_swelling_raises_later_doses_up_to_the_cap() -> None:
    doses = course_doses(18.0, REGISTRY, 4, swelling=0.3)
    assert [dose.dose_iu for dose in doses] == [9e6, 10e6, 10e6, 10e6]
    assert [dose.is_capped for dose in doses] == [False, True, True, True]


def test_missed_visits_are_not_made_up() -> None:
    sheet = dose_sheet(10.0, REGISTRY, Fluid(), Course(WEEKLY.days, (1, 3)), 70.0)
    assert sheet.course_iu == 10e6
