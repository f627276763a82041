"""Walks of the naive tick: who steps where, and who wins a contested place; nothing from `sim`."""

from tests import naive_chance as by_chance
from tests.naive_chance import chance
from tests.naive_field import uphill
from tests.naive_tissue import Cell, NaiveTissue, Place


def move(tissue: NaiveTissue, tick_hours: float) -> None:
    """Whoever can never hit walks a path and contests its end; hitters contest every sub-move.

    As many sub-moves as the fastest walk needs to cross one voxel in each.
    """
    kinds, walks = tissue.case.solid_types, {walk["cell"]: walk for walk in tissue.case.walks}
    voxels_per_um_min = 60.0 * tick_hours / tissue.case.voxel_um
    fastest = max(
        (speed(walk, a, b) * voxels_per_um_min for walk in walks.values() for a in kinds for b in kinds),
        default=0.0,
    )
    moves = 1
    while moves < fastest - 1e-9:
        moves += 1
    walkers = [cell for cell in tissue.immune.values() if cell.type in walks]
    wanderers = [cell for cell in walkers if not may_hit(tissue, cell)]
    hitters = [cell for cell in walkers if may_hit(tissue, cell) and cell.partner is None]
    walk_and_contest(tissue, wanderers, walks, tissue.tick * moves, moves, tick_hours / moves)
    for k in range(moves):
        walk_and_contest(tissue, hitters, walks, tissue.tick * moves + k, 1, tick_hours / moves)


def may_hit(tissue: NaiveTissue, cell: Cell) -> bool:
    """Unless a trait that it keeps for life, and that multiplies each of its hits, is 0."""
    needs = [
        {m["name"] for m in rule["modifiers"] if (m["source"], m["kind"]) == ("trait", "times")}
        for _, rule in tissue.rules(("hits",), cell.type, contact=True)
    ]
    kept = set(tissue.staying).intersection(*needs) if needs else set()
    return bool(needs) and all(cell.traits[trait] > 0.0 for trait in kept)


def walk_and_contest(
    tissue: NaiveTissue, cells: list[Cell], walks: dict[str, dict], moment: int, moves: int, hours: float
) -> None:
    """Paths over the tissue as it is now, then the contest of where they end."""
    place_of = {id(cell): place for place, cell in tissue.immune.items()}
    wishes: dict[Place, list[Place]] = {}
    for cell in cells:
        start = place_of[id(cell)]
        end = path(tissue, cell, walks[cell.type], start, moment, moves, hours)
        if end != start:
            wishes.setdefault(end, []).append(start)
    for goal, place in winners(tissue, by_chance.MOVE_CONTEST, moment, wishes):
        tissue.immune[goal] = tissue.immune.pop(place)


def speed(walk: dict, start: str, end: str) -> float:
    """um/min from one tissue to another."""
    if end in walk["entry"] and start not in walk["within"]:
        return walk["entry"][end]
    return walk["within"].get(start, walk["speed"])


def path(
    tissue: NaiveTissue, cell: Cell, walk: dict, start: Place, moment: int, moves: int, hours: float
) -> Place:
    """Where so many sub-moves lead; the cell's heading turns on the way."""
    at = start
    for k in range(moves):
        step, turn = tissue.words(by_chance.MOVE, start, moment, k // 2)[2 * (k % 2) : 2 * (k % 2) + 2]
        if cell.heading == 0 or turn // 2**16 < round(chance(60.0 / walk["persistence"], hours) * 2**15):
            cell.heading = turned(tissue, walk, at, turn % 2**16)
        goal = tissue.beside(at)[cell.heading]
        if goal not in tissue.solid or (goal in tissue.immune and goal != start):
            cell.heading = 0
            continue
        length = sum(abs(a - b) for a, b in zip(at, goal, strict=True)) ** 0.5
        here, there = tissue.solid[at].type, tissue.solid[goal].type
        if step < steps_in(tissue, speed(walk, here, there), length, hours):
            at = goal
        elif step < steps_in(tissue, speed(walk, here, here), length, hours):
            back = tuple(2 * a - b for a, b in zip(at, goal, strict=True))
            cell.heading = tissue.beside(at).index(back)
    return at


def steps_in(tissue: NaiveTissue, um_min: float, length: float, hours: float) -> int:
    """Of 2**31 draws how many make a step of so many voxels."""
    return round(min(um_min * 60.0 * hours / tissue.case.voxel_um / length, 1.0) * 2**31)


def turned(tissue: NaiveTissue, walk: dict, place: Place, number: int) -> int:
    """A new heading, of 16 bits: up the slope that the walk follows, or any."""
    ways = len(tissue.touching) - 1
    if not tissue.has_slopes:
        return 1 + number * ways // 2**16
    u = (number + 0.5) / 2**16
    if walk["uphill"]:
        way, chance_up = uphill(tissue, place, **walk["uphill"])
        if u < chance_up:
            return way
        u = (u - chance_up) / (1.0 - chance_up)
    return 1 + int(u * ways)


def winners(
    tissue: NaiveTissue, stream: int, moment: int, wishes: dict[Place, list[Place]]
) -> list[tuple[Place, Place]]:
    """Who gets each goal: the highest draw of the goal for where its rivals come from."""
    return [
        (goal, max(rivals, key=lambda place: tissue.draw(stream, goal, moment, tissue.number(place))[0]))
        for goal, rivals in wishes.items()
    ]
