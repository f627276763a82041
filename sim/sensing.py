"""Traits relax towards what their cells sense; and the survey of neighbours that a section hides."""

from numba import njit

from sim.rates import rate_of, relaxed
from sim.table import CODE, OTHER, RISES, WEIGHT
from sim.tissue import TYPE, VOXEL

_SENSE = 0


@njit(cache=True, nogil=True)
def move_traits(world, layer, phase, slot, bounded, hours, gain, loss):
    """One exact step of every trait that this cell's rules of `phase` move; all read the old values."""
    rules = world.rules
    kind, voxel = layer.cell[slot, TYPE], int(layer.cell[slot, VOXEL])
    first, last = rules.start[phase, kind], rules.start[phase, kind + 1]
    if first == last:
        return
    gain[:] = 0.0
    loss[:] = 0.0
    for k in range(first, last):
        r = int(rules.order[k])
        amount = rate_of(world, r, layer, slot, voxel)
        if rules.code[r, RISES]:
            gain[rules.code[r, OTHER]] += amount
        else:
            loss[rules.code[r, OTHER]] += amount
    for t in range(gain.size):
        if gain[t] != 0.0 or loss[t] != 0.0:
            layer.trait[slot, t] = relaxed(layer.trait[slot, t], gain[t], loss[t], bounded[t], hours)


@njit(cache=True, nogil=True)
def sense(world, bounded, hours, gain, loss):
    """Traits of the immune layer. A rule may read other cells' traits only through the survey made before."""
    for slot in range(world.immune.count[0]):
        move_traits(world, world.immune, _SENSE, slot, bounded, hours, gain, loss)


@njit(cache=True, nogil=True)
def survey_blocks(world, survey, unseen_voxels, shape, block_voxels, count, weight):
    """Expected unseen cells and their mean weight per block, from 3 x 3 blocks of the section.

    `shape` is the blocks' shape, `block_voxels` the lattice voxels of one block; `count` and `weight` are scratch.
    """
    immune = world.immune
    trait = world.survey[survey, WEIGHT]
    count[:] = 0.0
    weight[:] = 0.0
    for slot in range(immune.count[0]):
        if immune.cell[slot, TYPE] == world.survey[survey, CODE]:
            block = world.block_of[immune.cell[slot, VOXEL]]
            count[block] += 1.0
            weight[block] += 1.0 + immune.trait[slot, trait] if trait >= 0 else 1.0
    for i in range(shape[0]):
        for j in range(shape[1]):
            _pool(world, survey, i, j, shape, count, weight, unseen_voxels / block_voxels)


@njit(cache=True, nogil=True)
def _pool(world, survey, i, j, shape, count, weight, per_voxel):
    cells, weights, blocks = 0.0, 0.0, 0
    for a in range(max(i - 1, 0), min(i + 2, shape[0])):
        for b in range(max(j - 1, 0), min(j + 2, shape[1])):
            cells += count[a * shape[1] + b]
            weights += weight[a * shape[1] + b]
            blocks += 1
    world.unseen[survey, i * shape[1] + j, 0] = per_voxel * cells / blocks
    world.unseen[survey, i * shape[1] + j, 1] = weights / cells if cells > 0.0 else 1.0


@njit(cache=True, nogil=True)
def sense_for(world, bounded, hours, gain, loss):
    """Each immune cell's traits after its own `hours[slot]` in its present place; for tissue before a run."""
    for slot in range(world.immune.count[0]):
        move_traits(world, world.immune, _SENSE, slot, bounded, hours[slot], gain, loss)
