"""Exhaustion of CD8 T cells under antigen, and its partial reversal by IL-2: it scales their hits."""

from sim.model import Model, gated_by, less, near, times


def declare(m: Model) -> None:
    """dE/dt = k_exh contact (1 - E) - k_reinv X E; function 1 - E. PD-L1 counts as 1 until it has a mechanism."""
    cd8, tumour = m.cell("cd8"), m.cell("tumour")
    exhaustion, signal, reactive = m.trait("exhaustion"), m.trait("il2_signal", bounded=False), m.trait("reactive")

    onset = m.par("onset_rate", 0.1, "1/day", range=(0.05, 0.3), source="S30; within days [S56]")
    exhaustion.rises(cd8, onset, times(reactive), gated_by(near(tumour), ec50=0.5, hill=8))
    reversal = m.par("reversal_rate", 0.05, "1/day", range=(0.0, 0.5), source="M13", known="memory")
    exhaustion.falls(cd8, reversal, times(signal))
    arrival = m.par("at_arrival", 0.43, "1", range=(0.0, 0.9), source="model.md, Start stationary", known="assumed")
    cd8.starts(exhaustion, arrival)
    m.modify("cd8 hits tumour", less(exhaustion))
