"""What a printed command asks for, read by the command line itself but not carried out."""

import shlex
import sys

import pytest

from il2sim.experiments.cli import commands, main
from il2sim.experiments.cli.commands import Asked, Effort
from il2sim.experiments.hypotheses import evaluation
from il2sim.experiments.hypotheses.claim import find
from il2sim.experiments.hypotheses.evaluation import Request
from il2sim.experiments.hypotheses.plan import stages
from il2sim.experiments.study import design
from il2sim.experiments.study.execute import Run


class Reader:
    """Types commands with everything that would grow a tumour taken away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.runs: tuple[Run, ...] = ()
        monkeypatch.setattr(commands, "grow", self._grow)
        monkeypatch.setattr(commands, "sweep", self._sweep)
        monkeypatch.setattr(evaluation, "ask", self._ask)

    def __call__(self, command: str) -> tuple[Run, ...]:
        """The runs that a command asks for."""
        self.runs = ()
        self.monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as ended:
            main.main()
        assert ended.value.code in (0, None), command
        return self.runs

    def repeats(self, run: Run) -> bool:
        """Whether a run's command asks for that run and no other, by config, seed and code."""
        found = self(run.command)
        return [each.id for each in found] == [run.id]

    def _grow(self, asked: Asked, voice: object, *, twin: bool, until: float | None) -> int:
        self.runs = design.pair(
            asked.config(), asked.seed, asked.file, asked.settings, twin=twin, until=until
        )
        return 0

    def _sweep(self, asked: Asked, voice: object, effort: Effort) -> int:
        self.runs = design.grid(asked.config(), asked.seed, str(asked.file), asked.settings)
        return 0

    def _ask(self, request: Request, voice: object, place: object, *, plan: bool) -> int:
        claims = find(list(request.names), request.claim_set)
        found = [stage for claim in claims for stage in stages(claim, request.change)]
        self.runs = tuple(run for stage in found for run in stage.runs.values())
        return 0
