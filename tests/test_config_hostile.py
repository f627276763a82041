"""Files and values that nobody means well: each is one sentence of a bounded length, never a traceback."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from il2sim.models.config.model import Config, ConfigError, Schedule
from il2sim.models.config.yaml_tree import LARGEST_BYTES, MOST_NODES
from tests.config_case import problems

Write = Callable[..., Path]
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdef", "bcdefg", strict=True)
)
MANY = "\n".join(f"k{number}: 1" for number in range(10_000))
FIVES = "5" * 5000
HOSTILE = [
    ("mechanisms: [tumour, 5]", "@1: mechanisms: 5 is not the name of a mechanism, as in [tumour, cd8, il2]"),
    ("mechanisms: [tumour, [cd8]]", "@1: mechanisms: a list is not the name of a mechanism"),
    ("mechanisms: [tumour, ../../x]", "/../../x' is no Python file; name a file that ends in .py"),
    (f"mechanisms: [tumour, {'x' * 9000}]", "…; valid: "),
    (f"name: {'x' * 260}", "has 260 letters; a folder is named by at most 100: write a shorter 'name:'"),
    ('name: "a\\0b"', "@1: the character U+0000 cannot stand in a config"),
    ('extends: "a\\0b"', "@1: the character U+0000 cannot stand in a config"),
    ('patient: {phenotype: "\\ud800"}', "@1: the character U+D800 cannot stand in a config"),
    ('"\\udc80": 5', "@1: the character U+DC80 cannot stand in a config"),
    ('"a\\nb": 5', "@1: a\\nb: unknown key"),
    ('patient: {"wi\\u2028dth": 5 mm}', "@1: patient.wi\\u2028dth: unknown key"),
    ("extends: /dev/zero", "@1: extends: /dev/zero: cannot be read (a device or pipe, no plain file)"),
    ("extends: /dev/null", "@1: extends: /dev/null: cannot be read (a device or pipe, no plain file)"),
    ("extends: ''", "cannot be read (is a directory)"),
    (f"extends: {'x' * 9000}", "…: cannot be read (file name too long)"),
    ("extends: {a: b}", "@1: extends: a mapping is not a path of a file"),
    (f"patient: {{width: {FIVES}}}", "@1: patient.width: '5555"),
    (f"patient: {{width: {FIVES} mm}}", "is not a quantity: it has more than 80 letters"),
    (f"patient: {{width: 1e-{'9' * 50} mm}}", "@1: patient.width: "),
    (f"pathology: {{cores: {FIVES}}}", "'… is not a whole number"),
    (f"schedule: {{days: [0, {FIVES}]}}", "'… is not a day"),
    (f"schedule: {{missed: [{FIVES}]}}", "'… is not a whole number"),
    (f"set: {{aicd.death_rate: {FIVES} 1/day}}", "more than 80 letters"),
    (f"patient: {{phenotype: {'x' * 10_000}}}", "'… is not known; valid: desert, excluded, inflamed"),
    (f"patient: {{'{'x' * 900}': 5}}", "…: unknown key; valid: "),
    (f"'{'x' * 900}': 5", "…: unknown key; valid: "),
    (f"set: {{'{'x' * 900}': 5}}", "…: is not the name of a parameter"),
    (f"set: {{a.{'x' * 900}: 5 MIU, b: 5}}", "@1: b: is not the name of a parameter"),
    (f"with: {'x' * 9000}", "@1: mechanisms: unknown mechanism 'xxx"),
    (f"without: {'x' * 9000}", "'… is not among the mechanisms"),
    (f"schedule: {{protocol: {'x' * 9000}}}", "'… is not a protocol"),
    (f"schedule: {{days: [{', '.join(['x'] * 9000)}]}}", "'x' is not a day"),
    (f"sweep: {{axes: {{'{'x' * 900}': [5 mm]}}}}", "…: unknown key"),
    (f"sweep: {{axes: {{patient.width: ['{'x' * 900}']}}}}", "'… is not a quantity"),
    ("[" * 5000, "@1: is nested too deeply for a config; 20 levels are allowed"),
    ("a: " + "{a: " * 5000, "@1: is nested too deeply"),
    ("- " * 5000, "@1: is nested too deeply"),
    ("? " * 5000, "@1: is nested too deeply"),
    (LAUGHS, f"more than {MOST_NODES} keys and values, aliases written out"),
    ("a: &a [*a]", "@1: the alias '*a' stands for what it is a part of"),
    ("a: &a {b: {c: *a}}", "@1: the alias '*a' stands for what it is a part of"),
    (f"patient: {{width: [{'1,' * (MOST_NODES + 1)}]}}", f"more than {MOST_NODES} keys and values"),
    ("a: !!int 5", "@1: the tag '!!int' has no meaning in a config; leave it out"),
    ("a: !!binary aGVsbG8=", "@1: the tag '!!binary' has no meaning in a config"),
    (
        "a: !!python/object/apply:os.system [ls]",
        "@1: the tag '!!python/object/apply:os.system' has no meaning",
    ),
    (f"a: !{'x' * 500} 5", "… has no meaning in a config"),
    ('a: "\\UFFFFFFFF"', "is not valid YAML (an escape or a number in it stands for nothing)"),
    ("%YAML 1." + "9" * 5000 + "\n---\na: 1", "is not valid YAML"),
    ("%YAML 9.9\n---\na: 1", "@1: is not valid YAML"),
    ("a: \x07", "is not a text file"),
    ("x" * 10_000, "@1: is not a mapping"),
    ("x" * (LARGEST_BYTES + 1), "has 1 MB; a config has at most 1 MB"),
]


@pytest.mark.parametrize(("text", "says"), HOSTILE, ids=[text[:40] for text, _ in HOSTILE])
def test_it_is_one_short_sentence(text: str, says: str, write: Write) -> None:
    path = write(text)
    (found,) = problems(path)
    assert says.replace("@", f"{path}:") in found
    assert len(found.replace(str(path), "")) < 700
    assert found.isprintable()


def test_ten_thousand_mistakes_are_forty_lines(write: Write) -> None:
    for text in (MANY, f"patient: {{{MANY}}}".replace("\n", ", "), "set:\n  " + MANY.replace("\n", "\n  ")):
        assert 30 < len(problems(write(text))) < 50


def test_ten_thousand_numbers_are_read_and_the_first_is_refused(write: Write) -> None:
    from il2sim.models.build import build

    config = Config.load(write("set: {" + MANY.replace("k", "a.k").replace("\n", ", ") + "}"))
    with pytest.raises(ConfigError, match="unknown parameter 'a.k0'"):
        build(config)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("a\0b", "a\\x00b: cannot be read (no file can have such a name)"),
        ("\ud800.yaml", "\\ud800.yaml: cannot be read (no file can have such a name)"),
        ("a\nb.yaml", "a\\nb.yaml: cannot be read (no such file or directory)"),
        ("/dev/zero", "/dev/zero: cannot be read (a device or pipe, no plain file)"),
        ("x" * 9000, "x…: cannot be read (file name too long)"),
    ],
)
def test_a_path_that_is_no_file(path: str, says: str) -> None:
    (found,) = problems(Path(path))
    assert found.startswith(says) or says in found
    assert found.isprintable()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (found,) = problems(tmp_path / "pipe.yaml")
    assert "a device or pipe, no plain file" in found


def test_a_file_name_of_more_than_a_hundred_letters_wants_a_name(write: Write) -> None:
    long = "x" * 200 + ".yaml"
    (found,) = problems(write("patient: {width: 5 mm}", long))
    assert "write a shorter 'name:'" in found
    assert Config.load(write("{name: short, patient: {width: 5 mm}}", long)).name == "short"


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("a\0b=5", "--set: 'a\\x00b=5': the character U+0000 cannot stand in a setting"),
        ("patient.phenotype=\udc80", "the character U+DC80 cannot stand in a setting"),
        ("x" * 9000, "'… has no '='; write name=value"),
        ("x" * 9000 + "=5", "…: unknown key"),
        (f"patient.{'x' * 9000}=5", "…: unknown key"),
        ("a\nb=5", "--set: a\\nb: unknown key"),
        (5, "--set: 5 has no '='"),
        (None, "--set: None has no '='"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_a_setting_that_is_none(setting: object, says: str, write: Write) -> None:
    (found,) = problems(write("patient: {width: 5 mm}"), (setting,))  # type: ignore[arg-type]
    assert says in found
    assert found.isprintable()
    assert len(found) < 700


def test_settings_may_be_one_text_or_a_mapping(write: Write) -> None:
    path = write("patient: {width: 5 mm}")
    for settings in ("patient.width=6 mm", {"patient.width": "6 mm"}, ["patient.width=6 mm"]):
        assert Config.load(path, settings).patient.width_um == 6000.0


@pytest.mark.parametrize(
    "values",
    [{"days": [10**5000]}, {"days": [0.0, float("inf")]}, {"surgery_day": 10**400}, {"tracks": 10**5000}],
    ids=["days", "infinite", "surgery", "tracks"],
)
def test_numbers_of_python_that_no_double_holds(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is outside") as caught:
        Schedule(**values)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 2000


def test_an_error_of_any_origin_is_bounded() -> None:
    found = str(ConfigError("\n".join(["x" * 10_000 + "\ud800"] * 1000)))
    assert len(found.split("\n")) == 41
    assert found.endswith("and 960 more mistakes: mend these first")
    assert len(found) < 41 * 1600
    assert found.encode()
