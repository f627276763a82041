"""What chance deals a patient beside her tumour: nodes, in-situ carcinoma and the eye of her pathologist.

All of it is drawn from the seed alone, so drug arm and control get the same: no drug effect can hide in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from il2sim.models.pathology.grades import is_mpr, width_response
from il2sim.sim.kernels.rng import Stream, uniforms

_STIL, _RVT, _US_BEFORE, _US_AFTER = range(4)


@dataclass(frozen=True)
class Nodes:
    """Positive nodes and their largest deposit (mm), untreated and unchanged by the drug; none is N0."""

    positive: int = 0
    deposit_mm: float = 0.0


@dataclass(frozen=True)
class Errors:
    """Standard deviations of what is read, and how many points too low an unmasked reader sees RVT."""

    stil_points: float
    rvt_points: float
    width_mm: float
    bias_points: float = 0.0


def draw_nodes(seed: int, chance: float, median_mm: float, spread: float) -> Nodes:
    """One positive node with that chance, its deposit lognormal (assumed): a virtual patient's, whatever arm.

    `spread`: standard deviation of ln(deposit / mm).
    """
    is_positive, size = uniforms(seed, Stream.NODES, np.arange(2))
    if is_positive >= chance:
        return Nodes()
    return Nodes(1, median_mm * math.exp(spread * float(ndtri(size))))


def draw_in_situ(seed: int, chance: float) -> bool:
    """Whether the tumour has in-situ carcinoma too, which stays whatever the drug does (assumed)."""
    return bool(uniforms(seed, Stream.IN_SITU, np.arange(1))[0] < chance)


def observed(
    true: dict[str, float], widths_mm: tuple[float, float], errors: Errors, seed: int
) -> dict[str, float | bool | str]:
    """What people would write down instead of sTIL, %irRVT and imaging width (K50, K51, K52).

    `true` may hold stil_percent and holds rvt_percent; `widths_mm` are those on imaging before and after.
    Shares are kept within 0-100, widths above 0 and rounded to mm; a section without viable tumour is read
    as such by everyone. Arms share the error, so a paired difference is steadier here than two readers are.
    """
    error = ndtri(uniforms(seed, Stream.OBSERVER, np.arange(4)))
    found: dict[str, float | bool | str] = {}
    if "stil_percent" in true:
        found["stil_percent_observed"] = _share(true["stil_percent"] + errors.stil_points * error[_STIL])
    seen = true["rvt_percent"] + errors.rvt_points * error[_RVT] - errors.bias_points
    rvt = _share(seen) if true["rvt_percent"] > 0 else 0.0
    before, after = (
        float(round(max(0.0, width + errors.width_mm * error[place])))
        for width, place in zip(widths_mm, (_US_BEFORE, _US_AFTER), strict=True)
    )
    found |= {"rvt_percent_observed": rvt, "mpr_observed": is_mpr(rvt)}
    found |= {"width_imaging_baseline_mm_observed": before, "width_imaging_mm_observed": after}
    return found | ({"imaging_response_observed": width_response(before, after)} if before > 0 else {})


def _share(percent: float) -> float:
    return float(min(max(percent, 0.0), 100.0))
