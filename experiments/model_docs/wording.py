"""Numbers, signals and factors of the model's sentences in words; a number that has a name says it."""

from __future__ import annotations

from typing import Any

from scipy.constants import N_A

from il2sim.models.biology.killing.hit_rates import hits_per_hour

SOLVED = {"enters": "influx", "divides": "birth_rate"}
TIMES = {"1/h": "hour", "1/day": "day", "1/d": "day"}
MOLECULES_PER_S = 1e-9 * N_A / 3600.0  # of one nmol/h


def named(value: float, text: str = "") -> str:
    """A number as `--set` takes it, "cd8.priming = 0.368"; or the number alone where it has no name."""
    text, name = text or f"{value:.4g}", getattr(value, "name", "")
    return f"{name} = {text}" if name else text


def of_number(number: Any) -> str:
    """A declared number with its name and unit."""
    return f"{number.name} = {number.value:.4g}{'' if number.unit == '1' else f' {number.unit}'}"


def rate(rule: Any, model: Any) -> str:
    """How often a rule acts, in the unit in which its number is declared."""
    number = model.parameters.get(f"{rule.cell}.{SOLVED.get(rule.verb)}")
    if number is not None and number.known == "solved":
        if number.overridden:
            return f"{number.name} = {model.value(number.name):.4g} per hour"
        return f"a rate solved before treatment ({number.name})"
    if rule.law:
        return named(
            rule.rate, f"{rule.rate * 24.0:.4g} kills a day ({hits_per_hour(rule):.2g} hits an hour)"
        )
    if rule.verb == "secretes" and rule.other in model.relative:
        return "a rate that makes its mean 1 where there are as many as usual"
    if rule.verb == "secretes":
        return named(rule.rate, molecules(rule.rate))
    own = model.parameters.get(getattr(rule.rate, "name", "").partition(" x ")[0])
    if own is not None and own.unit in TIMES:
        inside = model.value(own.name)
        often = own.value * rule.rate / inside if inside else 0.0
        return named(rule.rate, f"{often:.4g} per {TIMES[own.unit]}")
    return named(rule.rate, f"{rule.rate:.4g} per hour")


def mean_time(per_hour: float) -> str:
    """The mean time to an event of this rate; a rate that is 1 / a number is that number."""
    text, name = f"{1.0 / per_hour:.4g} h", getattr(per_hour, "name", "").removeprefix("1 / ")
    return f"{name} = {text}" if name else text


def molecules(nmol_per_h: float) -> str:
    """Of secretion or uptake."""
    return f"{nmol_per_h * MOLECULES_PER_S:.4g} molecules a second"


def factor(modifier: Any, model: Any) -> str:
    """What a modifier makes of its rate."""
    seen = signal(modifier.signal)
    half = named(modifier.half, f"{modifier.half:.4g}{_unit(modifier, model)}")
    if modifier.kind == "lowered" and modifier.limit == 0.0 and modifier.hill == 1:
        return f"divided by 1 + ({seen}) / ({half})"
    steep = f", Hill {named(modifier.hill)}" if modifier.hill > 1 or hasattr(modifier.hill, "name") else ""
    limit = named(modifier.limit)
    texts = {
        "raised": f"raised up to {limit}-fold by {seen} (half at {half}{steep})",
        "lowered": f"lowered to {limit} by {seen} (half at {half}{steep})",
        "gated": f"only with {seen} (half at {half}{steep})",
        "also": f"or with {seen} (half at {half}{steep}), either sufficing",
        "times": f"times {seen}",
        "less": f"times 1 minus {seen}",
        "more": f"times 1 + {f'({limit})' if '=' in limit else limit} x {seen}",
    }
    return texts[modifier.kind]


def _unit(modifier: Any, model: Any) -> str:
    if modifier.signal.kind == "cytokine":
        return "" if modifier.signal.name in model.relative else " nM"
    cells = " cell" if modifier.half == 1.0 else " cells"
    return cells if modifier.signal.kind in ("near", "within") else ""


def signal(seen: Any) -> str:
    """What is sensed."""
    if seen.kind == "within":
        own = f"1 + its {seen.weight}" if seen.each else f"its {seen.weight}"
        weight = f", each counting {own}" if seen.weight else ""
        return f"the {seen.name} within {named(seen.radius_um, f'{seen.radius_um:g} um')}{weight}"
    return f"touching {seen.name}" if seen.kind == "near" else str(seen.name)


def marks(sets: Any, adds: Any) -> list[str]:
    """What a division does to traits."""
    return [f"the new cell has {trait} {value:.4g}" for trait, value in sets] + [
        f"both cells gain {named(value)} of {trait}" for trait, value in adds
    ]


def room(rule: Any) -> str:
    """Where a solid daughter goes."""
    return (
        f"a daughter fills the nearest {rule.into} voxel; as many as make the tumour grow by "
        f"{rule.expands * 24.0:.2g} per day widen the bed (a third of these, on a section, out of its plane)"
    )


def start(cell: str, trait: str, model: Any) -> str:
    """What a new cell is like."""
    value, is_share = model.initial[cell, trait]
    width = model.patches.get((cell, trait))
    patches = f", in patches about {named(width, f'{width:.4g} um')} wide" if width else ""
    many = f"1 in a share of the cells, {named(value)}, and 0 in the rest" if is_share else named(value)
    return f"{trait} at {many}{patches}"


def walk(course: Any) -> str:
    """Speeds by tissue, across borders, and what turns it."""
    places = [*_speeds(course.within, "in"), *_speeds(course.entry, "into")]
    inside = f" ({', '.join(places)})" if places else ""
    kept = named(course.persistence_min, f"{course.persistence_min:.4g} min")
    turns = f"keeping its direction for {kept}"
    if course.uphill is not None:
        turns += f", and {pull(course.uphill)}"
    return f"{course.cell} migrates at {named(course.speed, f'{course.speed:.4g} um/min')}{inside}, {turns}"


def _speeds(of: Any, preposition: str) -> list[str]:
    """Tissues with one speed together."""
    places: dict[float, list[str]] = {}
    for where, speed in of.items():
        places.setdefault(speed, []).append(where)
    return [f"{named(speed)} {preposition} {' and '.join(where)}" for speed, where in places.items()]


def pull(up: Any) -> str:
    """How a walk follows a slope."""
    return (
        f"up to {named(up.bias)} of its turns go up the slope of {up.cytokine} "
        f"(of ln(1 + c / {named(up.half, f'{up.half:.4g} nM')}); that many where it rises by 1 in "
        f"{named(up.reach_um, f'{up.reach_um:.4g} um')})"
    )
