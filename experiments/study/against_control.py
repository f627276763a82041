"""Endpoints that need the same patient without drug: less what her matched control shows.

Absent where the control is unknown, unfinished or lacks the endpoint, and of the control itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def against_twin(found: Mapping[str, Any], twin: Mapping[str, Any]) -> dict[str, Any]:
    """delta_rcb_twin (RCB with drug minus without) and mpr_beyond_twin (MPR that the control does not have).

    A tumour whose stroma or necrosis keeps %irRVT low has MPR more easily, so it is judged by the control.
    """
    compared: dict[str, Any] = {}
    if _has(found, twin, "rcb"):
        compared["delta_rcb_twin"] = found["rcb"] - twin["rcb"]
    if _has(found, twin, "mpr"):
        compared["mpr_beyond_twin"] = bool(found["mpr"] and not twin["mpr"])
    return compared


def _has(found: Mapping[str, Any], twin: Mapping[str, Any], name: str) -> bool:
    return found.get(name) is not None and twin.get(name) is not None


def beside_twins(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a tidy table as a table, each with what it has against its control's row, if that is there."""
    import pandas as pd

    by_id = {row["run_id"]: row for row in rows}
    twins = [by_id.get(row["twin_id"], {}) for row in rows]
    return pd.DataFrame([row | against_twin(row, twin) for row, twin in zip(rows, twins, strict=True)])
