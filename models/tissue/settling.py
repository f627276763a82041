"""Settling: the infiltrate of a tumour that does not grow comes to its steady state before treatment."""

import math

from il2sim.models.biology.treatment_effects.biopsy import lead_days
from il2sim.models.tissue.birth_rate import growth_in_view
from il2sim.models.tissue.equilibration import (
    FEWEST_SPELLS,
    LEAP_HOURS,
    MOST_SPELLS,
    Baseline,
    SettlingTimes,
    tumour_key,
)
from il2sim.models.tissue.initial_tissue import lay_tissue
from il2sim.models.tissue.recruitment import immune_cells, loss_at_rest, solve_influx, thin_out
from il2sim.models.virtual_patient import DIVISION, CourseClock, VirtualPatient, ticks_of
from il2sim.sim.kernels.rates import decay, probability
from il2sim.sim.sums import added
from il2sim.sim.tissue import Tissue

_DRIFT = 0.01  # of the kills, a spell (2 % a week): below this, or within chance, it has settled (assumed)


class Settling:
    """The tumour lives and does not grow: what dies is replaced as fast as it is cleared.

    The freed voxels stay as many, or a small tumour could begin with none. The infiltrate is renewed as
    fast as in the growing bed that comes after: newcomers are less exhausted.
    """

    def __init__(self, patient: VirtualPatient) -> None:
        self.patient = patient
        self.engine = patient.engine(lay_tissue(patient.config, patient.model, patient.table, patient.seed))
        self._times = SettlingTimes.of(self.engine.clocks)
        self._spells: list[tuple[int, float]] = []  # of each: kills, and hours lived by viable cells
        self._viable_hours = 0.0  # of the spell under way
        self._freed_at_start = self._solid("cleared")
        self._immune_at_start = immune_cells(self.engine)
        thin_out(patient.model, patient.table, growth_in_view(patient.config))
        if "il2" in patient.table.cytokines:
            basal = patient.model.value("il2.basal")
            self.engine.tissue.concentration[patient.table.cytokines.index("il2")] = basal
        self.engine.let_expand(DIVISION, 0.0)

    @property
    def clock(self) -> CourseClock:
        """With the first injection where it falls if the infiltrate settles in the shortest time, or, where
        it has taken longer, on the next tick.
        """
        settled = max(self._times.shortest, self.engine.tick + 1)
        tick_hours = self._times.tick_hours
        return CourseClock(settled + ticks_of(lead_days(self.patient.config), tick_hours), tick_hours)

    @property
    def is_over(self) -> bool:
        """Whether the kill rate has stopped drifting."""
        if len(self._spells) < FEWEST_SPELLS:
            return False
        (before, _), (now, _) = self._spells[-2:]
        chance = 2.0 * math.sqrt(before + now)
        return abs(now - before) <= max(_DRIFT * now, chance) or len(self._spells) == MOST_SPELLS

    def step(self) -> None:
        """One tick, after a leap of the past where one is due."""
        engine, times = self.engine, self._times
        if engine.tick % engine.clocks.solid_ticks == 0:
            self._hold_size()
        if engine.tick < times.burn_in and engine.tick % times.leap == 0:
            loss = loss_at_rest(self.patient.model, engine) + growth_in_view(self.patient.config)
            engine.pass_time(LEAP_HOURS, loss)
        engine.step()
        if engine.tick == times.burn_in:
            engine.reset_counts()
            self._viable_hours = 0.0
        elif engine.tick > times.burn_in and (engine.tick - times.burn_in) % times.spell == 0:
            counted = added(kills for kills, _ in self._spells)
            self._spells.append((self.patient.killed(engine) - counted, self._viable_hours))
            self._viable_hours = 0.0

    def settled(self) -> Baseline:
        """The tumour as it is now."""
        patient, last = self.patient, self._spells[-2:]
        rate = added(kills for kills, _ in last) / max(added(hours for _, hours in last), 1.0)
        found = immune_cells(self.engine).tolist()
        cells = zip(self._immune_at_start.tolist(), found, strict=True)
        infiltrate = dict(zip(patient.table.cells["immune"], cells, strict=True))
        key, tissue, tick = tumour_key(patient.config), self._tissue.copy(), self.engine.tick
        return Baseline(key, patient.seed, tissue, tick, rate, len(self._spells), infiltrate)

    def _hold_size(self) -> None:
        """Births of the coming solid step make up for what is cleared in it, and arrivals for the immune
        cells lost: again and again, as what calls cells in is itself settling.
        """
        model, clocks = self.patient.model, self.engine.clocks
        hours = clocks.tick_hours * clocks.solid_ticks
        viable, dead = self._solid("tumour"), self._solid("dead")
        freed = dead * probability(model.value("tumour.clearance_rate"), hours)
        freed = max(freed + self._solid("cleared") - self._freed_at_start, 0.0)
        survivors = viable * decay(model.value("tumour.loss_rate"), hours)
        self.patient.table.set_rate(DIVISION, math.log1p(freed / max(survivors, 1.0)) / hours)
        solve_influx(model, self.engine, self._immune_at_start, growth_in_view(self.patient.config))
        self._viable_hours += viable * hours

    @property
    def _tissue(self) -> Tissue:
        return self.engine.tissue

    def _solid(self, name: str) -> int:
        """Solid cells of a type."""
        table = self.patient.table
        return int(self._tissue.counts("solid", len(table.cells["solid"]) - 1)[table.code(name)])
