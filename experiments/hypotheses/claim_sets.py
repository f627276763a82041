"""Where claims of one sort lie and are called: hypotheses, which may be refuted; behaviours and checks of the
model itself, asserted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from il2sim.experiments.study.provenance import ROOT


class Where(StrEnum):
    """Where a claim may be evaluated: sensitised scenario, reference values, prior ranges."""

    RESPONSIVE = "responsive"
    CENTRAL = "central"
    PRIORS = "priors"


STAGES = tuple(where.value for where in Where)


@dataclass(frozen=True)
class ClaimSet:
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
        """A name as the set writes it."""
        return name[:1].upper() + name[1:] if self.capital else name


HYPOTHESES = ClaimSet(
    "hypotheses", "hypothesis", ROOT / "configs" / "hypotheses", Path("results/hypotheses"), capital=True
)
BEHAVIOURS = ClaimSet(
    "behaviours", "behaviour", ROOT / "configs" / "behaviours", Path("results/behaviours"), asserted=True
)
VERIFICATION = ClaimSet(
    "verification", "claim", ROOT / "configs" / "verification", Path("results/verification"), asserted=True
)


def asserted_claim_set(names: Sequence[str]) -> ClaimSet:
    """What `il2sim behaviours` is asked for: VERIFICATION where each name is a file of its folder."""
    homes = {Path(name).resolve().parent for name in names}
    return VERIFICATION if homes == {VERIFICATION.folder} else BEHAVIOURS
