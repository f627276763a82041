"""What a notebook shows of a result, and of what lies in it, is a line with the answer."""

from dataclasses import replace

import pytest

from il2sim.models import Config, Simulation, settle
from il2sim.sim.result import Result
from tests import run_case

SMALL = Config().with_values(
    {"patient.width": "0.3 mm", "space.margin": "0.3 mm", "schedule.days": "[0]", "schedule.surgery_day": "1"}
)


@pytest.fixture(scope="module")
def result() -> Result:
    return run_case.result(Config(), 3)


def test_a_result_is_its_answer(result: Result) -> None:
    shown = replace(result, endpoints=result.endpoints | {"rvt_percent": 41.26})
    digest = result.digest[:12]
    assert repr(shown) == (
        f"<Result: surgery on day 28, viable fraction 1, %irRVT 41.3, no MPR, digest {digest}>"
    )
    assert (
        repr(replace(shown, endpoints={"mpr": True})) == f"<Result: surgery on day 28, MPR, digest {digest}>"
    )
    assert repr(replace(shown, endpoints={}, snapshots=())) == f"<Result: digest {digest}>"


def test_what_lies_in_it_is_a_line_too(result: Result) -> None:
    assert repr(result.snapshots[0]) == "<Snapshot of day 0: 24 x 24 voxels of 15 um>"
    assert repr(result.maps).startswith("<Maps of a section: 24 x 24 voxels of 15 um, ")


def test_a_real_run_is_shown_at_every_stage() -> None:
    baseline = settle(SMALL, 3)
    assert repr(baseline).startswith("<Baseline: seed 3, settled in ")
    simulation = Simulation(SMALL, 3, baseline)
    assert repr(simulation) == "<Simulation of 'config', seed 3: day 0 of 1>"
    while not simulation.finished:
        simulation.step()
    shown = repr(simulation.result())
    assert shown.startswith("<Result: surgery on day 1, viable fraction ")
    assert len(shown) < 110
