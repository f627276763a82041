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
