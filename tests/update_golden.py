"""Small runs whose numbers are kept in golden.yaml. `python -m tests.update_golden` writes it anew.

A change of golden.yaml is a change of results: it goes with a line "Results change:" in CHANGELOG.md.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.linalg import solve_banded

from il2sim.models import Config, simulate
from il2sim.models.build import mechanisms
from tests.digest_case import chances

GOLDEN = Path(__file__).with_name("golden.yaml")
SMALL = {"patient.width": "0.8 mm", "space.margin": "0.3 mm"}
RESPONSIVE = {
    "patient.stil": "40 %",
    "cd8.reactive_share": "30 %",
    "exhaustion.reversal_rate": "0.3 1/day",
    "aicd.death_rate": "0.02 1/day",
}
EVERYTHING = tuple(name for name in mechanisms() if name not in ("biopsy", "trauma"))  # needles leave nothing
CASES: dict[str, dict[str, str]] = {
    "central": {},
    "responsive": RESPONSIVE,
    "untreated_excluded": {"patient.phenotype": "excluded", "schedule.dose": "0 MIU/mm"},
    "everything": RESPONSIVE | {"mechanisms": f"[{', '.join(EVERYTHING)}]"},
    "ball": {
        "space.dimensions": "3",
        "patient.width": "0.4 mm",
        "space.margin": "0.15 mm",
        "patient.stil": "40 %",
    },
}
SEED = 7


def arithmetic() -> str:
    """Digest of what processors and their libraries round differently: exp, log, powers, sums, a banded
    system.
    """
    values = np.random.default_rng(5).uniform(0.1, 40.0, 10_000)
    system = np.vstack([values, 100.0 + values, values])
    solved = solve_banded((1, 1), system, values)
    parts = (np.exp(-values), np.log(values), values**2.5, values.sum(), values @ values, solved)
    return hashlib.sha256(chances().encode() + b"".join(np.asarray(p).tobytes() for p in parts)).hexdigest()


def numbers(case: dict[str, str]) -> dict[str, Any]:
    """Digest, books and endpoints of one run; sums over time of the series."""
    result = simulate(Config().with_values(SMALL | case), SEED)
    floats = {name: value for name, value in result.endpoints.items() if isinstance(value, float)}
    sums = {f"sum of {name}": float(np.sum(values)) for name, values in result.series.items()}
    final = {name: book["final"] for name, book in result.ledger["cells"].items()}
    return {"digest": result.digest, "final": final, "numbers": floats | sums}


def main() -> None:
    """Write golden.yaml for this kind of machine."""
    found = {"arithmetic": arithmetic(), "cases": {name: numbers(case) for name, case in CASES.items()}}
    GOLDEN.write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
