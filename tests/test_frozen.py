"""One injection, 72 h, cells frozen: a section against three dimensions, a coarse field against a fine one.

Compared are hours above each EC50 and uptake per cell. Until the hand-over (about 20 h) both sides are shown
the same radial volume book, so those hours agree by construction; what the plane adds of itself comes after,
and is held to a limit of its own. Cells stay, so what their moving and dividing would do is not compared.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.frozen_ball import frozen_ball
from tests.frozen_case import Frozen, Seen, follow, frozen, widened

pytestmark = pytest.mark.slow

ROOM = 17  # field voxels of 60 um round a tumour laid without a margin; with the halo 2 mm
Row = dict[str, float]


def after_hand_over(seen: Seen) -> Row:
    """Hours above each EC50 that the own field brought: all of the tumour is above them until then."""
    assert min(seen.hours.values()) > seen.hand_over.hour
    return {name: hours - seen.hand_over.hour for name, hours in seen.hours.items()}


def apart(found: Mapping[str, float], wanted: Mapping[str, float]) -> Row:
    """By how much each value differs, as a share of the wanted one."""
    return {name: found[name] / wanted[name] - 1.0 for name in wanted}


def table(found: Seen, wanted: Seen) -> dict[str, Row]:
    """Everything that is compared, as shares."""
    return {
        "hours": apart(found.hours, wanted.hours),
        "hours at the cells": apart(found.cell_hours, wanted.cell_hours),
        "hours after the hand-over": apart(after_hand_over(found), after_hand_over(wanted)),
        "uptake per cell": apart(found.uptake_amol, wanted.uptake_amol),
        "uptake per cell, own field": apart(found.own_uptake_amol, wanted.own_uptake_amol),
    }


def say(title: str, seen: Seen, differences: Mapping[str, Row]) -> None:
    spoken = {name: round(hours, 2) for name, hours in seen.hours.items()}
    over = seen.hand_over
    print(
        f"\n{title}: hours {spoken}; handed over at {over.hour:g} h, {over.peak_nM:.2f} nM"
        f"{', forced' if over.is_forced else ''}"
    )
    for what, row in differences.items():
        print(f"  {what}: " + ", ".join(f"{name} {share:+.2%}" for name, share in row.items()))


def largest(row: Row) -> float:
    return max(map(abs, row.values()))


@pytest.mark.parametrize("stil", ["15 %", "50 %"])
def test_a_finer_field_tells_the_same(stil: str, capsys: pytest.CaptureFixture[str]):
    """3 mm, the same cells: under 3 % between 60, 30 and 15 um in hours and uptake, also of the own field."""
    values = {"patient.width": "3 mm", "patient.stil": stil}
    seen = {um: follow(frozen({**values, "space.field_voxel": f"{um} um"}, 1)) for um in (60, 30, 15)}
    with capsys.disabled():
        for um in (60, 30):
            found = table(seen[um], seen[15])
            say(f"sTIL {stil}, {um} um against 15 um", seen[um], found)
            assert {what for what, row in found.items() if not largest(row) < 0.03} == set()
    assert largest(apart(seen[60].uptake_amol, seen[15].uptake_amol)) > 1e-5, "the voxels made no difference"


def assert_section_tells(title: str, section: Frozen, solid: Seen) -> None:
    flat = follow(widened(section, ROOM))
    found = table(flat, solid)
    say(title, flat, found)
    assert largest(found["hours"]) < 0.10
    assert largest(found["hours at the cells"]) < 0.10
    assert largest(found["hours after the hand-over"]) < 0.15  # our own limit: the design's is of all hours


@pytest.mark.parametrize("stil", ["15 %", "50 %"])
def test_a_section_tells_what_a_nodule_tells(stil: str, capsys: pytest.CaptureFixture[str]):
    """1.2 mm, laid cell by cell in three dimensions, against the section of the same woman."""
    values = {"patient.width": "1.2 mm", "patient.stil": stil, "space.margin": "0 mm"}
    nodule = follow(widened(frozen({**values, "space.dimensions": "3"}, 1), ROOM))
    with capsys.disabled():
        assert_section_tells(f"section against nodule of 1.2 mm, sTIL {stil}", frozen(values, 1), nodule)


def test_a_section_tells_what_a_tumour_of_5_mm_tells(capsys: pytest.CaptureFixture[str]):
    """5 mm, sTIL 15 %: the ball's 19 million voxels are laid as `initial_tissue` lays them, but with other
    random numbers and without traits, and kept as counts per field voxel of 60 um; against them stand the
    section as a run lays it and the ball's own middle slice.
    """
    values = {"patient.width": "5 mm", "space.margin": "0 mm"}
    ball, middle = frozen_ball(values, 1)
    laid = frozen(values, 1)
    assert ball.cells["cd8"].shape == (84, 84, 84)
    for name in ("cd8", "treg", "th"):
        assert ball.density_per_ml[name] == pytest.approx(laid.density_per_ml[name], rel=0.1)
    solid = follow(widened(ball, ROOM))
    with capsys.disabled():
        for title, section in (("laid section", laid), ("middle slice", middle)):
            assert_section_tells(f"{title} against a ball of 5 mm", section, solid)
