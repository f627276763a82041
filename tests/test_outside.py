"""A number beyond its range: refused, or let stand by `allow_outside: true` and then said in every report."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from il2sim.experiments.cli import main
from il2sim.experiments.report import summary
from il2sim.experiments.study import execute
from il2sim.models import Config, ConfigError
from il2sim.models.build import build, remarks
from il2sim.models.config.mechanisms import BIOLOGY, MECHANISMS
from tests import run_case

FAST = {"cd8_killing.kill_rate": "20 1/day"}
OUTSIDE = FAST | {"allow_outside": "true"}
SAID = "cd8_killing.kill_rate: 20 1/day is OUTSIDE the range that its source gives, 1 to 16"
Write = Callable[..., Path]


def test_beyond_its_range_a_number_is_refused_with_the_way_out():
    with pytest.raises(
        ConfigError, match=r"outside its range 1 to 16 1/day; 'allow_outside: true' in the config lets it"
    ):
        build(Config().with_values(FAST))


def test_it_stands_where_the_config_says_so(write: Write):
    path = write("allow_outside: true\nset: {cd8_killing.kill_rate: 20 1/day, nk_killing.kill_rate: 9 1/day}")
    config = Config.load(path)
    number = build(config).parameters["cd8_killing.kill_rate"]
    assert (number.value, number.is_outside) == (20.0, True)
    assert [each for each in remarks(config) if "OUTSIDE" in each] == [
        f"{SAID}; it stands because of allow_outside"
    ]


def test_a_quantity_of_the_woman_is_flagged_beyond_what_its_source_gives(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """It can be run without asking: its limits are wider."""
    many = "patient.vessels: 900 1/mm2 is OUTSIDE the range that its source gives, 30 to 150; it can be run"
    found = remarks(Config().with_values({"patient.vessels": "900 1/mm2"}))
    assert [each for each in found if each.startswith(many)]
    assert not [each for each in remarks(Config()) if "OUTSIDE" in each]
    assert typed(monkeypatch, "explain", "patient.vessels") == 0
    said = capsys.readouterr().out
    assert "range   30 1/mm2 to 150 1/mm2\n  runs    1 to 1000 1/mm2\n" in said


def test_a_number_that_the_config_changes_is_known_by_nobody(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = write(
        "patient: {stil: 40 %, width: 10 mm}\nset: {cd8.reactive_share: 0.3, cd8_killing.kill_rate: 4 1/day}"
    )
    for words in (["parameters", str(path), "--json"], ["parameters", str(path), "--assumed", "--json"]):
        assert typed(monkeypatch, *words) == 0
        listed = json.loads(capsys.readouterr().out)["parameters"]
        assert [each["name"] for each in listed if each["known"] == "set"] == [
            "patient.stil",
            "cd8.reactive_share",
        ]
    assert typed(monkeypatch, "parameters", str(path)) == 0
    assert "usually 0.1: S57" in capsys.readouterr().out


def test_the_default_configs_identity_stays_what_it_was(write: Write):
    assert "allow_outside" not in Config().resolved()
    outside = Config().with_values(OUTSIDE)
    assert outside.hash != Config().hash
    assert Config.load(write(yaml.safe_dump(outside.resolved()))) == outside


@pytest.mark.parametrize(
    ("name", "text", "limit"),
    [
        ("cd8_killing.kill_rate", "-1 1/day", "1e-06 to 1.6e+07 1/day"),
        ("cd8_killing.kill_rate", "1e300 1/day", "1e-06 to 1.6e+07 1/day"),
        ("cd8_killing.kill_rate", "1e-300 1/day", "1e-06 to 1.6e+07 1/day"),
        ("cd8_killing.kill_rate", "1e-999 1/day", "1e-06 to 1.6e+07 1/day"),
        ("il2.half_life", "0 h", "2.5e-07 to 1.2e+07 h"),
        ("aicd.death_rate", "-0.1 1/day", "0, or 5e-07 to 500000 1/day"),
        ("cd8.stroma_speed", "1e300 um/min", "2e-06 to 1e+07 um/min"),
        ("il2.basal", "1e290 M", "0, or 2e-08 to 20000 nM"),
        ("body.volume", "1e300 L", "2e-06 to 4.5e+06 L"),
        ("cd8.reactive_share", "1.2", "0, or 4e-07 to 1; write '1.2 %' if percent is meant"),
        ("cd8.reactive_share", "20", "0, or 4e-07 to 1; write '20 %' if percent is meant"),
    ],
)
def test_nonsense_is_refused_all_the_same(name: str, text: str, limit: str):
    with pytest.raises(
        ConfigError,
        match=f"{name}: .* outside its range .*; with allow_outside too it must be {limit}".replace(
            "+", r"\+"
        ),
    ):
        build(Config().with_values({name: text, "allow_outside": "true"}))


ALL = f"[{', '.join((*MECHANISMS, *BIOLOGY, 'trauma', 'oedema', 'systemic', 'leak', 'biopsy'))}]"


def ends() -> list[tuple[str, str]]:
    """The least and the most that `allow_outside` lets through, of every ninth number there is."""
    numbers = build(Config().with_values({"mechanisms": ALL})).parameters.values()
    return [(each.name, f"{end!r} {each.unit}") for each in list(numbers)[::9] for end in each.limits]


def test_the_utmost_of_every_number_can_be_built_or_is_refused_in_a_sentence():
    tumour = Config().with_values({"mechanisms": ALL, "allow_outside": "true"})
    for name, text in ends():
        with suppress(ConfigError):
            build(tumour.with_values({name: text}))


def test_python_is_held_to_the_same_limits():
    config = Config(set={"aicd.death_rate": "1e300 1/day"}, allow_outside=True)
    with pytest.raises(ConfigError, match="aicd.death_rate: .* it must be 0, or 5e-07 to 500000 1/day"):
        build(config)


def test_what_can_be_set_to_its_utmost_can_be_built():
    """The end of what `allow_outside` lets through, where a logarithm would be taken of nothing."""
    everyone = {"mechanisms": f"[{', '.join((*MECHANISMS, 'trauma'))}]", "trauma.killed_share": "1"}
    assert (
        build(Config().with_values(everyone | {"allow_outside": "true"}))
        .parameters["trauma.killed_share"]
        .is_outside
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("allow_outside: perhaps", ":1: allow_outside: 'perhaps' is neither true nor false"),
        ("allow_outsid: true", ":1: allow_outsid: unknown key; did you mean 'allow_outside'?"),
        ("sweep: {axes: {allow_outside: ['true', 'false']}}", "allow_outside: cannot be an axis of a sweep"),
    ],
)
def test_mistakes_about_it(write: Write, text: str, said: str):
    with pytest.raises(ConfigError) as caught:
        Config.load(write(text))
    assert said in str(caught.value)


def typed(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["il2sim", *words])
    try:
        main.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_parameters_passport_and_report_say_it(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(execute, "Simulation", run_case.Simulation)
    monkeypatch.setattr(summary, "draw_all", lambda results, **_: ())
    monkeypatch.chdir(tmp_path)
    write(
        "allow_outside: true\nset: {cd8_killing.kill_rate: 20 1/day}\n"
        "sweep: {axes: {nk_killing.kill_rate: [4 1/day, 30 1/day]}}",
        "far.yaml",
    )
    assert typed(monkeypatch, "parameters", "far.yaml") == 0
    listed = capsys.readouterr()
    assert "1 1/day to 16 1/day (OUTSIDE)" in listed.out
    assert listed.out.count("(OUTSIDE)") == 1
    assert SAID in listed.err
    assert typed(monkeypatch, "sweep", "far.yaml", "--seed", "1", "--workers", "1", "--out", "far") == 0
    assert SAID in capsys.readouterr().err
    found = json.loads((tmp_path / "far" / "passport.json").read_text())
    assert [each["name"] for each in found["parameters"] if each["outside"]] == ["cd8_killing.kill_rate"]
    assert any("nk_killing.kill_rate: 30 1/day is OUTSIDE" in note for note in found["notes"])
    page = (tmp_path / "far" / "report.html").read_text()
    assert SAID in page
    assert "cd8_killing.kill_rate = 20 1/day (usually 4, range 1 to 16) (outside its range)" in page
