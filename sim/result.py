"""What a run leaves behind: snapshots, series, ledgers, provenance and the digest that names them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import Table
from il2sim.sim.sums import added
from il2sim.sim.tissue import HEADING, PARTNER, TYPE, VOXEL, Tissue


@dataclass(frozen=True)
class Snapshot:
    """The tissue at one moment; arrays indexed [x, y] or [x, y, z], code 0 is "empty" in both layers."""

    day: float
    solid: NDArray[np.int8]
    immune: NDArray[np.int8]
    bed: NDArray[np.bool_]  # every voxel that was ever inside the tumour
    il2: NDArray[np.float64] | None  # nM per field voxel
    voxel_um: float
    field_voxel_um: float
    solid_names: tuple[str, ...]
    immune_names: tuple[str, ...]

    def __repr__(self) -> str:
        size = " x ".join(str(length) for length in self.solid.shape)
        return f"<Snapshot of day {self.day:.4g}: {size} voxels of {self.voxel_um:g} um>"


@dataclass(frozen=True)
class Maps:
    """What happened where from day 0 to surgery, on the section or a volume's central plane; [x, y]."""

    lost_day: NDArray[np.float32]  # when the voxel last held viable tumour; nan: never, or still at surgery
    killed_by: NDArray[np.int8]  # code of who struck the latest cell killed here last, 0 none
    kills: dict[str, int]  # all of them, by who struck last; "" was struck before day 0
    il2_hours: NDArray[np.float32] | None  # h above `threshold_nM`, per field voxel
    threshold_nM: float  # noqa: N815
    voxel_um: float
    field_voxel_um: float
    killer_names: tuple[str, ...]  # by code

    def __repr__(self) -> str:
        size, kills = " x ".join(map(str, self.lost_day.shape)), added(self.kills.values())
        return f"<Maps of a section: {size} voxels of {self.voxel_um:g} um, {kills} kills>"


@dataclass(frozen=True)
class Result:
    """One virtual tumour from biopsy to surgery."""

    endpoints: dict[str, Any]
    series: dict[str, NDArray[np.float64]]  # one row per record, see models
    ledger: dict[str, Any]
    provenance: dict[str, Any]
    snapshots: tuple[Snapshot, ...]
    digest: str
    maps: Maps | None = None  # for pictures; the digest does not hold them

    def __repr__(self) -> str:
        """A line with the answer: what a notebook shows of it."""
        told = [f"surgery on day {self.snapshots[-1].day:g}"] if self.snapshots else []
        found = self.endpoints
        told += [f"viable fraction {found['viable_fraction']:.3g}"] if "viable_fraction" in found else []
        told += [f"%irRVT {found['rvt_percent']:.3g}"] if "rvt_percent" in found else []
        told += ["MPR" if found["mpr"] else "no MPR"] if "mpr" in found else []
        return f"<Result: {', '.join([*told, f'digest {self.digest[:12]}'])}>"


def state(tissue: Tissue, table: Table) -> dict[str, NDArray[np.generic]]:
    """All cells and fields as named arrays of fixed types, cells in the order of their voxels.

    `<layer>.voxel`, `.type`, `.heading` and `.partner` are int64 [cells], voxels counted over the lattice
    without its border, -1 no partner; `<layer>.<trait>` and `<cytokine>` (nM per field voxel) are float64.
    """
    found: dict[str, NDArray[np.generic]] = {}
    number = np.full(tissue.lattice.size, -1, np.int64)
    number[tissue.lattice.interior] = np.arange(tissue.lattice.interior.size)
    for name, layer in tissue.layers.items():
        rows = slice(int(layer.count[0]))
        order = np.argsort(layer.cell[rows, VOXEL])
        cell, trait = layer.cell[rows][order], layer.trait[rows][order]
        partner = cell[:, PARTNER]
        found[f"{name}.voxel"] = number[cell[:, VOXEL]]
        found[f"{name}.type"], found[f"{name}.heading"] = cell[:, TYPE], cell[:, HEADING]
        found[f"{name}.partner"] = np.where(partner < 0, -1, number[partner])
        found |= {f"{name}.{each}": trait[:, column] for column, each in enumerate(table.traits[name])}
    return found | dict(zip(table.cytokines, tissue.concentration, strict=False))  # without any, one row of 0


def digest(arrays: Mapping[str, NDArray[np.generic]], values: Mapping[str, Any]) -> str:
    """SHA-256 over named arrays (their type, shape and bits) and named values, in the order of their names.

    A number counts by its value as a float, so that 3 and 3.0 are one; true, texts, lists and mappings are
    what they are. Two digests are equal only if every bit is.
    """
    sha = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        sha.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        sha.update(np.ascontiguousarray(array).tobytes())
    for name, value in sorted(values.items()):
        sha.update(f"{name} {json.dumps(_plain(value), sort_keys=True)}\n".encode())
    return sha.hexdigest()


def _plain(value: Any) -> Any:
    """Numbers as exact hexadecimal text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(each) for each in value]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value).hex() if is_number else value
