"""Grades of response as pathologists and imagers write them, from numbers alone; they know no lattice.

Each function names its published scheme: ypT/ypN, irPRC, Miller-Payne, Sataloff, RECIST 1.1. Words for a
grade that rest on a share of the tumour (`effect`, `loss`) take it as a fraction of 1.
"""

from __future__ import annotations

import math

from il2sim.models.pathology.rcb import PathologyError

TOLERANCE = 0.05  # of loss or effect that counts as none (assumed): sampling alone moves a core that much
NEAR_TOTAL = 0.95  # effect from which Sataloff's breast grade is TA (assumed)
PARTIAL_PERCENT = 50.0  # %irRVT up to which the response is partial, inclusive (irPRC, from memory)
MPR_PERCENT = 10.0  # inclusive (seen, K39)
SHRUNK_PERCENT, GROWN_PERCENT, GROWN_MM = -30.0, 20.0, 5.0  # RECIST 1.1 (from memory)
_DIGITS = 9  # decimals that count: 1 - 0.7 is 0.3 and lies on its limit


def pcr_family(has_viable: bool, positive_nodes: int, has_in_situ: bool | None) -> dict[str, bool]:
    """breast_pcr (nodes ignored), yptn0 (ypT0/is ypN0), ypt0 (no in-situ either).

    Without knowledge of in-situ carcinoma (None) ypt0 is absent. Raises PathologyError for a broken count.
    """
    if not (positive_nodes >= 0 and float(positive_nodes).is_integer()):
        raise PathologyError(
            f"pcr_family: positive_nodes is {positive_nodes}; a whole number from 0 is allowed"
        )
    found = {"breast_pcr": not has_viable, "yptn0": not has_viable and positive_nodes == 0}
    return found if has_in_situ is None else {**found, "ypt0": not has_viable and not has_in_situ}


def is_mpr(percent: float) -> bool:
    """Major pathological response: at most 10 % residual viable tumour, 10 included (K39)."""
    return percent <= MPR_PERCENT


def irrvt_bin(percent: float) -> str:
    """The bin in which %irRVT is reported: "0", ">0-10", ">10-20" ... ">90-100" (K39)."""
    upper = 10 * math.ceil(percent / 10)
    return f">{upper - 10}-{upper}" if upper else "0"


def irprc(percent: float) -> str:
    """irpCR (0), irMPR (up to 10), partial (up to 50) or none: %irRVT in words (irPRC, K39)."""
    if percent == 0:
        return "irpCR"
    if is_mpr(percent):
        return "irMPR"
    return "partial" if percent <= PARTIAL_PERCENT else "none"


def cellularity_loss(at_surgery: float, in_cores: float) -> float | None:
    """1 - cellularity at surgery / in the core biopsy; None where the cores held no viable tumour."""
    return None if in_cores == 0 else 1 - at_surgery / in_cores


def miller_payne(loss: float, has_viable: bool) -> int:
    """Miller-Payne's grade 1 to 5: 5 none left, 4 over 90 % lost, 3 over 30, 2 over 5, else 1.

    0.90 is still 3, 0.30 still 2, and 0.05 still 1: sampling alone moves a core that much.
    """
    lost = round(loss, _DIGITS)
    if not has_viable:
        return 5
    for limit, grade in ((0.90, 4), (0.30, 3), (TOLERANCE, 2)):
        if lost > limit:
            return grade
    return 1


def sataloff(effect: float) -> str:
    """Breast grade of the effect 1 - |R|/|B|: TA from 0.95, TB over 0.5, TC over 0.05, else TD."""
    seen = round(effect, _DIGITS)
    if seen >= NEAR_TOTAL:
        return "TA"
    if seen > 0.5:
        return "TB"
    return "TC" if seen > TOLERANCE else "TD"


def sataloff_nodes(positive_nodes: int) -> str:
    """NB (no metastasis, no effect) or ND (metastasis, no effect): nodes do not respond in this model.

    NA and NC, with an effect in the node, cannot occur. Sataloff's scheme, from memory.
    """
    return "ND" if positive_nodes else "NB"


def ewgbsp(percent: float, has_viable: bool, has_in_situ: bool | None) -> str:
    """TR1a nothing left, TR1b in-situ only, TR2a under 10 % left, TR2b to 50, TR2c over 50, TR3 no response.

    `percent` is %irRVT; no response is an effect within the tolerance (assumed, as for Sataloff's TD).
    """
    left = round(percent, _DIGITS)
    if not has_viable:
        return "TR1b" if has_in_situ else "TR1a"
    if left >= 100 * (1 - TOLERANCE):
        return "TR3"
    if left < 10:
        return "TR2a"
    return "TR2b" if left <= 50 else "TR2c"


def change_percent(before: float, after: float) -> float:
    """100 (after - before) / before. Raises PathologyError where there was nothing before."""
    if not before > 0:
        raise PathologyError(f"change_percent: the value before is {before}; more than 0 is needed")
    return 100 * (after - before) / before


def width_response(before_mm: float, after_mm: float) -> str:
    """CR 0 mm; PR -30 % or less; PD +20 % and 5 mm or more; else SD, of one lesion (RECIST 1.1)."""
    change = round(change_percent(before_mm, after_mm), _DIGITS)
    if after_mm == 0:
        return "CR"
    if change <= SHRUNK_PERCENT:
        return "PR"
    has_grown = change >= GROWN_PERCENT and round(after_mm - before_mm, _DIGITS) >= GROWN_MM
    return "PD" if has_grown else "SD"


def ellipsoid_mm3(d1_mm: float, d2_mm: float, third: str = "geometric_mean") -> float:
    """pi/6 d1 d2 d3 of a lesion seen in one plane; d3 is sqrt(d1 d2), or d2 for `minor`."""
    return math.pi / 6 * d1_mm * d2_mm * (d2_mm if third == "minor" else math.sqrt(d1_mm * d2_mm))
