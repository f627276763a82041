"""CD8 cells that IL-2 has made die when it is gone (rule 8), unless they have turned memory by then.

The new cell of a division depends on IL-2; the mother does not.
"""

from il2sim.sim.language.model import Model, less, times


def declare(m: Model) -> None:
    """Marks the daughters of CD8 cells, and takes them while they get no signal."""
    cd8, signal = m.cell("cd8"), m.trait("il2_signal", bounded=False)
    expanded = m.trait(
        "expanded",
        means="how far it depends on the IL-2 that made it: 1 in the new cell of a division, then fading",
    )
    m.on_division("cd8 divides", daughter={expanded: 1.0})
    starved = m.par(
        "starvation_rate", 0.7, "1/day", range=(0.3, 1.5), source="fact S92, rate M12", known="memory"
    )
    cd8.dies(starved, times(expanded), less(signal), label="loss of IL-2")
    fading = m.par(
        "contraction_escape",
        0.1,
        "1/day",
        range=(0.0, 0.3),
        source="share that turns memory",
        known="assumed",
    )
    expanded.falls(cd8, fading)
