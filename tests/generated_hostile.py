"""Mistakes of one value, and values and files that nobody means well, by chance."""

import re
from collections.abc import Callable, Sequence
from random import Random

_MISTAKES = """
5 | -5 mm | 5 mmm | 1,5 mm | 1,500 mm | 500,000 IU/mm | 5 MIU | 0.5 MIU per mm | 600000 IU/kg
1e300 mm | 1e300 | -1 | 0 | 1e-300 1/day | 5 d | yes | no | on | off | True | None | null | nan
.inf | '5' | 5.5 | 0x1F | 010 | 1_000 | 2025-01-01 | 12:30:45 | ٥ mm | ５ mm | ½ mm | [5 mm] | []
{} | {a: b} | [[1]] | 5 % | 150 % | -5 % | 5 U/mm | 5 mM | 5 MM | [0, 7, 7] | [7, 0] | [0, 35]
[tumour, 5] | [tumour, cd9] | inflammed | registry_2052 | '' | '  ' | [a, b] | 3650 | 1e9 mm
100 mm | 0 MIU/mm | 999999 | true | false | [0, 0.1] | {axes: {}} | {axes: {patient.width: []}}
{axes: {name: [a]}} | {axes: {set.a.b: [1]}} | {axes: {patient.width: [5 mm, 5 mm]}}
{axes: {schedule.days: [[0, 40], [0, 7]]}} | {a.b: 5} | {aicd.death_rate: 1e300 1/day}
{cd8_killing.kill_rate: fast} | {aicd.death_rate: [1, 2]} | {patient.width: 5 mm}
{il2.hill_cd8: 3} | {il2.basal: -1 nM}
"""
MISTAKES = (*re.split(r" \| |\n", _MISTAKES.strip()), "x" * 300, "9" * 400)
ODD = "\u0660\u0661\uff15\u202e\u2028\u00a0\ufeff\U0001f600e\u0301\u200b\x85\u0130ß"
ESCAPES = ('"\\0"', '"\\ud800"', '"\\x07"', '"\\UFFFFFFFF"', '"\\u2028"', '"\\n"', '"a\\tb"', '"\\x7f"')
TAGS = (
    "!!python/name:os.system x",
    "!!int '5'",
    "!!binary aGk=",
    "!!set {a, b}",
    "!x 5",
    "!!timestamp 2025-01-01",
    "! 5",
)


def broken(dice: Random, keys: Sequence[str]) -> tuple[str, str]:
    """A key and a value that it can hardly have."""
    return dice.choice(keys), dice.choice(MISTAKES)


def strange_value(dice: Random, depth: int = 0) -> str:
    """A value of any type and size, as YAML writes it (or fails to)."""
    return dice.choice(_VALUES)(dice, depth)


def _number(dice: Random, depth: int) -> str:
    digits = "".join(dice.choices("0123456789", k=dice.choice((1, 5, 19, 400, 5000))))
    return (
        dice.choice(("", "-", "+", "."))
        + digits
        + dice.choice(("", ".5", "e999", "e-999", " mm", "%", "e5 IU/mm"))
    )


def _list(dice: Random, depth: int) -> str:
    most = 3 if depth > 3 else dice.choice((0, 1, 3, 3, 200))
    return f"[{', '.join(strange_value(dice, depth + 4 if most > 3 else depth + 1) for _ in range(most))}]"


def _mapping(dice: Random, depth: int) -> str:
    if depth > 3:
        return "{}"
    return "{" + ", ".join(f"{dice.choice('abc')}: {strange_value(dice, depth + 1)}" for _ in range(3)) + "}"


def _odd(dice: Random, depth: int) -> str:
    return f"'{''.join(dice.choices(ODD, k=dice.randint(1, 20)))}'"


def _long(dice: Random, depth: int) -> str:
    return dice.choice("xÄ5-") * (dice.choice((81, 260, 10_000)) if depth < 3 else 81)


def _escape(dice: Random, depth: int) -> str:
    return dice.choice(ESCAPES)


def _tag(dice: Random, depth: int) -> str:
    return dice.choice(TAGS)


def _mistake(dice: Random, depth: int) -> str:
    return dice.choice(MISTAKES)


def _word(dice: Random, depth: int) -> str:
    words = (
        "tumour",
        "../../etc/passwd",
        "/dev/null",
        "base.yaml",
        ".",
        "case.yaml",
        "~",
        "*a",
        "&a 5",
        "<<",
        "@x",
        "`x`",
        "%x",
        "|",
        ">",
    )
    return dice.choice(words)


_VALUES: tuple[Callable[[Random, int], str], ...] = (
    *(_number, _list, _mapping, _odd, _long, _escape, _tag, _word),
    *((_mistake,) * 8),
)


def strange_text(dice: Random, usual: bytes) -> bytes:
    """A file that is hardly a config: damaged, binary, deep, huge."""
    return dice.choice(_TEXTS)(dice, usual)


def _damaged(dice: Random, usual: bytes) -> bytes:
    found = bytearray(usual)
    for _ in range(dice.randint(1, 4)):
        found[dice.randrange(len(found))] = dice.randrange(256)
    return bytes(found)


def _torn(dice: Random, usual: bytes) -> bytes:
    return usual[: dice.randrange(len(usual))]


def _binary(dice: Random, usual: bytes) -> bytes:
    return dice.randbytes(dice.choice((1, 50, 5000)))


def _ascii(dice: Random, usual: bytes) -> bytes:
    return bytes(dice.choices(b"{}[]:,-?&*!|>'\"%@`#\n\t abc012.", k=dice.choice((3, 30, 300))))


def _deep(dice: Random, usual: bytes) -> bytes:
    part = dice.choice(("[", "{a: ", "- ", "? ", "a:\n ", "[[{"))
    return (
        dice.choice(("", "patient: ", "sweep: {axes: ")) + part * dice.choice((5, 25, 2000, 50_000))
    ).encode()


def _aliases(dice: Random, usual: bytes) -> bytes:
    width, levels = dice.choice((2, 9, 40)), dice.randint(1, 9)
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{each}: &a{each} [{', '.join([f'*a{each - 1}'] * width)}]" for each in range(1, levels)]
    head = dice.choice(
        ("", "sweep: {axes: {patient.width: &w [5 mm, *w]}}\n", "mechanisms: &m [*m]\n", "a: &a {b: *a}\n")
    )
    return f"{head}{chr(10).join(lines)}\n".encode()


def _many(dice: Random, usual: bytes) -> bytes:
    line = dice.choice(("k{}: 1", "patient.k{}: 1", "? k{}", "'{}': [1]", "width: {} mm"))
    head, indent = dice.choice(
        (("", ""), ("patient:\n", "  "), ("set:\n", "  "), ("sweep:\n  axes:\n", "    "))
    )
    count = dice.choice((30, 300, 3000))
    return (head + "\n".join(indent + line.format(number) for number in range(count))).encode()


def _huge(dice: Random, usual: bytes) -> bytes:
    part = dice.choice((b"x", b"# x\n", b"\n", b" ", b"- 1\n", b"a: 1\n", b"'", b"&a "))
    return part * (dice.choice((1000, 100_000, 1_100_000)) // len(part))


def _joined(dice: Random, usual: bytes) -> bytes:
    return usual + dice.choice((b"\n---\n", b"\n...\n", b"\n", b"\x00", b"\xef\xbb\xbf", b"\r\n\t")) + usual


def _recoded(dice: Random, usual: bytes) -> bytes:
    text = usual.decode("utf-8", "replace")
    return text.encode(dice.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7")), "replace")


_TEXTS: tuple[Callable[[Random, bytes], bytes], ...] = (
    *(_damaged, _damaged, _torn, _binary, _ascii, _ascii, _deep, _aliases, _many, _huge, _joined, _recoded),
)
