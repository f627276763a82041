"""Residual Cancer Burden: the formula and its classes, in mm and percent. It knows no lattice.

The index is that of JCO 2007;25:4414, as K41 computes it; lengths in cm would shrink it by 10^-0.17 unseen.
"""

from __future__ import annotations

import math

POWER = 0.17  # both terms (seen in code, K41)
PRIMARY_WEIGHT = 1.4  # multiplies the primary term (seen, K41)
NODE_WEIGHT = 4.0  # scales the nodal base (seen, K41)
NODE_BASE = 0.75  # each further positive node adds a quarter of what is left (seen, K41)
CLASS_LIMITS = ((0.0, "0"), (1.36, "I"), (3.28, "II"))  # each limit inclusive (seen, K42)


class PathologyError(ValueError):
    """A slide or a measurement that cannot be scored."""


def rcb(
    d1_mm: float,
    d2_mm: float,
    ca_percent: float,
    cis_percent: float = 0.0,
    positive_nodes: int = 0,
    *,
    d_met_mm: float = 0.0,
) -> float:
    """Residual Cancer Burden index of a bed of d1 x d2 mm

    ca_percent: share of the bed's area that is carcinoma, in situ included; cis_percent: share of that
    carcinoma which is in situ; d_met_mm: largest nodal deposit. A term whose base is 0 is 0.
    Raises PathologyError for a negative or unknown length, a share outside 0-100 or a broken count of nodes.
    """
    for name, length in (("d1_mm", d1_mm), ("d2_mm", d2_mm), ("d_met_mm", d_met_mm)):
        if not 0 <= length < math.inf:
            raise PathologyError(f"rcb: {name} is {length}; a length of 0 mm or more is allowed")
    for name, share in (("ca_percent", ca_percent), ("cis_percent", cis_percent)):
        if not 0 <= share <= 100:
            raise PathologyError(f"rcb: {name} is {share}; 0 to 100 is allowed")
    if not (positive_nodes >= 0 and float(positive_nodes).is_integer()):
        raise PathologyError(f"rcb: positive_nodes is {positive_nodes}; a whole number from 0 is allowed")
    invasive = (1 - cis_percent / 100) * (ca_percent / 100)
    primary = invasive * math.sqrt(d1_mm * d2_mm)
    nodal = NODE_WEIGHT * (1 - NODE_BASE**positive_nodes) * d_met_mm
    return PRIMARY_WEIGHT * _term(primary) + _term(nodal)


def rcb_class(index: float) -> str:
    """RCB class "0", "I", "II" or "III"; 1.36 is still I and 3.28 still II"""
    if not 0 <= index < math.inf:
        raise PathologyError(f"rcb_class: the index is {index}; 0 or more is allowed")
    for limit, name in CLASS_LIMITS:
        if index <= limit:
            return name
    return "III"


def _term(base: float) -> float:
    return float(base**POWER) if base > 0 else 0.0
