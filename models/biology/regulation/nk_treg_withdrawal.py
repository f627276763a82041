"""NK and regulatory T cells that IL-2 has made die when it is gone, as CD8 cells do by rule 8 (`cd8`).

Every new cell of a division depends on it until it has found its place; the mother does not.
"""

from il2sim.sim.language.model import Model, less, times

_KINDS = ("nk", "treg")


def declare(m: Model) -> None:
    """Marks the daughters of NK and Treg, and takes them while they get no signal."""
    rate = m.par(
        "starvation_rate",
        0.7,
        "1/day",
        range=(0.0, 1.5),
        source="as CD8 (fact S92, rate M12); of NK and Treg no source",
        known="assumed",
    )
    fading = m.par(
        "contraction_escape",
        0.1,
        "1/day",
        range=(0.0, 0.3),
        source="as CD8: share that stays",
        known="assumed",
    )
    signal = m.trait("il2_signal", bounded=False)
    expanded = m.trait(
        "expanded",
        means="how far it depends on the IL-2 that made it: 1 in the new cell of a division, then fading",
    )
    for name in _KINDS:
        m.on_division(f"{name} divides", daughter={expanded: 1.0})
        m.cell(name).dies(rate, times(expanded), less(signal), label="loss of IL-2")
        expanded.falls(m.cell(name), fading)
