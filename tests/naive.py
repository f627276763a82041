"""One tick once more in obvious Python, slow on purpose: what the engine does must agree cell by cell.

It imports nothing from `sim`: random numbers, chances, rates and searches are written again beside it.
"""

import math
from collections.abc import Iterable

from tests import naive_chance as by_chance
from tests.naive_chance import chance
from tests.naive_field import spread
from tests.naive_growth import fresh, grow
from tests.naive_moves import move, winners
from tests.naive_tissue import Case, Cell, NaiveTissue, Place, add

HEALED = 0.05  # hits; a smaller wound is closed


class Naive:
    """A tissue and its clock."""

    def __init__(self, case: Case, solid: dict[Place, Cell], immune: dict[Place, Cell]) -> None:
        self.tissue = NaiveTissue(case, solid, immune)

    def pass_time(self, hours: float, loss: dict[str, float]) -> None:
        """Traits alone live on, each cell as long engaged as others of its kind that hit as readily; half
        way, newcomers of the same kind take the places of the lost.
        """
        tissue = self.tissue
        tissue.survey()
        spread(tissue, hours)
        tissue.engaged_share = engaged_shares(tissue)
        sense(tissue, hours / 2.0)
        for place, cell in tissue.immune.items():
            if tissue.draw(by_chance.BURN_IN, place, tissue.tick)[0] < chance(loss[cell.type], hours):
                kept = {trait: cell.traits[trait] for trait in tissue.staying}
                cell.traits = first_traits(tissue, by_chance.BURN_IN_TRAIT, cell.type, place) | kept
        sense(tissue, hours / 2.0)
        tissue.engaged_share = {}

    def step(self) -> None:
        tissue, case = self.tissue, self.tissue.case
        hours = case.tick_hours
        is_immune_tick = tissue.tick % case.immune_ticks == 0
        if is_immune_tick:
            tissue.survey()
            spread(tissue, hours * case.immune_ticks)
            sense(tissue, hours * case.immune_ticks)
        move(tissue, hours)
        contact(tissue, hours / case.substeps)
        if tissue.tick % case.solid_ticks == 0:
            grow(tissue, hours * case.solid_ticks)
        if is_immune_tick:
            live(tissue, hours * case.immune_ticks)
            for r, rule in enumerate(case.rules):
                if rule["verb"] == "enters":
                    enter(tissue, r, rule, hours * case.immune_ticks)
        tissue.tick += 1


def engaged_shares(tissue: NaiveTissue) -> dict[int, float]:
    """Of each cell, by a straight line through its kind, how long cells that hit as readily are engaged."""
    kinds: dict[tuple, list[Cell]] = {}
    for cell in tissue.immune.values():
        kinds.setdefault(tissue.kind(cell), []).append(cell)
    shares: dict[int, float] = {}
    for cells in kinds.values():
        ready = [readiness(tissue, cell) for cell in cells]
        engaged = [float(cell.partner is not None) for cell in cells]
        middle, share = sum(ready) / len(cells), sum(engaged) / len(cells)
        spread = sum((x - middle) ** 2 for x in ready)
        together = sum((x - middle) * (y - share) for x, y in zip(ready, engaged, strict=True))
        slope = together / spread if spread > 1e-12 * len(cells) * middle**2 else 0.0
        for cell, x in zip(cells, ready, strict=True):
            shares[id(cell)] = min(max(share + slope * (x - middle), 0.0), 1.0)
    return shares


def readiness(tissue: NaiveTissue, cell: Cell) -> float:
    """What its traits let a cell hit in an hour."""
    return sum(
        rule["rate"]
        * math.prod(
            by_chance.respond(m, cell.traits[m["name"]]) for m in rule["modifiers"] if m["source"] == "trait"
        )
        for _, rule in tissue.rules(("hits",), cell.type, contact=True)
    )


def relaxed(tissue: NaiveTissue, cell: Cell, place: Place, rules: Iterable, hours: float) -> dict[str, float]:
    """A cell's traits some hours later."""
    gain, loss = dict.fromkeys(cell.traits, 0.0), dict.fromkeys(cell.traits, 0.0)
    for _, rule in rules:
        (gain if rule["verb"] == "rises" else loss)[rule["other"]] += tissue.rate(rule, cell, place)
    bounded = tissue.case.bounded
    return {t: by_chance.relax(x, gain[t], loss[t], bounded[t], hours) for t, x in cell.traits.items()}


def sense(tissue: NaiveTissue, hours: float) -> None:
    """All cells look before any changes."""
    after = {
        place: relaxed(tissue, cell, place, tissue.rules(("rises", "falls"), cell.type), hours)
        for place, cell in tissue.immune.items()
    }
    for place, traits in after.items():
        tissue.immune[place].traits = traits


def contact(tissue: NaiveTissue, hours: float) -> None:
    """Hits, wounds and lysis in sub-steps; who can hit and how fast is settled at the start."""
    hitters = []
    for place, cell in tissue.immune.items():
        for r, rule in tissue.rules(("hits",), cell.type, contact=True):
            if cell.partner is not None and tissue.solid[cell.partner].type != rule["other"]:
                cell.partner = None
            hitters.append((place, cell, r, rule, tissue.rate(rule, cell, place)))
    for k in range(tissue.case.substeps):
        moment = tissue.tick * tissue.case.substeps + k
        hits: dict[Place, int] = {}
        for hitter in hitters:
            strike(tissue, hitter, moment, hours, hits)
        killers = {place: suffer(tissue, place, hits.get(place, 0), moment, hours) for place in tissue.solid}
        lysed = {place: rule for place, rule in killers.items() if rule is not None}
        for place, rule in lysed.items():
            add(tissue.counts.fired, rule["sentence"])
            tissue.solid[place] = fresh(tissue, rule["other"])
        for _, cell, *_ in hitters:
            if cell.partner in lysed:
                cell.partner = None


def strike(tissue: NaiveTissue, hitter: tuple, moment: int, hours: float, hits: dict[Place, int]) -> None:
    place, cell, r, rule, kills = hitter
    u_release, u_hits, u_victim, _ = tissue.draw(by_chance.HIT, place, moment, r)
    if cell.partner is not None and u_release < chance(rule["release"], hours):
        cell.partner = None
        return
    around = [p for p in tissue.beside(place) if p in tissue.solid and tissue.solid[p].type == rule["other"]]
    if cell.partner is None and not around:
        return
    victim = cell.partner or around[int(u_victim * len(around))]
    exposed = 1.0
    for modifier in rule["target"]:
        exposed *= tissue.factor(modifier, tissue.solid[victim], victim)
    n = by_chance.poisson(u_hits, by_chance.hits_for(rule["law"], kills * min(exposed, 1.0)) * hours)
    if n > 0:
        cell.partner = victim
        hits[victim] = hits.get(victim, 0) + n


def suffer(tissue: NaiveTissue, place: Place, hits: int, moment: int, hours: float) -> dict | None:
    """Heal for half the time, take the hits, perhaps die, heal for the other half; the rule it died of."""
    cell = tissue.solid[place]
    for trait in tissue.contact_traits:
        if hits == 0 and cell.traits[trait] == 0.0:
            return None
        healing = tissue.rules(("rises", "falls"), cell.type, contact=True)
        cell.traits = relaxed(tissue, cell, place, healing, 0.5 * hours)
        cell.traits[trait] += hits
        for r, rule in tissue.rules(("dies",), cell.type, contact=True):
            if tissue.draw(by_chance.LYSIS, place, moment, r)[0] < chance(
                tissue.rate(rule, cell, place), hours
            ):
                return rule
        cell.traits = relaxed(tissue, cell, place, healing, 0.5 * hours)
        if cell.traits[trait] <= HEALED:
            cell.traits[trait] = 0.0
    return None


def free_place(tissue: NaiveTissue, place: Place, u: float) -> Place | None:
    free = [p for p in tissue.beside(place) if p in tissue.solid and p not in tissue.immune]
    return free[int(u * len(free))] if free else None


def live(tissue: NaiveTissue, hours: float) -> None:
    """Death goes before change, change before division; nobody sees what others do in this tick."""
    lost, mothers, wishes = {}, {}, {}
    for place, cell in tissue.immune.items():
        for r, rule in tissue.rules(("dies", "becomes", "divides"), cell.type):
            rate = tissue.rate(rule, cell, place)
            u, u_place, _, _ = tissue.draw(by_chance.LIFE, place, tissue.tick, r)
            if u < chance(rate, hours) and rule["verb"] != "divides":
                lost[place] = rule
                break
            if u < chance(rate, hours):
                mothers[place] = rule
                goal = free_place(tissue, place, u_place)
                if goal is not None:
                    wishes.setdefault(goal, []).append(place)
                break
    for goal, place in winners(tissue, by_chance.LIFE_CONTEST, tissue.tick, wishes):
        divide(tissue, place, goal, mothers[place])
    for place, rule in lost.items():
        add(tissue.counts.fired, rule["sentence"])
        cell = tissue.immune.pop(place)
        if rule["other"]:
            traits = dict.fromkeys(cell.traits, 0.0)
            tissue.immune[place] = Cell(rule["other"], traits, cell.heading)


def divide(tissue: NaiveTissue, place: Place, goal: Place, rule: dict) -> None:
    mother = tissue.immune[place]
    daughter = Cell(mother.type, mother.traits | rule["daughters"])
    for cell in (mother, daughter):
        cell.traits = {name: value + rule["counts"].get(name, 0.0) for name, value in cell.traits.items()}
    tissue.immune[goal] = daughter
    add(tissue.counts.fired, rule["sentence"])


def enter(tissue: NaiveTissue, r: int, rule: dict, hours: float) -> None:
    """Arrivals through the voxels of one type; without room they turn back."""
    wishes: dict[Place, list[Place]] = {}
    for gate in tissue.gates[r]:
        u, u_place, _, _ = tissue.draw(by_chance.ENTER, gate, tissue.tick, r)
        if u < chance(tissue.rate(rule, tissue.solid[gate], gate), hours):
            goal = free_place(tissue, gate, u_place)
            if goal is None:
                tissue.counts.turned_back += 1
            else:
                wishes.setdefault(goal, []).append(gate)
    for goal, rivals in wishes.items():
        tissue.counts.turned_back += len(rivals) - 1
        tissue.immune[goal] = Cell(
            rule["cell"], first_traits(tissue, by_chance.ENTER_TRAIT, rule["cell"], goal)
        )
        add(tissue.counts.fired, rule["sentence"])


def first_traits(tissue: NaiveTissue, stream: int, name: str, place: Place) -> dict[str, float]:
    """A new cell's traits: a value, or 1 with a chance."""
    traits = {}
    for t, trait in enumerate(tissue.case.traits["immune"]):
        value, is_share = tissue.case.starts.get((name, trait), (0.0, False))
        u = tissue.draw(stream, place, tissue.tick, t)[0]
        traits[trait] = float(u < value) if is_share else value
    return traits
