"""Hypotheses typed at the command with stand-ins for both ways to run, and three small ones to type."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.hypotheses import evaluation
from il2sim.experiments.study.execute import Outcome, Run, record_of
from tests.cli_case import Il2sim, typist

SMALL = """
claim: Half the dose does as much.
falsified_if: it does not.
base: {patient.width: 5 mm}
arms: {half: {schedule.dose: 0.25 MIU/mm}, whole: {schedule.dose: 0.5 MIU/mm}}
over: {il2.half_life: declared, patient.stil: [5 %, 60 %]}
readouts:
  - {what: half less whole, statistic: difference, of: viable_fraction, arms: [half, whole],
     holds_within: [-0.05, 0.05]}
budget: {central: 40, priors: 40}
"""
FIELD = """
claim: Twice as wide has half the hours.
falsified_if: it has more.
measure: field
arms: {narrow: {patient.width: 5 mm}, wide: {patient.width: 10 mm}}
over: {il2.half_life: [1 h, 4 h]}
readouts:
  - {what: hours lost, statistic: difference, of: cd8_hours_1, arms: [wide, narrow], holds_below: -3}
budget: {central: 2, priors: 72}
"""
ACTS = """
claim: Half the dose does as much.
falsified_if: it does not.
base: {patient.width: 5 mm}
arms: {half: {schedule.dose: 0.25 MIU/mm}, whole: {}, twin: {schedule.dose: 0 MIU/mm}}
first:
  - {what: whole less twin, statistic: difference, of: viable_fraction, arms: [whole, twin],
     holds_below: -0.1}
readouts:
  - {what: half less whole, statistic: difference, of: viable_fraction, arms: [half, whole],
     holds_within: [-0.05, 0.15]}
budget: {responsive: 48, central: 3, priors: 0}
"""  # the stand-in's effect is 0.2 at the whole dose, 0.1 at half of it
Write = Callable[..., Path]


def followed(run: Run) -> Outcome:
    """A stand-in for the field: 20 h at 5 mm, four more per half-life hour; 4 h fewer at 10 mm."""
    hours = 20.0 if run.config.patient.width_um == 5000.0 else 16.0
    return _outcome(run, {"cd8_hours": [hours], "treg_hours": [hours + 5.0], "coverage_12h": [1.0]})


def _outcome(run: Run, endpoints: dict[str, list[float]]) -> Outcome:
    parts = {"result_digest": "", "ledger": {}, "timing": {"wall_s": 1.0}, "provenance": {}}
    return Outcome(run, record_of(run, parts | {"endpoints": endpoints}), {"day": np.array([0.0])}, ())


def claims_typist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Il2sim]:
    """Types `il2sim hypotheses ...`, or another verb, in a folder of its own, with stand-ins for the runs."""
    monkeypatch.setattr(evaluation, "first_injection", followed)
    for typed in typist(tmp_path, monkeypatch, capsys):
        yield lambda *words, verb="hypotheses", typed=typed: typed(verb, *words)
