"""The named protocols, what a schedule can say of its injections, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from il2sim.models import Config, ConfigError
from il2sim.models.config.values import PROTOCOLS

NAMES = sorted(path.stem for path in Path(PROTOCOLS).glob("*.yaml"))


def schedule(values: dict[str, str]):
    return Config().with_values(values).schedule


@pytest.mark.parametrize("name", NAMES)
def test_every_protocol_makes_a_config(name: str):
    config = Config().with_values({"schedule.protocol": name})
    assert config.schedule.given_days == config.schedule.days
    assert config.schedule.protocol == name


def test_registered_presets_differ_in_the_dose():
    doses = {
        name: schedule({"schedule.protocol": name}).rule.iu_per_mm
        for name in ("registry_2025", "registry_2023_literal", "registry_2023_repaired")
    }
    assert doses == {"registry_2025": 5e5, "registry_2023_literal": 25e6, "registry_2023_repaired": 2.5e5}


def test_the_literal_text_says_that_it_is_a_flat_dose():
    flat = Config().with_values({"schedule.protocol": "registry_2023_literal"}).warnings()[0]
    assert "flat 10 MIU to every tumour from 0.4 mm" in flat


def test_two_weeks_apart_is_refused_before_day_28_and_flagged_after():
    with pytest.raises(ConfigError, match="day 28 is not before surgery on day 28"):
        Config().with_values({"schedule.days": "[0, 14, 28, 42]"})
    flagged = Config().with_values({"schedule.protocol": "every_14_days"}).warnings()
    assert any("beyond the window of 42 days" in each for each in flagged)


def test_missed_and_stopped_visits():
    assert schedule({"schedule.missed": "[2]"}).given_days == (0.0, 14.0, 21.0)
    assert schedule({"schedule.stop_after": "3"}).given_days == (0.0, 7.0, 14.0)
    assert schedule({"schedule.missed": "[1]", "schedule.stop_after": "2"}).given_days == (7.0, 14.0)
    assert schedule({"schedule.dose_is": "per_course"}).rule.visits == 4


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"schedule.protocol": "registry_2024"},
            "registry_2024.*is not a protocol; did you mean 'registry_2025'",
        ),
        ({"schedule.concentration": "20 MIU/mL"}, "18 MIU/mL"),
        ({"schedule.concentration": "0.5 MIU/mL"}, "is 10 mL; at most 5 mL can be injected"),
        ({"schedule.off_centre": "7 mm"}, "outside the lattice; up to 6 mm is allowed"),
        ({"schedule.geometry": "fans"}, "fan"),
        ({"schedule.swelling": "10 %"}, "set remeasure to true"),
        ({"schedule.remeasure": "true", "schedule.dose_is": "per_course"}, "needs dose_is: per_visit"),
        ({"schedule.missed": "[5]"}, "injection 5 is beyond the 4 injections"),
        ({"schedule.missed": "[1, 2, 3, 4]"}, "every injection is missed"),
        ({"schedule.stop_after": "5"}, "5 injections cannot be given"),
        ({"schedule.rate": "0.02 mL/min"}, "the model injects at once"),
        ({"schedule.tracks": "0"}, "tracks"),
    ],
)
def test_what_cannot_be_given_is_refused(values: dict[str, str], sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        Config().with_values(values)
