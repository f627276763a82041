"""Where the drug was put at the first injection: outlines in a picture, mm from the tumour's centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Patch, Polygon
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from il2sim.experiments.study import store
from il2sim.experiments.study.results import Results

Depots = Sequence[Mapping[str, Any]]
EDGES = "edges of the fluid of the first injection"


def depots_of(results: Results, row: pd.Series[Any]) -> Depots:
    """Depots of one run, as its record keeps them; none where nothing was injected."""
    found: Depots = store.record(results.folder, row["run_id"])["provenance"].get("depots", [])
    return found


def farthest_mm(depots: Depots) -> float:
    """How far from the centre the drug reached at once, mm."""
    return max((depot["outer_um"] / 1000 for depot in depots), default=0.0)


def beyond(depots: Depots, reach_mm: float) -> str:
    """A remark where a depot is larger than the picture."""
    farthest = farthest_mm(depots)
    if farthest <= reach_mm:
        return ""
    return f" The injected fluid reaches {farthest:.1f} mm from the centre at once, beyond the picture."


def mark_depots(axes: Axes, depots: Depots) -> None:
    """Outlines of the volumes that the drug filled at the first injection; axes in mm from the centre."""
    for depot in depots:
        for x, y, radius in np.array(depot["circles_um"]).reshape(-1, 3) / 1000:
            _outline(axes, Circle((x, y), radius, fill=False))
        for track in np.array(depot["tracks_um"]).reshape(-1, 4) / 1000:
            _outline(axes, _capsule(track[:2], track[2:], depot["track_radius_um"] / 1000))


def entry() -> Patch:
    """A line of a legend."""
    return Patch(fill=False, linestyle="--", label=EDGES)


def _capsule(start: NDArray[np.float64], end: NDArray[np.float64], radius: float) -> Polygon:
    """All within `radius` of a needle track."""
    angle = np.arctan2(*(end - start)[::-1])
    turns = np.linspace(0.5 * np.pi, 1.5 * np.pi, 25) + angle
    ends = [
        centre + radius * np.column_stack([np.cos(turns + half), np.sin(turns + half)])
        for centre, half in ((start, 0.0), (end, np.pi))
    ]
    return Polygon(np.concatenate(ends), closed=True, fill=False)


def _outline(axes: Axes, patch: Patch) -> None:
    patch.set(linestyle="--", linewidth=1.1)
    patch.set_path_effects([withStroke(linewidth=2.6, foreground="white", alpha=0.7)])
    axes.add_patch(patch)
