"""How a slide may be clear though tumour is left."""

from __future__ import annotations

from il2sim.models.pathology.endpoints.registry import endpoint
from il2sim.models.pathology.endpoints.specimen import Specimen
from il2sim.models.pathology.residual_foci import all_missed, sampled_missed


@endpoint("viable_foci", "viable foci", "1", "Foci of viable tumour in view")
def _viable_foci(specimen: Specimen) -> int:
    return len(specimen.foci.number) if specimen.foci.are_seen else 0


@endpoint(
    "foci_are_assumed",
    "foci are assumed",
    "",
    "Whether foci are assumed, as none is in view",
    scale="yes or no",
)
def _foci_are_assumed(specimen: Specimen) -> bool:
    return not specimen.foci.are_seen


@endpoint(
    "p_false_section_pcr",
    "probability of a falsely clear section",
    "1",
    "Probability that a section is clear though tumour is left",
)
def _p_false_section_pcr(specimen: Specimen) -> float | None:
    return all_missed(specimen.foci) if specimen.case.settings.focus_miss else None


@endpoint(
    "p_detect_sampled",
    "probability that blocks show tumour",
    "1",
    "Probability that sampled blocks show the tumour that is left",
)
def _p_detect_sampled(specimen: Specimen) -> float | None:
    """Absent where there is no focus to show."""
    settings, foci = specimen.case.settings, specimen.foci
    if not (settings.sampling and foci.number.sum()):
        return None
    slice_mm, block_mm = settings.slice_um / 1000, settings.block_um / 1000
    return 1 - sampled_missed(foci, slice_mm, block_mm, specimen.case.seed)
