"""Suppression by Treg within 30 um: function 1/(1 + n (1 + X_T) / K_T) of killing, interferon
and division; IL-2 makes it stronger.
"""

from il2sim.sim.language.model import Model, lowered_by, within

_SUPPRESSED = (
    "cd8 hits tumour",
    "nk hits tumour",
    "cd8 divides",
    "nk divides",
    "cd8 secretes ifng",
    "nk secretes ifng",
)


def declare(m: Model) -> None:
    """Modifies the hits of CD8 and NK cells, their interferon and their division."""
    radius = m.par("radius", 30.0, "um", range=(15.0, 100.0), source="S65: within 30 um")
    half = m.par(
        "half_function",
        1.0,
        "1",
        range=(0.5, 3.0),
        source="form S95; cells for half function",
        known="assumed",
    )
    crowd = within(m.cell("treg"), radius, weight=m.trait("il2_signal", bounded=False))
    for sentence in _SUPPRESSED:
        m.modify(sentence, lowered_by(crowd, ic50=half, to=0.0))
