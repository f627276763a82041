"""The untreated tumour in its small form: it grows as it is told to and its populations keep their shares.

The full form, at 5, 10 and 20 mm over 90 days, is a command of its own.
"""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from il2sim.models import Config, simulate
from il2sim.sim.result import Result
from tests.tumours import IMMUNE, SOLID

pytestmark = pytest.mark.slow

SEEDS = range(1, 11)
UNTREATED = {"patient.width": "3 mm", "space.margin": "0.5 mm", "schedule.dose": "0 MIU/mm"}
DOUBLINGS = 28.0 / 103.0


@pytest.fixture(scope="module")
def untreated() -> list[Result]:
    """28 days of ten 3-mm sections."""
    return [simulate(Config().with_values(UNTREATED), seed) for seed in SEEDS]


def bed(result: Result) -> NDArray[np.float64]:
    """Voxels of the bed, row by row."""
    return np.sum([result.series[name] for name in SOLID], axis=0)


def test_the_mean_growth_is_the_one_given(untreated: list[Result]):
    """Log growth of the viable volume: the given one within three standard errors, which are small enough."""
    grown = np.log([result.endpoints["viable_fraction"] for result in untreated])
    error = grown.std(ddof=1) / math.sqrt(grown.size)
    assert error < 0.15 * DOUBLINGS * math.log(2)
    assert grown.mean() == pytest.approx(DOUBLINGS * math.log(2), abs=3 * error)


def test_the_bed_widens_as_the_cube_root_of_its_volume(untreated: list[Result]):
    wider = np.log([result.series["width_mm"][-1] / result.series["width_mm"][0] for result in untreated])
    error = wider.std(ddof=1) / math.sqrt(wider.size)
    assert wider.mean() == pytest.approx(DOUBLINGS * math.log(2) / 3, abs=max(3 * error, 0.004))


def test_populations_keep_their_share_of_the_bed(untreated: list[Result]):
    """Within 15 % of their start, NK cells, few and scattered, within 30 %."""
    names = ("tumour", "dead", "stroma", "vessel", *IMMUNE, "cd8_reactive")
    shares = {name: [result.series[name] / bed(result) for result in untreated] for name in names}
    kept = {name: np.mean([share[-1] / share[0] for share in shares[name]]) for name in names}
    allowed = {name: 0.30 if name == "nk" else 0.15 for name in kept}
    assert {name: share for name, share in kept.items() if abs(share - 1.0) > allowed[name]} == {}


def test_kills_are_what_birth_was_solved_for(untreated: list[Result]):
    """Kills per viable cell over 28 days against those that births replace; a drift would bend the growth."""
    expected = np.mean([result.provenance["baseline_kill_per_day"] for result in untreated])
    found = np.mean(
        [(result.series["kills_per_day"][1:] / result.series["tumour"][1:]).mean() for result in untreated]
    )
    assert found == pytest.approx(expected, rel=0.15)


def test_exhaustion_and_signals_stay_where_they_settled(untreated: list[Result]):
    for name, tolerance in (("exhaustion", 0.03), ("treg_signal", 0.01), ("cd8_signal", 0.001)):
        ends = [result.series[name][[0, -1]] for result in untreated]
        before, after = np.mean(ends, axis=0)
        assert after == pytest.approx(before, abs=tolerance), name
