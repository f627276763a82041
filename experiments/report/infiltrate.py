"""What the drug changed in the infiltrate, said beside what it changed in the tumour."""

from __future__ import annotations

from il2sim.experiments.study.cell_kinds import Kinds
from il2sim.experiments.study.cell_kinds import infiltrate as infiltrating
from il2sim.experiments.study.results import Results
from il2sim.experiments.study.statistics import FEWEST, Estimate, estimate, excludes_zero, paired, strongest

NOTABLE = 0.1  # of what the matched controls read; less is not said (assumed, as the 0.1 of viable fraction)


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
    for key, (words, unit) in readings(results.kinds).items():
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


def readings(kinds: Kinds) -> dict[str, tuple[str, str]]:
    """Endpoints of the infiltrate, each with its words and unit."""
    counted = {f"{kind.name}_per_mm2": (kind.many, " per mm²") for kind in infiltrating(kinds)}
    ratio = "CD8 over Treg"  # the pathologist's one ratio, of two named cells
    return {"stil_percent": ("sTIL", " %"), **counted, "cd8_treg_ratio": (ratio, "")}


def _said(twin: Estimate, less: Estimate, unit: str) -> str:
    verb = "rose" if less.mean > 0 else "fell"
    much = f"{less.mean:+.3g}, 95 % interval {less.low:+.3g} to {less.high:+.3g}"
    return f"{verb} from {twin.mean:.3g} in the controls to {twin.mean + less.mean:.3g}{unit} ({much})"
