"""The Mesa model: the simulation's own bits, its series in the collector, and no trace of Mesa elsewhere."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mesa.discrete_space import PropertyLayer

from il2sim.models import Baseline, Config, ConfigError, settle, simulate
from il2sim.models.mesa_model import TumourModel
from il2sim.sim.result import Result
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
    own = {renamed.get(name, name) for name in reference.series}
    assert {"seed"} == set(frame.columns) - own - reference.endpoints.keys()
    for name, values in reference.series.items():
        np.testing.assert_array_equal(frame[renamed.get(name, name)], values, err_msg=name)


def test_endpoints_come_with_surgery_and_the_seed_always(finished: TumourModel, reference: Result) -> None:
    frame = finished.datacollector.get_model_vars_dataframe()
    assert reference.endpoints.keys() <= finished.datacollector.model_reporters.keys()
    assert frame.iloc[-1]["rvt_percent"] == reference.endpoints["rvt_percent"]
    assert frame.iloc[-1]["cd8_hours"] == reference.endpoints["cd8_hours"]
    assert frame["rvt_percent"][:-1].isna().all()
    assert frame["mpr"][:-1].isna().all()
    assert set(frame["seed"]) == {SEED}


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


def test_only_those_who_ask_import_mesa(root: Path) -> None:
    code = (
        "import sys, il2sim.models, il2sim.experiments.cli.main, il2sim.experiments.demo.server;"
        "print(*({'mesa', 'solara'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_a_file_is_a_config_too(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text("patient: {width: 0.3 mm}\nspace: {margin: 0.3 mm}\nschedule: {days: [0]}\n")
    for given in (file, str(file)):
        assert TumourModel(given, SEED).config == Config.load(file)
    for wrong, sentence in {
        "absent.yaml": "^absent.yaml: cannot be read",
        5: "^config: 5 is no Config",
        ("patient", 1): r"^config: \[patient, 1\] is no Config",
    }.items():
        with pytest.raises(ConfigError, match=sentence):
            TumourModel(wrong, SEED)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"width_mm": "2"}, "^width_mm: patient.width: 2 has no unit"),
        ({"width_mm": "2 MIU"}, "^width_mm: patient.width: '2 MIU' is in"),
        ({"width_mm": True}, "^width_mm: true is no number and no text with a unit, like '0.5 mm'"),
        ({"width_mm": [1, 2]}, "^width_mm: .* is no number"),
        ({"stil": 30}, "^stil: patient.stil: '3000 %' is outside 0 % to 80 %"),
        ({"stil": "30 mm"}, "^stil: patient.stil: '30 mm'"),
        ({"dose_miu_per_mm": float("nan")}, "^dose_miu_per_mm: schedule.dose: "),
        ({"dose_miu_per_mm": "5 MIU"}, "^dose_miu_per_mm: schedule.dose: '5 MIU' is in"),
    ],
)
def test_a_number_by_name_is_refused_by_that_name(
    config: Config, given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        TumourModel(config, SEED, **given)
    assert "\n" not in str(caught.value)


def test_texts_with_units_stand_for_numbers(config: Config) -> None:
    in_words = TumourModel(config, SEED, width_mm="400 um", dose_miu_per_mm="70 kIU/mm", stil="7 %").config
    numbers = {"width_mm": np.float64(0.4), "dose_miu_per_mm": 0.07, "stil": np.float32(0.07)}
    assert in_words == TumourModel(config, SEED, **numbers).config


def test_a_copy_of_a_config_is_what_is_run(config: Config) -> None:
    copied = config.model_copy(update={"patient": config.patient.model_copy(update={"stil": 0.30})})
    assert TumourModel(copied, SEED, dose_miu_per_mm=0.1).config.patient.stil == 0.30


def test_rng_is_the_seed_by_the_name_mesa_has_for_it(config: Config) -> None:
    model = TumourModel(config, rng=np.int64(SEED))
    assert model.seed == SEED
    np.testing.assert_array_equal(
        model.property_layers["immune"], TumourModel(config, SEED).property_layers["immune"]
    )
    with pytest.raises(ConfigError, match="^seed, rng: both are given"):
        TumourModel(config, SEED, rng=SEED)
    for wrong in (np.random.default_rng(1), np.random.SeedSequence(1)):
        with pytest.raises(ConfigError, match=f"^rng: a {type(wrong).__name__} was found; a whole number"):
            TumourModel(config, rng=wrong)


def test_a_model_is_shown_in_a_line(config: Config, baseline: Baseline) -> None:
    model = TumourModel(config, SEED, baseline)
    assert repr(model) == f"<TumourModel of {config.name!r}, seed {SEED}: day 0 of 2>"
    model.advance(36)
    assert repr(model.simulation) == f"<Simulation of {config.name!r}, seed {SEED}: day 0.25 of 2>"
