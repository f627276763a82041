"""The command typed in a folder of its own, without model or figures."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from il2sim.experiments.cli import main
from il2sim.experiments.report import summary
from il2sim.experiments.study import execute
from tests import run_case

Typed = tuple[int, str, str]
Il2sim = Callable[..., Typed]

ONE = "patient: {width: 5 mm}"
MANY = """
patient: {width: 5 mm}
sweep: {axes: {schedule.dose: [0 MIU/mm, 0.5 MIU/mm], patient.width: [5 mm, 8 mm]}, replicates: 2}
"""


def typist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types a command; exit code, stdout, stderr."""
    monkeypatch.setattr(execute, "Simulation", run_case.Simulation)
    monkeypatch.setattr(summary, "draw_all", lambda results, **_: ())
    monkeypatch.chdir(tmp_path)
    execute._settled.cache_clear()

    def typed(*words: str) -> Typed:
        monkeypatch.setattr(sys, "argv", ["il2sim", *words])
        code = 0
        try:
            main.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    yield typed
    execute._settled.cache_clear()


def files(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
