"""The tumour as a Mesa model, for people who know Mesa: same cells, same digest, no Mesa agent per cell.

The only file that imports Mesa, so import it late: Mesa 3.3 makes every later child process a spawned one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import mesa
import numpy as np
from numpy.typing import NDArray

from models.config import Config
from models.settled import Baseline
from models.simulation import Simulation
from sim.result import Result, Snapshot

_COLLECTED_AS = {"width_mm": "width_now_mm"}  # batch_run lets a reporter overwrite the parameter of its name


class TumourModel(mesa.Model):  # type: ignore[misc, unused-ignore]  # Mesa comes without types
    """One virtual tumour from the first injection to surgery; a step is one tick (10 min).

    Making one settles the infiltrate, two simulated weeks or more, unless a `baseline` of the same tumour and
    seed is given, and waits from a biopsy to day 0, if there is one. Steps beyond surgery change nothing.

    config          what to run; the default is a 10-mm section on the registered protocol
    seed            of the simulation; drawn by Mesa when absent, kept in `seed`
    width_mm, dose_miu_per_mm, stil (a share, 0 to 1)    replace those of the config; for `batch_run`

    `datacollector` holds one row per step and one for day 0, under the names of `Result.series` (the present
    width as `width_now_mm`). The series has a row every 6 h; until the next one the last is repeated.
    Raises ConfigError for what cannot be built, SimError or FieldError for what cannot go on.
    """

    def __init__(
        self,
        config: Config | None = None,
        seed: int | None = None,
        baseline: Baseline | None = None,
        *,
        width_mm: float | None = None,
        dose_miu_per_mm: float | None = None,
        stil: float | None = None,
    ) -> None:
        super().__init__(rng=seed)
        self.running: bool = True
        self.seed = int(self.rng.integers(2**31)) if seed is None else int(seed)
        self.config = adjusted(config or Config(), width_mm, dose_miu_per_mm, stil)
        self.simulation = Simulation(self.config, self.seed, baseline)
        while self.simulation.is_settling:
            self.simulation.step()
        names = {_COLLECTED_AS.get(name, name): name for name in self.latest}
        reporters = {shown: partial(_reported, name=name) for shown, name in names.items()}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)
        self.datacollector.collect(self)

    def step(self) -> None:
        """One tick of the simulation, and a row for the collector."""
        if self.running:
            self.simulation.step()
            self.running = not self.simulation.finished
            self.datacollector.collect(self)

    def advance(self, n: int) -> None:
        """`n` ticks, or fewer when surgery comes first."""
        for _ in range(n):
            if not self.running:
                return
            self.step()

    @property
    def ticks_per_day(self) -> int:
        """Steps that make a day."""
        return round(1440.0 / self.config.clocks.tick_min)

    @property
    def day(self) -> float:
        """Days since the first injection."""
        return self.simulation.day

    @property
    def latest(self) -> Mapping[str, float]:
        """The newest row of the series, its `day` included."""
        assert self.simulation.recorder is not None, "recording starts with treatment"
        return self.simulation.recorder._rows[-1]

    @property
    def type_names(self) -> Mapping[str, tuple[str, ...]]:
        """What the codes of the layers "solid" and "immune" mean; code 0 is "empty"."""
        return self.simulation.table.cells

    @property
    def property_layers(self) -> Mapping[str, NDArray[np.generic]]:
        """Read-only arrays over the voxels, [x, y] or [x, y, z], as they are now.

        "solid" and "immune" hold type codes, "bed" whether a voxel was ever inside the tumour; these three
        are views that stay live. "il2" (nM), where the model has it, is a copy, each field voxel repeated.
        """
        tissue, grid = self.simulation.tissue, self.simulation.tissue.lattice.grid
        layers: dict[str, NDArray[np.generic]] = {
            name: grid(layer.type_at) for name, layer in tissue.layers.items()
        }
        layers["bed"] = grid(tissue.bed)
        cytokines = self.simulation.table.cytokines
        if "il2" in cytokines:
            layers["il2"] = grid(tissue.concentration[cytokines.index("il2")][tissue.field_of])
        return {name: _read_only(layer) for name, layer in layers.items()}

    def snapshot(self) -> Snapshot:
        """A copy of the tissue as it is now."""
        assert self.simulation.recorder is not None, "recording starts with treatment"
        return self.simulation.recorder.snapshot(self.day)

    def result(self) -> Result:
        """What `models.simulate` gives for this config and seed. Raises RuntimeError before surgery."""
        return self.simulation.result()


def adjusted(
    config: Config, width_mm: float | None, dose_miu_per_mm: float | None, stil: float | None
) -> Config:
    """The config with these numbers in place of its own; None leaves one as it is."""
    texts = {
        "patient.width": None if width_mm is None else f"{width_mm:.12g} mm",
        "schedule.dose": None if dose_miu_per_mm is None else f"{dose_miu_per_mm:.12g} MIU/mm",
        "patient.stil": None if stil is None else f"{100.0 * stil:.12g} %",
    }
    given = {key: text for key, text in texts.items() if text is not None}
    return config.with_values(given) if given else config


def _reported(model: TumourModel, name: str) -> float:
    return model.latest[name]


def _read_only(layer: NDArray[np.generic]) -> NDArray[np.generic]:
    view = layer.view()
    view.flags.writeable = False
    return view
