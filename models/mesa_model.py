"""The tumour as a Mesa model, for people who know Mesa: same cells, same digest, no Mesa agent per cell.

The only file that imports Mesa, so import it late: Mesa 3.3 makes every later child process a spawned one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from il2sim.models.config.model import Config, ConfigError, check_config
from il2sim.models.config.values import describe
from il2sim.models.mesa_batch import KeptSteps, WithoutSeed, batch_of_caller
from il2sim.models.seeds import checked_seed
from il2sim.models.simulation import Simulation
from il2sim.models.tissue.equilibration import Baseline
from il2sim.sim.result import Result, Snapshot

_COLLECTED_AS = {"width_mm": "width_now_mm"}  # batch_run lets a reporter overwrite the parameter of its name
_NAMED = {
    "width_mm": ("patient.width", "mm", 1.0),
    "dose_miu_per_mm": ("schedule.dose", "MIU/mm", 1.0),
    "stil": ("patient.stil", "%", 100.0),
}


class TumourModel(mesa.Model):  # type: ignore[misc, unused-ignore]  # Mesa comes without types
    """One virtual tumour from the first injection to surgery; a step is one tick (10 min).

    Making one settles the infiltrate, two simulated weeks or more, unless a `baseline` of the same tumour and
    seed is given, and waits from a biopsy to day 0, if there is one. Steps beyond surgery change nothing.

    config          what to run, or the path of its file; the default is a 10-mm section on the registered
                    protocol
    seed            of the simulation, 0 to 2147483647; drawn when absent, kept in `seed`
    rng             the same by the name Mesa has for it; a whole number too, no generator
    width_mm, dose_miu_per_mm, stil (a share, 0 to 1)    replace those of the config, as numbers or as texts
                    with their unit; for `batch_run`

    `datacollector` holds one row per step and one for day 0: the seed, and under the names of `Result.series`
    (the present width as `width_now_mm`) the state, of which a row every 6 h is new and is repeated until the
    next. The endpoints of `Result.endpoints` come with the row of surgery, and are None in those before.

    `batch_run` needs as many `max_steps` as the course has, 144 a day; its own limit is 1000, and a warning
    says where that is too few. Sweep seeds as `seed`: of a swept `rng` Mesa 3.5 makes None.

    Raises ConfigError for what cannot be built, SimError or FieldError for what cannot go on, PathologyError
    at surgery for a tumour that cannot be read.

    >>> model = TumourModel(width_mm=0.5, seed=1)  # doctest: +SKIP
    >>> while model.running:  # doctest: +SKIP
    ...     model.step()
    >>> model.datacollector.get_model_vars_dataframe()  # doctest: +SKIP
    """

    __signature__ = WithoutSeed()

    def __init__(
        self,
        config: Config | str | Path | None = None,
        seed: int | None = None,
        baseline: Baseline | None = None,
        *,
        width_mm: float | str | None = None,
        dose_miu_per_mm: float | str | None = None,
        stil: float | str | None = None,
        rng: int | None = None,
    ) -> None:
        given = _seed_given(seed, rng)
        super().__init__(rng=given)
        self.running: bool = True
        self.seed = int(self.rng.integers(2**31)) if given is None else given
        self.config = adjusted(
            _config_given(config), {"width_mm": width_mm, "dose_miu_per_mm": dose_miu_per_mm, "stil": stil}
        )
        self._batch = batch_of_caller()
        self._result: Result | None = None
        if self._batch is not None:
            days = self.config.schedule.surgery_day
            self._batch.warn(round(days * self.ticks_per_day), days)
        self.simulation = Simulation(self.config, self.seed, baseline)
        while self.simulation.is_settling:
            self.simulation.step()
        names = {_COLLECTED_AS.get(name, name): name for name in self.latest}
        reporters: dict[str, Any] = {shown: partial(_reported, name=name) for shown, name in names.items()}
        self.datacollector = mesa.DataCollector(model_reporters={"seed": "seed", **reporters})
        if hasattr(self.datacollector, "_collection_steps"):  # from Mesa 3.5 on
            self.datacollector._collection_steps = KeptSteps()
        self.datacollector.collect(self)

    def __repr__(self) -> str:
        last = self.config.schedule.surgery_day
        return f"<TumourModel of {self.config.name!r}, seed {self.seed}: day {self.day:.4g} of {last:g}>"

    def step(self) -> None:
        """One tick of the simulation, and a row for the collector."""
        if self.running:
            self.simulation.step()
            self.running = not self.simulation.finished
            if not self.running:
                self._report_endpoints()
            self.datacollector.collect(self)
            if not self.running and self._batch is not None:
                self._end_batch()

    def _report_endpoints(self) -> None:
        """Columns for what surgery has shown, empty in the rows so far."""
        known = self.datacollector.model_vars
        rows = len(known["day"])
        for name in self.result().endpoints.keys() - known.keys():
            self.datacollector._new_model_reporter(name, partial(_read, name=name))
            known[name] += [None] * rows

    def _end_batch(self) -> None:
        """Before 3.5 Mesa's batch_run takes the row of day 0 for that of the first step: it leaves out the
        last one, unless there seems to be one step more.
        """
        if not hasattr(self.datacollector, "_collection_steps"):
            self.steps += 1

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
        if self._result is None:
            self._result = self.simulation.result()
        return self._result


def adjusted(config: Config, numbers: Mapping[str, object]) -> Config:
    """The config with these numbers, by the names of `TumourModel`, in place of its own; None leaves one.

    Raises ConfigError, by those names.
    """
    given = {name: value for name, value in numbers.items() if value is not None}
    texts = {_NAMED[name][0]: _text(name, value) for name, value in given.items()}
    return config.with_values(texts, {_NAMED[name][0]: name for name in given}) if given else config


def _text(name: str, value: object) -> str:
    """A number with the unit of its name, or a text as it is."""
    _, unit, size = _NAMED[name]
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ConfigError(
            f"{name}: {describe(value)} is no number and no text with a unit, like '{0.5 * size:g} {unit}'"
        )
    return f"{size * float(str(value)):.12g} {unit}"  # through text: 0.1 of 32 bits is 0.1


def _config_given(config: Config | str | Path | None) -> Config:
    if isinstance(config, (str, Path)):
        return Config.load(config)
    found = Config() if config is None else config
    check_config(found)
    return found


def _seed_given(seed: object, rng: object) -> int | None:
    if seed is not None and rng is not None:
        raise ConfigError("seed, rng: both are given, and mean the same; leave one of them out")
    name, value = ("seed", seed) if rng is None else ("rng", rng)
    return None if value is None else checked_seed(value, name)


def _reported(model: TumourModel, name: str) -> float:
    return model.latest[name]


def _read(model: TumourModel, name: str) -> Any:
    return model.result().endpoints.get(name)


def _read_only(layer: NDArray[np.generic]) -> NDArray[np.generic]:
    view = layer.view()
    view.flags.writeable = False
    return view
