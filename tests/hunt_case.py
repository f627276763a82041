"""A model with a rule on every clock, and the short way to write one out."""

from collections.abc import Callable

from il2sim.sim.compile.arrays import Table, tabulate
from il2sim.sim.language.model import CellType, Model, gated_by, near, times
from il2sim.sim.lattice import Lattice

LATTICE = Lattice((8, 8), 15.0)
Declare = Callable[[Model], None]


def small(m: Model) -> tuple[CellType, ...]:
    """prey, gap, door; hunter, grazer."""
    solid = [m.cell_type(name, layer="solid") for name in ("prey", "gap", "door")]
    return (*solid, *(m.cell_type(name) for name in ("hunter", "grazer")))


def hunt(m: Model) -> None:
    """A model with a rule on every clock."""
    prey, gap, door, hunter, _ = small(m)
    wound, scent = m.trait("wound", layer="solid", bounded=False), m.trait("scent", bounded=False)
    hunter.hits(prey, 2.0, times(scent), raises=wound, release=1.0)
    wound.falls(prey, 1.0)
    prey.dies(4.0, gated_by(wound, 3.0, hill=8), becomes=gap, label="wounds")
    prey.dies(0.1, becomes=gap, label="age")
    prey.divides(0.2, into=gap)
    scent.rises(hunter, 0.5, gated_by(near(prey), 0.5))
    hunter.dies(0.1, label="age")
    hunter.enters(0.3, at=door)


def written(declare: Declare, **known: tuple[str, ...]) -> Table:
    model = Model(**known)
    declare(model)
    model.finish()
    return tabulate(model, LATTICE)
