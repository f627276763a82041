"""A sweep whose own values no arm uses: each arm is checked instead of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from il2sim.experiments.study.design import grid
from il2sim.experiments.study.results import differences
from il2sim.models.config.model import Config, ConfigError
from tests.config_case import problems

Write = Callable[..., Path]

# what the file says, and for each arm the same without its sweep
BASES = [
    (
        "schedule: {days: [0, 7, 30]}\nsweep: {axes: {schedule.days: [[0, 7], [0, 14]]}}",
        ["schedule: {days: [0, 7]}", "schedule: {days: [0, 14]}"],
    ),
    (
        "schedule: {days: [0, 30]}\nsweep: {axes: {schedule.surgery_day: [35, 42]}}",
        ["schedule: {days: [0, 30], surgery_day: 35}", "schedule: {days: [0, 30], surgery_day: 42}"],
    ),
    (
        "patient: {width: 300 mm}\nsweep: {axes: {patient.width: [5 mm, 6 mm], aicd.death_rate: [0 1/d]}}",
        [
            "{patient: {width: 5 mm}, set: {aicd.death_rate: 0 1/d}}",
            "{patient: {width: 6 mm}, set: {aicd.death_rate: 0 1/d}}",
        ],
    ),
    (
        "space: {lattice: 5 mm}\npatient: {width: 8 mm}\n"
        "sweep: {axes: {patient.width: [11 mm], space.lattice: [12 mm, 14 mm]}}",
        [
            "{space: {lattice: 12 mm}, patient: {width: 11 mm}}",
            "{space: {lattice: 14 mm}, patient: {width: 11 mm}}",
        ],
    ),
    (
        "mechanisms: [cd9]\nsweep: {axes: {mechanisms: [[tumour], [tumour, cd8]]}}",
        ["mechanisms: [tumour]", "mechanisms: [tumour, cd8]"],
    ),
    (
        "without: [body]\nwith: [systemic]\nsweep: {axes: {with: [[body], [body, leak]]}}",
        ["{without: [body], with: [systemic, body]}", "{without: [body], with: [systemic, body, leak]}"],
    ),
    (
        "with: [oedema]\nschedule: {swelling: 10 %, remeasure: true}\n"
        "sweep: {axes: {without: [[oedema], [oedema, aicd]]}}",
        [
            "schedule: {swelling: 10 %, remeasure: true}",
            "{without: [aicd], schedule: {swelling: 10 %, remeasure: true}}",
        ],
    ),
    (
        "schedule: {protocol: nothing}\nsweep: {axes: {schedule.protocol: [twice_weekly, three_visits]}}",
        ["schedule: {protocol: twice_weekly}", "schedule: {protocol: three_visits}"],
    ),
    (
        "schedule: {surgery_day: 20}\nsweep: {axes: {schedule.days: [[0, 7]], schedule.dose: [1 MIU/mm]}}",
        ["schedule: {surgery_day: 20, days: [0, 7], dose: 1 MIU/mm}"],
    ),
]


@pytest.mark.parametrize(("text", "arms"), BASES, ids=[text.splitlines()[0] for text, _ in BASES])
def test_each_arm_is_what_it_would_be_alone(text: str, arms: list[str], write: Write) -> None:
    config = Config.load(write(text))
    alone = [Config.load(write(arm, "arm.yaml")) for arm in arms]
    runs = [run for run in grid(config, 1) if run.labels["arm"] != "twin"]
    assert [run.config.hash for run in runs] == [each.hash for each in alone]
    assert (config.patient, config.schedule, config.mechanisms) == (
        alone[0].patient,
        alone[0].schedule,
        alone[0].mechanisms,
    )
    passport = Config.model_validate(config.resolved())
    assert passport == config
    for run in runs:
        assert passport.with_values(differences(config, run.config)).hash == run.config.hash
    untwinned = config.model_copy(update={"sweep": {"axes": config.sweep.axes, "twin": False}})
    assert [run.config.hash for run in grid(untwinned, 1)] == [each.hash for each in alone]


def test_one_tumour_of_such_a_file_is_refused_for_its_own_values(write: Write) -> None:
    config = Config.load(write(BASES[0][0]))
    with pytest.raises(ConfigError, match="schedule.days: day 30 is not before surgery on day 28"):
        config.without_drug()


def test_what_no_axis_replaces_is_refused_once(write: Write) -> None:
    path = write(
        "patient: {stil: 90 %}\nschedule: {days: [0, 30]}\n"
        "sweep: {axes: {schedule.days: [[0, 7], [0, 14], [0, 21]], aicd.death_rate: [0 1/d, 0.1 1/d]}}"
    )
    (found,) = problems(path)
    assert f"{path}:1: patient.stil: '90 %' is outside 0 % to 80 %" in found


def test_arms_that_cannot_be_run_are_refused_each_at_its_axis(write: Write) -> None:
    path = write(
        "schedule:\n  days: [0, 30]\nsweep:\n  axes:\n    schedule.days: [[0, 40], [0, 7], [0, 50], [7, 0]]"
    )
    found = problems(path)
    assert len(found) == 3
    assert all(line.startswith(f"{path}:5: schedule.days: day ") for line in found)


def test_a_base_and_a_sweep_that_are_both_wrong_are_both_told(write: Write) -> None:
    path = write("patient: {stil: 90 %}\nsweep: {axes: {schedule.days: [[0, 7], [0, 14]]}, replicates: 0}")
    assert sorted(line.split(": ")[1] for line in problems(path)) == ["patient.stil", "sweep.replicates"]


def test_a_setting_of_an_axis_is_checked_as_the_base(write: Write) -> None:
    path = write("sweep: {axes: {schedule.days: [[0, 7], [0, 14]]}}")
    (found,) = problems(path, ("schedule.days=[0, 30]",))
    assert found.startswith("--set: schedule.days: day 30 is not before surgery")
