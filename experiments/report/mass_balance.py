"""Where the IL-2 went, for people: books of volume, section and body, and hand-overs between the first two.

Every line carries the numbers it depends on; nothing is computed here but shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from il2sim.experiments.model_docs.parameters import numbers
from il2sim.experiments.report.assumptions import Cards, basis, cards_of, placed_by
from il2sim.experiments.study import store
from il2sim.experiments.study.cell_kinds import Kinds, many_of
from il2sim.experiments.study.results import Results
from il2sim.models.drug.tissue_pk.section_field import LATEST_NM, UPTAKES_AGREE
from il2sim.models.tissue.initial_tissue import ASKED_BY

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "tissue_at_start": "in the tissue before",
    "injected": "injected",
    "basal": "made by the tissue",
    "leaked": "leaked out at injection",
    "cleared": "cleared to lymph and blood",
    "tissue": "still in the tissue at surgery",
    "handed_over": "taken over from the tissue-PK solution",
    "handed_back": "given back at the next injection",
    "from_tissue": "came from the tissue",
    "intravenous": "given into a vein",
    "spilled": "ran out along the needle",
    "presystemic_loss": "kept and destroyed by the lymph node",
    "eliminated": "cleared from the plasma",
    "depot": "still under the skin at surgery",
    "node": "still in the lymph node",
    "plasma": "still in the plasma",
    "peripheral": "still in other tissues",
    "numerical": "negative values set to 0",
    "solver": "left over by the solver",
}
_CLEARANCE = ("il2.half_life", "leak.clearance_gain", "leak.lag")  # the leak's where it is switched on
_HANGS_ON: Mapping[str, tuple[str, ...]] = {
    "tissue_at_start": ("il2.basal", "il2.pore_fraction"),
    "injected": ("patient.width", "schedule.dose", "schedule.cap"),
    "basal": ("il2.basal", "il2.half_life", "il2.pore_fraction"),
    "cleared": _CLEARANCE,
    "tissue": ("il2.half_life", "il2.pore_fraction"),
    "handed_over": ("il2.half_life", "il2.pore_fraction"),
    "handed_back": ("il2.half_life", "il2.pore_fraction"),
    "from_tissue": _CLEARANCE,
    "spilled": ("body.absorbed_share",),
    "presystemic_loss": ("body.node_extraction", "body.lymph_share"),
    "eliminated": ("body.absorbed_share", "body.node_extraction", "body.lymph_share"),
    "depot": ("body.absorption_half_life",),
    "node": ("body.node_time",),
    "plasma": ("body.clearance", "body.volume"),
    "peripheral": ("body.exchange_rate", "body.terminal_half_life"),
}
"""Numbers that a line depends on first; all of a balance depend on the dose."""

_PLACED = ("leaked", "cleared", "from_tissue", "spilled", "presystemic_loss", "eliminated")
_CAME, _CLOSING = ("tissue_at_start", "basal"), ("numerical", "solver")


@dataclass(frozen=True)
class Line:
    """One term of a book: amount in the book's unit, share of what came in (None where nothing did)."""

    name: str
    amount: float
    share: float | None
    hangs_on: str


@dataclass(frozen=True)
class Book:
    """One book: its lines, what its shares are of, its own relative residual and the worst of all runs."""

    title: str
    unit: str
    whole: str
    lines: tuple[Line, ...]
    residual: float | None
    worst: float | None


def books(results: Results) -> list[Book]:
    """The books of the pictured run; those that it does not keep are left out."""
    row = results.shown
    if row is None:
        return []
    ledger = store.record(results.folder, row["run_id"])["ledger"]
    config = results.config_of(row)
    cards, geometry = cards_of(numbers(config)), config.schedule.geometry
    thin = " per um of thickness" if config.space.dimensions == 2 else ""
    kept = (
        ("il2_nmol", "The whole tumour", "nmol", ("injected",)),
        ("il2_section_amol", "The section, between boluses", f"amol{thin}", ("handed_over", "basal")),
        ("il2_body_nmol", "Lymph node, plasma and body", "nmol", ("from_tissue", "leaked", "intravenous")),
    )
    return [
        Book(
            title,
            unit,
            "injected" if whole == ("injected",) else "what came in",
            _lines(ledger[key], whole, (cards, results.kinds), geometry),
            ledger[key].get("residual_relative"),
            _worst(results.table, key),
        )
        for key, title, unit, whole in kept
        if key in ledger
    ]


def _lines(
    terms: Mapping[str, float], whole: tuple[str, ...], known: tuple[Cards, Kinds], geometry: str
) -> tuple[Line, ...]:
    cards, kinds = known
    came = sum(terms.get(term, 0.0) for term in whole)
    ranked = sorted(terms, key=lambda term: (_place(term, whole), -terms[term]))
    return tuple(
        Line(
            _spoken(term, kinds),
            terms[term],
            terms[term] / came if came else None,
            basis(hangs_on(term, geometry), cards),
        )
        for term in ranked
        if term != "residual_relative"
    )


def _place(term: str, whole: tuple[str, ...]) -> int:
    """What came in stands first, then where it went, the largest first, then what closes the book."""
    if term in (*whole, *_CAME):
        return 0
    return 2 if term in _CLOSING else 1


def hangs_on(term: str, geometry: str) -> tuple[str, ...]:
    """Names of the numbers a term of any book depends on first; none for what only closes a book."""
    kind = term.removeprefix("taken_up_")
    if kind == term:
        return (*_HANGS_ON.get(term, ()), *(placed_by(geometry) if term in _PLACED else ()))
    own = (f"il2.uptake_{kind}", f"il2.uptake_half_{kind}")
    many = ASKED_BY.get(
        kind, f"{kind}.influx"
    )  # a kind that no config asks for is as many as its mechanism says
    return (*own, many, "patient.stil", "il2.outside_share")


def _spoken(term: str, kinds: Kinds) -> str:
    kind = term.removeprefix("taken_up_")
    if kind != term:
        return f"taken up by {many_of(kinds, kind)}"
    return WORDS.get(term, term.replace("_", " "))


def _worst(table: pd.DataFrame, key: str) -> float | None:
    """Largest residual of this book over all runs; None where none has it."""
    column = f"ledger.{key}.residual_relative"
    found = float(table[column].abs().max()) if column in table else None
    return None if found is None or found != found else found  # no number: nothing was kept


def eaten(found: list[Book]) -> str:
    """Who took the IL-2 up, in and round the tumour: not told apart. Nothing where nothing
    was injected.
    """
    lines = [line for book in found[:1] for line in book.lines if line.share is not None]
    takers = sorted(
        (line for line in lines if line.name.startswith("taken up by ")), key=lambda line: -line.amount
    )
    if not takers:
        return ""
    total = sum(line.share or 0.0 for line in takers)
    each = ", ".join(
        f"{line.name.removeprefix('taken up by ')} {100.0 * (line.share or 0.0):.2g} %" for line in takers
    )
    return (
        f"Of the IL-2 injected, cells in and round the tumour took up {100.0 * total:.2g} %: {each}. "
        "Most of that may be outside the tumour."
    )


def hand_overs(results: Results) -> list[str]:
    """A line for every time the section left the tissue-PK solution, in the pictured run."""
    row = results.shown
    if row is None:
        return []
    found = store.record(results.folder, row["run_id"])["provenance"]
    return [_hand_over(each) for each in found.get("hand_overs", [])]


def _hand_over(found: Mapping[str, Any]) -> str:
    how = (
        f"forced: at {LATEST_NM:g} nM the uptakes still differed by {100 * UPTAKES_AGREE:g} % or more"
        if found["is_forced"]
        else f"not forced: the uptakes agreed within {100 * UPTAKES_AGREE:g} %"
    )
    return (
        f"Day {found['hour'] / 24.0:.2f}: peak {found['peak_nM']:.3g} nM; the section's cells took up "
        f"{found['uptake_ratio']:.3f} times what they would if spread evenly; amounts on the tumour's disc "
        f"differed by {found['disc_difference']:.1e} (at most 1 % is allowed); {how}."
    )
