"""What the words of a report mean, for whoever meets them here first."""

WORDS = {
    "arm": "runs alike in all that the design varies, each with random numbers of its own",
    "control": "matched control: the same tumour with the same random numbers, left without drug",
    "replicate": "one virtual patient: a tumour of its own",
    "viable fraction": "viable tumour at surgery over that on day 0, as a volume: each place of a section "
    "counts for the ring it stands for, so it is not the ratio of cells on the section",
    "bed": "where there was tumour on day 0 and all it has grown to, whether viable or not",
    "sTIL": "share of the stroma that lymphocytes and their like hold",
    "inflamed, excluded, desert": "CD8 cells enter the nests of tumour; stay in the stroma; do the same (how "
    "few there are in a desert is what sTIL says)",
    "EC50": "the IL-2 at which a kind of cell responds half as much as it can; above it hours are counted",
    "tissue-PK solution": "IL-2 computed in the whole tumour, from an injection until it has gone",
    "MPR": "major pathological response: %irRVT of at most 10",
    "%irRVT": "residual viable tumour as immune-related criteria count it, of the bed",
    "irPRC": "immune-related pathological response criteria",
    "RCB": "residual cancer burden, index and class",
    "EWGBSP": "grades of the European working group for breast screening pathology",
    "solved at set-up": "computed for each tumour so that it is at steady state before day 0",
}
