"""The drug of one run: which doses fall when, the two books that follow them, what the cells see of it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.body import BodyNumbers
from models.circulation import Circulation
from models.config import Config
from models.dose import Dose, planned_dose
from models.injection import Injection, Technique, inject
from models.plane import Counts, Plane
from models.section_book import SectionBook
from models.transport import Transport, Uptake
from models.volume import open_book
from sim.model import Model
from sim.tissue import Tissue

_THRESHOLDS = ("cd8", "nk", "treg")


class Drug:
    """Doses by the schedule; the whole tumour's IL-2 by the volume book, the plane's by the section book."""

    def __init__(
        self, config: Config, model: Model, tissue: Tissue, density_per_ml: Mapping[str, float]
    ) -> None:
        self._schedule, width_um = config.schedule, config.patient.width_um
        self._technique, self._pores = technique_of(config), model.value("il2.pore_fraction")
        self.doses: list[Dose] = []
        self.circulation = _circulation(config, model)
        self.dose: Dose = planned_dose(width_um / 1e3, self._schedule.rule)
        self.injection = self._injection(width_um / 2.0)
        transport, outside = _transport(model), model.value("il2.outside_share")
        uptakes = tuple(Uptake(cell, *numbers) for (cell, _), numbers in model.uptakes.items())
        thresholds = {name: model.value(f"il2.ec50_{name}") for name in _THRESHOLDS}
        self.book = open_book(
            width_um / 2.0,
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

    def dose_if_due(self, day: float, radius_um: float) -> None:
        """Give the injection of this day, once; a tumour measured again is as wide as the bed is now."""
        schedule = self._schedule
        if len(self.doses) == len(schedule.given) or day < schedule.given_days[len(self.doses)] - 1e-9:
            return
        if schedule.remeasure and self.doses:
            seen_um = 2.0 * radius_um * (1.0 + schedule.swelling)
            self.dose = planned_dose(seen_um / 1e3, schedule.rule)
            self.injection = self._injection(radius_um)
        self.doses.append(self.dose)
        self.book.inject(self.injection.parts)
        if self.circulation is not None:
            self.circulation.open_visit()
            self.circulation.advance(0.0, 0.0, self.injection.leaked_nmol)
        if self.injection.parts:
            self.section.show(self.book)

    def _injection(self, radius_um: float) -> Injection:
        return inject(self.dose.dose_iu, radius_um, self._pores, self._technique)

    def concentration(self) -> NDArray[np.float64]:
        """IL-2 (nM) at every field voxel of the section, flat."""
        return self.section.concentration()

    def advance(
        self,
        hours: float,
        density_per_ml: Mapping[str, float],
        cells: Mapping[str, Counts],
        radius_um: float,
    ) -> None:
        """Both books over `hours`: so many cells of each type per mL of tumour, and in each field voxel."""
        before = self.book.cleared_nmol
        self.book.advance(hours, density_per_ml, radius_um)
        if self.circulation is not None:
            self.circulation.advance(hours, self.book.cleared_nmol - before)
        self.section.advance(hours, self.book, cells, radius_um)

    def endpoints(self) -> dict[str, object]:
        """Exposure per injection, under the names of interface.md."""
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


def technique_of(config: Config) -> Technique:
    """How the config has a visit's dose placed."""
    schedule = config.schedule
    return Technique(
        schedule.centre_share,
        schedule.retained_centre,
        schedule.retained_ring,
        schedule.concentration_iu_ml,
        schedule.geometry,
        schedule.off_centre_um,
        schedule.tracks,
    )


def plane_of(config: Config, tissue: Tissue) -> Plane:
    """The field lattice of a tissue."""
    lattice = tissue.lattice
    size_um = tuple(n * lattice.voxel_um for n in lattice.shape)
    return Plane(tissue.field_shape, config.space.field_voxel_um, lattice.voxel_um, size_um)
