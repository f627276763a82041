"""Configs: what is written is what is run, and every mistake is named in one sentence with file and line."""

import pickle
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from models.config import Config, ConfigError, Patient, Schedule, Space, Sweep
from models.config_values import mechanism_names

CONFIGS = Path(__file__).parents[1] / "configs"


@pytest.fixture
def write(tmp_path):
    def write_file(text: str, name: str = "case.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def problems(path: Path, set: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config.load(path, set)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("**/*.yaml")), ids=lambda path: path.stem)
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
            "set: {cd8.kill_rate: 8 1/day, cd8.reactive: 0.3}\n",
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
    assert config.set == {"cd8.kill_rate": "8 1/day", "cd8.reactive": "0.3"}


def test_registry_preset_is_the_default_schedule() -> None:
    assert Config.load(CONFIGS / "section_2d.yaml").schedule == Schedule()


def test_quick_sweep_is_36_runs() -> None:
    sweep = Config.load(CONFIGS / "sweeps" / "quick.yaml").sweep
    assert sweep is not None
    assert [len(texts) for texts in sweep.axes.values()] == [4, 3]
    assert (sweep.replicates, sweep.twin, next(iter(sweep.axes))) == (3, True, "schedule.dose")


# ---- each row: what is written, what the one line must say ("@2" is the line of the file)
WRONG = [
    ("patient: {widht: 5 mm}", ["@1: patient.widht: unknown key", "'width'"]),
    ("patint:\n  width: 5 mm", ["@1: patint: unknown key", "'patient'"]),
    ("patient:\n  width: 5", ["@2: patient.width: 5 has no unit", "mm'"]),
    ("patient:\n  width: '5'", ["@2: patient.width", "no unit"]),
    ("patient:\n  width: 5 h", ["@2: patient.width", "where length is due", "mm"]),
    ("patient:\n  width: 5 mmm", ["unknown unit 'mmm'", "'mm'"]),
    ("patient:\n  width: -5 mm", ["@2: patient.width: '-5 mm' is outside 0.1 mm to 100 mm"]),
    ("patient:\n  width: 0 mm", ["@2: patient.width: '0 mm' is outside"]),
    ("patient:\n  width: .nan", ["@2: patient.width", "not a quantity"]),
    ("patient:\n  width: .inf mm", ["@2: patient.width", "not a quantity"]),
    ("patient:\n  width: 1e999 mm", ["@2: patient.width", "not a quantity"]),
    ("patient:\n  width:", ["@2: patient.width: nothing is not a quantity"]),
    ("patient:\n  width: yes", ["@2: patient.width: 'yes' is not a quantity"]),
    ("patient:\n  width: true", ["@2: patient.width: true is not a quantity"]),
    ("patient:\n  width: [5 mm]", ["@2: patient.width: [5 mm] is not a quantity"]),
    ("patient:\n  width: {a: 5 mm}", ["@2: patient.width: a mapping is not a quantity"]),
    ("patient:\n  width: 2025-01-01", ["@2: patient.width", "2025-01-01"]),
    (
        "patient:\n  stil: 85 %",
        ["@2: patient.stil: '85 %' is outside 0 % to 80 % (above it nothing could move)"],
    ),
    ("patient:\n  stil: 15", ["@2: patient.stil: 15 is outside 0 % to 80 %"]),
    ("patient:\n  phenotype: inflammed", ["@2: patient.phenotype", "did you mean 'inflamed'?"]),
    ("patient:\n  cd8_share: 90 %", ["@2: patient.cd8_share: CD8, Treg (CD8 / 3) and Th make 150 %"]),
    ("patient: 5 mm", ["@1: patient: a mapping is due"]),
    ("patient:", ["@1: patient: a mapping is due"]),
    ("patient:\n  width: 5 mm\n  width: 6 mm", ["@3: patient.width: written twice; first at", ":2"]),
    ("patient: {width: 5 mm}\npatient: {stil: 5 %}", ["@2: patient: written twice"]),
    ("space:\n  lattice: 5 mm", ["@2: space.lattice: 10 mm is wider than the lattice of 5 mm"]),
    ("space:\n  dimensions: 4", ["@2: space.dimensions: 4 is not known", "2, 3"]),
    ("space:\n  dimensions: true", ["@2: space.dimensions: true is not known"]),
    ("patient: {width: 20 mm}\nspace:\n  dimensions: 3", ["voxels; at most 2.5e+08"]),
    ("space:\n  voxel: 25 um", ["@2: space.voxel: '25 um' is outside 10 um to 20 um"]),
    ("space:\n  field_voxel: 45 um", ["@2: space.field_voxel: 45.0 is not known; valid: 15, 30, 60"]),
    ("space:\n  voxel: 16 um", ["@2: space.voxel: 60 um is no whole number of voxels of 16 um"]),
    ("clocks:\n  tick: 7 min", ["@2: clocks.tick: 7 min does not divide 6 h"]),
    ("clocks:\n  contact: 20 min", ["@2: clocks.contact: 20 min is longer than the tick"]),
    ("clocks:\n  immune_ticks: 0", ["@2: clocks.immune_ticks: 0 is outside"]),
    ("clocks:\n  immune_ticks: 2.5", ["@2: clocks.immune_ticks: 2.5 is not a whole number"]),
    ("schedule:\n  days: [0, 14, 7]", ["@2: schedule.days: day 7 comes after day 14"]),
    ("schedule:\n  days: [0, 7, 7]", ["@2: schedule.days: day 7 stands twice"]),
    ("schedule:\n  days: [0, 7, 14, 7]", ["@2: schedule.days: day 7 stands twice"]),
    ("schedule:\n  days: [-1, 7]", ["@2: schedule.days: day -1 is outside"]),
    ("schedule:\n  days: [0, 28]", ["@2: schedule.days: day 28 is not before surgery on day 28"]),
    ("schedule:\n  days: [0, 35]", ["@2: schedule.days: day 35 is not before surgery on day 28"]),
    ("schedule:\n  surgery_day: 21", ["@2: schedule.surgery_day: day 21 is not before surgery on day 21"]),
    ("schedule:\n  days: []", ["@2: schedule.days: no injection day is left"]),
    ("schedule:\n  days: [0, 7 d]", ["@2: schedule.days: '7 d' is not a day"]),
    ("schedule:\n  days: [0, true]", ["@2: schedule.days: true is not a day"]),
    ("schedule:\n  days: [0, .nan]", ["@2: schedule.days: '.nan' is not a day"]),
    ("schedule:\n  days: [0, [7]]", ["@2: schedule.days: a mapping is not a day"]),
    ("schedule:\n  days: 7", ["@2: schedule.days: 7 is not a list of days"]),
    ("schedule:\n  days: [0, 1.2345]", ["@2: schedule.days: day 1.2345 falls between two ticks"]),
    ("schedule:\n  protocol: registry_2052", ["@2: schedule.protocol", "did you mean 'registry_2025'?"]),
    ("schedule:\n  protocol: ../section_2d", ["@2: schedule.protocol", "is not a protocol"]),
    ("schedule:\n  dose: 5 MIU", ["@2: schedule.dose", "drug units / length"]),
    ("schedule:\n  dose: 500 MU/mm", ["@2: schedule.dose", "Cetus"]),
    ("mechanisms: [tumour, cd9]", ["@1: mechanisms: unknown mechanism 'cd9'"]),
    ("mechanisms: [cd8]", ["@1: mechanisms: 'tumour' is missing"]),
    ("mechanisms: [tumour, cd8, cd8]", ["@1: mechanisms: mechanism 'cd8' stands twice"]),
    ("mechanisms: tumour", ["@1: mechanisms: 'tumour' is not a list"]),
    ("set:\n  cd8.kill_rate:", ["@2: cd8.kill_rate", "not a quantity"]),
    ("set:\n  cd8.kill_rate: fast", ["@2: cd8.kill_rate: 'fast' is not a quantity"]),
    ("set:\n  cd8.kill_rate: 8 1/dya", ["@2: cd8.kill_rate", "unknown unit 'dya'"]),
    ("set:\n  kill_rate: 8 1/day", ["@2: kill_rate: is not the name of a parameter"]),
    ("set:\n  patient.width: 8 mm", ["@2: patient.width: belongs to the section 'patient:'"]),
    ("name: ../../x", ["@1: name", "cannot name a folder"]),
    ("sweep: {replicates: 3}", ["@1: sweep.axes: is missing"]),
    ("sweep:\n  axes: {}", ["@2: sweep.axes: no axis is given"]),
    ("sweep:\n  axes:", ["@2: sweep.axes: a mapping is due"]),
    ("sweep:\n  axes:\n    patient.width: 5 mm", ["@3: sweep.axes.patient.width: a list of values is due"]),
    ("sweep:\n  axes:\n    patient.width: []", ["@3: sweep.axes.patient.width: a list of values is due"]),
    ("sweep:\n  axes:\n    patient.width: [5 mm, 5 mm]", ["'5 mm' stands twice"]),
    ("sweep:\n  axes:\n    patient.width: [5 mm, 6]", ["@3: patient.width: 6 has no unit"]),
    (
        "sweep:\n  axes:\n    patient.widht: [5 mm, 6 mm]",
        ["@3: patient.widht: unknown key", "'patient.width'"],
    ),
    ("sweep:\n  axes:\n    cd8.kill_rate: [5 1/d, fast]", ["@3: cd8.kill_rate: 'fast' is not a quantity"]),
    ("sweep:\n  axes:\n    width: [5 mm]", ["@3: width: unknown key"]),
    ("sweep:\n  axes:\n    sweep.replicates: [1]", ["@3: sweep.axes.sweep.replicates: cannot be an axis"]),
    ("sweep:\n  axes:\n    name: [a]", ["@3: sweep.axes.name: cannot be an axis"]),
    ("sweep:\n  axes: {patient.width: [5 mm]}\n  replicates: 0", ["@3: sweep.replicates: 0 is outside 1 to"]),
    (
        "sweep:\n  axes: {patient.width: [5 mm]}\n  twin: yes",
        ["@3: sweep.twin: 'yes' is neither true nor false"],
    ),
    (
        "sweep:\n  axes:\n    schedule.surgery_day: [21, 35]",
        ["@3: schedule.surgery_day: day 21 is not before"],
    ),
    ("- a\n- b", ["@1: is not a mapping"]),
    ("just text", ["@1: is not a mapping"]),
    ("patient: {width: 5 mm", ["is not valid YAML"]),
    ("patient: {width: 5 mm}\n---\npatient: {}", ["is not valid YAML"]),
    ("patient: *nowhere", ["@1: is not valid YAML", "undefined alias"]),
    ("", ["is empty"]),
    ("# only a comment\n", ["is empty"]),
    ("patient:\n  !!python/name:os.system width: 5 mm", ["@2: the tag", "has no meaning"]),
    ("? [a, b]\n: 1", ["@1: ?: unknown key"]),
    ("1: x", ["@1: 1: unknown key"]),
    ("extends: nowhere.yaml", ["@1: extends:", "nowhere.yaml: cannot be read"]),
    ("extends: [a]", ["@1: extends:", "not a path"]),
    ("extends: case.yaml", ["@1: extends:", "one level"]),
]


@pytest.mark.parametrize(
    ("text", "says"), WRONG, ids=[text.replace("\n", "|") or "empty" for text, _ in WRONG]
)
def test_a_mistake_is_one_line_with_its_place(text: str, says: list[str], write) -> None:
    path = write(text)
    found = problems(path)
    assert len(found) == 1, found
    for part in says:
        assert part.replace("@", f"{path}:") in found[0]
    assert str(path) in found[0]


def test_all_mistakes_are_reported_at_once(write) -> None:
    path = write(
        "patient:\n  widht: 5 mm\n  stil: 90 %\nschedule:\n  days: [7, 0]\nset:\n  a.b: x\nmechanisms: [x]\n"
    )
    found = problems(path, ("patient.phenotype=cold", "nonsense", "patient.wdth=3 mm"))
    places = sorted(
        line.split(": ")[1] if line.startswith("--set") else line.split(": ")[0][-2:] for line in found
    )
    assert places == sorted(
        [
            ":2",
            ":3",
            ":5",
            ":7",
            ":8",
            "patient.phenotype",
            "'nonsense' has no '='; write name=value",
            "patient.wdth",
        ]
    )


def test_unreadable_files_are_one_sentence(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\x00\xff\xfe\x01")
    nul = tmp_path / "nul.yaml"
    nul.write_bytes(b"a: \x00")
    for path, says in (
        (tmp_path / "missing.yaml", "cannot be read (no such file or directory)"),
        (tmp_path, "cannot be read (is a directory)"),
        (binary, "is not a text file"),
        (nul, "is not a text file"),
    ):
        assert problems(path) == [
            f"{path}: {says}" if "text" not in says else f"{path}: {says}; a config is YAML in UTF-8"
        ]


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
        path, ["patient.width=8 mm", "cd8.kill_rate = 8 1/day", "schedule.days=[0, 3]", "name=x"]
    )
    assert (config.patient.width_um, config.schedule.days, config.name) == (8000.0, (0.0, 3.0), "x")
    assert config.where("cd8.kill_rate") == "--set"
    assert config.set == {"cd8.kill_rate": "8 1/day"}
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
        with pytest.raises(ValueError, match="1 validation error"):
            Patient(**wrong)
    with pytest.raises(ValueError, match="not before surgery"):
        Config(schedule=Schedule(surgery_day=21))
    with pytest.raises(ValueError, match="no axis"):
        Sweep(axes={})


def test_long_windows_and_wide_tumours_are_flagged_and_run() -> None:
    assert Config().warnings() == ()
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
