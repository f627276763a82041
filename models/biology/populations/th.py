"""Conventional CD4+ T cells: they walk and take up IL-2, a third of the sink at low dose, and do nothing
else.
"""

from il2sim.models.biology.populations.arrivals import arrive
from il2sim.models.biology.populations.walking import um_min, walk
from il2sim.sim.language.model import Model


def declare(m: Model) -> None:
    """Walk, death, arrival."""
    th = m.cell_type("th", label="T helper cell", colour="#56B4E9")
    speed = m.par("stroma_speed", 5.0, "um/min", range=(2.0, 10.0), source="as CD8 [M10]", known="assumed")
    nest = m.par("nest_speed", 2.0, "um/min", range=(0.5, 4.0), source="as CD8 [M10]", known="assumed")
    entry = m.par(
        "entry_speed",
        0.6,
        "um/min",
        range=(0.001, 4.0),
        source="as CD8 of an inflamed tumour",
        known="assumed",
    )
    walk(m, th, um_min(speed), um_min(nest), um_min(entry))
    death = m.par("death_rate", 0.03, "1/day", range=(0.01, 0.1), source="as CD8", known="assumed")
    th.dies(death, label="age")
    arrive(m, th)
