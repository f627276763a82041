"""A settled tumour as one file and back, to the last bit: cells, traits, fields and bed.

What the seed alone makes, the mix of tissues over the whole lattice, is drawn again and compared.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from il2sim.models.config.model import Config
from il2sim.models.saved_arrays import SavedError, packed, unpacked
from il2sim.models.tissue.equilibration import Baseline, tumour_key
from il2sim.models.tissue.initial_tissue import drawn_mix, field_blocks, lattice_of
from il2sim.sim.lattice import Lattice
from il2sim.sim.tissue import TYPE, VOXEL, Layer, Tissue, TissueMix, empty_layer

FORMAT = 1
"""Goes up when the file holds something else."""

_WHAT = "settled tumour"


def packed_tumour(baseline: Baseline, made_by: Mapping[str, str]) -> bytes:
    """The file of a settled tumour; `made_by` are the code and the libraries that settled it."""
    tissue = baseline.tissue
    header = {
        "what": _WHAT,
        "format": FORMAT,
        "made_by": dict(made_by),
        "tumour": baseline.tumour,
        "seed": baseline.seed,
        "tick": baseline.tick,
        "kill_rate": baseline.kill_rate,
        "spells": baseline.spells,
        "infiltrate": baseline.infiltrate,
        "capacity": {name: len(layer.cell) for name, layer in tissue.layers.items()},
        "grounds": tissue.tissue_mix.grounds,
        "mix": _digest(tissue.tissue_mix),
    }
    arrays: dict[str, NDArray[Any]] = {"concentration": tissue.concentration, "bed": np.packbits(tissue.bed)}
    for name, layer in tissue.layers.items():
        count = int(layer.count[0])
        arrays[f"{name}.cell"] = layer.cell[:count].astype(np.int32)
        arrays[f"{name}.trait"] = layer.trait[:count]
    return packed(header, arrays)


def unpacked_tumour(content: bytes, config: Config, seed: int, made_by: Mapping[str, str]) -> Baseline:
    """The settled tumour of a config and a seed. Raises SavedError for a torn or foreign file, and for one of
    another tumour, seed, code or library.
    """
    header, arrays = unpacked(content)
    own = {
        "what": (_WHAT, "something else than a settled tumour"),
        "format": (FORMAT, "a format of another version of il2sim"),
        "made_by": (dict(made_by), "what another version of il2sim or of its libraries has settled"),
        "tumour": (tumour_key(config), "another tumour"),
        "seed": (seed, "another seed"),
    }
    for key, (value, otherwise) in own.items():
        if header.get(key) != value:
            raise SavedError(f"holds {otherwise}; settle this one")
    grounds = tuple(tuple(ground) for ground in header["grounds"])
    lattice = lattice_of(config)
    mix = drawn_mix(config, lattice, seed, grounds)
    if _digest(mix) != header["mix"]:
        raise SavedError("holds a mix of tissues that this computer draws otherwise; settle this one")
    layers = {
        name: _layer(lattice, capacity, arrays[f"{name}.cell"], arrays[f"{name}.trait"])
        for name, capacity in header["capacity"].items()
    }
    bed = np.unpackbits(arrays["bed"], count=lattice.size).astype(np.bool_)
    tissue = Tissue(lattice, layers, arrays["concentration"], *field_blocks(config, lattice), mix, bed)
    cells = {name: (asked, found) for name, (asked, found) in header["infiltrate"].items()}
    numbers = header["tick"], header["kill_rate"], header["spells"]
    return Baseline(header["tumour"], seed, tissue, *numbers, cells)


def _layer(lattice: Lattice, capacity: int, cell: NDArray[Any], trait: NDArray[Any]) -> Layer:
    """A layer with these cells; the maps follow from where they are."""
    layer, count = empty_layer(lattice, trait.shape[1], capacity), len(cell)
    layer.cell[:count], layer.trait[:count] = cell, trait
    layer.type_at[cell[:, VOXEL]] = cell[:, TYPE]
    layer.slot_at[cell[:, VOXEL]] = np.arange(count)
    layer.count[0] = count
    return layer


def _digest(mix: TissueMix) -> str:
    drawn = hashlib.blake2b(mix.texture.tobytes(), digest_size=16)
    drawn.update(mix.lot.tobytes())
    return drawn.hexdigest()
