"""Growth asked for, and the births that keep it: exact on the solid clock, not only in continuous time."""

import math
from typing import NamedTuple

from il2sim.models.config.model import Config
from il2sim.sim.kernels.rates import decay


class Births(NamedTuple):
    """Rate of division, and net growth to give the rule so that the bed grows as asked; 1/h."""

    rate: float
    widening: float


def growth_rate(config: Config) -> float:
    """Rate (1/h) at which the untreated tumour grows in volume."""
    return math.log(2.0) / config.patient.doubling_time_h


def growth_in_view(config: Config) -> float:
    """Rate (1/h) at which the untreated bed widens in view: a section shows two of three dimensions."""
    return growth_rate(config) * (1.0 if config.space.dimensions == 3 else 2.0 / 3.0)


def births(loss: float, kills: float, growth: float, hours: float) -> Births:
    """Births that make good loss and kills and leave this growth (all 1/h), in steps of so many `hours`.

    In a step some are lost and the others divide, then killers take their share until the next:
    exp(-loss h) exp(birth h) - kills h = exp(growth h). Of the daughters, `widening` / `rate` leave the plane
    or widen the bed: exp(growth h) - 1 for each cell there was. In continuous time it would be loss + kills +
    growth and growth; at 6 h too many are born for that, and too few of them leave the plane: a section grows
    1.2 % too fast.
    """
    rate = loss + math.log(math.exp(growth * hours) + kills * hours) / hours
    born = decay(loss, hours) * math.expm1(rate * hours)
    return Births(rate, rate * math.expm1(growth * hours) / born)
