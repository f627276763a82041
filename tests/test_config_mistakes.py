"""Wrong configs: every mistake is one sentence with its file, its line and a hint."""

from pathlib import Path

import pytest

from tests.config_case import problems

# what is written, and what the one line about it must say ("@2" stands for the file and its line 2)
WRONG = [
    ("patient: {widht: 5 mm}", ["@1: patient.widht: unknown key", "'width'"]),
    ("patint:\n  width: 5 mm", ["@1: patint: unknown key", "'patient'"]),
    (
        "cd8_killing:\n  kill_rate: 8 1/day",
        ["@1: cd8_killing: unknown key", "'set: {cd8_killing.kill_rate: ...}'"],
    ),
    ("aicd.death_rate: 1 1/day", ["@1: aicd.death_rate: unknown key", "'set: {aicd.death_rate: ...}'"]),
    ("cd8_killing: {}", ["@1: cd8_killing: unknown key; valid: allow_outside"]),
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
        ["@2: patient.stil: '85 %' is outside 0 % to 80 % (nothing could move)"],
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
    ("pathology:\n  nods: false", ["@2: pathology.nods: unknown key", "'nodes'"]),
    ("pathlogy: {nodes: false}", ["@1: pathlogy: unknown key", "'pathology'"]),
    ("pathology:\n  nodes: no", ["@2: pathology.nodes: 'no' is neither true nor false"]),
    ("pathology:\n  node_positive: 10.75", ["@2: pathology.node_positive: 10.75 is outside 0 % to 100 %"]),
    ("pathology:\n  node_deposit: 3", ["@2: pathology.node_deposit: 3 has no unit", "'3 mm'"]),
    ("pathology:\n  cores: 0", ["@2: pathology.cores: 0 is outside 1 to 20"]),
    ("pathology:\n  core_width: 12 mm", ["@2: pathology.core_width", "outside 0.3 mm to 5 mm"]),
    ("pathology:\n  third_diameter: minr", ["@2: pathology.third_diameter", "did you mean 'minor'?"]),
    ("pathology:\n  slice: 0 mm", ["@2: pathology.slice", "outside 0.5 mm to 50 mm"]),
    ("pathology:\n  rvt_bias: 6 %", ["@2: pathology.rvt_bias: '6 %' is outside 0 % to 5 %"]),
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
    ("schedule:\n  days: [0, [7]]", ["@2: schedule.days: a list is not a day"]),
    ("schedule:\n  days: 7", ["@2: schedule.days: 7 is not a list of days"]),
    (
        "schedule:\n  days: [0, 1.2345]",
        ["@2: schedule.days: day 1.2345 falls between two immune steps"],
    ),
    ("schedule:\n  protocol: registry_2052", ["@2: schedule.protocol", "did you mean 'registry_2025'?"]),
    ("schedule:\n  protocol: ../section_2d", ["@2: schedule.protocol", "is not a protocol"]),
    ("schedule:\n  dose: 5 MIU", ["@2: schedule.dose", "drug units / length"]),
    ("schedule:\n  dose: 500 MU/mm", ["@2: schedule.dose", "Cetus"]),
    ("mechanisms: [tumour, cd9]", ["@1: mechanisms: unknown mechanism 'cd9'"]),
    ("mechanisms: [cd8]", ["@1: mechanisms: 'tumour' is missing"]),
    ("mechanisms: [tumour, cd8, cd8]", ["@1: mechanisms: mechanism 'cd8' stands twice"]),
    ("mechanisms: tumour", ["@1: mechanisms: 'tumour' is not a list"]),
    ("set:\n  cd8_killing.kill_rate:", ["@2: cd8_killing.kill_rate", "not a quantity"]),
    ("set:\n  cd8_killing.kill_rate: fast", ["@2: cd8_killing.kill_rate: 'fast' is not a quantity"]),
    ("set:\n  cd8_killing.kill_rate: 8 1/dya", ["@2: cd8_killing.kill_rate", "unknown unit 'dya'"]),
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
    (
        "sweep:\n  axes:\n    cd8_killing.kill_rate: [5 1/d, fast]",
        ["@3: cd8_killing.kill_rate: 'fast' is not a quantity"],
    ),
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

WANTED = "; a YAML file is wanted, like those in configs/, or the name of one that `il2sim configs` lists"


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
            "'nonsense' has no '='; write name=value, like 'patient.width=12 mm'",
            "patient.wdth",
        ]
    )


def test_unreadable_files_are_one_sentence(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\x00\xff\xfe\x01")
    nul = tmp_path / "nul.yaml"
    nul.write_bytes(b"a: \x00")
    for path, says in (
        (tmp_path / "missing.yaml", f"cannot be read (no such file or directory){WANTED}"),
        (tmp_path, f"cannot be read (is a directory){WANTED}"),
        (binary, "is not a text file"),
        (nul, "is not a text file"),
    ):
        assert problems(path) == [
            f"{path}: {says}" if "text" not in says else f"{path}: {says}; a config is YAML in UTF-8"
        ]
