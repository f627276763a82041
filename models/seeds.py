"""The one rule for seeds, at every entrance: a whole number from 0 to 2147483647, of Python or NumPy."""

from numbers import Integral, Real

from il2sim.models.config.yaml_tree import ConfigError

LARGEST_SEED = 2**31 - 1
_LONGEST = 60  # letters of what was found that are repeated


def checked_seed(value: object, what: str = "seed") -> int:
    """The seed as Python's own whole number; for all else ConfigError, a sentence that begins with `what`."""
    if not isinstance(value, bool) and isinstance(value, Integral) and 0 <= int(value) <= LARGEST_SEED:
        return int(value)
    due = f"a whole number from 0 to {LARGEST_SEED} is due"
    raise ConfigError(f"{what}: {_found(value)}; {due}{_remedy(value)}")


def seed_of_cell(value: object, what: str = "seed") -> int:
    """The same of a cell of a table, where a whole float counts: pandas keeps a column with gaps so."""
    whole = _whole(value)
    return checked_seed(value if whole is None else whole, what)


def _found(value: object) -> str:
    if value is None:
        return "none is given"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 128:
        return f"a number of {value.bit_length()} bits was found"
    if isinstance(value, (bool, str, bytes, Real)):
        shown = str(value) if isinstance(value, Real) else repr(value)
        return f"{shown if len(shown) <= _LONGEST else shown[:_LONGEST] + '...'} was found"
    return f"a {type(value).__name__} was found"


def _remedy(value: object) -> str:
    """The same number, written as it should be."""
    whole = _whole(value)
    if whole is not None and 0 <= whole <= LARGEST_SEED:
        return f": write {whole}"
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _LONGEST:
        return f": write {int(value)}, without quotes" if int(value) <= LARGEST_SEED else ""
    return ""


def _whole(value: object) -> int | None:
    """The whole number that a float is; None for all else."""
    if isinstance(value, Integral) or not isinstance(value, Real) or not float(value).is_integer():
        return None
    return int(float(value))
