"""From kills a day to hits an hour: what one killer achieves under the rule of engagement.

It strikes at a rate k; the first hit engages it; hits decay, lysis follows damage; contact may end before.
The supply of victims is endless.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_banded

from il2sim.sim.language.cells_and_rules import LAW_STEP
from il2sim.sim.language.model import Model, ModelError, Rule

_CELLS_PER_HIT = 100  # grid of the damage axis, in hundredths of a hit
_MOST_HITS = 14  # far beyond any lethal number
MOST_HITS_PER_HOUR = 12.0


class Wound(NamedTuple):
    """How a victim heals and dies: rates in 1/h, and the hits that make half the greatest rate of lysis."""

    repair: float
    lysis: float
    lethal_hits: float


def kills_per_hour(hit_rate: float, release: float, wound: Wound, step_h: float = 0.0) -> float:
    """Kill rate (1/h) of one killer; rates in 1/h. First order in the grid (0.01 hit).

    `step_h`: contact step of the engine (h). Its hits wound for half a step more than hits at any moment
    would, and a killer that is free again waits half a step longer.
    """
    dx = 1.0 / _CELLS_PER_HIT
    x = _damage()
    kill = _lysis(wound)
    at_once = -np.expm1(-kill * step_h / 2.0)  # chance to die of the extra half step after a hit
    heal = wound.repair * x / dx
    dies_alone = _dies_alone(wound)
    # chance: that the held victim dies of it; held: hours it is held; both from damage x
    upper = np.zeros((_CELLS_PER_HIT + 2, x.size))
    after = np.minimum(
        np.arange(x.size) + _CELLS_PER_HIT, x.size - 1
    )  # at the grid's end a hit changes nothing
    upper[0, _CELLS_PER_HIT:] = -hit_rate * (1.0 - at_once[_CELLS_PER_HIT:])
    upper[_CELLS_PER_HIT] = heal + kill + release + hit_rate
    upper[_CELLS_PER_HIT, -_CELLS_PER_HIT:] -= hit_rate * (1.0 - at_once[-1])
    upper[_CELLS_PER_HIT + 1, :-1] = -heal[1:]
    known = np.column_stack([kill + release * dies_alone + hit_rate * at_once[after], np.ones(x.size)])
    chance, held = solve_banded((1, _CELLS_PER_HIT), upper, known)[_CELLS_PER_HIT]
    return float(chance / (1.0 / hit_rate + step_h / 2.0 + held))


def _damage() -> NDArray[np.float64]:
    """The grid of the damage axis, in hits."""
    return np.arange(_MOST_HITS * _CELLS_PER_HIT + 1, dtype=np.float64) * (1.0 / _CELLS_PER_HIT)


def _lysis(wound: Wound) -> NDArray[np.float64]:
    """Rate of lysis (1/h) at each damage of the grid."""
    x = _damage()
    found: NDArray[np.float64] = wound.lysis * x**8 / (x**8 + wound.lethal_hits**8)
    return found


@cache
def _dies_alone(wound: Wound) -> NDArray[np.float64]:
    """Chance that a victim let go with damage x still dies; the same for every rate of hits, so kept."""
    kill, heal = _lysis(wound).tolist(), (wound.repair * _damage() / (1.0 / _CELLS_PER_HIT)).tolist()
    chance = [0.0] * len(heal)
    for i in range(1, len(heal)):
        chance[i] = (heal[i] * chance[i - 1] + kill[i]) / (heal[i] + kill[i])
    found = np.array(chance)
    found.setflags(write=False)
    return found


@cache
def law_of_hits(release: float, wound: Wound, step_h: float = 0.0) -> tuple[float, ...]:
    """Kills an hour at every LAW_STEP hits an hour, from none to MOST_HITS_PER_HOUR."""
    rates = np.arange(1, round(MOST_HITS_PER_HOUR / LAW_STEP) + 1) * LAW_STEP
    return (0.0, *(kills_per_hour(float(rate), release, wound, step_h) for rate in rates))


def hits_per_hour(rule: Rule) -> float:
    """Hits an hour by which a killer in full function gets the kills of its rule, which has its law."""
    return float(np.interp(rule.rate, rule.law, LAW_STEP * np.arange(len(rule.law))))


def solve_hits(m: Model, step_h: float) -> None:
    """Let every killer's rate count kills: function scales kills, hits follow by the rule of engagement."""
    wound = Wound(*(m.value(f"tumour.{name}") for name in ("repair_rate", "lysis_rate", "lethal_hits")))
    for sentence, rule in list(m.rules.items()):
        if rule.verb == "hits" and rule.other == "tumour":
            law = law_of_hits(rule.release, wound, step_h)
            if law[-1] < rule.rate:
                asked, most = 24.0 * rule.rate, 24.0 * law[-1]
                name = getattr(rule.rate, "name", sentence)
                raise ModelError(f"{name}: {asked:g} a day is out of reach; at most {most:.3g} a day")
            m.give_law(sentence, law)
