"""The section's own field: when it takes over, what it then loses to cells, and that its book closes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from il2sim.models.drug.tissue_pk import section_field
from il2sim.models.drug.tissue_pk.cell_densities import CountedWhenRead
from il2sim.models.drug.tissue_pk.section_field import SectionBook, halo_um
from il2sim.models.drug.tissue_pk.section_plane import Plane
from tests.radial_case import DENSITY, THRESHOLDS, UPTAKES, transport, usual_book

RADIUS = 1500.0
PLANE = Plane((60, 60), 60.0, 15.0, (3600.0, 3600.0))
BALL = Plane((14, 14, 14), 60.0, 15.0, (840.0, 840.0, 840.0))


class Even:
    """A volume whose concentration is the same everywhere."""

    def __init__(self, level: float) -> None:
        self.level = level

    def at(self, points_um: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.full(points_um.shape[:-1], self.level)

    def peak_nM(self) -> float:  # noqa: N802
        return self.level

    def source_at(self, points_um: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.full(points_um.shape[:-1], 0.001)


def book(plane: Plane = PLANE, half_life_h: float = 2.0, outside_share: float = 0.1) -> SectionBook:
    return SectionBook(plane, transport(half_life_h), UPTAKES, outside_share, min(THRESHOLDS.values()))


def spread(plane: Plane = PLANE) -> dict[str, NDArray[np.float64]]:
    """The usual densities, the same everywhere."""
    return {
        name: np.full(plane.shape, density * plane.voxel_um3 * 1e-12) for name, density in DENSITY.items()
    }


def clustered(plane: Plane = PLANE) -> dict[str, NDArray[np.float64]]:
    """All Treg of the usual number in a tenth of the columns."""
    cells = spread(plane)
    cells["treg"] = np.where(np.arange(plane.shape[0]) % 10 == 0, 10.0, 0.0)[:, None] * cells["treg"]
    return cells


def imbalance(ledger: dict[str, float], dropped: str = "") -> float:
    kept = {name: 0.0 if name == dropped else amount for name, amount in ledger.items()}
    came = sum(kept[name] for name in ("handed_over", "basal", "numerical", "solver"))
    went = kept["tissue"] + kept["handed_back"] + kept["cleared"]
    went += sum(kept[name] for name in kept if name.startswith("taken_up"))
    return abs(came - went) / max(came, went)


class TestHandOver:
    def test_not_while_the_peak_is_high(self):
        section = book()
        section.advance(0.5, Even(10.5), spread(), RADIUS)
        assert not section.is_own
        assert (section.concentration() == 10.5).all()

    def test_below_its_threshold_where_the_uptakes_agree(self):
        section = book()
        section.advance(0.5, Even(9.5), spread(), RADIUS)
        (over,) = section.hand_overs
        assert section.is_own
        assert (over.hour, over.peak_nM, over.is_forced) == (0.5, 9.5, False)
        assert over.uptake_ratio == pytest.approx(1.0)

    def test_where_they_differ_it_waits_longer_and_says_so(self):
        """Cells that sit where the field is high take up more than the same cells spread out."""
        centre = {name: np.zeros(PLANE.shape) for name in DENSITY}
        for counts in centre.values():
            counts[25:35, 25:35] = 40.0
        section = book()

        class Peaked(Even):
            def at(self, points_um):
                return self.level * np.exp(-((np.linalg.norm(points_um, axis=-1) / 600.0) ** 2))

        section.advance(0.5, Peaked(9.0), centre, RADIUS)
        assert not section.is_own
        section.advance(0.5, Peaked(0.9), centre, RADIUS)
        (over,) = section.hand_overs
        assert over.is_forced
        assert over.uptake_ratio > 1.05

    @pytest.mark.parametrize("plane", [PLANE, BALL])
    def test_values_are_taken_unscaled_and_the_disc_agrees(self, plane: Plane):
        volume = usual_book(5.0)
        volume.nM = 8.0 * np.exp(-((volume.mesh.distance_um / 2000.0) ** 2))
        section = book(plane)
        section.advance(0.0, volume, spread(plane), 0.4 * plane.size_um[0])
        assert section.is_own
        assert section.nM == pytest.approx(volume.at(section.points_um))
        assert abs(section.hand_overs[0].disc_difference) < 0.01

    def test_cells_are_counted_only_where_they_are_read(self):
        """Not while a bolus lies in the tissue, nor between two steps; once at a hand-over and at a step."""
        section, read = book(), []

        def cells() -> CountedWhenRead:
            return CountedWhenRead(lambda: read.append(section.hour) or spread())

        section.advance(0.5, Even(50.0), cells(), RADIUS)
        assert read == []
        section.advance(0.5, Even(0.01), cells(), RADIUS)
        assert read == [1.0]
        for _ in range(6):
            section.advance(0.5, Even(0.01), cells(), RADIUS)
        assert read == [1.0, 4.0]

    def test_a_new_bolus_ends_it(self):
        section = book()
        section.advance(0.5, Even(5.0), spread(), RADIUS)
        section.advance(0.5, Even(5.0), spread(), RADIUS)
        assert section.nM.max() < 5.0
        section.show(Even(2e4))
        assert not section.is_own
        assert section.concentration().max() == 2e4
        assert section.ledger["handed_back"] > 0.0


class TestOwn:
    @pytest.mark.parametrize("half_life_h", [0.25, 2.0, 12.0])
    @pytest.mark.parametrize("plane", [PLANE, BALL])
    def test_the_book_closes(self, plane: Plane, half_life_h: float):
        section = book(plane, half_life_h)
        section.advance(0.0, Even(9.0), clustered(plane), 0.4 * plane.size_um[0])
        for _ in range(8):
            section.advance(0.5, Even(9.0), clustered(plane), 0.4 * plane.size_um[0])
        section.show(Even(100.0))
        assert section.ledger["residual_relative"] < 1e-6
        assert imbalance(section.ledger) < 1e-6

    def test_every_term_is_needed(self):
        section = book()
        section.advance(0.0, Even(9.0), spread(), RADIUS)
        for _ in range(4):
            section.advance(0.5, Even(9.0), spread(), RADIUS)
        terms = ["handed_over", "basal", "tissue", "cleared", *(f"taken_up_{name}" for name in DENSITY)]
        assert all(imbalance(section.ledger, dropped=name) > 1e-6 for name in terms)

    def test_without_cells_it_only_ebbs(self):
        none = {name: np.zeros(PLANE.shape) for name in DENSITY}
        section = book()
        section.advance(0.0, Even(8.0), none, RADIUS)
        section._source[:] = 0.0
        for _ in range(8):
            section.advance(0.5, Even(8.0), none, RADIUS)
        assert section.nM == pytest.approx(8.0 * 2.0 ** (-4.0 / 2.0), rel=1e-9)

    def test_treg_carve_niches(self):
        """Between Treg columns 600 um apart the level stays higher than on them."""
        section = book()
        section.advance(0.0, Even(0.05), clustered(), RADIUS)
        for _ in range(6):
            section.advance(0.5, Even(0.05), clustered(), RADIUS)
        row = section.nM[section._inner][:, 30]
        assert row[25] > 1.1 * row[30]

    @pytest.mark.parametrize("step", ["EBBING_STEP", "QUIET_STEP_H"])
    def test_steps_are_short_enough(self, step: str, monkeypatch: pytest.MonkeyPatch):
        """Halving a step moves the time above the thresholds of CD8 and Treg by under 1 %."""
        usual = self._times()
        monkeypatch.setattr(section_field, step, getattr(section_field, step) / 2.0)
        assert self._times() == pytest.approx(usual, rel=0.01)

    def _times(self) -> list[float]:
        section = book(dataclasses.replace(PLANE, shape=(20, 20), size_um=(1200.0, 1200.0)))
        cells = spread(section.plane)
        section.advance(0.0, Even(9.0), cells, 500.0)
        hours, seen = [], []
        for _ in range(60):
            section.advance(0.5, Even(9.0), cells, 500.0)
            hours.append(section.hour)
            seen.append(math.log(float(section.nM.mean())))
        falling = np.array(seen)[::-1]
        return [float(np.interp(math.log(nM), falling, hours[::-1])) for nM in (2.46, 0.0272)]


@pytest.mark.parametrize(
    ("diffusivity", "half_life_h", "halo"),
    [(144e3, 2.0, 1_000.0), (360e3, 12.0, 3_745.0), (14.4e3, 0.25, 1_000.0), (144e3, math.inf, 5_000.0)],
)
def test_the_field_is_closed_lengths_away(diffusivity: float, half_life_h: float, halo: float):
    """1 mm at the usual numbers; 1.5 sqrt(D / k) where IL-2 spreads farther; 5 mm where it never leaves."""
    leaving = {"diffusivity_um2_h": diffusivity, "clearance_per_h": math.log(2.0) / half_life_h}
    assert halo_um(dataclasses.replace(transport(2.0), **leaving)) == pytest.approx(halo, rel=0.001)
