"""How immune cells come: through vessels, as many as hold the infiltrate that a config asks for."""

import math

from il2sim.sim.language.model import CellType, Model, Modifier

IMMUNE = ("cd8", "nk", "treg", "th", "other_til")
"""Every kind that a config asks for: a list, as each has a number of its own there. What acts on all arrivals
asks the model, `infiltrate`.
"""


def infiltrate(m: Model) -> tuple[CellType, ...]:
    """Every immune cell type that is declared so far, this package's or not."""
    return tuple(cell for cell in m.cells.values() if cell.layer == "immune")


def recruited(m: Model, *modifiers: Modifier) -> None:
    """Let these act on the arrivals of all that arrive."""
    for sentence in [f"{cell.name} enters" for cell in infiltrate(m)]:
        for modifier in modifiers if sentence in m.rules else ():
            m.modify(sentence, modifier)


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
