"""How injections are configured: every key read back, refusals at their line, remarks that stop nothing."""

from __future__ import annotations

import pytest
import yaml

from il2sim.models.config.checks import wait_days
from il2sim.models.config.model import Config, Schedule
from tests.config_case import problems

EVERY_KEY = """patient: {width: 8 mm, weight: 60 kg}
schedule:
  geometry: fan
  off_centre: 1.5 mm
  tracks: 6
  rate: 0.4 mL/min
  dose_is: per_visit
  missed: [2]
  stop_after: 2
  remeasure: true
  swelling: 10 %
"""

# what is written, and the place and sentence of its one problem
REFUSED = [
    (
        "patient: {width: 20 mm}\nschedule:\n  concentration: 1.1 MIU/mL",
        "3: schedule.concentration: an injection's 10",
    ),
    (
        "schedule:\n  dose: 6 MIU/mm\n  cap: 60 MIU",
        "2: schedule.dose: an injection's 60 MIU at 5 MIU/mL is 12 mL",
    ),
    ("schedule:\n  concentration: 18.1 MIU/mL", "2: schedule.concentration: '18.1 MIU/mL' is outside"),
    (
        "schedule:\n  off_centre: 6.1 mm",
        "2: schedule.off_centre: the needle, 6.1 mm from the centre, is outside",
    ),
    ("schedule:\n  geometry: rings", "2: schedule.geometry: 'rings' is not known; did you mean 'ring'?"),
    ("schedule:\n  tracks: 2.5", "2: schedule.tracks: 2.5 is not a whole number"),
    (
        "schedule:\n  rate: 0.03 mL/min",
        "2: schedule.rate: 1 mL at 0.03 mL/min takes 33.3 min; the model injects",
    ),
    ("schedule:\n  rate: 0.5", "2: schedule.rate: 0.5 has no unit"),
    ("schedule:\n  rate: 0.5 mL", "2: schedule.rate: '0.5 mL' is in length^3, where"),
    ("schedule:\n  dose_is: per_week", "2: schedule.dose_is: 'per_week' is not known"),
    ("schedule:\n  missed: [0]", "2: schedule.missed: 0 is outside 1 to"),
    ("schedule:\n  missed: [3, 2]", "2: schedule.missed: [3, 2] is not in ascending order"),
    ("schedule:\n  missed: 2", "2: schedule.missed: 2 is not a list of injections"),
    ("schedule:\n  missed: [5]", "2: schedule.missed: injection 5 is beyond the 4 injections"),
    (
        "schedule:\n  stop_after: 5",
        "2: schedule.stop_after: 5 injections cannot be given; 4 of 4 are not missed",
    ),
    ("schedule:\n  stop_after: 0", "2: schedule.stop_after: 0 is outside 1 to"),
    ("schedule:\n  remeasure: yes", "2: schedule.remeasure: 'yes' is neither true nor false"),
    ("schedule:\n  swelling: 10 %", "2: schedule.swelling: swelling of 10 % is never seen"),
    ("schedule: {remeasure: true,\n  swelling: 31 %}", "2: schedule.swelling: '31 %' is outside 0 % to 30 %"),
    (
        "schedule: {dose_is: per_course,\n  remeasure: true}",
        "2: schedule.remeasure: a dose per course is fixed",
    ),
    ("patient:\n  weight: 60", "2: patient.weight: 60 has no unit"),
]


def test_every_key_is_read_and_read_back(write) -> None:
    config = Config.load(write(EVERY_KEY))
    again = Config.load(write(yaml.safe_dump(config.resolved()), "again.yaml"))
    assert (again, again.hash) == (config, config.hash)
    assert config.schedule == Schedule(
        geometry="fan",
        off_centre_um=1_500.0,
        tracks=6,
        rate_ml_min=0.4,
        missed=(2,),
        stop_after=2,
        remeasure=True,
        swelling=0.1,
    )
    assert config.patient.weight_kg == 60.0
    assert config.schedule.given_days == (0.0, 14.0)
    assert config.with_values({"schedule.stop_after": "null"}).schedule.given_days == (0.0, 14.0, 21.0)


def test_every_key_changes_the_hash(write) -> None:
    tree = yaml.safe_load(EVERY_KEY)
    hashes = {Config().hash}
    for key, value in tree["schedule"].items():
        needed = {"remeasure": True} if key == "swelling" else {}
        value = "per_course" if key == "dose_is" else value
        hashes.add(Config.load(write(yaml.safe_dump({"schedule": {key: value, **needed}}))).hash)
    assert len(hashes) == 1 + len(tree["schedule"])


@pytest.mark.parametrize(("text", "says"), REFUSED, ids=[text.replace("\n", "|") for text, _ in REFUSED])
def test_a_refusal_is_one_sentence_at_its_line(text: str, says: str, write) -> None:
    path = write(text)
    (found,) = problems(path)
    assert found.startswith(f"{path}:{says}")


def test_swelling_counts_towards_the_volume(write) -> None:
    text = "patient: {width: 10 mm}\nschedule: {concentration: 1 MIU/mL, rate: 1 mL/min, remeasure: true%s}"
    assert Config.load(write(text % "")).schedule.swelling == 0.0
    assert "is 5.5 mL" in problems(write(text % ", swelling: 10 %"))[0]


@pytest.mark.parametrize(
    ("values", "remark"),
    [
        ({"patient.width": "13.8 mm"}, "an injection's 1.38 mL is 1 times the volume"),
        ({"patient.width": "4.9 mm"}, "4.9 mm fails X1 of the eligibility"),
        ({"patient.width": "20.1 mm"}, "20.1 mm fails I2a of the eligibility"),
        ({"patient.width": "20.1 mm"}, "held at its cap of 10 MIU"),
        ({"schedule.protocol": "registry_2023_literal"}, "a flat 10 MIU to every tumour from 0.4 mm"),
        (
            {"patient.phenotype": "desert"},
            "as those of an excluded tumour; how few there are is said by patient",
        ),
        ({"schedule.surgery_day": "29"}, "takes 43 days"),
        ({"schedule.surgery_day": "29"}, "beyond the window of 42 days (median 31)"),
        ({"schedule.dose": "0.001 MIU/mm"}, "2 uL is less than the 10 uL"),
    ],
    ids=str,
)
def test_remarks_stop_nothing(values: dict[str, str], remark: str) -> None:
    assert any(remark in each for each in Config().with_values(values).warnings())


def test_no_remark_where_there_is_nothing_to_say() -> None:
    usual = Config().with_values({"patient.width": "14 mm"})
    assert usual.warnings() == ()
    assert wait_days(usual.schedule) == usual.schedule.window_days
    assert usual.without_drug().warnings() == ()
