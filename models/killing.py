"""From kills a day to hits an hour: what one killer with endless supply achieves under the rule of engagement.

A killer strikes at a rate k; the first hit engages it; hits decay, lysis follows damage; contact may end before.
"""

import numpy as np
from scipy.linalg import solve_banded

from sim.model import Model, ModelError
from sim.vocabulary import LAW_STEP

_CELLS_PER_HIT = 100  # grid of the damage axis, in hundredths of a hit
_MOST_HITS = 14  # far beyond any lethal number
MOST_HITS_PER_HOUR = 12.0


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


def law_of_hits(release: float, repair: float, lysis: float, lethal_hits: float) -> list[float]:
    """Kills an hour at every LAW_STEP hits an hour, from none to MOST_HITS_PER_HOUR."""
    rates = np.arange(1, round(MOST_HITS_PER_HOUR / LAW_STEP) + 1) * LAW_STEP
    return [0.0, *(kills_per_hour(float(rate), release, repair, lysis, lethal_hits) for rate in rates)]


def solve_hits(m: Model) -> None:
    """Let every killer's rate count kills: its function scales kills, and hits follow from the rule of engagement."""
    wounds = [m.value(f"tumour.{name}") for name in ("repair_rate", "lysis_rate", "lethal_hits")]
    for sentence, rule in list(m.rules.items()):
        if rule.verb == "hits" and rule.other == "tumour":
            law = law_of_hits(rule.release, *wounds)
            if law[-1] < rule.rate:
                raise ModelError(f"{rule.cell}.kill_rate: {24 * rule.rate:g} a day is out of reach; at most {24 * law[-1]:.3g} a day")
            m.give_law(sentence, law)
