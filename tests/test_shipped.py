"""Configs that come with il2sim, by their names: from Python, from the command line, to be extended."""

from collections.abc import Callable
from pathlib import Path

import pytest

from il2sim import Config, ConfigError
from il2sim.models.config.shipped import shipped
from tests.cli_case import Il2sim


def test_a_name_is_the_shipped_file(configs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Config.load("small_2d") == Config.load(configs / "small_2d.yaml")
    assert Config.load("quick").sweep == Config.load(configs / "sweeps" / "quick.yaml").sweep
    sweeps, single = (
        {"quick", "dose_by_width", "mechanisms"},
        {"small_2d", "section_2d", "full_2d", "responsive_2d"},
    )
    assert sweeps | single <= set(shipped())


def test_a_file_of_that_name_comes_first(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("patient: {width: 3 mm}", "small_2d")
    monkeypatch.chdir(path.parent)
    assert Config.load("small_2d").patient.width_um == 3000.0


def test_a_shipped_config_can_be_extended(write: Callable[..., Path]) -> None:
    found = Config.load(write("extends: small_2d\npatient: {stil: 30 %}"))
    assert (found.patient.width_um, found.patient.stil) == (1500.0, 0.30)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("smal_2d", "did you mean 'small_2d', which comes with il2sim?"),
        ("nothing_like_it", "or the name of one that `il2sim configs` lists"),
        ("small_2d.yml", "a YAML file is wanted"),
    ],
)
def test_another_name_is_one_sentence(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as found:
        Config.load(name)
    assert said in str(found.value)
    assert "\n" not in str(found.value)


def test_the_command_lists_and_takes_them(il2sim: Il2sim) -> None:
    code, out, _ = il2sim(verb="configs")
    assert code == 0
    assert "small_2d       A small section for a first look, teaching and tests: runs in seconds\n" in out
    assert il2sim("small_2d", verb="dose")[0] == 0
    code, out, _ = il2sim("quick", "--plan", "--seed", "1", verb="sweep")
    assert (code, "36" in out) == (0, True)
