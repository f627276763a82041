"""How immune cells come: through vessels, as many as hold the infiltrate that a config asks for."""

import math

from il2sim.sim.language.model import CellType, Model

IMMUNE = ("cd8", "nk", "treg", "th", "other_til")
"""Every kind that a config asks for; what acts on all arrivals names these."""


def arrive(m: Model, cell: CellType) -> None:
    """Arrivals per vessel, to be solved for each tumour (`influx`)."""
    influx = m.par(
        "influx",
        math.nan,
        "1/day",
        range=(0.0, 5.0),
        source="per vessel, density x loss",
        known="solved",
    )
    cell.enters(influx, at=m.cell("vessel"))
