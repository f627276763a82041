"""Responses of body and tissue that a config may switch on: systemic pools, vascular leak, oedema, trauma.

One object that holds those whose mechanisms the model has; without any it says nothing and changes nothing.
All are 0 until the first injection, so that arms with and without them share the settled tumour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from il2sim.models.biology.treatment_effects import leak, systemic, trauma
from il2sim.models.biology.treatment_effects.leak import Leak
from il2sim.models.biology.treatment_effects.oedema import Oedema
from il2sim.models.biology.treatment_effects.systemic import SystemicPools
from il2sim.models.biology.treatment_effects.trauma import Trauma
from il2sim.models.drug.geometries.injection import Technique
from il2sim.models.drug.geometries.needle import needle_tracks, track_distance
from il2sim.models.drug.schedule import Visit
from il2sim.sim.language.model import Model

RESPONSES = ("systemic", "leak", "oedema", "trauma")
SILENT_AT_REST = (*RESPONSES, "biopsy")
"""What no settling tumour has met yet: arms with and without them share it."""

SHOWS = {"systemic": systemic.SHOWS, "leak": leak.SHOWS, "trauma": trauma.SHOWS}
"""Fields that the cells are shown of them, by the mechanism that must be on for it."""


class Responses:
    """Those responses that the model declares, as they are now."""

    def __init__(self, model: Model, points_um: NDArray[np.float64]) -> None:
        """`points_um`: centres of the field's voxels from the tumour's centre, (voxels, 3)."""
        self._points_um = points_um
        named = {name.partition(".")[0] for name in model.parameters}
        self.pools = SystemicPools(model) if "systemic" in named else None
        self.leak = Leak(model) if "leak" in named else None
        self.oedema = Oedema(model) if "oedema" in named else None
        self.trauma = Trauma(model) if "trauma" in named else None

    @property
    def clearance_factor(self) -> float:
        """How many times faster IL-2 leaves the tissue than at baseline."""
        return self.leak.clearance_factor if self.leak is not None else 1.0

    def width_factor(self, width_um: float) -> float:
        """Width that imaging sees over the true width; 1 without oedema."""
        return self.oedema.width_factor(width_um) if self.oedema is not None else 1.0

    def visit(self, visit: Visit, technique: Technique) -> None:
        """A needle goes in and leaves fluid, drug or saline; nothing happens where nothing is injected."""
        if visit.injected_ul == 0.0:
            return
        if self.oedema is not None:
            self.oedema.inject(visit.retained_ul)
        if self.trauma is not None:
            tracks_um = needle_tracks(visit.radius_um, technique)
            self.trauma.puncture(track_distance(self._points_um, tracks_um))

    def advance(self, hours: float, plasma_nM: float, activation: float) -> None:  # noqa: N803
        """`hours` on, with this drug in the plasma and this mean `il2_signal` of CD8 and NK cells."""
        if self.pools is not None:
            self.pools.advance(hours, plasma_nM)
        if self.leak is not None:
            self.leak.advance(hours, activation)
        if self.oedema is not None:
            self.oedema.advance(hours, self.leak.level if self.leak is not None else 0.0)
        if self.trauma is not None:
            self.trauma.advance(hours)

    def fields(self) -> dict[str, NDArray[np.float64]]:
        """What the cells are shown of them, nM per field voxel, flat."""
        shown: dict[str, NDArray[np.float64]] = {}
        for each in (self.pools, self.leak, self.trauma):
            if each is not None:
                shown |= each.fields(len(self._points_um))
        return shown

    def row(self, width_mm: float) -> dict[str, float]:
        """Their columns of the series, for a tumour this wide."""
        row: dict[str, float] = {}
        if self.pools is not None:
            row |= {f"systemic_{name}": response for name, response in self.pools.response.items()}
        if self.leak is not None:
            row["leak"] = self.leak.level
        if self.oedema is not None:
            row["fluid_mm3"] = self.oedema.fluid_mm3
            row["width_seen_mm"] = width_mm * self.width_factor(width_mm * 1e3)
        return row
