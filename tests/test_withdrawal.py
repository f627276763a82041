"""New NK and regulatory T cells that IL-2 made die without it, and old ones do not; divisions are counted."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from il2sim.sim.engine import Clocks
from il2sim.sim.language.model import Model, ModelError, less
from tests.mechanism_case import model_with
from tests.small_tissue import build, everywhere, spaced


@pytest.mark.parametrize("name", ["nk", "treg"])
def test_the_new_cell_alone_depends_on_il2(name: str) -> None:
    model = model_with("nk_treg_withdrawal")
    assert dict(model.rules[f"{name} divides"].daughters) == {"expanded": 1.0}
    starves = model.rules[f"{name} dies of loss of IL-2"]
    assert [(m.kind, m.signal.name) for m in starves.modifiers] == [
        ("times", "expanded"),
        ("less", "il2_signal"),
    ]
    assert starves.rate == pytest.approx(0.7 / 24.0)
    assert f"expanded falls in {name}" in model.rules
    assert not dict(model_with().rules[f"{name} divides"].daughters)


def test_cd8_cells_are_left_as_they_are() -> None:
    with_it, without = model_with("nk_treg_withdrawal").rules, model_with().rules
    assert {s: r for s, r in with_it.items() if r.cell == "cd8"} == {
        s: r for s, r in without.items() if r.cell == "cd8"
    }


def test_every_kind_that_il2_drives_has_a_limit() -> None:
    model = model_with("division_limit")
    for name in ("cd8", "nk", "treg"):
        rule = model.rules[f"{name} divides"]
        assert dict(rule.counts) == {"divisions_spent": pytest.approx(1.0 / 6.0)}
        assert ("less", "divisions_spent") in [(m.kind, m.signal.name) for m in rule.modifiers]
    assert not model_with().rules["cd8 divides"].counts


def dividers(most: float, rate: float, is_bounded: bool = False) -> Callable[[Model], None]:
    def declare(m: Model) -> None:
        m.cell_type("rock", layer="solid")
        grazer, spent = m.cell_type("grazer"), m.trait("spent", bounded=is_bounded)
        grazer.divides(rate, less(spent), both={spent: 1.0 / most})

    return declare


def test_a_cell_stops_after_so_many_divisions() -> None:
    """Every clone ends at 2 to the power of the limit, and every cell has spent all of it."""
    small = build(
        dividers(3.0, 20.0), {"rock": everywhere(90, 90)}, {"grazer": spaced((90, 90), 15)},
        clocks=Clocks(1 / 6, 1, 10_000, 1),
    )  # fmt: skip
    clones = small.count("grazer")
    small.run(60)
    assert small.count("grazer") == clones * 2**3
    assert np.allclose(small.trait("grazer", "spent"), 1.0)


def test_rates_fall_as_divisions_are_spent() -> None:
    """Half spent, half the rate."""
    rate, hours = 0.4, 0.5
    shape = (90, 90)
    small = build(
        dividers(2.0, rate), {"rock": everywhere(*shape)}, {"grazer": spaced(shape, 5)},
        clocks=Clocks(1 / 6, 3, 10_000, 1),
    )  # fmt: skip
    small.set_trait("grazer", "spent", 0.5)
    n, p = small.count("grazer"), -math.expm1(-0.5 * rate * hours)
    born = small.run(1).fired("grazer divides")
    assert abs(born - n * p) < 4.5 * math.sqrt(n * p * (1.0 - p))
    assert np.unique(small.trait("grazer", "spent")).tolist() == [0.5, 1.0]


def test_a_count_that_cannot_grow_is_refused() -> None:
    cells = {"rock": everywhere(6, 6)}, {"grazer": everywhere(6, 6)}
    with pytest.raises(ModelError, match="bounded=False"):
        build(dividers(2.0, 1.0, is_bounded=True), *cells)


def test_only_a_division_has_daughters_to_mark() -> None:
    m = Model()
    grazer, spent = m.cell_type("grazer"), m.trait("spent", bounded=False)
    grazer.dies(1.0)
    m.on_division("grazer dies", both={spent: 1.0})
    with pytest.raises(ModelError, match="no division"):
        m.finish()
