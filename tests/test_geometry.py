"""Where each geometry puts the drug: volumes against closed forms, amounts, spill, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from il2sim.models.drug.geometries.depot_shape import (
    Ball,
    Capsules,
    Shell,
    fill_tracks,
    sphere_um3,
    sphere_without_ball_um3,
)
from il2sim.models.drug.geometries.injection import GEOMETRIES, Technique, depots, inject, is_symmetric

DOSES = [(25e3, 2_500.0), (2.5e6, 2_500.0), (10e6, 10_000.0)]


def technique(geometry: str, off_centre_um: float = 0.0, tracks: int = 4) -> Technique:
    return Technique(0.5, 0.6, 0.4, 5e6, geometry, off_centre_um, tracks)


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("off_centre_um", [0.0, 1_000.0])
@pytest.mark.parametrize(("dose_iu", "radius_um"), DOSES)
def test_retained_fluid_fills_its_tissue(
    geometry: str, off_centre_um: float, dose_iu: float, radius_um: float
) -> None:
    injection = inject(dose_iu, radius_um, 0.3, technique(geometry, off_centre_um))
    assert injection.leaked_nmol + injection.retained_nmol == pytest.approx(
        injection.injected_nmol, rel=1e-12
    )
    assert injection.ul(injection.injected_nmol) == pytest.approx(dose_iu / 5e6 * 1e3, rel=1e-12)
    for part in injection.parts:
        fluid_um3 = injection.ul(part.retained_nmol) * 1e9
        assert part.shape.volume_um3 == pytest.approx(fluid_um3 / 0.3, rel=1e-9)
        assert 0.0 <= part.spilled_nmol <= part.retained_nmol
        assert part.inner_um <= part.outer_um


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("off_centre_um", [0.0, 1_000.0])
@pytest.mark.parametrize(("dose_iu", "radius_um"), DOSES)
def test_volume_and_spill_agree_with_points_thrown_at_random(
    geometry: str, off_centre_um: float, dose_iu: float, radius_um: float
) -> None:
    """Counts points within each shape, the earlier depot first; a ring's shape is what the core leaves."""
    parts = depots(dose_iu, radius_um, 0.3, technique(geometry, off_centre_um))
    low, high = np.stack([part.shape.reach_um() for part in parts]).min(0)[0], 0.0
    high = np.stack([part.shape.reach_um() for part in parts]).max(0)[1]
    points = np.random.default_rng(1).uniform(low, high, size=(400_000, 3))
    is_free = np.ones(len(points), dtype=bool)
    is_beyond = np.linalg.norm(points, axis=1) > radius_um
    for part in parts:
        is_in = (part.shape.outside_um(points) < 0.0) & is_free
        is_free &= ~is_in
        box_um3 = float(np.prod(high - low))
        error = 5.0 / math.sqrt(is_in.sum())
        assert is_in.mean() * box_um3 == pytest.approx(part.shape.volume_um3, rel=error + 2e-3)
        spilled = part.spilled_nmol / part.retained_nmol
        assert (is_in & is_beyond).sum() / is_in.sum() == pytest.approx(spilled, abs=error + 3e-3)


def test_which_geometries_radius_alone_can_tell() -> None:
    symmetric = {name for name in GEOMETRIES if is_symmetric(technique(name))}
    assert symmetric == {"half_and_half", "centre", "ring"}
    assert [name for name in GEOMETRIES if is_symmetric(technique(name, 500.0))] == ["ring"]
    for name in GEOMETRIES:
        for off_um in (0.0, 500.0):
            parts = depots(2.5e6, 2_500.0, 0.3, technique(name, off_um))
            are_shells = all(isinstance(part.shape, Shell) and part.shape.taken_um3 == 0.0 for part in parts)
            assert are_shells is is_symmetric(technique(name, off_um))


def test_centre_and_ring_are_the_ends_of_half_and_half() -> None:
    for name, share in (("centre", 1.0), ("ring", 0.0)):
        alone = depots(2.5e6, 2_500.0, 0.3, technique(name))
        assert alone == depots(2.5e6, 2_500.0, 0.3, Technique(share, 0.6, 0.4, 5e6))


def test_a_hair_off_centre_changes_nothing_much() -> None:
    for name in ("half_and_half", "centre"):
        for dose_iu, radius_um in DOSES:
            still = inject(dose_iu, radius_um, 0.3, technique(name))
            moved = inject(dose_iu, radius_um, 0.3, technique(name, 1e-3))
            assert moved.spilled_nmol == pytest.approx(still.spilled_nmol, rel=1e-5, abs=1e-12)
            assert moved.parts[-1].outer_um == pytest.approx(still.parts[-1].outer_um, rel=1e-5)


def test_tracks_that_do_not_touch_have_the_volume_of_capsules() -> None:
    parallel = tuple(((-2_500.0, y, 0.0), (2_500.0, y, 0.0)) for y in (-2_000.0, 2_000.0))
    radius = 500.0
    capsules = 2.0 * (math.pi * radius**2 * 5_000.0 + sphere_um3(radius))
    found, _ = fill_tracks(parallel, capsules, 2_500.0)
    assert found.radius_um == pytest.approx(radius, rel=2e-3)


def test_tracks_serve_equal_parts_and_are_mirror_images() -> None:
    for name in ("tracks", "fan"):
        for n in range(1, 10):
            (part,) = depots(2.5e4, 2_500.0, 0.3, technique(name, tracks=n))
            assert isinstance(part.shape, Capsules)
            assert len(part.shape.segments) == n
            ends = np.round(np.array(part.shape.segments).reshape(-1, 3), 6) + 0.0
            for mirror in ([1, -1, 1], [1, 1, -1]):
                assert {tuple(end) for end in ends} == {tuple(end) for end in ends * mirror + 0.0}


@pytest.mark.parametrize("off_centre_um", [0.0, 700.0])
@pytest.mark.parametrize("geometry", ["tracks", "fan"])
@pytest.mark.parametrize("tracks", range(1, 10))
def test_every_track_is_a_chord_of_the_tumour(geometry: str, tracks: int, off_centre_um: float) -> None:
    """It begins and ends at the edge and lies within; a needle off the centre carries it along, unchanged."""
    (part,) = depots(2.5e4, 2_500.0, 0.3, technique(geometry, off_centre_um, tracks))
    assert isinstance(part.shape, Capsules)
    segments = np.array(part.shape.segments) - [off_centre_um, 0.0, 0.0]
    assert np.linalg.norm(segments, axis=-1) == pytest.approx(2_500.0, rel=1e-9)
    assert part.record()["tracks_um"] == [[*start[:2], *end[:2]] for start, end in part.shape.segments]


def test_thin_tracks_lie_within_the_tumour() -> None:
    """Of very little fluid next to nothing lies beyond the edge."""
    few_iu = 2.5e2
    for geometry in ("tracks", "fan"):
        injection = inject(few_iu, 2_500.0, 0.3, technique(geometry))
        assert 0.0 < injection.spilled_nmol < 0.03 * injection.retained_nmol, geometry


def test_a_ball_cuts_a_lens_out_of_a_sphere() -> None:
    unit = Ball((1.0, 0.0, 0.0), 1.0)
    assert sphere_without_ball_um3(1.0, unit) == pytest.approx(4.0 / 3.0 * math.pi - 5.0 * math.pi / 12.0)
    assert sphere_without_ball_um3(1.0, Ball((3.0, 0.0, 0.0), 1.0)) == pytest.approx(sphere_um3(1.0))
    assert sphere_without_ball_um3(2.0, Ball((0.5, 0.0, 0.0), 1.0)) == pytest.approx(
        sphere_um3(2.0) - sphere_um3(1.0)
    )
    assert sphere_without_ball_um3(1.0, Ball((0.5, 0.0, 0.0), 2.0)) == 0.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (technique("spiral"), r"schedule\.geometry: found 'spiral'; allowed: centre, fan, half_and_half"),
        (technique("centre", -1.0), r"schedule\.off_centre: found -1; allowed: 0 um or more"),
        (technique("centre", math.nan), r"schedule\.off_centre: found nan"),
        (technique("tracks", tracks=0), r"schedule\.tracks: found 0; allowed: 1 to 9"),
    ],
)
def test_impossible_techniques_are_refused(wrong: Technique, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        depots(2.5e6, 2_500.0, 0.3, wrong)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_what_is_not_retained_takes_no_room(geometry: str) -> None:
    nothing = Technique(0.5, 0.0, 0.0, 5e6, geometry, 200.0)
    injection = inject(2.5e6, 2_500.0, 0.3, nothing)
    assert injection.retained_nmol == injection.spilled_nmol == 0.0
    assert injection.leaked_nmol == pytest.approx(injection.injected_nmol)
    assert inject(0.0, 2_500.0, 0.3, technique(geometry)).parts == ()
