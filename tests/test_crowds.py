"""What a cell counts around it: heads, heads and a trait of theirs, or the trait alone."""

import numpy as np
import pytest

from il2sim.sim.language.model import Model, times, within
from tests.small_tissue import build, everywhere

TRAIT, HOURS = 0.25, 0.5  # of each grazer; one step of the immune clock


@pytest.mark.parametrize(
    ("way", "seen"), [("heads", 2.0), ("weight", 2.0 * (1.0 + TRAIT)), ("only", 2.0 * TRAIT)]
)
def test_a_weight_counts_each_head_too_and_only_the_trait_alone(way: str, seen: float) -> None:
    def declare(m: Model) -> None:
        m.cell_type("rock", layer="solid")
        hunter, grazer = m.cell_type("hunter"), m.cell_type("grazer")
        scent, found = m.trait("scent"), m.trait("found", bounded=False)
        ways = {
            "heads": within(grazer, 15.0),
            "weight": within(grazer, 15.0, weight=scent),
            "only": within(grazer, 15.0, only=scent),
        }
        found.rises(hunter, 1.0, times(ways[way]))

    hunters, grazers = np.zeros((2, 3, 3, 3), bool)
    hunters[1, 1, 1] = grazers[0, 1, 1] = grazers[1, 2, 1] = True
    small = build(declare, {"rock": everywhere(3, 3, 3)}, {"hunter": hunters, "grazer": grazers})
    small.set_trait("grazer", "scent", TRAIT)
    small.run(1)
    assert small.trait("hunter", "found").tolist() == pytest.approx([seen * HOURS])
