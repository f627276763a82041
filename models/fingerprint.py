"""The digest of a run, and which of its arrays and numbers are in it: equal digests mean equal bits.

What is in it is a numbered list, so that a column added later, a file moved or another kind of installation
changes no digest. Another list is another number, and digests of two numbers cannot be compared.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import Table
from il2sim.sim.result import digest, state
from il2sim.sim.tissue import Tissue

DIGEST = 2
"""Number of the lists below; digests of before they had one are of everything that a run wrote down (1)."""

SERIES = """
    day viable_fraction width_mm kills_per_day cd8_signal nk_signal treg_signal cd8_reactive exhaustion
    il2_mean_nM il2_section_nM il2_centre_nM il2_edge_nM mhc1_null_share systemic_treg systemic_nk leak
    fluid_mm3 width_seen_mm
"""
"""Columns of the series, beside one for each cell type."""

ENDPOINTS = """
    viable_fraction rvt_percent rvt_percent_volume rvt_percent_baseline mpr section_pcr irrvt_bin irprc
    necrosis_percent necrosis_percent_baseline cellularity_percent core_cellularity_percent miller_payne
    pcr_is_upper_bound breast_pcr yptn0 ypt0 positive_nodes in_situ rcb rcb_class rcb_baseline delta_rcb
    sataloff sataloff_nodes ewgbsp stil_percent itil_percent cd8_per_mm2 nk_per_mm2 treg_per_mm2
    cd8_treg_ratio width_viable_mm width_viable_baseline_mm width_viable_change_percent viable_response
    width_imaging_mm width_imaging_baseline_mm width_imaging_change_percent imaging_response
    ellipsoid_viable_mm3 ellipsoid_viable_baseline_mm3 ellipsoid_imaging_mm3 ellipsoid_imaging_baseline_mm3
    viable_foci foci_are_assumed p_false_section_pcr p_detect_sampled cd8_hours nk_hours treg_hours
    coverage_12h dose_iu cap_bound plasma_cmax_iu_ml plasma_auc_iu_h_ml exposure_margin node_cmax_nM
    stil_at_biopsy_percent biopsy_removed_percent
"""

CELLS = "initial divisions left_plane entries deaths filled final"
"""What the ledger holds of each cell type."""

AMOUNTS = """
    injected leaked cleared basal numerical solver tissue_at_start tissue from_tissue intravenous spilled
    presystemic_loss eliminated depot node plasma peripheral handed_over handed_back
"""
"""What the ledgers of IL-2 hold, beside what each kind of receptor has taken up."""
_LEDGERS = ("il2_nmol", "il2_body_nmol", "il2_section_amol")


def fingerprint(
    tissue: Tissue,
    table: Table,
    series: Mapping[str, NDArray[np.float64]],
    ledger: Mapping[str, Mapping[str, Any]],
    endpoints: Mapping[str, Any],
) -> str:
    """Digest of cells and fields at surgery, and of the columns, ledgers and endpoints that are listed here.

    What a run does not have is left out: one without IL-2 has no dose.
    """
    columns = chain(SERIES.split(), *(names[1:] for names in table.cells.values()))
    rows = {f"series.{key}": np.asarray(series[key], np.float64) for key in columns if key in series}
    read = {f"endpoints.{key}": endpoints[key] for key in ENDPOINTS.split() if key in endpoints}
    amounts = dict(_amounts(ledger))
    return digest(state(tissue, table) | rows, {"digest": DIGEST} | read | amounts)


def _amounts(ledger: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, float]]:
    for cell, counted in ledger["cells"].items():
        yield from ((f"cells.{cell}.{key}", counted[key]) for key in CELLS.split())
    for name in _LEDGERS:
        for key, amount in ledger.get(name, {}).items():
            if key in AMOUNTS.split() or key.startswith("taken_up_"):
                yield f"{name}.{key}", amount
