"""No rate stands above the bound that is drawn against, so no event can be missed."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from il2sim.sim.compile.arrays import PHASES
from il2sim.sim.kernels.neighbourhood import fill_view
from il2sim.sim.kernels.rates import rates_of
from il2sim.sim.kernels.thinning import highest_rate
from il2sim.sim.language.model import Model, Modifier, Signal, less, more, times
from il2sim.sim.tissue import TYPE, VOXEL
from tests.random_case import RandomCase, random_case
from tests.test_kernels import HALF_HOURS, build, everywhere, solid


def rates_and_bounds(case: RandomCase, phase: str, layer_name: str) -> list[tuple[np.ndarray, float]]:
    """Of every rule of a phase the rates of all its cells, and its bound."""
    engine, rules, p = case.engine, case.table.rules, PHASES.index(phase)
    layer = engine.tissue.layers[layer_name]
    view = np.zeros((len(layer.cell), case.table.signals.columns))
    found = []
    for kind in range(1, rules.start.shape[1] - 1):
        slots = np.flatnonzero(layer.cell[: layer.count[0], TYPE] == kind)
        voxels = np.ascontiguousarray(layer.cell[slots, VOXEL])
        fill_view(engine._world(), p, kind, voxels, slots.size, view)
        for k in range(rules.start[p, kind], rules.start[p, kind + 1]):
            r, rate = rules.order[k], np.empty(slots.size)
            rates_of(rules, r, layer.trait, slots, view, np.arange(slots.size), rate)
            found.append((rate, highest_rate(rules, r, layer.trait, slots)))
    return found


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 6, 8, 9])
def test_no_rate_of_a_random_table_exceeds_its_bound(seed: int) -> None:
    case = random_case(seed, 2)
    for _ in range(4):
        case.engine.step()
    pairs = rates_and_bounds(case, "life", "immune") + rates_and_bounds(case, "birth", "solid")
    assert pairs
    for rate, bound in pairs:
        assert rate.size == 0 or rate.max() <= bound


@pytest.mark.parametrize("word", [less, times, lambda trait: more(trait, 2.0)])
@pytest.mark.parametrize("start", [-2.0, 3.0])
def test_what_an_unbounded_trait_makes_of_a_rate_is_not_cut_off(
    word: Callable[[Signal], Modifier], start: float
) -> None:
    def declare(m: Model) -> None:
        solid(m, "rock")
        depth = m.trait("depth", bounded=False)
        m.cell_type("grazer").dies(0.2, word(depth))
        m.cell_type("grazer").divides(1e-12, both={depth: -1.0})  # what makes values below 0 possible

    shape = (60, 60)
    small = build(declare, {"rock": everywhere(*shape)}, {"grazer": everywhere(*shape)}, clocks=HALF_HOURS)
    small.set_trait("grazer", "depth", start)
    factor = max({less: 1.0 - start, times: start}.get(word, 1.0 + 2.0 * start), 0.0)
    n, p = small.count("grazer"), -math.expm1(-0.2 * factor * 0.5)
    died = n - small.run(1).count("grazer")
    assert abs(died - n * p) <= 4.5 * math.sqrt(n * p * (1.0 - p))
