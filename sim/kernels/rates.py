"""From what a cell carries and sees to the rates of its rules: the interpreter, and the mathematics of
chance.

Every `exp` and `expm1` of a kernel goes through here, and here alone a rate becomes a probability.
"""

import math

import numpy as np

from il2sim.sim.compile.arrays import (  # fmt: skip
    FIRST,
    HALF,
    HILL,
    INDEX,
    KIND,
    LAST,
    LIMIT,
    RATE,
    SOURCE,
    TRAIT,
    VICTIM_FIRST,
    VICTIM_LAST,
    VIEW,
    Rules,
)
from il2sim.sim.kernels.jit import Floats, Integer, Integers, kernel
from il2sim.sim.language.cells_and_rules import LAW_STEP

_LOWERED, _GATED, TIMES, _LESS, _MORE, _ALSO = 1, 2, 3, 4, 5, 6
_MOST_OFFSPRING = 1_000_000  # far more than voxels: the caller stops the run, where p = 1 would never end


@kernel
def decay(rate: float, hours: float) -> float:
    """exp(-rate hours): the share that has not yet had an event of this rate (1/h).

    >>> round(float(decay(0.1, 10.0)), 4)
    0.3679
    """
    return math.exp(-rate * hours)


@kernel
def probability(rate: float, hours: float) -> float:
    """Chance of at least one event of this rate (1/h): the only place where a rate becomes a probability.

    >>> round(float(probability(0.1, 10.0)), 4)
    0.6321
    """
    return -math.expm1(-rate * hours)


@kernel
def happens(u: float, rate: float, hours: float) -> bool:
    """Whether an event of this rate comes within `hours`, for the uniform `u`.

    Its chance is below rate x hours, which settles most draws without an exponential.
    """
    return u < rate * hours and u < probability(rate, hours)


@kernel
def offspring(u: float, rate: float, hours: float) -> int:
    """New cells of a Yule process from one cell, from one uniform: mean exp(rate hours) - 1 on any clock.

    >>> offspring(0.99, 0.1, 1.0), offspring(0.001, 0.1, 1.0)
    (0, 2)
    """
    if u >= rate * hours:
        return 0
    p = probability(rate, hours)
    count = 0
    threshold = p
    while u < threshold and count < _MOST_OFFSPRING:
        count += 1
        threshold *= p
    return count


@kernel
def poisson(u: float, mean: float) -> int:
    """Poisson count of this mean from one uniform, by adding up its terms.

    >>> poisson(0.3, 1.0), poisson(0.7, 1.0), poisson(0.95, 1.0)
    (0, 1, 3)
    """
    term = math.exp(-mean)
    total = term
    count = 0
    while u > total and count < 1000:
        count += 1
        term *= mean / count
        total += term
    return count


@kernel
def _power(x: float, hill: Integer) -> float:
    """x to the power `hill` (1, 2, 4 or 8) by squaring: `**` costs a logarithm and an exponential."""
    square = x * x
    fourth = square * square
    if hill == 1:
        return x
    if hill == 2:
        return square
    return fourth if hill == 4 else fourth * fourth


@kernel
def response(kind: Integer, x: float, half: float, limit: float, hill: Integer) -> float:
    """Factor of one modifier at signal x: `kind` is its code, `half` the x of half the effect.

    `limit` is the fold or the floor that it ends at, of a gain the gain; `hill` is 1, 2, 4 or 8.
    """
    start, slope, is_hill = _line(kind, limit)
    if not is_hill:
        factor = start + slope * x
        return max(factor, 0.0) if kind == _LESS else factor
    top = _power(x, hill)
    return start + slope * (top / (top + _power(half, hill)))


@kernel
def _line(kind: Integer, limit: float) -> tuple[float, float, bool]:
    """Factor of a modifier of this kind and `limit` as start + slope h: h a Hill term where True, else x."""
    if kind == TIMES:
        return 0.0, 1.0, False
    if kind == _LESS:
        return 1.0, -1.0, False
    if kind == _MORE:
        return 1.0, limit, False
    if kind == _GATED:
        return 0.0, 1.0, True
    return 1.0, limit - 1.0, True


@kernel
def _multiply_by(
    values: Floats,
    rows: Integers,
    kind: Integer,
    half: float,
    limit: float,
    hill: Integer,
    rate: Floats,
) -> None:
    """Multiply rate[i] by the response to values[rows[i]], as `response` gives it, in loops without branches.

    `values`: float64, a column of traits or of the view; `half`, `limit` and `hill` are those of `response`.
    """
    start, slope, is_hill = _line(kind, limit)
    floor = 0.0 if kind == _LESS else -math.inf
    if not is_hill:
        for i in range(rows.size):
            rate[i] *= max(start + slope * values[np.uint64(rows[i])], floor)
        return
    middle = _power(half, hill)
    if hill == 1:  # the usual one
        for i in range(rows.size):
            x = values[np.uint64(rows[i])]
            rate[i] *= start + slope * (x / (x + middle))
        return
    for i in range(rows.size):
        top = _power(values[np.uint64(rows[i])], hill)
        rate[i] *= start + slope * (top / (top + middle))


@kernel
def crowd_response(
    kind: Integer, seen: float, hidden_mean: float, each: float, half: float, limit: float, hill: Integer
) -> float:
    """Mean response to `seen` cells and a Poisson number (`hidden_mean`) of hidden ones that weigh `each`.

    kind, half, limit and hill are those of `response`. A section cannot know how many it hides, so the mean
    of the response is taken and not the response of the mean.
    """
    term = decay(hidden_mean, 1.0)
    rest, total, hidden = 1.0, 0.0, 0
    while rest > 1e-9 and hidden < 100:
        total += term * response(kind, seen + hidden * each, half, limit, hill)
        rest -= term
        hidden += 1
        term *= hidden_mean / hidden
    return total


@kernel
def _open_further(
    full: float,
    half: float,
    hill: Integer,
    index: Integer,
    view: Floats,
    rows: Integers,
    rate: Floats,
    cells: Integer,
) -> None:
    """Open a gate that several cytokines open, the first factor of its rule, by one more of them.

    What is shut of the `full` rate (1/h), column `index` of the view opens by a Hill response with `half`
    (nM) and `hill`; `rate`: float64 [cells], 1/h; `view[rows[i]]` is what cell i sees.
    """
    for i in range(cells):
        rate[i] += (full - rate[i]) * response(_GATED, view[rows[i], index], half, 1.0, hill)


@kernel
def _multiply(
    rules: Rules,
    r: Integer,
    trait: Floats,
    slots: Integers,
    view: Floats,
    rows: Integers,
    rate: Floats,
    traits_only: bool,
) -> None:
    """Multiply rate[i] of rule r by its modifiers for the cell in slots[i] that sees view[rows[i]].

    Modifier by modifier over many cells, so that no cell pays for finding out what a modifier is. With
    `traits_only` those of what is seen are left out. `trait`: float64 [capacity, traits].
    """
    for m in range(rules.code[r, FIRST], rules.code[r, LAST]):
        kind, index, hill = (
            rules.modifier_code[m, KIND],
            rules.modifier_code[m, INDEX],
            rules.modifier_code[m, HILL],
        )
        half, limit = rules.modifier_number[m, HALF], rules.modifier_number[m, LIMIT]
        source = rules.modifier_code[m, SOURCE]
        if source == TRAIT:
            _multiply_by(trait[:, index], slots, kind, half, limit, hill, rate)
        elif source == VIEW and kind == _ALSO and not traits_only:
            _open_further(rules.number[r, RATE], half, hill, index, view, rows, rate, slots.size)
        elif source == VIEW and not traits_only:
            _multiply_by(view[:, index], rows, kind, half, limit, hill, rate)
        elif not traits_only:
            for i in range(slots.size):
                seen, hidden, each = view[rows[i], index], view[rows[i], index + 1], view[rows[i], index + 2]
                if rate[i] > 0.0:
                    rate[i] *= crowd_response(kind, seen, hidden, each, half, limit, hill)


@kernel
def rates_of(
    rules: Rules, r: Integer, trait: Floats, slots: Integers, view: Floats, rows: Integers, rate: Floats
) -> None:
    """rate[i] (1/h) of rule r for the cell in slots[i] that sees view[rows[i]].

    `trait`: float64 [capacity, traits]; `rate`: float64 [slots.size or more], written.
    """
    for i in range(slots.size):
        rate[i] = rules.number[r, RATE]
    _multiply(rules, r, trait, slots, view, rows, rate, False)


@kernel
def rates_by_traits(
    rules: Rules, r: Integer, trait: Floats, slots: Integers, view: Floats, rate: Floats
) -> None:
    """rate[i] (1/h) of rule r without what the cells see: 0 here is 0 whatever they see.

    `trait`: float64 [capacity, traits]; `rate`: float64 [slots.size or more], written.
    """
    for i in range(slots.size):
        rate[i] = rules.number[r, RATE]
    _multiply(rules, r, trait, slots, view, slots, rate, True)


@kernel
def hits_for(law: Floats, kills: float) -> float:
    """Hits an hour that make `kills` an hour: the law read backwards, straight between its points.

    `law`: float64 [points], kills an hour at every LAW_STEP hits an hour; all 0 where hits are what is
    declared.
    """
    last = law.size - 1
    if last < 1 or law[last] == 0.0:
        return kills
    wanted = min(kills, law[last])
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) // 2
        if law[middle] < wanted:
            low = middle
        else:
            high = middle
    if law[high] <= law[low]:
        return low * LAW_STEP
    between: float = low + (wanted - law[low]) / (law[high] - law[low])
    return between * LAW_STEP


@kernel
def exposure_of(rules: Rules, r: Integer, trait: Floats, slot: Integer) -> float:
    """Share of rule r's rate that the traits of the victim in `slot` leave it, at most 1.

    `trait`: float64 [capacity, traits] of the solid layer.
    """
    share = 1.0
    for m in range(rules.code[r, VICTIM_FIRST], rules.code[r, VICTIM_LAST]):
        half, limit = rules.modifier_number[m, HALF], rules.modifier_number[m, LIMIT]
        x = trait[slot, rules.modifier_code[m, INDEX]]
        share *= response(rules.modifier_code[m, KIND], x, half, limit, rules.modifier_code[m, HILL])
    return min(share, 1.0)
