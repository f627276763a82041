"""The page on a mechanism of one's own: its file and configs are run as they are printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from il2sim import Config
from il2sim.models.build import build
from tests.cli_case import Il2sim, typist

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "own_mechanism.md").read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (config,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "anti_pd1.py").write_text(code)
    (tmp_path / "with.yaml").write_text(config)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_the_page_shows_changes_the_sentence(folder: Path) -> None:
    rules = {name: build(Config.load(folder / f"{name}.yaml")).rules for name in ("with", *_without(folder))}
    changed, usual = (rules[name]["exhaustion falls in cd8"].modifiers for name in ("with", "without"))
    assert len(changed) == len(usual) + 1


def _without(folder: Path) -> list[str]:
    """The second config, as the page describes it."""
    lines = (folder / "with.yaml").read_text().splitlines()
    (folder / "without.yaml").write_text("\n".join(lines[:-1]) + "\n")
    return ["without"]


@pytest.fixture
def typed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    yield from typist(folder, monkeypatch, capsys)


def test_its_commands_say_what_the_page_says(typed: Il2sim) -> None:
    assert "(anti_pd1)" in typed("rules", "with.yaml")[1]
    assert "no measurement: an example" in typed("explain", "anti_pd1.fold", "with.yaml")[1]
    code, _, said = typed("explain", "anti_pd1.fold")
    assert code == 2
    assert "name the config" in said


def test_the_sentence_of_ones_own_that_the_page_names_can_be_declared(folder: Path) -> None:
    (call,) = re.findall(r"`(m\.trait\(\"exhaustion\"\)[^`]*)`", PAGE)
    code = (folder / "anti_pd1.py").read_text().replace("Model, more", "Model, times")
    code = re.sub(r"    m\.modify\(.*\n", f"    {call}\n", code)
    rate = 'rate = m.par("rate", 0.1, "1/h", range=(0.0, 1.0), source="an example", known="assumed")'
    code = re.sub(r"    fold = .*\n", f"    {rate}\n", code)
    (folder / "anti_pd1.py").write_text(code)
    assert any("anti-PD-1" in sentence for sentence in build(Config.load(folder / "with.yaml")).rules)
