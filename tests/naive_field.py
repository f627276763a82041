"""Steady cytokines of the naive tick: an equation for each field voxel; nothing from `sim`."""

import math
from itertools import product

import numpy as np

from tests.naive_chance import chance
from tests.naive_tissue import NaiveTissue, Place, ball, beside

L_PER_UM3 = 1e-15


def spread(tissue: NaiveTissue, hours: float) -> None:
    """What cells secrete now becomes what cells see, at once or late."""
    case = tissue.case
    levels = {name: steady_level(tissue, name, *spec[:3]) for name, spec in case.steady.items()}
    for name, (_, _, _, lag) in case.steady.items():
        share = chance(1.0 / lag, hours) if lag else 1.0
        for place, before in case.fields[name].items():
            level = levels[name][block_of(tissue, place)]
            case.fields[name][place] = before + (level - before) * share


def block_of(tissue: NaiveTissue, place: Place) -> Place:
    return tuple(n // tissue.case.field_side for n in place)


def steady_level(
    tissue: NaiveTissue, name: str, length_um: float, loss: float, pores: float
) -> dict[Place, float]:
    """loss (c - length^2 laplacian c) = secretion, shut walls."""
    case = tissue.case
    side_um = case.field_side * case.voxel_um
    thickness_um = side_um if tissue.dimensions == 3 else case.voxel_um
    volume_l = side_um**2 * thickness_um * L_PER_UM3
    blocks = list(product(*(range(math.ceil(n / case.field_side)) for n in case.shape)))
    row = {block: i for i, block in enumerate(blocks)}
    equations, source = np.zeros((len(blocks), len(blocks))), np.zeros(len(blocks))
    for block, i in row.items():
        equations[i, i] += 1.0
        for step in ball(tissue.dimensions, 1.0)[1:]:
            if beside(block, step) in row:
                equations[i, i] += (length_um / side_um) ** 2
                equations[i, row[beside(block, step)]] -= (length_um / side_um) ** 2
    for layer in (tissue.immune, tissue.solid):
        for place, cell in layer.items():
            for _, rule in tissue.rules(("secretes",), cell.type):
                if rule["other"] == name:
                    amount = tissue.rate(rule, cell, place)
                    source[row[block_of(tissue, place)]] += amount / (pores * volume_l * loss)
    solved = np.linalg.solve(equations, source)
    return {block: float(solved[i]) for block, i in row.items()}


def uphill(
    tissue: NaiveTissue, place: Place, cytokine: str, half: float, bias: float, reach_um: float
) -> tuple[int, float]:
    """The way nearest to the slope of ln(1 + c / half), and the chance of turning there."""
    side, here = tissue.case.field_side, block_of(tissue, place)
    level = {
        block_of(tissue, each): math.log1p(nanomolar / half)
        for each, nanomolar in tissue.case.fields[cytokine].items()
    }
    slope = []
    for axis in range(tissue.dimensions):
        step = tuple(int(a == axis) for a in range(tissue.dimensions))
        ahead, behind = beside(here, step), tuple(a - b for a, b in zip(here, step, strict=True))
        ahead, behind = (ahead if ahead in level else here), (behind if behind in level else here)
        blocks = ahead[axis] - behind[axis]
        slope.append((level[ahead] - level[behind]) / (blocks * side * tissue.case.voxel_um) if blocks else 0)
    gains = [
        sum(n * g for n, g in zip(step, slope, strict=True)) / math.sqrt(sum(n * n for n in step))
        for step in tissue.touching[1:]
    ]
    steepness = math.sqrt(sum(g * g for g in slope))
    return 1 + gains.index(max(gains)), bias * min(1.0, reach_um * steepness)
