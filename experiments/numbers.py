"""Every number a config and its mechanisms declare: value, unit, range, source and how it is known."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from experiments.execute import plain
from models import Config
from models.build import build


def numbers(config: Config) -> list[dict[str, Any]]:
    """Cards of all numbers, the config's own first; a value still to be solved for a tumour is None.

    Raises ConfigError for an override that can't stand.
    """
    return [plain(asdict(number)) for number in (*config.numbers(), *build(config).parameters.values())]


def amount(number: dict[str, Any]) -> str:
    """A card's value with its unit, as a config would write it."""
    if number["value"] is None:
        return "solved for each tumour"
    return f"{number['value']:.4g}" + ("" if number["unit"] == "1" else f" {number['unit']}")
