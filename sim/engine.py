"""The order of one tick, the clocks and the ledger of cells. See `sim/README.md` for the order in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import contacts, growth, motion, renewal, sensing
from sim.model import Rule, Walk
from sim.looking import World, look, survey_hidden
from sim.cells import group_by_type
from sim.rates import probability
from sim.rng import Moment
from sim.table import CELL, OTHER, PHASES, Table
from sim.tissue import TYPE, VOXEL, Tissue

LOWEST_NM = -1e-4  # model.md, IL-2: from here to 0 a value counts as 0
BLOCK = 6  # voxels; 3 x 3 blocks stand for the 150 um round a cell


class SimError(RuntimeError):
    """A run that cannot go on; one sentence with the hour and the place."""


@dataclass(frozen=True)
class Clocks:
    """Lengths of the steps. The tick carries moves, the others are multiples or parts of it."""

    tick_hours: float = 1.0 / 6.0
    immune_ticks: int = 3
    solid_ticks: int = 36
    contact_substeps: int = 5


@dataclass
class Counts:
    """What happened so far, by rule and by type."""

    fired: NDArray[np.int64]  # [rules]
    left: NDArray[np.int64]  # [rules] daughters that left the plane
    filled: NDArray[np.int64]  # [solid types + 1] freed voxels that daughters took
    gained: NDArray[np.int64]  # [solid types + 1] voxels that joined the bed with a daughter
    turned_back: int = 0  # arrivals that found no room


class Engine:
    """Advances one tissue by the rules of one table. Knows no biology and no drug."""

    def __init__(self, tissue: Tissue, table: Table, rules: Sequence[Rule], walks: Sequence[Walk], seed: int, clocks: Clocks) -> None:
        self.tissue, self.table, self.seed, self.clocks = tissue, table, seed, clocks
        self.tick = 0
        types = table.rules.start.shape[1] - 2
        self.reset_counts()
        self.gait, self.moves = self._gait(walks, types)
        self._prepare_survey()
        self._prepare_growth(rules)
        self._prepare_scratch()

    @property
    def hour(self) -> float:
        return self.tick * self.clocks.tick_hours

    def reset_counts(self) -> None:
        """Begin the books anew."""
        rules, types = len(self.table.sentences), self.table.rules.start.shape[1] - 1
        self.counts = Counts(*(np.zeros(n, np.int64) for n in (rules, rules, types, types)))

    def pass_time(self, hours: float, loss: NDArray[np.float64]) -> None:
        """Let `hours` go by for traits alone: cells lost at rate loss[type] (1/h) give place to new arrivals.

        Between such leaps ordinary ticks keep cells walking and hitting, so that traits average over places.
        """
        immune = self.tissue.layers["immune"]
        moment = Moment(self.seed, self.tick, hours)
        renewal.replace_some(immune, loss, moment, self.table.initial, self.table.initial_is_share)
        self._survey(self._world())
        group_by_type(immune, self.group, self.start)
        self._sense(hours)

    def set_field(self, cytokine: str, concentration: NDArray[np.float64]) -> None:
        """Show a cytokine to the cells: nM per field voxel, flat. Raises SimError with tick, cytokine and voxel."""
        wrong = np.flatnonzero(~(concentration >= LOWEST_NM))
        if wrong.size:
            place = tuple(int(i) for i in np.unravel_index(wrong[0], self.tissue.field_shape))
            found = concentration[wrong[0]]
            raise SimError(f"tick {self.tick}: {cytokine} is {found:g} nM at field voxel {place}; {LOWEST_NM:g} or more is allowed")
        self.tissue.concentration[self.table.cytokines.index(cytokine)] = np.maximum(concentration, 0.0)

    def let_expand(self, sentence: str, rate: float) -> None:
        """Net growth (1/h) that the bed follows by this division rule; 0 keeps the bed as it is."""
        self.ground.expands[self.table.row(sentence)] = rate

    def step(self) -> None:
        """One tick. Doses and fields are the caller's, before this."""
        clocks, tissue = self.clocks, self.tissue
        tissue.make_room()
        self._make_room()
        immune_due, solid_due = self.tick % clocks.immune_ticks == 0, self.tick % clocks.solid_ticks == 0
        if solid_due:
            tissue.sort("immune")
        group_by_type(tissue.layers["immune"], self.group, self.start)
        if immune_due:
            self._survey(self._world())
            self._sense(clocks.tick_hours * clocks.immune_ticks)
        self._move()
        self._contact()
        if solid_due:
            self._grow()
        if immune_due:
            self._renew(Moment(self.seed, self.tick, clocks.tick_hours * clocks.immune_ticks))
        self.tick += 1

    def _world(self) -> World:
        tissue, signals = self.tissue, self.table.signals
        return World(
            tissue.layers["solid"].type_at, tissue.layers["immune"], tissue.concentration, tissue.field_of,
            tissue.lattice.touching[0], signals.ball, self.hidden, self.block_of, signals.code, signals.needs, signals.need_start,
        )  # fmt: skip

    def _look(self, phase: str, layer: str) -> None:
        """Fill the view with what the cells of a layer need in a phase; rows are slots."""
        p, cells = PHASES.index(phase), self.tissue.layers[layer]
        if self.table.signals.need_start[p, 0] < self.table.signals.need_start[p, -1]:
            look(self._world(), p, cells.cell[:, TYPE], cells.cell[:, VOXEL], int(cells.count[0]), self.view)

    def _sense(self, hours: float) -> None:
        self._look("sense", "immune")
        immune, phase = self.tissue.layers["immune"], PHASES.index("sense")
        sensing.sense(self.table.rules, phase, immune, self.group, self.start, self.view, hours, self.bench["immune"])

    def _gait(self, walks: Sequence[Walk], types: int) -> tuple[motion.Gait, int]:
        solid = self.table.cells["solid"]
        speed = np.zeros((types + 1, types + 1, types + 1))
        turning = np.zeros(types + 1)
        for walk in walks:
            code = self.table.code(walk.cell)
            for a, start in enumerate(solid[1:], 1):
                for b, end in enumerate(solid[1:], 1):
                    crosses = end in walk.entry and start not in walk.within
                    speed[code, a, b] = walk.entry[end] if crosses else walk.within.get(start, walk.speed)
            turning[code] = 60.0 / walk.persistence_min  # 1/h
        tick_min = 60.0 * self.clocks.tick_hours
        reach = speed * tick_min / self.tissue.lattice.voxel_um  # voxels per tick
        moves = max(1, math.ceil(reach.max() - 1e-9)) if len(walks) else 0
        hours = self.clocks.tick_hours / max(moves, 1)
        return motion.Gait(reach / max(moves, 1), np.array([probability(rate, hours) for rate in turning])), moves

    def _prepare_survey(self) -> None:
        self.block_of, self.blocks = self.tissue.lattice.blocks(BLOCK)
        n = int(np.prod(self.blocks))
        self.hidden = np.zeros((len(self.table.signals.code), n, 2))
        self.block_scratch = (np.zeros(n), np.zeros(n))

    def _survey(self, world: World) -> None:
        for s, voxels in enumerate(self.table.signals.hidden):
            if voxels > 0:
                survey_hidden(world, s, voxels / BLOCK**2, self.blocks, *self.block_scratch)

    def _prepare_growth(self, rules: Sequence[Rule]) -> None:
        lattice = self.tissue.lattice
        strides = np.array([int(np.prod(lattice.padded[axis + 1 :])) for axis in range(lattice.dimensions)])
        expands = np.array([rule.expands for rule in rules])
        into = np.array([self.table.code(rule.into) if rule.into else 0 for rule in rules], np.int16)
        section = lattice.dimensions == 2
        self.ground = growth.Ground(lattice.search_orders, lattice.faces, strides, expands, into, section)
        self.owed = np.zeros(self.counts.gained.size)  # voxels of other tissue that the bed still has to gain
        self.enters = [r for r, rule in enumerate(rules) if rule.verb == "enters"]
        self.find_gates()
        raised = {self.table.trait(rule.raises) for rule in rules if rule.verb == "hits"}
        if len(raised) > 1:
            raise SimError("hits raise more than one trait: all hits must raise the same one")
        self.raised = raised.pop() if raised else -1

    def find_gates(self) -> None:
        """Where each arrival rule lets cells in; the solid layer changes on its own clock only."""
        interior, solid = self.tissue.lattice.interior, self.tissue.layers["solid"]
        self.gates = {r: interior[solid.type_at[interior] == self.table.rules.code[r, OTHER]] for r in self.enters}

    def _prepare_scratch(self) -> None:
        lattice = self.tissue.lattice
        size, cells = lattice.size, lattice.interior.size
        self.claim = np.full(size, -1, np.int32)
        self.target, self.fate = np.empty(cells, np.int32), np.empty(cells, np.int32)
        self.reached, self.place = np.empty(cells, np.int32), np.empty(cells, np.int8)
        self.mothers, self.rules_of = np.empty(cells, np.int32), np.empty(cells, np.int32)
        self.edge = np.empty(2 * cells + 64, np.int32)
        self.bench = {name: sensing.bench(bounded) for name, bounded in self.table.bounded.items()}
        self.group, self.start = np.empty(cells, np.int64), np.zeros(self.table.rules.start.shape[1], np.int64)
        hitters = [np.empty(cells, kind) for kind in (np.int64, np.int64, np.int64, np.int64, np.float64)]
        self.fray = contacts.Fray(
            *hitters, np.empty(size, np.int32), np.empty(sensing.CHUNK, np.int64), np.arange(cells), np.empty(size, np.int32),
            np.zeros(3, np.int64),
            np.zeros(size, np.bool_), np.zeros(size, np.int32), np.zeros(size, np.bool_),
        )  # fmt: skip
        self.view = np.zeros((0, self.table.signals.columns))
        self._make_room()
        self._list_wounded()

    def _make_room(self) -> None:
        """A view row for every cell that may ask in this tick."""
        solid_asks = bool(np.diff(self.table.signals.need_start[PHASES.index("birth"), [0, -1]])[0])
        layers = self.tissue.layers
        need = len(layers["solid" if solid_asks else "immune"].cell)
        if len(self.view) < need:
            self.view = np.zeros((need, self.table.signals.columns))

    def _list_wounded(self) -> None:
        """The wounded of a tissue taken over from elsewhere."""
        solid = self.tissue.layers["solid"]
        if self.raised >= 0:
            wounded = np.sort(solid.cell[np.flatnonzero(solid.trait[: solid.count[0], self.raised] > 0.0), VOXEL])
            self.fray.wounded[: wounded.size] = wounded
            self.fray.is_listed[wounded] = True
            self.fray.count[1] = wounded.size

    def _move(self) -> None:
        if self.moves:
            layers, (near, length) = self.tissue.layers, self.tissue.lattice.touching
            motion.migrate(
                layers["immune"], layers["solid"].type_at, near, length, self.gait, self.seed, self.tick,
                self.moves, self.target, self.claim,
            )  # fmt: skip

    def _contact(self) -> None:
        if self.raised >= 0:
            clocks = self.clocks
            moment = Moment(self.seed, self.tick, clocks.tick_hours)
            contacts.contact_tick(
                self._world(), self.table.rules, self.tissue.layers["solid"], self.group, self.start, self.fray, self.raised,
                self.view, moment, clocks.contact_substeps, (self.bench["immune"], self.bench["solid"]),
                self.counts.fired,
            )  # fmt: skip

    def _grow(self) -> None:
        hours = self.clocks.tick_hours * self.clocks.solid_ticks
        lattice, solid, counts, rules = self.tissue.lattice, self.tissue.layers["solid"], self.counts, self.table.rules
        daughters = (self.mothers, self.rules_of, self.place)
        self._look("birth", "solid")
        moment = Moment(self.seed, self.tick, hours)
        group_by_type(solid, self.group, self.start)
        born = growth.decide_solid(
            rules, solid, self.group, self.start, self.view, self.ground, moment, self.bench["solid"], self.fate, *daughters
        )
        if born < 0:
            raise SimError(f"hour {self.hour:g}: more daughters in one step than voxels; lower the birth rate or the solid clock")
        in_order = np.lexsort((np.arange(born), self.mothers[:born]))  # by voxel: no trace of the table's order
        for part in daughters:
            part[:born] = part[:born][in_order]
        growth.change_types(rules, solid, self.fate, counts.fired)
        counts.left += np.bincount(self.rules_of[:born][self.place[:born] == 0], minlength=counts.left.size)
        growth.fill(rules, solid, self.ground, moment, born, *daughters, self.reached, self.claim, counts.filled, counts.fired)
        for wanted in {int(self.ground.into[r]) for r in self.rules_of[:born][self.place[:born] == growth.SEEKS]}:
            found = growth.list_type(solid, lattice.interior, wanted, self.edge)
            growth.fill_far(rules, solid, self.ground, moment, born, *daughters, self.edge, found, counts.filled, counts.fired)
        for r in np.unique(self.rules_of[:born][self.place[:born] == growth.WIDENS]):
            chosen = (self.place[:born] == growth.WIDENS) & (self.rules_of[:born] == r)
            self._widen(int(r), self.mothers[:born][chosen], moment)
        self.tissue.bed |= solid.type_at > 0
        self.find_gates()

    def _widen(self, r: int, mothers: NDArray[np.int32], moment: Moment) -> None:
        """The bed gains a voxel for each daughter, and other tissue with it so that its mix stays what it is."""
        tissue, lattice, rules = self.tissue, self.tissue.lattice, self.table.rules
        solid, own = tissue.layers["solid"], int(rules.code[r, CELL])
        self.owed += mothers.size * self._mix(own)
        extra = np.floor(self.owed + 1e-9).astype(np.int64)
        self.owed -= extra
        total = mothers.size + int(extra.sum())
        origins = mothers[np.arange(total) * mothers.size // total]
        joined = np.empty(origins.size, np.int64)
        tissue.make_room()
        solid = tissue.layers["solid"]
        edges = growth.list_edge(solid, lattice.interior, lattice.faces, self.edge)
        if not growth.widen(solid, self.ground, moment, origins, own, self.edge, edges, joined):
            raise SimError(f"hour {self.hour:g}: the tumour fills the whole lattice; give `space.margin` more room")
        extra[own] += mothers.size
        voxels, types = tissue.mosaic.lay(joined, extra)
        growth.settle_types(solid, voxels, types)
        self.counts.fired[r] += mothers.size
        extra[own] -= mothers.size
        self.counts.gained += extra

    def _mix(self, own: int) -> NDArray[np.float64]:
        """Voxels of every other solid type per voxel of `own`, by code."""
        count = self.tissue.counts("solid", self.counts.gained.size - 1).astype(float)
        count[[0, own]] = 0.0
        return count / max(float(self.tissue.counts("solid", own)[own]), 1.0)

    def _renew(self, moment: Moment) -> None:
        counts, layers, near = self.counts, self.tissue.layers, self.tissue.lattice.touching[0]
        immune, solid, rules, bench = layers["immune"], layers["solid"], self.table.rules, self.bench["immune"]
        self._look("life", "immune")
        group_by_type(immune, self.group, self.start)
        renewal.live(
            rules, immune, solid.type_at, near, self.group, self.start, self.view, moment, bench,
            self.fate, self.target, self.claim, counts.fired,
        )  # fmt: skip
        phase = PHASES.index("enter")
        looks = self.table.signals.need_start[phase, -1] > self.table.signals.need_start[phase, 0]
        for r, gates in self.gates.items():
            if looks:
                look(self._world(), phase, np.full(gates.size, rules.code[r, CELL]), gates, gates.size, self.view)
            slots = solid.slot_at[gates].astype(np.int64)
            counts.turned_back += renewal.enter(
                rules, r, immune, solid, near, gates, slots, self.view, self.fray.row, moment, bench,
                self.target, self.claim, self.table.initial, self.table.initial_is_share, counts.fired,
            )  # fmt: skip
