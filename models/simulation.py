"""One virtual tumour, tick by tick: settle the infiltrate, solve growth and influx, then treat until
surgery.
"""

import math

from il2sim.models.biology.treatment_effects.biopsy import Biopsy, lead_days
from il2sim.models.build import build, contact_substeps
from il2sim.models.config.model import Config, check_config
from il2sim.models.drug.course import Drug
from il2sim.models.drug.tissue_pk.cell_densities import check_room
from il2sim.models.drug.treatment import Treatment
from il2sim.models.recorder import Recorder
from il2sim.models.seeds import checked_seed
from il2sim.models.tissue.birth_rate import births, growth_in_view, growth_rate
from il2sim.models.tissue.equilibration import (
    FEWEST_SPELLS,
    LEAP_HOURS,
    MOST_SPELLS,
    Baseline,
    Settling,
    check_same,
    tissue_to_treat,
    tumour_key,
)
from il2sim.models.tissue.initial_tissue import lattice_of, lay_tissue
from il2sim.models.tissue.recruitment import immune_cells, loss_at_rest, solve_influx, thin_out
from il2sim.models.tissue.solved_numbers import check_solved
from il2sim.sim.compile.arrays import Table, tabulate
from il2sim.sim.engine import Clocks, Declared, Engine
from il2sim.sim.kernels.rates import decay, probability
from il2sim.sim.language.model import Model
from il2sim.sim.result import Result
from il2sim.sim.sums import added
from il2sim.sim.tissue import Tissue

__all__ = ["Baseline", "Simulation", "settle", "simulate", "tumour_key"]

_DRIFT = 0.01  # of the kills, a spell (2 % a week): below this, or within chance, it has settled (assumed)
_DEATHS, _LOSS, _DIVISION = "tumour dies", "tumour dies of natural loss", "tumour divides"


class Simulation:
    """The same run one tick at a time: `step` until `finished`, then `result`.

    config      what to run
    seed        a whole number, 0 to 2147483647; the same config and seed give the same bits
    baseline    the settled tumour of `settle`, of the same tumour and seed; it skips the settling

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
        self.config, self.seed, self.baseline = config, seed, baseline
        self.model: Model = build(config)
        self.table: Table = tabulate(self.model, lattice_of(config))
        self._kills: list[tuple[int, float]] = []  # of each spell: kills, and hours lived by viable cells
        self._viable_hours = 0.0
        self._freed = 0
        self._start_tick = 0
        self._biopsy: Biopsy | None = None
        self._treatment: Treatment | None = None
        self.recorder: Recorder | None = None
        if baseline is None:
            self.engine = self._engine(lay_tissue(config, self.model, self.table, seed))
            self._begin_settling()
        else:
            check_same(baseline, config, seed)
            self.engine = self._engine(tissue_to_treat(baseline, len(self.table.cytokines)))
            self._begin(baseline)

    def __repr__(self) -> str:
        name, last = self.config.name, self.config.schedule.surgery_day
        return f"<Simulation of {name!r}, seed {self.seed}: day {self.day:.4g} of {last:g}>"

    @property
    def tissue(self) -> Tissue:
        """The cells and fields as they are now."""
        return self.engine.tissue

    @property
    def drug(self) -> Drug | None:
        """The drug and its books; None before day 0 and where IL-2 is knocked out."""
        return self._treatment.drug if self._treatment is not None else None

    @property
    def is_settling(self) -> bool:
        """Whether treatment has not begun."""
        return self._treatment is None

    @property
    def day(self) -> float:
        """Days since the first injection; before it, days still to go if the infiltrate settles in the
        shortest time.
        """
        if self.baseline is None:
            settled_in = self._settling.shortest_days - self.engine.hour / 24.0
            return -max(settled_in, self.engine.clocks.tick_hours / 24.0) - lead_days(self.config)
        return (self.engine.tick - self._start_tick) * self.engine.clocks.tick_hours / 24.0

    @property
    def finished(self) -> bool:
        """Whether surgery has come."""
        return not self.is_settling and self.day >= self.config.schedule.surgery_day - 1e-9

    @property
    def progress(self) -> float:
        """Share of the work done, 0 to 1."""
        before = self._settling.shortest_days + lead_days(self.config)
        return (self.day + before) / (self.config.schedule.surgery_day + before)

    @property
    def killed(self) -> int:
        """Tumour cells lost to anything but natural loss since the books were opened."""
        lost = [
            r for r, name in enumerate(self.table.sentences) if name.startswith(_DEATHS) and name != _LOSS
        ]
        return int(self.engine.counts.fired[lost].sum())

    @property
    def _settling(self) -> Settling:
        return Settling.of(self.engine.clocks)

    def step(self) -> None:
        """One tick: dose, IL-2, cells, record."""
        if self.finished:
            return
        if self.baseline is None:
            self._settle_step()
            return
        if (self.engine.tick - self._start_tick) % self.engine.clocks.immune_ticks == 0:
            self._expose()
        self.engine.step()
        if (self.engine.tick - 1) % self.engine.clocks.solid_ticks == 0:
            check_room(self.tissue, self.day)
        if self.recorder is not None:
            self.recorder.after_tick(self.day)
        elif self.day > -1e-9:
            self._begin_treatment()

    def _expose(self) -> None:
        """What the cells see of the biopsy and, from day 0 on, of the treatment."""
        if self._biopsy is not None:
            self._biopsy.show()
        if self._treatment is not None:
            self._treatment.expose(self.engine, self.day)

    def result(self) -> Result:
        """What the run leaves behind. Raises RuntimeError before surgery."""
        if not self.finished or self.baseline is None:
            raise RuntimeError(
                f"day {self.day:g}: the result exists at surgery, day {self.config.schedule.surgery_day:g}"
            )
        return self._recorder().result(self.baseline, self._biopsy.found if self._biopsy else {})

    def _engine(self, tissue: Tissue) -> Engine:
        clocks = self.config.clocks
        steps = Clocks(
            clocks.tick_min / 60.0, clocks.immune_ticks, clocks.solid_ticks, contact_substeps(self.config)
        )
        return Engine(
            tissue, self.table, Declared(list(self.model.rules.values()), self.model.walks), self.seed, steps
        )

    def _recorder(self) -> Recorder:
        assert self.recorder is not None, "recording starts with treatment"
        return self.recorder

    def _begin_settling(self) -> None:
        """The tumour lives and does not grow: what dies is replaced as fast as it is cleared.

        The freed voxels stay as many, or a small tumour could begin with none. The infiltrate is renewed as
        fast as in the growing bed that comes after: newcomers are less exhausted.
        """
        self._freed = self._solid("cleared")
        self._at_rest = immune_cells(self.engine)
        thin_out(self.model, self.table, growth_in_view(self.config))
        if "il2" in self.table.cytokines:
            self.tissue.concentration[self.table.cytokines.index("il2")] = self.model.value("il2.basal")
        self.engine.let_expand(_DIVISION, 0.0)

    def _settle_step(self) -> None:
        clocks = self.engine.clocks
        if self.engine.tick % clocks.solid_ticks == 0:
            hours = clocks.tick_hours * clocks.solid_ticks
            viable, dead = self._solid("tumour"), self._solid("dead")
            freed = dead * probability(self.model.value("tumour.clearance_rate"), hours)
            freed = max(freed + self._solid("cleared") - self._freed, 0.0)
            survivors = viable * decay(self.model.value("tumour.loss_rate"), hours)
            self.table.set_rate(_DIVISION, math.log1p(freed / max(survivors, 1.0)) / hours)
            # again and again, as what calls cells in is itself settling
            solve_influx(self.model, self.engine, self._at_rest, growth_in_view(self.config))
            self._viable_hours += viable * hours
        burn_in = self._settling.burn_in
        if self.engine.tick < burn_in and self.engine.tick % self._settling.leap == 0:
            loss = loss_at_rest(self.model, self.engine) + growth_in_view(self.config)
            self.engine.pass_time(LEAP_HOURS, loss)
        self.engine.step()
        if self.engine.tick == burn_in:
            self.engine.reset_counts()
            self._viable_hours = 0.0
        elif self.engine.tick > burn_in and (self.engine.tick - burn_in) % self._settling.spell == 0:
            self._end_spell()

    def _end_spell(self) -> None:
        """Has the kill rate stopped drifting? Counted per viable cell and hour."""
        self._kills.append((self.killed - added(kills for kills, _ in self._kills), self._viable_hours))
        self._viable_hours = 0.0
        if len(self._kills) < FEWEST_SPELLS:
            return
        (before, _), (now, _) = self._kills[-2:]
        chance = 2.0 * math.sqrt(before + now)
        if abs(now - before) <= max(_DRIFT * now, chance) or len(self._kills) == MOST_SPELLS:
            settled = self._settled()
            self.engine = self._engine(settled.tissue.copy())  # as whoever starts from this baseline
            self._begin(settled)

    def _settled(self) -> Baseline:
        last, own = self._kills[-2:], (tumour_key(self.config), self.seed)
        rate = added(kills for kills, _ in last) / max(added(hours for _, hours in last), 1.0)
        cells = zip(self._at_rest.tolist(), immune_cells(self.engine).tolist(), strict=True)
        infiltrate = dict(zip(self.table.cells["immune"], cells, strict=True))
        return Baseline(*own, self.tissue.copy(), self.engine.tick, rate, len(self._kills), infiltrate)

    def _solid(self, name: str) -> int:
        return int(self.tissue.counts("solid", len(self.table.cells["solid"]) - 1)[self.table.code(name)])

    def _begin(self, baseline: Baseline) -> None:
        """Let the settled tumour grow: from its biopsy, if it has one, else from day 0."""
        self.baseline, self.engine.tick = baseline, baseline.tick
        clocks = self.engine.clocks
        self._start_tick = baseline.tick + round(24.0 * lead_days(self.config) / clocks.tick_hours)
        loss, growth = self.model.value("tumour.loss_rate"), growth_rate(self.config)
        birth = births(loss, baseline.kill_rate, growth, clocks.tick_hours * clocks.solid_ticks)
        self.model.solve("tumour.birth_rate", birth.rate)
        self.table.set_rate(_DIVISION, self.model.value("tumour.birth_rate"))  # an override stands
        self.engine.let_expand(_DIVISION, birth.widening)
        thin_out(self.model, self.table, growth=0.0)
        solve_influx(self.model, self.engine, immune_cells(self.engine), growth_in_view(self.config))
        check_solved(self.config, self.model, self.engine)
        if lead_days(self.config):
            self._biopsy = Biopsy(self.config, self.model, self.engine)
        else:
            self._begin_treatment()

    def _begin_treatment(self) -> None:
        """Day 0: the books are opened."""
        self.engine.reset_counts()
        if self._biopsy is not None:
            self._biopsy.note_day_0()
        self._treatment = Treatment(self.config, self.model, self.engine)
        self.recorder = Recorder(self.config, self.seed, self.model, self.engine, self._treatment)
        self.recorder.after_tick(0.0)


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
    """The settled tumour that all arms of one woman can start from.

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
