"""Random rule tables on random small tissues, for the engine and for the naive tick alike.

The names are neutral on purpose: the engine knows no biology. Rates are high, so that much happens soon.
"""

from dataclasses import dataclass
from random import Random

import numpy as np

from il2sim.sim.compile.arrays import Table, tabulate
from il2sim.sim.engine import Clocks, Declared, Engine
from il2sim.sim.language.cells_and_rules import CellType
from il2sim.sim.language.model import (
    Model,
    Modifier,
    Signal,
    Steady,
    Uphill,
    also_by,
    engaged,
    gated_by,
    less,
    lowered_by,
    more,
    near,
    raised_by,
    times,
    within,
)
from il2sim.sim.lattice import Lattice
from il2sim.sim.tissue import TYPE, VOXEL, Tissue, TissueMix, empty_layer

SOLID = ("prey", "husk", "gap", "rock", "door")
IMMUNE = ("hunter", "grazer")
HILLS = (1, 2, 4, 8)


@dataclass(frozen=True)
class RandomCase:
    """One engine and all that it was made of."""

    model: Model
    table: Table
    engine: Engine
    field_side: int


class _Chooser:
    """Draws rates and modifiers."""

    def __init__(self, dice: Random, model: Model) -> None:
        self.dice = dice
        solid = [model.cell_type(name, layer="solid") for name in SOLID]
        immune = [model.cell_type(name) for name in IMMUNE]
        self.cells: dict[str, CellType] = {cell.name: cell for cell in (*solid, *immune)}
        self.salt = model.cytokine("salt")
        lag_h = dice.choice((0.0, dice.uniform(0.1, 2.0)))
        spread = Steady(dice.uniform(30.0, 150.0), self.rate(), dice.uniform(0.1, 1.0), lag_h)
        self.sugar = model.cytokine("sugar", spread)
        self.vigour, self.scent = model.trait("vigour"), model.trait("scent", bounded=False)
        self.marked = model.trait("marked")
        self.born = model.trait("born")
        self.wound = model.trait("wound", layer="solid", bounded=False)
        self.caste = model.trait("caste", layer="solid", inherited=True)

    def rate(self, low: float = 0.05, high: float = 1.0) -> float:
        return self.dice.uniform(low, high)

    def response(self, signal: Signal) -> Modifier:
        form = self.dice.choice((raised_by, lowered_by, gated_by))
        half, hill = self.dice.uniform(0.2, 1.5), self.dice.choice(HILLS)
        if form is gated_by:
            return gated_by(signal, half, hill=hill)
        most = 1.0 if form is lowered_by else 3.0
        return form(signal, half, self.dice.uniform(0.0, most), hill=hill)

    def surroundings(self) -> Signal:
        """Something that a cell of either layer can see around it."""
        radius = self.dice.choice((15.0, 30.0, 34.0))
        crowd = self.cells[self.dice.choice(IMMUNE)]
        return self.dice.choice((
            self.salt,
            self.sugar,
            near(self.cells[self.dice.choice((*SOLID, *IMMUNE))]),
            within(crowd, radius, self.dice.choice((None, self.scent, self.vigour))),
            within(crowd, radius, only=self.dice.choice((self.scent, self.vigour))),
        ))  # fmt: skip

    def modifiers(self, traits: bool = True, most: int = 3) -> list[Modifier]:
        """A few factors; `traits` of immune cells among them."""
        own = self.dice.choice((self.vigour, self.scent, self.marked, self.born))
        forms = [lambda: self.response(self.surroundings())]
        if traits:
            forms += [
                lambda: self.response(own),
                lambda: times(own),
                lambda: less(own),
                lambda: less(engaged()),
                lambda: more(own, self.dice.uniform(0.0, 3.0)),
            ]
        return [self.dice.choice(forms)() for _ in range(self.dice.randint(0, most))]


def declare(dice: Random, model: Model) -> None:
    """A model in which everything that the engine can do happens now and then."""
    c = _Chooser(dice, model)
    hunter, grazer = c.cells["hunter"], c.cells["grazer"]
    for cell in (hunter, grazer):
        for trait in (c.vigour, c.scent, c.marked):
            if dice.random() < 0.7:
                trait.rises(cell, c.rate(), *c.modifiers())
            if dice.random() < 0.7:
                trait.falls(cell, c.rate(), *c.modifiers())
        cell.starts(c.marked, share=dice.random())
        cell.starts(c.born, share=dice.random())
        cell.starts(c.scent, dice.random())
    _solid(dice, c)
    _lives(dice, c)
    for cell in (hunter, grazer):
        if dice.random() < 0.8:
            _walk(dice, c, cell)
    choosy = (less(c.caste), lowered_by(c.wound, 1.0, 0.2))
    hunter.hits(
        c.cells["prey"], c.rate(5.0, 30.0), *c.modifiers(), raises=c.wound, release=c.rate(0.1, 4.0),
        target=dice.choice(((), (lowered_by(c.wound, 2.0, 0.5),), choosy)),
    )  # fmt: skip
    for cell in (hunter, c.cells["prey"], c.cells["door"]):
        if dice.random() < 0.7:
            traits = cell.layer == "immune"
            cell.secretes(c.sugar, dice.uniform(1e-12, 1e-11), *c.modifiers(traits=traits, most=2))
    if dice.random() < 0.3:
        grazer.hits(
            c.cells["prey"], c.rate(1.0, 20.0), *c.modifiers(), raises=c.wound, release=c.rate(0.1, 4.0)
        )
    _joins(dice, c, model)


def _joins(dice: Random, c: _Chooser, model: Model) -> None:
    """Some gates that a cytokine holds are opened by another too."""
    for sentence, rule in model.rules.items():
        held = [m for m in rule.modifiers if m.kind == "gated" and m.signal.kind == "cytokine"]
        if len(held) == 1 and dice.random() < 0.7:
            other = c.sugar if held[0].signal.name == "salt" else c.salt
            model.modify(sentence, also_by(other, dice.uniform(0.2, 1.5), hill=dice.choice(HILLS)))


def _solid(dice: Random, c: _Chooser) -> None:
    prey, husk, gap = (c.cells[name] for name in ("prey", "husk", "gap"))
    c.wound.falls(prey, c.rate(0.1, 2.0))
    prey.dies(c.rate(5.0, 20.0), gated_by(c.wound, 3.0, hill=4), becomes=husk, label="wounds")
    prey.dies(c.rate(0.0, 0.3), *c.modifiers(traits=False), becomes=husk, label="age")
    husk.becomes(gap, c.rate(0.1, 2.0), *c.modifiers(traits=False))
    birth = c.rate(0.1, 1.0)
    prey.divides(birth, *c.modifiers(traits=False, most=1), expands=birth * dice.uniform(0.0, 0.6), into=gap)


def _lives(dice: Random, c: _Chooser) -> None:
    hunter, grazer, door = (c.cells[name] for name in ("hunter", "grazer", "door"))
    for cell in (hunter, grazer):
        cell.dies(c.rate(0.01, 0.3), *c.modifiers(), label="age")
        daughters = {c.vigour: dice.random()} if dice.random() < 0.5 else None
        both = {c.scent: dice.random()} if dice.random() < 0.5 else None
        cell.divides(c.rate(0.1, 1.5), *c.modifiers(), daughters=daughters, both=both)
        cell.enters(c.rate(0.1, 2.0), *c.modifiers(traits=False, most=2), at=door)
    grazer.dies(c.rate(0.01, 0.2), *c.modifiers(), label="hunger")
    hunter.becomes(grazer, c.rate(0.01, 0.2), *c.modifiers())


def _walk(dice: Random, c: _Chooser, cell: CellType) -> None:
    inner = [c.cells[name] for name in dice.sample(SOLID, dice.randint(0, 3))]
    cell.migrates(
        dice.uniform(0.5, 5.0),
        persistence_min=dice.uniform(0.5, 20.0),
        within={each: dice.uniform(0.2, 3.0) for each in inner},
        entry={each: dice.uniform(0.05, 2.0) for each in inner},
    )
    if dice.random() < 0.5:
        bait = dice.choice(("salt", "sugar"))
        half, bias, reach_um = dice.uniform(0.1, 2.0), dice.uniform(0.0, 0.95), dice.uniform(5.0, 100.0)
        cell.model.pull(cell, Uphill(bait, half, bias, reach_um))


def random_case(number: int, dimensions: int) -> RandomCase:
    """Case `number`: a bed inside an empty margin or filling the lattice, crowded or sparse."""
    dice = Random(1000 * dimensions + number)
    model = Model()
    declare(dice, model)
    for killer in ("hunter hits prey", "grazer hits prey"):
        if killer in model.rules and dice.random() < 0.5:
            law = [0.0, *sorted(dice.uniform(0.0, 12.0) for _ in range(dice.randint(1, 40)))]
            model.give_law(killer, law)
    model.finish()
    sides = (6, 12) if dimensions == 2 else (5, 7)
    lattice = Lattice(tuple(dice.randint(*sides) for _ in range(dimensions)), 15.0)
    table = tabulate(model, lattice)
    clocks = Clocks(1.0 / 6.0, dice.choice((1, 2, 3)), dice.choice((2, 3, 4)), dice.choice((1, 3, 5)))
    field_side = dice.choice((1, 2, 4))
    tissue = _tissue(dice, lattice, table, field_side)
    seed = dice.choice((number, 2**33 + number))
    engine = Engine(tissue, table, Declared(list(model.rules.values()), model.walks), seed, clocks)
    return RandomCase(model, table, engine, field_side)


def _tissue(dice: Random, lattice: Lattice, table: Table, field_side: int) -> Tissue:
    rng = np.random.default_rng(dice.randrange(2**32))
    layers = {
        name: empty_layer(lattice, len(table.traits[name]), lattice.interior.size) for name in table.traits
    }
    field_of, field_shape = lattice.blocks(field_side)
    fields = rng.uniform(0.0, 3.0, (2, int(np.prod(field_shape))))
    texture, lot = (rng.random(lattice.size).astype(np.float32) for _ in range(2))
    grounds = (("door", "rock"), ("gap", "husk", "prey"))
    tissue_mix = TissueMix(
        texture, lot, tuple(tuple(table.code(name) for name in ground) for ground in grounds)
    )
    tissue = Tissue(lattice, layers, fields, field_of, field_shape, tissue_mix, np.zeros(lattice.size, bool))
    share = dice.choice((0.3, 0.7, 1.0))
    centre = np.sort(lattice.distance_from_centre(lattice.interior))
    within_um = centre[max(int(share * centre.size) - 1, 3)]
    bed = lattice.interior[lattice.distance_from_centre(lattice.interior) <= within_um]
    tissue.add(
        "solid", bed, rng.choice(5, bed.size, p=(0.5, 0.05, 0.1, 0.2, 0.15)).astype(np.int8) + np.int8(1)
    )
    crowd = dice.choice((0.05, 0.3, 0.8))
    homes = bed[rng.random(bed.size) < crowd]
    tissue.add("immune", homes, rng.integers(1, 3, homes.size).astype(np.int8))
    immune = tissue.layers["immune"]
    immune.trait[: homes.size] = rng.random((homes.size, immune.trait.shape[1]))
    tissue.bed[bed] = True
    _wound(rng, table, tissue)
    return tissue


def _wound(rng: np.random.Generator, table: Table, tissue: Tissue) -> None:
    """Some of the prey is wounded already, and a third is of another caste."""
    solid = tissue.layers["solid"]
    prey = np.flatnonzero(solid.cell[: solid.count[0], TYPE] == table.code("prey"))
    hurt = prey[rng.random(prey.size) < 0.2]
    solid.trait[hurt, table.trait("wound")] = rng.uniform(0.0, 3.0, hurt.size)
    solid.trait[prey[rng.random(prey.size) < 0.3], table.trait("caste")] = 1.0
    assert (solid.type_at[solid.cell[hurt, VOXEL]] == table.code("prey")).all()
