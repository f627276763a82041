"""Books that do not close stop the run."""

import copy

import pytest

from il2sim.models.drug.mass_balance import check_closed
from il2sim.sim.counters import SimError

CELLS = {"initial": 5, "divisions": 2, "left_plane": 1, "entries": 1, "deaths": 3, "filled": 1, "final": 4}
LEDGER = {"cells": {"cd8": CELLS}, "il2_nmol": {"residual_relative": 1e-9}}


def test_closed_books_pass() -> None:
    check_closed(LEDGER)


@pytest.mark.parametrize("line", [name for name in CELLS if name != "left_plane"])
def test_a_single_cell_is_missed(line: str) -> None:
    found = copy.deepcopy(LEDGER)
    found["cells"]["cd8"][line] += 1
    with pytest.raises(SimError, match="book of cd8 lacks -?1 cells"):
        check_closed(found)


@pytest.mark.parametrize("gap", [1.1e-6, float("nan")])
def test_il2_that_is_lost_stops_the_run(gap: float) -> None:
    found = copy.deepcopy(LEDGER)
    found["il2_nmol"]["residual_relative"] = gap
    with pytest.raises(SimError, match="book il2_nmol lacks"):
        check_closed(found)
