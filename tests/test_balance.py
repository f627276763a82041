"""Births that keep the growth asked for, step by step as the solid clock takes them."""

import math

import pytest

from il2sim.models.config.model import Config
from il2sim.models.tissue.birth_rate import births, growth_in_view, growth_rate

DAY = 24.0  # hours
LOSS = 0.133 / DAY


def grown(kills: float, growth: float, hours: float, days: float) -> tuple[float, float]:
    """Cells in the plane and voxels of the bed over those on day 0: expected, in the order of a step."""
    birth = births(LOSS, kills, growth, hours)
    cells = bed = 1.0
    for _ in range(round(days * DAY / hours)):
        before = cells
        alive = cells * math.exp(-LOSS * hours)
        daughters = alive * (math.exp(birth.rate * hours) - 1.0)
        moving = daughters * birth.widening / birth.rate
        cells = alive + daughters - moving / 3.0 - before * kills * hours
        bed *= 1.0 + moving * 2.0 / 3.0 / before
    return cells, bed


@pytest.mark.parametrize("hours", [1.0, 6.0, 24.0])
@pytest.mark.parametrize(
    ("kills", "doubling"), [(0.0, 103.0), (0.0085, 103.0), (0.05, 103.0), (0.0085, 10.0)]
)
def test_a_section_gains_two_thirds_of_the_growth_at_every_clock(
    hours: float, kills: float, doubling: float
) -> None:
    growth = math.log(2.0) / (doubling * DAY)
    cells, bed = grown(kills / DAY, growth, hours, days=doubling)
    assert cells == pytest.approx(2.0 ** (2.0 / 3.0), rel=0.01)
    assert bed == pytest.approx(2.0 ** (2.0 / 3.0), rel=0.01)


def test_in_short_steps_births_are_loss_and_kills_and_growth() -> None:
    growth, kills = 0.0067 / DAY, 0.0085 / DAY
    rate, widening = births(LOSS, kills, growth, hours=1e-3)
    assert rate == pytest.approx(LOSS + kills + growth, rel=1e-6)
    assert widening == pytest.approx(growth, rel=1e-5)


def test_at_six_hours_births_in_continuous_time_would_widen_the_bed_too_little() -> None:
    """And the tumour would not leave the plane as often: the rest stays in it, where it must not."""
    growth, kills = 0.0067 / DAY, 0.0085 / DAY
    rate, widening = births(LOSS, kills, growth, hours=6.0)
    assert 1.012 < widening / growth < 1.02
    assert rate < LOSS + kills + growth


def test_growth_is_by_volume_and_a_section_shows_two_of_three_dimensions() -> None:
    section = Config()
    volume = section.with_values({"space.dimensions": "3", "patient.width": "1 mm"})
    assert growth_rate(section) == pytest.approx(math.log(2.0) / (103.0 * DAY))
    assert growth_in_view(section) == pytest.approx(growth_rate(section) * 2.0 / 3.0)
    assert growth_in_view(volume) == pytest.approx(growth_rate(volume))
