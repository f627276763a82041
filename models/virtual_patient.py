"""The config and seed of one run, with the model and table made of them: once, and for all its phases."""

from dataclasses import dataclass

from il2sim.models.build import build, contact_substeps
from il2sim.models.config.model import Config
from il2sim.models.tissue.initial_tissue import lattice_of
from il2sim.sim.compile.arrays import Table, tabulate
from il2sim.sim.engine import Clocks, Declared, Engine
from il2sim.sim.language.model import Model
from il2sim.sim.tissue import Tissue

DIVISION = "tumour divides"
_DEATHS, _LOSS = "tumour dies", "tumour dies of natural loss"


@dataclass(frozen=True)
class VirtualPatient:
    """What every phase of a run is computed from. A run solves numbers of `model` and sets rates of `table`,
    so neither is ever shared by two runs.
    """

    config: Config
    seed: int
    model: Model
    table: Table

    @classmethod
    def of(cls, config: Config, seed: int) -> "VirtualPatient":
        """Declared and tabulated anew. ConfigError for what cannot stand."""
        model = build(config)
        return cls(config, seed, model, tabulate(model, lattice_of(config)))

    def engine(self, tissue: Tissue) -> Engine:
        """What steps this tissue."""
        clocks = self.config.clocks
        steps = Clocks(
            clocks.tick_min / 60.0, clocks.immune_ticks, clocks.solid_ticks, contact_substeps(self.config)
        )
        declared = Declared(list(self.model.rules.values()), self.model.walks)
        return Engine(tissue, self.table, declared, self.seed, steps)

    def killed(self, engine: Engine) -> int:
        """Tumour cells lost to anything but natural loss since the counts were last reset."""
        names = self.table.sentences
        lost = [row for row, name in enumerate(names) if name.startswith(_DEATHS) and name != _LOSS]
        return int(engine.counts.fired[lost].sum())


@dataclass(frozen=True)
class CourseClock:
    """Days since the first injection, from the tick on which that falls; negative before it."""

    start_tick: int
    tick_hours: float

    def day(self, tick: int) -> float:
        """The day of a tick."""
        return (tick - self.start_tick) * self.tick_hours / 24.0


def ticks_of(days: float, tick_hours: float) -> int:
    """The nearest whole number of ticks."""
    return round(24.0 * days / tick_hours)
