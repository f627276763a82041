"""Round what tumour died: what was lost near needles, vessels and CD8 cells, in one run.

Each reading is a pair correlation at one range: the share of day 0's tumour near such a place that is lost at
surgery, over the share lost anywhere. 1 means no more than elsewhere; NaN that nothing was lost, or that no
such place is in the tumour. On a section; of a volume, on its central plane.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from il2sim.experiments.study import store
from il2sim.experiments.study.execute import Section
from il2sim.models import Config
from il2sim.models.drug.geometries.needle import needle_tracks, track_distance
from il2sim.models.drug.schedule import technique_of

NEAR_UM = 30.0  # next to each other: two cells (assumed)
NEEDLE_UM = 300.0  # `trauma.radius` at its usual value, whatever the run's: one yardstick for all arms
Mask = NDArray[np.bool_]


def deaths_round_needle(folder: Path, run_id: str, row: Mapping[str, Any]) -> float:
    """Within 0.3 mm of a needle of the first injection, whether or not the run has `trauma`."""
    config = Config.model_validate(store.record(folder, run_id)["config"])
    before = store.sections(folder, run_id)[0]
    side = before.bed.shape[:2]
    centred_um = (np.indices(side).reshape(2, -1).T + 0.5 - np.array(side) / 2.0) * before.voxel_um
    points_um = np.column_stack([centred_um, np.zeros(len(centred_um))])
    tracks_um = needle_tracks(config.patient.width_um / 2.0, technique_of(config))
    return _excess(folder, run_id, track_distance(points_um, tracks_um).reshape(side) <= NEEDLE_UM)


def deaths_round_vessels(folder: Path, run_id: str, row: Mapping[str, Any]) -> float:
    """Within 30 um of a vessel of day 0, lost since or not."""
    before = store.sections(folder, run_id)[0]
    return _excess(folder, run_id, _next_to(_where(before, "solid", "vessel"), before.voxel_um))


def deaths_round_cd8(folder: Path, run_id: str, row: Mapping[str, Any]) -> float:
    """Within 30 um of a CD8 cell at surgery."""
    after = store.sections(folder, run_id)[-1]
    return _excess(folder, run_id, _next_to(_where(after, "immune", "cd8"), after.voxel_um))


def _excess(folder: Path, run_id: str, near: Mask) -> float:
    """Share lost of what is `near`, over that of everything."""
    maps = store.maps(folder, run_id)
    held = _where(store.sections(folder, run_id)[0], "solid", "tumour")
    if maps is None or not (held & near).any():
        return math.nan
    lost = held & np.isfinite(maps.lost_day)
    return float(lost[held & near].mean() / lost[held].mean()) if lost.any() else math.nan


def _next_to(places: Mask, voxel_um: float) -> Mask:
    if not places.any():
        return places
    near: Mask = distance_transform_edt(~places) * voxel_um <= NEAR_UM
    return near


def _where(section: Section, layer: str, name: str) -> Mask:
    """Where in the bed a layer holds this kind, on the section or the central plane; [x, y]."""
    names: tuple[str, ...] = getattr(section, f"{layer}_names")
    code = names.index(name) if name in names else -1
    found: Mask = section.bed & (getattr(section, layer) == code)
    return found[:, :, found.shape[2] // 2] if found.ndim == 3 else found
