"""When a book of amounts closes, and that those of a run do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from il2sim.sim.counters import SimError

CLOSED = 1e-6  # largest gap of an IL-2 book over its larger side (numerical choice)
_FAULT = "a fault of the program, not yours"


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


def check_closed(ledger: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises SimError where a run's books do not close: cells exactly, each of IL-2 to 1e-6 of its own."""
    for name, book in ledger["cells"].items():
        came = book["initial"] + book["divisions"] + book["entries"]
        gap = came - book["deaths"] - book["filled"] - book["final"]
        if gap:
            raise SimError(
                f"the book of {name} lacks {gap} cells to close; a fault of the program, not yours"
            )
    for name, book in ledger.items():
        gap = book.get("residual_relative", 0.0)
        if not gap <= CLOSED:
            raise SimError(
                f"the book {name} lacks {gap:.3g} of its larger side to close, over {CLOSED:g}: {_FAULT}"
            )
