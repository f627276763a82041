"""The Mesa model: the simulation's own bits, its series in the collector, and no trace of Mesa elsewhere."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest
from mesa.discrete_space import PropertyLayer

from models import Baseline, Config, ConfigError, settle, simulate
from models.mesa_model import TumourModel
from sim.result import Result
from tests.mechanism_case import config_with

SEED = 3


@pytest.fixture(scope="module")
def config() -> Config:
    """A very small tumour, one injection, two days."""
    given = {"patient.width": "0.5 mm", "space.margin": "0.3 mm", "schedule.days": "[0]"}
    return Config().with_values(given | {"schedule.surgery_day": "2"})


@pytest.fixture(scope="module")
def baseline(config: Config) -> Baseline:
    return settle(config, SEED)


@pytest.fixture(scope="module")
def reference(config: Config) -> Result:
    return simulate(config, SEED)


@pytest.fixture(scope="module")
def finished(config: Config) -> TumourModel:
    model = TumourModel(config, SEED)
    assert model.day == 0.0, "the infiltrate has settled"
    while model.running:
        model.step()
    return model


def test_the_digest_is_that_of_simulate(finished: TumourModel, reference: Result) -> None:
    assert finished.result().digest == reference.digest


def test_a_settled_tumour_goes_on_as_if_it_had_settled_here(
    config: Config, baseline: Baseline, reference: Result
) -> None:
    model = TumourModel(config, SEED, baseline)
    model.run_model()
    assert model.result().digest == reference.digest


def test_it_waits_from_a_biopsy_to_day_0() -> None:
    config = config_with("biopsy").with_values({"schedule.biopsy_days_before": "3"})
    model = TumourModel(config, SEED)
    assert (model.day, len(model.datacollector.get_model_vars_dataframe())) == (0.0, 1)
    assert model.simulation.engine.tick == model.simulation.baseline.tick + 3 * model.ticks_per_day


def test_a_step_is_a_tick_and_a_row(finished: TumourModel) -> None:
    ticks = 2 * finished.ticks_per_day
    assert finished.ticks_per_day == 144
    assert finished.steps == ticks
    assert len(finished.datacollector.get_model_vars_dataframe()) == ticks + 1


def test_the_collector_holds_the_series(finished: TumourModel, reference: Result) -> None:
    frame = finished.datacollector.get_model_vars_dataframe().drop_duplicates("day")
    renamed = {"width_mm": "width_now_mm"}
    assert {renamed.get(name, name) for name in reference.series} == set(frame.columns)
    for name, values in reference.series.items():
        np.testing.assert_array_equal(frame[renamed.get(name, name)], values, err_msg=name)


def test_nothing_happens_after_surgery(finished: TumourModel, reference: Result) -> None:
    finished.advance(5)
    finished.step()
    assert finished.day == 2.0
    assert finished.result().digest == reference.digest


def test_models_side_by_side_do_not_touch(config: Config, baseline: Baseline) -> None:
    alone = simulate(config, SEED, baseline).digest
    first, second = (TumourModel(config, SEED, baseline) for _ in range(2))
    second.advance(7)
    first.run_model()
    second.run_model()
    assert first.result().digest == second.result().digest == alone


def test_layers_are_the_tissue_and_cannot_be_written(config: Config, baseline: Baseline) -> None:
    model = TumourModel(config, SEED, baseline)
    layers = model.property_layers
    tumour = model.type_names["solid"].index("tumour")
    assert int((layers["solid"] == tumour).sum()) == model.latest["tumour"]
    before = layers["immune"].copy()
    model.advance(1)
    assert not np.array_equal(layers["immune"], before), "a view that stays live"
    with pytest.raises(ValueError, match="read-only"):
        layers["solid"][0, 0] = 1
    shot = model.snapshot()
    fine = np.kron(shot.il2, np.ones((4, 4)))[: layers["il2"].shape[0], : layers["il2"].shape[1]]
    np.testing.assert_array_equal(model.property_layers["il2"], fine)
    kept = PropertyLayer.from_data("solid", np.array(layers["solid"]))
    np.testing.assert_array_equal(kept.data, shot.solid)


def test_one_baseline_serves_every_dose_of_a_tumour(config: Config, baseline: Baseline) -> None:
    peak = {}
    for dose in (0.0, 0.5):
        model = TumourModel(config, SEED, baseline, dose_miu_per_mm=dose)
        model.advance(model.ticks_per_day // 4)
        peak[dose] = model.latest["il2_centre_nM"]
    assert peak[0.5] > 100.0 > 0.01 > peak[0.0]
    with pytest.raises(ConfigError, match="another tumour"):
        TumourModel(config, SEED, baseline, stil=0.3)


def test_numbers_given_by_name_replace_those_of_the_config(config: Config) -> None:
    model = TumourModel(config, SEED, width_mm=0.4, dose_miu_per_mm=0.07, stil=0.07)
    assert model.config.patient.width_um == pytest.approx(400.0)
    assert model.config.schedule.dose_iu_per_mm == pytest.approx(70_000.0)
    assert model.config.patient.stil == pytest.approx(0.07)
    assert model.config.schedule.surgery_day == config.schedule.surgery_day
    with pytest.raises(ConfigError, match=r"patient\.width"):
        TumourModel(config, SEED, width_mm=-1.0)


def test_a_seed_that_was_drawn_is_kept(config: Config) -> None:
    drawn, other = TumourModel(config), TumourModel(config)
    assert drawn.seed != other.seed
    again = TumourModel(config, drawn.seed)
    for name in ("solid", "immune"):
        np.testing.assert_array_equal(again.property_layers[name], drawn.property_layers[name])


def test_a_batch_keeps_its_parameters_and_leaves_nothing_behind(config: Config) -> None:
    models: list[weakref.ref[TumourModel]] = []

    class Watched(TumourModel):
        def step(self) -> None:
            if self.steps == 1:
                models.append(weakref.ref(self))
            super().step()

    parameters = {"config": [config], "width_mm": [0.3, 0.4], "seed": [SEED]}
    rows = mesa.batch_run(Watched, parameters, max_steps=5, data_collection_period=1, display_progress=False)
    assert {row["width_mm"] for row in rows} == {0.3, 0.4}
    assert all(row["width_now_mm"] == pytest.approx(row["width_mm"], rel=0.05) for row in rows)
    assert len(models) == 2
    gc.collect()
    assert [model() for model in models] == [None, None]


def test_only_those_who_ask_import_mesa(root: Path) -> None:
    code = (
        "import sys, models, experiments.cli, experiments.demo.server;"
        "print(*({'mesa', 'solara'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
