"""The tissue before treatment: nests in stroma, vessels, dead and freed voxels, the infiltrate in place.

The same texture covers the whole lattice, so the bed finds its own mix of tissue wherever it grows.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import ndtri

from il2sim.models.config.model import Config
from il2sim.models.tissue.birth_rate import growth_in_view
from il2sim.sim.compile.arrays import Table
from il2sim.sim.kernels.rates import probability
from il2sim.sim.kernels.rng import Stream, uniforms
from il2sim.sim.language.model import Model
from il2sim.sim.lattice import Lattice
from il2sim.sim.sums import added
from il2sim.sim.tissue import TYPE, VOXEL, Tissue, TissueMix, empty_layer

SLAB_PER_PROFILE = 1.0 / (
    4.0 + 7.0
)  # 4-um section, 7-um nucleus (Abercrombie): slab = profile x voxel_um x this
_ROUNDS = 20  # of shares and crowding, each of which changes the other a little
_MOBILE = ("cd8", "treg", "th", "nk")  # those named by the shares of a config that also enter nests
ASKED_BY = {
    "cd8": "patient.cd8_share",
    "nk": "patient.nk",
    "treg": "patient.cd8_treg_ratio",
    "th": "patient.th_share",
    "other_til": "patient.stil",
}
"""Which number of a config says how many there are: named, as `shares` is their formula."""


def lattice_of(config: Config) -> Lattice:
    """The lattice that holds the tumour and the room to grow."""
    side = math.ceil(config.side_um / config.space.voxel_um)
    return Lattice((side,) * config.space.dimensions, config.space.voxel_um)


def lay_tissue(config: Config, model: Model, table: Table, seed: int) -> Tissue:
    """Solid tissue and infiltrate at their expected shares; traits as at arrival."""
    lattice = lattice_of(config)
    layers = {
        "solid": empty_layer(lattice, len(table.traits["solid"]), lattice.interior.size),
        "immune": empty_layer(lattice, len(table.traits["immune"]), max(lattice.interior.size // 4, 256)),
    }
    field_of, field_shape = field_blocks(config, lattice)
    fields = np.zeros((max(len(table.cytokines), 1), int(np.prod(field_shape))))
    mix = drawn_mix(config, lattice, seed, _grounds(table))
    tissue = Tissue(lattice, layers, fields, field_of, field_shape, mix, np.zeros(lattice.size, np.bool_))
    inside = lattice.interior[lattice.distance_from_centre(lattice.interior) <= config.patient.width_um / 2.0]
    voxels, types = mix.lay(inside, _composition(config, model, table, inside.size))
    tissue.add("solid", voxels, types.astype(np.int8))
    tissue.sort("solid")
    tissue.bed[inside] = True
    lay_clones(model, table, tissue, seed)
    _infiltrate(config, model, table, tissue, seed)
    return tissue


def field_blocks(config: Config, lattice: Lattice) -> tuple[NDArray[np.int32], tuple[int, ...]]:
    """Field voxel of every voxel, and how many field voxels there are along each axis."""
    return lattice.blocks(round(config.space.field_voxel_um / config.space.voxel_um))


def _grounds(table: Table) -> tuple[tuple[int, ...], ...]:
    """Stroma with its vessels, nests with their dead and freed voxels: codes of their types."""
    grounds = (("vessel", "stroma"), ("cleared", "dead", "tumour"))
    return tuple(tuple(table.code(name) for name in ground) for ground in grounds)


def drawn_mix(config: Config, lattice: Lattice, seed: int, grounds: tuple[tuple[int, ...], ...]) -> TissueMix:
    """The first ground where smoothed noise is low, the second where it is high."""
    noise = ndtri(uniforms(seed, Stream.TEXTURE, lattice.interior)).reshape(lattice.shape)
    width = _smoothing_um(config.patient.nest_width_um, 1.0 - config.patient.stroma) / lattice.voxel_um
    texture, lot = np.zeros(lattice.size, np.float32), np.zeros(lattice.size, np.float32)
    texture[lattice.interior] = gaussian_filter(noise, width, mode="wrap").ravel()
    lot[lattice.interior] = uniforms(seed, Stream.LOT, lattice.interior)
    return TissueMix(texture, lot, grounds)


def _smoothing_um(chord_um: float, share: float) -> float:
    """Width over which noise is smoothed so that its highest (or lowest) `share` lies in patches of this mean
    chord: 2 pi sqrt(2) x width x share x exp(level^2 / 2).
    """
    level = float(ndtri(share))
    return chord_um / (2.0 * math.pi * math.sqrt(2.0) * share * math.exp(level**2 / 2.0))


def dead_per_viable(config: Config, model: Model) -> float:
    """Dead over viable voxels at baseline, step by step: loss / (clearance + growth in view)."""
    hours = config.clocks.tick_min / 60.0 * config.clocks.solid_ticks
    died = float(probability(model.value("tumour.loss_rate"), hours))
    cleared = float(probability(model.value("tumour.clearance_rate"), hours))
    return died / (cleared + math.expm1(growth_in_view(config) * hours))


def _composition(config: Config, model: Model, table: Table, voxels: int) -> NDArray[np.int64]:
    """Voxels of each solid type in a bed of so many voxels, by code."""
    stroma, freed = config.patient.stroma, config.patient.freed_share
    vessels = config.patient.vessels_per_mm2 * (config.space.voxel_um * 1e-3) ** 2
    ratio = dead_per_viable(config, model)
    nest = (1.0 - stroma) * (1.0 - freed)
    share = {
        "vessel": min(vessels, stroma),
        "stroma": max(stroma - vessels, 0.0),
        "cleared": (1.0 - stroma) * freed,
        "dead": nest * ratio / (1.0 + ratio),
    }
    count = np.zeros(len(table.cells["solid"]), np.int64)
    for name, each in share.items():
        count[table.code(name)] = round(each * voxels)
    count[table.code("tumour")] = voxels - count.sum()
    return count


def shares(
    config: Config, model: Model, stroma_share: float, nest_ratio: dict[str, float]
) -> dict[str, float]:
    """Share of stromal voxels held by each immune type present; together the sTIL asked for."""
    patient = config.patient
    cd8 = patient.stil * patient.cd8_share
    spread = {
        name: stroma_share + (1.0 - stroma_share) * nest_ratio.get(name, 0.0) for name in _MOBILE
    }  # bed over stroma
    treg = cd8 * spread["cd8"] / (patient.cd8_treg_ratio * spread["treg"])
    share = {"cd8": cd8, "treg": treg, "th": patient.stil * patient.th_share}
    nk = _nk_per_voxel(config) / spread["nk"]
    share["nk"] = min(nk, max(patient.stil - added(share.values()), 0.0))  # see `nk_remarks`
    share["other_til"] = max(patient.stil - added(share.values()), 0.0)
    return {name: each for name, each in share.items() if name in model.cells}


def _nk_per_voxel(config: Config) -> float:
    """NK cells per voxel of the bed that are asked for."""
    voxel_um = config.space.voxel_um
    return config.patient.nk_per_mm2_profile * SLAB_PER_PROFILE * voxel_um * (voxel_um * 1e-3) ** 2


def nk_remarks(config: Config, model: Model) -> tuple[str, ...]:
    """A sentence where the infiltrate has no room for the NK cells asked for; it stops no run."""
    asked = _nk_per_voxel(config)
    if "nk" not in config.mechanisms or asked == 0.0:
        return ()
    stroma = config.patient.stroma
    in_stroma, in_nests = infiltrate_shares(config, model)["nk"]
    laid = (stroma * in_stroma + (1.0 - stroma) * in_nests) / asked
    if laid > 0.99:
        return ()
    wanted = config.patient.nk_per_mm2_profile
    return (
        f"patient.nk: {wanted:g} 1/mm2 find no room beside the other cells of an sTIL of "
        f"{100 * config.patient.stil:g} %; {laid * wanted:.2g} are laid",
    )


def nest_ratios(model: Model) -> dict[str, float]:
    """Density in nests over stroma where all have room: entry over nest speed."""
    walks = {walk.cell: walk for walk in model.walks}
    return {
        name: walks[name].entry["tumour"] / walks[name].within["tumour"]
        for name in _MOBILE
        if name in walks and walks[name].within["tumour"] > 0.0
    }


def infiltrate_shares(config: Config, model: Model) -> dict[str, tuple[float, float]]:
    """Share of stromal and of nest voxels held by each immune type.

    A voxel holds one cell, so full stroma pushes cells into nests: the ratio holds for cells per free voxel.
    """
    ratio = free = nest_ratios(model)
    for _ in range(_ROUNDS):
        share = shares(config, model, config.patient.stroma, ratio)
        room = 1.0 - added(each * (1.0 - free.get(name, 0.0)) for name, each in share.items())
        ratio = {name: each / room for name, each in free.items()}
    return {name: (each, each * ratio.get(name, 0.0)) for name, each in share.items()}


def _infiltrate(config: Config, model: Model, table: Table, tissue: Tissue, seed: int) -> None:
    """One draw per voxel of the bed decides who, if anyone, is there."""
    solid = tissue.layers["solid"]
    voxels = solid.cell[: solid.count[0], VOXEL].astype(np.int64)
    is_nest = ~np.isin(solid.type_at[voxels], [table.code("stroma"), table.code("vessel")])
    u = uniforms(seed, Stream.IMMUNE_START, voxels)
    kind = np.zeros(voxels.size, np.int8)
    reached = np.zeros(voxels.size)
    for name, (in_stroma, in_nests) in infiltrate_shares(config, model).items():
        chance = np.where(is_nest, in_nests, in_stroma)
        kind[(kind == 0) & (u >= reached) & (u < reached + chance)] = table.code(name)
        reached += chance
    tissue.add("immune", voxels[kind > 0], kind[kind > 0])
    _first_traits(model, table, tissue, seed)


def lay_clones(model: Model, table: Table, tissue: Tissue, seed: int) -> None:
    """Traits that solid cells have from the start and pass on: a value, or 1 in a share lying in patches."""
    solid, lattice = tissue.layers["solid"], tissue.lattice
    for (cell, trait), (value, is_share) in model.initial.items():
        if model.cells[cell].layer != "solid":
            continue
        slots = np.flatnonzero(solid.cell[: solid.count[0], TYPE] == table.code(cell))
        column, wanted = table.trait(trait), round(value * slots.size)
        solid.trait[slots, column] = value
        if is_share and 0 < wanted < slots.size:
            rarer = min(value, 1.0 - value)  # whichever is the clone has the width
            smoothing_um = _smoothing_um(model.patches.get((cell, trait), lattice.voxel_um), rarer)
            noise = ndtri(uniforms(seed, Stream.CLONE, lattice.interior, column)).reshape(lattice.shape)
            smooth = np.zeros(lattice.size)
            smooth[lattice.interior] = gaussian_filter(
                noise, smoothing_um / lattice.voxel_um, mode="wrap"
            ).ravel()
            order = np.argsort(smooth[solid.cell[slots, VOXEL]], kind="stable")
            solid.trait[slots, column] = 0.0
            solid.trait[slots[order[:wanted]], column] = 1.0


def _first_traits(model: Model, table: Table, tissue: Tissue, seed: int) -> None:
    """Traits as at arrival, drawn per voxel."""
    immune = tissue.layers["immune"]
    slots = np.arange(immune.count[0])
    kinds, voxels = immune.cell[slots, TYPE], immune.cell[slots, VOXEL].astype(np.int64)
    for trait in range(immune.trait.shape[1]):
        value, is_share = table.initial[kinds, trait], table.initial_is_share[kinds, trait]
        drawn = (uniforms(seed, Stream.TRAIT_START, voxels, trait) < value).astype(float)
        immune.trait[slots, trait] = np.where(is_share, drawn, value)
