"""Three dimensions: slide endpoints on the central plane, volumes over the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from il2sim.models.pathology.endpoints import score
from il2sim.models.pathology.rcb import rcb
from tests.slides import disc_um, nested, solid_pair, tissue


def test_a_ball_is_scored_by_volume_and_its_central_plane_by_area():
    bed, core = disc_um(81, 570, dimensions=3), disc_um(81, 285, dimensions=3)
    found = score(*solid_pair(bed, core))
    assert found["viable_fraction"] == pytest.approx(0.125, abs=0.004)
    assert found["rvt_percent_volume"] == pytest.approx(12.5, abs=0.4)
    assert found["rvt_percent"] == pytest.approx(25, abs=0.6)
    assert found["width_viable_mm"] == pytest.approx(0.57, abs=0.03)
    assert found["width_imaging_mm"] == pytest.approx(1.14, abs=0.03)
    assert found["rcb"] == pytest.approx(rcb(1.14, 1.14, 25), abs=0.01)


def test_central_plane_may_miss_what_the_volume_holds():
    bed = disc_um(81, 570, dimensions=3)
    focus = disc_um(81, 90, (607.5, 607.5, 1000.0), dimensions=3)
    found = score(*solid_pair(bed, focus))
    assert (found["section_pcr"], found["rvt_percent"], found["rcb"]) == (True, 0, 0)
    assert found["viable_fraction"] == pytest.approx(focus.sum() / bed.sum())
    assert found["rvt_percent_volume"] > 0
    assert found["itil_percent"] == 0


def test_a_repeated_plane_reads_as_the_plane():
    bed, nests = nested(90, 500)
    immune = np.random.default_rng(4).integers(0, 6, bed.shape).astype(np.int8)
    plane = tissue(bed, {"tumour": nests}, immune=immune)
    stack = {
        name: np.repeat(getattr(plane, name)[..., None], 7, axis=2) for name in ("solid", "immune", "bed")
    }
    flat, deep = score(plane, plane), score(*(replace(plane, **stack),) * 2)
    assert deep["viable_fraction"] == flat["viable_fraction"] == 1
    assert deep["cd8_per_mm2"] == pytest.approx(flat["cd8_per_mm2"], rel=0.02)
    slide = ("rvt_percent", "rcb", "width_viable_mm", "width_imaging_mm", "stil_percent", "itil_percent")
    assert [deep[key] for key in slide] == [flat[key] for key in slide]
