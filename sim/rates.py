"""What a cell senses and the rate that follows: the interpreter of declared rules.

Every `exp`, `expm1` and `log` of a kernel goes through here, and here alone a rate becomes a probability.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.table import (
    BALL_FIRST,
    BALL_LAST,
    CODE,
    FIRST,
    HALF,
    HILL,
    INDEX,
    KIND,
    LAST,
    LAYER,
    LIMIT,
    RATE,
    SIGNAL,
    SURVEY,
    VICTIM_FIRST,
    VICTIM_LAST,
    WEIGHT,
    Rules,
)
from sim.tissue import Layer

_LOWERED, _GATED, _TIMES, _LESS = 1, 2, 3, 4
_CYTOKINE, _TRAIT, _NEAR = 0, 1, 2


class World(NamedTuple):
    """Everything a rule may look at."""

    rules: Rules
    solid: Layer
    immune: Layer
    concentration: NDArray[np.float64]  # [cytokines, field voxels] nM
    field_of: NDArray[np.int32]  # [voxels]
    touching: NDArray[np.int64]  # own voxel first
    touching_length: NDArray[np.float64]  # in voxels
    ball: NDArray[np.int64]  # offsets of all surveys, one after the other
    survey: NDArray[np.int32]  # [surveys, 4] CODE, WEIGHT (trait, -1 none), BALL_FIRST, BALL_LAST
    unseen: NDArray[np.float64]  # [surveys, blocks, 2] cells expected in the unseen part of the sphere, their mean weight
    block_of: NDArray[np.int32]  # [voxels]


@njit(cache=True, nogil=True)
def decay(rate, hours):
    """exp(-rate hours): the share that has not yet had an event of this rate."""
    return math.exp(-rate * hours)


@njit(cache=True, nogil=True)
def probability(rate, hours):
    """Chance of at least one event of this rate: the only place where a rate becomes a probability."""
    return -math.expm1(-rate * hours)


@njit(cache=True, nogil=True)
def offspring(u, rate, hours):
    """New cells of a Yule process from one cell, from one uniform: mean exp(rate hours) - 1 on any clock."""
    p = probability(rate, hours)
    count = 0
    threshold = p
    while u < threshold:
        count += 1
        threshold *= p
    return count


@njit(cache=True, nogil=True)
def poisson(u, mean):
    """Poisson count from one uniform, by adding up its terms."""
    term = math.exp(-mean)
    total = term
    count = 0
    while u > total and count < 1000:
        count += 1
        term *= mean / count
        total += term
    return count


@njit(cache=True, nogil=True)
def relaxed(x, gain, loss, bounded, hours):
    """Exact step of x' = a(1-x) - bx (bounded) or x' = a - bx, also where nothing is lost."""
    speed = gain + loss if bounded else loss
    if speed == 0.0:
        return x + gain * hours
    return x + (gain / speed - x) * probability(speed, hours)


@njit(cache=True, nogil=True)
def _power(x, hill):
    y = x
    while hill > 1:
        y = y * y
        hill //= 2
    return y


@njit(cache=True, nogil=True)
def response(kind, x, half, limit, hill):
    """Factor of one modifier at signal x."""
    if kind == _TIMES:
        return x
    if kind == _LESS:
        return max(1.0 - x, 0.0)
    top = _power(x, hill)
    h = top / (top + _power(half, hill))
    if kind == _GATED:
        return h
    if kind == _LOWERED:
        return 1.0 - (1.0 - limit) * h
    return 1.0 + (limit - 1.0) * h


@njit(cache=True, nogil=True)
def count_near(type_at, touching, voxel, code):
    """Own and touching voxels that hold this type."""
    n = 0
    for k in range(touching.size):
        if type_at[voxel + touching[k]] == code:
            n += 1
    return n


@njit(cache=True, nogil=True)
def _seen(immune, ball, survey, voxel):
    """Weighted count of the surveyed cells in the part of the ball that the lattice shows."""
    total = 0.0
    for k in range(survey[BALL_FIRST], survey[BALL_LAST]):
        place = voxel + ball[k]
        if immune.type_at[place] == survey[CODE]:
            total += 1.0
            if survey[WEIGHT] >= 0:
                total += immune.trait[immune.slot_at[place], survey[WEIGHT]]
    return total


@njit(cache=True, nogil=True)
def _mean_response(number, code, seen, hidden_mean, each):
    """Response to `seen` cells and a Poisson number of hidden ones that weigh `each`."""
    term = decay(hidden_mean, 1.0)
    rest, total, hidden = 1.0, 0.0, 0
    while rest > 1e-9 and hidden < 100:
        total += term * response(code[KIND], seen + hidden * each, number[HALF], number[LIMIT], code[HILL])
        rest -= term
        hidden += 1
        term *= hidden_mean / hidden
    return total


@njit(cache=True, nogil=True)
def _factor(world, m, layer, slot, voxel):
    code, number = world.rules.modifier_code[m], world.rules.modifier_number[m]
    if code[SIGNAL] == _CYTOKINE:
        x = world.concentration[code[INDEX], world.field_of[voxel]]
    elif code[SIGNAL] == _TRAIT:
        x = layer.trait[slot, code[INDEX]]
    elif code[SIGNAL] == _NEAR:
        type_at = world.solid.type_at if code[LAYER] == 0 else world.immune.type_at
        x = float(count_near(type_at, world.touching, voxel, code[INDEX]))
    else:
        seen = _seen(world.immune, world.ball, world.survey[code[SURVEY]], voxel)
        hidden = world.unseen[code[SURVEY], world.block_of[voxel]]
        return _mean_response(number, code, seen, hidden[0], hidden[1])
    return response(code[KIND], x, number[HALF], number[LIMIT], code[HILL])


@njit(cache=True, nogil=True)
def rate_of(world, r, layer, slot, voxel):
    """Rate (1/h) of rule r for the cell in this slot: its rate times every modifier."""
    rules = world.rules
    rate = rules.number[r, RATE]
    for m in range(rules.code[r, FIRST], rules.code[r, LAST]):
        if rate == 0.0:
            return rate
        rate *= _factor(world, m, layer, slot, voxel)
    return rate


@njit(cache=True, nogil=True)
def landing_of(world, r, voxel):
    """Chance that a hit of rule r on the solid cell in `voxel` lands: the victim's modifiers, at most 1."""
    chance = 1.0
    rules = world.rules
    for m in range(rules.code[r, VICTIM_FIRST], rules.code[r, VICTIM_LAST]):
        chance *= _factor(world, m, world.solid, int(world.solid.slot_at[voxel]), voxel)
    return min(chance, 1.0)
