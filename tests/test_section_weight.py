"""Volumes lost read from sections of balls of which the volume lost is known, wherever the needle went."""

import dataclasses

import numpy as np
import pytest

from il2sim.experiments.report.figures import il2
from il2sim.models import Config, simulate
from il2sim.models.build import remarks
from il2sim.models.drug.geometries.injection import Technique
from il2sim.models.pathology.endpoints import score
from il2sim.models.pathology.stereology import is_axial, volume_weight
from tests import run_case
from tests.slides import VOXEL, disc_um, nested, solid_pair, tissue
from tests.tumours import tiny

SIZE, RADIUS = 340, 2500.0  # voxels; um
BED = disc_um(SIZE, RADIUS)
MIDDLE = SIZE * VOXEL / 2
OFF_CENTRE = {
    "schedule.off_centre": "0.2 mm",
    "schedule.geometry": "centre",
    "schedule.surgery_day": "0.5",
    "il2.half_life": "1 h",
}


def common_share(hole_um: float, off_um: float) -> float:
    """Share of the tumour's ball within a ball of that radius so far from its centre (lens of spheres)."""
    gap = RADIUS + hole_um - off_um
    if off_um + hole_um <= RADIUS:
        return (hole_um / RADIUS) ** 3
    lens = off_um**2 + 2 * off_um * (hole_um + RADIUS) - 3 * (hole_um - RADIUS) ** 2
    return gap**2 * lens / (12 * off_um) / (4 / 3 * RADIUS**3)


def lost(hole: np.ndarray, *, axial: bool) -> float:
    """What the pathologist reads as lost where the hole is cleared."""
    found = score(*solid_pair(BED, BED & ~hole), is_axial=axial)
    assert found["rvt_percent_volume"] <= 100.0
    return 1.0 - found["viable_fraction"]


def hole_at(off_um: float, radius_um: float) -> np.ndarray:
    return disc_um(SIZE, radius_um, (MIDDLE + off_um, MIDDLE))


@pytest.mark.parametrize(("radius_um", "off_um"), [
    (500, 0), (500, 750), (500, 1500), (1000, 1500), (1500, 1500), (1000, 2250),
])  # fmt: skip
def test_a_ball_cleared_off_centre_is_read_as_large_as_it_is(radius_um: float, off_um: float) -> None:
    hole, true = hole_at(off_um, radius_um), common_share(radius_um, off_um)
    assert lost(hole, axial=True) == pytest.approx(true, abs=0.002)
    if off_um > 0:
        by_centre, by_area = lost(hole, axial=False), (hole & BED).sum() / BED.sum()
        assert min(by_centre, by_area) > true + 0.01, "neither of the other estimators is to be had"


def test_the_other_estimators_read_five_times_too_much() -> None:
    hole = hole_at(1500, 500)
    assert common_share(500, 1500) == pytest.approx(0.008)
    assert lost(hole, axial=False) == pytest.approx(0.0365, abs=5e-4)
    assert (hole & BED).sum() / BED.sum() == pytest.approx(0.04, abs=5e-4), "bed area to 3/2 times density"


def test_the_ring_and_a_core_off_centre_are_read_together() -> None:
    ring, hole = BED & ~disc_um(SIZE, 2250), hole_at(1000, 500)
    true = 1 - 0.9**3 + 0.2**3
    assert lost(ring | hole, axial=True) == pytest.approx(true, abs=0.003)


def test_one_track_through_the_middle_is_a_cylinder() -> None:
    x, y = np.meshgrid(*[(np.arange(SIZE) + 0.5) * VOXEL - MIDDLE] * 2, indexing="ij")
    track = BED & (np.abs(y) <= 500)
    true = 1 - (1 - 0.2**2) ** 1.5  # a ball drilled through
    assert lost(track, axial=True) == pytest.approx(true, abs=0.003)
    assert lost(track, axial=False) > 3 * true


def test_growth_and_thinning_are_read_as_about_the_centre() -> None:
    large = disc_um(SIZE, RADIUS * 0.9)
    start, end = tissue(large, {"tumour": large}), tissue(BED, {"tumour": BED}, day=28.0)
    grown = score(start, end, is_axial=True)["viable_fraction"]
    assert grown == pytest.approx(1 / 0.9**3, rel=3e-3)
    bed, nests = nested(SIZE, RADIUS)
    left = nests & (np.random.default_rng(1).random(bed.shape) < 0.5)
    pair = tissue(bed, {"tumour": nests}), tissue(bed, {"tumour": left, "dead": nests & ~left}, day=28.0)
    assert score(*pair, is_axial=True)["viable_fraction"] == pytest.approx(0.5, abs=0.01)


def test_the_region_is_weighed_like_the_cells() -> None:
    hole = hole_at(1500, 500)
    read = [
        score(*solid_pair(BED, BED & ~hole), is_axial=axial)["rvt_percent_volume"] for axial in (True, False)
    ]
    assert read == pytest.approx([99.2, 96.35], abs=0.2)


def test_a_volume_is_counted_whatever_the_geometry() -> None:
    assert (volume_weight((4, 5, 6), VOXEL, axial=True) == 1.0).all()


@pytest.mark.parametrize(
    ("geometry", "off_centre_um", "tracks", "expected"),
    [
        ("half_and_half", 0.0, 4, False),
        ("half_and_half", 100.0, 4, True),
        ("centre", 100.0, 4, True),
        ("ring", 100.0, 4, False),
        ("tracks", 0.0, 1, True),
        ("tracks", 0.0, 4, False),
        ("fan", 100.0, 1, True),
        ("fan", 0.0, 3, False),
    ],
)
def test_which_geometries_lie_about_a_line(
    geometry: str, off_centre_um: float, tracks: int, expected: bool
) -> None:
    technique = Technique(0.5, 0.6, 0.4, 5e6, geometry, off_centre_um, tracks)
    assert is_axial(technique) is expected


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, ""),
        ({"schedule.off_centre": "1 mm"}, "schedule.off_centre: the dose lies about one line"),
        ({"schedule.geometry": "fan"}, "schedule.geometry: the depots of fan are alike neither"),
        ({"schedule.geometry": "tracks"}, "use space.dimensions: 3"),
        ({"schedule.geometry": "tracks", "schedule.tracks": "1"}, "by distance from that line"),
        ({"schedule.off_centre": "1 mm", "schedule.dose": "0 MIU/mm"}, ""),
        ({"schedule.off_centre": "0.2 mm", "space.dimensions": "3", "patient.width": "1 mm"}, ""),
    ],
)
def test_it_is_remarked_how_the_section_is_read(values: dict[str, str], said: str) -> None:
    found = [each for each in remarks(Config().with_values(values)) if "section" in each]
    assert len(found) == bool(said)
    assert said in "".join(found)


def test_mean_hours_are_those_of_the_volume_off_centre_too() -> None:
    side = 200
    x, y = (np.indices((side, side)) + 0.5) * 60.0 - 60.0 * side / 2
    hours = np.where(np.hypot(x - 2000, y) < 2000, 8.0, 0.0).astype(np.float32)  # of 1 / 8 of the ball
    lost = np.full((4 * side, 4 * side), np.nan, np.float32)
    maps = dataclasses.replace(run_case.maps(Config()), il2_hours=hours, lost_day=lost)
    assert il2.mean_hours(maps, 8.0, axial=True) == pytest.approx(1.0, abs=0.02)
    assert il2.mean_hours(maps, 8.0) > 1.5


def test_a_run_off_centre_is_read_about_the_line_of_its_needle() -> None:
    result = simulate(tiny(OFF_CENTRE), 1)
    start, soon, end = result.snapshots[0], result.snapshots[1], result.snapshots[-1]
    y = np.abs(np.arange(start.solid.shape[1]) + 0.5 - start.solid.shape[1] / 2)
    viable = [(each.solid == each.solid_names.index("tumour")) * y for each in (start, end)]
    expected = viable[1].sum() / viable[0].sum()
    assert result.endpoints["viable_fraction"] == pytest.approx(expected, rel=1e-12)
    assert result.series["viable_fraction"][-1] == pytest.approx(expected, rel=1e-12)
    field = soon.il2
    assert field is not None
    tilt = [abs(np.diff(field.sum(axis=other)[[0, -1]])[0]) / field.sum() for other in (1, 0)]
    assert tilt[0] > 10 * tilt[1], "the needle lies along the first axis of the section"
