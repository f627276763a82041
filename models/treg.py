"""Regulatory T cells: they walk, take up IL-2 and divide under it. What they suppress is in `suppression`."""

import math

from models.walking import um_min, walk
from sim.model import Model, gated_by, times


def declare(m: Model) -> None:
    """Walk, division under IL-2, death, arrival."""
    treg = m.cell_type("treg")
    signal, primed = m.trait("il2_signal", bounded=False), m.trait("primed", bounded=False)

    speed = m.par("stroma_speed", 5.0, "um/min", range=(2.0, 10.0), source="as CD8 [M10]", known="assumed")
    nest = m.par("nest_speed", 2.0, "um/min", range=(0.5, 4.0), source="as CD8 [M10]", known="assumed")
    entry = m.par(
        "entry_speed",
        1.0,
        "um/min",
        range=(0.001, 4.0),
        source="nest : stroma FOXP3 30 : 60 [S72]",
        known="calculated",
    )
    walk(m, treg, um_min(speed), um_min(nest), um_min(entry))

    division = m.par(
        "division_rate",
        0.5,
        "1/day",
        range=(0.24, 0.8),
        source="once in 48 h [M15]; S27 gives 3 net doublings in 28 d",
        known="memory",
    )
    hours = m.par(
        "priming",
        0.368,
        "1",
        range=(0.22, 0.44),
        source="11 h (6-14) of signal in 24 h: 1 - exp(-11/24) [M6]",
        known="calculated",
    )
    treg.divides(division, times(signal), gated_by(primed, ec50=hours, hill=8))
    death = m.par("death_rate", 0.05, "1/day", range=(0.02, 0.1), source="M15", known="memory")
    treg.dies(death, label="age")
    influx = m.par(
        "influx",
        math.nan,
        "1/day",
        range=(0.0, 5.0),
        source="per vessel, density x loss (model.md)",
        known="solved",
    )
    treg.enters(influx, at=m.cell("vessel"))
