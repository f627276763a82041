"""Readings of two builds, and whether their means lie close enough."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from il2sim import Config
from il2sim.experiments.verification import equivalence
from il2sim.experiments.verification.equivalence import FIRST, SENSITISED, compare, main, read, write
from il2sim.models.tissue.equilibration import tumour_key


def rows(build: str, shift: float, scatter: float = 0.02) -> list[dict]:
    draws = np.random.default_rng(1).normal(0.0, scatter, 40)
    plain = dict.fromkeys(FIRST, 1.0) | {"build": build, "case": "reference", "arm": "drug"}
    return [plain | {"seed": seed, "viable_fraction": 1.0 + shift + d} for seed, d in enumerate(draws)]


def verdict(shift: float, scatter: float = 0.02) -> str:
    lines = compare([*rows("old", 0.0, scatter), *rows("new", shift, scatter)], "old", "new")
    return next(line for line in lines if "viable_fraction" in line).split("|")[-2].strip()


def test_close_means_hold_far_ones_do_not_and_few_readings_show_nothing() -> None:
    assert verdict(0.005) == "yes"
    assert verdict(0.08) == "no"
    assert verdict(0.005, scatter=0.2) == "not shown"


def test_the_sensitised_case_is_the_shipped_one() -> None:
    shipped = Config.load("responsive_2d")
    wanted = Config().with_values({"patient.width": "5 mm", **SENSITISED})
    assert (tumour_key(shipped), shipped.schedule) == (tumour_key(wanted), wanted.schedule)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "readings.csv"


def test_readings_are_kept_and_not_made_twice(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = ["--table", str(table), "measure", "--build", "new", "--seeds", "2", "--cases", "reference"]
    ask += ["--width", "0.6 mm"]
    assert main(ask) == 0
    assert [(row["arm"], row["seed"]) for row in read(table)] == [("drug", 2.0), ("control", 2.0)]
    monkeypatch.setattr(equivalence, "readings", pytest.fail)
    assert main(ask) == 0


def test_another_checkout_makes_its_own(table: Path, tmp_path: Path) -> None:
    package = tmp_path / "other" / "src" / "il2sim"
    package.mkdir(parents=True)
    package.joinpath("__init__.py").write_text(
        "class Config:\n    def with_values(self, values): raise SystemExit(7)\nsettle = simulate = None\n"
    )
    ask = ["--table", str(table), "measure", "--build", "old", "--seeds", "1", "--checkout"]
    assert main([*ask, str(tmp_path / "other")]) == 7


def test_the_table_survives_its_own_writing(table: Path) -> None:
    write(table, rows("old", 0.0))
    assert len(read(table)) == 40
    assert not list(table.parent.glob(".*"))
