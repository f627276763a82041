"""What comes after settling: the wait from the biopsy to day 0, where there is one, then the course until
surgery.
"""

from __future__ import annotations

from il2sim.models.biology.treatment_effects.biopsy import Biopsy, lead_days
from il2sim.models.drug.tissue_pk.cell_densities import check_room
from il2sim.models.drug.treatment import Treatment
from il2sim.models.recorder import Recorder
from il2sim.models.tissue.birth_rate import births, growth_in_view, growth_rate
from il2sim.models.tissue.equilibration import Baseline, tissue_to_treat
from il2sim.models.tissue.recruitment import immune_cells, solve_influx, thin_out
from il2sim.models.tissue.solved_numbers import check_solved
from il2sim.models.virtual_patient import DIVISION, CourseClock, VirtualPatient, ticks_of
from il2sim.sim.engine import Engine
from il2sim.sim.result import Result


class GrowingTumour:
    """A settled tumour that is let grow, on a copy of its tissue, and the clock of its course."""

    def __init__(self, patient: VirtualPatient, baseline: Baseline) -> None:
        self.patient, self.baseline = patient, baseline
        self.engine: Engine = patient.engine(tissue_to_treat(baseline, len(patient.table.cytokines)))
        self.engine.tick = baseline.tick
        tick_hours = self.engine.clocks.tick_hours
        lead = ticks_of(lead_days(patient.config), tick_hours)
        self.clock = CourseClock(baseline.tick + lead, tick_hours)
        self._solve()

    @property
    def day(self) -> float:
        """Days since the first injection."""
        return self.clock.day(self.engine.tick)

    @property
    def is_immune_step(self) -> bool:
        """Whether immune cells look at their surroundings in the coming tick."""
        return (self.engine.tick - self.clock.start_tick) % self.engine.clocks.immune_ticks == 0

    def step(self) -> None:
        """One tick. SimError when the tumour meets the wall of its lattice."""
        self.engine.step()
        if (self.engine.tick - 1) % self.engine.clocks.solid_ticks == 0:
            check_room(self.engine.tissue, self.day)

    def _solve(self) -> None:
        """Births and arrivals from what was killed while it settled."""
        config, model, table = self.patient.config, self.patient.model, self.patient.table
        clocks, loss = self.engine.clocks, model.value("tumour.loss_rate")
        solid_hours = clocks.tick_hours * clocks.solid_ticks
        birth = births(loss, self.baseline.kill_rate, growth_rate(config), solid_hours)
        model.solve("tumour.birth_rate", birth.rate)
        table.set_rate(DIVISION, model.value("tumour.birth_rate"))  # an override stands
        self.engine.let_expand(DIVISION, birth.widening)
        thin_out(model, table, growth=0.0)
        solve_influx(model, self.engine, immune_cells(self.engine), growth_in_view(config))
        check_solved(config, model, self.engine)


class BiopsyLead:
    """From the biopsy to day 0: the tumour grows, nobody treats it and nothing is recorded yet."""

    def __init__(self, tumour: GrowingTumour) -> None:
        self.tumour, self.engine, self.clock = tumour, tumour.engine, tumour.clock
        self.biopsy = Biopsy(tumour.patient.config, tumour.patient.model, tumour.engine)

    @property
    def is_over(self) -> bool:
        """Whether day 0 has come."""
        return self.tumour.day > -1e-9

    def step(self) -> None:
        """One tick: what the cells see of the biopsy, cells."""
        if self.tumour.is_immune_step:
            self.biopsy.show()
        self.tumour.step()


class TreatmentCourse:
    """From day 0, when counting begins, to surgery. `biopsy` is None where the config has none."""

    def __init__(self, tumour: GrowingTumour, biopsy: Biopsy | None) -> None:
        self.tumour, self.engine, self.clock, self.biopsy = tumour, tumour.engine, tumour.clock, biopsy
        config, model = tumour.patient.config, tumour.patient.model
        self.engine.reset_counts()
        if biopsy is not None:
            biopsy.note_day_0()
        self.treatment = Treatment(config, model, self.engine)
        self.recorder = Recorder(config, tumour.patient.seed, model, self.engine, self.treatment)
        self.recorder.after_tick(0.0)

    @property
    def is_over(self) -> bool:
        """Whether surgery has come."""
        return self.tumour.day >= self.tumour.patient.config.schedule.surgery_day - 1e-9

    def step(self) -> None:
        """One tick: dose, IL-2, cells, record."""
        if self.tumour.is_immune_step:
            if self.biopsy is not None:
                self.biopsy.show()
            self.treatment.expose(self.engine, self.tumour.day)
        self.tumour.step()
        self.recorder.after_tick(self.tumour.day)

    def result(self) -> Result:
        """What the run leaves behind, at surgery."""
        return self.recorder.result(self.tumour.baseline, self.biopsy.found if self.biopsy else {})


def begin(patient: VirtualPatient, baseline: Baseline) -> BiopsyLead | TreatmentCourse:
    """The phase after settling."""
    tumour = GrowingTumour(patient, baseline)
    return BiopsyLead(tumour) if lead_days(patient.config) else TreatmentCourse(tumour, None)
