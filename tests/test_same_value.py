"""Values that are the same to a reader: refused twice on an axis, shown in twelve digits, run exactly."""

from collections.abc import Callable
from pathlib import Path

import pytest

from il2sim.experiments.model_docs.parameters import notes
from il2sim.experiments.study.results import load, passport_of
from il2sim.models import Config
from il2sim.models.config.model import Sweep
from il2sim.models.config.same_value import meaning, shown
from tests.cli_case import Il2sim
from tests.config_case import problems

Write = Callable[..., Path]

# the values of an axis, and what is said of those that are one
ALIKE = [
    ("schedule.dose", "[0 MIU/mm, 0.5 MIU/mm, 500 kIU/mm]", ["'0.5 MIU/mm' and '500 kIU/mm' are the same"]),
    (
        "schedule.dose",
        "[0.5 MIU/mm, 0 MIU/mm, 500 kIU/mm, 0 IU/mm, 0.50 MIU/mm]",
        [
            "'0.5 MIU/mm', '500 kIU/mm' and '0.50 MIU/mm' are the same value; keep one of them",
            "'0 MIU/mm' and '0 IU/mm' are the same value; leave one out",
        ],
    ),
    ("patient.width", "[5 mm, 0.5 cm, 6 mm]", ["'5 mm' and '0.5 cm'"]),
    ("patient.stil", "[15 %, 0.15]", ["'15 %' and '0.15'"]),
    ("cd8_killing.kill_rate", "[8 1/day, 8.0 1/day]", ["'8 1/day' and '8.0 1/day'"]),
    ("cd8_killing.kill_rate", "[2.4 1/day, 0.1 1/h, 5 1/day]", ["'2.4 1/day' and '0.1 1/h'"]),
    ("il2.half_life", "[7 h, 420 min]", ["'7 h' and '420 min'"]),
    ("cd8.reactive_share", "[0.30000000000000004, 0.3]", ["'0.30000000000000004' and '0.3'"]),
    ("schedule.surgery_day", "[28, 28.0, 35]", ["'28' and '28.0'"]),
    ("schedule.days", "[[0, 7], [0.0, 7], [0, 14]]", ["'[0, 7]' and '[0.0, 7]'"]),
    ("schedule.missed", "[[], [2], [02]]", ["'[2]' and '[02]'"]),
    ("schedule.stop_after", "[null, 2, ~]", ["'null' and '~'"]),
    ("schedule.saline", "[true, 'true', false]", ["'true' stands twice; see 'replicates'"]),
    ("patient.phenotype", "[desert, 'desert']", ["'desert' stands twice"]),
    ("without", "[[aicd, nk], [nk, aicd]]", ["'[aicd, nk]' and '[nk, aicd]'"]),
    ("without", "[[], aicd, [aicd]]", ["'aicd' and '[aicd]'"]),
    ("with", "[[oedema, trauma], [trauma, oedema]]", ["'[oedema, trauma]' and '[trauma, oedema]'"]),
    ("mechanisms", "[[tumour, cd8], [cd8, tumour]]", ["'[tumour, cd8]' and '[cd8, tumour]'"]),
]


@pytest.mark.parametrize(("axis", "values", "said"), ALIKE)
def test_one_value_spelt_twice_is_refused_by_name(
    write: Write, axis: str, values: str, said: list[str]
) -> None:
    path = write(f"sweep:\n  axes:\n    {axis}: {values}")
    found = problems(path)
    assert len(found) == len(said)
    for line, sentence in zip(found, said, strict=True):
        assert line.startswith(f"{path}:3: sweep.axes.{axis}: ")
        assert sentence in line


def test_the_same_is_refused_from_python() -> None:
    with pytest.raises(ValueError, match="'5 mm' and '0.5 cm' are the same value"):
        Sweep(axes={"patient.width": ("5 mm", "0.5 cm")})
    with pytest.raises(ValueError, match="a list of values is due"):
        Sweep(axes={"patient.width": "5 mm"})


@pytest.mark.parametrize(
    "values",
    [
        ("schedule.dose", "[0 MIU/mm, 0.5 MIU/mm, 501 kIU/mm]"),
        ("cd8.reactive_share", "[0.300000000001, 0.3]"),
        ("schedule.days", "[[0, 7], [0, 7, 14]]"),
        ("without", "[[], [aicd], [aicd, nk]]"),
        ("schedule.protocol", "[registry_2025, three_visits]"),
    ],
)
def test_different_values_stand(write: Write, values: tuple[str, str]) -> None:
    assert Config.load(write(f"sweep: {{axes: {{{values[0]}: {values[1]}}}}}")).sweep is not None


def test_what_two_texts_mean() -> None:
    assert meaning("0 mm") == meaning("-0 cm") != meaning("0 h")
    assert meaning("1 cell/h") == meaning("24 cells/day")
    assert meaning("[b, a]", is_set=True) == meaning("[a, b]", is_set=True)
    assert meaning("[b, a]") != meaning("[a, b]")
    assert meaning("null") is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("0.30000000000000004 1/h", "0.3 1/h"),
        ("500 kIU/mm", "500 kIU/mm"),
        ("0.50 MIU/mm", "0.50 MIU/mm"),
        ("[0, 7.000000000000001, 3.3333333333333335]", "[0, 7, 3.33333333333]"),
        ("-.12345678901234567e-7 nM", "-1.23456789012e-08 nM"),
        ("0.000000000000001 nM", "0.000000000000001 nM"),
        ("registry_2023_12345678901234", "registry_2023_12345678901234"),
        ("[suppression, aicd]", "[suppression, aicd]"),
    ],
)
def test_labels_have_at_most_twelve_digits(text: str, label: str) -> None:
    assert shown(text) == label


def test_a_long_number_is_run_exactly_and_shown_shortly(il2sim: Il2sim, write: Write) -> None:
    long = "0.30000000000000004 MIU/mm"
    path = write(f"patient: {{width: 5 mm}}\nsweep: {{axes: {{schedule.dose: [0 MIU/mm, {long}]}}}}")
    code, out, _ = il2sim("--workers", "1", "--seed", "1", str(path), "--json", "--out", "here", verb="sweep")
    assert code == 0
    assert "0.30000000000000004" not in out
    passport = passport_of(Path("here"))
    assert passport["axes"]["schedule.dose"][1] == long
    drug = passport["runs"][1]
    assert drug["labels"]["schedule.dose"] == "0.3 MIU/mm"
    assert f"schedule.dose={long}" in drug["command"]
    results = load(Path("here"))
    assert [arm.labels["schedule.dose"] for arm in results.arms] == results.axes["schedule.dose"]
    assert results.config_of(results.table.iloc[1]) == Config.load(path).with_values({"schedule.dose": long})
    assert set(results.table["schedule.dose"]) == {"0 MIU/mm", "0.3 MIU/mm"}


def test_notes_of_arms_are_short_too(write: Write) -> None:
    axis = "patient.width: [1.0000000000000002 mm, 25.000000000000004 mm]"
    said = " ".join(notes(Config.load(write(f"sweep: {{axes: {{{axis}}}}}"))))
    assert "at width 1 mm: " in said.lower()
    assert "00000000" not in said


def test_a_single_long_value_is_exact_in_the_config_of_the_report(il2sim: Il2sim, write: Write) -> None:
    long = "0.30000000000000004 MIU/mm"
    path = write(f"patient: {{width: 5 mm}}\nsweep: {{axes: {{schedule.dose: [{long}]}}}}")
    assert il2sim("--workers", "1", "--seed", "1", str(path), "--out", "here", verb="sweep")[0] == 0
    assert load(Path("here")).config == Config.load(path).with_values({"schedule.dose": long})
