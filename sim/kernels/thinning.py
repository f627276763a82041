"""Draw first, rate second: a rate is worked out only where the draw is below the highest rate it could have.

Most events are rare. Where the draw is above what even the highest rate allows, nothing happens whatever the
cell carries or sees, so neither is looked up. The events are those that all rates together would give.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import (
    FIRST,
    HALF,
    HILL,
    INDEX,
    KIND,
    LAST,
    LIMIT,
    MOST,
    RATE,
    SOURCE,
    TRAIT,
    Rules,
)
from il2sim.sim.kernels.jit import Floats, Integer, Integers, Places, kernel
from il2sim.sim.kernels.neighbourhood import World, fill_view
from il2sim.sim.kernels.rates import rates_of, response
from il2sim.sim.kernels.rng import Moment, draw_three
from il2sim.sim.kernels.traits import CHUNK
from il2sim.sim.tissue import VOXEL, Layer

SLACK = 1.0 + 1e-9  # a product of many factors may round to just above its bound


class Candidates(NamedTuple):
    """The cells of one chunk whose draw is low enough for a rule to fire, and what is drawn for them."""

    place: NDArray[np.int64]  # [CHUNK] voxels of the whole chunk
    draw: NDArray[np.float64]  # [3, CHUNK] draws of the whole chunk
    slot: NDArray[np.int64]  # [CHUNK] the candidates
    voxel: NDArray[np.int64]
    u: NDArray[np.float64]  # whether the rule fires
    u_place: NDArray[np.float64]  # where a daughter would go
    row: NDArray[np.int64]  # 0, 1, 2, ...: their rows of the view
    rate: NDArray[np.float64]  # 1/h


def no_candidates() -> Candidates:
    """Room for one chunk."""
    place, slot, voxel = (np.empty(CHUNK, np.int64) for _ in range(3))
    u, u_place, rate = (np.empty(CHUNK) for _ in range(3))
    return Candidates(place, np.empty((3, CHUNK)), slot, voxel, u, u_place, np.arange(CHUNK), rate)


@kernel
def highest_rate(rules: Rules, r: Integer, trait: Floats, slots: Integers) -> float:
    """The rate (1/h) that rule r exceeds for none of `slots`, whatever they see; inf where nothing bounds it.

    `trait`: float64 [capacity, traits] of their layer.
    """
    bound: float = rules.number[r, RATE]
    for m in range(rules.code[r, FIRST], rules.code[r, LAST]):
        most = rules.modifier_number[m, MOST]
        if most == math.inf and rules.modifier_code[m, SOURCE] == TRAIT:
            most = _highest_response(rules, m, trait, slots)
        bound *= most
    return bound * SLACK


@kernel
def _highest_response(rules: Rules, m: Integer, trait: Floats, slots: Integers) -> float:
    """The largest factor that modifier m, of an unbounded trait, makes for any of `slots`."""
    kind, index, hill = (
        rules.modifier_code[m, KIND],
        rules.modifier_code[m, INDEX],
        rules.modifier_code[m, HILL],
    )
    half, limit, most = rules.modifier_number[m, HALF], rules.modifier_number[m, LIMIT], 0.0
    for i in range(slots.size):
        most = max(most, response(kind, trait[slots[i], index], half, limit, hill))
    return most


@kernel
def take_chunk(layer: Layer, slots: Integers, found: Candidates) -> None:
    """Note where the cells of a chunk are."""
    for i in range(slots.size):
        found.place[i] = layer.cell[slots[i], VOXEL]


@kernel
def find_candidates(
    world: World,
    phase: int,
    rules: Rules,
    r: Integer,
    kind: Integer,
    layer: Layer,
    slots: Integers,
    fate: Places,
    stream: int,
    moment: Moment,
    view: Floats,
    found: Candidates,
) -> int:
    """List those of the chunk without a fate that rule r may fire for, with their rates; returns how many.

    `slots`: int64 [CHUNK or fewer], all of type `kind`, whose voxels `found.place` holds (`take_chunk`);
    `fate`: int32 [cells], -1 where nothing has happened yet; `phase`: what the cells look at.
    """
    limit = highest_rate(rules, r, layer.trait, slots) * moment.hours
    if limit == 0.0:
        return 0
    draw_three(moment.seed, stream, found.place[: slots.size], moment.tick, r, found.draw)
    n = 0
    for i in range(slots.size):
        found.slot[n] = i
        n += found.draw[0, i] < limit
    many, n = n, 0
    for k in range(many):
        i = found.slot[k]
        found.slot[n], found.voxel[n] = slots[i], found.place[i]
        found.u[n], found.u_place[n] = found.draw[0, i], found.draw[1, i]
        n += fate[slots[i]] < 0
    fill_view(world, phase, kind, found.voxel, n, view)
    rates_of(rules, r, layer.trait, found.slot[:n], view, found.row[:n], found.rate)
    return n
