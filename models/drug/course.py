"""The drug of one run: the doses given, the books that follow them, what the cells see of it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from il2sim.models.biology.cytokines import il2
from il2sim.models.config.model import Config
from il2sim.models.drug.dose_rule import Dose
from il2sim.models.drug.geometries.injection import Injection, inject
from il2sim.models.drug.schedule import Visit, Visits
from il2sim.models.drug.systemic_pk.body import BodyNumbers
from il2sim.models.drug.systemic_pk.compartments import Circulation
from il2sim.models.drug.tissue_pk.mesh import open_book
from il2sim.models.drug.tissue_pk.section_field import SectionBook
from il2sim.models.drug.tissue_pk.section_plane import Counts, Plane
from il2sim.models.drug.tissue_pk.transport import Transport, Uptake
from il2sim.sim.language.model import Model
from il2sim.sim.tissue import Tissue

_THRESHOLDS = ("cd8", "nk", "treg")
"""Above whose EC50 hours are counted: named cells, as each has an endpoint of that name."""


class Drug:
    """The whole tumour's IL-2 by the tissue-PK solution, the plane's by the section field."""

    def __init__(
        self, config: Config, model: Model, tissue: Tissue, density_per_ml: Mapping[str, float]
    ) -> None:
        visits = Visits(config)
        self._technique, self._pores = visits.technique, model.value("il2.pore_fraction")
        self.doses: list[Dose] = []
        self.circulation = _circulation(config, model)
        self._visit = visits.planned
        self.injection = self._injection()
        transport, outside = _transport(model), model.value("il2.outside_share")
        uptakes = tuple(Uptake(cell, *numbers) for cell, numbers in il2.uptake(model).items())
        thresholds = {name: model.value(f"il2.ec50_{name}") for name in _THRESHOLDS}
        self.book = open_book(
            config.patient.width_um / 2.0,
            self.injection.parts,
            transport,
            uptakes,
            thresholds=thresholds,
            density_per_ml=density_per_ml,
            outside_share=outside,
        )
        self.section = SectionBook(
            plane_of(config, tissue), transport, uptakes, outside, min(thresholds.values())
        )

    @property
    def dose(self) -> Dose:
        """The latest dose, before the first injection the planned one."""
        return self._visit.dose

    def give(self, visit: Visit) -> None:
        """The dose of one injection, now; saline is a dose of 0."""
        if visit != self._visit:
            self._visit = visit
            self.injection = self._injection()
        self.doses.append(visit.dose)
        self.book.inject(self.injection.parts)
        if self.circulation is not None:
            self.circulation.open_visit()
            self.circulation.advance(0.0, 0.0, self.injection.leaked_nmol)
        if self.injection.parts:
            self.section.show(self.book)

    def _injection(self) -> Injection:
        return inject(self.dose.dose_iu, self._visit.radius_um, self._pores, self._technique)

    @property
    def plasma_nM(self) -> float:  # noqa: N802
        """Drug in the plasma now, nM; 0 where the body was left out."""
        return self.circulation.plasma_nM if self.circulation is not None else 0.0

    def concentration(self) -> NDArray[np.float64]:
        """IL-2 (nM) at every field voxel of the section, flat."""
        return self.section.concentration()

    def advance(
        self,
        hours: float,
        density_per_ml: Mapping[str, float],
        cells: Mapping[str, Counts],
        radius_um: float,
        clearance_factor: float = 1.0,
    ) -> None:
        """Both IL-2 fields over `hours`: cells of each type per mL of tumour, and in each field voxel.

        `clearance_factor`: how many times faster IL-2 leaves the tissue than `il2.half_life` says.
        """
        before = self.book.cleared_nmol
        self.book.advance(hours, density_per_ml, radius_um, clearance_factor)
        if self.circulation is not None:
            self.circulation.advance(hours, self.book.cleared_nmol - before)
        self.section.advance(hours, self.book, cells, radius_um, clearance_factor)

    def endpoints(self) -> dict[str, object]:
        """Exposure per injection, under the names that endpoints have in tables and reports."""
        windows = self.book.windows
        hours: dict[str, object] = {
            f"{name}_hours": [window.hours[name] for window in windows] for name in _THRESHOLDS
        }
        if self.circulation is not None:
            hours |= self.circulation.endpoints()
        return hours | {
            "coverage_12h": [window.coverage_12h for window in windows],
            "dose_iu": [dose.dose_iu for dose in self.doses],
            "cap_bound": [dose.is_capped for dose in self.doses],
        }


def _circulation(config: Config, model: Model) -> Circulation | None:
    """The body, unless its mechanism was left out."""
    if "body.clearance" not in model.parameters:
        return None
    return Circulation(BodyNumbers.of(model, config.patient.weight_kg))


def _transport(model: Model) -> Transport:
    half_life = model.value("il2.half_life")
    return Transport(
        diffusivity_um2_h=model.value("il2.diffusivity"),
        clearance_per_h=float(np.log(2.0)) / half_life,
        pore_fraction=model.value("il2.pore_fraction"),
        basal_nM=model.value("il2.basal"),
        outflow_um_h=model.value("il2.outflow"),
    )


def plane_of(config: Config, tissue: Tissue) -> Plane:
    """The field lattice of a tissue."""
    lattice = tissue.lattice
    size_um = tuple(n * lattice.voxel_um for n in lattice.shape)
    return Plane(tissue.field_shape, config.space.field_voxel_um, lattice.voxel_um, size_um)
