"""Every number a config and its mechanisms declare: value, unit, range, source and how it is known."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from experiments.execute import plain
from models import Config
from models.build import build, outside_remarks, remarks


def numbers(config: Config) -> list[dict[str, Any]]:
    """Cards of all numbers, the config's own first; a value still to be solved for a tumour is None.

    Raises ConfigError for an override that can't stand.
    """
    found = (*config.numbers(), *build(config).parameters.values())
    return [plain({**asdict(number), "outside": number.is_outside}) for number in found]


def notes(config: Config) -> list[str]:
    """What every report says of a config: its remarks, and what its sweep sets beyond ranges; each once."""
    found = [*remarks(config)]
    if config.allow_outside and config.sweep is not None:
        for axis, texts in config.sweep.axes.items():
            for text in texts:
                found += outside_remarks(build(config.with_values({axis: text})))
    return list(dict.fromkeys(found))


def amount(number: dict[str, Any]) -> str:
    """A card's value with its unit, as a config would write it."""
    if number["value"] is None:
        return "solved for each tumour"
    return f"{number['value']:.4g}" + ("" if number["unit"] == "1" else f" {number['unit']}")
