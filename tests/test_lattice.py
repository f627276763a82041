"""The padded lattice: indices there and back, offsets in both dimensions, search orders without direction."""

import numpy as np
import pytest

from il2sim.sim.lattice import Lattice

SHAPES = [(5, 7), (6, 6), (3, 4, 5)]


@pytest.mark.parametrize("shape", SHAPES)
def test_interior_is_inside_the_wall(shape: tuple[int, ...]) -> None:
    lattice = Lattice(shape, 15.0)
    is_inside = np.zeros(lattice.size, bool)
    is_inside[lattice.interior] = True
    assert lattice.interior.size == np.prod(shape)
    assert lattice.grid(is_inside).all()
    assert is_inside.sum() == np.prod(shape)
    farthest = lattice.search_orders[0]
    for corner in (lattice.interior[0], lattice.interior[-1]):
        assert (corner + farthest >= 0).all()
        assert (corner + farthest < lattice.size).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_coordinates_there_and_back(shape: tuple[int, ...]) -> None:
    lattice = Lattice(shape, 15.0)
    found = lattice.coordinates(lattice.interior).T
    expected = list(np.ndindex(*shape))
    assert found.tolist() == [list(place) for place in expected]
    marks = np.arange(lattice.size)
    assert lattice.grid(marks)[tuple(np.array(shape) - 1)] == lattice.interior[-1]


@pytest.mark.parametrize("shape", SHAPES)
def test_steps_are_all_voxels_within_a_radius(shape: tuple[int, ...]) -> None:
    lattice = Lattice(shape, 15.0)
    centre = lattice.interior[lattice.interior.size // 2]
    for radius in (1.0, 1.5, 2.0, 2.9):
        offsets, length = lattice.steps(radius)
        vectors = (lattice.coordinates(centre + offsets) - lattice.coordinates(np.array([centre]))).T
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), length)
        assert offsets[0] == 0
        assert (np.diff(length) >= 0).all()
        span = np.arange(-4, 5)
        square = sum(axis**2 for axis in np.meshgrid(*[span] * len(shape)))
        assert offsets.size == int((square <= radius**2 + 1e-9).sum())
        assert np.unique(offsets).size == offsets.size


def test_touching_and_faces() -> None:
    for shape, touching, faces in (((5, 5), 9, 4), ((5, 5, 5), 27, 6)):
        lattice = Lattice(shape, 15.0)
        assert lattice.touching[0].size == touching
        assert lattice.faces.size == faces
        assert lattice.touching[1].max() == pytest.approx(np.sqrt(len(shape)))


@pytest.mark.parametrize("shape", [(40, 40), (14, 14, 14)])
def test_search_orders_grow_in_distance_and_have_no_direction(shape: tuple[int, ...]) -> None:
    lattice = Lattice(shape, 15.0)
    middle = np.ravel_multi_index([lattice.reach + n // 2 for n in shape], lattice.padded)
    at = lattice.coordinates(np.array([middle]))
    firsts, places = [], []
    for order in lattice.search_orders:
        vectors = (lattice.coordinates(middle + order) - at).T
        square = (vectors**2).sum(axis=1)
        assert (np.diff(square) >= 0).all()
        assert np.unique(order).size == order.size == lattice.search_orders.shape[1]
        firsts.append(vectors[1])
        places.append(vectors)
    assert len(places) == {2: 8, 3: 48}[len(shape)]
    assert not np.sum(places, axis=0).any()
    assert np.unique(firsts, axis=0, return_counts=True)[1].tolist() == [
        len(firsts) // (2 * len(shape))
    ] * 2 * len(shape)


def test_unseen_share_is_the_sphere_less_the_disc() -> None:
    assert Lattice((9, 9), 15.0).unseen_share(30.0) == 33 - 13
    assert Lattice((9, 9), 15.0).unseen_share(15.0) == 7 - 5
    assert Lattice((9, 9, 9), 15.0).unseen_share(30.0) == 0.0


@pytest.mark.parametrize("shape", SHAPES)
def test_blocks_cover_the_lattice(shape: tuple[int, ...]) -> None:
    lattice = Lattice(shape, 15.0)
    block_of, blocks = lattice.blocks(2)
    assert blocks == tuple(-(-n // 2) for n in shape)
    for place, voxel in zip(np.ndindex(*shape), lattice.interior, strict=True):
        assert np.unravel_index(block_of[voxel], blocks) == tuple(n // 2 for n in place)


def test_distance_from_centre() -> None:
    lattice = Lattice((4, 5), 10.0)
    distance = lattice.grid(np.zeros(lattice.size)).copy()
    distance[...] = lattice.distance_from_centre(lattice.interior).reshape(4, 5)
    assert distance[1, 2] == distance[2, 2] == pytest.approx(5.0)
    assert distance[0, 0] == pytest.approx(10.0 * np.hypot(1.5, 2.0))


@pytest.mark.parametrize("shape", [*SHAPES, (1, 4)])
def test_the_outermost_voxels_are_those_beside_the_wall(shape: tuple[int, ...]) -> None:
    lattice = Lattice(shape, 15.0)
    places = [
        place
        for place in np.ndindex(*shape)
        if any(at in (0, n - 1) for at, n in zip(place, shape, strict=True))
    ]
    assert [tuple(place) for place in lattice.coordinates(lattice.outermost).T] == places
