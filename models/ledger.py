"""When a book of amounts closes."""

from __future__ import annotations

import math
from collections.abc import Mapping


def unbalanced(book: Mapping[str, float]) -> float:
    """What a ledger lacks to close, over the larger of its two sides."""
    came = [book.get(name, 0.0) for name in ("tissue_at_start", "injected", "basal", "numerical", "solver")]
    went = [
        amount
        for name, amount in book.items()
        if name in ("tissue", "leaked", "cleared") or "taken_up_" in name
    ]
    largest = max(math.fsum(map(abs, came)), math.fsum(map(abs, went)))
    return abs(math.fsum(came) - math.fsum(went)) / largest if largest > 0.0 else 0.0
