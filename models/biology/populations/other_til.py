"""B and plasma cells: they fill the stromal infiltrate, carry no IL-2 receptors and stay out of nests."""

from il2sim.models.biology.populations.arrivals import arrive
from il2sim.models.biology.populations.walking import um_min, walk
from il2sim.sim.language.model import Model


def declare(m: Model) -> None:
    """Walk in stroma, death, arrival."""
    other = m.cell_type("other_til", label="other TIL", colour="#000000")
    speed = m.par("stroma_speed", 5.0, "um/min", range=(0.0, 10.0), source="as CD8 [M10]", known="assumed")
    walk(m, other, um_min(speed), um_min(speed), 0.0)
    death = m.par("death_rate", 0.03, "1/day", range=(0.01, 0.1), source="as CD8", known="assumed")
    other.dies(death, label="age")
    arrive(m, other)
