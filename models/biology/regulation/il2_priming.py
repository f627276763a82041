"""The gate that IL-2 opens for division (rule 7): a signal now, and 11 h of it in the last day."""

from il2sim.sim.language.model import Model, Modifier, gated_by, times


def woken(m: Model) -> tuple[Modifier, Modifier]:
    """What the division of a kind of cell that IL-2 drives is multiplied by."""
    hours = m.par(
        "priming",
        0.368,
        "1",
        range=(0.22, 0.44),
        source="11 h (6-14) of signal in 24 h: 1 - exp(-11/24) [M6]",
        known="calculated",
    )
    signal, primed = m.trait("il2_signal", bounded=False), m.trait("primed", bounded=False)
    return times(signal), gated_by(primed, ec50=hours, hill=8)
