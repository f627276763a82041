"""Closing, opening and calipers against explicit balls and figures of known size."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import binary_closing, binary_opening

from il2sim.models.pathology.morphology import (
    close_by_ball,
    distance_from_centre_um,
    feret_diameters_mm,
    open_by_ball,
)
from tests.slides import VOXEL, disc_um


def ball(radius_um, dimensions):
    reach = int(radius_um / VOXEL)
    axes = np.meshgrid(*[np.arange(-reach, reach + 1)] * dimensions, indexing="ij")
    return sum(axis**2 for axis in axes) <= (radius_um / VOXEL) ** 2


@pytest.mark.parametrize(("shape", "radius_um"), [((40, 31), 100.0), ((33, 37), 75.0), ((18, 15, 16), 50.0)])
@pytest.mark.parametrize("density", [0.004, 0.03, 0.4, 0.97])
def test_closing_and_opening_are_those_by_an_explicit_ball(shape, radius_um, density):
    mask = np.random.default_rng(3).random(shape) < density
    structure, reach = ball(radius_um, len(shape)), int(radius_um / VOXEL) + 1
    inner = tuple(slice(reach, -reach) for _ in shape)
    for ours, explicit in ((close_by_ball, binary_closing), (open_by_ball, binary_opening)):
        expected = explicit(np.pad(mask, reach), structure)[inner]
        np.testing.assert_array_equal(ours(mask, radius_um, VOXEL), expected)


def test_distance_is_measured_from_the_middle_of_the_array():
    distance = distance_from_centre_um((4, 5), VOXEL)
    assert distance[0, 2] == pytest.approx(22.5)
    assert distance[3, 4] == pytest.approx(math.hypot(22.5, 30))


@pytest.mark.parametrize("radius_um", [400.0, 1500.0, 5000.0])
def test_feret_of_a_disc(radius_um):
    size = int(2 * radius_um / VOXEL) + 10
    for diameter in feret_diameters_mm(disc_um(size, radius_um), VOXEL):
        assert diameter == pytest.approx(2 * radius_um / 1000, abs=1.5 * VOXEL / 1000)


@pytest.mark.parametrize("degrees", [0, 17, 30, 45, 73])
def test_feret_of_a_rectangle_at_an_angle(degrees):
    x, y = np.meshgrid(*[(np.arange(300) + 0.5 - 150) * VOXEL] * 2, indexing="ij")
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    mask = (np.abs(cosine * x + sine * y) <= 1500) & (np.abs(cosine * y - sine * x) <= 400)
    major, minor = feret_diameters_mm(mask, VOXEL)
    assert major == pytest.approx(math.hypot(3.0, 0.8), abs=2 * VOXEL / 1000)
    assert minor == pytest.approx(0.8, abs=2 * VOXEL / 1000)


def test_smallest_caliper_of_a_triangle_is_its_altitude():
    x, y = np.meshgrid(*[(np.arange(300) + 0.5) * VOXEL] * 2, indexing="ij")
    major, minor = feret_diameters_mm(x / 3000 + y / 4000 <= 1, VOXEL)
    assert major == pytest.approx(5.0, abs=2 * VOXEL / 1000)
    assert minor == pytest.approx(2.4, abs=2 * VOXEL / 1000)


def test_feret_counts_the_voxel_itself():
    mask = np.zeros((9, 7), dtype=bool)
    assert feret_diameters_mm(mask, VOXEL) == (0.0, 0.0)
    mask[2:6, 3] = True
    assert feret_diameters_mm(mask, VOXEL) == pytest.approx((math.hypot(60, 15) / 1000, 0.015))
