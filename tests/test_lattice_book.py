"""The volume book on a lattice: against the radial one, against a finer lattice, and its ledger."""

from __future__ import annotations

import math

import numpy as np
import pytest

from il2sim.models.drug.dose_rule import injectate_concentration
from il2sim.models.drug.geometries.injection import GEOMETRIES, Depot, Technique, depots
from il2sim.models.drug.tissue_pk.field_3d import Transport, VolumeBook, unbalanced
from il2sim.models.drug.tissue_pk.mesh import LATTICE_STEP, LATTICE_TOLERANCE, lattice_for, open_book
from il2sim.models.drug.tissue_pk.mesh_cartesian import lay_box
from il2sim.models.drug.tissue_pk.newton import FieldError
from tests.radial_case import DENSITY, PROTOCOL, THRESHOLDS, UPTAKES, scaled, transport

UNEVEN = [("half_and_half", 800.0), ("centre", 800.0), ("tracks", 0.0), ("fan", 0.0), ("fan", 800.0)]


def place(width_mm: float, share: float, geometry: str, off_centre_um: float = 0.0) -> tuple[Depot, ...]:
    technique = Technique(0.5, 0.6, 0.4, 5e6, geometry, off_centre_um)
    return depots(min(500_000.0 * width_mm, 10e6) * share, width_mm * 500.0, 0.3, technique)


def lattice_book(
    width_mm: float, parts: tuple[Depot, ...], carried: Transport, voxel_um: float | None = None
) -> VolumeBook:
    radius_um = width_mm * 500.0
    book = VolumeBook(
        radius_um,
        carried,
        UPTAKES,
        THRESHOLDS,
        DENSITY,
        mesh=lattice_for(radius_um, parts, voxel_um),
        bolus_step=LATTICE_STEP,
        tolerance=LATTICE_TOLERANCE,
    )
    book.inject(parts)
    return book


def opened(width_mm: float, parts: tuple[Depot, ...], carried: Transport) -> VolumeBook:
    return open_book(width_mm * 500.0, parts, carried, UPTAKES, thresholds=THRESHOLDS, density_per_ml=DENSITY)


def until_quiet(book: VolumeBook) -> VolumeBook:
    while book.peak_nM() > THRESHOLDS["treg"]:
        book.advance(0.5, DENSITY)
    return book


def assert_alike(book: VolumeBook, other: VolumeBook, share: float) -> None:
    found, wanted = book.windows[0], other.windows[0]
    deviation = {name: found.hours[name] / wanted.hours[name] - 1.0 for name in THRESHOLDS}
    coverage = found.coverage_12h - wanted.coverage_12h
    print({name: f"{100.0 * value:+.2f} %" for name, value in deviation.items()}, f"{coverage:+.4f}")
    assert max(map(abs, deviation.values())) <= 0.03
    assert abs(coverage) <= (0.03 if share == 1.0 else 0.08)
    assert book.ledger["residual_relative"] <= 1e-6
    assert abs(book.ledger["solver"]) <= 1e-6 * book.ledger["injected"]


@pytest.mark.parametrize(
    ("width_mm", "share"),
    [
        (5.0, 0.01),
        (20.0, 0.01),
        pytest.param(5.0, 1.0, marks=pytest.mark.slow),
        pytest.param(20.0, 1.0, marks=pytest.mark.slow),
    ],
)
def test_lattice_agrees_with_the_radial_solution(width_mm: float, share: float) -> None:
    parts, carried = place(width_mm, share, "half_and_half"), transport(basal=0.0)
    radial = opened(width_mm, parts, carried)
    radial.inject(parts)
    lattice = lattice_book(width_mm, parts, carried)
    assert radial.nM.size < 1_000 < lattice.nM.size
    assert np.diff(lattice.mesh.faces_um[0])[0] == {5.0: 240.0, 20.0: 400.0}[width_mm]  # type: ignore[attr-defined]
    assert_alike(until_quiet(lattice), until_quiet(radial), share)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width_mm", "share", "geometry", "off_centre_um"),
    [
        (5.0, 0.01, "tracks", 0.0),
        (5.0, 0.01, "centre", 800.0),
        (20.0, 1.0, "fan", 0.0),
        (20.0, 1.0, "centre", 4_000.0),
    ],
)
def test_lattice_agrees_with_a_finer_one(
    width_mm: float, share: float, geometry: str, off_centre_um: float
) -> None:
    parts, carried = place(width_mm, share, geometry, off_centre_um), transport(basal=0.0)
    finer_um = {5.0: 150.0, 20.0: 300.0}[width_mm]
    fine = until_quiet(lattice_book(width_mm, parts, carried, finer_um))
    assert_alike(until_quiet(lattice_book(width_mm, parts, carried)), fine, share)


@pytest.mark.parametrize("half_life_h", [0.25, 2.0, 12.0])
@pytest.mark.parametrize(("geometry", "off_centre_um"), UNEVEN)
def test_ledger_closes_for_every_geometry(geometry: str, off_centre_um: float, half_life_h: float) -> None:
    parts = place(5.0, 0.01, geometry, off_centre_um)
    book = opened(5.0, parts, transport(half_life_h))
    book.inject(parts)
    book.advance(half_life_h / 4.0, DENSITY, radius_um=2_520.0)
    ledger = book.ledger
    assert ledger["injected"] == pytest.approx(math.fsum(part.injected_nmol for part in parts), rel=1e-12)
    assert ledger["residual_relative"] <= 1e-6
    assert abs(ledger["solver"]) <= 1e-6 * ledger["injected"]
    terms = [name for name in ledger if name not in ("residual_relative", "solver", "numerical")]
    assert len(terms) == 6 + len(UPTAKES)
    for dropped in terms:
        rest = {name: amount for name, amount in ledger.items() if name != dropped}
        assert unbalanced(rest) > 1e-6, dropped


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("off_centre_um", [0.0, 800.0])
@pytest.mark.parametrize("share", [0.01, 1.0])
def test_no_voxel_holds_more_than_the_injectate_and_all_hold_what_stays(
    geometry: str, off_centre_um: float, share: float
) -> None:
    parts = place(5.0, share, geometry, off_centre_um)
    book = lattice_book(5.0, parts, transport(basal=0.0))
    injectate = injectate_concentration(5e6)
    assert book.peak_nM() <= injectate * (1.0 + 1e-9)
    assert book.peak_nM() >= 0.999 * injectate or share < 1.0
    assert book.nM.min() >= 0.0
    assert book.ledger["tissue"] == pytest.approx(math.fsum(part.retained_nmol for part in parts), rel=1e-9)


def test_points_see_the_side_of_the_needle() -> None:
    parts = place(5.0, 0.01, "centre", 1_000.0)
    book = opened(5.0, parts, transport(basal=0.0))
    book.inject(parts)
    book.advance(0.5, DENSITY)
    points = np.zeros((2, 3, 3))
    points[0, :, 0] = (-1_000.0, 0.0, 1_000.0)
    points[1, :, 0], points[1, :, 1:] = (
        (1_000.0, 1_000.0, 1_000.0),
        [(900.0, 0.0), (-900.0, 0.0), (0.0, 900.0)],
    )
    along, around = book.at(points)
    assert along[0] < along[1] < along[2]
    assert np.ptp(around) <= 1e-9 * around[0]
    with pytest.raises(FieldError, match="not symmetric; allowed: ask at points"):
        book.concentration(np.array([0.0]))


@pytest.mark.parametrize(
    ("technique", "is_even"),
    [
        (PROTOCOL, True),
        (Technique(1.0, 0.6, 0.4, 5e6, "centre", 100.0), False),
        (Technique(0.0, 0.6, 0.4, 5e6, "tracks", 0.0, 5), True),
        (Technique(0.0, 0.6, 0.4, 5e6, "tracks", 100.0, 4), False),
        (Technique(0.0, 0.6, 0.4, 5e6, "fan", 0.0, 1), True),
        (Technique(0.0, 0.6, 0.4, 5e6, "fan", 0.0, 3), False),
    ],
)
def test_only_what_is_even_in_x_is_halved_there(technique: Technique, is_even: bool) -> None:
    box = lattice_for(2_500.0, depots(25e3, 2_500.0, 0.3, technique))
    assert bool(box.faces_um[0][0] == 0.0) is is_even


def test_a_box_counts_its_mirror_images() -> None:
    parts = place(5.0, 0.01, "tracks")
    eighth = lattice_for(2_500.0, parts)
    quarter = lattice_for(2_500.0, place(5.0, 0.01, "fan"))
    assert [faces[0] == 0.0 for faces in eighth.faces_um] == [True, True, True]
    assert [faces[0] == 0.0 for faces in quarter.faces_um] == [False, True, True]
    for box in (eighth, quarter):
        ends = [faces[-1] - faces[0] for faces in box.faces_um]
        copies = 2 ** sum(faces[0] == 0.0 for faces in box.faces_um)
        assert box.volume_um3.sum() == pytest.approx(math.prod(ends) * copies, rel=1e-12)
        sphere = 4.0 / 3.0 * math.pi * 2_500.0**3
        assert box.share_within(2_500.0) @ box.volume_um3 == pytest.approx(sphere, rel=1e-3)
        assert box.end_um == pytest.approx(16_500.0, rel=1e-9)


def test_spread_on_uneven_voxels_follows_the_closed_form() -> None:
    carried = transport(basal=0.0)
    box = lay_box((0.0, 0.0, 0.0), (2_400.0, 2_400.0, 2_400.0), 120.0, 8_000.0)
    book = VolumeBook(1_000.0, carried, (), THRESHOLDS, {}, mesh=box, bolus_step=0.01, tolerance=1e-9)
    spread = 4.0 * carried.diffusivity_um2_h * 2.0
    book.nM = 1_000.0 * np.exp(-(box.distance_um**2) / spread)
    book.advance(1.0, {})
    kept = 1_000.0 * 1.5**-1.5 * math.exp(-carried.clearance_per_h)
    near = box.distance_um < 2_000.0
    expected = kept * np.exp(-(box.distance_um**2) / (1.5 * spread))
    np.testing.assert_allclose(book.nM[near], expected[near], rtol=1e-2)


def test_basal_level_holds_on_the_lattice() -> None:
    book = opened(5.0, place(5.0, 0.01, "fan"), transport())
    book.advance(48.0, DENSITY)
    assert np.abs(book.nM - 0.002).max() <= 1e-9
    before = book.uptake_nmol_h()
    book.advance(1e-6, scaled(2.0))
    assert book.uptake_nmol_h()["nk"] == pytest.approx(2.0 * before["nk"], rel=1e-4)


def test_like_depots_share_a_lattice_and_its_numbers_say_all_of_it() -> None:
    fan = place(5.0, 0.01, "fan")
    assert lattice_for(2_500.0, fan) is lattice_for(2_500.0, fan)
    assert lattice_for(2_500.0, fan) is not lattice_for(2_500.0, fan, 200.0)


def test_what_a_mesh_cannot_take_is_refused() -> None:
    uneven = place(5.0, 1.0, "fan", 800.0)
    with pytest.raises(FieldError, match=r"found a fan depot that is no shell.*use the lattice"):
        opened(5.0, depots(2.5e6, 2_500.0, 0.3, PROTOCOL), transport()).inject(uneven)
    with pytest.raises(
        FieldError, match=r"il2\.outflow: found 0\.6 um/s with a fan depot.*symmetric geometry"
    ):
        opened(5.0, uneven, Transport(1.44e5, 0.3, 0.3, 0.0, outflow_um_h=0.6 * 3600.0))
    with pytest.raises(FieldError, match=r"fan depot ends .* end of the domain"):
        opened(5.0, uneven, transport()).inject(place(20.0, 1.0, "fan", 9_000.0))
