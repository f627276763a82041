"""Exhaustion of CD8 T cells under antigen, and its partial reversal by IL-2: it scales their hits."""

from il2sim.sim.language.model import Model, engaged, less, times


def declare(m: Model) -> None:
    """dE/dt = k_exh contact (1 - E) - k_reinv X E; function 1 - E. P, the PD-L1 level, is one number until
    it has a mechanism.
    """
    cd8 = m.cell("cd8")
    exhaustion = m.trait(
        "exhaustion",
        means="part of function lost: some on arrival, more by antigen under PD-L1, less by IL-2",
    )
    signal, reactive = m.trait("il2_signal", bounded=False), m.trait("reactive")

    onset = m.par("onset_rate", 0.1, "1/day", range=(0.05, 0.3), source="S30; within days [S56]")
    ligand = m.par(
        "pd_l1",
        0.4,
        "1",
        range=(0.0, 1.0),
        source="M20: 40 % of patients positive, taken as the level P of every tumour",
        known="assumed",
    )
    exhaustion.rises(cd8, onset * ligand, times(reactive), times(engaged()))
    reversal = m.par("reversal_rate", 0.05, "1/day", range=(0.0, 0.5), source="M13", known="memory")
    exhaustion.falls(cd8, reversal, times(signal))
    arrival = m.par(
        "at_arrival",
        0.43,
        "1",
        range=(0.0, 0.9),
        source="no source: those who come are worn already",
        known="assumed",
    )
    cd8.starts(exhaustion, arrival)
    m.modify("cd8 hits tumour", less(exhaustion))
