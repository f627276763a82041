"""How fine a plane's field voxels should be: two for each length over which its cells take IL-2 up."""

from __future__ import annotations

import math
from collections.abc import Mapping

from il2sim.models.biology.cytokines import il2
from il2sim.models.config.model import Config, ConfigError
from il2sim.models.drug.tissue_pk.field_3d import ML_PER_L
from il2sim.models.tissue.initial_tissue import infiltrate_shares
from il2sim.sim.language.model import Model
from il2sim.sim.sums import added

VOXELS_UM = (60.0, 30.0, 15.0)  # the field voxels there are (architecture, "Decided" 3)
PER_LENGTH = 2.0  # field voxels per shortest length (architecture, "Decided" 3)


def uptake_length_um(model: Model, density_per_ml: Mapping[str, float]) -> float:
    """Distance over which IL-2 is taken up at these cells per mL, sqrt(D / k), um; infinite without uptake.
    Receptors that nobody carries yet (CD25 at the start) may be left out.

    k = sum of n vmax / (km pores): uptake far below every half-saturation, where it is fastest and the
    length shortest.
    """
    if not il2.uptake(model):
        return math.inf
    per_h = added(
        density_per_ml.get(cell, 0.0) * ML_PER_L * vmax / (km * model.value("il2.pore_fraction"))
        for cell, (vmax, km) in il2.uptake(model).items()
    )
    return math.sqrt(model.value("il2.diffusivity") / per_h) if per_h > 0.0 else math.inf


def starting_densities_per_ml(config: Config, model: Model) -> dict[str, float]:
    """Immune cells per mL of tumour as the tissue is laid, in expectation."""
    stroma = config.patient.stroma
    voxel_ml = config.space.voxel_um**3 * 1e-12
    shares = infiltrate_shares(config, model).items()
    return {
        name: (stroma * in_stroma + (1.0 - stroma) * in_nests) / voxel_ml
        for name, (in_stroma, in_nests) in shares
    }


def advised_um(length_um: float) -> float | None:
    """The largest field voxel with two per length, um; None where even the finest has not."""
    return next((voxel for voxel in VOXELS_UM if PER_LENGTH * voxel <= length_um), None)


def check_field(config: Config, model: Model) -> None:
    """Raises ConfigError where IL-2 is taken up over less than two of the finest field voxels."""
    length_um = _starting_length_um(config, model)
    if advised_um(length_um) is None:
        culprit = next((name for name in config.set if name.startswith("il2.")), "patient.stil")
        raise ConfigError(
            f"{config.where(culprit)}: {culprit}: cells take IL-2 up within {length_um:.3g} um at the "
            f"starting densities; at least {PER_LENGTH * VOXELS_UM[-1]:g} um is allowed, two of the finest "
            "field voxels; lower patient.stil or raise il2.diffusivity"
        )


def field_remarks(config: Config, model: Model) -> tuple[str, ...]:
    """A sentence where a drug's field has less than two voxels per length; it stops no run."""
    if config.schedule.dose_iu_per_mm == 0.0 or config.schedule.saline:
        return ()
    length_um = _starting_length_um(config, model)
    advised = advised_um(length_um)
    if advised is None or config.space.field_voxel_um <= advised:
        return ()
    return (
        f"space.field_voxel: {config.space.field_voxel_um:g} um is more than half of the {length_um:.3g} um "
        f"over which cells take IL-2 up at the starting densities; {advised:g} um is the largest that is not",
    )


def field_record(
    config: Config, model: Model, density_per_ml: Mapping[str, float]
) -> dict[str, float | None]:
    """For the provenance: field voxel, shortest length at these densities and the voxel it asks for, um."""
    length_um = uptake_length_um(model, density_per_ml)
    return {
        "voxel_um": config.space.field_voxel_um,
        "uptake_length_um": length_um if math.isfinite(length_um) else None,
        "advised_voxel_um": advised_um(length_um),
    }


def _starting_length_um(config: Config, model: Model) -> float:
    if not il2.uptake(model):
        return math.inf
    return uptake_length_um(model, starting_densities_per_ml(config, model))
