"""The phases of a run: each holds what it needs and no more, and all tell the day by one clock."""

import pytest

from il2sim.models import Config, Simulation
from il2sim.models.tissue.equilibration import SettlingTimes
from il2sim.models.tissue.settling import Settling
from il2sim.models.treatment_course import BiopsyLead, TreatmentCourse
from tests.tumours import tiny

SHORT = {"patient.width": "0.3 mm", "schedule.biopsy_days_before": "3"}
LEADS = {"without biopsy": 0, "with biopsy": 3}


def with_biopsy(case: str) -> tuple[Config, int]:
    """A tiny tumour and its days from biopsy to day 0."""
    lead = LEADS[case]
    mechanisms = [*tiny().mechanisms, *(["biopsy"] if lead else [])]
    return tiny(SHORT | {"mechanisms": f"[{', '.join(mechanisms)}]"}), lead


@pytest.fixture(scope="module", params=LEADS, ids=str)
def course(request: pytest.FixtureRequest) -> tuple[Simulation, list[tuple[object, float, int]], int]:
    """A simulation at surgery, phase, day and tick of each step on the way, and the days after a biopsy."""
    config, lead = with_biopsy(request.param)
    simulation, seen = Simulation(config, 1), []
    seen.append((simulation.phase, simulation.day, simulation.engine.tick))
    while not simulation.finished:
        simulation.step()
        seen.append((simulation.phase, simulation.day, simulation.engine.tick))
    return simulation, seen, lead


def test_phases_follow_one_another(course):
    _, seen, lead = course
    kinds = list(dict.fromkeys(type(phase) for phase, _, _ in seen))
    assert kinds == [Settling, *([BiopsyLead] if lead else []), TreatmentCourse]


def test_no_phase_holds_what_is_missing(course):
    _, seen, lead = course
    for phase in {id(phase): phase for phase, _, _ in seen}.values():
        missing = {name for name, value in vars(phase).items() if value is None}
        assert missing == ({"biopsy"} if isinstance(phase, TreatmentCourse) and not lead else set())


def test_one_clock_tells_every_day(course):
    simulation, seen, lead = course
    start, hours = simulation.phase.clock.start_tick, simulation.engine.clocks.tick_hours
    shortest = SettlingTimes.of(simulation.engine.clocks).shortest_days
    for phase, day, tick in seen:
        if isinstance(phase, Settling):
            expected = -max(shortest - tick * hours / 24.0, hours / 24.0) - lead
        else:
            expected = (tick - start) * hours / 24.0
        assert day == pytest.approx(expected, abs=1e-9)


def test_what_ends_a_phase_has_come_to_pass(course):
    _, seen, _ = course
    assert all(phase.is_over for phase, _, _ in seen if not isinstance(phase, TreatmentCourse))
    assert seen[-1][0].is_over
