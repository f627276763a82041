"""How long a tumour settles is a matter of hours, whatever the clocks."""

import pytest

from models import Config
from models.settled import Settling
from sim.engine import Clocks


@pytest.mark.parametrize("tick_min", [1.0, 5.0, 10.0, 15.0, 30.0, 45.0])
@pytest.mark.parametrize("solid_ticks", [12, 30, 36, 288])
def test_spells_are_whole_solid_steps_and_the_past_is_hours(tick_min: float, solid_ticks: int) -> None:
    found = Settling.of(Clocks(tick_min / 60.0, 1, solid_ticks, 1))
    assert found.spell % solid_ticks == 0
    assert 84.0 <= found.spell * tick_min / 60.0 + 1e-9 < 84.0 + solid_ticks * tick_min / 60.0
    assert found.past * tick_min / 60.0 == pytest.approx(60.0, rel=0.35)


def test_the_usual_clocks_settle_as_they_did() -> None:
    assert Settling.of(Clocks()) == Settling(9, 504, 1.0 / 6.0)
    assert Settling.of(Clocks()).shortest_days == pytest.approx(2.5 + 7.0)


def test_a_protocol_named_in_a_second_step_is_followed() -> None:
    narrow = Config().with_values({"patient.width": "5 mm"})
    late = narrow.with_values({"schedule.protocol": "every_14_days"})
    assert late.schedule.days == Config().with_values({"schedule.protocol": "every_14_days"}).schedule.days
    assert late.schedule.days != narrow.schedule.days
    kept = Config().with_values({"schedule.surgery_day": "35"})
    again = kept.with_values({"patient.width": "5 mm"}).with_values({"schedule.protocol": "three_visits"})
    assert again.schedule.surgery_day == 35.0
