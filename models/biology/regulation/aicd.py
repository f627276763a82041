"""Activation-induced death of CD8 cells (rule 8): those that hold a victim while IL-2 acts on them."""

from il2sim.sim.language.model import Model, engaged, times


def declare(m: Model) -> None:
    """Kills by the signal times engagement: IL-2 spends the cells that work."""
    rate = m.par(
        "death_rate", 0.1, "1/day", range=(0.0, 0.5), source="fact S93, rate assumed", known="assumed"
    )
    signal = m.trait("il2_signal", bounded=False)
    m.cell("cd8").dies(rate, times(signal), times(engaged()), label="activation")
