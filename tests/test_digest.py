"""The same bits with the JIT and without: one day of a small tumour, in a process of each kind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.result import digest
from sim.tissue import TYPE, VOXEL
from tests.digest_case import chances, day_of
from tests.small_tissue import build, everywhere


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
    tissue, books = small.engine.tissue, ({"day": [0.0]}, {"cells": 16}, {"viable": 0.5})
    name = digest(tissue, *books)
    immune = tissue.layers["immune"]
    turned = tissue.copy()
    other = turned.layers["immune"]
    order = [*range(8, 16), *range(8)]
    other.cell[:16], other.trait[:16] = other.cell[order], other.trait[order]
    other.slot_at[other.cell[:16, VOXEL]] = range(16)
    turned.check()
    assert digest(turned, *books) == name
    others = [
        digest(tissue, {"day": [1e-300]}, *books[1:]),
        digest(tissue, books[0], {"cells": 17}, books[2]),
    ]
    immune.trait[3, 0] = 5e-324
    others.append(digest(tissue, *books))
    immune.trait[3, 0] = 0.0
    immune.cell[3, TYPE] += 1
    others.append(digest(tissue, *books))
    assert len({name, *others}) == 5
