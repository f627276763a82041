"""Visits: which day one falls on, saline in place of drug, what a swollen tumour is taken for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.study.design import pair
from il2sim.models import Config, ConfigError, settle, simulate
from il2sim.models.drug.dose_rule import injected_volume_ul
from il2sim.models.drug.geometries.injection import GEOMETRIES, depots
from il2sim.models.drug.schedule import Visits, retained_share, technique_of
from il2sim.models.tissue.equilibration import Baseline
from il2sim.sim.result import Result
from tests.config_case import problems
from tests.mechanism_case import config_with
from tests.tumours import tiny

SALINE = {"schedule.saline": "true"}


@cache
def baseline() -> Baseline:
    return settle(tiny(), 1)


@cache
def run_of(config: Config) -> Result:
    return simulate(config, 1, baseline())


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_the_share_that_stays_is_that_of_the_depots(geometry: str):
    technique = technique_of(tiny({"schedule.geometry": geometry, "schedule.centre_share": "30 %"}))
    parts = depots(2.5e6, 2_500.0, 0.3, technique)
    kept = sum(part.retained_nmol for part in parts) / sum(part.injected_nmol for part in parts)
    assert retained_share(technique) == pytest.approx(kept)


def test_each_visit_comes_once_and_on_its_day():
    visits = Visits(tiny({"schedule.days": "[0, 0.5, 1]", "schedule.missed": "[2]"}))
    found = [day for day in (0.0, 0.02, 0.5, 1.0, 1.02) if visits.due(day, 250.0) is not None]
    assert found == [0.0, 1.0]


def test_saline_is_the_fluid_without_the_dose():
    drug, saline = Visits(tiny()).planned, Visits(tiny(SALINE)).planned
    assert drug.dose.dose_iu == 250_000.0
    assert saline.dose.dose_iu == 0.0
    assert saline.injected_ul == drug.injected_ul == injected_volume_ul(250_000.0, 5e6)
    assert saline.retained_ul == pytest.approx(0.5 * saline.injected_ul)


def test_the_twin_gets_neither_drug_nor_needle_nor_fluid():
    twin = run_of(config_with("trauma", "oedema").with_values(SALINE).without_drug())
    assert not twin.series["fluid_mm3"].any()
    np.testing.assert_array_equal(twin.series["dead"], run_of(tiny().without_drug()).series["dead"])


def test_saline_kills_along_the_needle_and_brings_no_il2():
    saline = run_of(config_with("trauma", "oedema").with_values(SALINE))
    twin = run_of(tiny().without_drug())
    assert saline.endpoints["dose_iu"] == saline.endpoints["cd8_hours"] == [0.0]
    assert saline.endpoints["cap_bound"] == [False]
    assert saline.ledger["il2_nmol"]["injected"] == 0.0
    assert saline.series["il2_mean_nM"].max() < 0.01
    assert saline.series["fluid_mm3"].max() > 1.0
    assert saline.series["tumour"][1] < 0.7 * twin.series["tumour"][1]
    assert saline.series["dead"][1] > 1.5 * twin.series["dead"][1]


def test_saline_without_a_response_is_the_twin():
    saline, twin = run_of(tiny(SALINE)), run_of(tiny().without_drug())
    assert saline.digest == twin.digest


def test_a_needle_needs_no_il2():
    mechanisms = {"mechanisms": "[tumour, cd8, nk, treg, th, other_til, exhaustion, suppression, trauma]"}
    config = tiny({**mechanisms, **SALINE})
    hurt, spared = simulate(config, 1), simulate(config.without_drug(), 1)
    assert hurt.series["tumour"][1] < 0.7 * spared.series["tumour"][1]
    assert hurt.series["cd8"][1] < spared.series["cd8"][1]


def test_the_saline_arm_is_called_so_and_has_the_twin_without_drug():
    config = config_with("trauma").with_values(SALINE)
    saline, twin = pair(config, 1, Path("case.yaml"), (), twin=True, until=None)
    assert saline.labels["arm"] == "saline"
    assert saline.twin == twin.id
    assert twin.config == config.without_drug()


def test_what_dies_of_the_needle_lies_along_it():
    """A thin needle at the centre: death there, none beyond its radius that the twin lacks."""
    values = {**SALINE, "schedule.geometry": "centre", "trauma.radius": "100 um", "patient.width": "1 mm"}
    config = config_with("trauma").with_values(values)
    start = settle(config, 1)
    hurt, spared = (simulate(arm, 1, start).snapshots[1] for arm in (config, config.without_drug()))
    place = (np.indices(hurt.solid.shape) + 0.5 - np.array(hurt.solid.shape)[:, None, None] / 2.0) * 15.0
    away_um = np.hypot(*place)
    dead = hurt.solid_names.index("dead")
    near, far = away_um < 80.0, (away_um > 160.0) & (away_um < 450.0)
    assert (hurt.solid == dead)[near].sum() > 2 * (spared.solid == dead)[near].sum()
    assert (hurt.solid == dead)[far].mean() == pytest.approx((spared.solid == dead)[far].mean(), abs=0.02)


def remeasured(*mechanisms: str) -> Result:
    values = {"schedule.days": "[0, 1]", "schedule.remeasure": "true"}
    return run_of(config_with(*mechanisms).with_values(values))


def test_oedema_raises_the_dose_of_a_remeasured_tumour():
    swollen, plain = remeasured("oedema"), remeasured()
    first, second = swollen.endpoints["dose_iu"]
    assert first == plain.endpoints["dose_iu"][0]
    assert second > 1.1 * plain.endpoints["dose_iu"][1]


def test_imaging_sees_fluid_that_pathology_does_not():
    swollen, plain = run_of(config_with("oedema")), run_of(config_with())
    assert swollen.endpoints["width_imaging_mm"] > 1.05 * plain.endpoints["width_imaging_mm"]
    for name in ("width_viable_mm", "rvt_percent", "viable_fraction"):
        assert swollen.endpoints[name] == plain.endpoints[name]


REFUSED = {
    "mechanisms: [tumour, cd8, il2, systemic]": "mechanisms: 'systemic' follows 'body': add 'body' to",
    "mechanisms: [tumour, cd8, systemic]": "'systemic' follows 'il2' and 'body': add 'il2' and 'body' to",
    "mechanisms: [tumour, cd8, body, leak]": "mechanisms: 'leak' follows 'il2': add 'il2' to",
    "mechanisms: [tumour, oedema]\nschedule: {swelling: 10 %, remeasure: true}": (
        "schedule.swelling: the mechanism 'oedema' works out the swelling; leave schedule.swelling or"
    ),
    "schedule: {saline: 1}": "schedule.saline: 1 is neither true nor false",
}


@pytest.mark.parametrize("written", REFUSED)
def test_what_cannot_stand_is_refused_in_one_sentence(written: str, tmp_path: Path):
    file = tmp_path / "case.yaml"
    file.write_text(written, encoding="utf-8")
    (problem,) = problems(file)
    line = 2 if "\n" in written else 1
    assert problem.startswith(f"{file}:{line}: ")
    assert REFUSED[written] in problem


def test_a_sweep_over_mechanisms_meets_the_same_refusal(tmp_path: Path):
    file = tmp_path / "case.yaml"
    file.write_text("sweep: {axes: {mechanisms: ['[tumour, leak]']}}", encoding="utf-8")
    with pytest.raises(ConfigError, match="'leak' follows 'il2'"):
        Config.load(file)


@pytest.mark.parametrize(("mechanism", "said"), [("trauma", "without IL-2"), ("leak", "it leaves no trace")])
def test_saline_is_remarked_on(mechanism: str, said: str):
    notes = config_with(mechanism).with_values(SALINE).warnings()
    assert any(said in note for note in notes)
    assert ("leaves no trace" in "".join(notes)) == (mechanism == "leak")
    assert not any("saline" in note for note in config_with(mechanism).warnings())
