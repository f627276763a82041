"""Cells counted as the drug meets them: per mL of tumour, and in each field voxel."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from models.plane import Counts
from sim.tissue import TYPE, Tissue


def densities_per_ml(tissue: Tissue, names: Sequence[str]) -> dict[str, float]:
    """Immune cells per mL of bed; `names` are those of the immune layer by code, the first for no cell."""
    volume_ml = int(tissue.layers["solid"].count[0]) * tissue.lattice.voxel_um**3 * 1e-12
    cells = tissue.counts("immune", len(names) - 1)
    return {name: cells[code] / volume_ml for code, name in enumerate(names) if code}


def cells_in_field(tissue: Tissue, names: Sequence[str]) -> dict[str, Counts]:
    """Immune cells of each type in every field voxel."""
    counts = tissue.in_field_voxels("immune", len(names) - 1)
    return {name: counts[code] for code, name in enumerate(names) if code}


def bed_radius_um(tissue: Tissue) -> float:
    """Radius of the disc or ball with as many voxels as the bed."""
    lattice, bed = tissue.lattice, float(tissue.layers["solid"].count[0])
    radius = math.sqrt(bed / math.pi) if lattice.dimensions == 2 else math.cbrt(0.75 * bed / math.pi)
    return radius * lattice.voxel_um


def mean_trait(tissue: Tissue, codes: Sequence[int], trait: int) -> float:
    """Mean of a trait over all immune cells of these types; 0 where there are none."""
    immune = tissue.layers["immune"]
    kinds, values = immune.cell[: immune.count[0], TYPE], immune.trait[: immune.count[0], trait]
    chosen = values[np.isin(kinds, codes)]
    return float(chosen.mean()) if chosen.size else 0.0
