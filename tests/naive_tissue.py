"""A tissue in dictionaries and what its cells see, for the naive tick; it imports nothing from `sim`.

Rules and modifiers are plain dictionaries with names; places are tuples, without border.
"""

import math
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from tests import naive_chance as by_chance

REACH = {2: 16, 3: 6}  # voxels: the border's thickness, and how far freed voxels are looked for
BLOCK = 6  # voxels; 3 x 3 blocks stand for the surroundings that a section does not show

Place = tuple[int, ...]


@dataclass
class Cell:
    type: str
    traits: dict[str, float]
    heading: int = 0
    partner: Place | None = None


@dataclass
class Case:
    """What stays the same during a run."""

    shape: tuple[int, ...]
    voxel_um: float
    solid_types: list[str]
    traits: dict[str, list[str]]  # layer -> names
    bounded: dict[str, bool]
    rules: list[dict]
    walks: list[dict]
    starts: dict[tuple[str, str], tuple[float, bool]]
    fields: dict[str, dict[Place, float]]
    field_side: int  # voxels
    steady: dict[str, tuple[float, float, float, float]]  # length um, loss 1/h, pores, lag h
    inherited: set[str]
    seed: int
    tick_hours: float
    immune_ticks: int
    solid_ticks: int
    substeps: int
    texture: dict[Place, float]
    lot: dict[Place, float]
    grounds: list[list[str]]


@dataclass
class Counts:
    fired: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    gained: dict[str, int] = field(default_factory=dict)
    turned_back: int = 0


def add(counter: dict[str, int], name: str, n: int = 1) -> None:
    counter[name] = counter.get(name, 0) + n


def beside(place: Place, step: Place) -> Place:
    return tuple(a + b for a, b in zip(place, step, strict=True))


def square(step: Place) -> int:
    return sum(n * n for n in step)


@cache
def ball(dimensions: int, radius: float) -> list[Place]:
    """All steps within a radius in voxels, the nearest first."""
    span = range(-math.ceil(radius), math.ceil(radius) + 1)
    steps = [step for step in product(span, repeat=dimensions) if math.sqrt(square(step)) <= radius + 1e-9]
    return sorted(steps, key=square)


class NaiveTissue:
    """Who is where, and the draws and rates of everyone."""

    def __init__(self, case: Case, solid: dict[Place, Cell], immune: dict[Place, Cell]) -> None:
        self.case, self.solid, self.immune = case, solid, immune
        self.tick, self.counts = 0, Counts()
        self.dimensions = len(case.shape)
        self.touching = ball(self.dimensions, math.sqrt(self.dimensions))
        self.hidden: dict[tuple, dict[Place, tuple[float, float]]] = {}
        self.owed: dict[str, float] = {}
        self.engaged_share: dict[int, float] = {}  # of each cell's id, while days go by; else empty
        moved = {rule["other"] for rule in case.rules if rule["verb"] in ("rises", "falls")}
        dealt = {trait for (_, trait), (_, is_share) in case.starts.items() if is_share}
        self.staying = sorted(dealt - moved)  # traits that make a kind of cell
        self.has_slopes = any(walk["uphill"] for walk in case.walks)
        self.types_at_start = [cell.type for cell in solid.values()]
        self.contact_traits = {rule["raises"] for rule in case.rules if rule["verb"] == "hits"}
        self.gates = self.find_gates()

    def number(self, place: Place) -> int:
        """The engine's number of a voxel."""
        n = 0
        for position, length in zip(place, self.case.shape, strict=True):
            n = n * (length + 2 * REACH[self.dimensions]) + position + REACH[self.dimensions]
        return n

    def draw(self, stream: int, place: Place, tick: int, draw: int = 0) -> list[float]:
        return by_chance.uniforms(self.case.seed, stream, self.number(place), tick, draw)

    def words(self, stream: int, place: Place, tick: int, draw: int) -> list[int]:
        """Draws of 31 bits."""
        found = by_chance.words(self.case.seed, stream, self.number(place), tick, draw)
        return [word // 2 for word in found]

    def beside(self, place: Place) -> list[Place]:
        """Own and touching voxels, in order."""
        return [beside(place, step) for step in self.touching]

    def rules(self, verbs: tuple[str, ...], cell: str, contact: bool = False) -> list[tuple[int, dict]]:
        """Rules of a cell type with their numbers; contact rules only, or all others only."""
        return [
            (r, rule)
            for verb in verbs
            for r, rule in enumerate(self.case.rules)
            if rule["verb"] == verb and rule["cell"] == cell and self.is_contact(rule) == contact
        ]

    def is_contact(self, rule: dict) -> bool:
        read = {modifier["name"] for modifier in rule["modifiers"]}
        if rule["verb"] in ("rises", "falls"):
            return rule["other"] in self.contact_traits
        dies_of_wounds = rule["verb"] == "dies" and rule["cell"] in self.case.solid_types
        return rule["verb"] == "hits" or (dies_of_wounds and bool(read & self.contact_traits))

    def kind(self, cell: Cell) -> tuple:
        """A cell's type and what it was dealt for good."""
        return cell.type, *(cell.traits[trait] > 0.5 for trait in self.staying)

    def survey(self) -> None:
        """Crowds that the section does not show, block by block."""
        crowds = {
            (m["name"], m["radius"], m["weight"], m["each"])
            for rule in self.case.rules
            for m in rule["modifiers"]
            if m["source"] == "within"
        }
        self.hidden = {crowd: self.hidden_crowd(*crowd) for crowd in crowds}

    def hidden_crowd(
        self, name: str, radius_um: float, weight: str, one: float
    ) -> dict[Place, tuple[float, float]]:
        radius = radius_um / self.case.voxel_um
        unseen = len(ball(3, radius)) - len(ball(2, radius)) if self.dimensions == 2 else 0
        blocks = list(product(*(range(math.ceil(length / BLOCK)) for length in self.case.shape)))
        inside: dict[Place, list[float]] = {block: [] for block in blocks}
        for place, cell in self.immune.items():
            if cell.type == name:
                inside[tuple(n // BLOCK for n in place)].append(
                    one + (cell.traits[weight] if weight else 0.0)
                )
        found = {}
        for block in blocks:
            around = [inside[near] for near in (beside(block, s) for s in self.touching) if near in inside]
            weights = [w for block_weights in around for w in block_weights]
            each = sum(weights) / len(weights) if weights and unseen else 1.0
            found[block] = (unseen / BLOCK**2 * len(weights) / len(around), each)
        return found

    def factor(self, modifier: dict, cell: Cell | None, place: Place) -> float:
        name = modifier["name"]
        if modifier["source"] == "trait":
            return by_chance.respond(modifier, cell.traits[name])
        if modifier["source"] == "engaged":
            shares = self.engaged_share
            is_engaged = cell.partner is not None
            return by_chance.respond(modifier, shares[id(cell)] if shares else float(is_engaged))
        if modifier["source"] == "cytokine":
            return by_chance.respond(modifier, self.case.fields[name][place])
        if modifier["source"] == "near":
            layers = [
                layer[p] for p in self.beside(place) for layer in (self.solid, self.immune) if p in layer
            ]
            return by_chance.respond(modifier, sum(one.type == name for one in layers))
        seen = 0.0
        for step in ball(self.dimensions, modifier["radius"] / self.case.voxel_um):
            other = self.immune.get(beside(place, step))
            if other is not None and other.type == name:
                seen += modifier["each"] + (other.traits[modifier["weight"]] if modifier["weight"] else 0.0)
        crowd = self.hidden[name, modifier["radius"], modifier["weight"], modifier["each"]]
        return by_chance.respond_to_crowd(modifier, seen, *crowd[tuple(n // BLOCK for n in place)])

    def rate(self, rule: dict, cell: Cell | None, place: Place) -> float:
        rate = rule["rate"]
        is_shared = any(modifier["kind"] == "also" for modifier in rule["modifiers"])
        shut = 1.0  # of one gate, by all cytokines that open it
        for modifier in rule["modifiers"]:
            if is_shared and modifier["source"] == "cytokine" and modifier["kind"] in ("gated", "also"):
                shut *= 1.0 - self.factor(modifier, cell, place)
            else:
                rate *= self.factor(modifier, cell, place) if rate else 0.0
        return rate * (1.0 - shut) if is_shared else rate

    def find_gates(self) -> dict[int, list[Place]]:
        """Where each arrival rule lets cells in."""
        gates = {r: rule["other"] for r, rule in enumerate(self.case.rules) if rule["verb"] == "enters"}
        return {r: [p for p in sorted(self.solid) if self.solid[p].type == name] for r, name in gates.items()}
