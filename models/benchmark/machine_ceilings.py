"""The ceilings of this machine, measured: bytes in a row, and places at random, in a map of a section's size
and far beyond the caches.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.kernels.memory_speed import chase, gather, stream

TRIES = 3


@dataclass(frozen=True)
class Ceilings:
    """What one core gets at most: GB/s of rows read and written, ns for a place at random."""

    stream_gb_s: float
    near_ns: float  # of many known places at a time, in `near_mb`
    far_ns: float  # the same in `far_mb`
    near_latency_ns: float  # of a place known only from the last one
    far_latency_ns: float
    near_mb: float
    far_mb: float


def ceilings(near_mb: float = 2.0, far_mb: float = 256.0) -> Ceilings:
    """Measure them, the best of three; `near_mb` is about a 10-mm section's maps."""
    near, far = (int(size * 1e6) // 8 for size in (near_mb, far_mb))
    return Ceilings(
        _stream_gb_s(far // 3),
        _known_ns(near),
        _known_ns(far),
        _latency_ns(near),
        _latency_ns(far),
        near_mb,
        far_mb,
    )


def _best_s(once: Callable[[], object]) -> float:
    """Shortest of some tries, s of CPU, after one that compiles."""
    once()
    found = []
    for _ in range(TRIES):
        started = time.thread_time()
        once()
        found.append(time.thread_time() - started)
    return max(min(found), 1e-9)


def _stream_gb_s(size: int) -> float:
    rows = np.zeros(size), np.ones(size), np.ones(size)
    return 24e-9 * size / _best_s(lambda: stream(*rows))


def _known_ns(size: int) -> float:
    places, values = np.random.default_rng(1).permutation(size), np.ones(size)
    return 1e9 * _best_s(lambda: gather(places, values)) / size


def _latency_ns(size: int) -> float:
    following, steps = one_circle(size), 500_000
    return 1e9 * _best_s(lambda: chase(following, steps)) / steps


def one_circle(places: int) -> NDArray[np.int64]:
    """A way through all places in random order that comes back to its beginning."""
    order = np.random.default_rng(1).permutation(places)
    following = np.empty(places, np.int64)
    following[order] = np.roll(order, -1)
    return following
