"""What happened so far, and the one way in which a run is stopped."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class SimError(RuntimeError):
    """A run that cannot go on; one sentence with the tick or hour and the place."""


@dataclass
class Counts:
    """Everything that changes the number of cells, by rule and by solid type."""

    fired: NDArray[np.int64]  # [rules]
    left: NDArray[np.int64]  # [rules] daughters that left the plane
    filled: NDArray[np.int64]  # [solid types + 1] freed voxels that daughters took
    gained: NDArray[np.int64]  # [solid types + 1] voxels that joined the bed with a daughter
    owed: NDArray[np.float64]  # [solid types + 1] parts of voxels that the bed still has to gain
    turned_back: int = 0  # arrivals that found no room


def no_counts(rules: int, types: int) -> Counts:
    """Counters at 0 for so many rules and type codes."""
    fired, left, filled, gained = (np.zeros(n, np.int64) for n in (rules, rules, types, types))
    return Counts(fired, left, filled, gained, np.zeros(types))
