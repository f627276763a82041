"""Counter-based random numbers (Philox4x32-10): place, tick and purpose decide what is drawn.

Nothing here has state. The key is (seed, stream), the counter (voxel, tick, draw), so removing one cell
leaves every other cell's draws untouched and arms of a trial stay paired.
"""

from enum import IntEnum, unique
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.kernels.jit import Floats, Integer, Integers, Places, copied_kernel, kernel

_MASK = 0xFFFFFFFF
_TO_UNIT = 1.0 / 4294967296.0


class Moment(NamedTuple):
    """When something is drawn, and how long it has to happen."""

    seed: int
    tick: int
    hours: float


@unique
class Stream(IntEnum):
    """One number per purpose; two purposes must never share one."""

    TEXTURE = 1
    LOT = 2
    IMMUNE_START = 4
    TRAIT_START = 5
    MOVE = 6
    MOVE_CONTEST = 7
    HIT = 8
    LYSIS = 9
    IMMUNE_LIFE = 10
    IMMUNE_CONTEST = 11
    ENTER = 12
    ENTER_CONTEST = 13
    ENTER_TRAIT = 14
    SOLID_LIFE = 15
    DAUGHTER = 16
    EDGE = 17
    RING = 18
    BURN_IN = 19
    BURN_IN_TRAIT = 20
    CLONE = 21
    BIOPSY = 30
    NODES = 40
    IN_SITU = 41
    CORES = 42
    FOCI = 43
    OBSERVER = 44


@copied_kernel
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10 (Salmon et al. 2011): four 32-bit words from a counter and a key.

    The counter is c0, c1, c2, c3, the key k0, k1, each of 32 bits. Products may overflow a signed 64-bit
    integer; the bit pattern is right all the same, and the masks keep the arithmetic identical with Python's
    unbounded integers.

    >>> [f"{int(word):08x}" for word in philox(0, 0, 0, 0, 0, 0)]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    for _ in range(10):
        p0 = c0 * 0xD2511F53
        p1 = c2 * 0xCD9E8D57
        c0, c1, c2, c3 = (
            ((p1 >> 32) & _MASK) ^ c1 ^ k0,
            p1 & _MASK,
            ((p0 >> 32) & _MASK) ^ c3 ^ k1,
            p0 & _MASK,
        )
        k0 = (k0 + 0x9E3779B9) & _MASK
        k1 = (k1 + 0xBB67AE85) & _MASK
    return c0, c1, c2, c3


@kernel
def uniform4(
    seed: Integer, stream: Integer, voxel: Integer, tick: Integer, draw: Integer
) -> tuple[float, float, float, float]:
    """Four independent uniforms in (0, 1), the same for the same seed, place, tick and `draw`.

    >>> hit = int(Stream.HIT)
    >>> uniform4(1, hit, 5, 7, 0) == uniform4(1, hit, 5, 7, 0) != uniform4(1, hit, 5, 8, 0)
    True
    """
    whole = int(seed)
    a, b, c, d = philox(
        int(voxel) & _MASK,
        int(tick) & _MASK,
        int(draw) & _MASK,
        (whole >> 32) & _MASK,
        whole & _MASK,
        int(stream) & _MASK,
    )
    return (a + 0.5) * _TO_UNIT, (b + 0.5) * _TO_UNIT, (c + 0.5) * _TO_UNIT, (d + 0.5) * _TO_UNIT


@kernel
def draw_three(
    seed: Integer, stream: Integer, voxels: Integers, tick: Integer, draw: Integer, draws: Floats
) -> None:
    """draws[k, i]: the first three uniforms of each voxel, as `uniform4` draws them, three times as fast.

    `voxels`: int64 [n]; `draws`: float64 [3, n or more]; `draw`: tells several draws of one purpose apart.
    """
    whole = int(seed)
    key, purpose, high, now = whole & _MASK, int(stream) & _MASK, (whole >> 32) & _MASK, int(tick) & _MASK
    which = int(draw) & _MASK
    for i in range(voxels.size):
        a, b, c, _ = philox(int(voxels[i]) & _MASK, now, which, high, key, purpose)
        draws[0, i] = (a + 0.5) * _TO_UNIT
        draws[1, i] = (b + 0.5) * _TO_UNIT
        draws[2, i] = (c + 0.5) * _TO_UNIT


@kernel
def draw_words(
    seed: Integer, stream: Integer, voxels: Integers, tick: Integer, draw: Integer, words: Places
) -> None:
    """words[k, i]: the four draws of each voxel, of 31 bits each; those of `uniform4` without their last bit.

    `voxels`: int64 [n]; `words`: int32 [4, n or more]; `draw`: tells several draws of one purpose apart.
    """
    whole = int(seed)
    key, purpose, high, now = whole & _MASK, int(stream) & _MASK, (whole >> 32) & _MASK, int(tick) & _MASK
    which = int(draw) & _MASK
    for i in range(voxels.size):
        a, b, c, d = philox(int(voxels[i]) & _MASK, now, which, high, key, purpose)
        words[0, i], words[1, i], words[2, i], words[3, i] = a >> 1, b >> 1, c >> 1, d >> 1


@kernel
def fill_uniforms(seed: Integer, stream: Integer, voxels: Integers, draw: Integer, out: Floats) -> None:
    """First uniform of each voxel at tick 0 into `out`; for building tissue, not for ticks.

    `voxels`: int64 [n]; `out`: float64 [n]; `draw`: tells several draws of one purpose apart.
    """
    for i in range(voxels.size):
        out[i] = uniform4(seed, stream, voxels[i], 0, draw)[0]


def uniforms(seed: int, stream: Stream, voxels: NDArray[np.int64], draw: int = 0) -> NDArray[np.float64]:
    """One uniform per voxel, shape of `voxels` (flat)."""
    out = np.empty(voxels.size)
    fill_uniforms(seed, int(stream), voxels.ravel(), draw, out)
    return out
