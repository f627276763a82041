"""An injection geometry of a person's own: one file, and every command knows it; one that lacks an answer.

It is not part of the product: a dose along two needle tracks that cross in the middle.
"""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from il2sim.models.drug.geometries import injection
from il2sim.models.drug.geometries.contract import Bolus, Depot, Geometry, GeometryError
from il2sim.models.drug.geometries.registry import geometry_of
from il2sim.models.drug.geometries.technique import Technique
from tests.mechanism_case import with_own_files
from tests.tumours import tiny

CROSS = '''"""Two needle tracks that cross in the tumour's centre."""

from il2sim.models.drug.geometries.along_tracks import along_tracks
from il2sim.models.drug.geometries.contract import Geometry


def _segments(radius_um, technique):
    """Along x and along y, from edge to edge."""
    x, y = (radius_um, 0.0, 0.0), (0.0, radius_um, 0.0)
    return tuple((tuple(-each for each in end), end) for end in (x, y))


def _depots(bolus, technique):
    return along_tracks("cross", _segments(bolus.radius_um, technique), bolus, technique)


GEOMETRY = Geometry(
    sentence="all of the dose goes along a cross, of which schedule.retained_centre stays",
    keys=("retained_centre",),
    depots=_depots,
    needles=_segments,
    symmetry=lambda technique: "none",
    retained_share=lambda technique: technique.retained_centre,
)
'''
PROGRAM = """
import contextlib
import io
import json
import sys

import matplotlib
matplotlib.use("Agg")
from matplotlib import pyplot

from il2sim import Config, simulate
from il2sim.experiments.cli.main import main
from il2sim.experiments.model_docs.schema import schema
from il2sim.experiments.report.assumptions import placed_by
from il2sim.experiments.report.figures.depots import mark_depots
from il2sim.models.drug.geometries.registry import GEOMETRIES


def told(*words):
    heard = io.StringIO()
    sys.argv = ["il2sim", *words]
    with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
        try:
            main()
        except SystemExit as ended:
            return [ended.code, heard.getvalue()]
    return [0, heard.getvalue()]


config = Config.load("cross.yaml")
result = simulate(config, 1)
without = simulate(config.with_values({"schedule.dose": "0 MIU/mm"}), 1)
depots = result.provenance["depots"]
axes = pyplot.figure().add_subplot()
mark_depots(axes, depots)
print(json.dumps({
    "names": GEOMETRIES,
    "enum": schema()["$defs"]["Schedule"]["properties"]["geometry"]["enum"],
    "rules": told("rules", "cross.yaml"),
    "dose": told("dose", "cross.yaml"),
    "run": told("run", "cross.yaml", "--seed", "1", "--no-twin", "--quiet", "--out", "results"),
    "depots": depots,
    "outlines": len(axes.patches),
    "lost": [each.ledger["cells"]["tumour"]["deaths"] for each in (result, without)],
    "placed_by": placed_by("cross"),
    "warnings": config.with_values({"schedule.tracks": "6"}).warnings(),
}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cross")


@pytest.fixture(scope="module")
def found(root: Path, folder: Path) -> dict[str, Any]:
    """What every command says of it."""
    values = {"schedule.retained_centre": "50 %", "patient.stil": "5 %"}
    resolved = tiny(values).resolved()
    resolved["schedule"]["geometry"] = "cross"
    resolved["mechanisms"] = [*resolved["mechanisms"], "trauma"]
    (folder / "cross.yaml").write_text(yaml.safe_dump(resolved))
    return with_own_files(root, folder, {"drug/geometries/cross": CROSS}, PROGRAM)


def test_its_name_is_one_of_the_choices(found: dict[str, Any]):
    assert "cross" in found["names"]
    assert found["enum"] == found["names"]


def test_rules_say_its_sentence_and_its_file(found: dict[str, Any]):
    code, said = found["rules"]
    assert code == 0, said
    words = " ".join(said.split())
    assert "goes along a cross, of which schedule.retained_centre = 50 % stays" in words
    assert "models/drug/geometries/cross.py" in words


def test_the_dose_sheet_names_it(found: dict[str, Any]):
    code, said = found["dose"]
    assert code == 0, said
    assert "cross, read per injection" in " ".join(said.split())


def test_a_run_and_its_report_take_it(found: dict[str, Any], folder: Path):
    assert found["run"][0] == 0, found["run"][1]
    assert (folder / "results" / "report.html").stat().st_size > 0


def test_its_depots_are_recorded_and_drawn(found: dict[str, Any]):
    (depot,) = found["depots"]
    assert depot["place"] == "cross"
    assert len(depot["tracks_um"]) == found["outlines"] == 2


def test_numbers_and_remarks_follow_its_keys(found: dict[str, Any]):
    assert found["placed_by"] == ["schedule.retained_centre"]
    assert any("schedule.tracks: changes nothing, because the geometry is cross" in each
               for each in found["warnings"])  # fmt: skip


def test_its_needles_wound_the_tissue(found: dict[str, Any]):
    """Most of so small a tumour lies within 0.3 mm of the cross; without a needle few cells die."""
    needle, no_needle = found["lost"]
    assert needle > 3 * no_needle


BROKEN = CROSS.replace("    needles=_segments,\n", "").replace('    symmetry=lambda technique: "none",\n', "")
CHECK = """
import contextlib
import io
import json
import sys

from il2sim.experiments.cli.main import main

heard = io.StringIO()
sys.argv = ["il2sim", "rules", "broken.yaml"]
with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
    try:
        main()
    except SystemExit as ended:
        code = ended.code
try:
    from il2sim.models.drug.geometries import broken
except ValueError as error:
    own = str(error)
print(json.dumps([code, heard.getvalue(), own]))
"""


def test_a_geometry_without_an_answer_is_refused_where_it_is_imported(root: Path, tmp_path: Path):
    (tmp_path / "broken.yaml").write_text("schedule: {geometry: broken}\n")
    code, said, own = with_own_files(root, tmp_path, {"drug/geometries/broken": BROKEN}, CHECK)
    assert code == 2
    assert "1: schedule.geometry: models/drug/geometries/broken.py: a geometry answers sentence" in said
    assert own.startswith("a geometry answers sentence, keys, depots, needles, symmetry, retained_share")
    assert "missing: needles, symmetry (" in own


@pytest.mark.parametrize("answer", [each.name for each in fields(Geometry)])
def test_every_answer_is_due(answer: str):
    ring = geometry_of("ring")
    others = {each.name: getattr(ring, each.name) for each in fields(Geometry) if each.name != answer}
    with pytest.raises(GeometryError, match=rf"missing: {answer} \("):
        Geometry(**others)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"keys": ("retained_ring", "angle")}, r"keys of a geometry are a tuple of off_centre, .*'angle'"),
        ({"keys": "retained_ring"}, r"are a tuple of off_centre"),
        ({"keys": ["retained_ring"]}, r"are a tuple of off_centre"),
        (
            {"sentence": "along {tracks} tracks"},
            r"names 'tracks', which is not one of its keys, retained_ring",
        ),
        ({"sentence": "schedule.tracks of them"}, r"names 'tracks'"),
        ({"sentence": None}, r"sentence of a geometry is a text; found None"),
        ({"sentence": "in {a"}, r"sentence of a geometry: expected '}'"),
        ({"symmetry": "centre"}, r"symmetry of a geometry is a function; found 'centre'"),
    ],
    ids=str,
)
def test_an_answer_that_makes_no_sense_is_refused(wrong: dict[str, Any], sentence: str):
    with pytest.raises(GeometryError, match=sentence):
        replace(geometry_of("ring"), **wrong)


def test_depots_that_the_field_cannot_mirror_are_refused(monkeypatch: pytest.MonkeyPatch):
    """The field is solved on a quarter: a needle beside the x axis would be counted four times."""
    tracks = geometry_of("tracks")

    def aside(bolus: Bolus, technique: Technique) -> tuple[Depot, ...]:
        (part,) = tracks.depots(bolus, technique)
        return (replace(part, shape=replace(part.shape, segments=part.shape.segments[:1])),)

    lopsided = replace(tracks, depots=aside)
    monkeypatch.setattr(injection, "geometry_of", lambda name: lopsided)
    with pytest.raises(ValueError, match=r"the tracks depot of tracks is not its own mirror image in y and"):
        injection.depots(2.5e4, 2_500.0, 0.3, Technique(0.5, 0.6, 0.4, 5e6, "tracks"))
