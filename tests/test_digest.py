"""The same bits with the JIT and without, one day of a small tumour; and what is in a digest."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from il2sim.models import Config, Simulation
from il2sim.models.fingerprint import AMOUNTS, CELLS, ENDPOINTS, SERIES, fingerprint
from il2sim.sim.result import digest, state
from il2sim.sim.tissue import HEADING, PARTNER, TYPE, VOXEL
from tests.digest_case import chances, day_of
from tests.small_tissue import build, everywhere
from tests.update_golden import EVERYTHING


def in_plain_python(root: Path, dimensions: int) -> list[str]:
    """What the case prints where nothing is compiled."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "ignore", "-m", "tests.digest_case", str(dimensions)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("dimensions", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_compiled_and_plain_python_agree_to_the_bit(root: Path, dimensions: int) -> None:
    name, happened = day_of(dimensions)
    assert in_plain_python(root, dimensions) == [chances(), name, str(happened)]
    assert {"tumour dies of lysis", "cd8 divides", "nk enters", "treg dies of age"} <= happened.keys()


def test_a_digest_knows_cells_by_their_place_and_every_bit_of_them() -> None:
    def declare(m) -> None:
        m.cell_type("rock", layer="solid")
        m.cell_type("grazer")
        m.trait("scent")

    small = build(declare, {"rock": everywhere(4, 4)}, {"grazer": everywhere(4, 4)})
    tissue, table, values = small.engine.tissue, small.table, {"cells": 16, "viable": 0.5}
    name = digest(state(tissue, table), values)
    immune = tissue.layers["immune"]
    turned = tissue.copy()
    other = turned.layers["immune"]
    order = [*range(8, 16), *range(8)]
    other.cell[:16], other.trait[:16] = other.cell[order], other.trait[order]
    other.slot_at[other.cell[:16, VOXEL]] = range(16)
    turned.check()
    assert digest(state(turned, table), values) == name
    others = [
        digest(state(tissue, table), values | {"viable": 0.5000000000000001}),
        digest(state(tissue, table), values | {"cells": 17}),
        digest(state(tissue, table), {"cells": 16, "viability": 0.5}),
    ]
    immune.trait[3, 0] = 5e-324
    others.append(digest(state(tissue, table), values))
    immune.trait[3, 0] = 0.0
    for column, value in ((TYPE, 2), (HEADING, 5), (PARTNER, tissue.lattice.interior[7])):
        before, immune.cell[3, column] = int(immune.cell[3, column]), value
        others.append(digest(state(tissue, table), values))
        immune.cell[3, column] = before
    assert digest(state(tissue, table), values) == name
    assert len({name, *others}) == 8


def test_a_digest_is_of_a_number_however_it_is_held() -> None:
    values = {"n": 3, "x": [1.5, 2.0], "is_so": True, "word": "II", "none": None}
    held = {"x": np.array([1.5, 2.0]), "n": np.float32(3.0), "is_so": np.bool_(True)} | {
        "word": "II",
        "none": None,
    }
    assert digest({}, values) == digest({}, held)
    assert digest({}, values) != digest({}, values | {"is_so": 1})


def test_a_digest_is_the_same_on_every_machine() -> None:
    """A constant: another name, type or order in it would be another number of `DIGEST`."""
    arrays = {"b": np.arange(3), "a": np.array([0.1, np.nan])}
    found = digest(arrays, {"viable_fraction": 0.25, "days": [0, 7], "word": None})
    assert found == "81e4f868e1597b348cd8e3c175cd933d2df137e5bfc5e5df316c405fa8a28db9"


@pytest.fixture(scope="module")
def run() -> Simulation:
    """A small tumour with everything on, at surgery."""
    small = {"patient.width": "0.8 mm", "space.margin": "0.2 mm"}
    course = {"schedule.days": "[0]", "schedule.surgery_day": "2"}
    everything = f"[{', '.join(EVERYTHING)}]"
    simulation = Simulation(Config().with_values(small | course | {"mechanisms": everything}), 3)
    while not simulation.finished:
        simulation.step()
    return simulation


def test_what_is_listed_is_written_down(run: Simulation) -> None:
    """A key that no run has would be in no digest: a word misspelt here would go unseen."""
    found = run.result()
    assert not {*SERIES.split()} - found.series.keys()
    of_a_biopsy = {"stil_at_biopsy_percent", "biopsy_removed_percent"}
    assert {*ENDPOINTS.split()} - found.endpoints.keys() == of_a_biopsy
    held = {key for name, book in found.ledger.items() if name != "cells" for key in book}
    assert not {*AMOUNTS.split()} - held
    assert all({*CELLS.split()} == book.keys() for book in found.ledger["cells"].values())


def test_a_new_column_changes_no_digest_and_a_listed_one_does(run: Simulation) -> None:
    found, tissue, table = run.result(), run.tissue, run.table

    def name(series: Any = None, ledger: Any = None, endpoints: Any = None) -> str:
        books = (series or found.series, ledger or found.ledger, endpoints or found.endpoints)
        return fingerprint(tissue, table, *books)

    column = found.series["day"] * 2.0
    amounts = found.ledger["il2_nmol"]
    assert name() == found.digest
    assert name(series=found.series | {"new_mean": column}) == found.digest
    assert name(endpoints=found.endpoints | {"new_percent": 3.0}) == found.digest
    assert name(ledger=found.ledger | {"il2_nmol": amounts | {"residual_relative": 1.0}}) == found.digest
    assert name(series=found.series | {"cd8": column}) != found.digest
    assert name(series=found.series | {"day": column}) != found.digest
    assert name(endpoints=found.endpoints | {"mpr": not found.endpoints["mpr"]}) != found.digest
    assert name(ledger=found.ledger | {"il2_nmol": amounts | {"taken_up_cd8": 1.0}}) != found.digest
