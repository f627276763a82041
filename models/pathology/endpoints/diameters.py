"""Change of size from day 0 to surgery, of the viable tumour alone and on imaging."""

from __future__ import annotations

from il2sim.models.pathology.endpoints.registry import endpoint
from il2sim.models.pathology.endpoints.specimen import Diameters, Specimen
from il2sim.models.pathology.grades import change_percent, ellipsoid_mm3, width_response


@endpoint(
    "width_viable_baseline_mm",
    "width of viable tumour, day 0",
    "mm",
    "Longest diameter of the viable tumour on day 0",
)
def _width_viable_baseline_mm(specimen: Specimen) -> float:
    return specimen.viable_mm.before[0]


@endpoint(
    "ellipsoid_viable_baseline_mm3",
    "ellipsoid of viable tumour, day 0",
    "mm3",
    "Ellipsoid of the viable tumour's diameters on day 0",
)
def _ellipsoid_viable_baseline_mm3(specimen: Specimen) -> float:
    return _ellipsoid(specimen, specimen.viable_mm.before)


@endpoint(
    "ellipsoid_viable_mm3",
    "ellipsoid of viable tumour",
    "mm3",
    "Ellipsoid of the viable tumour's diameters at surgery",
)
def _ellipsoid_viable_mm3(specimen: Specimen) -> float:
    return _ellipsoid(specimen, specimen.viable_mm.after)


@endpoint(
    "width_viable_change_percent",
    "change of the viable width",
    "%",
    "Change of the viable diameter from day 0 to surgery",
)
def _width_viable_change_percent(specimen: Specimen) -> float | None:
    return _change(specimen.viable_mm)


@endpoint(
    "viable_response",
    "response of the viable width",
    "",
    "Response of the viable diameter by RECIST on one lesion: CR, PR, SD or PD",
    scale="grade",
)
def _viable_response(specimen: Specimen) -> str | None:
    return _response(specimen.viable_mm)


@endpoint(
    "width_imaging_baseline_mm", "width on imaging, day 0", "mm", "Longest diameter on imaging on day 0"
)
def _width_imaging_baseline_mm(specimen: Specimen) -> float:
    return specimen.imaging_mm.before[0]


@endpoint(
    "ellipsoid_imaging_baseline_mm3",
    "ellipsoid on imaging, day 0",
    "mm3",
    "Ellipsoid of the diameters on imaging on day 0",
)
def _ellipsoid_imaging_baseline_mm3(specimen: Specimen) -> float:
    return _ellipsoid(specimen, specimen.imaging_mm.before)


@endpoint(
    "ellipsoid_imaging_mm3",
    "ellipsoid on imaging",
    "mm3",
    "Ellipsoid of the diameters on imaging at surgery",
)
def _ellipsoid_imaging_mm3(specimen: Specimen) -> float:
    return _ellipsoid(specimen, specimen.imaging_mm.after)


@endpoint(
    "width_imaging_change_percent",
    "change of the width on imaging",
    "%",
    "Change of the imaging diameter from day 0 to surgery",
)
def _width_imaging_change_percent(specimen: Specimen) -> float | None:
    return _change(specimen.imaging_mm)


@endpoint(
    "imaging_response",
    "response on imaging",
    "",
    "Response on imaging by RECIST: CR, PR, SD or PD; the bed does not shrink here, so PR is hardly possible",
    scale="grade",
)
def _imaging_response(specimen: Specimen) -> str | None:
    return _response(specimen.imaging_mm)


def _ellipsoid(specimen: Specimen, diameters_mm: tuple[float, float]) -> float:
    return ellipsoid_mm3(*diameters_mm, specimen.case.settings.third_diameter)


def _change(seen: Diameters) -> float | None:
    """Absent where the central plane of a volume showed no viable cell to begin with."""
    return change_percent(seen.before[0], seen.after[0]) if seen.before[0] > 0 else None


def _response(seen: Diameters) -> str | None:
    return width_response(seen.before[0], seen.after[0]) if seen.before[0] > 0 else None
