"""Endpoints that other parts of a run report: biopsy, drug, blood, and the comparison with the control."""

from __future__ import annotations

from il2sim.models.pathology.endpoints.registry import Endpoint

biopsy_removed_percent = Endpoint(
    "biopsy_removed_percent", "taken by the biopsy", "%", "Share of the tumour that the biopsy took"
)
stil_at_biopsy_percent = Endpoint(
    "stil_at_biopsy_percent", "sTIL at biopsy", "%", "sTIL when the biopsy was taken"
)
stil_at_day_0_percent = Endpoint(
    "stil_at_day_0_percent", "sTIL, day 0", "%", "sTIL on day 0, after the biopsy"
)
mpr_beyond_twin = Endpoint(
    "mpr_beyond_twin",
    "MPR beyond the matched control",
    "",
    "MPR that the matched control does not have: what the drug may claim",
    scale="yes or no",
)
delta_rcb_twin = Endpoint(
    "delta_rcb_twin",
    "RCB less that of the control",
    "1",
    "RCB index at surgery less that of the matched control",
)
plasma_cd8_signal = Endpoint(
    "plasma_cd8_signal",
    "CD8 signal by plasma alone",
    "1",
    "Highest IL-2 signal of CD8 cells that see the plasma alone",
)
plasma_treg_signal = Endpoint(
    "plasma_treg_signal",
    "Treg signal by plasma alone",
    "1",
    "Highest IL-2 signal of Treg that see the plasma alone",
)
blood_treg_response = Endpoint(
    "blood_treg_response", "Treg response in the blood", "1", "Highest response of the blood's Treg"
)

cd8_hours = Endpoint(
    "cd8_hours",
    "hours above EC50, CD8",
    "h",
    "Hours above the EC50 of CD8 cells, volume mean",
    per_injection=True,
)
nk_hours = Endpoint(
    "nk_hours",
    "hours above EC50, NK",
    "h",
    "Hours above the EC50 of NK cells, volume mean",
    per_injection=True,
)
treg_hours = Endpoint(
    "treg_hours",
    "hours above EC50, Treg",
    "h",
    "Hours above the EC50 of Treg, volume mean",
    per_injection=True,
)
coverage_12h = Endpoint(
    "coverage_12h",
    "covered for 12 h",
    "1",
    "Share of the volume with at least 12 h above the EC50 of CD8 cells",
    per_injection=True,
)
dose_iu = Endpoint("dose_iu", "dose", "IU", "IL-2 given", per_injection=True)
cap_bound = Endpoint(
    "cap_bound",
    "dose at its cap",
    "",
    "Whether the cap of the dose was reached",
    scale="yes or no",
    per_injection=True,
)
plasma_cmax_iu_ml = Endpoint(
    "plasma_cmax_iu_ml", "plasma peak", "IU/mL", "Highest IL-2 in the plasma", per_injection=True
)
plasma_auc_iu_h_ml = Endpoint(
    "plasma_auc_iu_h_ml", "plasma AUC", "IU h/mL", "Area under the IL-2 in the plasma", per_injection=True
)
exposure_margin = Endpoint(
    "exposure_margin",
    "exposure margin",
    "1",
    "Area of one high-dose intravenous dose over that in the plasma",
    per_injection=True,
)
node_cmax = Endpoint(
    "node_cmax_nM",
    "lymph node peak",
    "nM",
    "Highest IL-2 in the draining lymph node; only the order counts",
    per_injection=True,
)
