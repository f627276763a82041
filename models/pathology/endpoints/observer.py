"""What readers write down instead of what is there; absent where the observer's layer is off."""

from __future__ import annotations

from il2sim.models.pathology.endpoints.registry import Value, endpoint
from il2sim.models.pathology.endpoints.specimen import Specimen


@endpoint("stil_percent_observed", "sTIL as read", "%", "sTIL as a reader writes it down")
def _stil_percent_observed(specimen: Specimen) -> Value | None:
    return specimen.observed.get("stil_percent_observed")


@endpoint("rvt_percent_observed", "%irRVT as read", "%", "%irRVT as a reader writes it down")
def _rvt_percent_observed(specimen: Specimen) -> Value | None:
    return specimen.observed.get("rvt_percent_observed")


@endpoint("mpr_observed", "MPR as read", "", "MPR as a reader writes it down", scale="yes or no")
def _mpr_observed(specimen: Specimen) -> Value | None:
    return specimen.observed.get("mpr_observed")


@endpoint(
    "width_imaging_baseline_mm_observed",
    "width on imaging as read, day 0",
    "mm",
    "Longest diameter on imaging on day 0 as read",
)
def _width_imaging_baseline_mm_observed(specimen: Specimen) -> Value | None:
    return specimen.observed.get("width_imaging_baseline_mm_observed")


@endpoint(
    "width_imaging_mm_observed",
    "width on imaging as read",
    "mm",
    "Longest diameter on imaging at surgery as read",
)
def _width_imaging_mm_observed(specimen: Specimen) -> Value | None:
    return specimen.observed.get("width_imaging_mm_observed")


@endpoint(
    "imaging_response_observed",
    "response on imaging as read",
    "",
    "Response on imaging of the diameters written down",
    scale="grade",
)
def _imaging_response_observed(specimen: Specimen) -> Value | None:
    return specimen.observed.get("imaging_response_observed")
