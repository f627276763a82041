"""How fine the field must be: the length over which cells take IL-2 up, what is advised and refused."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.cli.console import Voice, console
from il2sim.experiments.model_docs import parameter_cards
from il2sim.models import Config, ConfigError, simulate
from il2sim.models.biology.cytokines import il2
from il2sim.models.build import build, remarks
from il2sim.models.drug.tissue_pk.cell_densities import Census
from il2sim.models.drug.tissue_pk.field_voxel import advised_um, starting_densities_per_ml, uptake_length_um
from il2sim.models.tissue.initial_tissue import lattice_of, lay_tissue
from il2sim.sim.compile.arrays import tabulate
from tests.tumours import tiny

AVOGADRO = 6.02214076e23
NONE = dict.fromkeys(("cd8", "nk", "treg", "th", "other_til"), 0.0)


def test_only_uptake_of_il2_is_il2s() -> None:
    model = build(tiny())
    usual = il2.uptake(model)
    model.uptakes["other_til", "il15"] = (1.0, 1.0)
    assert set(usual) == {"cd8", "nk", "treg", "th"}
    assert il2.uptake(model) == usual


def test_the_length_is_that_of_diffusion_against_uptake_far_below_saturation():
    """40 um2/s; 4e6 Treg per mL taking up 1.5 molecules/s at most, half of it at 0.02 nM, 0.3 pores."""
    model = build(Config())
    molar_per_s = 4e6 * 1e3 * 1.5 / AVOGADRO / 0.3
    rate_per_s = molar_per_s / 0.02e-9
    assert uptake_length_um(model, NONE | {"treg": 4e6}) == pytest.approx(math.sqrt(40.0 / rate_per_s))
    assert uptake_length_um(model, NONE | {"treg": 16e6}) == pytest.approx(math.sqrt(40.0 / rate_per_s) / 2.0)
    assert uptake_length_um(model, NONE) == math.inf


@pytest.mark.parametrize("stil", ["15 %", "50 %"])
def test_expected_densities_are_those_of_the_tissue_as_it_is_laid(stil: str):
    config = Config().with_values({"patient.width": "3 mm", "space.margin": "0 mm", "patient.stil": stil})
    model = build(config)
    table = tabulate(model, lattice_of(config))
    census = Census(table, model.carriers)
    drawn = [census.per_ml(lay_tissue(config, model, table, seed)) for seed in range(1, 7)]
    laid = {name: float(np.mean([each[name] for each in drawn])) for name in drawn[0]}
    expected = starting_densities_per_ml(config, model)
    assert {name: expected[name] for name in ("cd8", "treg", "th")} == pytest.approx(
        {name: laid[name] for name in ("cd8", "treg", "th")}, rel=0.05
    )  # some 700 Th cells a section: one alone scatters by as much
    assert uptake_length_um(model, expected) == pytest.approx(uptake_length_um(model, laid), rel=0.02)


@pytest.mark.parametrize(
    ("length_um", "advised"),
    [(math.inf, 60.0), (120.0, 60.0), (119.9, 30.0), (60.0, 30.0), (59.9, 15.0), (30.0, 15.0), (29.9, None)],
)
def test_the_largest_with_two_voxels_per_length_is_advised(length_um: float, advised: float | None):
    assert advised_um(length_um) == advised


def test_a_field_too_coarse_is_remarked():
    dense = Config().with_values({"patient.stil": "40 %"})
    (found,) = [note for note in remarks(dense) if note.startswith("space.field_voxel")]
    assert "60 um is more than half of the 85" in found
    assert "30 um is the largest that is not" in found
    finer = dense.with_values({"space.field_voxel": "30 um"})
    for quiet in (Config(), finer, dense.without_drug()):
        assert not [note for note in remarks(quiet) if note.startswith("space.field_voxel")]


def test_the_dose_sheet_says_it_too(capsys: pytest.CaptureFixture[str]):
    parameter_cards.dose(
        Config().with_values({"patient.stil": "40 %"}), Voice(console(sys.stderr), as_json=True)
    )
    assert "space.field_voxel: 60 um" in capsys.readouterr().out


def test_only_a_length_below_two_of_the_finest_voxels_is_refused(write: Callable[..., Path]):
    short = "patient: {stil: 40 %}\nset:\n  il2.diffusivity: 4 um2/s\n"
    with pytest.raises(ConfigError, match=r"case.yaml:3: il2.diffusivity: .* within 26.\d um .* at least 30"):
        build(Config.load(write(short)))
    build(Config.load(write(short.replace("40 %", "20 %"))))


def test_without_drug_or_uptake_nothing_is_asked_of_the_field():
    bare = Config().with_values({"mechanisms": "[tumour, cd8]", "patient.stil": "80 %"})
    assert uptake_length_um(build(bare), NONE) == math.inf


def test_a_run_says_which_voxel_its_densities_ask_for():
    field = simulate(tiny({"patient.stil": "50 %"}), 1).provenance["field"]
    assert field["voxel_um"] == 60.0
    assert field["advised_voxel_um"] == 30.0
    assert 60.0 < field["uptake_length_um"] < 90.0
