"""NK cells: rare, half never kill, restrained by MHC-I, losing function in the tumour without IL-2."""

import math

from models.walking import um_min, walk
from sim.model import CellType, Model, gated_by, lowered_by, more, times


def declare(m: Model) -> None:
    """Walk, hits on tumour cells, loss and rescue of function, division under IL-2, death, arrival."""
    nk = m.cell_type("nk")
    _arrives(m, nk)
    _walks(m, nk)
    _kills(m, nk)
    _lives(m, nk)


def _arrives(m: Model, nk: CellType) -> None:
    active = m.par("active_share", 0.5, "1", range=(0.3, 0.6), source="S62: about half never kill")
    nk.starts(m.trait("reactive"), share=active)
    nk.starts(m.trait("vigour"), 1.0)
    influx = m.par(
        "influx",
        math.nan,
        "1/day",
        range=(0.0, 5.0),
        source="per vessel, density x loss (model.md)",
        known="solved",
    )
    nk.enters(influx, at=m.cell("vessel"))


def _walks(m: Model, nk: CellType) -> None:
    speed = m.par("stroma_speed", 5.0, "um/min", range=(2.0, 8.0), source="S61 (lung capillaries)")
    nest = m.par("nest_speed", 2.0, "um/min", range=(0.5, 4.0), source="as CD8 [M10]", known="assumed")
    entry = m.par(
        "entry_speed",
        0.6,
        "um/min",
        range=(0.001, 4.0),
        source="as CD8 of an inflamed tumour",
        known="assumed",
    )
    walk(m, nk, um_min(speed), um_min(nest), um_min(entry))


def _kills(m: Model, nk: CellType) -> None:
    """Function fades in the tumour and comes back under IL-2."""
    signal, reactive, vigour = m.trait("il2_signal", bounded=False), m.trait("reactive"), m.trait("vigour")
    mhc1 = m.trait("mhc1", layer="solid", inherited=True)
    kills = m.par(
        "kill_rate",
        4.0,
        "1/day",
        range=(1.0, 10.0),
        source="M14; biology.md 2.3 calls it primed, rule 11 multiplies it by 1 + 2X all the same",
        known="memory",
    )
    contact = m.par(
        "contact_time",
        2.0,
        "h",
        range=(1.0, 6.0),
        source="S61: one encounter every 2 h (1-6), taken as lasting until the next",
        known="assumed",
    )
    boost = m.par("boost", 3.0, "1", range=(2.0, 5.0), source="M14; rule 11: 1 + 2X", known="memory")
    restraint = m.par(
        "mhc1_leaves",
        0.2,
        "1",
        range=(0.0, 1.0),
        source="1 - 0.8 m, MHC-I on every tumour cell (m = 1)",
        known="assumed",
    )
    nk.hits(
        m.cell("tumour"),
        kills,
        times(reactive),
        times(vigour),
        more(signal, gain=boost - 1.0),
        raises=m.trait("damage", layer="solid", bounded=False),
        release=1.0 / contact,
        target=(lowered_by(mhc1, ic50=0.1, to=restraint, hill=8),),
    )
    tiring = m.par("tiring_rate", 0.7, "1/day", range=(0.3, 2.0), source="S61 time scale", known="calculated")
    rescue = m.par(
        "rescue_rate", 0.7, "1/day", range=(0.0, 2.0), source="as fast as it is lost", known="assumed"
    )
    vigour.falls(nk, tiring, lowered_by(signal, ic50=0.5, to=0.0, hill=8))
    vigour.rises(nk, rescue, gated_by(signal, ec50=0.5, hill=8))


def _lives(m: Model, nk: CellType) -> None:
    signal, primed = m.trait("il2_signal", bounded=False), m.trait("primed", bounded=False)
    division = m.par(
        "division_rate",
        0.53,
        "1/day",
        range=(0.24, 1.0),
        source="once in 45 h, between bright and dim [M14]",
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
    nk.divides(division, times(signal), gated_by(primed, ec50=hours, hill=8))
    death = m.par(
        "death_rate", 0.07, "1/day", range=(0.05, 0.15), source="M14: half-life 10-14 d", known="memory"
    )
    nk.dies(death, label="age")
