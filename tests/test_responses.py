"""The responses in a living tumour: silent at rest, obeyed when shown, each switched by its name alone."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from il2sim.experiments.model_docs.sentences import sentences
from il2sim.models import Config, settle, simulate
from il2sim.models.biology.treatment_effects.leak import Leak
from il2sim.models.biology.treatment_effects.systemic import SystemicPools
from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.drug.treatment_effects import RESPONSES
from il2sim.models.simulation import Simulation
from il2sim.models.tissue.equilibration import Baseline, tumour_key
from il2sim.sim.result import Result
from tests.mechanism_case import config_with
from tests.tumours import IMMUNE, tiny, unbalanced_cells

COLUMNS = {
    "systemic": {"systemic_treg", "systemic_nk"},
    "leak": {"leak"},
    "oedema": {"fluid_mm3", "width_seen_mm"},
    "trauma": set(),
}


@cache
def baseline() -> Baseline:
    return settle(tiny(), 1)


@cache
def run_of(config: Config) -> Result:
    return simulate(config, 1, baseline())


def with_all(values: dict[str, str] | None = None) -> Config:
    return config_with(*RESPONSES).with_values(values or {"schedule.saline": "false"})


def test_they_are_off_unless_named():
    assert not set(RESPONSES) & set(MECHANISMS)


def test_all_share_the_settled_tumour():
    changed = with_all({"leak.lag": "1 d", "schedule.saline": "true"})
    assert tumour_key(changed) == tumour_key(tiny())
    assert tumour_key(changed.with_values({"cd8_killing.kill_rate": "5 1/day"})) != tumour_key(tiny())
    assert run_of(with_all()).digest == simulate(with_all(), 1).digest


@pytest.mark.parametrize("order", [("trauma", *MECHANISMS, "leak"), ("leak", "trauma", *MECHANISMS)])
def test_where_a_name_stands_changes_no_settled_tumour(order: tuple[str, ...]):
    config = tiny({"mechanisms": f"[{', '.join(order)}]"})
    assert simulate(config, 1).digest == run_of(config).digest


def test_a_tumour_settled_with_them_serves_runs_without():
    assert simulate(tiny(), 1, settle(with_all(), 1)).digest == run_of(tiny()).digest


def test_without_an_injection_they_change_no_cell():
    bare, silent = run_of(tiny().without_drug()), run_of(with_all().without_drug())
    for name in (*bare.ledger["cells"], "width_mm"):
        np.testing.assert_array_equal(silent.series[name], bare.series[name])
    assert silent.endpoints["width_imaging_mm"] == pytest.approx(bare.endpoints["width_imaging_mm"], rel=1e-5)
    assert not silent.series["fluid_mm3"].any()
    for name in ("systemic_treg", "systemic_nk", "leak"):  # of the basal IL-2 alone
        assert silent.series[name].max() < 1e-5


@pytest.mark.parametrize("name", RESPONSES)
def test_each_is_removed_by_its_name(name: str):
    full, less = run_of(with_all()), run_of(config_with(*(each for each in RESPONSES if each != name)))
    assert set(full.series) - set(less.series) == COLUMNS[name]
    assert full.digest != less.digest
    assert unbalanced_cells(less.ledger) == {}


def test_books_close_with_all_of_them():
    result = run_of(with_all())
    assert unbalanced_cells(result.ledger) == {}
    for book in ("il2_nmol", "il2_body_nmol", "il2_section_amol"):
        assert result.ledger[book]["residual_relative"] < 1e-6
    assert all(np.isfinite(column).all() for column in result.series.values())


def test_a_dose_wakes_each_of_them():
    series = run_of(with_all()).series
    for name in ("systemic_treg", "systemic_nk", "leak", "fluid_mm3"):
        assert series[name][0] == 0.0
        assert series[name].max() > 1e-5  # the leak rises by decades while cells wake, and has only begun
    assert (np.diff(series["leak"]) > 0.0).all()
    assert series["width_seen_mm"][1] > 1.1 * series["width_mm"][1]


def test_leak_lets_il2_out():
    leaky = config_with("leak").with_values({"leak.clearance_gain": "9", "leak.lag": "1 d"})
    with_leak, without = run_of(leaky), run_of(config_with())
    assert with_leak.series["il2_mean_nM"][3] < 0.1 * without.series["il2_mean_nM"][3]
    assert with_leak.endpoints["cd8_hours"][0] < without.endpoints["cd8_hours"][0] - 2.0
    assert with_leak.ledger["il2_nmol"]["residual_relative"] < 1e-6


def test_leak_follows_the_signal_of_all_cd8_and_nk_cells():
    simulation = Simulation(with_all({"patient.nk": "200 1/mm2"}), 1)
    while simulation.day < 0.5:
        simulation.step()
    immune, signal = simulation.tissue.layers["immune"], simulation.table.trait("il2_signal")
    codes = [simulation.table.code(name) for name in ("cd8", "nk")]
    live = range(int(immune.count[0]))
    signals = [immune.trait[slot, signal] for slot in live if immune.cell[slot, 0] in codes]
    assert 0.5 < np.mean(signals) < 1.0
    assert simulation.phase.treatment._activation(simulation.engine) == pytest.approx(
        np.mean(signals), rel=1e-9
    )


def arrivals(fields: dict[str, np.ndarray]) -> dict[str, int]:
    """Entries with every kind arriving at 0.05 an hour through each vessel, many more than in life."""
    simulation = Simulation(with_all().without_drug(), 1, baseline())
    for name in IMMUNE:
        simulation.table.set_rate(f"{name} enters", 0.05)
    treatment = simulation.phase.treatment
    treatment.responses.fields = lambda: fields  # type: ignore[method-assign]
    while not simulation.finished:
        simulation.step()
    book = simulation.result().ledger["cells"]
    return {name: book[name]["entries"] for name in IMMUNE}


def test_blood_lets_in_treg_and_nk_and_leak_lets_in_all():
    simulation = Simulation(with_all(), 1, baseline())
    voxels = math.prod(simulation.tissue.field_shape)
    pools, leak = SystemicPools(simulation.model), Leak(simulation.model)
    pools.advance(1e5, 10.0)
    leak.advance(1e5, 1.0)
    rest, blood, leaky = arrivals({}), arrivals(pools.fields(voxels)), arrivals(leak.fields(voxels))
    assert blood["treg"] > 3 * rest["treg"]
    assert blood["nk"] > 1.5 * rest["nk"]
    assert sum(leaky.values()) > 1.5 * sum(rest.values())


def bystander(plasma_nM: float) -> Simulation:  # noqa: N803
    """An uninjected lesion that sees this in the blood, on top of its own basal level, for 12 h."""
    simulation = Simulation(tiny({"schedule.dose": "0 MIU/mm"}), 1, baseline())
    assert simulation.drug is not None
    field = simulation.drug.concentration() + plasma_nM
    simulation.drug.concentration = lambda: field  # type: ignore[method-assign]
    while simulation.day < 0.5 - 1e-9:
        simulation.step()
    return simulation


def test_a_bystander_wakes_treg_alone():
    """Behaviour (e): 14, 29 and 58 pM are the plasma after 2.5, 5 and 10 MIU."""
    signals = []
    for plasma in (0.014, 0.029, 0.058):
        simulation = bystander(plasma)
        immune, signal = simulation.tissue.layers["immune"], simulation.table.trait("il2_signal")
        kinds, traits = immune.cell[: immune.count[0], 0], immune.trait[: immune.count[0], signal]
        assert traits[kinds == simulation.table.code("cd8")].max() < 0.02
        signals.append(float(traits[kinds == simulation.table.code("treg")].mean()))
    assert signals == sorted(set(signals))
    assert signals[-1] > 0.5


def test_the_rules_say_so_in_english():
    said = "\n".join(sentences(with_all()))
    for sentence in (
        "treg enters at a rate solved before treatment (treg.influx) per vessel, "
        "raised up to systemic.fold_treg = 18-fold by lasting_blood_il2_treg (half at systemic.ec50_treg = "
        "0.027 nM) (systemic), times 1 + (leak.influx_gain = 1) x vascular_leak (leak), "
        "times 1 + (trauma.influx_fold - 1 = 1) x needle_chemokine (trauma) [immune clock]",
        "tumour dies of needle at 0.5012 per hour, only with needle_wound (half at 0.5, Hill 8); becomes",
        "cd8 dies of needle at 6.015 per hour, only with needle_crush (half at 0.5, Hill 8) [immune",
    ):
        assert sentence in said
    assert not any(word in "\n".join(sentences(tiny())) for word in ("needle_", "leak", "blood_"))
