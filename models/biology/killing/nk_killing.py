"""Killing by NK cells (rule 11): half never kill, MHC-I restrains the rest, and their function fades in the
tumour where IL-2 does not hold it.
"""

from il2sim.sim.language.model import CellType, Model, Signal, gated_by, lowered_by, more, times

_PRESENTS = 0.1  # any number between 0 and 1: a tumour cell has MHC-I or is null


def declare(m: Model) -> None:
    """Hits on tumour cells; loss and rescue of function."""
    nk, signal = m.cell("nk"), m.trait("il2_signal", bounded=False)
    vigour = m.trait(
        "vigour",
        means="an NK cell's function: 1 on arrival, lost in the tumour, regained under strong IL-2",
    )
    active = m.par("active_share", 0.5, "1", range=(0.3, 0.6), source="S62: about half never kill")
    nk.starts(m.trait("active", means="whether an NK cell kills at all"), share=active)
    nk.starts(vigour, 1.0)
    _hits(m, nk, signal, vigour)
    tiring = m.par("tiring_rate", 0.7, "1/day", range=(0.3, 2.0), source="S61 time scale", known="calculated")
    rescue = m.par(
        "rescue_rate", 0.7, "1/day", range=(0.0, 2.0), source="as fast as it is lost", known="assumed"
    )
    held = m.par(
        "rescue_signal",
        0.5,
        "1",
        range=(0.3, 0.7),
        source="no source: function is lost unless the signal exceeds half its most",
        known="assumed",
    )
    vigour.falls(nk, tiring, lowered_by(signal, ic50=held, to=0.0, hill=8))
    vigour.rises(nk, rescue, gated_by(signal, ec50=held, hill=8))


def _hits(m: Model, nk: CellType, signal: Signal, vigour: Signal) -> None:
    kills = m.par(
        "kill_rate",
        4.0,
        "1/day",
        range=(1.0, 10.0),
        source="M14, of primed cells; multiplied by 1 + 2X all the same",
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
    boost = m.par("boost", 3.0, "1", range=(2.0, 5.0), source="M14: times 1 + 2X", known="memory")
    restraint = m.par(
        "mhc1_leaves",
        0.2,
        "1",
        range=(0.0, 1.0),
        source="1 - 0.8 m, MHC-I on every tumour cell (m = 1)",
        known="assumed",
    )
    mhc1 = m.trait("mhc1", layer="solid", inherited=True)
    nk.hits(
        m.cell("tumour"),
        kills,
        times(m.trait("active")),
        times(vigour),
        more(signal, gain=boost - 1.0),
        raises=m.trait("damage", layer="solid", bounded=False),
        release=1.0 / contact,
        target=(lowered_by(mhc1, ic50=_PRESENTS, to=restraint, hill=8),),
    )
