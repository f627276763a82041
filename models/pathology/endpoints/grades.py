"""The tissue before treatment, necrosis, pCR in its forms, and the grades of response."""

from __future__ import annotations

from il2sim.models.pathology import grades
from il2sim.models.pathology.endpoints.registry import endpoint
from il2sim.models.pathology.endpoints.specimen import Specimen
from il2sim.models.pathology.section_reading import Reading, cellularity, necrosis_mask, rvt_percent


@endpoint(
    "rvt_percent_baseline",
    "%irRVT, day 0",
    "%",
    "%irRVT on day 0, central section; wide stroma or necrosis keeps it under 95",
)
def _rvt_percent_baseline(specimen: Specimen) -> float:
    return rvt_percent(specimen.pair.start.region, specimen.pair.start.bed)


@endpoint("necrosis_percent_baseline", "necrosis, day 0", "%", "Share of the bed that is necrosis on day 0")
def _necrosis_percent_baseline(specimen: Specimen) -> float:
    return _necrosis(specimen.pair.start)


@endpoint("necrosis_percent", "necrosis", "%", "Share of the bed that is necrosis at surgery")
def _necrosis_percent(specimen: Specimen) -> float:
    return _necrosis(specimen.pair.end)


@endpoint(
    "pcr_is_upper_bound",
    "pCR is an upper bound",
    "",
    "Whether pCR is read from a section alone, and so an upper bound",
    scale="yes or no",
)
def _pcr_is_upper_bound(specimen: Specimen) -> bool:
    return specimen.pair.whole.tissue.solid.ndim == 2


@endpoint(
    "breast_pcr",
    "pCR of the breast",
    "",
    "No viable tumour in the breast, as far as the tissue shows",
    scale="yes or no",
)
def _breast_pcr(specimen: Specimen) -> bool | None:
    return _pcr(specimen).get("breast_pcr")


@endpoint(
    "yptn0",
    "ypT0/is ypN0",
    "",
    "ypT0/is ypN0: no viable tumour in the breast and no positive node",
    scale="yes or no",
)
def _yptn0(specimen: Specimen) -> bool | None:
    return _pcr(specimen).get("yptn0")


@endpoint("ypt0", "ypT0", "", "ypT0: no viable tumour and no in-situ carcinoma", scale="yes or no")
def _ypt0(specimen: Specimen) -> bool | None:
    return _pcr(specimen).get("ypt0")


@endpoint("positive_nodes", "positive nodes", "1", "Positive lymph nodes, sampled by the seed")
def _positive_nodes(specimen: Specimen) -> int:
    return specimen.nodes.positive


@endpoint("irprc", "irPRC", "", "%irRVT in words: irpCR, irMPR, partial or none", scale="grade")
def _irprc(specimen: Specimen) -> str:
    return grades.irprc(specimen.rvt_percent)


@endpoint(
    "sataloff",
    "Sataloff",
    "",
    "Sataloff's grade of the breast: TA (near total effect), TB, TC or TD (none)",
    scale="grade",
)
def _sataloff(specimen: Specimen) -> str:
    return grades.sataloff(1 - specimen.rvt_percent / 100)


@endpoint("sataloff_nodes", "Sataloff, nodes", "", "Sataloff's grade of the nodes: NB or ND", scale="grade")
def _sataloff_nodes(specimen: Specimen) -> str:
    return grades.sataloff_nodes(specimen.nodes.positive)


@endpoint(
    "ewgbsp",
    "EWGBSP",
    "",
    "Grade of the European working group for breast screening pathology: TR1a (complete) to TR3 (none)",
    scale="grade",
)
def _ewgbsp(specimen: Specimen) -> str:
    return grades.ewgbsp(specimen.rvt_percent, specimen.shows_viable, specimen.in_situ)


@endpoint("node_deposit_mm", "deposit in a node", "mm", "Largest deposit in a node")
def _node_deposit_mm(specimen: Specimen) -> float | None:
    return specimen.nodes.deposit_mm if specimen.nodes.positive else None


@endpoint(
    "in_situ",
    "in-situ carcinoma",
    "",
    "Whether the tumour has in-situ carcinoma, sampled by the seed",
    scale="yes or no",
)
def _in_situ(specimen: Specimen) -> bool | None:
    return specimen.in_situ


@endpoint(
    "cellularity_percent", "cellularity", "%", "Share of the bed that is viable tumour cells at surgery"
)
def _cellularity_percent(specimen: Specimen) -> float:
    return 100 * cellularity(specimen.pair.end)


@endpoint(
    "core_cellularity_percent",
    "cellularity of cores",
    "%",
    "Share of the bed that is viable tumour cells in simulated core biopsies of day 0",
)
def _core_cellularity_percent(specimen: Specimen) -> float | None:
    return None if specimen.cores is None else 100 * specimen.cores


@endpoint(
    "miller_payne",
    "Miller-Payne",
    "1",
    "Miller-Payne grade of the loss of cellularity since simulated cores: 1 (none) to 5 (all)",
    scale="grade",
)
def _miller_payne(specimen: Specimen) -> int | None:
    if specimen.cores is None:
        return None
    loss = grades.cellularity_loss(cellularity(specimen.pair.end), specimen.cores)
    return None if loss is None else grades.miller_payne(loss, specimen.shows_viable)


def _pcr(specimen: Specimen) -> dict[str, bool]:
    return grades.pcr_family(specimen.has_viable, specimen.nodes.positive, specimen.in_situ)


def _necrosis(section: Reading) -> float:
    necrosis = necrosis_mask(section.tissue, section.bed, section.region)
    return 100 * int((necrosis & section.bed).sum()) / int(section.bed.sum())
