"""Mesa's batch_run: it comes to surgery, keeps seeds and parameters, and says where a limit cuts a course."""

import gc
import warnings
import weakref
from collections.abc import Mapping
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest

from il2sim.models import Config, simulate
from il2sim.models.mesa_model import TumourModel
from il2sim.sim.result import Result

SEED = 3
STEPS = 2 * 144
Row = dict[str, Any]


@pytest.fixture(scope="module")
def config() -> Config:
    given = {"patient.width": "0.3 mm", "space.margin": "0.3 mm", "schedule.days": "[0]"}
    return Config().with_values(given | {"schedule.surgery_day": "2"})


@pytest.fixture(scope="module")
def reference(config: Config) -> Result:
    return simulate(config, SEED)


def batch(
    parameters: Mapping[str, Any], model: type[TumourModel] = TumourModel, **settings: Any
) -> list[Row]:
    rows: list[Row] = mesa.batch_run(model, parameters, display_progress=False, **settings)
    return rows


@pytest.mark.parametrize("period", [-1, 1, 10, 1000])
def test_the_last_row_is_surgery(config: Config, reference: Result, period: int) -> None:
    rows = batch({"config": config, "seed": [SEED]}, data_collection_period=period)
    assert (rows[-1]["day"], rows[-1]["Step"], rows[-1]["seed"]) == (2.0, STEPS, SEED)
    shown = [row["Step"] for row in rows]
    within = [] if period == -1 else [step for step in range(0, STEPS, period)]
    assert shown == [*within, STEPS]
    for name in reference.endpoints.keys() - reference.series.keys():
        assert rows[-1][name] == pytest.approx(reference.endpoints[name], nan_ok=True), name
        assert all(row[name] is None for row in rows[:-1]), name
    for name in reference.series.keys() - {"width_mm"}:
        assert rows[-1][name] == reference.series[name][-1], name


def test_the_last_row_is_surgery_whatever_the_limit(config: Config) -> None:
    for limit in (STEPS, STEPS + 1):
        (row,) = batch({"config": [config], "seed": SEED}, max_steps=limit)[-1:]
        assert row["day"] == 2.0
        assert row["mpr"] in (True, False)


@pytest.mark.parametrize("limit", [5, STEPS - 2])
def test_a_limit_that_cuts_the_course_is_named(config: Config, limit: int) -> None:
    cut = rf"max_steps={limit} .* before surgery on day 2; write max_steps={STEPS}"
    with pytest.warns(UserWarning, match=cut) as said:
        rows = batch({"config": config, "seed": SEED}, max_steps=limit, data_collection_period=1)
    assert len(said) == 1
    assert (rows[0]["Step"], rows[-1]["Step"]) == (0, limit)
    assert rows[-1].get("mpr") is None


def test_a_course_of_one_s_own_is_no_batch(config: Config) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        long = TumourModel(Config().with_values({"patient.width": "0.3 mm", "space.margin": "0.3 mm"}), SEED)
    long.advance(3)
    assert (long.steps, len(long.datacollector.model_vars["day"])) == (3, 4)


def test_seeds_that_are_swept_arrive(config: Config) -> None:
    given = {"config": config, "seed": np.array([1, 2]), "dose_miu_per_mm": [0.0, 0.5]}
    with pytest.warns(UserWarning, match="max_steps=2 "):
        rows = batch(given, max_steps=2)
    assert [(row["seed"], row["dose_miu_per_mm"]) for row in rows] == [(1, 0.0), (1, 0.5), (2, 0.0), (2, 0.5)]
    assert rows[0]["cd8"] == rows[1]["cd8"]
    assert rows[0]["cd8"] != rows[2]["cd8"]


def test_seeds_that_were_drawn_are_in_the_rows(config: Config) -> None:
    with pytest.warns(UserWarning, match="max_steps=2 "):
        first, second = batch({"config": [config, config]}, max_steps=2)
    assert first["seed"] != second["seed"]
    with pytest.warns(UserWarning, match="max_steps=2 "):
        (again,) = batch({"config": config, "seed": [first["seed"]]}, max_steps=2)
    assert {name: first[name] for name in again if name != "RunId"} == {
        name: again[name] for name in again if name != "RunId"
    }


def test_rows_make_a_table(config: Config) -> None:
    frame = pd.DataFrame(batch({"config": config, "seed": SEED}, data_collection_period=100))
    assert frame["rvt_percent"].notna().tolist() == [False, False, False, True]
    assert str(frame["rvt_percent"].dtype) == "float64"


@pytest.mark.slow
def test_processes_of_mesa_do_the_same(config: Config) -> None:
    given = {"config": config, "seed": [SEED, SEED + 1]}
    rows = batch(given, number_processes=2)
    assert sorted(row["seed"] for row in rows) == [SEED, SEED + 1]
    assert {row["day"] for row in rows} == {2.0}


def test_a_batch_keeps_its_parameters_and_leaves_nothing_behind(config: Config) -> None:
    models: list[weakref.ref[TumourModel]] = []

    class Watched(TumourModel):
        def step(self) -> None:
            if self.steps == 1:
                models.append(weakref.ref(self))
            super().step()

    parameters = {"config": [config], "width_mm": [0.3, "0.4 mm"], "seed": [SEED]}
    with pytest.warns(UserWarning, match="max_steps=5 "):
        rows = batch(parameters, Watched, max_steps=5, data_collection_period=1)
    assert {row["width_mm"] for row in rows} == {0.3, "0.4 mm"}
    assert {round(row["width_now_mm"], 1) for row in rows} == {0.3, 0.4}
    assert len(models) == 2
    gc.collect()
    assert [model() for model in models] == [None, None]


@pytest.mark.skipif(
    tuple(map(int, mesa.__version__.split(".")[:2])) < (3, 5), reason="rng= came with Mesa 3.5"
)
def test_seeds_as_mesa_gives_them_from_3_5_on(config: Config) -> None:
    with pytest.warns(UserWarning, match="max_steps=2 "):
        rows = batch({"config": config}, max_steps=2, rng=[1, 2])
    assert [row["seed"] for row in rows] == [1, 2]
    with pytest.warns(UserWarning, match="Mesa has replaced the swept 'rng' by None; sweep 'seed'"):
        batch({"config": config, "rng": [1, 2]}, max_steps=STEPS)
