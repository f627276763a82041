"""What each injection did to signal, blood and lymph node, and published blood levels beside the model's."""

from __future__ import annotations

from dataclasses import dataclass

from il2sim.experiments.model_docs.parameters import numbers
from il2sim.experiments.report.assumptions import Cards, basis, cards_of, placed_by
from il2sim.experiments.study import store
from il2sim.experiments.study.results import Results
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config
from il2sim.models.build import build
from il2sim.models.drug.systemic_pk.body import BodyNumbers
from il2sim.models.drug.systemic_pk.published_levels import NO_INTERVAL, SURFACE_M2, Target, blood_targets

HEADS = ("target", "published", "model", "", "depends on")
TARGETS_NOTE = (
    "Published levels (K23, S2, K20 of docs/sources.md), at this config's numbers and a body surface of "
    f"{SURFACE_M2:g} m² (assumed). Where a source gives a number alone, {100 * NO_INTERVAL:g} % either way "
    "counts as met (assumed). Nobody has published the IL-2 in serum after an injection into a tumour: one "
    "under the skin stands in for it."
)
OWN_IL2 = "Without drug the IL-2 in blood and lymph node is the tissue's own, which no assay would find."
_CLEARANCE = ("il2.half_life", "leak.clearance_gain", "leak.lag")  # the leak's where it is switched on
_FIELD = (*_CLEARANCE, "il2.diffusivity", "il2.pore_fraction", "il2.outside_share")
_UPTAKE = ("body.absorbed_share", "body.node_extraction", "body.lymph_share")
_TIMES = ("body.node_time", "body.absorption_half_life")
_PLASMA = ("body.clearance", "body.volume", "body.exchange_rate", "body.terminal_half_life")


@dataclass(frozen=True)
class Quantity:
    """An endpoint that has a value per injection: its words and the numbers it depends on."""

    endpoint: str
    words: str
    names: tuple[str, ...]
    scale: float = 1.0
    is_rough: bool = False


QUANTITIES = (
    Quantity("dose_iu", "dose, MIU", ("patient.width", "schedule.dose", "schedule.cap"), 1e-6),
    Quantity("cd8_hours", "hours of signal, CD8", (*_FIELD, "il2.ec50_cd8")),
    Quantity("nk_hours", "hours of signal, NK", (*_FIELD, "il2.ec50_nk")),
    Quantity("treg_hours", "hours of signal, Treg", (*_FIELD, "il2.ec50_treg")),
    Quantity("coverage_12h", "tumour with 12 h of CD8 signal, %", (*_FIELD, "il2.ec50_cd8"), 100.0),
    Quantity("plasma_cmax_iu_ml", "plasma peak, IU/mL", (*_UPTAKE, *_TIMES, *_PLASMA, *_CLEARANCE)),
    Quantity("plasma_auc_iu_h_ml", "plasma area, IU h/mL", (*_UPTAKE, "body.clearance")),
    Quantity(
        "exposure_margin",
        "one high-dose i.v. dose / this injection, by area",
        (*_UPTAKE, "patient.weight", "body.reference_dose"),
    ),
    Quantity(
        "node_cmax_nM",
        "peak in the lymph node, nM (order of magnitude only)",
        ("body.node_volume", *_UPTAKE, *_TIMES, *_CLEARANCE),
        is_rough=True,
    ),
)


def visits(results: Results) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the pictured run: a quantity, its value after each injection, what it depends on."""
    row = results.shown
    if row is None:
        return [], []
    found = store.record(results.folder, row["run_id"])
    config = results.config_of(row)
    cards, placed = cards_of(numbers(config)), placed_by(config.schedule.geometry)
    days = config.schedule.given_days
    rows = [
        [
            quantity.words,
            *(_said(quantity, value) for value in found["endpoints"][quantity.endpoint][: len(days)]),
            basis((*quantity.names, *(placed if quantity.endpoint != "dose_iu" else ())), cards),
        ]
        for quantity in QUANTITIES
        if any(found["endpoints"].get(quantity.endpoint) or ())
    ]
    return ["", *(f"day {day:g}" for day in days), "depends on"], rows


def own_note(results: Results) -> str:
    """What the blood's numbers are where no drug was given; nothing where it was."""
    row = results.shown
    return f"{OWN_IL2} " if row is not None and row["arm"] not in ("drug",) else ""


def _said(quantity: Quantity, value: float | None) -> str:
    """One digit where only the order of magnitude counts, three elsewhere."""
    if value is None:
        return ""
    return f"about {float(f'{value:.0e}'):g}" if quantity.is_rough else f"{value * quantity.scale:.3g}"


def targets(config: Config) -> tuple[Target, ...]:
    """Published levels beside a config's own numbers; none where the body is knocked out."""
    model = build(config)
    if "body.clearance" not in model.parameters:
        return ()
    try:
        return blood_targets(BodyNumbers.of(model, config.patient.weight_kg))
    except ValueError as error:
        raise ExperimentError(f"{config.where('body.clearance')}: {error}") from None


def target_rows(found: tuple[Target, ...], cards: Cards) -> list[tuple[str, ...]]:
    """A line of text for each target, with the verdict and what the model's number depends on."""
    rows: list[tuple[str, ...]] = []
    for before, target in zip((None, *found), found, strict=False):
        is_same = before is not None and before.hangs_on == target.hangs_on
        published = f"{target.low:.4g} to {target.high:.4g} {target.unit}"
        model, hangs_on = f"{target.found:.3g} {target.unit}", basis(target.hangs_on, cards)
        own = (f"{target.quantity} ({target.code})", published, model, _verdict(target))
        rows.append((*own, "as the line above" if is_same else hangs_on))
    return rows


def target_notes(found: tuple[Target, ...], cards: Cards) -> list[str]:
    """What the targets are, and what the model's numbers for each of them depend on."""
    names = {
        target.code: [n for each in found if each.code == target.code for n in each.hangs_on]
        for target in found
    }
    return [
        TARGETS_NOTE,
        *(f"What the levels of {code} depend on - {basis(each, cards)}." for code, each in names.items()),
    ]


def levels_met(found: tuple[Target, ...]) -> str:
    """How many published blood levels the model meets of those no number was taken from; "" without any."""
    tests = [target for target in found if not target.taken_from_it]
    if not tests:
        return ""
    missed = [
        f"{target.quantity} ({target.found:.3g} {target.unit} for {target.low:.3g} to {target.high:.3g})"
        for target in tests
        if not target.is_met
    ]
    but = f", and misses {'; '.join(missed)}" if missed else ""
    return (
        f"Of {len(tests)} published blood levels that none of its numbers comes from, the model meets "
        f"{len(tests) - len(missed)}{but}."
    )


def _verdict(target: Target) -> str:
    if not target.is_met:
        return "missed"
    return f"met; no test: {target.taken_from_it} comes from it" if target.taken_from_it else "met"
