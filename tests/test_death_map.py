"""Maps of death on drawn sections: what was lost round needles, vessels and CD8 cells."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from il2sim.experiments.hypotheses import death_map
from il2sim.experiments.study import store
from il2sim.experiments.study.execute import Run, Section
from il2sim.models import Config
from il2sim.sim.result import Maps
from tests import run_case

SIDE, VOXEL_UM = 400, 15.0  # 6 mm
SOLID = ("empty", "tumour", "stroma", "vessel")
IMMUNE = ("empty", "cd8")
ROUND = (death_map.deaths_round_needle, death_map.deaths_round_vessels, death_map.deaths_round_cd8)
Drawn = Callable[..., float]


def distance_um(x_um: float = 0.0, y_um: float = 0.0) -> Any:
    x, y = (np.indices((SIDE, SIDE)) + 0.5 - SIDE / 2.0) * VOXEL_UM
    return np.hypot(x - x_um, y - y_um)


def section(**given: Any) -> Section:
    """A round tumour of 5 mm without vessels or CD8 cells."""
    bed = distance_um() <= 2500.0
    il2 = np.zeros((100, 100), np.float32)
    none = np.zeros_like(bed, np.int8)
    found = Section(0.0, bed.astype(np.int8), none, bed, il2, VOXEL_UM, 60.0, SOLID, IMMUNE)
    return replace(found, **given)


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """One reading of a run with these sections, first and last, and these losses."""

    def reading(what: Any, lost: Any, before: Section | None = None, after: Section | None = None) -> float:
        run = Run(Config.model_validate({"patient": {"width": "5 mm"}}), 1, {})
        taken = run_case.maps(run.config)
        day = np.where(lost, 3.0, np.nan).astype(np.float32)
        made: Maps = replace(taken, lost_day=day, voxel_um=VOXEL_UM)
        first, last = before or section(), after or section()
        monkeypatch.setattr(store, "record", lambda *_: run_case.carried(run).record)
        monkeypatch.setattr(store, "sections", lambda *_: (first, last))
        monkeypatch.setattr(store, "maps", lambda *_: made)
        return float(what(tmp_path, "one", {}))

    return reading


@pytest.mark.parametrize("what", ROUND)
def test_losses_everywhere_are_centred_nowhere(what: Any, read: Drawn) -> None:
    some = np.zeros((SIDE, SIDE), np.int8)
    some[::40, ::40] = 1
    here = section(solid=np.where(some == 1, 3, section().solid).astype(np.int8), immune=some)
    assert read(what, np.ones((SIDE, SIDE), bool), here, here) == 1.0
    evenly = np.random.default_rng(1).random((SIDE, SIDE)) < 0.3
    assert read(what, evenly, here, here) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("what", ROUND)
def test_without_losses_or_places_nothing_is_said(what: Any, read: Drawn) -> None:
    assert np.isnan(read(what, np.zeros((SIDE, SIDE), bool)))
    if what is not death_map.deaths_round_needle:
        assert np.isnan(read(what, np.ones((SIDE, SIDE), bool)))


def test_a_wound_at_the_middle_needle(read: Drawn) -> None:
    """It is a disc of five: four more lie on the edge, hardly half of each within."""
    lost = distance_um() <= 300.0
    edge = sum(
        np.count_nonzero((distance_um(x, y) <= 300.0) & section().bed)
        for x, y in [(2500.0, 0.0), (0.0, 2500.0), (-2500.0, 0.0), (0.0, -2500.0)]
    )
    expected = section().bed.sum() / (lost.sum() + edge)
    assert expected == pytest.approx(2.5**2 / (3.0 * 0.3**2), rel=0.1)
    assert read(death_map.deaths_round_needle, lost) == pytest.approx(expected)


def test_only_what_was_tumour_on_day_0_counts(read: Drawn) -> None:
    """Tissue that was never tumour is not lost tumour, near a needle or far from it."""
    solid = np.where(distance_um() <= 150.0, 2, section().solid).astype(np.int8)
    ring = (distance_um() > 150.0) & (distance_um() <= 300.0)
    whole = read(death_map.deaths_round_needle, distance_um() <= 300.0, section(solid=solid))
    assert whole == read(death_map.deaths_round_needle, ring, section(solid=solid))


def test_round_a_vessel_of_day_0_and_a_cd8_cell_at_surgery(read: Drawn) -> None:
    """Within 30 um of a voxel of 15 lie twelve others."""
    one = np.zeros((SIDE, SIDE), bool)
    one[200, 200] = True
    with_vessel = section(solid=np.where(one, 3, section().solid).astype(np.int8))
    with_cd8 = section(immune=one.astype(np.int8))
    lost = distance_um(7.5, 7.5) <= 30.0
    tumour = section().bed.sum()
    found = read(death_map.deaths_round_vessels, lost, with_vessel, section())
    assert found == pytest.approx((tumour - 1) / 12)
    assert read(death_map.deaths_round_cd8, lost, section(), with_cd8) == pytest.approx(tumour / 13)
    assert np.isnan(read(death_map.deaths_round_cd8, lost, with_cd8, section()))


def test_of_a_volume_its_central_plane(read: Drawn) -> None:
    def deep(array: Any) -> Any:
        return np.stack([np.zeros_like(array), array, np.zeros_like(array)], axis=2)

    flat, lost = section(), distance_um() <= 300.0
    ball = section(solid=deep(flat.solid), immune=deep(flat.immune), bed=deep(flat.bed))
    what = death_map.deaths_round_needle
    assert read(what, lost, ball, ball) == read(what, lost)
