"""The models of many configs, which differ in a few numbers, checked without declaring each of them."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isnan, nan

from il2sim.models.build import build
from il2sim.models.config.model import Config
from il2sim.sim.language.model import Parameter
from il2sim.sim.language.units import UnitError, quantity

FULLY = 40  # models that are all built; of more, those at the ends of each number
Kind = tuple[tuple[str, ...], str, bool]  # mechanisms, phenotype, `allow_outside`


def check_models(configs: Iterable[Config]) -> None:
    """Let the different models of configs be declared: a misspelt number is refused before anything runs.

    Of many models each kind is declared once, and where a number is lowest and highest; every other value is
    held against the unit and range that its number was declared with. Raises ConfigError.
    """
    different: dict[tuple[Kind, tuple[tuple[str, str], ...]], Config] = {}
    for config in {id(config): config for config in configs}.values():
        different[_kind(config), tuple(sorted(config.set.items()))] = config
    if len(different) <= FULLY:
        for config in different.values():
            build(config)
        return
    for _, group in itertools.groupby(sorted(different, key=str), lambda key: key[0]):
        _check_kind([different[key] for key in group])


def _kind(config: Config) -> Kind:
    return config.mechanisms, config.patient.phenotype, config.allow_outside


def _check_kind(configs: Sequence[Config]) -> None:
    """Configs that differ in numbers alone, as far as their models go."""
    declared = build(configs[0]).parameters
    values: dict[str, dict[str, tuple[float, Config]]] = {}
    for config in configs:
        for name, text in config.set.items():
            known = values.setdefault(name, {})
            if text not in known:
                known[text] = _value(config, name, text, declared), config
    ends = [end for known in values.values() for end in _ends(known.values())]
    for config in {id(config): config for config in ends}.values():
        build(config)


def _value(config: Config, name: str, text: str, declared: Mapping[str, Parameter]) -> float:
    """A number in its own unit; where it cannot stand, the model itself says why."""
    number = declared.get(name)
    try:
        found = quantity(text, number.unit) if number else nan
    except UnitError:
        found = nan
    if number is None or isnan(found):
        is_refused = True
    else:
        is_refused = bool(replace(number, value=found, overridden=True).refusal(config.allow_outside))
    if is_refused:
        build(config)
    return found


def _ends(known: Iterable[tuple[float, Config]]) -> Iterator[Config]:
    """Where a number that differs is lowest and highest."""
    ranked = sorted(known, key=lambda each: each[0])
    if len(ranked) > 1:
        yield from (ranked[0][1], ranked[-1][1])
