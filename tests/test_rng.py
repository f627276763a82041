"""Random numbers: known answers, and the ways in which draws of neighbours could depend on each other."""

import numpy as np
import pytest
from numpy.typing import NDArray

from il2sim.sim.kernels.rng import Stream, philox, uniform4, uniforms

MANY = 100_000
KNOWN_ANSWERS = {  # Random123 1.14, kat_vectors, philox4x32 10 rounds: counter and key -> output
    "zeros": ((0,) * 6, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    "ones": ((0xFFFFFFFF,) * 6, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    "pi": (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0),
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
}


def correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Correlation in standard errors: beyond 4.5 once in 150,000 tests."""
    return float(np.corrcoef(a, b)[0, 1] * np.sqrt(a.size))


def draws(*, seed: int = 7, stream: int = Stream.MOVE, tick: int = 0, draw: int = 0) -> NDArray[np.float64]:
    """[MANY, 4] uniforms of consecutive voxels."""
    return np.array([uniform4(seed, int(stream), voxel, tick, draw) for voxel in range(MANY)])


@pytest.fixture(scope="module")
def here() -> NDArray[np.float64]:
    return draws()


@pytest.mark.parametrize("case", KNOWN_ANSWERS)
def test_known_answers(case: str) -> None:
    words, answer = KNOWN_ANSWERS[case]
    assert " ".join(f"{word:08x}" for word in philox(*words)) == answer
    assert " ".join(f"{word:08x}" for word in getattr(philox, "py_func", philox)(*words)) == answer


def test_compiled_and_plain_agree_on_large_counters() -> None:
    plain = getattr(uniform4, "py_func", uniform4)
    for case in [
        (2**63 - 1, 15, 2**31 - 1, 2**40, 17),
        (2**32 + 5, 1, 0, 0, 0),
        (0, 19, 123456, 4032, 2**31),
    ]:
        assert uniform4(*case) == plain(*case)


def test_streams_are_unique() -> None:
    assert len({int(stream) for stream in Stream}) == len(Stream.__members__)


def test_every_argument_matters() -> None:
    base = (3, 6, 1000, 17, 2)
    changed = [base[:i] + (base[i] + 1,) + base[i + 1 :] for i in range(5)]
    high_seed = (3 + 2**32, *base[1:])
    assert len({uniform4(*case) for case in [base, high_seed, *changed]}) == 7


def test_uniforms_are_inside_the_open_interval(here: NDArray[np.float64]) -> None:
    assert 0.0 < here.min() < 1e-4
    assert 1.0 - 1e-4 < here.max() < 1.0
    ends = [(word + 0.5) / 2**32 for word in (0, 2**32 - 1)]
    assert 0.0 < ends[0] < ends[1] < 1.0


@pytest.mark.parametrize("word", range(4))
def test_equidistribution(here: NDArray[np.float64], word: int) -> None:
    bins = 100
    found = np.bincount((here[:, word] * bins).astype(int), minlength=bins)
    chi2 = float(((found - MANY / bins) ** 2).sum() / (MANY / bins))
    assert abs(chi2 - (bins - 1)) < 4.5 * np.sqrt(2 * (bins - 1))
    pairs = np.bincount(
        (here[:-1, word] * 10).astype(int) * 10 + (here[1:, word] * 10).astype(int), minlength=100
    )
    chi2 = float(((pairs - MANY / 100) ** 2).sum() / (MANY / 100))
    assert abs(chi2 - 99) < 4.5 * np.sqrt(2 * 99)


def test_words_and_neighbours_are_uncorrelated(here: NDArray[np.float64]) -> None:
    row = 1032  # voxels of a padded 15-mm section: the neighbour in the next row
    for word in range(4):
        assert abs(correlation(here[:-1, word], here[1:, word])) < 4.5
        assert abs(correlation(here[:-row, word], here[row:, word])) < 4.5
    for a, b in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]:
        assert abs(correlation(here[:, a], here[:, b])) < 4.5


@pytest.mark.parametrize(
    "other",
    [{"tick": 1}, {"draw": 1}, {"seed": 8}, {"stream": Stream.HIT}, {"tick": 36}, {"seed": 7 + 2**32}],
)
def test_neighbours_in_time_and_purpose_are_uncorrelated(
    here: NDArray[np.float64], other: dict[str, int]
) -> None:
    there = draws(**other)
    assert abs(correlation(here[:, 0], there[:, 0])) < 4.5
    assert abs(correlation(here[:-1, 0], there[1:, 0])) < 4.5


def test_uniforms_of_many_voxels_are_the_first_word(here: NDArray[np.float64]) -> None:
    voxels = np.array([5, 99, 12345], np.int64)
    expected = [uniform4(11, int(Stream.LOT), voxel, 0, 3)[0] for voxel in voxels]
    np.testing.assert_array_equal(uniforms(11, Stream.LOT, voxels, 3), expected)
