"""NK cells: rare; how they kill and lose their function is said in `nk_killing`."""

from il2sim.models.biology.populations.arrivals import arrive
from il2sim.models.biology.populations.walking import um_min, walk
from il2sim.models.biology.regulation.il2_priming import woken
from il2sim.sim.language.model import CellType, Model


def declare(m: Model) -> None:
    """Walk, division under IL-2, death, arrival."""
    nk = m.cell_type("nk", label="NK cell", colour="#009E73")
    _arrives(m, nk)
    _walks(m, nk)
    _lives(m, nk)


def _arrives(m: Model, nk: CellType) -> None:
    arrive(m, nk)


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


def _lives(m: Model, nk: CellType) -> None:
    division = m.par(
        "division_rate",
        0.53,
        "1/day",
        range=(0.24, 1.0),
        source="once in 45 h, between bright and dim [M14]",
        known="memory",
    )
    nk.divides(division, *woken(m))
    death = m.par(
        "death_rate", 0.07, "1/day", range=(0.05, 0.15), source="M14: half-life 10-14 d", known="memory"
    )
    nk.dies(death, label="age")
