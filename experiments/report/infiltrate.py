"""What the drug changed in the infiltrate, said beside what it changed in the tumour."""

from __future__ import annotations

from il2sim.experiments.study.results import Results
from il2sim.experiments.study.statistics import FEWEST, Estimate, estimate, excludes_zero, paired, strongest

READINGS = {
    "stil_percent": ("sTIL", " %"),
    "cd8_per_mm2": ("CD8 cells", " per mm²"),
    "treg_per_mm2": ("Treg", " per mm²"),
    "cd8_treg_ratio": ("CD8 over Treg", ""),
}
NOTABLE = 0.1  # of what the twins read; less is not said (assumed, as the 0.1 of viable fraction)


def infiltrate(results: Results) -> str:
    """Readings of the infiltrate that moved by a tenth or more in the arm the answer speaks of, if their
    interval excludes zero; nothing where none did or there are too few pairs.
    """
    best = strongest([arm for arm in results.arms if arm.is_drug])
    if best is None:
        return ""
    rows = results.rows(best)
    pairs = paired(rows, results.table)
    moved = []
    for key, (words, unit) in READINGS.items():
        if key not in rows:
            continue
        twin, less = estimate(pairs[f"{key}_twin"]), estimate(pairs[key] - pairs[f"{key}_twin"])
        if (
            twin
            and less
            and less.n >= FEWEST
            and excludes_zero(less)
            and abs(less.mean) >= NOTABLE * abs(twin.mean)
        ):
            moved.append(f"{words} {_said(twin, less, unit)}")
    if not moved:
        return ""
    return f"The drug did change the infiltrate{' there' if best.labels else ''}: {'; '.join(moved)}."


def _said(twin: Estimate, less: Estimate, unit: str) -> str:
    verb = "rose" if less.mean > 0 else "fell"
    much = f"{less.mean:+.3g}, 95 % interval {less.low:+.3g} to {less.high:+.3g}"
    return f"{verb} from {twin.mean:.3g} in the controls to {twin.mean + less.mean:.3g}{unit} ({much})"
