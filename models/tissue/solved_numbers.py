"""Solved numbers beyond belief: refused when settling ends, with the mechanism that moved them most.

A birth rate is solved from what is killed before any drug, arrivals from what dies and what calls cells in.
Somewhat beyond its sources' range such a number is flagged in reports; far beyond, the tumour of the
question does not exist, and a run would end weeks later for a reason that hides this one.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from il2sim.models.config.model import Config, ConfigError
from il2sim.sim.engine import Engine
from il2sim.sim.language.model import Model, Parameter, Rule

BEYOND = 3.0  # times either end of its range
_TUMOUR = "tumour"


class Cause(NamedTuple):
    """What moved a number: whose factor or rule, in which sentence, and by how many e-folds."""

    mechanism: str
    sentence: str
    moved: float


def check_solved(config: Config, model: Model, engine: Engine) -> None:
    """Raise ConfigError for the first solved number beyond `BEYOND` times either end of its range."""
    for number in model.parameters.values():
        is_solved = number.known == "solved" and not number.overridden and not math.isnan(number.value)
        if is_solved and not number.low / BEYOND <= number.value <= number.high * BEYOND:
            cause = _cause(model, engine, number)
            unit = number.unit
            raise ConfigError(
                f"{config.where('mechanisms')}: {number.name}: {number.value:.3g} {unit} is what holds the "
                f"untreated tumour, more than {BEYOND:g} times beyond its range {number.low:g} to "
                f"{number.high:g} {unit}; {cause.mechanism} moved it most "
                f"({cause.sentence!r}): weaken that, or set {number.name}, which is then not solved"
            )


def _cause(model: Model, engine: Engine, number: Parameter) -> Cause:
    """What moved it most; its own mechanism where nothing else did."""
    own = number.name.partition(".")[0]
    if own == _TUMOUR and number.value < number.low:
        return Cause(own, "tumour dies of natural loss", 0.0)  # killing only adds births
    parts = dict(_killers(model, engine) if own == _TUMOUR else _losses(model, engine, own))
    whole = math.fsum(parts.values())
    found = [Cause(own, number.name, 0.0)]
    for sentence, part in parts.items():
        author = model.authors[sentence]
        if author != own and part > 0.0:
            found.append(Cause(author, sentence, part / whole))
        found += _factors(model, engine, sentence, part / whole if whole > 0.0 else 0.0)
    if own != _TUMOUR:
        found += _factors(model, engine, f"{own} enters", 1.0)
    return max(found, key=lambda cause: cause.moved)


def _factors(model: Model, engine: Engine, sentence: str, share: float) -> Iterator[Cause]:
    """The factors that other mechanisms give a rule that makes this share of the number."""
    for modifier, factor in zip(model.rules[sentence].modifiers, engine.mean_factors(sentence), strict=True):
        for change in model.changed:
            if (change.sentence, change.modifier) == (sentence, modifier) and factor > 0.0:
                yield Cause(change.mechanism, sentence, share * abs(math.log(factor)))


def _killers(model: Model, engine: Engine) -> Iterator[tuple[str, float]]:
    """Hits on tumour cells, as often as they come."""
    rules = (rule for rule in model.rules.values() if rule.verb == "hits" and rule.other == _TUMOUR)
    yield from ((rule.sentence, _amount(engine, rule)) for rule in rules)


def _losses(model: Model, engine: Engine, cell: str) -> Iterator[tuple[str, float]]:
    """Deaths of a cell type."""
    rules = (rule for rule in model.rules.values() if rule.verb == "dies" and rule.cell == cell)
    yield from ((rule.sentence, _amount(engine, rule)) for rule in rules)


def _amount(engine: Engine, rule: Rule) -> float:
    """How often a rule of the immune layer acts now, 1/h."""
    code = engine.table.code(rule.cell)
    cells = int(engine.tissue.counts("immune", len(engine.table.cells["immune"]) - 1)[code])
    return cells * rule.rate * math.prod(engine.mean_factors(rule.sentence))
