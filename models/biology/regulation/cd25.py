"""CD25 on CD8 and NK cells: IL-2 itself, faster with antigen, gives them the receptor of high affinity.

CD8 cells in tumours start without it [S28], so antigen alone does not induce it here.
"""

from il2sim.sim.language.model import CellType, Model, Signal, engaged, gated_by, less, times


def declare(m: Model) -> None:
    """The trait rises with the signal, lowers the level that is felt, and takes up more IL-2."""
    on = m.par(
        "induction",
        18.0,
        "h",
        range=(6.0, 48.0),
        source="fact S94, time from memory: half-life 12-24 h",
        known="memory",
    )
    off = m.par(
        "decay", 48.0, "h", range=(24.0, 96.0), source="no source: some days without signal", known="assumed"
    )
    ec50 = m.par(
        "ec50", 0.05, "nM", range=(0.01, 0.3), source="Kd-like [M4]; S24 gives about 0.3", known="memory"
    )
    vmax = m.par(
        "uptake",
        3.0,
        "molecules/s",
        range=(0.6, 15.0),
        source="endocytosis [S15] [S19] x receptors [M4] makes 5, 2 of them the resting cell's",
        known="calculated",
    )
    half = m.par("uptake_half", 0.02, "nM", range=(0.01, 0.04), source="Kd: S17", known="calculated")
    if not m.has("il2"):
        return
    receptor = m.trait("cd25", means="its receptors of high affinity, 1 with all it can have")
    signal = m.trait("il2_signal", bounded=False)
    for name in ("cd8", "nk"):
        cell = m.cell(name)
        receptor.rises(cell, 1.0 / on, times(signal))
        receptor.rises(cell, 1.0 / on, times(signal), times(engaged()), label="a victim held")
        receptor.falls(cell, 1.0 / off)
        _feels(m, cell, signal, receptor, ec50)
        cell.takes_up(m.cytokine("il2"), vmax, half, by=receptor)


def _feels(m: Model, cell: CellType, signal: Signal, receptor: Signal, ec50: float) -> None:
    """Cells with the receptor answer to less."""
    m.modify(f"il2_signal rises in {cell.name}", less(receptor))
    lag_h = m.number("il2.signal_lag")
    signal.rises(cell, 1.0 / lag_h, gated_by(m.cytokine("il2"), ec50=ec50), times(receptor), label="CD25")
