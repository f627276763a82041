"""Configs made, copied, dumped and read back in Python: a copy has its own values everywhere."""

import copy
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from il2sim.experiments.study.design import grid, pair
from il2sim.models import Config, ConfigError
from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.config.model import Pathology, Patient, Schedule, Space, Sweep
from tests.test_config import RUNS

Write = Callable[..., Path]
FEWER = tuple(name for name in MECHANISMS if name != "aicd")
FILE = "patient: {width: 5 mm, stil: 20 %}\nschedule: {dose: 0.05 MIU/mm}\nset: {cd8.a: 1, cd8.b: 2}\n"


@pytest.fixture
def loaded(write: Write) -> Config:
    return Config.load(write(FILE))


def changed(config: Config) -> Config:
    """A copy of which something of every kind is new."""
    patient = config.patient.model_copy(update={"stil": 0.30, "width": "6 mm"})
    sweep = Sweep(axes={"patient.width": ("6 mm", "7 mm")}, twin=True)
    new = {"patient": patient, "set": {"cd8.a": "3"}, "mechanisms": FEWER, "sweep": sweep}
    return config.model_copy(update=new)


def is_changed(config: Config) -> bool:
    own = (config.patient.stil, dict(config.set), config.mechanisms)
    return own == (0.30, {"cd8.a": "3"}, FEWER) and config.patient.nest_width_um == 150.0


def test_a_copy_has_its_own_values_everywhere(loaded: Config) -> None:
    for config in (changed(loaded), changed(Config())):
        assert is_changed(config)
        assert config.patient.width_um == 6000.0
        assert is_changed(config.without_drug())
        assert is_changed(config.with_values({"patient.width": "6.5 mm"}))
        assert all(is_changed(run.config) for run in grid(config, 1))
        bare = config.model_copy(update={"sweep": None})
        assert all(is_changed(run.config) for run in pair(bare, 1, Path("x"), [], twin=True, until=None))
        assert Config.model_validate(config.model_dump()) == config


def test_copies_of_copies_and_what_they_were_copied_from(loaded: Config) -> None:
    before = loaded.hash
    first = loaded.model_copy(update={"patient": {"stil": "25 %"}})
    second = first.model_copy(update={"schedule": {"dose_iu_per_mm": 2e5}})
    third = second.model_copy(update={"patient": Patient(width_um=3000.0)}, deep=True)
    assert (loaded.hash, loaded.patient.stil) == (before, 0.2)
    assert (first.patient.width_um, first.patient.stil) == (5000.0, 0.25)
    twin = second.without_drug()
    assert (twin.patient.stil, second.schedule.dose_iu_per_mm) == (0.25, 2e5)
    assert twin.with_values({"schedule.dose": "0.2 MIU/mm"}) == second
    assert third.patient == third.without_drug().patient == Patient(width_um=3000.0)
    assert loaded.model_copy() == loaded.model_copy(update={}) == loaded


def test_a_copy_knows_where_what_did_not_change_was_written(loaded: Config) -> None:
    file = loaded.where("patient.width").rpartition(":")[0]
    found = changed(loaded)
    for config in (found, found.without_drug(), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert config.where("cd8.b") != f"{file}:3", "it is no longer there"
        assert config.where("schedule.dose") == ("--set" if config == found.without_drug() else f"{file}:2")
        assert config.where("patient.stil") == config.where("cd8.a") == "model_copy"
    with pytest.raises(
        ConfigError, match="^model_copy: schedule.days: day 35 is not before surgery on day 28"
    ):
        loaded.model_copy(update={"schedule": loaded.schedule.model_copy(update={"days": [0, 35]})})


def test_what_nobody_set_follows_the_protocol(loaded: Config) -> None:
    for base in (loaded, Config(schedule=Schedule(dose_iu_per_mm=5e4))):
        for config in (base, base.model_copy(update={"patient": {"stil": 0.3}}), copy.deepcopy(base)):
            other = config.with_values({"schedule.protocol": "three_visits"})
            assert (other.schedule.days, other.schedule.dose_iu_per_mm) == ((0.0, 7.0, 14.0), 5e4)
    in_python = Config(schedule=Schedule(protocol="three_visits", dose_iu_per_mm=5e4))
    as_mapping = Config.model_validate({"schedule": {"protocol": "three_visits", "dose": "0.05 MIU/mm"}})
    copied = Config().model_copy(update={"schedule": {"protocol": "three_visits", "dose": "0.05 MIU/mm"}})
    by_name = Config().with_values({"schedule.protocol": "three_visits", "schedule.dose": "0.05 MIU/mm"})
    for config in (in_python, as_mapping, copied, by_name):
        assert config.schedule.days == config.without_drug().schedule.days == (0.0, 7.0, 14.0)
        assert config.hash == by_name.hash


@pytest.mark.parametrize(
    ("update", "sentence"),
    [
        ({"patient": {"stil": 15.0}}, "model_copy: patient.stil: 15.0 is outside 0 % to 80 %"),
        ({"patient": {"widht": 5.0}}, "model_copy: patient.widht: unknown key; did you mean 'width'?"),
        ({"patient": 5}, "model_copy: patient: 5 is no Patient and no mapping"),
        ({"patient": None}, "model_copy: patient: nothing is no Patient and no mapping"),
        ({"patient": Space()}, "model_copy: patient: a Space is no Patient and no mapping"),
        ({"patience": 5}, "model_copy: patience: unknown key; did you mean 'patient'?"),
        ({"mechanisms": ["tumour", "cd9"]}, "model_copy: mechanisms: unknown mechanism 'cd9'"),
        ({"allow_outside": 1}, "model_copy: allow_outside: 1 is neither true nor false"),
        ({"set": {"cd8.a": "5 parsec"}}, "model_copy: cd8.a: '5 parsec': unknown unit 'parsec'"),
        ({"set": {"patient.stil": "5 %"}}, "model_copy: patient.stil: belongs to the section 'patient:'"),
        ({"set": ["cd8.a"]}, "model_copy: set: [cd8.a] is not a mapping"),
        ({"set": {"cd8.a": True}}, "model_copy: cd8.a: true is not a quantity"),
        ({"schedule": {"surgery_day": 21}}, "model_copy: schedule.surgery_day: day 21 is not before surgery"),
        ({"sweep": {"axes": {"patient.width": ["0 mm"]}}}, "patient.width: '0 mm' is outside"),
        ({"sweep": {"axes": {}}}, "model_copy: sweep.axes: no axis is given"),
        ({"sweep": {}}, "model_copy: sweep.axes: is missing"),
        ({"sweep": {"replicates": 3}}, "model_copy: sweep.axes: is missing"),
    ],
)
def test_an_update_is_refused_by_the_rules_of_a_file(
    loaded: Config, update: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded.model_copy(update=update)
    assert sentence in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_section_refuses_alone_too() -> None:
    with pytest.raises(ConfigError, match="^model_copy: patient.stil: 15.0 is outside 0 % to 80 %"):
        Patient().model_copy(update={"stil": 15.0})
    with pytest.raises(ConfigError, match="unknown key; did you mean 'width'"):
        Patient().model_copy(update={"widht": 5.0})
    with pytest.raises(ConfigError, match="width_um: is given twice"):
        Patient().model_copy(update={"width_um": 5.0, "width": "5 mm"})
    assert Pathology().model_copy(update={"cores": 5}).cores == 5
    assert Patient().model_copy() == Patient()


def test_a_design_is_copied_without_trying_its_points_again(loaded: Config) -> None:
    axes = {"patient.width": [f"{5 + 0.001 * k:.3f} mm" for k in range(1000)]}
    swept = loaded.model_copy(update={"sweep": Sweep(axes=axes)})
    assert swept.sweep is not None
    copied = swept.model_copy(update={"sweep": swept.sweep.model_copy(update={"twin": False})})
    assert copied.sweep is not None
    assert (copied.sweep.twin, copied.sweep.axes) == (False, swept.sweep.axes)


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_every_committed_config_survives_each_way_out_and_back(path: Path) -> None:
    config = Config.load(path)
    there_and_back = [
        Config.model_validate(config.model_dump()),
        Config.model_validate(config.model_dump(mode="json")),
        Config.model_validate(config.model_dump(exclude_unset=True)),
        Config.model_validate(config.model_dump(mode="json", exclude_none=True)),
        Config.model_validate_json(config.model_dump_json()),
        Config.model_validate(config.resolved()),
        copy.copy(config),
        copy.deepcopy(config),
        pickle.loads(pickle.dumps(config)),
        config.model_copy(),
        config.model_copy(deep=True),
        Config(**{name: getattr(config, name) for name in Config.model_fields}),
        Config(**config.model_dump()),
    ]
    for again in there_and_back:
        assert again == config
        assert again.hash == config.hash
        assert again.without_drug().hash == config.without_drug().hash


def test_sections_are_objects_or_mappings() -> None:
    made = Config(
        patient=Patient(width_um=4000.0), schedule={"dose": "0.1 MIU/mm"}, set={"cd8.a": 1, "cd8.b": "2 1/h"}
    )
    same = Config(
        patient={"width": "4 mm"}, schedule=Schedule(dose_iu_per_mm=1e5), set={"cd8.b": "2 1/h", "cd8.a": "1"}
    )
    assert made == same
    assert made.set == {"cd8.a": "1", "cd8.b": "2 1/h"}
    with pytest.raises(ValueError, match="belongs to the section 'patient:'"):
        Config(set={"patient.stil": "20 %"})


def test_a_lattice_that_is_worked_out_can_be_said(write: Write) -> None:
    path = write("space: {lattice: null}\nschedule: {stop_after: null}\n")
    assert Config.load(path) == Config.load(path, ["space.lattice=null"])
    assert Config.load(path).side_um == Config().side_um
    fixed = Config.load(path, ["space.lattice=14 mm"])
    assert fixed.with_values({"space.lattice": "null"}).side_um == Config().side_um


def test_numbers_say_what_was_set_by_whoever_set_it(write: Write) -> None:
    def overridden(config: Config) -> set[str]:
        return {number.name for number in config.numbers() if number.overridden}

    path = write("patient: {width: 5 mm}\nschedule: {protocol: three_visits}\n")
    assert overridden(Config.load(path)) == {"patient.width"}
    assert overridden(Config.load(path).without_drug()) == {"patient.width", "schedule.dose"}
    assert overridden(Config(patient=Patient(width_um=5000.0))) == {"patient.width"}
    assert overridden(Config.load(path).model_copy(update={"patient": {"stil": 0.3}})) == {
        "patient.width",
        "patient.stil",
    }


def test_a_config_is_one_value_and_not_many(loaded: Config) -> None:
    with pytest.raises(TypeError, match="not iterable"):
        iter(loaded)


def test_a_config_is_shown_in_a_line(loaded: Config) -> None:
    shown = "Config(name='case', width='5 mm', stil='20 %', dose='0.05 MIU/mm', days=[0, 7, 14, 21], "
    assert repr(loaded) == f"{shown}surgery_day=28, hash='{loaded.hash[:12]}')"
    assert str(loaded) == repr(loaded)
    assert "sweep='2 points x 1'" in repr(changed(loaded))
