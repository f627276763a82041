"""What slides miss: numbers calculated apart from the code, and the sampling model against geometry."""

from __future__ import annotations

import math

import numpy as np
import pytest

from il2sim.models.pathology.residual_foci import (
    Foci,
    all_missed,
    assumed_foci,
    found_foci,
    miss_chance,
    sampled_missed,
)
from tests.slides import VOXEL, disc_um


def test_printed_chances_of_a_hit():
    assert 1 - miss_chance(0.25, 10) == pytest.approx(0.03749, abs=5e-6)
    assert 1 - miss_chance(0.5, 7.5) == pytest.approx(0.09985, abs=5e-6)


# R, r, number of foci -> chance that a central plane misses all
@pytest.mark.parametrize(
    ("reach", "radius", "number", "missed"), [(10, 0.25, 10, 0.682), (7.5, 0.5, 10, 0.349), (10, 1, 3, 0.615)]
)
def test_printed_chances_to_miss_all(reach, radius, number, missed):
    assert all_missed(assumed_foci(reach, number, radius)) == pytest.approx(missed, abs=6e-4)


def test_the_miss_formula_is_that_of_a_ball():
    """Centres uniform in the ball: the plane misses those farther from it than r."""
    height = np.random.default_rng(3).uniform(-1, 1, (400_000, 3))
    inside = height[(height**2).sum(axis=1) <= 1]
    for part in (0.05, 0.3, 0.8):
        assert (np.abs(inside[:, 2]) > part).mean() == pytest.approx(miss_chance(part, 1), abs=0.004)


def test_ends_of_the_miss_formula():
    assert miss_chance(0.0, 5) == 1
    assert miss_chance(5, 5) == miss_chance(9, 5) == 0
    assert all_missed(Foci(5, np.zeros(0), np.zeros(0))) == 0  # nothing is left: a clear section is right


def test_a_section_shows_foci_by_their_profiles():
    region = disc_um(400, 150, (1500, 3000)) | disc_um(400, 300, (4500, 3000))
    found = found_foci(region, 3.0, VOXEL)
    assert len(found.number) == 2
    np.testing.assert_allclose(found.radius_mm, 4 / math.pi * np.array([0.15, 0.30]), atol=0.01)
    np.testing.assert_allclose(found.number, 1 / (1 - miss_chance(found.radius_mm, 3.0)))
    assert 0.05 < all_missed(found) < math.exp(-2)


def test_a_whole_tumour_or_a_rim_is_never_missed():
    whole = disc_um(400, 2500)
    rim = whole & ~disc_um(400, 2200)
    for region in (whole, rim):
        assert all_missed(found_foci(region, 2.5, VOXEL)) == 0


def test_more_foci_in_view_leave_less_to_miss():
    spots = [disc_um(400, 100, (1000 * n, 3000)) for n in range(1, 6)]
    missed = [all_missed(found_foci(np.any(spots[:n], axis=0), 3, VOXEL)) for n in range(1, 6)]
    assert missed == sorted(missed, reverse=True)
    assert missed[0] == pytest.approx(math.exp(-1), abs=0.03)  # one rare find says that one more is expected


def test_a_volume_holds_its_foci_themselves():
    region = disc_um(60, 150, (300, 450, 450), 3) | disc_um(60, 75, (700, 450, 450), 3)
    found = found_foci(region, 0.45, VOXEL)
    np.testing.assert_allclose(found.radius_mm, [0.15, 0.075], atol=0.008)
    assert found.number.tolist() == [1, 1]


@pytest.mark.parametrize(("radius", "spacing"), [(0.5, 5), (0.25, 5), (1.0, 4)])
def test_slices_hit_a_focus_as_often_as_they_lie_closer_than_it_is_wide(radius, spacing):
    """A focus far inside, blocks as wide as the face: the chance of a hit is 2r / spacing."""
    foci = Foci(15.0, np.array([radius]), np.array([1.0]))
    hit = 1 - sampled_missed(foci, spacing, 100.0, seed=5)
    assert hit == pytest.approx(2 * radius / spacing, rel=0.08)


def test_thin_slices_show_everything_and_narrow_blocks_less():
    foci = assumed_foci(9.0, 1, 0.5)
    missed = [sampled_missed(foci, *cut, seed=5) for cut in ((0.9, 100), (5, 100), (5, 10), (5, 3), (15, 3))]
    assert missed[0] < 0.01
    assert missed == sorted(missed)
    assert missed[-1] > 0.9


def test_sampling_agrees_with_an_independent_simulation():
    """Whole trials, focus by focus: 3 foci of 0.4 mm in a bed of 8 mm, 5-mm slices, 10-mm blocks."""
    chance = np.random.default_rng(11)
    trials, missed = 20_000, 0
    for _ in range(trials):
        first, seen = chance.uniform(-8, -3), False
        for _ in range(3):
            while True:
                place = chance.uniform(-8, 8, 3)
                if (place**2).sum() <= 7.6**2:
                    break
            for cut in np.arange(first, 8, 5):
                depth = 0.4**2 - (place[2] - cut) ** 2
                seen |= depth > 0 and abs(place[1]) <= 5 + math.sqrt(depth)
        missed += not seen
    found = sampled_missed(assumed_foci(8.0, 3, 0.4), 5, 10, seed=2)
    assert found == pytest.approx(missed / trials, abs=0.02)


def test_a_tumour_that_fills_its_bed_is_always_found():
    for reach in (0.4, 2.5, 10):
        assert sampled_missed(assumed_foci(reach, 1, reach), 5, 10, seed=3) == 0


def test_a_small_bed_is_cut_at_least_once():
    """One cut at random through a bed of 1 mm: a focus of 0.1 mm shows where the cut passes it."""
    cut, z = (
        np.random.default_rng(8).uniform(-1, 1, 300_000),
        np.random.default_rng(9).uniform(-1, 1, (300_000, 3)),
    )
    inside = (z**2).sum(axis=1) <= 1
    hit = np.abs(0.45 * z[inside, 2] - 0.5 * cut[inside]) < 0.05
    found = 1 - sampled_missed(assumed_foci(0.5, 1, 0.05), 5, 10, seed=3)
    assert found == pytest.approx(hit.mean(), abs=0.01)


def test_a_thousand_specks_are_as_good_as_their_classes():
    few = Foci(5, np.full(40, 0.02), np.full(40, 1.0))
    assert sampled_missed(few, 5, 10, 1) == pytest.approx(
        sampled_missed(assumed_foci(5, 40, 0.02), 5, 10, 1), abs=1e-12
    )


def test_a_focus_is_never_larger_than_its_bed():
    assert assumed_foci(0.3, 4, 0.5).radius_mm.tolist() == [0.3]
