"""Several cytokines on one signal: together no more than 1, and one alone as ever."""

import numpy as np
import pytest

from il2sim.models.config.mechanisms import BIOLOGY
from il2sim.sim.language.model import Model, also_by, gated_by
from il2sim.sim.language.shares import Shares
from tests.mechanism_case import model_with
from tests.small_tissue import Small, build, everywhere

LATE_H = 6.0


def tissue(levels: dict[str, float], *, is_joined: bool = True) -> Small:
    """A cell whose signal follows sugar, and salt where it joins, at these levels (half at 1 nM)."""

    def declare(m: Model) -> None:
        m.cell_type("rock", layer="solid")
        hunter, signal = m.cell_type("hunter"), m.trait("signal", bounded=False)
        sugar, salt = m.cytokine("sugar", shown=True), m.cytokine("salt", shown=True)
        signal.rises(hunter, 1.0 / LATE_H, gated_by(sugar, 1.0))
        signal.falls(hunter, 1.0 / LATE_H)
        if is_joined:
            m.modify("signal rises in hunter", also_by(salt, 1.0, hill=2))

    hunters = np.zeros((3, 3), bool)
    hunters[1, 1] = True
    small = build(declare, {"rock": everywhere(3, 3)}, {"hunter": hunters})
    for name, level in levels.items():
        small.engine.set_field(name, np.full(9, level))
    return small


def rested(small: Small) -> float:
    """Its signal after ten times its lag."""
    return float(small.run(360).trait("hunter", "signal")[0])


@pytest.mark.parametrize("sugar", [0.0, 0.5, 1e6])
@pytest.mark.parametrize("salt", [0.0, 2.0, 1e6])
def test_either_suffices_and_both_are_never_more_than_1(sugar: float, salt: float) -> None:
    shut = (1.0 - sugar / (1.0 + sugar)) * (1.0 - salt**2 / (1.0 + salt**2))
    found = rested(tissue({"sugar": sugar, "salt": salt}))
    assert found == pytest.approx(1.0 - shut, abs=1e-4)
    assert found <= 1.0


def test_one_alone_is_as_without_the_other() -> None:
    assert rested(tissue({"sugar": 0.7})) == rested(tissue({"sugar": 0.7}, is_joined=False))


def test_which_signals_follow_a_gate_is_found_and_every_mechanism_keeps_them_at_most_1() -> None:
    shares = Shares(model_with(*BIOLOGY))
    kinds = {cell for trait, cell in shares.found if trait == "il2_signal"}
    assert kinds == {"cd8", "nk", "treg", "th"}
    shares.check()
