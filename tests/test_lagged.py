"""Late responses in closed form against fine numerical integration, and levels that are read back."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from il2sim.models.drug.first_order_lag import lagged, lagged_twice, saturation, shown_level


def integrated(change: Callable[[np.ndarray], np.ndarray], start: list[float], hours: float) -> np.ndarray:
    """State after `hours` by 2,000 midpoint steps."""
    state, step = np.array(start), hours / 2_000
    for _ in range(2_000):
        state = state + step * change(state + 0.5 * step * change(state))
    return state


@pytest.mark.parametrize(("start", "target"), [(0.0, 1.0), (0.7, 0.2)])
def test_one_lag_is_its_equation(start: float, target: float):
    expected = integrated(lambda x: (target - x) / 30.0, [start], 45.0)[0]
    assert lagged(start, target, 45.0, 30.0) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("start", [(0.0, 0.0), (0.9, 0.1), (0.2, 0.8)])
def test_two_lags_are_their_equations(start: tuple[float, float]):
    expected = integrated(lambda x: (np.array([0.6, x[0]]) - x) / 24.0, [*start], 40.0)
    assert lagged_twice(start, 0.6, 40.0, 48.0) == pytest.approx(tuple(expected), rel=1e-6)


def test_lags_compose():
    assert lagged(lagged(0.2, 1.0, 3.0, 5.0), 1.0, 4.0, 5.0) == pytest.approx(lagged(0.2, 1.0, 7.0, 5.0))
    halfway = lagged_twice((0.0, 0.0), 1.0, 3.0, 10.0)
    assert lagged_twice(halfway, 1.0, 4.0, 10.0) == pytest.approx(lagged_twice((0.0, 0.0), 1.0, 7.0, 10.0))


def test_a_shown_level_is_read_back():
    responses = np.array([[0.0, 0.1], [0.5, 0.999]])
    read = [[saturation(float(level), 0.3) for level in row] for row in shown_level(responses, 0.3)]
    np.testing.assert_allclose(read, responses, atol=1e-12)


def test_nothing_is_shown_of_nothing_and_a_full_response_as_a_number():
    assert shown_level(0.0) == 0.0
    assert math.isfinite(shown_level(1.0))
    assert shown_level(1.0) > 1e8
