"""IL-2: how it moves and leaves, who takes it up, how each cell kind senses it, and the gate it opens for
division.
"""

from il2sim.sim.language.model import Model, Signal, gated_by

# EC50 nM, range, source; uptake molecules/s, range, half-saturation nM, range
_SENSING = {
    "cd8": (2.46, (2.4, 2.9), "S22, S23"),
    "nk": (1.67, (1.4, 1.7), "S22, S23 (CD56dim)"),
    "treg": (0.0272, (0.013, 0.048), "S22, S23"),
    "th": (0.374, (0.27, 0.70), "S22"),
}
# exponents are 1, 2, 4 or 8; a range reaches to the next of them beyond what was seen
_HILL = {
    "cd8": (2, (2, 4), "S23: 2-3, about 2.5", "seen"),
    "nk": (2, (1, 4), "S23: 1.3-2.5", "seen"),
    "treg": (1, (1, 2), "S23: about 1", "seen"),
    "th": (1, (1, 2), "no source: as Treg", "assumed"),
}
_UPTAKE = {
    "cd8": (2.0, (0.4, 6.0), 1.0, (0.5, 2.0)),
    "nk": (5.0, (1.0, 15.0), 1.0, (0.5, 2.0)),
    "treg": (1.5, (0.3, 4.5), 0.02, (0.01, 0.04)),
    "th": (1.0, (0.2, 3.0), 0.2, (0.1, 0.4)),
}


def declare(m: Model) -> None:
    """The field's numbers, then sensing and uptake of every cell kind that has receptors."""
    il2 = m.cytokine(
        "il2", shown=True, means="interleukin-2 that is free in the pores, il2.pore_fraction of the tissue"
    )
    m.par("diffusivity", 40.0, "um2/s", range=(4.0, 100.0), source="S14 law at 15.3 kDa", known="calculated")
    m.par(
        "half_life",
        2.0,
        "h",
        range=(0.25, 12.0),
        source="unmeasured in tumours; other tissues [S2] [S8] [S9]",
        known="assumed",
    )
    m.par("pore_fraction", 0.3, "1", range=(0.15, 0.5), source="M2", known="memory")
    m.par(
        "basal", 0.002, "nM", range=(0.0, 0.02), source="no source: little before any dose", known="assumed"
    )
    m.par(
        "outside_share",
        0.1,
        "1",
        range=(0.0, 1.0),
        source="no source: a tenth of the density outside",
        known="assumed",
    )
    m.par("outflow", 0.0, "um/s", range=(0.0, 2.0), source="absent; u_IF 0.6 (0.1-2): S13", known="assumed")

    _is_sensed(m, il2)
    for name, (vmax, limits, km, km_limits) in _UPTAKE.items():
        speed = m.par(
            f"uptake_{name}",
            vmax,
            "molecules/s",
            range=limits,
            source="endocytosis [S15] [S19] x limiting chain [S21]",
            known="calculated",
        )
        half = m.par(f"uptake_half_{name}", km, "nM", range=km_limits, source="Kd: S17", known="calculated")
        m.cell(name).takes_up(il2, speed, half)


def uptake(model: Model) -> dict[str, tuple[float, float]]:
    """Who takes IL-2 up: nmol/h per cell at the most, half of it at nM."""
    return {who: numbers for (who, cytokine), numbers in model.uptakes.items() if cytokine == "il2"}


def _is_sensed(m: Model, il2: Signal) -> None:
    """The signal of each kind of cell, and how much of the last day it lasted: the gate of division."""
    lag = m.par(
        "signal_lag",
        6.0,
        "h",
        range=(2.0, 12.0),
        source="no source: between receptor and response",
        known="assumed",
    )
    memory = m.par(
        "priming_memory", 24.0, "h", range=(12.0, 48.0), source="11 h of signal in 24 h [M6]", known="memory"
    )
    awake = m.par(
        "priming_signal",
        0.5,
        "1",
        range=(0.3, 0.7),
        source="no source: a signal above half its most counts",
        known="assumed",
    )
    acts = "how strongly IL-2 acts on it (STAT5), il2.signal_lag late; 1 at the most"
    woken = (
        "part of the last il2.priming_memory, fading, in which its signal was above the level that opens it"
    )
    signal = m.trait("il2_signal", bounded=False, means=acts)
    primed = m.trait("primed", bounded=False, means=woken)
    for name, (ec50, limits, source) in _SENSING.items():
        cell = m.cell(name)
        half = m.par(f"ec50_{name}", ec50, "nM", range=limits, source=source)
        exponent, ends, seen_in, known = _HILL[name]
        hill = m.par(f"hill_{name}", exponent, "1", range=ends, source=seen_in, known=known)
        signal.rises(cell, 1.0 / lag, gated_by(il2, ec50=half, hill=hill))
        signal.falls(cell, 1.0 / lag)
        primed.rises(cell, 1.0 / memory, gated_by(signal, ec50=awake, hill=8))
        primed.falls(cell, 1.0 / memory)
