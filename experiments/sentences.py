"""The model in English: every rule, walk and uptake of every cell type as a sentence, with its clock and the
file that says it; then what changes what.
"""

from __future__ import annotations

from typing import Any

from scipy.constants import N_A

from models import Config, Simulation

SOLVED = {"enters": "influx", "divides": "birth_rate"}
SPECIMEN = {"patient.width": "0.5 mm", "space.margin": "0.1 mm"}


def sentences(config: Config) -> list[str]:
    """A line per cell type, and below it its rules, indented; last, which mechanism changes whose rule."""
    specimen = Simulation(config.with_values(SPECIMEN), 0)  # rules and clocks are those of any width
    model, clocks = specimen.model, dict(zip(specimen.table.sentences, specimen.table.clocks, strict=True))
    found = []
    for cell in model.cells.values():
        found.append(f"{cell.name} ({cell.layer} layer)")
        found += [f"  {_start(*key, model)}" for key in model.initial if key[0] == cell.name]
        found += [
            f"  {_sentence(rule, model)} [{clocks[rule.sentence]} clock] {_file(rule.sentence, model)}"
            for rule in model.rules.values()
            if rule.cell == cell.name
        ]
        found += [
            f"  {_walk(walk)} [every tick] {_file(f'the walk of {walk.cell}', model)}"
            for walk in model.walks
            if walk.cell == cell.name
        ]
        found += [
            f"  {cell.name} takes up {cytokine} by {_receptors(eater, model)} [both books] "
            + _file(f"the uptake of {cytokine} by {eater}", model)
            for eater, cytokine in model.uptakes
            if model.carriers.get(eater, (eater,))[0] == cell.name
        ]
    return found + _fields(model) + _changes(model)


def _start(cell: str, trait: str, model: Any) -> str:
    value, is_share = model.initial[cell, trait]
    many = f"1 in {value:.4g} of the cells, 0 in the rest" if is_share else f"{value:.4g}"
    width = model.patches.get((cell, trait))
    where = f", in patches about {width:.4g} um wide" if width else ""
    file = _file(f"the first {trait} of {cell}", model)
    return f"{cell} starts with {trait} {many}{where} [once] {file}"


def _fields(model: Any) -> list[str]:
    """What cells secrete: how far it reaches and how late it is felt."""
    lines = []
    for name, spread in model.steady.items():
        late = f", felt {spread.lag_h:.4g} h late" if spread.lag_h else ""
        file = _file(f"steady cytokine {name!r}", model)
        lines.append(f"  {name} reaches {spread.length_um:.4g} um{late} [immune clock] {file}")
    return ["what cells secrete", *lines] if lines else []


def _changes(model: Any) -> list[str]:
    """What mechanisms do to rules of others; absent where none does."""
    lines = []
    for name in dict.fromkeys(change.mechanism for change in model.changed):
        mine = [each for each in model.changed if each.mechanism == name != model.authors[each.sentence]]
        lines += [f"{name} changes"] if mine else []
        lines += [f"  {each.sentence} ({model.authors[each.sentence]}): " + _deed(each) for each in mine]
    for walk in (each for each in model.walks if each.uphill):
        name, author = model.authors[f"the pull on {walk.cell}"], model.authors[f"the walk of {walk.cell}"]
        lines += [f"{name} changes"] if f"{name} changes" not in lines else []
        lines.append(f"  the walk of {walk.cell} ({author}): {_pull(walk.uphill)}")
    return ["", "What changes what", *lines] if lines else []


def _pull(up: Any) -> str:
    return (
        f"up to {up.bias:.4g} of its turns go up the slope of {up.cytokine} "
        f"(of ln(1 + c / {up.half:.4g} nM), all from 1 / {up.reach_um:.4g} um)"
    )


def _file(thing: str, model: Any) -> str:
    return f"models/{model.authors[thing]}.py"


def _sentence(rule: Any, model: Any) -> str:
    factors = "".join(f", {_factor(modifier)}" for modifier in rule.modifiers)
    victims = "".join(f", {_factor(modifier)} of the {rule.other}" for modifier in rule.victim_modifiers)
    release = f"; lets go at {rule.release:.4g} per hour" if rule.release else ""
    after = "".join(f"; {text}" for text in _marks(rule.daughters, rule.counts))
    return f"{rule.sentence} at {_rate(rule, model)}{factors}{victims}{release}{after}"


def _marks(sets: Any, adds: Any) -> list[str]:
    """What a division does to traits."""
    return [f"the new cell has {trait} {value:.4g}" for trait, value in sets] + [
        f"both cells gain {value:.4g} of {trait}" for trait, value in adds
    ]


def _deed(change: Any) -> str:
    """What a mechanism does to another's rule."""
    if change.drops:
        return "takes it away"
    return _factor(change.modifier) if change.modifier else ", ".join(_marks(change.sets, change.adds))


def _receptors(eater: str, model: Any) -> str:
    return f"its {model.carriers[eater][1]}" if eater in model.carriers else "receptors"


def _rate(rule: Any, model: Any) -> str:
    number = model.parameters.get(f"{rule.cell}.{SOLVED.get(rule.verb)}")
    if number is not None and number.known == "solved":
        if number.overridden:
            return f"{model.value(number.name):.4g} per hour"
        return f"a rate solved for each tumour ({number.name})"
    if rule.law:
        return f"{rule.rate * 24.0:.4g} kills a day"
    if rule.verb == "secretes":
        return f"{rule.rate * 1e-9 * N_A / 3600.0:.4g} molecules a second"
    return f"{rule.rate:.4g} per hour"


def _factor(modifier: Any) -> str:
    signal, half = _signal(modifier.signal), f"half at {modifier.half:.4g}"
    steep = f", Hill {modifier.hill}" if modifier.hill > 1 else ""
    texts = {
        "raised": f"raised up to {modifier.limit:.4g}-fold by {signal} ({half}{steep})",
        "lowered": f"lowered to {modifier.limit:.4g} by {signal} ({half}{steep})",
        "gated": f"only with {signal} ({half}{steep})",
        "times": f"times {signal}",
        "less": f"times 1 minus {signal}",
    }
    return texts[modifier.kind]


def _signal(signal: Any) -> str:
    if signal.kind == "within":
        own = f"1 + its {signal.weight}" if signal.each else f"its {signal.weight}"
        weight = f", each counting {own}" if signal.weight else ""
        return f"the {signal.name} within {signal.radius_um:g} um{weight}"
    return f"touching {signal.name}" if signal.kind == "near" else str(signal.name)


def _walk(walk: Any) -> str:
    places = [f"{speed:.4g} in {where}" for where, speed in walk.within.items()]
    places += [f"{speed:.4g} into {where}" for where, speed in walk.entry.items()]
    inside = f" ({', '.join(places)})" if places else ""
    course = f"keeping its direction for {walk.persistence_min:.4g} min"
    if walk.uphill is not None:
        course += f", and {_pull(walk.uphill)}"
    return f"{walk.cell} walks at {walk.speed:.4g} um/min{inside}, {course}"
