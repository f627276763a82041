"""What the words of a report mean, for whoever meets them here first; endpoints tell it themselves."""

from il2sim.models.pathology.endpoints import declared

_WORDS = {
    "arm": "runs alike in all that the design varies, each with random numbers of its own",
    "control": "matched control: the same tumour with the same random numbers, left without drug",
    "replicate": "one virtual patient: a tumour of its own",
    "bed": "where there was tumour on day 0 and all it has grown to, whether viable or not",
    "inflamed, excluded, desert": "CD8 cells enter the nests of tumour; stay in the stroma; do the same (how "
    "few there are in a desert is what sTIL says)",
    "EC50": "the IL-2 at which a kind of cell responds half as much as it can; above it hours are counted",
    "tissue-PK solution": "IL-2 computed in the whole tumour, from an injection until it has gone",
    "solved at set-up": "computed for each tumour so that it is at steady state before day 0",
}
_ENDPOINTS = {
    "viable fraction": "viable_fraction",
    "sTIL": "stil_percent",
    "MPR": "mpr",
    "%irRVT": "rvt_percent",
    "irPRC": "irprc",
    "RCB": "rcb",
    "EWGBSP": "ewgbsp",
}
"""Short words for endpoints that reports use, and which endpoint each is."""


def words() -> dict[str, str]:
    """Every word and its meaning."""
    return _WORDS | {word: declared()[key].meaning for word, key in _ENDPOINTS.items()}
