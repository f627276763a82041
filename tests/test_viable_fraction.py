"""One viable fraction: series and endpoint agree to the last bit, whatever a voxel stands for."""

import pytest

from il2sim.models import Simulation
from il2sim.models.drug.schedule import technique_of
from il2sim.models.pathology.section_reading import viable_fraction
from il2sim.models.pathology.stereology import is_axial, volume_weight
from tests.tumours import tiny

COURSE = {"patient.stil": "40 %", "schedule.days": "[0, 0.5, 1, 1.5, 2]", "schedule.surgery_day": "2.5"}
SECTION = {"patient.width": "0.9 mm"}
CASES = {
    "round section": (SECTION, False),
    "section about a line": (
        SECTION | {"schedule.geometry": "centre", "schedule.off_centre": "0.1 mm"},
        True,
    ),
    "volume": ({"space.dimensions": "3", "patient.width": "0.35 mm"}, False),
}


@pytest.mark.parametrize("case", CASES)
def test_the_series_is_what_the_pathologist_reads(case: str):
    values, is_about_line = CASES[case]
    config = tiny(COURSE | values)
    assert is_axial(technique_of(config)) == is_about_line
    simulation, taken = Simulation(config, 7), {}
    while not simulation.finished:
        simulation.step()
        if simulation.recorder is not None:
            taken[simulation.day] = simulation.recorder.snapshot(simulation.day)
    result, first = simulation.result(), taken[0.0]
    weight = volume_weight(first.solid.shape, first.voxel_um, axial=is_about_line)
    expected = [viable_fraction(first, taken[day], weight) for day in result.series["day"]]
    assert result.series["viable_fraction"].tolist() == expected
    assert expected[-1] == result.endpoints["viable_fraction"]
