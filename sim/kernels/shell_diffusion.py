"""One implicit step of diffusion, drift and saturable uptake through a chain of places, each of which meets
only the next; and sums over places that go with a step.

It knows no clearance and no injection. Units um, hour, nM.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Chain(NamedTuple):
    """One step as kernels see it: x - kept = hours (diffusion + drift - uptake(x) + source).

    Uptake is share rate x / (km + x), and below 0 its tangent there.
    """

    volume: Floats  # [places] um3
    exchange: Floats  # [places - 1] area over distance to the next place, um
    outflow: Floats  # [places - 1] fluid to the next place, um3/h
    share: Floats  # [places] of the rates
    rate: Floats  # [kinds] nM/h
    km: Floats  # [kinds] nM
    kept: Floats  # [places] nM
    source: Floats  # [places] nM/h
    hours: float
    diffusivity: float  # um2/h


@njit(cache=True, nogil=True, error_model="numpy")
def _linearise(
    chain: Chain, x: Floats, change: Floats, residual: Floats, slope: Floats, limit: float
) -> bool:
    """Write what happens at x; return whether no residual exceeds `limit`, nM. What is no number does not.

    `x`, `change`, `residual`, `slope`: float64 [places], nM, nM/h, nM and the slope of the uptake, 1/h.
    """
    volume, exchange, outflow, places = chain.volume, chain.exchange, chain.outflow, x.size
    share, diffusivity = chain.share, chain.diffusivity
    for i in range(places):
        residual[i] = slope[i] = 0.0
    for kind in range(chain.km.size):
        km, rate = chain.km[kind], chain.rate[kind]
        for i in range(places):
            freed = km + max(x[i], 0.0)
            bound = rate / freed
            residual[i] += bound * max(x[i], 0.0) + rate * min(x[i], 0.0) / km
            slope[i] += bound * (km / freed)
    for i in range(places):
        change[i] = chain.source[i] - share[i] * residual[i]
        slope[i] *= share[i]
    change[0] += (diffusivity * exchange[0] * (x[1] - x[0]) - outflow[0] * x[0]) / volume[0]
    for i in range(1, places - 1):
        outer = diffusivity * exchange[i] * (x[i + 1] - x[i]) - outflow[i] * x[i]
        inner = diffusivity * exchange[i - 1] * (x[i] - x[i - 1]) - outflow[i - 1] * x[i - 1]
        change[i] += (outer - inner) / volume[i]
    i, over = places - 1, 0
    change[i] -= (diffusivity * exchange[i - 1] * (x[i] - x[i - 1]) - outflow[i - 1] * x[i - 1]) / volume[i]
    for i in range(places):
        residual[i] = chain.kept[i] + chain.hours * change[i] - x[i]
        over += abs(residual[i]) > limit
    return over == 0


@njit(cache=True, nogil=True, error_model="numpy")
def _correct(chain: Chain, x: Floats, residual: Floats, slope: Floats, diagonal: Floats) -> None:
    """Add to x what solves the tangent for `residual`, by elimination; columns outweigh, so without pivots.

    `x`, `residual`, `slope`, `diagonal`: float64 [places]; the last three are used up.
    """
    volume, exchange, places = chain.volume, chain.exchange, x.size
    conductance = chain.hours * chain.diffusivity
    for i in range(places):
        diagonal[i] = volume[i] + chain.hours * volume[i] * slope[i]
        residual[i] *= volume[i]
    for i in range(places - 1):
        diagonal[i] += conductance * exchange[i] + chain.hours * chain.outflow[i]
    for i in range(1, places):
        diagonal[i] += conductance * exchange[i - 1]
    inverse = 1.0 / diagonal[0]
    slope[0] = inverse
    for i in range(1, places):
        beside = conductance * exchange[i - 1]
        weight = (beside + chain.hours * chain.outflow[i - 1]) * inverse
        residual[i] += weight * residual[i - 1]
        inverse = 1.0 / (diagonal[i] - weight * beside)
        slope[i] = inverse
    found = residual[places - 1] * slope[places - 1]
    x[places - 1] += found
    for i in range(places - 2, -1, -1):
        found = (residual[i] + conductance * exchange[i] * found) * slope[i]
        x[i] += found


@njit(cache=True, nogil=True, error_model="numpy")
def solve_chain(
    chain: Chain, x: Floats, change: Floats, residual: Floats, limit: float, iterations: int
) -> bool:
    """Newton's method from x until no residual exceeds `limit`, nM; False when `iterations` were not enough.

    `x`, `change`, `residual`: float64 [places], nM, nM/h without clearance, nM; all written.
    """
    slope, diagonal = np.empty_like(x), np.empty_like(x)
    for _ in range(iterations):
        if _linearise(chain, x, change, residual, slope, limit):
            return True
        _correct(chain, x, residual, slope, diagonal)
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def amounts(
    volume: Floats, before: Floats, x: Floats, change: Floats, residual: Floats
) -> tuple[float, float, float, float]:
    """Sums over places of volume times `before`, `change`, `residual`, and what raises negative x to 0.

    `volume`, `before`, `x`, `change`, `residual`: float64 [places]; added up in their order.
    """
    held = changed = unsolved = raised = 0.0
    for i in range(x.size):
        held += volume[i] * before[i]
        changed += volume[i] * change[i]
        unsolved += volume[i] * residual[i]
        raised += volume[i] * max(-x[i], 0.0)
    return held, changed, unsolved, raised


@njit(cache=True, nogil=True, error_model="numpy")
def bound(volume: Floats, share: Floats, rate: Floats, km: Floats, x: Floats, taken: Floats) -> None:
    """Write uptake of each kind in all places together into `taken`, nM um3/h.

    `volume`, `share`, `x`: float64 [places]; `rate`, `km`, `taken`: float64 [kinds].
    """
    for kind in range(km.size):
        total = 0.0
        for i in range(x.size):
            positive = max(x[i], 0.0)
            saturation = positive / (km[kind] + positive) + min(x[i], 0.0) / km[kind]
            total += volume[i] * share[i] * saturation
        taken[kind] = rate[kind] * total


@njit(cache=True, nogil=True, error_model="numpy")
def count_hours(hours: Floats, levels: Floats, before: Floats, after: Floats, step_h: float) -> None:
    """Add to `hours` how long each place was above each level; a crossing lies on the exponential between.

    `hours`: float64 [levels, places]; `levels`: float64 [levels], nM; `before`, `after`: float64 [places],
    nM; `step_h`: h.
    """
    for row in range(levels.size):
        level, here = levels[row], hours[row]
        crossings = 0
        for i in range(before.size):
            was_above, is_above = before[i] > level, after[i] > level
            here[i] += step_h * (was_above and is_above)
            crossings += was_above != is_above
        if crossings == 0:
            continue
        for i in range(before.size):
            if (before[i] > level) != (after[i] > level):
                start, end = max(before[i], 1e-300), max(after[i], 1e-300)
                moment = math.log(level / start) / math.log(end / start)
                here[i] += step_h * (moment if before[i] > level else 1.0 - moment)
