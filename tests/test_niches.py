"""How far IL-2 reaches into cells that take it up: the section's own field has the analytic length."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from il2sim.models.drug.tissue_pk.section_field import SectionBook
from il2sim.models.drug.tissue_pk.section_plane import Plane
from tests.radial_case import UPTAKES, transport

_LEVEL_NM = 1e-4  # far below every half-saturation
_TREG = next(uptake for uptake in UPTAKES if uptake.cell_type == "treg")


class _Seeping:
    """A volume at rest in which every place gives off a little."""

    def at(self, points_um: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.full(points_um.shape[:-1], _LEVEL_NM)

    def peak_nM(self) -> float:  # noqa: N802
        return _LEVEL_NM

    def source_at(self, points_um: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.full(points_um.shape[:-1], _LEVEL_NM)


@pytest.mark.parametrize("per_ml", [4e6, 12e6])
def test_it_dies_away_over_the_length_of_diffusion_against_loss(per_ml: float) -> None:
    """Half of a plane holds regulatory cells: into it the level falls to theirs by 1/e per sqrt(D / k)."""
    voxel_um, carrier = 30.0, transport()
    plane = Plane((120, 120), voxel_um, 15.0, (120 * voxel_um, 120 * voxel_um))
    cells = {uptake.cell_type: np.zeros(plane.shape) for uptake in UPTAKES}
    cells["treg"][60:] = per_ml * plane.voxel_um3 * 1e-12
    section = SectionBook(plane, carrier, UPTAKES, 0.0, 1.0)
    section.advance(0.0, _Seeping(), cells, math.inf)
    for _ in range(40):
        section.advance(3.0, _Seeping(), cells, math.inf)
    uptake_per_h = per_ml * 1e3 * _TREG.vmax_nmol_per_cell_h / (_TREG.km_nM * carrier.pore_fraction)
    length_um = math.sqrt(carrier.diffusivity_um2_h / (carrier.clearance_per_h + uptake_per_h))
    inside = section.concentration().reshape(plane.shape)[62:, 60]
    rest = _LEVEL_NM / (carrier.clearance_per_h + uptake_per_h)
    far = round(3.0 * length_um / voxel_um)
    fall = np.polyfit(voxel_um * np.arange(far), np.log(inside[:far] - rest), 1)[0]
    assert -1.0 / fall == pytest.approx(length_um, rel=0.03)
