"""The drug of one run: which doses fall when, the volume book that follows them, and what the section sees
of it.
"""

import numpy as np
from numpy.typing import NDArray

from models.config import Config
from models.dose import Dose, DoseRule, planned_dose
from models.injection import Depot, Technique, depots
from models.volume_book import Transport, Uptake, VolumeBook
from sim.lattice import Lattice
from sim.model import Model

_THRESHOLDS = ("cd8", "nk", "treg")


class Drug:
    """Doses by the schedule, IL-2 by the radial book; the section's field voxels take the book's value at
    their place.
    """

    def __init__(
        self, config: Config, model: Model, lattice: Lattice, density_per_ml: dict[str, float]
    ) -> None:
        schedule, patient = config.schedule, config.patient
        self.days = tuple(schedule.days)
        self.dose: Dose = planned_dose(
            patient.width_um / 1e3, DoseRule(schedule.dose_iu_per_mm, schedule.cap_iu)
        )
        technique = Technique(
            schedule.centre_share,
            schedule.retained_centre,
            schedule.retained_ring,
            schedule.concentration_iu_ml,
        )
        radius = patient.width_um / 2.0
        self.parts: tuple[Depot, ...] = ()
        if self.dose.dose_iu > 0.0:
            self.parts = depots(self.dose.dose_iu, radius, model.value("il2.pore_fraction"), technique)
        self.book = VolumeBook(
            radius,
            _transport(model),
            tuple(Uptake(cell, *numbers) for (cell, _), numbers in model.uptakes.items()),
            {name: model.value(f"il2.ec50_{name}") for name in _THRESHOLDS},
            density_per_ml,
            outside_share=model.value("il2.outside_share"),
        )
        self._distance = field_distance(config, lattice)
        self._given = 0

    def dose_if_due(self, day: float) -> None:
        """Give the injection of this day, once."""
        if self._given < len(self.days) and day >= self.days[self._given] - 1e-9:
            self.book.inject(self.parts)
            self._given += 1

    def concentration(self) -> NDArray[np.float64]:
        """IL-2 (nM) at every field voxel of the section, flat."""
        return self.book.concentration(self._distance)

    def endpoints(self) -> dict[str, object]:
        """Exposure per injection, under the names of interface.md."""
        windows = self.book.windows
        hours: dict[str, object] = {
            f"{name}_hours": [window.hours[name] for window in windows] for name in _THRESHOLDS
        }
        visits = len(windows)
        return hours | {
            "coverage_12h": [window.coverage_12h for window in windows],
            "dose_iu": [self.dose.dose_iu] * visits,
            "cap_bound": [self.dose.is_capped] * visits,
        }


def _transport(model: Model) -> Transport:
    half_life = model.value("il2.half_life")
    return Transport(
        diffusivity_um2_h=model.value("il2.diffusivity"),
        clearance_per_h=float(np.log(2.0)) / half_life,
        pore_fraction=model.value("il2.pore_fraction"),
        basal_nM=model.value("il2.basal"),
    )


def field_distance(config: Config, lattice: Lattice) -> NDArray[np.float64]:
    """Distance (um) of field-voxel centres from the tumour's centre, flat."""
    side = config.space.field_voxel_um
    factor = round(side / lattice.voxel_um)
    axes = []
    for n in lattice.shape:
        centre = n * lattice.voxel_um / 2.0
        axes.append(((np.arange(-(-n // factor)) + 0.5) * side - centre) ** 2)
    total = axes[0]
    for axis in axes[1:]:
        total = np.add.outer(total, axis)
    return np.asarray(np.sqrt(total)).ravel()
