"""Where claims of one sort lie and are called: hypotheses, which may be refuted, and behaviours, asserted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from experiments.origin import ROOT


class Where(StrEnum):
    """Where a claim may be asked: at the responsive set, at the central values, over the prior ranges."""

    RESPONSIVE = "responsive"
    CENTRAL = "central"
    PRIORS = "priors"


STAGES = tuple(where.value for where in Where)


@dataclass(frozen=True)
class Shelf:
    """A sort of claims: what the verb and the JSON call them, their folder, where results go.

    What is asserted decides the exit code. `capital` names begin with a capital letter.
    """

    name: str
    one: str
    folder: Path
    out: Path
    capital: bool = False
    asserted: bool = False

    def spelt(self, name: str) -> str:
        """A name as the shelf writes it."""
        return name[:1].upper() + name[1:] if self.capital else name


HYPOTHESES = Shelf(
    "hypotheses", "hypothesis", ROOT / "configs" / "hypotheses", Path("results/hypotheses"), capital=True
)
BEHAVIOURS = Shelf(
    "behaviours", "behaviour", ROOT / "configs" / "behaviours", Path("results/behaviours"), asserted=True
)
