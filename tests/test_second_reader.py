"""Every number of every mechanism, and every quantity of a config, against a second reading of its sources.

`second_reader.csv` was entered from the sources, not from the code. `where` says what was found; it opens
with "no source" where none has the number: such a row can only repeat what the code assumes or, of a config,
say nothing.
"""

import csv
import re
from pathlib import Path

import pytest

from il2sim.experiments.model_docs.sources import sources
from il2sim.models import Config
from il2sim.models.build import build, mechanisms
from il2sim.sim.language.model import Parameter
from il2sim.sim.language.modifiers import HILLS

KEY = re.compile(r"\b[SMK]\d+b?\b")  # of a source in the list it stands in
MUST_BE_ASSUMED = "no source"
EXPONENT = "il2.hill_"
RUN_BEYOND = {
    "patient.width"
}  # 5 to 20 mm are enrolled; smaller ones are for teaching, wider ones are remarked
WITHOUT_A_KEY = {"patient.cd8_share": "from memory, with low confidence; nobody is named"}


def _rows() -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "second_reader.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["name"] for row in rows}) == len(rows), "a number was entered twice"
    return {row["name"]: row for row in rows}


def _declared(phenotype: str = "inflamed") -> dict[str, Parameter]:
    everything = {"mechanisms": f"[{', '.join(mechanisms())}]", "patient.phenotype": phenotype}
    return build(Config().with_values(everything)).parameters


ROWS, DECLARED = _rows(), _declared()
ASKED = {number.name: number for number in Config().numbers()}


def test_every_number_was_read_twice_and_no_row_is_stale():
    assert set(ROWS) == set(DECLARED) | set(ASKED)


@pytest.mark.parametrize(
    "name", sorted(name for name in ROWS.keys() & DECLARED.keys() if not name.startswith(EXPONENT))
)
def test_both_readers_agree(name: str):
    row, number = ROWS[name], DECLARED[name]
    read = tuple(float(row[column]) if row[column] else None for column in ("value", "low", "high"))
    value = None if number.known == "solved" else number.value
    assert (value, number.low, number.high) == read
    assert (number.unit, number.known) == (row["unit"], row["known"])


@pytest.mark.parametrize("name", sorted(name for name in ROWS if name.startswith(EXPONENT)))
def test_an_exponent_is_one_of_those_there_are_within_what_was_read(name: str):
    """Responses know 1, 2, 4 and 8; a range reaches to the next of them beyond what was read."""
    row, number = ROWS[name], DECLARED[name]
    read = {column: float(row[column]) for column in ("value", "low", "high") if row[column]}
    assert {number.value, number.low, number.high} <= set(HILLS)
    if read:
        assert abs(number.value - read["value"]) == min(abs(each - read["value"]) for each in HILLS)
        assert number.low <= read.get("low", read["value"]) <= read.get("high", read["value"]) <= number.high
    assert number.known == row["known"]


@pytest.mark.parametrize("name", sorted(ROWS.keys() & ASKED.keys()))
def test_both_readers_agree_on_what_a_config_asks(name: str):
    """The same range where one was read; else that of what can be run."""
    row, number = ROWS[name], ASKED[name]
    read = {column: float(row[column]) for column in ("value", "low", "high") if row[column]}
    assert read.get("value", number.value) == pytest.approx(number.value)
    assert "value" in read or row["where"].startswith(MUST_BE_ASSUMED)
    if name not in RUN_BEYOND:
        assert (number.low, number.high) == (read.get("low", number.low), read.get("high", number.high))
    assert (number.unit, number.known) == (row["unit"], row["known"])


@pytest.mark.parametrize("name", sorted(ROWS.keys() & (DECLARED | ASKED).keys()))
def test_code_cites_only_what_the_second_reader_found(name: str):
    cited = set(KEY.findall((DECLARED | ASKED)[name].source))
    assert cited <= set(ROWS[name]["source"].split()), f"{name}: {cited}"


def test_what_was_not_assumed_cites_somebody():
    known = {
        name: each for name, each in (DECLARED | ASKED).items() if each.known not in ("assumed", "solved")
    }
    assert {name for name, each in known.items() if not KEY.findall(each.source)} == set(WITHOUT_A_KEY)


def test_the_second_reader_names_sources_that_are_listed():
    assert {key for row in ROWS.values() for key in row["source"].split()} <= sources().keys()


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_no_source_has_was_not_seen(row: dict[str, str]):
    assert row["where"].strip()
    assert not (row["where"].startswith(MUST_BE_ASSUMED) and row["known"] in ("seen", "fitted"))


@pytest.mark.parametrize("phenotype", ["excluded", "desert"])
def test_few_cd8_enter_the_nests_of_other_phenotypes(phenotype: str):
    """0.05 excluded; for desert no source, taken as excluded."""
    assert _declared(phenotype)["cd8.entry_speed"].value == 0.05
