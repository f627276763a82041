"""The injections of a course: which day one falls on, what goes into the tumour then, drug or saline.

Where the fluid lies is `injection`'s, where the needle went `needle`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from il2sim.models.config.model import Config
from il2sim.models.drug.dose_rule import Dose, injected_volume_ul, planned_dose
from il2sim.models.drug.geometries.registry import geometry_of
from il2sim.models.drug.geometries.technique import Technique

NOTHING = Dose(0.0, is_capped=False)


@dataclass(frozen=True)
class Visit:
    """One injection: dose of IL-2, fluid injected, the part of it that stays, the tumour it is meant for.

    Saline is fluid without dose; where no fluid goes in there is no needle either.
    """

    dose: Dose
    injected_ul: float
    retained_ul: float
    radius_um: float


class Visits:
    """Gives each injection of a schedule once."""

    def __init__(self, config: Config) -> None:
        self._schedule, self._radius_um = config.schedule, config.patient.width_um / 2.0
        self.technique = technique_of(config)
        self.planned = self._visit(self._radius_um, 2.0 * self._radius_um)
        self._given = 0

    def due(self, day: float, radius_um: float, seen_over_true: float = 1.0) -> Visit | None:
        """The injection of this day, if there is one still to give; `radius_um` is that of the bed now.

        A tumour measured again is as wide as the bed is now times `seen_over_true` and the config's swelling.
        """
        days = self._schedule.given_days
        if self._given == len(days) or day < days[self._given] - 1e-9:
            return None
        if self._schedule.remeasure and self._given:
            seen_um = 2.0 * radius_um * (1.0 + self._schedule.swelling) * seen_over_true
            self.planned = self._visit(radius_um, seen_um)
        self._given += 1
        return self.planned

    def _visit(self, radius_um: float, seen_um: float) -> Visit:
        dose = planned_dose(seen_um / 1e3, self._schedule.rule)
        injected_ul = injected_volume_ul(dose.dose_iu, self.technique.concentration_iu_ml)
        given = NOTHING if self._schedule.saline else dose
        return Visit(given, injected_ul, injected_ul * retained_share(self.technique), radius_um)


def retained_share(technique: Technique) -> float:
    """Share of the fluid that stays in or about the tumour; the rest leaks at once."""
    return geometry_of(technique.geometry).retained_share(technique)


def technique_of(config: Config) -> Technique:
    """How the config has the dose of an injection placed."""
    return config.schedule.technique
