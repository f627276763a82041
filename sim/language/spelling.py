"""Other spellings of a quantity, turned into the one that is read: "0.5 MIU per mm" into "0.5 MIU/mm".

Nothing here guesses: every rewriting keeps the meaning, and where there are two meanings both are given.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import product

_OTHER_NAMES = {
    "mm": "millimeter millimeters millimetre millimetres",
    "cm": "centimeter centimeters centimetre centimetres",
    "um": "micron microns micrometer micrometers micrometre micrometres",
    "nm": "nanometer nanometers nanometre nanometres",
    "uL": "microliter microliters microlitre microlitres",
    "mL": "cc ccm milliliter milliliters millilitre millilitres",
    "L": "liter liters litre litres",
    "s": "sec secs second seconds",
    "min": "mins minute minutes",
    "h": "hr hrs std",
    "day": "tag tage",
    "week": "wk wks",
    "IU": "ie ui i.u. i.e. u.i.",
    "MIU": "mio.iu mioiu mio.ie mioie millioniu millionie megaiu m.i.u.",
    "kIU": "kie kui thousandiu tsdiu tsd.iu tsdie",
    "kg": "kgs kilogram kilograms",
    "%": "percent pct prozent",
}
_RIGHT = {other: name for name, others in _OTHER_NAMES.items() for other in others.split()}
_TWO_MEANINGS = ("mIU", "mIE", "mUI", "miu", "mie", "mui", "m")  # thousandths or millions, metre or molar
_MILLION = re.compile(
    r"\b(?:(?i:mio\.?|mill\.?|million|millions|mega)|M)\s+(?i:I\.?U\.?|I\.?E\.?|U\.?I\.?)(?![A-Za-z])"
)
_THOUSAND = re.compile(r"(?i)\b(?:tsd\.?|thousand|k)\s+(?:I\.?U\.?|I\.?E\.?|U\.?I\.?)(?![A-Za-z])")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_TIMES_TEN = re.compile(
    r"([0-9.,]*[0-9])\s*(?:[xX*×·⋅∙]\s*)10\s*(?:\^|\*\*)\s*\(?([-+]?[0-9]{1,3})\)?(?![0-9])"
)
_TEN = re.compile(r"(?<![0-9.,^])10\s*(?:\^|\*\*)\s*\(?([-+]?[0-9]{1,3})\)?(?![0-9])")
_OTHER_BASE = re.compile(r"(0[xX][0-9a-fA-F]{1,12}|0[oO][0-7]{1,12}|0[bB][01]{1,40})(?![0-9A-Za-z])(.*)")
_DIGITS = re.compile(
    r"([-+]?)((?:[0-9]{1,3}(?:[ \u00a0\u2009\u202f'’][0-9]{3})+(?![0-9/]))|[0-9.,_]*[0-9][.,]?)"
    r"([eE][-+]?[0-9]{1,3})?(?![0-9])\s*(.*)"
)
_NEGATIVE_POWER = re.compile(r"([A-Za-z%]+)\^?-([1-9])(?![0-9])")
_TERM = re.compile(r"([^0-9^]*[^0-9^\s])(\^?[1-9])?")
THOUSANDS, DECIMALS, PLAIN = "parts thousands", "marks decimals", ""
"""What a comma does."""


def readings(text: str, units: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """What the text may say: number, unit ("" for none) and, of a comma, what it then does."""
    found = _DIGITS.fullmatch(_other_signs(text))
    if found is None:
        return
    sign, digits, power, rest = found.groups()
    for number, comma in _numbers(digits):
        for unit in _units(rest, units):
            yield f"{sign}{number}{power or ''}", unit, comma


def ascii_digits(text: str) -> str:
    """Digits of any script as 0 to 9, full-width letters and signs as plain ones."""
    plain = (str(unicodedata.decimal(each, None) or 0) if each.isdecimal() else each for each in text)
    return unicodedata.normalize("NFKC", "".join(plain))


def _other_signs(text: str) -> str:
    """Digits of other scripts and bases, fractions, powers of ten and minus signs as plain ones."""
    text = _RAISED.sub(lambda found: "^" + found.group().translate(_SUPERSCRIPTS), text.strip())
    text = re.sub(r"([0-9]*)\s*([¼½¾⅛⅜⅝⅞⅕⅖⅗⅘⅒])", _as_decimal, text)
    text = ascii_digits(text.replace("−", "-")).replace("μ", "u").strip()
    text = re.sub(r"^([0-9]{1,3})/(2|4|5|8|10)(?=\s+[A-Za-z%])", _divided, text)
    text = _TEN.sub(r"1e\1", _TIMES_TEN.sub(r"\1e\2", text))
    base = _OTHER_BASE.fullmatch(text)
    return f"{int(base.group(1), 0)}{base.group(2)}" if base else text


def _as_decimal(found: re.Match[str]) -> str:
    return f"{int(found.group(1) or 0) + unicodedata.numeric(found.group(2)):g}"


def _divided(found: re.Match[str]) -> str:
    return f"{int(found.group(1)) / int(found.group(2)):g}"


def _numbers(digits: str) -> list[tuple[str, str]]:
    """A number without what groups its digits, and what its comma then does; two where that is open."""
    digits = re.sub(r"[ _\u00a0\u2009\u202f'’]", "", digits)
    digits = digits[:-1] if digits[-1] in ".," else digits
    commas, dots = digits.count(","), digits.count(".")
    if not commas:
        return [(digits, PLAIN)] if dots < 2 else [(number, PLAIN) for number, _ in _grouped(digits, ".")]
    if dots and digits.rindex(".") > digits.rindex(","):
        whole, _, part = digits.partition(".")
        return [(f"{number}.{part}", comma) for number, comma in _grouped(whole, ",")] if dots == 1 else []
    if commas > 1:
        return _grouped(digits, ",") if not dots else []
    whole, _, part = digits.partition(",")
    if dots:
        return [(f"{number}.{part}", DECIMALS) for number, _ in _grouped(whole, ".")]
    decimal = (f"{whole or 0}.{part}", DECIMALS)
    is_open = len(part) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return [(whole + part, THOUSANDS), decimal] if is_open else [decimal]


def _grouped(digits: str, mark: str) -> list[tuple[str, str]]:
    """ "1,500,000" without its marks; nothing where the groups are not of three."""
    first, *rest = digits.split(mark)
    is_grouped = 1 <= len(first) <= 3 and rest and all(len(group) == 3 for group in rest)
    return [("".join((first, *rest)), THOUSANDS)] if is_grouped else []


def _units(rest: str, units: Collection[str]) -> Iterator[str]:
    """Units in the spelling that is read; several where the case of letters leaves it open."""
    rest = re.sub(r"(?i)\bper\s*cent\b", "%", rest.strip().rstrip(".,;"))
    rest = _THOUSAND.sub("kIU", _MILLION.sub("MIU", rest))
    rest = re.sub(r"\s*(?:\bper\b|\bpro\b|\bje\b)\s*", "/", rest)
    rest = re.sub(r"\s*([/*])\s*", r"\1", re.sub(r"[·⋅∙×]", "*", rest))
    rest = re.sub(r"\s*/", "/", _NEGATIVE_POWER.sub(_under, rest))
    rest = f"1{rest}" if rest.startswith("/") else rest
    parts = re.split(r"([/*])", rest) if rest else [""]
    choices = [[part] if part in ("/", "*", "", "1") else _terms(part.strip(), units) for part in parts]
    for chosen in product(*choices):
        yield "".join(chosen)


def _under(found: re.Match[str]) -> str:
    power = "" if found.group(2) == "1" else found.group(2)
    return f"/{found.group(1)}{power}"


def _terms(part: str, units: Collection[str]) -> list[str]:
    """One factor of a unit by its right names: other words, other case."""
    found = _TERM.fullmatch(part)
    if found is None:
        return []
    name, power = found.group(1).strip(), (found.group(2) or "").lstrip("^")
    if name in units:
        return [name + power]
    if name in _TWO_MEANINGS:
        return []
    other = _RIGHT.get(name.lower()) or _RIGHT.get(name.lower().replace(" ", ""))
    names = [other] if other else [unit for unit in units if unit.lower() == name.lower()]
    return [each + power for each in names]
