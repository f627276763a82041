"""One virtual tumour, tick by tick: it settles, waits for day 0 where it has a biopsy, and is treated until
surgery.
"""

import copy
import os
from os import PathLike
from pathlib import Path

from il2sim.models.biology.treatment_effects.biopsy import lead_days
from il2sim.models.config.model import Config, check_config
from il2sim.models.drug.course import Drug
from il2sim.models.recorder import Recorder
from il2sim.models.saved_arrays import SavedError
from il2sim.models.saved_simulation import packed_simulation, unpacked_simulation, write_whole
from il2sim.models.seeds import checked_seed
from il2sim.models.tissue.equilibration import Baseline, SettlingTimes, check_same, tumour_key
from il2sim.models.tissue.settling import Settling
from il2sim.models.treatment_course import BiopsyLead, TreatmentCourse, begin
from il2sim.models.virtual_patient import VirtualPatient
from il2sim.sim.compile.arrays import Table
from il2sim.sim.engine import Engine
from il2sim.sim.language.model import Model
from il2sim.sim.result import Result
from il2sim.sim.tissue import Tissue

__all__ = ["Baseline", "Simulation", "settle", "simulate", "tumour_key"]


class Simulation:
    """The same run one tick at a time: `step` until `finished`, then `result`.

    config      what to run
    seed        a whole number, 0 to 2147483647; the same config and seed give the same bits
    baseline    the settled tumour of `settle`, of the same tumour and seed; it skips the settling

    All that changes is in `phase`, the one the run is in, and in the numbers of `patient`.
    `tissue` holds cells and fields as they are now, `day` the days since the first injection: negative while
    the infiltrate settles, and from a biopsy to day 0.
    Raises ConfigError for what cannot be built, SimError or FieldError for what cannot go on.

    >>> from il2sim import Config
    >>> config = Config().with_values({"patient.width": "0.5 mm"})
    >>> simulation = Simulation(config, seed=1)  # doctest: +SKIP
    >>> while not simulation.finished:  # doctest: +SKIP
    ...     simulation.step()
    >>> simulation.result().endpoints["viable_fraction"]  # doctest: +SKIP
    """

    def __init__(self, config: Config, seed: int, baseline: Baseline | None = None) -> None:
        seed = checked_seed(seed)
        check_config(config)
        self.patient = VirtualPatient.of(config, seed)
        self.phase: Settling | BiopsyLead | TreatmentCourse
        if baseline is None:
            self.phase = Settling(self.patient)
        else:
            check_same(baseline, config, seed)
            self.phase = begin(self.patient, baseline)

    def __repr__(self) -> str:
        name, last = self.config.name, self.config.schedule.surgery_day
        return f"<Simulation of {name!r}, seed {self.seed}: day {self.day:.4g} of {last:g}>"

    @property
    def config(self) -> Config:
        """What is run."""
        return self.patient.config

    @property
    def seed(self) -> int:
        """Of every random draw."""
        return self.patient.seed

    @property
    def model(self) -> Model:
        """The sentences and numbers of this run."""
        return self.patient.model

    @property
    def table(self) -> Table:
        """The same as arrays."""
        return self.patient.table

    @property
    def engine(self) -> Engine:
        """What steps the cells; another one from the end of settling on."""
        return self.phase.engine

    @property
    def tissue(self) -> Tissue:
        """The cells and fields as they are now."""
        return self.engine.tissue

    @property
    def baseline(self) -> Baseline | None:
        """The settled tumour; None while it settles."""
        return None if isinstance(self.phase, Settling) else self.phase.tumour.baseline

    @property
    def drug(self) -> Drug | None:
        """The drug and its mass balance; None before day 0 and where IL-2 is knocked out."""
        return self.phase.treatment.drug if isinstance(self.phase, TreatmentCourse) else None

    @property
    def recorder(self) -> Recorder | None:
        """What writes down the course; None before day 0."""
        return self.phase.recorder if isinstance(self.phase, TreatmentCourse) else None

    @property
    def is_settling(self) -> bool:
        """Whether treatment has not begun."""
        return not isinstance(self.phase, TreatmentCourse)

    @property
    def day(self) -> float:
        """Days since the first injection; before it, days still to go if the infiltrate settles in the
        shortest time.
        """
        return self.phase.clock.day(self.engine.tick)

    @property
    def finished(self) -> bool:
        """Whether surgery has come."""
        return isinstance(self.phase, TreatmentCourse) and self.phase.is_over

    @property
    def progress(self) -> float:
        """Share of the work done, 0 to 1."""
        before = SettlingTimes.of(self.engine.clocks).shortest_days + lead_days(self.config)
        return (self.day + before) / (self.config.schedule.surgery_day + before)

    @property
    def killed(self) -> int:
        """Tumour cells lost to anything but natural loss since counting began."""
        return self.patient.killed(self.engine)

    def step(self) -> None:
        """One tick of the phase, and the next phase where it is over."""
        if self.finished:
            return
        self.phase.step()
        if not self.phase.is_over:
            return
        if isinstance(self.phase, Settling):
            self.phase = begin(self.patient, self.phase.settled())
        elif isinstance(self.phase, BiopsyLead):
            self.phase = TreatmentCourse(self.phase.tumour, self.phase.biopsy)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the run as it is now to a file; `load` goes on from it to the same bits. Raises OSError."""
        write_whole(
            Path(path), packed_simulation(self.config, {"patient": self.patient, "phase": self.phase})
        )

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "Simulation":
        """A run as it was saved by this version of il2sim. Raises OSError for a file that cannot be read,
        SavedError for one that is torn, foreign, or of another version.
        """
        try:
            held = unpacked_simulation(Path(path).read_bytes())
        except SavedError as error:
            raise SavedError(f"{os.fspath(path)}: {error}") from error
        simulation = cls.__new__(cls)
        simulation.patient, simulation.phase = held["patient"], held["phase"]
        return simulation

    def branch(self) -> "Simulation":
        """A second run that begins where this one is; what becomes of one does not touch the other."""
        return copy.deepcopy(self)

    def result(self) -> Result:
        """What the run leaves behind. Raises RuntimeError before surgery."""
        if isinstance(self.phase, TreatmentCourse) and self.phase.is_over:
            return self.phase.result()
        raise RuntimeError(
            f"day {self.day:g}: the result exists at surgery, day {self.config.schedule.surgery_day:g}"
        )


def simulate(config: Config, seed: int, baseline: Baseline | None = None) -> Result:
    """One virtual tumour from biopsy to surgery. Pure: no files, no clock, no global random state.

    config, seed and baseline, and what is raised, are those of `Simulation`; a bad seed is refused first.
    Returns a `Result`: endpoints by name, series by name (one value every 6 h), snapshots, and a digest.

    >>> from il2sim import Config
    >>> result = simulate(Config.load("configs/small_2d.yaml"), seed=1)  # doctest: +SKIP
    >>> result.endpoints["viable_fraction"], result.series["day"]  # doctest: +SKIP
    >>> simulate(Config(), seed=-1)
    Traceback (most recent call last):
    il2sim.models.config.yaml_tree.ConfigError: seed: -1 was found; a whole number from 0 to 2147483647 is due
    """
    simulation = Simulation(config, seed, baseline)
    while not simulation.finished:
        simulation.step()
    return simulation.result()


def settle(config: Config, seed: int) -> Baseline:
    """The settled tumour that all arms of one virtual patient can start from.

    config, seed and what is raised are those of `Simulation`; the drug plays no part yet. Returns a
    `Baseline`, which `simulate` and `Simulation` take for the same tumour and seed alone (ConfigError
    otherwise), and do not change.

    >>> from il2sim import Config
    >>> config = Config.load("configs/small_2d.yaml")  # doctest: +SKIP
    >>> baseline = settle(config, seed=1)  # doctest: +SKIP
    >>> drug = simulate(config, 1, baseline)  # doctest: +SKIP
    >>> control = simulate(config.without_drug(), 1, baseline)  # doctest: +SKIP
    """
    simulation = Simulation(config, seed)
    while simulation.baseline is None:
        simulation.step()
    return simulation.baseline
