"""What a course exposes one tumour to: injections, drug, the body's responses, an immune tick at a time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from il2sim.models.biology.treatment_effects import biopsy
from il2sim.models.config.model import Config
from il2sim.models.drug import treatment_effects
from il2sim.models.drug.course import Drug, plane_of
from il2sim.models.drug.schedule import Visits
from il2sim.models.drug.tissue_pk.cell_densities import Census, bed_radius_um, mean_trait
from il2sim.models.drug.treatment_effects import Responses
from il2sim.sim.engine import Engine
from il2sim.sim.language.model import Model

_AWAKE = ("cd8", "nk")
"""Whose activation makes vessels leak: the two that the sources of `leak` are about, so a list."""
BEGUN = "treatment"
"""A level that is 0 before day 0 and 1 from then on, drug or not: for what begins with the course."""

SHOWN_BY: Mapping[str, str] = {
    BEGUN: "",
    "il2": "il2",
    **{name: "biopsy" for name in biopsy.SHOWS},
    **{name: mechanism for mechanism, names in treatment_effects.SHOWS.items() for name in names},
}
"""Every field that a run shows its cells, and the mechanism that must be on for it; "" where none must."""


class Treatment:
    """Steps 1-3 of a tick for everything that is no cell; `drug` is None where IL-2 is knocked out."""

    def __init__(self, config: Config, model: Model, engine: Engine) -> None:
        tissue, self._table = engine.tissue, engine.table
        self._visits, self._census = Visits(config), Census(self._table, model.carriers)
        self.drug: Drug | None = None
        if "il2" in self._table.cytokines:
            self.drug = Drug(config, model, tissue, self._census.per_ml(tissue))
        points_um = plane_of(config, tissue).points_um(0)
        self.responses = Responses(model, points_um.reshape(-1, points_um.shape[-1]))

    def expose(self, engine: Engine, day: float) -> None:
        """The injection of this day if one is due, then what the cells see for the coming immune tick."""
        radius_um = bed_radius_um(engine.tissue)
        visit = self._visits.due(day, radius_um, self.responses.width_factor(2.0 * radius_um))
        if visit is not None:
            if self.drug is not None:
                self.drug.give(visit)
            self.responses.visit(visit, self._visits.technique)
        if self.drug is not None:
            engine.set_field("il2", self.drug.concentration())
        for name, level in self.responses.fields().items():
            engine.set_field(name, level)
        if BEGUN in self._table.cytokines:
            engine.set_field(BEGUN, np.ones(int(np.prod(engine.tissue.field_shape))))
        self._advance(engine, radius_um)

    def _advance(self, engine: Engine, radius_um: float) -> None:
        """Books and responses to the next immune tick, with the cells as they are now."""
        hours = engine.clocks.tick_hours * engine.clocks.immune_ticks
        tissue, plasma_nM = engine.tissue, 0.0  # noqa: N806
        if self.drug is not None:
            cells, factor = self._census.in_field(tissue), self.responses.clearance_factor
            self.drug.advance(hours, self._census.per_ml(tissue), cells, radius_um, factor)
            plasma_nM = self.drug.plasma_nM  # noqa: N806
        self.responses.advance(hours, plasma_nM, self._activation(engine))

    def _activation(self, engine: Engine) -> float:
        """Mean `il2_signal` of CD8 and NK cells; 0 where nobody asks or senses."""
        signal = self._table.trait("il2_signal")
        if self.responses.leak is None or signal < 0:
            return 0.0
        present = self._table.cells["immune"]
        return mean_trait(engine.tissue, [present.index(name) for name in _AWAKE if name in present], signal)
