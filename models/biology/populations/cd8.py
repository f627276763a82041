"""CD8+ T cells: a reactive share that recognises the tumour, bystanders that only migrate and take up IL-2.
How they kill and what IL-2 does to those it made is said in `cd8_killing`, `cd8_withdrawal` and `aicd`.
"""

import math

from il2sim.models.biology.populations.arrivals import arrive
from il2sim.models.biology.populations.walking import um_min, walk
from il2sim.models.biology.regulation.il2_priming import woken
from il2sim.sim.language.model import CellType, Model, engaged, gated_by, times

_FITTED = ("nest : stroma density 0.36 [S72] at sTIL 15 %, edge effects included", "fitted")
_EXCLUDED = ("no source: a twelfth of that of inflamed; desert is taken as excluded", "assumed")
_ENTRY = {"inflamed": (0.6, *_FITTED), "excluded": (0.05, *_EXCLUDED), "desert": (0.05, *_EXCLUDED)}  # um/min
_FORGOTTEN = math.exp(-1.0)  # what is left of the memory of antigen after its time


def declare(m: Model) -> None:
    """Walk, division under IL-2 and antigen, death, arrival."""
    cd8 = m.cell_type("cd8", label="CD8 T cell", colour="#0072B2")
    _arrives(m, cd8)
    _walks(m, cd8)
    _divides(m, cd8)
    _dies(m, cd8)


def _arrives(m: Model, cd8: CellType) -> None:
    share = m.par(
        "reactive_share", 0.10, "1", range=(0.0, 0.4), source="S57 (ovary, colorectal; 0 in 2 of 4)"
    )
    cd8.starts(m.trait("reactive", means="whether its receptor recognises the tumour"), share=share)
    arrive(m, cd8)


def _walks(m: Model, cd8: CellType) -> None:
    stroma = m.par("stroma_speed", 5.0, "um/min", range=(2.0, 10.0), source="M10", known="memory")
    nest = m.par("nest_speed", 2.0, "um/min", range=(0.5, 4.0), source="M10", known="memory")
    value, source, known = _ENTRY[str(m.given["phenotype"])]
    entry = m.par("entry_speed", value, "um/min", range=(0.001, 4.0), source=source, known=known)
    walk(m, cd8, um_min(stroma), um_min(nest), um_min(entry))


def _divides(m: Model, cd8: CellType) -> None:
    """Needs 11 h of signal in a day and antigen."""
    met = "antigen met lately: near 1 after hours with a victim, then e-fold less every cd8.antigen_memory"
    reactive, antigen = m.trait("reactive"), m.trait("antigen_memory", means=met)
    memory = m.par(
        "antigen_memory",
        3.0,
        "day",
        range=(1.0, 7.0),
        source="no source: antigen of the last days counts",
        known="assumed",
    )
    meets = m.par(
        "antigen_rate", 1.0, "1/h", range=(0.2, 6.0), source="time to a first synapse", known="assumed"
    )
    antigen.rises(cd8, meets, times(reactive), times(engaged()))
    antigen.falls(cd8, 1.0 / memory)
    division = m.par("division_rate", 1.0, "1/day", range=(0.5, 2.0), source="model [S30] 1 a day; REP [M11]")
    cd8.divides(division, *woken(m), gated_by(antigen, ec50=_FORGOTTEN, hill=4))


def _dies(m: Model, cd8: CellType) -> None:
    death = m.par("death_rate", 0.03, "1/day", range=(0.01, 0.1), source="models [S91] 0.05, [S85] 0.01")
    cd8.dies(death, label="age")
