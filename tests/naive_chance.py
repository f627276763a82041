"""Random numbers and the mathematics of chance once more, in plain Python; it imports nothing from `sim`."""

import math
from functools import cache

MOVE, MOVE_CONTEST, HIT, LYSIS, LIFE, LIFE_CONTEST = 6, 7, 8, 9, 10, 11
ENTER, ENTER_CONTEST, ENTER_TRAIT, SOLID_LIFE, DAUGHTER, EDGE, RING, BURN_IN, BURN_IN_TRAIT = range(12, 21)
WORD = 2**32


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Ten rounds on four 32-bit words."""
    a, b, c, d = counter
    left, right = key
    for _ in range(10):
        high_a, low_a = divmod(0xD2511F53 * a, WORD)
        high_c, low_c = divmod(0xCD9E8D57 * c, WORD)
        a, b, c, d = high_c ^ b ^ left, low_c, high_a ^ d ^ right, low_a
        left, right = (left + 0x9E3779B9) % WORD, (right + 0xBB67AE85) % WORD
    return [a, b, c, d]


LAW_STEP = 0.25  # hits an hour


@cache
def words(seed: int, stream: int, voxel: int, tick: int, draw: int) -> list[int]:
    """Four numbers of 32 bits."""
    return philox([voxel % WORD, tick % WORD, draw % WORD, seed // WORD], [seed % WORD, stream])


def uniforms(seed: int, stream: int, voxel: int, tick: int, draw: int) -> list[float]:
    """Four numbers in (0, 1)."""
    return [(word + 0.5) / WORD for word in words(seed, stream, voxel, tick, draw)]


def chance(rate: float, hours: float) -> float:
    return -math.expm1(-rate * hours)


def poisson(u: float, mean: float) -> int:
    """Smallest n whose cumulative probability reaches u."""
    n, reached = 0, math.exp(-mean)
    while u > reached:
        n += 1
        reached += math.exp(-mean) * mean**n / math.factorial(n)
    return n


def yule(u: float, rate: float, hours: float) -> int:
    """New cells from one: n or more with chance p^n."""
    n = 0
    while u < chance(rate, hours) ** (n + 1):
        n += 1
    return n


def hits_for(law: list[float], kills: float) -> float:
    """Hits an hour that make so many kills an hour, straight between the points of the law; no law: hits."""
    if not law:
        return kills
    if kills >= law[-1]:
        return law.index(law[-1]) * LAW_STEP
    low = max(i for i, each in enumerate(law) if each <= kills)
    return (low + (kills - law[low]) / (law[low + 1] - law[low])) * LAW_STEP


def relax(x: float, gain: float, loss: float, bounded: bool, hours: float) -> float:
    """x' = a(1-x) - bx, or a - bx."""
    speed = gain + loss if bounded else loss
    return x + gain * hours if speed == 0 else x + (gain / speed - x) * chance(speed, hours)


def respond(modifier: dict, x: float) -> float:
    """A factor of a rate at signal x."""
    if modifier["kind"] == "times":
        return x
    if modifier["kind"] == "less":
        return max(1.0 - x, 0.0)
    if modifier["kind"] == "more":
        return 1.0 + modifier["limit"] * x
    h = x ** modifier["hill"] / (x ** modifier["hill"] + modifier["half"] ** modifier["hill"])
    if modifier["kind"] in ("gated", "also"):
        return h
    return 1.0 + (modifier["limit"] - 1.0) * h


def respond_to_crowd(modifier: dict, seen: float, hidden: float, each: float) -> float:
    """Mean response over a Poisson number of hidden cells; the last 1e-9 of the chances is left out."""
    total, told, n = 0.0, 0.0, 0
    while told < 1.0 - 1e-9:
        weight = math.exp(-hidden) * hidden**n / math.factorial(n)
        total += weight * respond(modifier, seen + n * each)
        told += weight
        n += 1
    return total
