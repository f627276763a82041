"""Tumours small enough for tests: configs of half a millimetre and what their books must say."""

from collections.abc import Mapping
from typing import Any

from il2sim.models import Config

IMMUNE = ("cd8", "nk", "treg", "th", "other_til")
SOLID = ("tumour", "dead", "stroma", "vessel", "cleared")
TINY = {
    "patient.width": "0.5 mm",
    "space.margin": "0.2 mm",
    "schedule.days": "[0]",
    "schedule.surgery_day": "1.5",
}


def tiny(values: Mapping[str, str] | None = None) -> Config:
    """A 0.5-mm tumour, one injection, surgery a day and a half later; with other values where given."""
    return Config().with_values({**TINY, **(values or {})})


def unbalanced_cells(ledger: Mapping[str, Any]) -> dict[str, int]:
    """Cells that each type's book lacks to close; nothing when all do."""
    gaps = {
        name: book["initial"]
        + book["divisions"]
        + book["entries"]
        - book["deaths"]
        - book["filled"]
        - book["final"]
        for name, book in ledger["cells"].items()
    }
    return {name: gap for name, gap in gaps.items() if gap}
