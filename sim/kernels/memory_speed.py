"""What the memory of this machine gives at most: bytes in a row, and single places at random.

The ceilings that the phases of a tick are held against; nothing else uses them.
"""

from il2sim.sim.kernels.jit import Floats, Integer, Integers, kernel


@kernel
def stream(into: Floats, first: Floats, second: Floats) -> None:
    """Write first + 2 second, element by element: three rows of bytes.

    `into`, `first`, `second`: float64 [n].
    """
    for i in range(into.size):
        into[i] = first[i] + 2.0 * second[i]


@kernel
def chase(following: Integers, steps: Integer) -> Integer:
    """Go from place to place, each known only from the one before; return the last.

    `following`: int64 [n], where to go from each place; `steps`: how often.
    """
    place: Integer = following[0]
    for _ in range(steps):
        place = following[place]
    return place


@kernel
def gather(places: Integers, values: Floats) -> float:
    """Sum of values at places that are known beforehand, so that many are on their way at once.

    `places`: int64 [m]; `values`: float64 [n].
    """
    total = 0.0
    for i in range(places.size):
        total += values[places[i]]
    return total
