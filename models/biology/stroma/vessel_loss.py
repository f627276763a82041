"""Vessels die of IL-2-activated CD8 cells beside them; without vessels neither cells nor oxygen come."""

from il2sim.sim.language.model import Model, times, within


def declare(m: Model) -> None:
    """Loss x the added IL-2 signals of all CD8 cells near by: none at baseline, however many there are."""
    rate = m.par(
        "rate", 0.05, "1/day", range=(0.0, 0.5), source="no source for the rate; fact [S40]", known="assumed"
    )
    radius = m.par("radius", 30.0, "um", range=(15.0, 60.0), source="near contact", known="assumed")
    woken = within(m.cell("cd8"), radius, only=m.trait("il2_signal", bounded=False))
    m.cell("vessel").dies(rate, times(woken), becomes=m.cell("stroma"), label="woken CD8 cells")
