"""A settled tumour: what every arm of one woman shares before the first injection."""

import json
from dataclasses import dataclass

import numpy as np

from models.config import Config, ConfigError
from models.responses import SILENT_AT_REST
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
    """What settling depends on: all but the schedule (which may ask for a larger lattice), what is silent at
    rest, and how the tissue is read.
    """
    silent = ("name", "schedule", "sweep", "pathology")
    resolved = {key: value for key, value in config.resolved().items() if key not in silent}
    resolved["mechanisms"] = [name for name in resolved["mechanisms"] if name not in SILENT_AT_REST]
    resolved["set"] = {
        name: text for name, text in resolved["set"].items() if name.partition(".")[0] not in SILENT_AT_REST
    }
    return json.dumps(resolved | {"side": config.side_um}, sort_keys=True)


def check_same(baseline: Baseline, config: Config, seed: int) -> None:
    """Raises ConfigError for a baseline of another tumour or seed."""
    if (baseline.tumour, baseline.seed) != (tumour_key(config), seed):
        raise ConfigError("baseline: it was settled for another tumour or another seed")


def tissue_to_treat(baseline: Baseline, cytokines: int) -> Tissue:
    """A copy of the settled tissue with this number of fields.

    Whoever settled it may have had other responses: their fields come last (`models.build`), at rest 0.
    """
    tissue = baseline.tissue.copy()
    fields = np.zeros((max(cytokines, 1), tissue.concentration.shape[1]))
    known = min(len(fields), len(tissue.concentration))
    fields[:known] = tissue.concentration[:known]
    tissue.concentration = fields
    return tissue
