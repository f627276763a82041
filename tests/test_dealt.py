"""Nodes, in-situ carcinoma, readers and cores: what chance deals a woman beside her tumour."""

from __future__ import annotations

import math

import numpy as np
import pytest

from il2sim.models.pathology.core_biopsy import core_aims, core_cellularity, core_masks
from il2sim.models.pathology.patient_draws import Errors, draw_in_situ, draw_nodes, observed
from tests.slides import VOXEL, disc_um

MANY = 20_000
TRUE = {"stil_percent": 30.0, "rvt_percent": 50.0}
ERRORS = Errors(stil_points=11.3, rvt_points=10.0, width_mm=2.5)


@pytest.fixture(scope="module")
def women():
    return [draw_nodes(seed, 0.1075, 3.0, 0.7) for seed in range(MANY)]


def test_nodes_are_positive_as_often_as_reported(women):
    share = np.mean([woman.positive for woman in women])
    assert share == pytest.approx(0.1075, abs=4 * math.sqrt(0.1075 * 0.8925 / MANY))
    assert {woman.positive for woman in women} == {0, 1}


def test_the_largest_deposit_is_lognormal_around_3_mm(women):
    deposits = np.log([woman.deposit_mm for woman in women if woman.positive])
    assert deposits.mean() == pytest.approx(math.log(3), abs=4 * 0.7 / math.sqrt(deposits.size))
    assert deposits.std() == pytest.approx(0.7, rel=0.07)
    assert all(woman.deposit_mm == 0 for woman in women if not woman.positive)


def test_a_woman_keeps_her_draw():
    assert draw_nodes(5, 0.5, 3.0, 0.7) == draw_nodes(5, 0.5, 3.0, 0.7)
    assert [draw_nodes(seed, 0.0, 3.0, 0.7).positive for seed in range(50)] == [0] * 50
    assert [draw_nodes(seed, 1.0, 3.0, 0.7).positive for seed in range(50)] == [1] * 50


def test_in_situ_carcinoma_has_a_draw_of_its_own(women):
    in_situ = np.array([draw_in_situ(seed, 0.2) for seed in range(MANY)])
    positive = np.array([woman.positive for woman in women])
    assert in_situ.mean() == pytest.approx(0.2, abs=4 * math.sqrt(0.16 / MANY))
    assert abs(np.corrcoef(in_situ, positive)[0, 1]) < 4.5 / math.sqrt(MANY)


def test_readers_err_as_far_as_reported():
    found = [observed(TRUE, (12.0, 10.0), ERRORS, seed) for seed in range(4000)]
    for key, middle, spread in (
        ("stil_percent_observed", 30, 11.3),
        ("rvt_percent_observed", 50, 10),
        ("width_imaging_baseline_mm_observed", 12, math.hypot(2.5, 1 / math.sqrt(12))),
        ("width_imaging_mm_observed", 10, math.hypot(2.5, 1 / math.sqrt(12))),
    ):
        values = np.array([each[key] for each in found])
        assert values.mean() == pytest.approx(middle, abs=4 * spread / math.sqrt(4000)), key
        assert values.std() == pytest.approx(spread, rel=0.05), key
    widths = np.array(
        [
            [each[f"width_imaging_{when}"] for when in ("baseline_mm_observed", "mm_observed")]
            for each in found
        ]
    )
    assert abs(np.corrcoef(widths.T)[0, 1]) < 0.07  # the two measurements err each on its own
    assert (widths % 1 == 0).all()


def test_reader_error_follows_from_the_printed_agreement():
    """ICC 0.683 (K52) at a total SD of 20 points; r = 0.845 (K51) at a true SD of 4 mm. Its CCC of
    0.71 (K50) alone would ask for 3.6 mm, which the range of the number allows.
    """
    assert 20 * math.sqrt(1 - 0.683) == pytest.approx(11.3, abs=0.05)
    assert 4 / math.hypot(4, 2.5) == pytest.approx(0.845, abs=0.005)
    concordance = 2 * 4**2 / (2 * 4**2 + 3.6**2)
    assert concordance == pytest.approx(0.71, abs=0.005)


def test_bias_goes_one_way_and_no_further_than_the_scale():
    fair, biased = (
        [observed(TRUE, (12, 10), errors, seed)["rvt_percent_observed"] for seed in range(200)]
        for errors in (ERRORS, Errors(11.3, 10.0, 2.5, bias_points=5.0))
    )
    np.testing.assert_allclose(np.array(fair) - np.array(biased), 5.0)
    low = [
        observed({"rvt_percent": 2.0}, (12, 10), ERRORS, seed)["rvt_percent_observed"] for seed in range(200)
    ]
    assert min(low) == 0.0
    assert (
        max(
            observed({"rvt_percent": 99.0}, (12, 10), ERRORS, seed)["rvt_percent_observed"]
            for seed in range(200)
        )
        == 100
    )


def test_nobody_sees_tumour_on_a_clear_section_or_til_without_stroma():
    for seed in range(50):
        found = observed({"rvt_percent": 0.0}, (12, 10), ERRORS, seed)
        assert found["rvt_percent_observed"] == 0
        assert found["mpr_observed"] is True
        assert "stil_percent_observed" not in found


def test_without_error_readers_see_what_is_there():
    found = observed(TRUE, (12.0, 8.0), Errors(0, 0, 0), 3)
    assert (found["stil_percent_observed"], found["rvt_percent_observed"]) == (30, 50)
    assert (found["width_imaging_mm_observed"], found["imaging_response_observed"]) == (8, "PR")


def test_a_core_is_a_strip_of_its_size():
    masks = core_masks((1200, 1200), VOXEL, (1200.0, 15_000.0), np.array([[0.0, 0.0], [0.7, 900.0]]))
    for mask in masks:
        assert mask.sum() * (VOXEL / 1000) ** 2 == pytest.approx(1.2 * 15, rel=0.02)
    x, y = np.argwhere(masks[0]).T
    assert (np.ptp(x) + 1, np.ptp(y) + 1) == (1000, 80)
    middle = (np.argwhere(masks[1]).mean(axis=0) - 599.5) * VOXEL
    np.testing.assert_allclose(middle, 900 * np.array([-math.sin(0.7), math.cos(0.7)]), atol=5)


def test_cores_read_an_even_tumour_right_and_a_patchy_one_with_noise():
    bed = disc_um(400, 2500)
    even = bed & (np.random.default_rng(1).random(bed.shape) < 0.4)
    patchy = bed & (np.arange(400) < 200)[:, None]
    found = {"even": [], "patchy": []}
    for seed in range(40):
        cores = core_masks(bed.shape, VOXEL, (1200, 15_000), core_aims(seed, 4, 1250))
        found["even"].append(core_cellularity(even, bed, cores))
        found["patchy"].append(core_cellularity(patchy, bed, cores))
    assert np.mean(found["even"]) == pytest.approx(0.4, abs=0.01)
    assert np.std(found["even"]) < 0.01
    assert np.mean(found["patchy"]) == pytest.approx(0.5, abs=0.06)
    assert 0.03 < np.std(found["patchy"]) < 0.25


def test_cores_are_aimed_at_the_tumour():
    aims = core_aims(9, 20, 2000)
    assert np.abs(aims[:, 1]).max() <= 2000
    assert 0 <= aims[:, 0].min() < aims[:, 0].max() <= math.pi
    np.testing.assert_array_equal(core_aims(9, 4, 2000), aims[:4])  # more cores keep the first ones


def test_cores_beside_the_tumour_hold_nothing():
    bed = disc_um(200, 300)
    assert (
        core_cellularity(bed, bed, core_masks(bed.shape, VOXEL, (200, 1000), np.array([[0, 1200]]))) is None
    )
