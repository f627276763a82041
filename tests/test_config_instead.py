"""What to write instead: every other spelling of a value is refused with the one that is read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from il2sim.models.build import build
from il2sim.models.config.model import Config, ConfigError, Patient, Schedule, Space
from tests.config_case import problems

Write = Callable[..., Path]
INSTEAD = [
    ("schedule: {dose: 5 MIU}", "like '0.5 MIU/mm'; divide a total by the width of the tumour"),
    ("schedule: {dose: 600000 IU/kg}", "multiplied by the weight and divided by the width"),
    ("schedule: {dose: '500,000 IU/mm'}", "without the comma: '500000 IU/mm' if it parts thousands"),
    ("schedule: {dose: 0.5 MIU per mm}", "write '0.5 MIU/mm'"),
    ("schedule: {dose: 5 Mio IU/mm}", "write '5 MIU/mm'"),
    ("schedule: {dose: 5 x 10^5 IU/mm}", "write '5e5 IU/mm'"),
    ("schedule: {dose: 5}", "5 has no unit; write one, like '5 MIU/mm' if MIU/mm is meant"),
    ("schedule: {dose: ½}", "write '0.5'"),
    ("schedule: {dose: 50 %}", "is a plain number, where drug units / length is due, like '0.5 MIU/mm'"),
    ("schedule: {dose: yes}", "write a number and a unit, like '0.5 MIU/mm'"),
    ("schedule: {dose: true}", "true is not a quantity; write one, like '0.5 MIU/mm'"),
    ("schedule: {cap: 0.5 MIU/mm}", "like '10 MIU'; a dose per length is multiplied by the width"),
    ("patient: {width: '1,5 mm'}", "without the comma: '1.5 mm'"),
    ("patient: {width: 10 mm3}", "like '10 mm'; of a volume give the width"),
    ("patient: {doubling_time: 0.01 1/d}", "like '103 d'; the half-life is ln 2 / rate"),
    ("patient: {stil: 15}", "write '15 %' if percent is meant"),
    ("patient: {stil: '15'}", "write '15 %' if percent is meant"),
    ("patient: {stil: '15,5 %'}", "without the comma: '15.5 %'"),
    ("patient: {weight: 70000 g}", "unknown unit 'g'; write the drug in IU"),
    ("space: {lattice: 5 h}", "where length is due, like '0.1 mm'"),
    ("set: {cd8_killing.kill_rate: '1,5 1/day'}", "without the comma: '1.5 1/day'"),
    ("set: {cd8_killing.kill_rate: 8 per day}", "write '8 1/day'"),
    ("set: {aicd.death_rate: [1, 2]}", "a list is not a quantity; write one value; for several values write"),
    ("set: {aicd: {death_rate: 1 1/day}}", "write the full name on one line, as 'aicd.death_rate: 1 1/day'"),
    ("set: {set.aicd.death_rate: 1 1/day}", "write 'aicd.death_rate', without 'set.'"),
    ("sweep: {axes: {set.aicd.death_rate: [1 1/day]}}", "write 'aicd.death_rate', without 'set.'"),
    ("sweep: {axes: {'': [1 1/day]}}", "@1: sweep.axes: an axis without a name"),
    ("set: [a, b]", "a mapping is due, like 'set: {aicd.death_rate: 0.1 1/day}'"),
    ("sweep: 5", "like 'sweep: {axes: {patient.width: [5 mm, 10 mm]}, replicates: 3}'"),
    ("patient: [5 mm]", "like 'patient: {width: 12 mm}'"),
    ("name: 9", "9 is no name; write it in quotes, '9'"),
    ("name: true", "true is no name; write it in quotes, 'true'"),
    ("name: -1", "-1 is no name; write a name with letters, as 'run_1'"),
    ("name:", "nothing is no name; write a name with letters, as 'run_1'"),
    ("with: {a: b}", "a mapping is not the name of a mechanism; write one or a list, as [suppression]"),
    ("without: 5", "5 is not the name of a mechanism; write one or a list, as [suppression]"),
    ("with: [[cd8]]", "a list is not the name of a mechanism"),
    ("mechanisms: {cd8: true}", "a mapping is not a list of mechanisms, like [tumour, cd8, il2]"),
    ("pathology: {cores: 0xA}", "'0xA' is not a whole number; 1 to 20 is allowed; write 10"),
    ("pathology: {cores: 010}", "'010' is not a whole number; 1 to 20 is allowed; write 10"),
    ("pathology: {cores: 1_0}", "write 10"),
    ("pathology: {cores: 5.0}", "5.0 is not a whole number; 1 to 20 is allowed; write 5"),
    ("pathology: {cores: ٥}", "write 5"),
    ("pathology: {cores: '5'}", "write 5"),
    ("patient: {width: 0x1F}", "write '31'"),
    ("patient: {width: ٥ mm}", "write '5 mm'"),
    ("patient: {width: '５ mm'}", "write '5 mm'"),
    ("schedule: {days: [0, 2025-01-01]}", "write a plain number, like 7, counted from the first injection"),
    ("schedule: {days: [0, ٧]}", "write 7, counted"),
    ("schedule: {days: [0, 7 d]}", "write 7, counted"),
    ("schedule: {surgery_day: 28 days}", "write 28, counted"),
    ("schedule: {stop_after: None}", "write null, or leave the key out"),
    ("space: {dimensions: '2'}", "write 2"),
    ("space: {dimensions: two}", "valid: 2, 3"),
    ("pathology: {nodes: yes}", "'yes' is neither true nor false; write true"),
    ("pathology: {nodes: on}", "write true"),
    ("pathology: {nodes: Off}", "write false"),
    ("pathology: {nodes: no}", "write false"),
    ("pathology: {nodes: 0}", "write false"),
    ("pathology: {nodes: 'true'}", "write true without quotes"),
    ("pathology: {nodes: 2}", "write true or false"),
    ("allow_outside: True", "'True' is neither true nor false; write true"),
    ("patient: &p {width: 5 mm}\nspace:\n  <<: *p", "@3: '<<' is not read; write 'extends: FILE'"),
    ("<<: {width: 5 mm}", "@1: '<<' is not read; write 'extends: FILE' for another config, or the keys"),
]


@pytest.mark.parametrize(("text", "says"), INSTEAD, ids=[text for text, _ in INSTEAD])
def test_what_to_write_instead(text: str, says: str, write: Write) -> None:
    path = write(text)
    (found,) = problems(path)
    assert says.replace("@", f"{path}:") in found


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("aicd.death_rate", "5 days", "like '0.1 1/day'; the rate is ln 2 / half-life"),
        ("aicd.death_rate", "5", "write one, like '5 1/day' if 1/day is meant"),
        ("il2.half_life", "0.5 1/h", "like '2 h'; the half-life is ln 2 / rate"),
        ("body.reference_dose", "40 MIU", "like '0.6 MIU/kg'; divide a total by the weight"),
        ("cd8.influx", "5 mm", "where 1 / time is due, like '5 1/day'"),
        ("cd8.reactive_share", "5 mm", "where a plain number is due, like '0.1'"),
    ],
)
def test_a_number_of_a_mechanism_has_its_own_value_as_example(name: str, text: str, says: str) -> None:
    for config in (Config().with_values({name: text}), Config(set={name: text})):
        with pytest.raises(ConfigError) as caught:
            build(config)
        assert says in str(caught.value)


def test_python_may_spell_numbers_as_numpy_does() -> None:
    assert Patient(width_um=np.int64(5000)).width_um == 5000.0
    assert Patient(stil=np.float32(0.5)).stil == 0.5
    assert Space(dimensions=np.int64(3)).dimensions == 3
    assert Schedule(days=[np.int64(0), np.float64(7.0)], tracks=np.int32(3)).tracks == 3


def test_a_quoted_number_is_a_name(write: Write) -> None:
    assert Config.load(write("name: '9'")).name == "9"


def test_leading_zeros_that_every_program_reads_alike_are_read(write: Write) -> None:
    assert Config.load(write("schedule: {days: [00, 07, 09, 14]}")).schedule.days == (0.0, 7.0, 9.0, 14.0)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("with={a: b}", "with: a mapping is not the name of a mechanism; write one or a list"),
        ("without=suppression,il2", "'suppression,il2' is not one name; write a list, as [suppression, il2]"),
        ("name=9", "write it in quotes, '9'"),
    ],
)
def test_the_command_line_is_told_what_a_file_is_told(write: Write, setting: str, said: str) -> None:
    with pytest.raises(ConfigError) as found:
        Config.load(write("patient: {width: 5 mm}"), [setting])
    assert said in str(found.value)


def test_a_text_in_quotes_is_a_text_on_the_command_line(write: Write) -> None:
    assert Config.load(write("patient: {width: 5 mm}"), ["name='9'"]).name == "9"
