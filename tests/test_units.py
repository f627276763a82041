"""Quantities in texts: exact conversions, and one helpful sentence for everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.units import INTERNAL, UnitError, convert, parse, quantity, to_internal


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("12 mm", "um", 12_000.0),
        ("12mm", "um", 12_000.0),
        ("20 %", "1", 0.2),
        ("35 %", "1", 0.35),
        ("0.2", "1", 0.2),
        ("103 d", "h", 2472.0),
        ("0.8 1/h", "1/h", 0.8),
        ("0.14 1/day", "1/h", 0.14 / 24),
        ("5 MIU", "IU", 5e6),
        ("0.5 MIU/mm", "IU/mm", 500_000.0),
        ("0.5 MIU/mm", "IU/um", 500.0),
        ("5 MIU/mL", "IU/mL", 5e6),
        ("2 pM", "nM", 0.002),
        ("10 um2/s", "um2/h", 36_000.0),
        ("75 1/mm2", "1/um2", 75e-6),
        ("75 1/mm^2", "1/mm2", 75.0),
        ("1 mL", "um3", 1e12),
        ("6.02214076e23 molecules", "nmol", 1e9),
        ("3 \u00b5m/min", "um/h", 180.0),
        ("-1 mm", "um", -1000.0),
        ("1e3 um", "mm", 1.0),
    ],
)
def test_quantity_converts_exactly(text: str, unit: str, value: float) -> None:
    assert quantity(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("12", "um", "no unit"),
        ("12 h", "um", "where length is due"),
        ("1 mm2", "um", "length^2"),
        ("0.14 1/day", "h", "1 / time"),
        ("5", "IU/mm", "like '5 IU/mm'"),
        ("12 mmm", "um", "did you mean 'mm'"),
        ("5 miu", "IU", "did you mean 'MIU'"),
        ("5 MU", "IU", "Cetus"),
        ("500,000 IU", "IU", "500,000 IU"),
        ("nan mm", "um", "not a quantity"),
        (".inf", "1", "not a quantity"),
        ("1e999 mm", "um", "1e999"),
        ("1e308 mm", "um", "of a size that exists"),
        ("1e-999999999 mm", "um", "e-999999999"),
        ("12 mm/", "um/h", "unknown unit ''"),
        ("", "um", "not a quantity"),
        ("mm", "um", "not a quantity"),
        ("20 %", "um", "a plain number"),
        ("12 mm 3", "um", "unknown unit"),
    ],
)
def test_quantity_refuses_in_one_sentence(text: str, unit: str, says: str) -> None:
    with pytest.raises(UnitError, match=".") as caught:
        quantity(text, unit)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_internal_units_have_size_one() -> None:
    assert [INTERNAL[name] for name in ("um", "h", "nM", "cell", "IU", "1")] == [1.0] * 6


def test_every_unit_converts_to_itself() -> None:
    assert {convert(2.5, name, name) for name in INTERNAL} == {2.5}


def test_convert_refuses_another_dimension() -> None:
    with pytest.raises(UnitError, match="cannot become"):
        convert(1.0, "mm", "h")


def test_internal_numbers_are_per_hour_and_um() -> None:
    assert to_internal(24.0, "1/day") == 1.0
    assert to_internal(2.0, "um/min") == 120.0
    assert to_internal(5.0, "nM") == 5.0


def test_parse_keeps_number_and_unit() -> None:
    assert parse("  0.80  1/h ") == ("0.80", "1/h")
    assert parse("3") == ("3", "")


@given(st.floats(min_value=1e-30, max_value=1e30))
def test_written_value_returns_bit_for_bit(value: float) -> None:
    assert quantity(f"{value!r} um", "um") == value
