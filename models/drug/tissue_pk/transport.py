"""Input of the tissue-PK solution: transport of IL-2 in the tissue, receptor uptake, and their units."""

from __future__ import annotations

from dataclasses import dataclass

MOLECULES_PER_NMOL = 6.02214076e14  # Avogadro (SI, exact)


@dataclass(frozen=True)
class Transport:
    """Diffusion and clearance in the pores, their share of the tissue, the level at baseline, and the
    speed of the fluid outwards at the tumour's edge.
    """

    diffusivity_um2_h: float
    clearance_per_h: float
    pore_fraction: float
    basal_nM: float  # noqa: N815
    outflow_um_h: float = 0.0


@dataclass(frozen=True)
class Uptake:
    """Receptor uptake of one cell type: vmax C / (km + C) per cell."""

    cell_type: str
    vmax_nmol_per_cell_h: float
    km_nM: float  # noqa: N815


def nmol_per_cell_h(molecules_per_s: float) -> float:
    """Uptake of one cell, nmol/h, from molecules per second."""
    return molecules_per_s * 3600.0 / MOLECULES_PER_NMOL
