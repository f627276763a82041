"""Every number a config and its mechanisms declare: value, unit, range, source and how it is known."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from il2sim.experiments.study.design import Point, labels_of, points
from il2sim.experiments.study.execute import plain
from il2sim.experiments.study.results import at
from il2sim.models import Config
from il2sim.models.build import build, mechanisms, remarks
from il2sim.models.config.mechanisms import mechanism_names
from il2sim.models.config.outside_mechanisms import names_of, outside_of

MOST_ALIKE = 3
_NUMBER = re.compile(r"[\d.,]+")


def numbers(config: Config) -> list[dict[str, Any]]:
    """Cards of all numbers, the config's own first; a value still to be solved for a tumour is None.

    Raises ConfigError for an override that can't stand.
    """
    found = (*config.numbers(), *build(config).parameters.values())
    return [plain({**asdict(number), "outside": number.is_outside}) for number in found]


def everything(config: Config | None = None) -> Config:
    """The defaults with every mechanism of the package on; for a config also those that are installed, and
    those that it has from outside.
    """
    outside = [] if config is None else list(filter(outside_of, config.mechanisms))
    named = set(names_of(outside))
    names = [name for name in (mechanism_names() if config is None else mechanisms()) if name not in named]
    return Config().with_values({"mechanisms": f"[{', '.join((*names, *outside))}]"})


def notes(config: Config) -> list[str]:
    """What every report says of a config: its remarks, or those of every point of its sweep.

    A remark that holds in every point stands alone, any other beside where it holds. Of more
    than three that differ in their numbers alone the first stands for the others.
    """
    asked = points(config) or [{}]
    where: dict[str, list[Point]] = {}
    for point in asked:
        for remark in remarks(config.with_values(point) if point else config):
            where.setdefault(remark, []).append(point)
    alike: dict[str, list[str]] = {}
    for remark, found in where.items():
        said = remark if len(found) == len(asked) else f"{_places(found)}: {remark}"
        alike.setdefault(_NUMBER.sub("#", remark), []).append(said)
    return [text for several in alike.values() for text in _first_of(several)]


def _places(found: list[Point]) -> str:
    """The first arm by name and how many more there are."""
    more = len(found) - 1
    also = f" and in {more} more {'arm' if more == 1 else 'arms'}" if more else ""
    return at(labels_of(found[0])) + also


def _first_of(several: list[str]) -> list[str]:
    if len(several) <= MOST_ALIKE:
        return several
    return [f"{several[0]}; and the like, with other numbers, in {len(several) - 1} more arms"]


def amount(number: dict[str, Any]) -> str:
    """A card's value with its unit, as a config would write it."""
    if number["value"] is None:
        return "solved for each tumour"
    return f"{number['value']:.4g}" + ("" if number["unit"] == "1" else f" {number['unit']}")
