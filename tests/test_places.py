"""What happened where: the maps of a run agree with its books and its numbers."""

import math

import numpy as np
import pytest

from il2sim.models import Config, simulate
from il2sim.models.recorder import _days_between
from il2sim.sim.result import Maps, Result

SMALL = {"patient.width": "0.8 mm", "space.margin": "0.3 mm", "schedule.surgery_day": "10"}
COURSE = {"schedule.days": "[0, 4]", "patient.stil": "40 %", "cd8.reactive_share": "40 %"}


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate(Config().with_values(SMALL | COURSE), 3)


@pytest.fixture(scope="module")
def maps(result: Result) -> Maps:
    assert result.maps is not None
    return result.maps


def test_kills_are_those_of_the_series(result: Result, maps: Maps):
    steps = np.diff(result.series["day"])
    counted = float((result.series["kills_per_day"][1:] * steps).sum())
    assert sum(maps.kills.values()) == pytest.approx(counted)
    assert set(maps.kills) <= {"", "cd8", "nk"}
    assert maps.kills["cd8"] > maps.kills.get("nk", 0) > 0


def test_the_kill_map_holds_each_killer_no_more_often_than_it_killed(maps: Maps):
    names, found = np.unique(maps.killed_by, return_counts=True)
    for code, voxels in zip(names, found, strict=True):
        if code:
            assert 0 < voxels <= maps.kills[maps.killer_names[code]]
    assert (maps.killed_by > 0).sum() > 0.5 * sum(maps.kills.values())


def test_without_killers_nobody_is_killed():
    knocked_out = {"mechanisms": ["tumour", "treg", "th", "il2"]}
    short = {"schedule.surgery_day": "1", "schedule.days": "[0]"}
    found = simulate(Config.model_validate(knocked_out).with_values(SMALL | short), 3).maps
    assert found is not None
    assert found.kills == {}
    assert not found.killed_by.any()


def test_what_is_lost_is_not_viable_at_surgery(result: Result, maps: Maps):
    first, last = result.snapshots[0], result.snapshots[-1]
    tumour = last.solid_names.index("tumour")
    is_lost = np.isfinite(maps.lost_day)
    assert not is_lost[last.solid == tumour].any()
    assert is_lost[(first.solid == tumour) & (last.solid != tumour)].all()
    days = maps.lost_day[is_lost]
    assert 0.0 < days.min() <= days.max() <= last.day
    assert np.allclose(days * 4 % 1, 0), "looked at every 6 h"


def test_hours_are_those_of_the_book(result: Result, maps: Maps):
    """The section's mean over the tumour as it started, weighted to a volume, against the volume book's."""
    assert maps.il2_hours is not None
    side = maps.il2_hours.shape[0]
    centre = (np.indices((side, side)) + 0.5) * maps.field_voxel_um - 0.5 * maps.lost_day.shape[0] * 15.0
    distance = np.hypot(*centre)
    weight = np.where(distance < 400.0, distance, 0.0)
    mean = float((weight * maps.il2_hours).sum() / weight.sum())
    assert mean == pytest.approx(sum(result.endpoints["cd8_hours"]), abs=1.0)
    assert mean > 10.0


def test_the_section_is_seen_before_later_visits(result: Result):
    assert [each.day for each in result.snapshots] == pytest.approx([0.0, 0.25, 4.0, 5.0, 10.0])
    assert [each.il2 is None for each in result.snapshots] == [False, False, True, False, False]
    weekly = Config()
    assert _days_between(weekly) == {7.0, 14.0, 21.0}
    daily = weekly.with_values({"schedule.days": str(list(range(12)))})
    assert _days_between(daily) == {1.0, 6.0, 11.0}
    ball = {"space.dimensions": "3", "patient.width": "2 mm"}
    assert _days_between(weekly.with_values(ball)) == set()


def test_a_volume_is_followed_in_its_central_plane():
    ball = {"space.dimensions": "3", "patient.width": "0.3 mm", "space.margin": "0.1 mm"}
    config = Config().with_values(ball | {"schedule.surgery_day": "0.5", "schedule.days": "[0]"})
    found = simulate(config, 1).maps
    assert found is not None
    assert found.il2_hours is not None
    assert (found.lost_day.ndim, found.killed_by.ndim, found.il2_hours.ndim) == (2, 2, 2)
    assert math.isclose(float(found.il2_hours.max()), 12.0, abs_tol=1e-4)
