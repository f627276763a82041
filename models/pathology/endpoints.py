"""The whole panel of pathological endpoints: the tissue's own, and what chance, sampling and readers add.

Layers of the config's `pathology` that are off leave their keys out. On a section every pCR is an upper
bound (`pcr_is_upper_bound`): a plane without viable tumour is not a breast without it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from il2sim.models.config.pathology_section import Pathology
from il2sim.models.pathology.core_biopsy import core_aims, core_cellularity, core_masks
from il2sim.models.pathology.grades import (
    cellularity_loss,
    change_percent,
    ellipsoid_mm3,
    ewgbsp,
    irprc,
    miller_payne,
    pcr_family,
    sataloff,
    sataloff_nodes,
    width_response,
)
from il2sim.models.pathology.morphology import Mask, feret_diameters_mm
from il2sim.models.pathology.patient_draws import Errors, Nodes, draw_in_situ, draw_nodes, observed
from il2sim.models.pathology.residual_foci import Foci, all_missed, assumed_foci, found_foci, sampled_missed
from il2sim.models.pathology.section_reading import (
    Endpoint,
    Pair,
    Reading,
    cellularity,
    imaging_mask,
    necrosis_mask,
    read_pair,
    rvt_percent,
    score_pair,
)
from il2sim.sim.result import Snapshot


def _as_seen(width_um: float) -> float:
    return 1.0


@dataclass(frozen=True)
class Case:
    """Whose tissue it is: the woman's seed, how it is read, whether IL-2 was given, the factor by which fluid
    widens a lesion of so many um on imaging at surgery, and whether a biopsy may have taken all of it.
    """

    seed: int
    settings: Pathology = Pathology()
    is_drug: bool = True
    width_factor: Callable[[float], float] = _as_seen
    may_be_emptied: bool = False
    is_axial: bool = False  # the dose lies about a line through the centre, not about the centre


def panel(before: Snapshot, after: Snapshot, case: Case) -> dict[str, Endpoint]:
    """Every endpoint of clinical.md 2 for the tissue at surgery; units as in `pathology.score`, which it has
    first. Raises PathologyError as `pathology.read_pair`.
    """
    pair = read_pair(before, after, may_be_emptied=case.may_be_emptied, is_axial=case.is_axial)
    settings = case.settings
    nodes = Nodes()
    if settings.nodes:
        nodes = draw_nodes(
            case.seed, settings.node_positive, settings.node_deposit_um / 1000, settings.node_deposit_spread
        )
    found = score_pair(pair, nodes)
    found |= _untreated(pair) | _pcr(pair, nodes, case) | _cellularity(pair, case)
    found |= _widths(pair, found, case) | _missed(pair, settings, case.seed)
    return found | (_read(found, case) if settings.observer else {})


def _pcr(pair: Pair, nodes: Nodes, case: Case) -> dict[str, Endpoint]:
    """pCR in its forms, and the grades that name a complete response."""
    percent = rvt_percent(pair.end.region, pair.end.bed)
    has_viable, on_section = bool(pair.whole.viable.any()), bool(pair.end.viable.any())
    in_situ = draw_in_situ(case.seed, case.settings.in_situ_share) if case.settings.in_situ else None
    found: dict[str, Endpoint] = {
        "pcr_is_upper_bound": pair.whole.tissue.solid.ndim == 2,
        **pcr_family(has_viable, nodes.positive, in_situ),
        "positive_nodes": nodes.positive,
        "irprc": irprc(percent),
        "sataloff": sataloff(1 - percent / 100),
        "sataloff_nodes": sataloff_nodes(nodes.positive),
        "ewgbsp": ewgbsp(percent, on_section, in_situ),
    }
    if nodes.positive:
        found["node_deposit_mm"] = nodes.deposit_mm
    return found if in_situ is None else {**found, "in_situ": in_situ}


def _untreated(pair: Pair) -> dict[str, Endpoint]:
    """%irRVT before treatment, which wide stroma or necrosis keeps under 95 (model.md), and necrosis."""
    return {
        "rvt_percent_baseline": rvt_percent(pair.start.region, pair.start.bed),
        "necrosis_percent_baseline": _necrosis_percent(pair.start),
        "necrosis_percent": _necrosis_percent(pair.end),
    }


def _necrosis_percent(section: Reading) -> float:
    necrosis = necrosis_mask(section.tissue, section.bed, section.region)
    return 100 * int((necrosis & section.bed).sum()) / int(section.bed.sum())


def _cellularity(pair: Pair, case: Case) -> dict[str, Endpoint]:
    """Miller-Payne: cellularity of the bed at surgery against that of simulated cores of day 0."""
    start, settings = pair.start, case.settings
    tumour_um = 1000 * feret_diameters_mm(start.bed, start.tissue.voxel_um)[0]
    aims = core_aims(case.seed, settings.cores, settings.core_aim * tumour_um)
    size_um = (settings.core_width_um, settings.core_length_um)
    cores = core_masks(start.bed.shape, start.tissue.voxel_um, size_um, aims)
    in_cores, left = core_cellularity(start.viable, start.bed, cores), cellularity(pair.end)
    found: dict[str, Endpoint] = {"cellularity_percent": 100 * left}
    if in_cores is None:
        return found
    found["core_cellularity_percent"] = 100 * in_cores
    loss = cellularity_loss(left, in_cores)
    return (
        found if loss is None else found | {"miller_payne": miller_payne(loss, bool(pair.end.viable.any()))}
    )


def _widths(pair: Pair, found: dict[str, Endpoint], case: Case) -> dict[str, Endpoint]:
    """Width, ellipsoid and response on imaging, and of the viable tumour alone."""
    third, voxel_um = case.settings.third_diameter, pair.end.tissue.voxel_um
    viable = [feret_diameters_mm(each.viable, voxel_um) for each in (pair.start, pair.end)]
    imaged = [feret_diameters_mm(imaging_mask(each), voxel_um) for each in (pair.start, pair.end)]
    factor = case.width_factor(1e3 * imaged[1][0])
    imaged[1] = (imaged[1][0] * factor, imaged[1][1] * factor)
    widths: dict[str, Endpoint] = {"width_imaging_mm": imaged[1][0]}
    for name, (before, after) in (("viable", viable), ("imaging", imaged)):
        widths |= {
            f"width_{name}_baseline_mm": before[0],
            f"ellipsoid_{name}_baseline_mm3": ellipsoid_mm3(*before, third),
            f"ellipsoid_{name}_mm3": ellipsoid_mm3(*after, third),
        }
        if before[0] > 0:  # the central plane of a volume may have shown no viable cell to begin with
            widths[f"width_{name}_change_percent"] = change_percent(before[0], after[0])
            widths[f"{name}_response"] = width_response(before[0], after[0])
    return widths


def _missed(pair: Pair, settings: Pathology, seed: int) -> dict[str, Endpoint]:
    """How a slide may be clear though tumour is left (clinical.md 2.7)."""
    foci = left_foci(pair.whole, pair.end.bed, settings)
    found: dict[str, Endpoint] = {
        "viable_foci": len(foci.number) if foci.are_seen else 0,
        "foci_are_assumed": not foci.are_seen,
    }
    if settings.focus_miss:
        found["p_false_section_pcr"] = all_missed(foci)
    if settings.sampling and foci.number.sum():
        missed = sampled_missed(foci, settings.slice_um / 1000, settings.block_um / 1000, seed)
        found["p_detect_sampled"] = 1 - missed
    return found


def left_foci(whole: Reading, section_bed: Mask, settings: Pathology) -> Foci:
    """Foci of viable tumour: those in view, or on a clear section those that the settings take for left.

    A volume holds all there is; if that is nothing, there is no focus.
    """
    voxel_um = whole.tissue.voxel_um
    reach_mm = math.sqrt(math.prod(feret_diameters_mm(section_bed, voxel_um))) / 2
    if whole.viable.any() or whole.viable.ndim == 3:
        return found_foci(whole.region, reach_mm, voxel_um)
    return assumed_foci(reach_mm, settings.foci, settings.focus_radius_um / 1000)


def _read(found: dict[str, Endpoint], case: Case) -> dict[str, Endpoint]:
    """What readers write down; nobody is biased by a drug that was not given."""
    settings = case.settings
    bias = 100 * settings.rvt_bias if case.is_drug else 0.0
    errors = Errors(100 * settings.stil_error, 100 * settings.rvt_error, settings.width_error_um / 1000, bias)
    true = {key: float(value) for key, value in found.items() if key in ("stil_percent", "rvt_percent")}
    widths_mm = float(found["width_imaging_baseline_mm"]), float(found["width_imaging_mm"])
    return dict(observed(true, widths_mm, errors, case.seed))
