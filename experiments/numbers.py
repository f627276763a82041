"""Every number a config and its mechanisms declare: value, unit, range, source and how it is known."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from models import Config
from models.build import build


def numbers(config: Config) -> list[dict[str, Any]]:
    """Cards of all numbers, the config's own first. Raises ConfigError for an override that can't stand."""
    return [asdict(number) for number in (*config.numbers(), *build(config).parameters.values())]
