"""Sections and maps of a run as bytes and back: compressed npz, no pickles; and the seal of a whole file."""

from __future__ import annotations

import hashlib
import io

import numpy as np

from il2sim.experiments.study.execute import Section
from il2sim.models.pathology.spatial_maps import Maps

ARRAYS = ("solid", "immune", "bed", "il2")
SEAL = "seal"  # what it is called in a file of text
SEALED_BY = b"blake2b:"
UNSEALED = SEALED_BY + b"0" * 64
"""What stands in a file where its seal will be; the seal is of the file with this in its place."""


def packed(section: Section) -> bytes:
    """A section as a compressed npz."""
    arrays = {name: getattr(section, name) for name in ARRAYS if getattr(section, name) is not None}
    numbers = np.array([section.day, section.voxel_um, section.field_voxel_um])
    names = {"solid_names": np.array(section.solid_names), "immune_names": np.array(section.immune_names)}
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, numbers=numbers, **names, **arrays)
    return stream.getvalue()


def unpacked(content: bytes) -> Section:
    """A section again."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        day, voxel_um, field_voxel_um = (float(number) for number in archive["numbers"])
        names = {key: tuple(str(name) for name in archive[key]) for key in ("solid_names", "immune_names")}
        arrays = {name: archive[name] if name in archive.files else None for name in ARRAYS}
    return Section(day=day, voxel_um=voxel_um, field_voxel_um=field_voxel_um, **names, **arrays)  # type: ignore[arg-type]


def packed_maps(maps: Maps) -> bytes:
    """What happened where, as a compressed npz."""
    kept = {key: value for key, value in vars(maps).items() if value is not None}
    kept["kills"] = np.array(list(maps.kills.values()), np.int64)
    kept["kill_names"], kept["killer_names"] = np.array(list(maps.kills), str), np.array(maps.killer_names)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **kept)
    return stream.getvalue()


def unpacked_maps(content: bytes) -> Maps:
    """The maps again."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        kills = zip(archive["kill_names"], archive["kills"], strict=True)
        return Maps(
            lost_day=archive["lost_day"],
            killed_by=archive["killed_by"],
            kills={str(name): int(n) for name, n in kills},
            il2_hours=archive["il2_hours"] if "il2_hours" in archive.files else None,
            threshold_nM=float(archive["threshold_nM"]),
            voxel_um=float(archive["voxel_um"]),
            field_voxel_um=float(archive["field_voxel_um"]),
            killer_names=tuple(str(name) for name in archive["killer_names"]),
        )


def sealed(content: bytes) -> bytes:
    """A file that holds UNSEALED once, with its seal there instead."""
    if content.count(UNSEALED) != 1:
        raise ValueError("there is not one place for a seal")
    return content.replace(UNSEALED, _seal(content))


def is_whole(content: bytes, seal: bytes | None) -> bool:
    """Whether a file with this seal is the one that was sealed, to the last bit; without, whether it never
    had one, as files made before there were seals.
    """
    return SEALED_BY not in content if seal is None else _seal(content.replace(seal, UNSEALED)) == seal


def _seal(content: bytes) -> bytes:
    return SEALED_BY + hashlib.blake2b(content, digest_size=32).hexdigest().encode()
