"""What somebody wrote, quoted in a sentence: printable, on one line and of a bounded length."""

MOST_LETTERS = 80
"""Of a quoted value; the rest is an ellipsis."""
MOST_OF_A_LINE = 1500
MOST_LINES = 40


def printable(text: str) -> str:
    """The text with everything that cannot be shown (line ends, lone surrogates) as an escape."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def cut(text: str, most: int = MOST_LETTERS) -> str:
    """The text on one line, its end left out where it is longer than `most` letters."""
    shown = printable(text[: most + 1])
    return shown if len(text) <= most and len(shown) <= 2 * most else f"{shown[:most]}…"


def quoted(value: object) -> str:
    """A text in quotation marks or a number as it stands, at most some 80 letters."""
    if isinstance(value, str):
        return repr(value) if len(value) <= MOST_LETTERS else f"{value[:MOST_LETTERS]!r}…"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 4 * MOST_LETTERS:
        return f"a number of some {value.bit_length() * 3 // 10} digits"
    return cut(repr(value))


def bounded(message: str) -> str:
    """A message of any origin as at most 40 lines that can be shown, each of at most 1,500 letters."""
    lines = message.split("\n")
    shown = [cut(line, MOST_OF_A_LINE) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"and {len(lines) - MOST_LINES} more mistakes: mend these first")
    return "\n".join(shown)
