"""A cell divides so many times and no more: rates times 1 - n / N_max (rule 7).

n counts a cell's divisions since it arrived: within a course no cell starts anew (assumed).
"""

from il2sim.sim.language.model import Model, less

_KINDS = ("cd8", "nk", "treg")


def declare(m: Model) -> None:
    """Counts divisions in both cells, in parts of the most there can be."""
    most = m.par("divisions", 6.0, "1", range=(4.0, 10.0), source="models: 4 [S86], 7 [S85b]")
    counted = "divisions since it came, in parts of division_limit.divisions"
    spent = m.trait("divisions_spent", bounded=False, means=counted)
    for name in _KINDS:
        m.modify(f"{name} divides", less(spent))
        m.on_division(f"{name} divides", both={spent: 1.0 / most})
