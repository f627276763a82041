"""One run: config, seed and place in a design, carried out once; back come a record, series and sections.

Writes no file and knows no other run: it may be carried out in this process, another, or elsewhere.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from il2sim.experiments.study import formats
from il2sim.experiments.study.cell_kinds import infiltrate, of_record
from il2sim.experiments.study.provenance import code_hash, code_version
from il2sim.models import Baseline, Config, Simulation
from il2sim.models.fingerprint import DIGEST
from il2sim.models.pathology.spatial_maps import Maps
from il2sim.models.seeds import checked_seed
from il2sim.models.simulation import tumour_key

CHANGED = "its process has other source files than the one that asked for it: begin again with one version"
ReportProgress = Callable[[float], None]
Series = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Key:
    """What names the runs of one config, worked out once for all its replicates.

    `arm`: the key of another config with the same tumour before treatment, of which this is the control.
    """

    config: Config
    arm: Key | None = None

    @cached_property
    def config_hash(self) -> str:
        """The config's `hash`."""
        return self.config.hash

    @cached_property
    def tumour(self) -> str:
        """Name of the tumour before treatment, whatever its seed."""
        if self.arm is not None:
            return self.arm.tumour
        return hashlib.blake2b(tumour_key(self.config).encode(), digest_size=16).hexdigest()

    def without_drug(self) -> Key:
        """The key of the control."""
        return Key(self.config.without_drug(), self)


@dataclass(frozen=True)
class Run:
    """One virtual tumour to grow.

    `labels` are its place in the design as text, `twin` the id of the run without drug it is compared with,
    `command` what a person types to repeat it, `measured_by` the modules of `experiments` whose arithmetic
    makes its result; none for a whole tumour, which `sim` and `models` alone make. Replicates may share the
    `key` of their config. Raises ConfigError for a seed that is no whole number from 0 to 2147483647.
    """

    config: Config
    seed: int
    labels: dict[str, str]
    twin: str | None = None
    command: str = ""
    measured_by: tuple[str, ...] = ()
    key: Key | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", checked_seed(self.seed))
        if self.key is None or self.key.config is not self.config:
            object.__setattr__(self, "key", Key(self.config))

    @cached_property
    def id(self) -> str:
        """Name of the run in the folder; travels with it, so that another version of the code is noticed."""
        return run_id(self._key.config_hash, self.seed, self.measured_by)

    @property
    def _key(self) -> Key:
        assert self.key is not None  # __post_init__
        return self.key

    @property
    def is_of_this_code(self) -> bool:
        """Whether this process has the sources of the one that asked for the run."""
        return self.id == run_id(self.config.hash, self.seed, self.measured_by)

    @cached_property
    def tumour(self) -> str:
        """Name of the tumour before treatment: runs that share it share their settled infiltrate."""
        text = f"{self._key.tumour}/{self.seed}"
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def run_id(config_hash: str, seed: int, measured_by: tuple[str, ...] = ()) -> str:
    """A hash of config, seed and the model's code, all that a result depends on."""
    parts = {"config": config_hash, "seed": seed, "code": code_hash(*measured_by)}
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Section:
    """The tissue on one day as the folder keeps it, indexed [x, y] or [x, y, z]; code 0 is empty tissue."""

    day: float
    solid: NDArray[np.int8]
    immune: NDArray[np.int8]
    bed: NDArray[np.bool_]
    il2: NDArray[np.float32] | None  # nM per field voxel, single precision: for pictures only
    voxel_um: float
    field_voxel_um: float
    solid_names: tuple[str, ...]
    immune_names: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of a run: `record` is None when it was stopped, and `failure` then says why."""

    run: Run
    record: dict[str, Any] | None
    series: Series
    sections: tuple[Section, ...]
    failure: str = ""
    maps: Maps | None = None


_SETTLING = threading.Lock()


Kept = Callable[["Run", Callable[[], Baseline]], Baseline]
"""Gives the settled tumour of a run: one that is kept somewhere, else what the function makes."""


def settled_of(run: Run, report_progress: ReportProgress | None, kept: Kept | None = None) -> Baseline:
    """The settled tumour of a run; who asks while another thread settles it waits for that."""
    with _SETTLING:
        return _settled(_Untreated(run.tumour, run, report_progress, kept))


def begun(run: Run, report_progress: ReportProgress | None, kept: Kept | None = None) -> Simulation:
    """The simulation of a run, which begins with its settled tumour."""
    return Simulation(run.config, run.seed, settled_of(run, report_progress, kept))


Start = Callable[[Run, ReportProgress | None], Simulation]


def execute(run: Run, report_progress: ReportProgress | None = None, start: Start = begun) -> Outcome:
    """Carry out one run; `report_progress` hears the share done, `start` gives the simulation to step.

    What the model raises comes back as the failure.
    """
    started = time.perf_counter()
    if not run.is_of_this_code:
        return Outcome(run, None, {}, (), CHANGED)
    try:
        simulation = start(run, report_progress)
        while not simulation.finished:
            simulation.step()
            if report_progress is not None:
                report_progress(simulation.progress)
        result = simulation.result()
    except Exception:  # whatever stopped one run must not stop the others; it is named and kept
        return Outcome(run, None, {}, (), traceback.format_exc())
    sections = tuple(
        Section(
            taken.day,
            taken.solid,
            taken.immune,
            taken.bed,
            None if taken.il2 is None else taken.il2.astype(np.float32),
            taken.voxel_um,
            taken.field_voxel_um,
            taken.solid_names,
            taken.immune_names,
        )
        for taken in result.snapshots
    )
    made = {
        "result_digest": result.digest,
        "digest": DIGEST,
        "endpoints": result.endpoints,
        "ledger": result.ledger,
        "timing": timing(result.series, time.perf_counter() - started, result.provenance),
        "provenance": result.provenance,
    }
    return Outcome(run, record_of(run, made), result.series, sections, maps=result.maps)


@dataclass(frozen=True)
class _Untreated:
    """A tumour that is equal to another when their infiltrates settle alike."""

    name: str
    run: Run = field(compare=False)
    report_progress: ReportProgress | None = field(compare=False)
    kept: Kept | None = field(compare=False)

    def settle(self) -> Baseline:
        """Let the infiltrate come to its steady state."""
        simulation = Simulation(self.run.config, self.run.seed)
        while simulation.baseline is None:
            simulation.step()
            if self.report_progress is not None:
                self.report_progress(simulation.progress)
        return simulation.baseline


@functools.lru_cache(maxsize=1)
def _settled(tumour: _Untreated) -> Baseline:
    """The settled tumour; held until another is asked for, so that the arms of one patient settle once."""
    return tumour.settle() if tumour.kept is None else tumour.kept(tumour.run, tumour.settle)


def record_of(run: Run, made: Mapping[str, Any]) -> dict[str, Any]:
    """Everything but the arrays, ready for JSON: the keys of `run --json`, and what the folder needs besides.

    `made` holds `result_digest`, `digest` (its number), `endpoints`, `ledger`, `timing` and `provenance`.
    """
    known = {
        formats.KEY: formats.RUN,
        "run_id": run.id,
        "config_hash": run.config.hash,
        "seed": run.seed,
        "version": code_version(*run.measured_by),
        "labels": run.labels,
        "twin_id": run.twin,
        "config": run.config.model_dump(mode="json", exclude={"sweep", "name"}, exclude_none=True),
    }
    cleaned: dict[str, Any] = plain({**known, **made})
    return cleaned


def timing(series: Series, wall_s: float, provenance: Mapping[str, Any]) -> dict[str, float]:
    """Wall time (s), days lived by all tumour and immune cells, their ratio, most memory held (MB)."""
    agents = ("tumour", *(kind.name for kind in infiltrate(of_record(provenance))))
    counts = [series[name] for name in agents if name in series]
    agent_days = float(np.trapezoid(np.sum(counts, axis=0), series["day"])) if counts else 0.0
    found = {"wall_s": wall_s, "agent_days": agent_days, "agent_days_per_s": agent_days / max(wall_s, 1e-9)}
    peak = _peak_rss_mb()
    return found if peak is None else {**found, "peak_rss_mb": peak}


def _peak_rss_mb() -> float | None:
    """Most memory this process ever held, MB; None where the system does not say (Windows)."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1024


def plain(value: Any) -> Any:
    """The same in types JSON knows; a number that is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
