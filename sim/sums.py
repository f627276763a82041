"""Sums that round alike on every Python: from 3.12 on its own `sum` of floats makes up for lost digits."""

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any


def added(values: Iterable[Any]) -> Any:
    """Numbers or arrays added one after the other, from the first; 0 for none.

    >>> added([0.1] * 10)
    0.9999999999999999
    """
    return reduce(add, values, 0)
