"""What a person adds: a dendritic cell, IL-15 and an anti-PD-1 arm, each one file and a word in a config.

None of them is part of the product: their numbers are made up.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from il2sim.models.config.mechanisms import MECHANISMS
from tests.mechanism_case import with_own_files
from tests.tumours import tiny

DENDRITIC = '''"""Dendritic cells: they arrive, walk and leave; nothing else yet."""

from il2sim.models.biology.populations.walking import um_min, walk
from il2sim.sim.language.model import Model


def declare(m: Model) -> None:
    """Arrival at a known rate, walk, leaving."""
    dendritic = m.cell_type("dendritic")
    speed = m.par("stroma_speed", 4.0, "um/min", range=(1.0, 8.0), source="a test", known="assumed")
    walk(m, dendritic, um_min(speed), um_min(speed), um_min(speed))
    leaving = m.par("leaving_rate", 0.5, "1/day", range=(0.1, 2.0), source="a test", known="assumed")
    dendritic.dies(leaving, label="leaving")
    influx = m.par("influx", 1.5, "1/day", range=(0.0, 5.0), source="a test", known="assumed")
    dendritic.enters(influx, at=m.cell("vessel"))
'''
IL15 = '''"""IL-15 of the stroma: natural killer cells that meet it do not die of age."""

from il2sim.sim.language.model import Model, Steady, lowered_by


def declare(m: Model) -> None:
    """A steady field fed by stroma; it takes most of the death of NK cells away."""
    length = m.par("length", 60.0, "um", range=(30.0, 200.0), source="a test", known="assumed")
    amount = m.par("secretion", 5.0, "molecules/s", range=(0.1, 50.0), source="a test", known="assumed")
    half = m.par("half", 1e-4, "nM", range=(1e-6, 1.0), source="a test", known="assumed")
    il15 = m.cytokine("il15", Steady(length, loss=1.0, pores=0.3))
    m.cell("stroma").secretes(il15, amount)
    m.modify("nk dies of age", lowered_by(il15, ic50=half, to=0.0))
'''
ANTI_PD1 = '''"""Antibody to PD-1, given with the first injection: from day 0 PD-L1 exhausts nobody."""

from il2sim.sim.language.model import Model, lowered_by


def declare(m: Model) -> None:
    """Exhaustion through PD-L1 falls to what is not blocked, with IL-2 and without."""
    blocked = m.par("blocked", 0.9, "1", range=(0.0, 1.0), source="a test", known="assumed")
    given = m.cytokine("treatment", shown=True, relative=True)
    m.modify("exhaustion rises in cd8 through PD-L1", lowered_by(given, ic50=1e-6, to=1.0 - blocked))
'''
PROGRAM = """
import json
import sys
from il2sim.experiments.cli.main import main
from il2sim.experiments.model_docs.sentences import sentences
from il2sim import Config, simulate

found = {}
for name in ("none", "dendritic", "il15", "anti_pd1"):
    config = Config.load(f"{name}.yaml")
    result = simulate(config, 1)
    found[name] = {
        "book": result.ledger["cells"],
        "exhaustion": list(result.series["exhaustion"]),
        "said": sentences(config),
        "numbers": [number["name"] for number in result.provenance["parameters"]],
    }
sys.argv = ["il2sim", "run", "dendritic.yaml", "--seed", "1", "--quiet", "--out", "results"]
try:
    main()
except SystemExit as ended:
    found["exit"] = ended.code
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where configs and results lie."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def found(root: Path, folder: Path) -> dict[str, Any]:
    """One small run with each of them and one without, and one reported."""
    resolved = tiny({"patient.nk": "200 1/mm2", "nk.death_rate": "0.15 1/day"}).resolved()
    for name in ("none", "dendritic", "il15", "anti_pd1"):
        mechanisms = [*MECHANISMS, "ifng", "pd_l1", *([name] if name != "none" else [])]
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(resolved | {"mechanisms": mechanisms}))
    own = {"dendritic": DENDRITIC, "il15": IL15, "anti_pd1": ANTI_PD1}
    return with_own_files(root, folder, own, PROGRAM)


@pytest.mark.parametrize("name", ["dendritic", "il15", "anti_pd1"])
def test_a_file_and_a_word_are_all_that_a_mechanism_needs(found: dict[str, Any], name: str):
    assert any(number.startswith(f"{name}.") for number in found[name]["numbers"])
    assert not any(number.startswith(f"{name}.") for number in found["none"]["numbers"])
    assert any(name in line for line in found[name]["said"])
    assert not any(name in line for line in found["none"]["said"])


def test_dendritic_cells_come_and_go(found: dict[str, Any]):
    book = found["dendritic"]["book"]["dendritic"]
    assert book["entries"] > 0
    assert book["final"] == book["initial"] + book["entries"] - book["deaths"]


def test_a_cell_type_of_ones_own_goes_from_config_to_report(found: dict[str, Any], folder: Path):
    assert found["exit"] == 0
    assert (folder / "results" / "report.html").stat().st_size > 0


def test_il15_keeps_nk_cells_alive(found: dict[str, Any]):
    assert "  nk dies of age (nk): divided by 1 + (il15) / (il15.half = 0.0001 nM)" in found["il15"]["said"]
    assert found["il15"]["book"]["nk"]["deaths"] == 0
    assert found["none"]["book"]["nk"]["deaths"] > 0


def test_anti_pd1_slows_exhaustion_from_day_0(found: dict[str, Any]):
    assert any("1 - anti_pd1.blocked = 0.1 by treatment" in line for line in found["anti_pd1"]["said"])
    blocked, usual = found["anti_pd1"]["exhaustion"], found["none"]["exhaustion"]
    assert blocked[0] == usual[0]
    assert blocked[-1] < usual[-1]
