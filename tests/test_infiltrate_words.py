"""The first page says what the drug changed beside the tumour, and nothing where it changed nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from il2sim.experiments.report.infiltrate import infiltrate
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.results import Results
from tests.results_case import make
from tests.run_case import carried

AXES = {"schedule.dose": ("0 MIU/mm", "0.5 MIU/mm")}


def _carry(with_drug: float, scatter: float = 0.0) -> Callable[[Run], Outcome]:
    """Treg per mm2: 40 in every twin, with drug this much and every second replicate so much more."""

    def carry(run: Run) -> Outcome:
        found = carried(run)
        assert found.record is not None
        is_drug = run.labels["arm"] == "drug"
        more = scatter if int(run.labels["replicate"]) % 2 else 0.0
        found.record["endpoints"]["treg_per_mm2"] = with_drug + more if is_drug else 40.0
        found.record["endpoints"]["cd8_per_mm2"] = 100.0
        return found

    return carry


def _results(tmp_path: Path, carry: Callable[[Run], Outcome], replicates: int = 4) -> Results:
    return make(tmp_path / "out", AXES, replicates, carry=carry)


def test_what_moved_is_said_with_both_levels(tmp_path: Path) -> None:
    said = infiltrate(_results(tmp_path, _carry(70.0, 2.0)))
    assert "did change the infiltrate there: Treg cells rose from 40 in the controls to 71 per mm²" in said
    assert "95 % interval +29.2 to +32.8" in said
    assert "CD8 cells" not in said


@pytest.mark.parametrize(
    ("with_drug", "scatter", "replicates"), [(43.0, 0.0, 4), (44.0, 60.0, 4), (70.0, 0.0, 1)]
)
def test_a_small_a_doubtful_or_a_single_change_is_not(
    tmp_path: Path, with_drug: float, scatter: float, replicates: int
) -> None:
    assert infiltrate(_results(tmp_path, _carry(with_drug, scatter), replicates)) == ""


def test_nothing_scored_nothing_said(tmp_path: Path) -> None:
    assert infiltrate(make(tmp_path / "out", AXES, 2)) == ""
