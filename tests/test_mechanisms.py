"""The contract of a mechanism: one file that declares, numbers that say where they come from, clean removal.

Every file of `models/` with a `declare` is found by itself; adding one needs no other line of the product.
"""

import ast
import math
from pathlib import Path

import numpy as np
import pytest

import il2sim.models as models
from il2sim.models import Config, ConfigError
from il2sim.models.build import build, mechanisms, remarks
from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.simulation import Simulation, simulate
from il2sim.sim.language.model import KNOWN, Model, ModelError, Parameter, less
from il2sim.sim.language.units import quantity, to_internal
from tests.tumours import IMMUNE, SOLID, tiny, unbalanced_cells

FOLDER = Path(models.__file__).parent
EVERYTHING = tiny({"mechanisms": f"[{', '.join(mechanisms())}]"})
DECLARED = build(EVERYTHING)
OVERRIDABLE = {name: each for name, each in DECLARED.parameters.items() if each.known != "solved"}
NUMBERS = {parameter.name: parameter for parameter in (*DECLARED.parameters.values(), *Config().numbers())}


def without(name: str) -> Config:
    """The tiny tumour with every default mechanism but one."""
    return tiny({"mechanisms": f"[{', '.join(each for each in MECHANISMS if each != name)}]"})


def written(parameter: Parameter, value: float) -> str:
    """A value as a person would override it."""
    return f"{value:g}" if parameter.unit == "1" else f"{value:g} {parameter.unit}"


def test_every_file_that_declares_is_a_mechanism():
    declaring = {
        path.stem
        for path in FOLDER.rglob("*.py")
        if any(
            isinstance(node, ast.FunctionDef) and node.name == "declare"
            for node in ast.parse(path.read_text()).body
        )
    }
    assert set(mechanisms()) == declaring
    assert set(MECHANISMS) <= declaring


@pytest.mark.parametrize("parameter", NUMBERS.values(), ids=NUMBERS)
def test_every_number_says_what_it_is(parameter: Parameter):
    assert math.isfinite(to_internal(1.0, parameter.unit))
    assert parameter.low < parameter.high
    assert parameter.known in KNOWN
    if parameter.known == "solved":
        assert math.isnan(parameter.value)
    else:
        assert parameter.low <= parameter.value <= parameter.high
    assert parameter.source.strip()
    assert not parameter.overridden or parameter.name in ("patient.width", "space.margin")


def test_parameters_carry_the_name_of_their_file():
    assert {name.split(".")[0] for name in DECLARED.parameters} <= set(mechanisms())


@pytest.mark.parametrize("parameter", OVERRIDABLE.values(), ids=OVERRIDABLE)
def test_both_ends_of_a_range_can_be_built(parameter: Parameter):
    for value in (parameter.low, parameter.high):
        model = build(EVERYTHING.with_values({parameter.name: written(parameter, value)}))
        assert model.parameters[parameter.name].value == quantity(written(parameter, value), parameter.unit)
        assert model.parameters[parameter.name].overridden


@pytest.mark.parametrize("parameter", [*OVERRIDABLE.values()][::7], ids=lambda parameter: parameter.name)
def test_beyond_its_range_a_number_is_refused(parameter: Parameter):
    with pytest.raises(ConfigError, match=f"{parameter.name}: .* is outside its range"):
        build(EVERYTHING.with_values({parameter.name: written(parameter, 1.5 * parameter.high + 1.0)}))


def test_solved_numbers_end_within_their_ranges():
    simulation = Simulation(tiny({"patient.width": "1 mm"}), 1)
    while simulation.is_settling:
        simulation.step()
    solved = [each for each in simulation.model.parameters.values() if each.known == "solved"]
    assert {each.name for each in solved} == {"tumour.birth_rate", *(f"{name}.influx" for name in IMMUNE)}
    assert [each.name for each in solved if not each.low <= each.value <= each.high] == []


@pytest.mark.parametrize(
    ("name", "held"),
    [("tumour.birth_rate", "patient.doubling_time is kept"), ("treg.influx", "the infiltrate is held")],
)
def test_a_solved_number_that_is_set_stands_and_is_remarked(name: str, held: str):
    low = DECLARED.parameters[name].low
    config = tiny({name: f"{low:g} 1/day"})
    result = simulate(config, 1)
    (number,) = [each for each in result.provenance["parameters"] if each["name"] == name]
    assert number["value"] == pytest.approx(low)
    assert [
        note for note in remarks(config) if note.startswith(f"{name}: {low:g} 1/day is set") and held in note
    ]
    assert not [note for note in remarks(tiny()) if "is solved" in note]


def test_a_birth_rate_that_is_set_is_the_one_that_runs():
    """Fewer births than are lost and killed: the tumour shrinks where it would have grown."""
    few = {"tumour.birth_rate": "0.06 1/day", "schedule.dose": "0 MIU/mm", "schedule.surgery_day": "10"}
    assert simulate(tiny(few), 1).endpoints["viable_fraction"] < 0.75


@pytest.mark.parametrize("name", [each for each in MECHANISMS if each != "tumour"])
def test_each_mechanism_knocks_out_cleanly(name: str):
    result = simulate(without(name), 1)
    assert set(result.ledger["cells"]) == {*SOLID, *(each for each in IMMUNE if each != name)}
    assert unbalanced_cells(result.ledger) == {}
    assert name not in result.series
    assert all(np.isfinite(column).all() for column in result.series.values())
    assert ("il2_mean_nM" in result.series) == ("il2_nmol" in result.ledger) == (name != "il2")
    assert ("exhaustion" in result.series) == (name not in ("exhaustion", "cd8"))
    declared = {each["name"].split(".")[0] for each in result.provenance["parameters"]}
    assert declared == {each for each in MECHANISMS if each != name}


def test_without_killers_nobody_is_killed():
    result = simulate(tiny({"mechanisms": "[tumour, treg, il2, suppression]"}), 1)
    assert set(result.series["kills_per_day"]) == {0.0}
    assert result.provenance["baseline_kill_per_day"] == 0.0


def test_a_tumour_alone_lives():
    result = simulate(tiny({"mechanisms": "[tumour]"}), 1)
    assert unbalanced_cells(result.ledger) == {}
    assert result.endpoints["viable_fraction"] == pytest.approx(1.0, abs=0.1)


def test_the_tumour_itself_cannot_be_left_out():
    with pytest.raises(ConfigError, match="mechanisms: 'tumour' is missing"):
        without("tumour")


def test_a_knock_out_takes_its_modifiers_along():
    others = (name for name in MECHANISMS if name not in ("tumour", "cd8", "cd8_killing"))
    factors = {name: len(build(without(name)).rules["cd8 hits tumour"].modifiers) for name in others}
    unchanged = factors.pop("nk")
    assert factors.pop("exhaustion") == factors.pop("suppression") == factors.pop("treg") == unchanged - 1
    assert set(factors.values()) == {unchanged}


@pytest.mark.parametrize(
    ("name", "said"),
    {
        "cd8_killing": {"cd8 hits tumour"},
        "cd8_withdrawal": {"cd8 dies of loss of IL-2", "expanded falls in cd8"},
        "aicd": {"cd8 dies of activation"},
        "nk_killing": {"nk hits tumour", "vigour falls in nk", "vigour rises in nk"},
        "exhaustion": {"exhaustion rises in cd8", "exhaustion falls in cd8"},
        "suppression": set(),
    }.items(),
)
def test_a_word_less_in_a_config_is_a_mechanism_less(name: str, said: set[str]):
    whole, rest = build(tiny()), build(without(name))
    assert whole.rules.keys() - rest.rules.keys() == said
    assert bool(rest.rules["cd8 divides"].daughters) == (name != "cd8_withdrawal")


def test_killers_without_their_killing_are_remarked():
    """A list of mechanisms of before killing had files of its own."""
    said = remarks(tiny({"mechanisms": "[tumour, cd8, nk, nk_killing, il2]"}))
    assert [text for text in said if "kills nothing" in text] == [
        "mechanisms: cd8 is there without cd8_killing and kills nothing"
    ]
    assert not any("kills nothing" in text for text in (*remarks(tiny()), *remarks(without("cd8"))))


@pytest.mark.parametrize(
    ("written_as", "meant"), [("cd8.kil_rate", "cd8_killing.kill_rate"), ("il2.ec50_ck", "il2.ec50_nk")]
)
def test_a_misspelt_parameter_meets_its_nearest_name(written_as: str, meant: str):
    with pytest.raises(ConfigError, match=f"--set: unknown parameter '{written_as}'; did you mean '{meant}'"):
        build(tiny({written_as: "1 1/day"}))


def test_a_parameter_of_a_mechanism_left_out_is_refused():
    with pytest.raises(ConfigError, match="unknown parameter 'nk_killing.kill_rate'; 'nk_killing' is off"):
        build(without("nk_killing").with_values({"nk_killing.kill_rate": "5 1/day"}))


def test_the_gate_of_antigen_is_half_shut_when_its_memory_is_over():
    """Rule 7: antigen in the last 3 days."""
    model = build(tiny())
    left = math.exp(-model.rules["antigen_memory falls in cd8"].rate * model.value("cd8.antigen_memory"))
    (gate,) = (each for each in model.rules["cd8 divides"].modifiers if each.signal.name == "antigen_memory")
    assert (gate.kind, gate.half) == ("gated", pytest.approx(left))
    assert left == pytest.approx(math.exp(-1.0))


def test_a_misspelt_rule_meets_its_nearest_sentence():
    model = Model(known=mechanisms())
    model.cell_type("cd8").hits(
        model.cell_type("tumour", layer="solid"),
        1.0,
        raises=model.trait("damage", layer="solid"),
        release=1.0,
    )
    model.modify("cd8 hit tumour", less(model.trait("exhaustion")))
    with pytest.raises(ModelError, match="no rule says 'cd8 hit tumour'; did you mean 'cd8 hits tumour'"):
        model.finish()
