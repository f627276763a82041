"""Response and residual burden of synthetic tissues known from geometry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from il2sim.models.pathology import section_reading
from il2sim.models.pathology.endpoints import score
from il2sim.models.pathology.grades import irrvt_bin, is_mpr
from il2sim.models.pathology.rcb import PathologyError, rcb
from tests.slides import VOXEL, disc_um, nested, solid_pair, tissue


# share of the radius left viable, as core or as rim; area %, volume % calculated apart from the code
@pytest.mark.parametrize(
    ("inner", "outer", "area", "volume"), [(0, 0.5, 25.0, 12.5), (0.9, 1, 19.0, 27.1), (0, 1, 100.0, 100.0)]
)
def test_core_and_rim_by_area_and_by_volume(inner, outer, area, volume):
    bed = disc_um(700, 5000)
    viable = disc_um(700, 5000 * outer) & ~(disc_um(700, 5000 * inner) & (inner > 0))
    found = score(*solid_pair(bed, viable))
    assert found["rvt_percent"] == pytest.approx(area, abs=0.15)
    assert found["rvt_percent_volume"] == pytest.approx(volume, abs=0.15)
    assert found["viable_fraction"] == pytest.approx(volume / 100, abs=0.0015)


@pytest.mark.parametrize(
    ("kind", "limit", "key"),
    [
        ("core", 0.316, "rvt_percent"),
        ("core", 0.464, "rvt_percent_volume"),
        ("rim", 0.949, "rvt_percent"),
        ("rim", 0.966, "rvt_percent_volume"),
    ],
)
def test_where_a_core_or_a_rim_passes_the_limit_of_mpr(kind, limit, key):
    bed = disc_um(700, 5000)
    found = []
    for share in (limit - 0.004, limit + 0.004):
        inside = disc_um(700, 5000 * share)
        found.append(score(*solid_pair(bed, inside if kind == "core" else bed & ~inside)))
    responders = [is_mpr(endpoints[key]) for endpoints in found]
    assert responders == ([True, False] if kind == "core" else [False, True])
    assert [endpoints["mpr"] for endpoints in found] == [
        endpoints["rvt_percent"] <= 10 for endpoints in found
    ]


def test_ten_percent_is_mpr_and_a_hair_more_is_not():
    bed = np.ones((100, 100), dtype=bool)
    at_limit, above = (np.arange(10_000).reshape(100, 100) < count for count in (1000, 1001))
    assert section_reading.rvt_percent(at_limit, bed) == 10.0
    assert is_mpr(section_reading.rvt_percent(at_limit, bed))
    assert section_reading.rvt_percent(above, bed) == 10.01
    assert not is_mpr(section_reading.rvt_percent(above, bed))


@pytest.mark.parametrize(
    ("percent", "name"),
    [
        (0, "0"),
        (0.001, ">0-10"),
        (10, ">0-10"),
        (10.01, ">10-20"),
        (50, ">40-50"),
        (70, ">60-70"),
        (100, ">90-100"),
    ],
)
def test_bins(percent, name):
    assert irrvt_bin(percent) == name


def test_thinning_by_half_leaves_half_the_volume_but_the_same_region():
    bed, nests = nested(500, 2500)
    left = nests & (np.random.default_rng(1).random(bed.shape) < 0.5)
    found = score(
        tissue(bed, {"tumour": nests}), tissue(bed, {"tumour": left, "dead": nests & ~left}, day=28.0)
    )
    assert found["viable_fraction"] == pytest.approx(0.5, abs=0.01)
    assert found["rvt_percent"] >= 94
    assert found["delta_rcb"] == pytest.approx(found["rcb_baseline"] * (0.5**0.17 - 1), abs=2e-3)


@pytest.mark.parametrize("days", [28, 90])
def test_growth_at_the_doubling_time_is_read_back(days):
    growth = 2 ** (days / 103)
    small, large = disc_um(800, 4000), disc_um(800, 4000 * growth ** (1 / 3))
    found = score(tissue(small, {"tumour": small}), tissue(large, {"tumour": large}, day=float(days)))
    assert found["viable_fraction"] == pytest.approx(growth, rel=3e-3)
    assert found["width_viable_mm"] == pytest.approx(8 * growth ** (1 / 3), abs=0.03)


# identities (areas of the last two follow): change of diameter, area and volume in percent
@pytest.mark.parametrize(
    ("width", "area", "volume"), [(-30, -51, -65.7), (20, 44, 72.8), (-53.6, -78.5, -90)]
)
def test_identities_of_size(width, area, volume):
    reach = disc_um(700, 4800)  # the bed holds both tissues: it remembers what was inside
    first, last = disc_um(700, 4000), disc_um(700, 4000 * (1 + width / 100))
    start, end = tissue(reach, {"tumour": first}), tissue(reach, {"tumour": last}, day=28.0)
    widths = [score(start, at)["width_viable_mm"] for at in (start, end)]
    assert 100 * (widths[1] / widths[0] - 1) == pytest.approx(width, abs=0.2)
    assert 100 * (last.sum() / first.sum() - 1) == pytest.approx(area, abs=0.2)
    assert 100 * (score(start, end)["viable_fraction"] - 1) == pytest.approx(volume, abs=0.3)


@pytest.mark.parametrize(("size", "radius_um"), [(400, 2500), (700, 5000)])
def test_untreated_nests_and_stroma_are_viable_tumour(size, radius_um):
    bed, nests = nested(size, radius_um)
    starts = nests & ~np.roll(nests, 1, axis=0)
    assert nests.sum() / starts.sum() * VOXEL == pytest.approx(150, abs=15)  # mean width of a nest, um
    untreated = tissue(bed, {"tumour": nests})
    found = score(untreated, untreated)
    assert found["rvt_percent"] >= 95
    assert found["rvt_percent_volume"] >= 95
    assert found["viable_fraction"] == 1.0
    assert found["delta_rcb"] == 0.0
    assert 1.3 < found["rcb_baseline"] < 2.33
    assert not found["mpr"]
    assert not found["section_pcr"]


def test_a_wide_band_of_stroma_is_not_viable_tumour():
    bed = disc_um(400, 2500)
    x = (np.arange(400) + 0.5 - 200)[:, None] * VOXEL
    narrow, wide = (bed & (np.abs(x) > half) for half in (90, 150))
    assert section_reading.read_tissue(tissue(bed, {"tumour": narrow})).region[200, 200]
    assert not section_reading.read_tissue(tissue(bed, {"tumour": wide})).region[200, 200]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.8])
def test_scattered_dead_cells_count_with_the_viable_region(share):
    bed = disc_um(270, 2000)
    dead = bed & (np.random.default_rng(5).random(bed.shape) < share)
    reading = section_reading.read_tissue(tissue(bed, {"tumour": bed & ~dead, "dead": dead}))
    assert section_reading.rvt_percent(reading.region, reading.bed) >= 97
    assert not section_reading.necrosis_mask(reading.tissue, reading.bed, reading.region).any()


@pytest.mark.parametrize(("left", "diameter_um", "is_out", "is_necrosis"), [
    ("dead", 180, False, False), ("dead", 400, True, True), ("cleared", 400, True, False),
])  # fmt: skip
def test_a_wide_dead_area_is_necrosis_and_a_wide_freed_one_regression_bed(
    left, diameter_um, is_out, is_necrosis
):
    bed, gone = disc_um(300, 2000), disc_um(300, diameter_um / 2)
    reading = section_reading.read_tissue(tissue(bed, {"tumour": bed & ~gone, left: gone}))
    necrosis = section_reading.necrosis_mask(reading.tissue, reading.bed, reading.region)
    assert (not reading.region[150, 150]) == is_out
    assert necrosis[150, 150] == is_necrosis
    assert not (necrosis & reading.region).any()
    if is_out:
        assert (reading.bed & ~reading.region).sum() == pytest.approx(gone.sum(), rel=0.05)


def test_bare_stroma_is_no_necrosis_but_dead_nests_with_their_stroma_are():
    bed, nests = nested(300, 2000)
    gap = disc_um(300, 400)
    few = gap & (np.arange(300) % 7 == 0)
    for dead, is_necrosis in ((few, False), (gap & nests, True)):
        reading = section_reading.read_tissue(tissue(bed, {"tumour": nests & ~gap, "dead": dead}))
        assert (
            section_reading.necrosis_mask(reading.tissue, reading.bed, reading.region)[150, 150]
            == is_necrosis
        )


def test_bed_fills_its_own_bays_but_not_wide_ones():
    wide, narrow = (tissue(disc_um(300, 400) & ~disc_um(300, radius_um)) for radius_um in (280, 230))
    assert not section_reading.bed_mask(wide)[150, 150]
    assert section_reading.bed_mask(narrow)[150, 150]


def test_nothing_viable_at_the_end():
    bed, nests = nested(300, 1800)
    found = score(tissue(bed, {"tumour": nests}), tissue(bed, {"cleared": nests}, day=28.0))
    nothing = ("viable_fraction", "rvt_percent", "rvt_percent_volume", "rcb", "width_viable_mm")
    assert [found[key] for key in nothing] == [0, 0, 0, 0, 0]
    assert (found["mpr"], found["section_pcr"]) == (True, True)
    assert (found["irrvt_bin"], found["rcb_class"]) == ("0", "0")
    assert found["delta_rcb"] == -found["rcb_baseline"] < 0
    assert found["width_imaging_mm"] == pytest.approx(3.6, abs=0.03)
    assert "itil_percent" not in found


def test_burden_comes_from_calipers_of_the_bed_and_viable_cells():
    x, y = np.meshgrid(*[(np.arange(300) + 0.5 - 150) * VOXEL] * 2, indexing="ij")
    bed = (x / 2000) ** 2 + (y / 1000) ** 2 <= 1
    left = bed & (np.random.default_rng(2).random(bed.shape) < 0.2)
    found = score(*solid_pair(bed, left, rest="dead"))
    assert found["rcb_baseline"] == pytest.approx(rcb(4, 2, 100), abs=0.005)
    assert found["rcb"] == pytest.approx(rcb(4, 2, 20), abs=0.005)
    assert found["rcb_class"] == "I"
    assert found["delta_rcb"] == found["rcb"] - found["rcb_baseline"]


def broken_pair(fault):
    bed, nests = nested(120, 700)
    sound = tissue(bed, {"tumour": nests})
    empty = tissue(np.zeros_like(bed))
    smaller = bed & disc_um(120, 600)
    return {
        "no bed": (empty, empty),
        "no tumour": (tissue(bed), sound),
        "bed lost": (sound, tissue(smaller, {"tumour": nests & smaller})),
        "outside": (sound, replace(sound, bed=bed, solid=np.ones_like(sound.solid))),
        "voxel": (sound, replace(sound, voxel_um=30.0)),
        "shape": (sound, replace(sound, solid=sound.solid[:-1])),
    }[fault]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("no bed", "bed of day 0: it is empty"),
        ("no tumour", "tissue of day 0: it holds no viable tumour"),
        ("bed lost", "a bed only grows"),
        ("outside", "viable tumour lies outside"),
        ("voxel", "must lie on one lattice"),
        ("shape", "must lie on one lattice"),
    ],
)
def test_tissues_that_cannot_be_scored_are_refused(fault, message):
    with pytest.raises(PathologyError, match=message):
        score(*broken_pair(fault))


def test_region_stays_inside_the_bed():
    bed, part = disc_um(120, 700), disc_um(120, 350)
    whole = tissue(bed, {"tumour": bed})
    np.testing.assert_array_equal(section_reading.viable_region(whole, part), part)
    weight = np.ones(bed.shape)
    assert section_reading.rvt_percent(bed, part) == section_reading.rvt_percent(bed, part, weight) == 100


def test_an_empty_bed_has_no_percentage():
    nothing = np.zeros((5, 5), dtype=bool)
    with pytest.raises(PathologyError, match="the bed is empty"):
        section_reading.rvt_percent(nothing, nothing)
