"""Cores on a disc: the share of a tumour's volume that its central section says they take."""

from __future__ import annotations

import numpy as np

from il2sim.models.biology.treatment_effects.biopsy import cavity, core_tracks


def plane(radius_um: float) -> np.ndarray:
    step_um = radius_um / 30.0
    axis = np.arange(-radius_um + step_um / 2.0, radius_um, step_um)
    x, y = np.meshgrid(axis, axis)
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    return points[np.linalg.norm(points, axis=1) < radius_um]


def section_share(radius_um: float, seed: int, needle: tuple[int, float, float, float]) -> float:
    """Of the volume, as the section estimates it. needle: cores, width, length and aim, um."""
    cores, width_um, length_um, aim_um = needle
    points = plane(radius_um)
    taken = cavity(points, core_tracks(seed, cores, length_um, aim_um), width_um)
    return float(np.average(taken, weights=np.linalg.norm(points, axis=1)))
