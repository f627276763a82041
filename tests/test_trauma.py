"""The needle: where it goes, death within its radius for one step of each layer, chemokine for a day."""

from __future__ import annotations

import math

import numpy as np
import pytest

from il2sim.models import Config
from il2sim.models.biology.treatment_effects.trauma import Trauma
from il2sim.models.build import build
from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.drug.geometries.injection import GEOMETRIES, Technique
from il2sim.models.drug.geometries.needle import needle_tracks, track_distance
from il2sim.sim.compile.arrays import tabulate
from il2sim.sim.lattice import Lattice
from tests.mechanism_case import factor, model_with
from tests.tumours import IMMUNE

AWAY = np.array([0.0, 299.0, 301.0, 800.0, 5000.0])


def punctured() -> Trauma:
    trauma = Trauma(model_with("trauma"))
    trauma.puncture(AWAY)
    return trauma


def shown(trauma: Trauma) -> dict[str, list[float]]:
    return {name: level.tolist() for name, level in trauma.fields(AWAY.size).items()}


def test_each_layer_dies_on_its_own_clock():
    model = model_with("trauma")
    table = tabulate(model, Lattice((20, 20), 15.0))
    clock = dict(zip(table.sentences, table.clocks, strict=True))
    assert clock["tumour dies of needle"] == "solid"
    assert {clock[f"{name} dies of needle"] for name in IMMUNE} == {"immune"}
    assert model.rules["tumour dies of needle"].other == "dead"


@pytest.mark.parametrize(
    ("tick", "steps"), [("10 min", (6.0, 0.5)), ("30 min", (18.0, 1.5)), ("2 min", (1.2, 0.1))]
)
@pytest.mark.parametrize(("place", "name"), [(0, "tumour"), (1, "cd8")])
def test_one_step_kills_the_declared_share(place: int, name: str, tick: str, steps: tuple[float, float]):
    values = {"clocks.tick": tick, "mechanisms": f"[{', '.join(MECHANISMS)}, trauma]"}
    model, hours = build(Config().with_values(values)), steps[place]
    rule = model.rules[f"{name} dies of needle"]
    trauma = Trauma(model)
    trauma.puncture(AWAY)
    field = ("needle_wound", "needle_crush")[place]
    trauma.advance(0.9 * hours)
    assert any(shown(trauma)[field])
    trauma.advance(0.1 * hours)
    assert not any(shown(trauma)[field])
    (gate,) = rule.modifiers
    open_ = 1.0 / (1.0 + gate.half**gate.hill)
    assert 1.0 - math.exp(-rule.rate * open_ * hours) == pytest.approx(0.95)


def test_before_any_needle_nothing_is_shown():
    assert not any(field.any() for field in Trauma(model_with("trauma")).fields(4).values())


def test_injury_ends_at_the_radius_and_after_a_step_of_each_layer():
    trauma = punctured()
    for name in ("needle_wound", "needle_crush"):
        assert shown(trauma)[name] == [1.0, 1.0, 0.0, 0.0, 0.0]
    trauma.advance(0.5)
    assert not any(shown(trauma)["needle_crush"])
    trauma.advance(5.0)
    assert any(shown(trauma)["needle_wound"])
    trauma.advance(0.5)
    assert not any(shown(trauma)["needle_wound"])


def test_chemokine_fades_with_distance_and_ends_after_a_day():
    trauma, model = punctured(), model_with("trauma")
    levels = shown(trauma)["needle_chemokine"]
    arrivals = [factor(model, "cd8 enters", {"needle_chemokine": level}) for level in levels]
    assert arrivals == sorted(arrivals, reverse=True)
    assert arrivals[0] == pytest.approx(2.0)
    assert arrivals[3] == pytest.approx(1.0 + math.exp(-1.0))
    assert arrivals[4] < 1.001
    trauma.advance(23.5)
    assert any(shown(trauma)["needle_chemokine"])
    trauma.advance(0.5)
    assert not any(shown(trauma)["needle_chemokine"])


def test_a_second_visit_begins_anew():
    trauma = punctured()
    trauma.advance(168.0)
    trauma.puncture(AWAY[::-1])
    assert shown(trauma)["needle_wound"] == [0.0, 0.0, 0.0, 1.0, 1.0]


def technique(geometry: str, centre_share: float = 0.5, off_centre_um: float = 0.0) -> Technique:
    return Technique(centre_share, 0.6, 0.4, 5e6, geometry, off_centre_um, 4)


@pytest.mark.parametrize(
    ("geometry", "share", "needles"),
    [("half_and_half", 0.5, 5), ("half_and_half", 1.0, 1), ("half_and_half", 0.0, 4), ("centre", 0.5, 1),
     ("ring", 0.5, 4), ("tracks", 0.5, 4), ("fan", 0.5, 4)],
)  # fmt: skip
def test_as_many_needles_as_parts(geometry: str, share: float, needles: int):
    assert needle_tracks(1_000.0, technique(geometry, share)).shape == (needles, 2, 3)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_every_needle_reaches_the_section_or_runs_beside_it(geometry: str):
    tracks = needle_tracks(1_000.0, technique(geometry, off_centre_um=200.0))
    tips = tracks[:, 1]
    assert (np.linalg.norm(tips, axis=1) <= 1_500.0).all()
    if geometry in ("half_and_half", "centre", "ring"):
        assert (tips[:, 2] == 0.0).all()
    if geometry == "centre":
        assert tips[0].tolist() == [200.0, 0.0, 0.0]


def test_distance_is_to_the_nearest_track():
    tracks = np.array([[[0.0, 0.0], [10.0, 0.0]], [[0.0, 100.0], [0.0, 100.0]]])
    points = np.array([[5.0, 3.0], [13.0, 4.0], [-3.0, 4.0], [0.0, 90.0]])
    assert track_distance(points, tracks) == pytest.approx([3.0, 5.0, 5.0, 10.0])
