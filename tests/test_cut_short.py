"""A course cut short gives the visits before the cut, and gives at them what it would have given."""

from __future__ import annotations

import pytest

from il2sim.experiments.study.design import ended
from il2sim.experiments.study.store import ExperimentError
from il2sim.experiments.verification.untreated import untreated
from il2sim.models import Config
from il2sim.models.drug.dose_rule import planned_dose


@pytest.mark.parametrize(
    ("values", "given_days"),
    [
        ({}, (0.0, 7.0)),
        ({"schedule.missed": "[4]"}, (0.0, 7.0)),
        ({"schedule.missed": "[1, 3]"}, (7.0,)),
        ({"schedule.stop_after": "3"}, (0.0, 7.0)),
        ({"schedule.stop_after": "1"}, (0.0,)),
        ({"schedule.dose_is": "per_course"}, (0.0, 7.0)),
        ({"schedule.dose_is": "per_course", "patient.width": "25 mm", "space.margin": "1 mm"}, (0.0, 7.0)),
    ],
    ids=str,
)
def test_the_visits_before_the_cut_are_as_they_were(values: dict[str, str], given_days: tuple) -> None:
    whole = Config().with_values(values)
    cut = ended(whole, 10.0)
    width_mm = whole.patient.width_um / 1e3
    assert cut.schedule.given_days == given_days
    assert cut.schedule.surgery_day == 10.0
    assert planned_dose(width_mm, cut.schedule.rule) == planned_dose(width_mm, whole.schedule.rule)


def test_a_cut_before_the_first_injection_given_is_refused() -> None:
    missed = Config().with_values({"schedule.missed": "[1]"})
    with pytest.raises(ExperimentError, match=r"after the first injection \(day 7\)"):
        ended(missed, 5.0)


def test_an_untreated_course_has_no_visits_to_miss() -> None:
    config = untreated(5.0, 28.0, ("schedule.missed=[2]", "schedule.stop_after=2"))
    assert config.schedule.days == (0.0,)
