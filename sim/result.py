"""What a run leaves behind: snapshots, series, ledgers, provenance and the digest that names them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.tissue import VOXEL, Tissue


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


@dataclass(frozen=True)
class Result:
    """One virtual tumour from biopsy to surgery."""

    endpoints: dict[str, Any]
    series: dict[str, NDArray[np.float64]]  # one row per record, see models
    ledger: dict[str, Any]
    provenance: dict[str, Any]
    snapshots: tuple[Snapshot, ...]
    digest: str


def _plain(value: Any) -> Any:
    """Numbers as exact hexadecimal text, so that equal digests mean equal bits."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in sorted(value.items())}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(each) for each in value]
    if isinstance(value, (float, np.floating)):
        return float(value).hex()
    return value.item() if isinstance(value, np.generic) else value


def digest(
    tissue: Tissue, series: Mapping[str, Any], ledger: Mapping[str, Any], endpoints: Mapping[str, Any]
) -> str:
    """SHA-256 over final tissue (in voxel order), fields, series, ledger and endpoints, in this order."""
    sha = hashlib.sha256()
    for name in sorted(tissue.layers):
        layer = tissue.layers[name]
        count = int(layer.count[0])
        order = np.argsort(layer.cell[:count, VOXEL])
        sha.update(np.ascontiguousarray(layer.type_at).tobytes())
        for part in (layer.cell, layer.trait):
            sha.update(np.ascontiguousarray(part[:count][order]).tobytes())
    sha.update(tissue.concentration.tobytes())
    for part in (series, ledger, endpoints):
        sha.update(json.dumps(_plain(part), sort_keys=True).encode())
    return sha.hexdigest()
