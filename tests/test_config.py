"""Configs: what is written is what is run, and every mistake is named in one sentence with file and line."""

import inspect
import pickle
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.config.model import Config, ConfigError, Patient, Schedule, Space, Sweep
from il2sim.models.config.values import mechanism_names
from tests.config_case import problems

CONFIGS = Path(__file__).parents[1] / "configs"


CLAIMS = ("hypotheses", "behaviours", "verification")  # read by `tests/test_hypotheses.py` and its like
RUNS = [path for path in sorted(CONFIGS.glob("**/*.yaml")) if path.parent.name not in CLAIMS]


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_committed_configs_load_and_read_back(path: Path, write) -> None:
    config = Config.load(path)
    again = Config.load(write(yaml.safe_dump(config.resolved())))
    assert again == config
    assert again.hash == config.hash


def test_values_arrive_in_the_units_of_their_fields(write) -> None:
    config = Config.load(
        write(
            "mechanisms: [tumour, cd8]\n"
            "patient: {width: 12 mm, stil: 20 %, phenotype: excluded, doubling_time: 50 d, nk: 4 1/mm2}\n"
            "schedule: {dose: 0.05 MIU/mm, cap: 3 MIU, days: [0, 3.5], surgery_day: 21,\n"
            "  concentration: 18 MIU/mL}\n"
            "space: {dimensions: 3, voxel: 10 um, field_voxel: 30 um, margin: 0.2 mm, lattice: 1.4 cm}\n"
            "clocks: {tick: 5 min, immune_ticks: 6, contact: 60 s}\n"
            "set: {cd8_killing.kill_rate: 8 1/day, cd8.reactive: 0.3}\n",
            "excluded tumour.yaml",
        ),
        ["space.voxel=20 um", "space.field_voxel=60 um", "space.dimensions=2"],
    )
    assert config.name == "excluded_tumour"
    assert config.patient == Patient(
        width_um=12_000, stil=0.2, phenotype="excluded", doubling_time_h=1200, nk_per_mm2_profile=4
    )
    assert config.schedule == Schedule(
        dose_iu_per_mm=5e4, cap_iu=3e6, days=(0.0, 3.5), surgery_day=21.0, concentration_iu_ml=18e6
    )
    assert config.space == Space(voxel_um=20, field_voxel_um=60, margin_um=200, lattice_um=14_000)
    assert (config.clocks.tick_min, config.clocks.contact_min, config.side_um) == (5.0, 1.0, 14_000.0)
    assert config.set == {"cd8_killing.kill_rate": "8 1/day", "cd8.reactive": "0.3"}


def test_registry_preset_is_the_default_schedule() -> None:
    assert Config.load(CONFIGS / "section_2d.yaml").schedule == Schedule()


@pytest.mark.parametrize(
    ("name", "points", "replicates"), [("quick.yaml", [3, 3], 4), ("dose_by_width.yaml", [4, 3], 3)]
)
def test_dose_by_width_is_36_paired_runs(name: str, points: list[int], replicates: int) -> None:
    sweep = Config.load(CONFIGS / "sweeps" / name).sweep
    assert sweep is not None
    assert [len(texts) for texts in sweep.axes.values()] == points
    assert (sweep.replicates, sweep.twin, list(sweep.axes)) == (
        replicates,
        True,
        ["schedule.dose", "patient.width"],
    )


def test_extends_one_level_with_marks_of_both_files(write) -> None:
    base = write("name: base\npatient: {width: 5 mm, stil: 30 %}\nset: {cd8.a: 1, cd8.b: 2}\n", "base.yaml")
    child = write("extends: ../base.yaml\npatient: {width: 6 mm}\nset:\n  cd8.b: 3\n", "sub/child.yaml")
    config = Config.load(child)
    assert config.name == "child"
    assert (config.patient.width_um, config.patient.stil) == (6000.0, 0.3)
    assert config.set == {"cd8.a": "1", "cd8.b": "3"}
    assert config.where("patient.width") == f"{child}:2"
    assert config.where("cd8.b") == f"{child}:4"
    assert Path(config.where("cd8.a").rpartition(":")[0]).resolve() == base
    grandchild = write("extends: child.yaml\n", "sub/grandchild.yaml")
    assert "one level" in problems(grandchild)[0]


def test_mistakes_in_the_extended_file_are_placed_there(write) -> None:
    write("patient:\n  stil: 90 %\n", "base.yaml")
    child = write("extends: base.yaml\npatient: {width: 6 mm}\n")
    assert "base.yaml:2: patient.stil" in problems(child)[0]


def test_overrides_win_and_are_named(write) -> None:
    path = write("patient: {width: 5 mm}\nschedule: {days: [0, 7]}\n")
    config = Config.load(
        path, ["patient.width=8 mm", "cd8_killing.kill_rate = 8 1/day", "schedule.days=[0, 3]", "name=x"]
    )
    assert (config.patient.width_um, config.schedule.days, config.name) == (8000.0, (0.0, 3.0), "x")
    assert config.where("cd8_killing.kill_rate") == "--set"
    assert config.set == {"cd8_killing.kill_rate": "8 1/day"}
    assert problems(path, ("schedule.surgery_day=7",)) == [
        "--set: schedule.surgery_day: day 7 is not before surgery on day 7; every injection comes earlier"
    ]


def test_anchors_and_oddly_written_numbers_mean_what_they_look_like(write) -> None:
    path = write(
        "patient: {width: &w 5 mm}\nspace: {lattice: 7 mm, margin: 1e0 mm}\nschedule: {days: [00, 07, 1e1]}\n"
    )
    config = Config.load(path)
    assert config.schedule.days == (0.0, 7.0, 10.0)
    assert Config.load(write("patient: {width: &w 5 mm}\nspace: {lattice: *w}\n")).space.lattice_um == 5000.0


def test_hash_follows_the_values_and_nothing_else(write) -> None:
    plain = Config.load(write("patient: {width: 5 mm}\n", "a.yaml"))
    same = Config.load(
        write("# the same\npatient:\n  width: 0.5 cm\nschedule: {dose: 500000 IU/mm}\n", "b.yaml")
    )
    swept = Config.load(write("patient: {width: 5 mm}\nsweep: {axes: {cd8.a: [1, 2]}}\n", "c.yaml"))
    assert plain.hash == same.hash == swept.hash
    others = {"patient.width": "6 mm", "schedule.days": "[0, 7]", "cd8.a": "1", "clocks.tick": "5 min"}
    hashes = {plain.with_values({name: text}).hash for name, text in others.items()}
    assert len(hashes | {plain.hash}) == 5


def test_config_is_frozen_hashable_and_survives_pickling(write) -> None:
    config = Config.load(write("patient: {width: 5 mm}\nset: {cd8.a: 1}\n"))
    again = pickle.loads(pickle.dumps(config))
    assert again == config
    assert len({config, again}) == 1
    assert again.where("cd8.a") == config.where("cd8.a")
    with pytest.raises(ValueError, match="frozen"):
        config.patient.width_um = 1.0


def test_points_of_a_design(write) -> None:
    path = write(
        "patient: {width: 5 mm}\nsweep:\n  axes:\n    patient.width: [5 mm, 8 mm]\n    cd8.a: [1, 2]\n"
    )
    config = Config.load(path)
    point = config.with_values({"patient.width": "8 mm", "cd8.a": "2"})
    assert (point.patient.width_um, dict(point.set), point.sweep, point.name) == (
        8000.0,
        {"cd8.a": "2"},
        None,
        "case",
    )
    assert point.where("cd8.a") == f"{path}:5"
    with pytest.raises(ConfigError, match="case.yaml:4: patient.width: '0 mm' is outside"):
        config.with_values({"patient.width": "0 mm"})


def test_twin_differs_by_its_dose_alone() -> None:
    config = Config(patient=Patient(width_um=5000), set={"cd8.a": "1"})
    twin = config.without_drug()
    assert twin.schedule.dose_iu_per_mm == 0.0
    assert twin.with_values({"schedule.dose": "0.5 MIU/mm"}) == config


def test_python_made_configs_are_checked_too() -> None:
    for wrong in ({"width_um": 0.0}, {"width_um": float("nan")}, {"stil": 0.9}, {"widht": 5.0}):
        with pytest.raises(ConfigError, match=f"^patient.{next(iter(wrong))[:4]}.*: ") as refused:
            Patient(**wrong)
        assert "validation error" not in str(refused.value)
        with pytest.raises(ConfigError, match=f"^patient.{next(iter(wrong))[:4]}.*: ") as refused:
            Config(patient=wrong)
        assert "\n" not in str(refused.value)
    with pytest.raises(ConfigError, match="^schedule.days: .*not before surgery"):
        Config(schedule=Schedule(surgery_day=21))
    with pytest.raises(ConfigError, match="no axis"):
        Sweep(axes={})


def test_python_made_configs_name_every_mistake() -> None:
    with pytest.raises(ConfigError) as refused:
        Config(name="a b", patient={"stil": "90 %", "width": "5"}, sed=1)
    assert str(refused.value).endswith("sed: unknown key")
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "name", "patient.width", "patient.stil", "sed",
    ]  # fmt: skip


def test_pydantic_itself_still_raises_what_it_does() -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"patient": {"stil": "90 %"}})
    with pytest.raises(ValidationError):
        Patient.model_validate({"stil": "90 %"})
    assert "patient" in inspect.signature(Config).parameters


def test_long_windows_and_wide_tumours_are_flagged_and_run() -> None:
    assert ["1.91 times the volume of the tumour" in each for each in Config().warnings()] == [True]
    late = Config(schedule=Schedule(days=(0, 14, 28, 42), surgery_day=49))
    assert "beyond the window of 42 days" in late.warnings()[0]
    wide = Config(patient=Patient(width_um=21_000)).warnings()
    assert "eligibility" in wide[0]
    assert "held at its cap of 10 MIU" in wide[1]


def test_every_number_has_unit_range_source_and_standing() -> None:
    numbers = Config().numbers()
    assert len(numbers) >= 19
    for number in numbers:
        assert number.low <= number.value <= number.high, number.name
        assert number.source
        assert number.known in ("seen", "calculated", "memory", "assumed")


def test_mechanisms_are_files_that_declare(tmp_path: Path) -> None:
    (tmp_path / "il15.py").write_text("def declare(m):\n    pass\n")
    (tmp_path / "notes.py").write_text("# def declare(m)\n")
    assert mechanism_names(tmp_path) == ("il15",)


@given(st.floats(min_value=100.0, max_value=20_000.0), st.floats(min_value=0.0, max_value=0.8))
def test_resolved_values_return_bit_for_bit(width: float, stil: float) -> None:
    config = Config(patient=Patient(width_um=width, stil=stil))
    again = config.with_values({"clocks.contact": "2 min"})
    assert (again.patient.width_um, again.patient.stil) == (width, stil)


def test_the_lattice_holds_what_the_tumour_may_grow_to() -> None:
    def side(**values: str) -> float:
        return Config().with_values({key.replace("__", "."): text for key, text in values.items()}).side_um

    assert side(patient__width="5 mm") == 7_000.0
    assert side(patient__width="10 mm", space__margin="2 mm") == 14_000.0
    grown = 20_000.0 * 2.0 ** (42.0 / 103.0 / 3.0)
    assert side(patient__width="20 mm") == pytest.approx(grown + 1_000.0)
    late = {"patient__width": "20 mm", "schedule__surgery_day": "90", "schedule__biopsy_days_before": "10"}
    assert side(**late) == pytest.approx(20_000.0 * 2.0 ** (90.0 / 103.0 / 3.0) + 2_000.0)
    seen_before = side(**late, mechanisms=f"[{', '.join(MECHANISMS)}, biopsy]")
    assert seen_before == pytest.approx(20_000.0 * 2.0 ** (100.0 / 103.0 / 3.0) + 2_000.0)
    for day in ("22", "35", "42"):
        assert side(patient__width="20 mm", schedule__surgery_day=day) == side(patient__width="20 mm")
    assert side(space__lattice="11 mm", schedule__surgery_day="90") == 11_000.0
