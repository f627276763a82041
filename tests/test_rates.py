"""The mathematics of chance: responses, exact relaxation, probabilities, offspring, Poisson, crowds."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import solve_ivp

from il2sim.sim.engine import Clocks
from il2sim.sim.kernels import rates
from il2sim.sim.language.model import Model, times
from tests.small_tissue import Small, build, everywhere

RAISED, LOWERED, GATED, TIMES, LESS = range(5)
MIDPOINTS = (np.arange(200_000) + 0.5) / 200_000


def hill(x: float, half: float, n: int) -> float:
    return 1.0 / (1.0 + (half / x) ** n) if x > 0 else 0.0


@pytest.mark.parametrize("n", [1, 2, 4, 8])
@pytest.mark.parametrize("x", [0.0, 1e-3, 0.2, 0.5, 3.0, 1e4])
def test_responses(n: int, x: float) -> None:
    h = hill(x, 0.5, n)
    assert rates.response(RAISED, x, 0.5, 3.0, n) == pytest.approx(1.0 + 2.0 * h, rel=1e-12)
    assert rates.response(LOWERED, x, 0.5, 0.2, n) == pytest.approx(1.0 - 0.8 * h, rel=1e-12)
    assert rates.response(GATED, x, 0.5, 1.0, n) == pytest.approx(h, rel=1e-12)
    assert rates.response(TIMES, x, 0.5, 1.0, n) == x
    assert rates.response(LESS, x, 0.5, 1.0, n) == max(1.0 - x, 0.0)


def relaxed(
    x: NDArray[np.float64], gain: NDArray[np.float64], loss: NDArray[np.float64], clocks: Clocks
) -> Small:
    """One cell per column; traits `held` (bounded) and `free` move for an hour at its own gain and loss."""

    def declare(m: Model) -> None:
        m.cell_type("rock", layer="solid")
        cell = m.cell_type("grazer")
        a, b = (m.trait(name, bounded=False) for name in ("gain", "loss"))
        for trait in (m.trait("held"), m.trait("free", bounded=False)):
            trait.rises(cell, 1.0, times(a))
            trait.falls(cell, 1.0, times(b))

    small = build(declare, {"rock": everywhere(1, x.size)}, {"grazer": everywhere(1, x.size)}, clocks=clocks)
    for trait, values in (("gain", gain), ("loss", loss), ("held", x), ("free", x)):
        small.set_trait("grazer", trait, values)
    return small.run(clocks.immune_ticks)


@pytest.fixture(scope="module")
def start() -> tuple[NDArray[np.float64], ...]:
    """x, gain and loss of 300 cells; some neither gain nor lose, some lose almost nothing."""
    rng = np.random.default_rng(3)
    x, gain, loss = rng.random(300), 10.0 ** rng.uniform(-3, 1, 300), 10.0 ** rng.uniform(-3, 1, 300)
    gain[rng.random(300) < 0.2] = 0.0
    loss[rng.random(300) < 0.3] = 0.0
    loss[rng.random(300) < 0.1] = 1e-14
    return x, gain, loss


@pytest.mark.parametrize("bounded", [True, False])
def test_traits_solve_their_equation(start: tuple[NDArray[np.float64], ...], bounded: bool) -> None:
    x, gain, loss = start
    small = relaxed(x, gain, loss, Clocks(0.5, 2, 100, 1))

    def slope(_: float, y: NDArray[np.float64]) -> NDArray[np.float64]:
        return gain * (1.0 - y if bounded else 1.0) - loss * y

    expected = solve_ivp(slope, (0.0, 1.0), x, method="LSODA", rtol=1e-10, atol=1e-12).y[:, -1]
    found = small.trait("grazer", "held" if bounded else "free")
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)
    nothing = (gain == 0.0) & (loss == 0.0)
    np.testing.assert_array_equal(found[nothing], x[nothing])
    if not bounded:
        np.testing.assert_allclose(found[loss == 0.0], (x + gain)[loss == 0.0], rtol=1e-14)


def test_traits_do_not_know_the_clock(start: tuple[NDArray[np.float64], ...]) -> None:
    once, often = relaxed(*start, Clocks(1.0, 1, 100, 1)), relaxed(*start, Clocks(0.25, 1, 100, 1)).run(3)
    for trait in ("held", "free"):
        np.testing.assert_allclose(
            once.trait("grazer", trait), often.trait("grazer", trait), rtol=1e-11, atol=1e-13
        )
    assert (once.trait("grazer", "held") <= 1.0 + 1e-12).all()


def test_probability_composes_and_is_accurate_when_small() -> None:
    for rate, hours in [(0.3, 2.0), (5.0, 0.1), (1e-14, 1.0)]:
        p, half = rates.probability(rate, hours), rates.probability(rate, hours / 2)
        assert 1.0 - p == pytest.approx((1.0 - half) ** 2, rel=1e-12)
        assert rates.decay(rate, hours) == pytest.approx(1.0 - p, rel=1e-12)
    assert rates.probability(1e-14, 1.0) == pytest.approx(1e-14, rel=1e-12)
    assert rates.probability(0.0, 5.0) == 0.0


@pytest.mark.parametrize(("rate", "hours"), [(0.2, 0.5), (4.0, 0.5), (0.0, 3.0)])
def test_an_event_happens_with_its_probability(rate: float, hours: float) -> None:
    happened = np.mean([rates.happens(u, rate, hours) for u in MIDPOINTS])
    assert happened == pytest.approx(-math.expm1(-rate * hours), abs=1e-5)


@pytest.mark.parametrize("t", [0.001, 0.1, 0.7, 2.0])
def test_offspring_is_yule_on_any_clock(t: float) -> None:
    """N - 1 is geometric: mean exp(t) - 1, chance of n or more (1 - exp(-t))^n."""
    found = np.array([rates.offspring(u, 1.0, t) for u in MIDPOINTS])
    assert found.mean() == pytest.approx(math.expm1(t), rel=2e-3, abs=1e-5)
    for n in range(4):
        assert np.mean(found >= n) == pytest.approx((-math.expm1(-t)) ** n, abs=1e-5)
    np.testing.assert_array_equal(
        found[::1000], [rates.offspring(u, 10.0, t / 10.0) for u in MIDPOINTS[::1000]]
    )


def test_offspring_of_two_steps_is_offspring_of_both() -> None:
    rng = np.random.default_rng(1)
    u = iter(rng.random(200_000))
    whole = [1 + rates.offspring(next(u), 1.0, 1.0) for _ in range(10_000)]
    parts = []
    for _ in range(10_000):
        first = 1 + rates.offspring(next(u), 1.0, 0.4)
        parts.append(first + sum(rates.offspring(next(u), 1.0, 0.6) for _ in range(first)))
    assert stats.ks_2samp(whole, parts).pvalue > 1e-5
    assert np.mean(parts) == pytest.approx(math.e, abs=4.5 * math.sqrt(math.e * (math.e - 1) / 10_000))


@pytest.mark.parametrize("mean", [1e-6, 0.05, 1.0, 7.5, 40.0])
def test_poisson_inverts_its_distribution(mean: float) -> None:
    found = np.array([rates.poisson(u, mean) for u in MIDPOINTS[::10]])
    np.testing.assert_array_equal(found, stats.poisson.ppf(MIDPOINTS[::10], mean))
    assert rates.poisson(0.5, 0.0) == 0


@pytest.mark.parametrize(("kind", "limit"), [(RAISED, 3.0), (LOWERED, 0.0), (GATED, 1.0)])
@pytest.mark.parametrize(
    ("seen", "mean", "each"), [(0.0, 0.4, 1.7), (2.5, 3.0, 1.2), (1.0, 0.0, 1.0), (0.0, 18.0, 2.0)]
)
def test_crowd_is_the_expectation_over_hidden_cells(
    kind: int, limit: float, seen: float, mean: float, each: float
) -> None:
    def one(hidden: int) -> float:
        h = hill(seen + hidden * each, 1.3, 2)
        return 1.0 + (limit - 1.0) * h if kind != GATED else h

    direct = sum(stats.poisson.pmf(n, mean) * one(n) for n in range(120))
    assert rates.crowd_response(kind, seen, mean, each, 1.3, limit, 2) == pytest.approx(
        direct, abs=3e-9 * max(limit, 1)
    )


def test_exponentials_are_bit_equal_compiled_and_plain() -> None:
    """Every exp and expm1 of a kernel goes through rates: the digest rests on this."""
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.uniform(0.0, 40.0, 60_000), 10.0 ** rng.uniform(-300.0, 2.8, 40_000)])
    for compiled in (rates.decay, rates.probability):
        plain = getattr(compiled, "py_func", compiled)
        assert [compiled(x, 1.0) for x in values] == [plain(x, 1.0) for x in values.tolist()]
