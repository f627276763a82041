"""A half install: `doctor` says what is missing, each with its name, and ends with 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from il2sim.experiments.cli import doctor
from il2sim.experiments.cli.options import voice_of
from il2sim.experiments.study import provenance


@pytest.fixture(autouse=True)
def no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_repeats", lambda: "not asked")


def test_every_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = provenance.library_version
    missing = {"numba", "pydantic"}
    monkeypatch.setattr(provenance, "library_version", lambda name: None if name in missing else found(name))
    monkeypatch.setattr(provenance, "LIBRARIES", ("numpy", "numba", "pydantic"))
    assert doctor.doctor(voice_of(quiet=True)) == 2
    said = capsys.readouterr().out
    assert "BAD  libraries: numba, pydantic not installed" in said
    assert "ok   packages" in said


def test_missing_configs_and_parts_are_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    assert doctor.doctor(voice_of(quiet=True)) == 2
    said = capsys.readouterr().out
    assert "BAD  packages: configs/small_2d.yaml, configs/sweeps/quick.yaml" in said
    assert "install il2sim again" in said


def test_a_folder_that_cannot_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr(doctor, "_folder", full)
    assert doctor.doctor(voice_of(quiet=True)) == 2
    assert "BAD  results folder: No space left on device" in capsys.readouterr().out
