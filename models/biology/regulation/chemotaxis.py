"""Cells with CXCR3 turn up the slope of CXCL9/10 (rule 9); without interferon there is nothing to follow."""

from il2sim.models.biology.cytokines.cxcl10 import CXCR3, field_and_half
from il2sim.sim.language.model import Model, Uphill


def declare(m: Model) -> None:
    """Biases the turns of the walks that others declare."""
    bias = m.par(
        "bias",
        0.3,
        "1",
        range=(0.0, 0.9),
        source="no source: below the 0.5 of a model [S90]",
        known="assumed",
    )
    reach = m.par(
        "reach",
        150.0,
        "um",
        range=(30.0, 800.0),
        source="no source: full bias where ln(1 + c / half) rises by 1 over the length of CXCL10",
        known="assumed",
    )
    chemokine = field_and_half(m)
    if chemokine is None:
        return
    field, half = chemokine
    for name in CXCR3:
        m.pull(m.cell(name), Uphill(field.name, half, bias, reach))
