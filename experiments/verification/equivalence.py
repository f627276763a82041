"""Do two builds of the code give the same answers? Readings of many tumours a build, and their differences.

    python -m il2sim.experiments.verification.equivalence measure --build NAME --seeds 1-20 [--checkout DIR]
    python -m il2sim.experiments.verification.equivalence compare OLD NEW

A reading is one 5-mm tumour, treated or not, of one seed. The table keeps every reading, so that a comparison
of hours is made in pieces. With --checkout the readings are made by another checkout's il2sim.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

TABLE = Path(__file__).resolve().parents[2] / "docs" / "equivalence.csv"
SENSITISED = {  # as configs/responsive_2d.yaml
    "patient.stil": "40 %",
    "cd8.reactive_share": "30 %",
    "exhaustion.reversal_rate": "0.3 1/day",
    "aicd.death_rate": "0.02 1/day",
}
CASES: dict[str, dict[str, str]] = {"reference": {}, "sensitised": SENSITISED}
ARMS = ("drug", "control")
NAMES, HOURS = ("build", "case", "arm"), "_hours"
FIRST = (
    *NAMES,
    "seed",
    "viable_fraction",
    "kills",
)  # then every kind of cell at surgery, and hours above EC50
VIABLE_MAY_DIFFER = {"reference": 0.02, "sensitised": 0.04}  # absolute
KILLS_MAY_DIFFER, HOURS_MAY_DIFFER = 0.05, 0.03  # of the old build's mean
MANY_CELLS, MANY_MAY_DIFFER, FEW_MAY_DIFFER = 1000, 0.03, 0.06  # of the old build's mean


def readings(case: str, seed: int, width: str = "5 mm") -> list[dict[str, Any]]:
    """Both arms of one tumour, by whatever il2sim is importable."""
    from il2sim import Config, settle, simulate  # noqa: PLC0415 - another checkout's, where one is asked for

    config = Config().with_values({"patient.width": width, **CASES[case]})
    baseline, rows = settle(config, seed), []
    for arm, of_arm in zip(ARMS, (config, config.without_drug()), strict=True):
        result = simulate(of_arm, seed, baseline)
        cells = result.ledger["cells"]
        row: dict[str, Any] = {"case": case, "arm": arm, "seed": seed}
        killed = np.sum(result.series["kills_per_day"][1:] * np.diff(result.series["day"]))
        row |= {"viable_fraction": result.endpoints["viable_fraction"], "kills": float(killed)}
        row |= {"deaths": cells["tumour"]["deaths"]}  # killed or lost
        row |= {name: each["final"] for name, each in cells.items()}
        hours = {name: found for name, found in result.endpoints.items() if name.endswith(HOURS)}
        row |= {name: float(np.mean(found)) for name, found in hours.items()}
        rows.append(row)
    return rows


def read(table: Path) -> list[dict[str, Any]]:
    """Every reading so far."""
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        return [
            {name: value if name in NAMES else float(value) for name, value in row.items() if value}
            for row in csv.DictReader(file)
        ]


def write(table: Path, rows: Iterable[dict[str, Any]]) -> None:
    """All readings, whole or not at all."""
    kept = list(rows)
    columns = list(dict.fromkeys([*FIRST, *(name for row in kept for name in row)]))
    beside = table.with_name(f".{table.name}.part")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _short(value) for name, value in row.items()} for row in kept)
    os.replace(beside, table)


def _short(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def measure(build: str, seeds: Sequence[int], cases: Sequence[str], table: Path, width: str) -> None:
    """Add the readings that the table lacks, each as soon as it is made."""
    for case in cases:
        for seed in seeds:
            kept = read(table)
            if any((row["build"], row["case"], row["seed"]) == (build, case, seed) for row in kept):
                continue
            found = [{"build": build} | row for row in readings(case, seed, width)]
            write(table, [*read(table), *found])
            print(f"{build}: {case}, seed {seed}", flush=True)


def difference(old: Sequence[float], new: Sequence[float]) -> tuple[float, float, float]:
    """Difference of two means, new less old, with the ends of Welch's 95 % interval.

    >>> difference([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])[0]
    0.0
    """
    a, b = np.asarray(old), np.asarray(new)
    u, v = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
    gap, error = float(b.mean() - a.mean()), math.sqrt(u + v)
    if error == 0.0:
        return gap, gap, gap
    freedom = (u + v) ** 2 / (u**2 / (a.size - 1) + v**2 / (b.size - 1))
    half = float(student.ppf(0.975, freedom)) * error
    return gap, gap - half, gap + half


def allowed(name: str, case: str, mean: float) -> float:
    """How far the means may lie apart, in the unit of the quantity."""
    if name == "viable_fraction":
        return VIABLE_MAY_DIFFER[case]
    if name in ("kills", "deaths"):
        return KILLS_MAY_DIFFER * mean
    if name.endswith(HOURS):
        return HOURS_MAY_DIFFER * mean
    return (MANY_MAY_DIFFER if mean > MANY_CELLS else FEW_MAY_DIFFER) * mean


def compare(rows: Sequence[dict[str, Any]], old: str, new: str) -> list[str]:
    """One line for each case, arm and quantity: means, difference with interval, what is allowed, verdict."""
    lines = [f"| case | arm | quantity | n | {old} | {new} | difference (95 %) | allowed | holds |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    quantities = [name for row in rows for name in row if name not in (*NAMES, "seed")]
    for case, arm, name in product(CASES, ARMS, dict.fromkeys(quantities)):
        sides = [_values(rows, (build, case, arm), name) for build in (old, new)]
        if min(map(len, sides)) >= 2:
            lines.append(_line(case, arm, name, *sides))
    return lines


def _values(rows: Sequence[dict[str, Any]], names: tuple[str, str, str], quantity: str) -> list[float]:
    """A quantity in all readings of one build, case and arm."""
    mine = [row for row in rows if tuple(row[name] for name in NAMES) == names]
    return [row[quantity] for row in mine if quantity in row]


def _line(case: str, arm: str, name: str, old: list[float], new: list[float]) -> str:
    before, after = float(np.mean(old)), float(np.mean(new))
    gap, low, high = difference(old, new)
    most = allowed(name, case, before)
    holds = "yes" if -most <= low and high <= most else "no" if low > most or high < -most else "not shown"
    numbers = f"{before:.4g} | {after:.4g} | {gap:+.3g} ({low:+.3g} to {high:+.3g}) | {most:.3g}"
    return f"| {case} | {arm} | {name} | {len(old)}, {len(new)} | {numbers} | {holds} |"


def seeds_of(text: str) -> range:
    """Seeds of "1-20".

    >>> seeds_of("3-5")
    range(3, 6)
    """
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """The commands of this module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--table", type=Path, default=TABLE)
    commands = parser.add_subparsers(dest="command", required=True)
    measuring, comparing = commands.add_parser("measure"), commands.add_parser("compare")
    measuring.add_argument("--build", required=True, help="name of the code in the table")
    measuring.add_argument("--seeds", required=True, help="like 1-20")
    measuring.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    measuring.add_argument("--width", default="5 mm")
    measuring.add_argument("--checkout", type=Path, help="make the readings with the il2sim of this folder")
    comparing.add_argument("old")
    comparing.add_argument("new")
    asked = parser.parse_args(arguments)
    if asked.command == "compare":
        print("\n".join(compare(read(asked.table), asked.old, asked.new)))
        return 0
    if asked.checkout is None:
        measure(asked.build, seeds_of(asked.seeds), asked.cases, asked.table, asked.width)
        return 0
    again = ["--table", str(asked.table), "measure", "--build", asked.build, "--seeds", asked.seeds]
    again += ["--cases", *asked.cases, "--width", asked.width]
    script = (
        f"import runpy, sys; sys.path.insert(0, {str(asked.checkout.resolve() / 'src')!r}); "
        f"runpy.run_path({__file__!r}, run_name='__main__')"
    )
    return subprocess.run([sys.executable, "-c", script, *again], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
