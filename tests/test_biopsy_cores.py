"""Where the cores of a biopsy lie: a section sees, in the mean, the share that the whole tumour loses."""

from __future__ import annotations

import numpy as np
import pytest

from il2sim.models.biology.treatment_effects.biopsy import cavity, core_tracks
from tests.cores_case import section_share


def test_one_core_through_the_centre_takes_its_cylinder_of_the_ball():
    found = [section_share(2_000.0, seed, (1, 1_200.0, 15_000.0, 0.0)) for seed in range(400)]
    error = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(1.0 - (1.0 - 0.3**2) ** 1.5, abs=3.0 * error)
    assert error < 0.006


@pytest.mark.parametrize("needle", [(4, 1_200.0, 15_000.0, 1_250.0), (12, 3_000.0, 3_000.0, 1_250.0)])
def test_a_section_sees_on_average_the_share_that_the_ball_loses(needle: tuple[int, float, float, float]):
    cores, width_um, length_um, aim_um = needle
    cube = np.random.default_rng(1).uniform(-2_500.0, 2_500.0, (6_000, 3))
    ball = cube[np.linalg.norm(cube, axis=1) < 2_500.0]
    apart = []
    for seed in range(150):
        whole = cavity(ball, core_tracks(seed, cores, length_um, aim_um), width_um).mean()
        apart.append(section_share(2_500.0, seed, needle) - whole)
    assert abs(np.mean(apart)) < 3.0 * np.std(apart) / np.sqrt(len(apart)) + 0.002
    assert np.std(apart) / np.sqrt(len(apart)) < 0.015


def test_cores_are_a_womans_own_and_the_first_stay_when_more_follow():
    four, six, other = (
        core_tracks(1, 4, 15e3, 1e3),
        core_tracks(1, 6, 15e3, 1e3),
        core_tracks(2, 4, 15e3, 1e3),
    )
    assert four.shape == (4, 2, 3)
    np.testing.assert_array_equal(four, six[:4])
    assert not np.isclose(four, other).any()
    along = four[:, 1] - four[:, 0]
    assert np.linalg.norm(along, axis=1) == pytest.approx(15e3)
    middle = four.mean(axis=1)
    assert (np.linalg.norm(middle, axis=1) <= 1e3).all()
    assert (middle * along).sum(axis=1) == pytest.approx(0.0, abs=1e-3)


def test_vacuum_takes_more_than_cores():
    shares = {
        method: np.mean([section_share(5_000.0, seed, needle) for seed in range(30)])
        for method, needle in (
            ("core", (4, 1_200.0, 15e3, 2_500.0)),
            ("vacuum", (12, 3_000.0, 20e3, 2_500.0)),
        )
    }
    assert 0.04 < shares["core"] < 0.12
    assert 0.4 < shares["vacuum"] < 0.7
