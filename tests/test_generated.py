"""Configs by chance end in a result or in sentences: no traceback, no hang, no gigabyte more."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.generated_configs import KEYS, NUMBERS, generated

SEED = 20
OFTEN = 20  # times that every key is met in 10,000


def batch(root: Path, count: int, ticks: int = 0) -> dict[str, Any]:
    """What so many came to in a process of their own."""
    words = [sys.executable, "-m", "tests.generated_batch", str(SEED), str(count), str(ticks)]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["wrong"] == [], json.dumps(found["wrong"][:3], indent=1, ensure_ascii=False)
    assert found["refused"] == []
    return found


def test_the_same_seed_makes_the_same_configs() -> None:
    assert [*generated(SEED, 30)] == [*generated(SEED, 40)][:30]
    assert [*generated(SEED, 30)] != [*generated(SEED + 1, 30)]


def test_five_hundred_are_loaded_built_and_planned(root: Path) -> None:
    found = batch(root, 500)
    ends = found["ends"]
    assert ends["valid: result"] == 167
    assert ends["nearly: sentence"] > 150
    assert ends["hostile: sentence"] > 150
    assert {*KEYS, *NUMBERS} <= found["keys"].keys()


def test_twenty_run_two_ticks(root: Path) -> None:
    assert batch(root, 20, ticks=2)["ends"]["valid: result"] == 14


@pytest.mark.generated
def test_ten_thousand_are_loaded_built_and_planned(root: Path) -> None:
    found = batch(root, 10_000)
    rare = {key for key in (*KEYS, *NUMBERS) if found["keys"].get(key, 0) < OFTEN}
    assert not rare
    assert found["ends"]["valid: result"] == 3334
    assert found["ends"]["nearly: sentence"] > 3000
    assert found["ends"]["hostile: sentence"] > 3000


@pytest.mark.generated
def test_three_hundred_run_two_ticks(root: Path) -> None:
    assert batch(root, 300, ticks=2)["ends"]["valid: result"] == 200
