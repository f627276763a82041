"""Walks of the naive tick: who steps where, and who wins a contested place; nothing from `sim`."""

from tests import naive_chance as by_chance
from tests.naive_chance import chance
from tests.naive_field import uphill
from tests.naive_tissue import NaiveTissue, Place


def move(tissue: NaiveTissue, tick_hours: float) -> None:
    """As many sub-moves as the fastest walk needs to cross one voxel in each."""
    kinds = tissue.case.solid_types
    voxels_per_um_min = 60.0 * tick_hours / tissue.case.voxel_um
    fastest = max(
        (speed(walk, a, b) * voxels_per_um_min for walk in tissue.case.walks for a in kinds for b in kinds),
        default=0.0,
    )
    moves = 1
    while moves < fastest - 1e-9:
        moves += 1
    for k in range(moves if tissue.case.walks else 0):
        move_once(tissue, tissue.tick * moves + k, tick_hours / moves)


def speed(walk: dict, start: str, end: str) -> float:
    """um/min from one tissue to another."""
    if end in walk["entry"] and start not in walk["within"]:
        return walk["entry"][end]
    return walk["within"].get(start, walk["speed"])


def move_once(tissue: NaiveTissue, moment: int, hours: float) -> None:
    walks = {walk["cell"]: walk for walk in tissue.case.walks}
    wishes: dict[Place, list[Place]] = {}
    for place, cell in tissue.immune.items():
        if cell.partner is not None:
            continue
        u = tissue.draw(by_chance.MOVE, place, moment)
        walk = walks.get(cell.type)
        if cell.heading == 0 or (walk and u[0] < chance(60.0 / walk["persistence"], hours)):
            cell.heading = turned(tissue, walk, place, u[1])
        goal = tissue.beside(place)[cell.heading]
        if goal not in tissue.solid or goal in tissue.immune:
            cell.heading = 0
        elif walk:
            length = sum(abs(a - b) for a, b in zip(place, goal, strict=True)) ** 0.5
            here, there = tissue.solid[place].type, tissue.solid[goal].type
            voxels_per_um_min = 60.0 * hours / tissue.case.voxel_um / length
            if u[2] < speed(walk, here, there) * voxels_per_um_min:
                wishes.setdefault(goal, []).append(place)
            elif u[2] < speed(walk, here, here) * voxels_per_um_min:
                back = tuple(2 * a - b for a, b in zip(place, goal, strict=True))
                cell.heading = tissue.beside(place).index(back)
    for goal, place in winners(tissue, by_chance.MOVE_CONTEST, moment, wishes):
        tissue.immune[goal] = tissue.immune.pop(place)


def turned(tissue: NaiveTissue, walk: dict | None, place: Place, u: float) -> int:
    """A new heading: up the slope that the walk follows, or any."""
    ways = len(tissue.touching) - 1
    if not walk or not walk["uphill"]:
        return 1 + int(u * ways)
    way, chance_up = uphill(tissue, place, **walk["uphill"])
    return way if u < chance_up else 1 + int((u - chance_up) / (1.0 - chance_up) * ways)


def winners(
    tissue: NaiveTissue, stream: int, moment: int, wishes: dict[Place, list[Place]]
) -> list[tuple[Place, Place]]:
    """Who gets each goal: the highest draw of the goal for where its rivals come from."""
    return [
        (goal, max(rivals, key=lambda place: tissue.draw(stream, goal, moment, tissue.number(place))[0]))
        for goal, rivals in wishes.items()
    ]
