"""What the words of a report mean, for whoever meets them here first; endpoints tell it themselves."""

from il2sim.experiments.study.cell_kinds import Kinds, infiltrate
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


def words(kinds: Kinds) -> dict[str, str]:
    """Every word and its meaning, and who the cells of these kinds are."""
    endpoints = {word: declared()[key].meaning for word, key in _ENDPOINTS.items()}
    return _WORDS | {"infiltrate": _infiltrate(kinds)} | endpoints


def _infiltrate(kinds: Kinds) -> str:
    """Its cells, by the words of pictures and the names of tables."""
    cells = infiltrate(kinds)
    listed = ", ".join(f"{kind.many} ({kind.name})" for kind in cells)
    left_out = [kind.many for kind in cells if not kind.counts_as_til]
    aside = f"; sTIL and iTIL do not count {' and '.join(left_out)}" if left_out else ""
    return f"the immune cells in and round the tumour, here {listed or 'none'}{aside}"
