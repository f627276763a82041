"""Folders that an earlier version wrote are read, or say what the difference is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import il2sim as package
from tests.cli_case import MANY, Il2sim, typist
from tests.results_case import unsealed


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    yield from typist(tmp_path, monkeypatch, capsys)


@pytest.fixture
def old(tmp_path: Path, typed: Il2sim) -> Path:
    """A results folder with a passport as 0.1 wrote it: no schema, no seal."""
    (tmp_path / "many.yaml").write_text(MANY)
    assert typed("sweep", "many.yaml", "--out", "results/many", "--workers", "1", "--quiet")[0] == 0
    unsealed(tmp_path / "results" / "many")
    return tmp_path / "results" / "many"


def test_every_verb_that_takes_a_folder_reads_it(old: Path, typed: Il2sim) -> None:
    assert typed("report", str(old))[0] == 0
    assert typed("table", str(old), "--out", "all.csv")[0] == 0
    code, out, _ = typed("sweep", "many.yaml", "--out", str(old), "--plan")
    assert (code, "8 cached, 0 to do" in out) == (0, True), out


def test_python_reads_it_by_path_or_name(old: Path) -> None:
    assert len(package.open(str(old)).table) == len(package.open(old).table) == 8
