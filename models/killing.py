"""From kills a day to hits an hour: what one killer with endless supply achieves under the rule of engagement.

A killer strikes at a rate k; the first hit engages it; hits decay, lysis follows damage; contact may end before.
"""

import numpy as np
from scipy.linalg import solve_banded
from scipy.optimize import brentq

from sim.model import Model

_CELLS_PER_HIT = 100  # grid of the damage axis, in hundredths of a hit
_MOST_HITS = 14  # far beyond any lethal number


def kills_per_hour(hit_rate: float, release: float, repair: float, lysis: float, lethal_hits: float) -> float:
    """Kill rate (1/h) of one killer; all rates 1/h. First order in the grid (0.01 hit)."""
    dx = 1.0 / _CELLS_PER_HIT
    x = np.arange(_MOST_HITS * _CELLS_PER_HIT + 1) * dx
    kill = lysis * x**8 / (x**8 + lethal_hits**8)
    heal = repair * x / dx
    dies_alone = _dies_alone(heal, kill)
    # u: chance that the held victim dies of it; t: hours it is held; both from damage x
    upper = np.zeros((_CELLS_PER_HIT + 2, x.size))
    upper[0, _CELLS_PER_HIT:] = -hit_rate
    upper[_CELLS_PER_HIT] = heal + kill + release + hit_rate
    upper[_CELLS_PER_HIT, -_CELLS_PER_HIT:] -= hit_rate  # beyond the grid a hit changes nothing
    upper[_CELLS_PER_HIT + 1, :-1] = -heal[1:]
    known = np.column_stack([kill + release * dies_alone, np.ones(x.size)])
    chance, held = solve_banded((1, _CELLS_PER_HIT), upper, known)[_CELLS_PER_HIT]
    return float(chance / (1.0 / hit_rate + held))


def _dies_alone(heal: np.ndarray, kill: np.ndarray) -> np.ndarray:
    """Chance that a victim let go with damage x still dies."""
    chance = np.zeros(heal.size)
    for i in range(1, heal.size):
        chance[i] = (heal[i] * chance[i - 1] + kill[i]) / (heal[i] + kill[i])
    return chance


def hit_rate_for(kill_rate: float, release: float, repair: float, lysis: float, lethal_hits: float) -> float:
    """Hits per hour that give `kill_rate` kills per hour."""
    return float(brentq(lambda k: kills_per_hour(k, release, repair, lysis, lethal_hits) - kill_rate, 0.01, 60.0))


def solve_hits(m: Model) -> None:
    """Set the hit rate of every killer present from its kills a day."""
    for killer in ("cd8", "nk"):
        sentence = f"{killer} hits tumour"
        if sentence in m.rules:
            wounds = (m.value("tumour.repair_rate"), m.value("tumour.lysis_rate"), m.value("tumour.lethal_hits"))
            rate = hit_rate_for(m.value(f"{killer}.kill_rate"), m.rules[sentence].release, *wounds)
            m.solve(f"{killer}.hit_rate", rate, sentence)
