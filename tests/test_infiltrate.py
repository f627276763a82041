"""TIL, densities and imaging width on synthetic tissues, and the form of the scored document."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from il2sim.models.pathology import section_reading
from il2sim.models.pathology.endpoints import score
from tests.slides import IMMUNE, VOXEL, disc_um, nested, solid_pair, tissue

KEYS = [
    "viable_fraction", "rvt_percent", "rvt_percent_volume", "mpr", "section_pcr", "irrvt_bin",
    "rcb", "rcb_class", "rcb_baseline", "delta_rcb", "stil_percent", "itil_percent",
    "cd8_per_mm2", "nk_per_mm2", "treg_per_mm2", "cd8_treg_ratio", "width_viable_mm", "width_imaging_mm",
]  # fmt: skip


def test_infiltrate_on_section():
    bed = np.zeros((80, 80), dtype=bool)
    bed[20:60, 20:60] = True
    nests = np.zeros_like(bed)
    nests[20:60, 20:40] = True  # 800 voxels of nest, 800 of stroma
    immune = np.zeros(bed.shape, dtype=np.int8)
    immune[20:40, 50] = IMMUNE.index("cd8")
    immune[40:50, 50] = IMMUNE.index("treg")
    immune[50:54, 50] = IMMUNE.index("nk")
    immune[20:36, 51] = IMMUNE.index("th")
    immune[20:50, 52] = IMMUNE.index("other_til")
    immune[20:36, 30] = IMMUNE.index("cd8")  # in the nests
    immune[5:15, 5:15] = IMMUNE.index("cd8")  # outside the tumour
    after = tissue(bed, {"tumour": nests}, immune=immune)
    found = score(after, after)
    profile_per_mm2 = 11 / 15 / (1600 * 0.015**2)
    assert found["stil_percent"] == pytest.approx(100 * 80 / 800)
    assert found["itil_percent"] == pytest.approx(100 * 16 / 800)
    assert found["cd8_per_mm2"] == pytest.approx(36 * profile_per_mm2)
    assert found["treg_per_mm2"] == pytest.approx(10 * profile_per_mm2)
    assert found["nk_per_mm2"] == pytest.approx(4 * profile_per_mm2)
    assert found["cd8_treg_ratio"] == pytest.approx(3.6)


def test_density_in_slab_and_profile():
    per_mm2_slab = 0.15 * 0.40 / 0.015**2
    assert per_mm2_slab == pytest.approx(267, abs=0.5)
    assert section_reading.per_mm2_profile(6, 100, VOXEL) == pytest.approx(per_mm2_slab * 11 / 15)
    assert section_reading.per_mm2_profile(6, 100, VOXEL) == pytest.approx(196, abs=0.5)
    assert section_reading.per_mm2_profile(48, 100, 30.0) == pytest.approx(
        per_mm2_slab * 11 / 15
    )  # 8 cells a voxel


def test_stroma_full_of_cells_is_all_til():
    bed, nests = nested(200, 1200)
    full = np.where(bed & ~nests, IMMUNE.index("th"), 0).astype(np.int8)
    found = score(*(tissue(bed, {"tumour": nests}, immune=full),) * 2)
    assert (found["stil_percent"], found["itil_percent"]) == (100, 0)


def test_ratios_without_denominator_are_absent():
    bed = disc_um(120, 600)
    found = score(*(tissue(bed, {"tumour": bed}),) * 2)
    assert set(KEYS) - set(found) == {"stil_percent", "cd8_treg_ratio"}
    assert found["treg_per_mm2"] == 0


def test_a_knocked_out_population_is_counted_as_none():
    bed, nests = nested(200, 1200)
    immune = np.where(bed, 1, 0).astype(np.int8)
    without_treg = replace(tissue(bed, {"tumour": nests}, immune=immune), immune_names=("empty", "cd8"))
    found = score(without_treg, without_treg)
    assert (found["treg_per_mm2"], found["nk_per_mm2"]) == (0, 0)
    assert found["cd8_per_mm2"] > 0


def test_imaging_sees_bed_and_touching_infiltrate():
    bed, core = disc_um(400, 2000), disc_um(400, 500)
    start, end = solid_pair(bed, core)
    alone, cuff = np.zeros(bed.shape, dtype=np.int8), np.zeros(bed.shape, dtype=np.int8)
    alone[370, 200] = 1
    cuff[disc_um(400, 2300) & ~bed] = 1
    found = [score(start, replace(end, immune=cells)) for cells in (end.immune, alone, cuff)]
    assert [round(endpoints["width_imaging_mm"], 1) for endpoints in found] == [4.0, 4.0, 4.6]
    assert all(endpoints["width_viable_mm"] == pytest.approx(1.0, abs=0.03) for endpoints in found)


def test_document_is_complete_and_plain():
    bed, nests = nested(300, 1800)
    immune = np.random.default_rng(4).integers(0, 6, bed.shape).astype(np.int8)
    before = tissue(bed, {"tumour": nests}, immune=immune)
    layers = before.solid.copy(), before.bed.copy()
    found = score(before, before)
    assert list(found) == KEYS
    assert json.loads(json.dumps(found)) == found
    assert {type(value) for value in found.values()} == {float, bool, str}
    np.testing.assert_array_equal(before.solid, layers[0])
    np.testing.assert_array_equal(before.bed, layers[1])


@pytest.mark.parametrize("turned", [np.rot90, np.flipud, np.fliplr, np.transpose])
def test_turning_the_slide_changes_nothing(turned):
    bed, nests = nested(301, 2000)
    left = nests & (np.random.default_rng(6).random(bed.shape) < 0.1) & (np.arange(301) < 190)
    immune = np.random.default_rng(4).integers(0, 6, bed.shape).astype(np.int8)
    pair = (
        tissue(bed, {"tumour": nests}),
        tissue(bed, {"tumour": left, "cleared": nests & ~left}, day=28.0, immune=immune),
    )
    upright = score(*pair)
    found = score(
        *(replace(at, solid=turned(at.solid), immune=turned(at.immune), bed=turned(at.bed)) for at in pair)
    )
    assert 5 < upright["rvt_percent"] < 90
    words = [key for key in KEYS if isinstance(upright[key], str)]
    assert [found.pop(key) for key in words] == [upright.pop(key) for key in words]
    assert found == pytest.approx(upright, rel=1e-12)
