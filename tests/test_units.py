"""Quantities in texts: exact conversions, and one helpful sentence for everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2sim.sim.language.units import INTERNAL, UnitError, convert, parse, quantity, to_internal


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
        ("5 miu", "IU", "if a million is meant, write MIU"),
        ("5 MU", "IU", "Cetus"),
        ("500,000 IU", "IU", "500,000 IU"),
        ("nan mm", "um", "not a quantity"),
        (".inf", "1", "not a quantity"),
        ("1e999 mm", "um", "1e999"),
        ("1e308 mm", "um", "of a size that exists"),
        ("1e-999999999 mm", "um", "e-999999999"),
        ("12 mm/", "um/h", "no unit beside its '/'"),
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


TOTAL = "drug units, where drug units / length is due, like '0.5 MIU/mm'; divide a total by the width"
PER_KG = "multiplied by the weight and divided by the width"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5 MIU", TOTAL),
        ("5 Mio IU", TOTAL),
        ("0,5 MIU", TOTAL),
        ("600000 IU/kg", PER_KG),
        ("5 MIU/mm2", "not its area"),
        ("50 %", "'50 %' is a plain number, where drug units / length is due, like '0.5 MIU/mm'"),
        ("half", "write a number and a unit, like '0.5 MIU/mm'"),
        ("0.5 MIU per mm", "write '0.5 MIU/mm'"),
        ("0.5 MIU/MM", "write '0.5 MIU/mm'"),
        ("0.5 MIU mm^-1", "write '0.5 MIU/mm'"),
        ("5 Mio IU/mm", "write '5 MIU/mm'"),
        ("5 million I.U. per millimetre", "write '5 MIU/mm'"),
        ("5 x 10^5 IU/mm", "write '5e5 IU/mm'"),
        ("5·10⁵ IU/mm", "write '5e5 IU/mm'"),
        ("10^5 IU/mm", "write '1e5 IU/mm'"),
        ("½ MIU/mm", "write '0.5 MIU/mm'"),
        ("1/2 MIU/mm", "write '0.5 MIU/mm'"),
        ("1,5 MIU/mm", "without the comma: '1.5 MIU/mm'"),
        (
            "500,000 IU/mm",
            "write it without the comma: '500000 IU/mm' if it parts thousands, or '500.000 IU/mm' if",
        ),
        ("1,500,000 IU/mm", "without the comma: '1500000 IU/mm'"),
        ("1.500,5 IU/mm", "without the comma: '1500.5 IU/mm'"),
        ("500 000 IU/mm", "write '500000 IU/mm'"),
        ("500_000 IU/mm", "write '500000 IU/mm'"),
        ("500'000 IU/mm", "write '500000 IU/mm'"),
        ("0x1F IU/mm", "write '31 IU/mm'"),
        ("٥ MIU/mm", "write '5 MIU/mm'"),
        ("５ MIU/mm", "write '5 MIU/mm'"),
        ("0.1-0.5 MIU/mm", "write one value"),
        ("5 MU/mm", "Cetus"),
        ("5 U/mm", "Cetus"),
        ("5 mIU/mm", "a thousandth of an IU is 0.001 IU; if a million is meant, write MIU"),
        ("0.5 miu/mm", "if a million is meant, write MIU"),
        ("0.03 mg/mm", "18 MIU are 1.1 mg"),
        ("5 MIU/m", "write metres in mm"),
        ("9" * 5000 + " MIU/mm", "more than 80 letters"),
    ],
    ids=lambda text: text[:30],
)
def test_a_remedy_never_changes_the_meaning(text: str, says: str) -> None:
    with pytest.raises(UnitError, match=".") as caught:
        quantity(text, "MIU/mm", "0.5 MIU/mm")
    said = str(caught.value)
    assert says in said
    assert len(said) < 500


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("5 days", "1/day", "the rate is ln 2 / half-life"),
        ("8/day", "1/h", "write '8 1/day'"),
        ("8 per day", "1/h", "write '8 1/day'"),
        ("8 h⁻¹", "1/h", "write '8 1/h'"),
        ("5 Mm", "um", "write '5 mm'"),
        ("5 Mm", "nM", "write '5 mM'"),
        ("75 1/mm²", "1/mm2", "write '75 1/mm2'"),
        ("15 percent", "1", "write '15 %'"),
        ("1,500", "1", "'1500' if it parts thousands, or '1.500' if it marks decimals"),
        ("0,500", "1", "without the comma: '0.500'"),
        ("12", "mm", "like '12 mm' if mm is meant"),
    ],
)
def test_other_spellings_of_other_quantities(text: str, unit: str, says: str) -> None:
    with pytest.raises(UnitError, match=".") as caught:
        quantity(text, unit)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["0.5MIU/mm", "0.5  MIU / mm", "5 MIU/cm", "500 kIU/mm", "5e5 IU/mm"])
def test_one_dose_in_five_units(text: str) -> None:
    assert quantity(text, "IU/mm") == 5e5


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
