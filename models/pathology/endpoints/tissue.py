"""Endpoints that follow from the tissue at surgery and of day 0 alone."""

from __future__ import annotations

from il2sim.models.pathology.endpoints.registry import endpoint
from il2sim.models.pathology.endpoints.specimen import Specimen
from il2sim.models.pathology.grades import irrvt_bin, is_mpr
from il2sim.models.pathology.rcb import rcb_class
from il2sim.models.pathology.section_reading import per_mm2_profile, rvt_percent


@endpoint(
    "viable_fraction",
    "viable fraction",
    "1",
    "Viable tumour volume at surgery over that on day 0; each place of a section counts for the ring it "
    "stands for, so it is not the ratio of cells on the section",
)
def _viable_fraction(specimen: Specimen) -> float:
    return specimen.pair.viable_fraction


@endpoint(
    "rvt_percent",
    "%irRVT, by area",
    "%",
    "%irRVT at surgery: region of viable tumour, as immune-related criteria count it, over tumour bed, "
    "central section",
)
def _rvt_percent(specimen: Specimen) -> float:
    return specimen.rvt_percent


@endpoint(
    "rvt_percent_volume",
    "%irRVT, as a volume",
    "%",
    "%irRVT by volume: each place weighted with its distance",
)
def _rvt_percent_volume(specimen: Specimen) -> float:
    whole = specimen.pair.whole
    return rvt_percent(whole.region, whole.bed, specimen.pair.weight)


@endpoint(
    "mpr",
    "major pathological response",
    "",
    "Major pathological response: at most 10 %irRVT",
    scale="yes or no",
)
def _mpr(specimen: Specimen) -> bool:
    return is_mpr(specimen.rvt_percent)


@endpoint(
    "section_pcr",
    "no viable tumour on the section",
    "",
    "No viable tumour cell on the central section; an upper bound of pCR, since one plane is not the breast",
    scale="yes or no",
)
def _section_pcr(specimen: Specimen) -> bool:
    return not specimen.shows_viable


@endpoint("irrvt_bin", "bin of %irRVT", "", "Bin of ten percent in which %irRVT is reported", scale="grade")
def _irrvt_bin(specimen: Specimen) -> str:
    return irrvt_bin(specimen.rvt_percent)


@endpoint(
    "rcb", "RCB index", "1", "Residual cancer burden index at surgery, of the section and the sampled nodes"
)
def _rcb(specimen: Specimen) -> float:
    return specimen.rcb_after


@endpoint("rcb_class", "RCB class", "", "Residual cancer burden class: 0, I, II or III", scale="grade")
def _rcb_class(specimen: Specimen) -> str:
    return rcb_class(specimen.rcb_after)


@endpoint("rcb_baseline", "RCB index, day 0", "1", "Residual cancer burden index of the tumour of day 0")
def _rcb_baseline(specimen: Specimen) -> float:
    return specimen.rcb_before


@endpoint(
    "delta_rcb",
    "RCB less that of day 0",
    "1",
    "RCB index at surgery less that of day 0; a small tumour has a low RCB to begin with",
)
def _delta_rcb(specimen: Specimen) -> float:
    return specimen.rcb_after - specimen.rcb_before


@endpoint(
    "stil_percent", "sTIL", "%", "Share of the stroma in the bed that immune cells cover at surgery (sTIL)"
)
def _stil_percent(specimen: Specimen) -> float | None:
    return specimen.stil_percent


@endpoint(
    "itil_percent", "iTIL", "%", "Share of viable tumour voxels that hold an immune cell at surgery (iTIL)"
)
def _itil_percent(specimen: Specimen) -> float | None:
    """Absent without viable tumour."""
    whole = specimen.pair.whole
    return 100 * float(specimen.til[whole.viable].mean()) if whole.viable.any() else None


@endpoint("cd8_per_mm2", "CD8", "1/mm2", "CD8 cells in the bed at surgery, as profiles on a stained section")
def _cd8_per_mm2(specimen: Specimen) -> float:
    return _per_mm2(specimen, "cd8")


@endpoint("nk_per_mm2", "NK", "1/mm2", "NK cells in the bed at surgery, as profiles on a stained section")
def _nk_per_mm2(specimen: Specimen) -> float:
    return _per_mm2(specimen, "nk")


@endpoint("treg_per_mm2", "Treg", "1/mm2", "Treg in the bed at surgery, as profiles on a stained section")
def _treg_per_mm2(specimen: Specimen) -> float:
    return _per_mm2(specimen, "treg")


@endpoint(
    "cd8_treg_ratio",
    "CD8 over Treg",
    "1",
    "CD8 cells for each Treg in the bed at surgery; absent without Treg",
)
def _cd8_treg_ratio(specimen: Specimen) -> float | None:
    treg = specimen.cells.get("treg", 0)
    return specimen.cells.get("cd8", 0) / treg if treg else None


@endpoint(
    "width_viable_mm",
    "width of viable tumour",
    "mm",
    "Longest diameter of the viable tumour at surgery, between its outermost cells",
)
def _width_viable_mm(specimen: Specimen) -> float:
    return specimen.viable_mm.after[0]


@endpoint(
    "width_imaging_mm",
    "width on imaging",
    "mm",
    "Longest diameter on imaging at surgery: the whole bed and the infiltrate that touches it",
)
def _width_imaging_mm(specimen: Specimen) -> float:
    return specimen.imaging_mm.after[0]


def _per_mm2(specimen: Specimen, cell: str) -> float:
    whole = specimen.pair.whole
    return per_mm2_profile(specimen.cells.get(cell, 0), int(whole.bed.sum()), whole.tissue.voxel_um)
