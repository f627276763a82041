"""A settled tumour: what every arm of one woman shares before the first injection."""

import json
from dataclasses import dataclass

from models.config import Config, ConfigError
from sim.tissue import Tissue


@dataclass(frozen=True)
class Baseline:
    """A settled tumour: what every arm of one woman shares. Whoever starts from it copies the tissue."""

    tumour: str
    seed: int
    tissue: Tissue
    tick: int
    kill_rate: float  # 1/h per viable tumour cell
    spells: int


def tumour_key(config: Config) -> str:
    """What settling depends on: everything but the schedule."""
    resolved = {
        key: value for key, value in config.resolved().items() if key not in ("name", "schedule", "sweep")
    }
    return json.dumps(resolved, sort_keys=True)


def check_same(baseline: Baseline, config: Config, seed: int) -> None:
    """Raises ConfigError for a baseline of another tumour or seed."""
    if (baseline.tumour, baseline.seed) != (tumour_key(config), seed):
        raise ConfigError("baseline: it was settled for another tumour or another seed")
