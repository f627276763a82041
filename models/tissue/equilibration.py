"""A settled tumour: what every arm of one virtual patient shares before the first injection."""

import json
import math
from dataclasses import dataclass

import numpy as np

from il2sim.models.config.model import Config, ConfigError
from il2sim.models.drug.treatment_effects import SILENT_AT_REST
from il2sim.sim.engine import Clocks
from il2sim.sim.sums import added
from il2sim.sim.tissue import Tissue

LEAP_HOURS = 72.0
FEWEST_SPELLS, MOST_SPELLS = 2, 12
_LEAPS, _LIFE_HOURS = 40, 1.5  # burn-in: 120 d of traits in leaps, 90 min of life between them
_SPELL_HOURS = 84.0  # over which kills are counted while the infiltrate settles


@dataclass(frozen=True)
class Baseline:
    """A settled tumour: what every arm of one patient shares. Whoever starts from it copies the tissue."""

    tumour: str
    seed: int
    tissue: Tissue
    tick: int
    kill_rate: float  # 1/h per viable tumour cell
    spells: int
    infiltrate: dict[str, tuple[int, int]]  # immune cells asked for and found, of each type

    def __repr__(self) -> str:
        cells = added(found for _, found in self.infiltrate.values())
        return f"<Baseline: seed {self.seed}, settled in {self.spells} spells, {cells} immune cells>"


@dataclass(frozen=True)
class SettlingTimes:
    """How long a tumour lives before day 0, in ticks, whatever the clocks: a past in leaps, then spells."""

    leap: int  # from one leap of the burn-in to the next
    spell: int  # over which kills are counted: whole solid steps, as viable cells are counted once in each
    tick_hours: float

    @classmethod
    def of(cls, clocks: Clocks) -> "SettlingTimes":
        """At these clocks."""
        solid_hours = clocks.tick_hours * clocks.solid_ticks
        return cls(
            max(1, round(_LIFE_HOURS / clocks.tick_hours)),
            clocks.solid_ticks * math.ceil(_SPELL_HOURS / solid_hours - 1e-9),
            clocks.tick_hours,
        )

    @property
    def burn_in(self) -> int:
        """Ticks of the burn-in."""
        return _LEAPS * self.leap

    @property
    def shortest(self) -> int:
        """Fewest ticks in which an infiltrate settles."""
        return self.burn_in + FEWEST_SPELLS * self.spell

    @property
    def shortest_days(self) -> float:
        """The same in days."""
        return self.shortest * self.tick_hours / 24.0


def tumour_key(config: Config) -> str:
    """What settling depends on: all but the schedule (which may ask for a larger lattice), what is silent at
    rest, and how the tissue is read.
    """
    silent = ("name", "schedule", "sweep", "pathology")
    resolved = {key: value for key, value in config.said().items() if key not in silent}
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

    Whoever settled it may have had other responses: their fields come last (`models.build`), at baseline 0.
    """
    tissue = baseline.tissue.copy()
    fields = np.zeros((max(cytokines, 1), tissue.concentration.shape[1]))
    known = min(len(fields), len(tissue.concentration))
    fields[:known] = tissue.concentration[:known]
    tissue.concentration = fields
    return tissue
