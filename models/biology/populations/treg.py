"""Regulatory T cells: they walk, take up IL-2 and divide under it. What they suppress is in `suppression`."""

from il2sim.models.biology.populations.arrivals import arrive
from il2sim.models.biology.populations.walking import um_min, walk
from il2sim.models.biology.regulation.il2_priming import woken
from il2sim.sim.language.model import Model


def declare(m: Model) -> None:
    """Walk, division under IL-2, death, arrival."""
    treg = m.cell_type("treg", label="Treg cell", colour="#E69F00")

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
    treg.divides(division, *woken(m))
    death = m.par("death_rate", 0.05, "1/day", range=(0.02, 0.1), source="M15", known="memory")
    treg.dies(death, label="age")
    arrive(m, treg)
