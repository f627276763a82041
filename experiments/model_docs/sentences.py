"""The model in English: every rule, walk and uptake of every cell type as a sentence, with its clock and the
file that says it; then the interactions between mechanisms.
"""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from il2sim.experiments.model_docs import wording
from il2sim.experiments.model_docs.case_description import given
from il2sim.experiments.model_docs.unused import unused
from il2sim.models import Config, Simulation
from il2sim.models.build import build
from il2sim.models.config.mechanisms import shown_path

WIDTH = 100  # characters of a line of the legend
HOW_TO_READ = """\
How to read it: a rate times all its factors is the frequency per cell, provided that a new cell finds room
and a hit finds a target in contact, in its own or a neighbouring voxel. Factors are evaluated on the cell and
its place, and on its target only where they say so. On a section, cells above and below it count in
expectation. A rate in kills holds for unlimited targets, and its factors multiply kills: the hit rate is
computed from it, as some tumour.lethal_hits of them close together kill (in brackets: hits where every factor
is 1). A trait rises by its rate x (1 - trait), never beyond 1, and falls by its rate x trait; one that no
sentence starts is 0 at arrival. After a division both cells carry the parent's traits, but for those that the
sentence names, and the new one is not engaged. Death of age is at one rate, independent of a cell's age.
Solved before treatment are births, so that the untreated tumour grows at its doubling time beside all losses
and kills, and arrivals, so that they balance untreated deaths; no drug changes those births. A mechanism's
name in brackets behind a factor says which one adds it."""
NAMES = """\
'half at' is the level of half the effect, Hill how sharply it sets in. 'engaged' is 1 from a first hit
until the target dies or is released; such a cell does not migrate. A name before = is a number of the model:
`il2sim explain NAME`, `--set NAME=VALUE`; of 1 / NAME, 1 - NAME and NAME - 1 the value is that of the whole.
In brackets, when it is evaluated:"""
SPECIMEN = {"patient.width": "0.5 mm", "space.margin": "0.1 mm"}


def sentences(config: Config, *, with_lines: bool = False) -> list[str]:
    """A line per cell type, and below it its rules, indented; last, which mechanism changes whose rule.

    `with_lines`: the place in the file too, where an author would change it.
    """
    specimen = Simulation(config.with_values(SPECIMEN), 0)  # rules and clocks are those of any width
    model, clocks = specimen.model, dict(zip(specimen.table.sentences, specimen.table.clocks, strict=True))
    found = []
    for cell in model.cells.values():
        found.append(f"{cell.name} ({cell.layer} layer)")
        said = [
            *_starts(cell, model),
            *(
                (_told(rule, model), f"{clocks[rule.sentence]} clock", rule.sentence)
                for rule in model.rules.values()
                if rule.cell == cell.name
            ),
            *(
                (wording.walk(each), "every tick", f"the walk of {each.cell}")
                for each in model.walks
                if each.cell == cell.name
            ),
            *_meals(cell, model),
        ]
        found += [f"  {text} [{when}] {_file(thing, model, with_lines)}" for text, when, thing in said]
    found += _fields(model, with_lines) + unused(model) + _outside(model)
    return given(config, model) + found + _words(model) + _changes(model)


def legend(config: Config) -> list[str]:
    """How to read the sentences."""
    clocks = config.clocks
    immune_min, solid_h = clocks.tick_min * clocks.immune_ticks, clocks.tick_min * clocks.solid_ticks / 60.0
    often = f"contact clock {clocks.contact_min:g} min, immune {immune_min:g} min, solid {solid_h:g} h"
    model = build(config)
    counted = sorted({rule.raises for rule in model.rules.values() if rule.raises})
    rising = {rule.other for rule in model.rules.values() if rule.verb == "rises"}
    free = [name for name, (_, bounded) in model.traits.items() if not bounded and name in rising]
    traits = f"Rising by their rate alone: {', '.join(free) or 'none'}."
    hits = f"Counted in hits: {', '.join(counted) or 'none'}."
    when = f"every tick {clocks.tick_min:g} min, {often}; both IL-2 fields: section and whole tumour."
    return wrap(f"{HOW_TO_READ} {traits} {hits} {NAMES} {when}", WIDTH)


def _starts(cell: Any, model: Any) -> list[tuple[str, str, str]]:
    when = "at arrival" if cell.layer == "immune" else "in the initial tissue"
    return [
        (f"{who} starts with {wording.start(who, trait, model)}", when, f"the first {trait} of {who}")
        for who, trait in model.initial
        if who == cell.name
    ]


def _told(rule: Any, model: Any) -> str:
    others = {
        change.modifier: f" ({change.mechanism})"
        for change in model.changed
        if change.sentence == rule.sentence and change.mechanism != model.authors[rule.sentence]
    }
    factors = "".join(f", {wording.factor(each, model)}{others.get(each, '')}" for each in rule.modifiers)
    victims = "".join(
        f", {wording.factor(each, model)} of the {rule.other}" for each in rule.victim_modifiers
    )
    ends = f"; releases it after {wording.mean_time(rule.release)} on average" if rule.release else ""
    ends += f"; becomes {rule.other}" if rule.verb == "dies" and rule.other else ""
    ends += f"; {wording.room(rule)}" if rule.into else ""
    ends += "".join(f"; {text}" for text in wording.marks(rule.daughters, rule.counts))
    ends += f"; each hit adds 1 to its {rule.raises}" if rule.raises else ""
    each = f" per {rule.other}" if rule.verb == "enters" else ""
    return f"{rule.sentence} at {wording.rate(rule, model)}{each}{factors}{victims}{ends}"


def _meals(cell: Any, model: Any) -> list[tuple[str, str, str]]:
    meals = []
    for (eater, cytokine), (most, half) in model.uptakes.items():
        who, trait = model.carriers.get(eater, (eater, ""))
        if who == cell.name:
            amount = wording.named(most, wording.molecules(most))
            full = f"at most {amount}{f' x {trait}' if trait else ''}"
            full += f" (half at {wording.named(half, f'{half:.4g} nM')})"
            text = f"{who} takes up {cytokine} by {f'its {trait}' if trait else 'receptors'}, {full}"
            meals.append((text, "both IL-2 fields", f"the uptake of {cytokine} by {eater}"))
    return meals


def _words(model: Any) -> list[str]:
    """Definitions of traits and dissolved factors."""
    names = [name for name in (*model.traits, *model.cytokines) if name in model.meanings]
    return ["definitions", *(f"  {name}: {model.meanings[name]}" for name in names)] if names else []


def _fields(model: Any, with_lines: bool) -> list[str]:
    """Dissolved factors: how far each reaches, and with what lag it is sensed."""
    lines = []
    if model.has("il2"):
        spread, gone = (model.parameters[f"il2.{name}"] for name in ("diffusivity", "half_life"))
        moves = f"spreads at {spread.name} = {spread.value:.4g} {spread.unit}"
        leaves = f"is lost with {gone.name} = {gone.value:.4g} {gone.unit}, beside what cells take up"
        lines.append(f"  il2 {moves} and {leaves} [both IL-2 fields] {_file(spread.name, model, with_lines)}")
        lines += [
            f"  il2 {text} [both IL-2 fields] {_file(name, model, with_lines)}"
            for name, text in _more_of_il2(model)
        ]
    for name, steady in model.steady.items():
        lag = wording.named(steady.lag_h, f"{steady.lag_h:.4g} h")
        late = f", sensed with a lag of {lag}" if steady.lag_h else ""
        length = wording.named(steady.length_um, f"{steady.length_um:.4g} um")
        file = _file(f"steady cytokine {name!r}", model, with_lines)
        more = (f"{name}.{each}" for each in ("diffusivity", "pore_fraction"))
        told = "".join(
            f", {wording.of_number(model.parameters[each])}" for each in more if each in model.parameters
        )
        lines.append(f"  {name} falls e-fold in {length}{late}{told} [immune clock] {file}")
    return ["dissolved factors", *lines] if lines else []


def _more_of_il2(model: Any) -> list[tuple[str, str]]:
    """What else makes and takes IL-2: the number that says so, and the sentence."""
    basal, outflow = (model.parameters[f"il2.{name}"] for name in ("basal", "outflow"))
    said = [
        (basal.name, f"is made by the tissue; untreated it stands at {basal.name} = {basal.value:.4g} nM")
    ]
    moves = "is carried outwards by fluid, at the edge" if outflow.value > 0.0 else "is not carried by fluid,"
    said.append((outflow.name, f"{moves} {wording.of_number(outflow)}"))
    if model.has("leak"):
        gain = model.parameters["leak.clearance_gain"]
        said.append((gain.name, f"leaves 1 + ({gain.name} = {gain.value:.4g}) x vascular_leak times as fast"))
    return said


def _outside(model: Any) -> list[str]:
    """Numbers that somebody set beyond their declared ranges; absent where there are none."""
    lines = [
        f"  {each.name} = {each.value:g} {each.unit} ({each.low:g} to {each.high:g})"
        for each in model.parameters.values()
        if each.is_outside
    ]
    return ["set outside their ranges", *lines] if lines else []


def _changes(model: Any) -> list[str]:
    """What mechanisms do to rules of others; absent where none does."""
    deeds: dict[str, list[str]] = {}
    for change in model.changed:
        author = model.authors[change.sentence]
        if author != change.mechanism and _stands(change, model):
            deeds.setdefault(change.mechanism, []).append(
                f"{change.sentence} ({author}): {_deed(change, model)}"
            )
    for walk in (each for each in model.walks if each.uphill):
        mechanism, thing = model.authors[f"the pull on {walk.cell}"], f"the walk of {walk.cell}"
        text = f"{thing} ({model.authors[thing]}): {wording.pull(walk.uphill)}"
        deeds.setdefault(mechanism, []).append(text)
    for (cell, trait), author in model.replaced.items():
        thing = f"the first {trait} of {cell}"
        text = f"{thing} ({author}): {wording.start(cell, trait, model)}"
        deeds.setdefault(model.authors[thing], []).append(text)
    lines = [
        line for name, mine in deeds.items() for line in (f"{name} changes", *(f"  {deed}" for deed in mine))
    ]
    return ["", "Interactions between mechanisms", *lines] if lines else []


def _stands(change: Any, model: Any) -> bool:
    """Whether a factor is still there: one of a cell type that is knocked out is not."""
    rule = model.rules.get(change.sentence)
    return change.modifier is None or (rule is not None and change.modifier in rule.modifiers)


def _deed(change: Any, model: Any) -> str:
    """What a mechanism does to another's rule."""
    if change.drops:
        said = (each for each, author in model.authors.items() if author == change.mechanism)
        instead = [each for each in said if each in model.rules and each.startswith(change.sentence)]
        return f"replaces it by: {', '.join(instead)}" if instead else "removes it"
    if change.modifier:
        return wording.factor(change.modifier, model)
    return ", ".join(wording.marks(change.sets, change.adds))


def _file(thing: str, model: Any, with_lines: bool) -> str:
    author = model.authors.get(thing, thing.partition(".")[0])
    place = model.places.get(thing, "") if with_lines else ""
    return str(place or shown_path(author))
