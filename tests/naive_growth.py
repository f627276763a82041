"""The solid layer of the naive tick: death, clearance, birth, the search for places; nothing from `sim`."""

import math
from dataclasses import dataclass
from functools import cache
from itertools import permutations, product

from tests import naive_chance as by_chance
from tests.naive_chance import chance
from tests.naive_tissue import REACH, Cell, NaiveTissue, Place, add, ball, beside, square


class FullError(Exception):
    """The bed fills the whole lattice."""


@dataclass
class Daughter:
    mother: Place
    rule: dict
    kind: str  # leaves, widens, fills, seeks, placed


def grow(tissue: NaiveTissue, hours: float) -> None:
    """One solid tick."""
    fates, daughters = decide(tissue, hours)
    for place, rule in fates.items():
        tissue.solid[place] = fresh(tissue, rule["other"])
        add(tissue.counts.fired, rule["sentence"])
    while any(daughter.kind == "fills" for daughter in daughters):
        fill(tissue, daughters)
    for daughter in daughters:
        if daughter.kind == "seeks":
            fill_far(tissue, daughter)
    for daughter in daughters:
        if daughter.kind == "leaves":
            add(tissue.counts.left, daughter.rule["sentence"])
    for rule in tissue.case.rules:
        mothers = [each.mother for each in daughters if each.kind == "widens" and each.rule is rule]
        if mothers:
            widen(tissue, rule, mothers)
    tissue.gates = tissue.find_gates()


def fresh(tissue: NaiveTissue, name: str) -> Cell:
    return Cell(name, dict.fromkeys(tissue.case.traits["solid"], 0.0))


def child(tissue: NaiveTissue, name: str, mother: Place) -> Cell:
    """A new cell with its mother's inherited traits."""
    cell = fresh(tissue, name)
    cell.traits |= {trait: tissue.solid[mother].traits[trait] for trait in tissue.case.inherited}
    return cell


def decide(tissue: NaiveTissue, hours: float) -> tuple[dict[Place, dict], list[Daughter]]:
    fates, daughters = {}, []
    for place in sorted(tissue.solid):
        cell = tissue.solid[place]
        for r, rule in tissue.rules(("dies", "becomes"), cell.type):
            if tissue.draw(by_chance.SOLID_LIFE, place, tissue.tick, r)[0] < chance(
                tissue.rate(rule, cell, place), hours
            ):
                fates[place] = rule
                break
        if place not in fates:
            for r, rule in tissue.rules(("divides",), cell.type):
                daughters += births(tissue, place, r, rule, hours)
    return fates, daughters


def births(tissue: NaiveTissue, place: Place, r: int, rule: dict, hours: float) -> list[Daughter]:
    rate = tissue.rate(rule, tissue.solid[place], place)
    born = []
    for n in range(by_chance.yule(tissue.draw(by_chance.SOLID_LIFE, place, tissue.tick, r)[0], rate, hours)):
        u = tissue.draw(by_chance.DAUGHTER, place, tissue.tick, n)[0]
        out_of_plane = rule["expands"] / (3.0 * rate) if tissue.dimensions == 2 else 0.0
        kind = "leaves" if u < out_of_plane else "widens" if u < rule["expands"] / rate else "fills"
        born.append(Daughter(place, rule, kind))
    return born


@cache
def search_orders(dimensions: int) -> list[dict[Place, int]]:
    """Rank of each step by growing distance, ties at random; in every turn and mirror image."""
    steps = ball(dimensions, REACH[dimensions])
    tie = {step: by_chance.uniforms(0, by_chance.RING, i, 0, 0)[0] for i, step in enumerate(steps)}
    order = sorted(steps, key=lambda step: (square(step), tie[step]))
    return [
        {
            tuple(step[axis] * sign for axis, sign in zip(axes, signs, strict=True)): i
            for i, step in enumerate(order)
        }
        for axes in permutations(range(dimensions))
        for signs in product((1, -1), repeat=dimensions)
    ]


def fill(tissue: NaiveTissue, daughters: list[Daughter]) -> None:
    """One round: everyone claims the nearest freed voxel left, the nearer mother takes it."""
    claims: dict[Place, list[tuple]] = {}
    for i, daughter in enumerate(daughters):
        if daughter.kind != "fills":
            continue
        u = tissue.draw(by_chance.EDGE, daughter.mother, tissue.tick)[0]
        orders = search_orders(tissue.dimensions)
        rank = orders[int(u * len(orders))]
        steps = {place: minus(place, daughter.mother) for place in freed(tissue, daughter)}
        near = [(rank[step], place) for place, step in steps.items() if step in rank]
        if near:
            looked, place = min(near)
            claims.setdefault(place, []).append((looked, daughter.mother, i))
        else:
            daughter.kind = "seeks"
    for place, rivals in claims.items():
        settle(tissue, daughters[min(rivals)[2]], place)


def freed(tissue: NaiveTissue, daughter: Daughter) -> list[Place]:
    return [place for place, cell in tissue.solid.items() if cell.type == daughter.rule["into"]]


def settle(tissue: NaiveTissue, daughter: Daughter, place: Place) -> None:
    tissue.solid[place] = child(tissue, daughter.rule["cell"], daughter.mother)
    add(tissue.counts.filled, daughter.rule["into"])
    add(tissue.counts.fired, daughter.rule["sentence"])
    daughter.kind = "placed"


def minus(a: Place, b: Place) -> Place:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def nearest(tissue: NaiveTissue, origin: Place, places: list[Place]) -> Place:
    """Of the nearest places the one with the highest draw."""
    closest = min(square(minus(origin, place)) for place in places)
    ties = [place for place in places if square(minus(origin, place)) == closest]
    number = tissue.number(origin)
    return max(ties, key=lambda place: tissue.draw(by_chance.EDGE, place, tissue.tick, number)[0])


def fill_far(tissue: NaiveTissue, daughter: Daughter) -> None:
    places = freed(tissue, daughter)
    if places:
        settle(tissue, daughter, nearest(tissue, daughter.mother, places))
    else:
        u = tissue.draw(by_chance.EDGE, daughter.mother, tissue.tick)[1]
        daughter.kind = "leaves" if tissue.dimensions == 2 and 3.0 * u < 1.0 else "widens"


def widen(tissue: NaiveTissue, rule: dict, mothers: list[Place]) -> None:
    """The bed gains a voxel for each daughter, and other tissue in proportion."""
    own = rule["cell"]
    present = tissue.types_at_start
    extra = {}
    for name in tissue.case.solid_types:
        if name != own:
            owed = tissue.owed.get(name, 0.0) + len(mothers) * (
                present.count(name) / max(present.count(own), 1)
            )
            extra[name] = math.floor(owed + 1e-9)
            tissue.owed[name] = owed - extra[name]
    total = len(mothers) + sum(extra.values())
    joined: dict[Place, Place] = {}  # and the mother each lies beside
    for k in range(total):
        places = edge(tissue)
        if not places:
            raise FullError
        mother = mothers[k * len(mothers) // total]
        place = nearest(tissue, mother, places)
        tissue.solid[place] = fresh(tissue, own)
        joined[place] = mother
    lay(tissue, list(joined), extra | {own: len(mothers)})
    for place, mother in joined.items():
        if tissue.solid[place].type == own:
            tissue.solid[place] = child(tissue, own, mother)
    add(tissue.counts.fired, rule["sentence"], len(mothers))
    for name, n in extra.items():
        add(tissue.counts.gained, name, n)


def edge(tissue: NaiveTissue) -> list[Place]:
    """Empty voxels that share a face with the bed."""
    faces = ball(tissue.dimensions, 1.0)[1:]
    empty = (p for p in product(*map(range, tissue.case.shape)) if p not in tissue.solid)
    return [place for place in empty if any(beside(place, step) in tissue.solid for step in faces)]


def lay(tissue: NaiveTissue, places: list[Place], wanted: dict[str, int]) -> None:
    """Grounds in the order of the texture, the types of one ground by lot."""
    case = tissue.case
    left = sorted(places, key=lambda place: (case.texture[place], place))
    for ground in case.grounds:
        n = sum(wanted[name] for name in ground)
        part, left = sorted(left[:n], key=lambda place: (case.lot[place], place)), left[n:]
        names = [name for name in ground for _ in range(wanted[name])]
        for place, name in zip(part, names, strict=True):
            tissue.solid[place] = fresh(tissue, name)
