"""The order of one tick and the clocks. See `sim/README.md` for the order in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import CELL, FIRST, LAST, PHASES, RATE, WEIGHT, Table
from il2sim.sim.counters import Counts, SimError, no_counts
from il2sim.sim.kernels import burn_in, contact_killing, immune_turnover, migration, traits
from il2sim.sim.kernels.cell_tables import Claims, TypeIndex, group_by_type
from il2sim.sim.kernels.gradients import Slopes
from il2sim.sim.kernels.neighbourhood import World, fill_view, survey_hidden
from il2sim.sim.kernels.rates import rates_of
from il2sim.sim.kernels.rng import Moment
from il2sim.sim.kernels.secreted_fields import PHASE_OF, secrete, steady_fields, zero_amounts
from il2sim.sim.kernels.thinning import no_candidates
from il2sim.sim.language.model import Rule, Walk
from il2sim.sim.sums import added
from il2sim.sim.tissue import TYPE, VOXEL, Tissue
from il2sim.sim.tumour_bed import Bed

__all__ = ["Clocks", "Counts", "Engine", "SimError"]

LOWEST_NM = -1e-4  # rounding of the field's solver: from here to 0 a value counts as 0
BLOCK = 6  # voxels; 3 x 3 blocks stand for the 150 um round a cell


@dataclass(frozen=True)
class Clocks:
    """Lengths of the steps. The tick carries moves, the others are multiples or parts of it."""

    tick_hours: float = 1.0 / 6.0
    immune_ticks: int = 3
    solid_ticks: int = 36
    contact_substeps: int = 5


@dataclass(frozen=True)
class Declared:
    """What the engine reads of a finished model beside its table."""

    rules: Sequence[Rule]
    walks: Sequence[Walk]


class Engine:
    """Advances one tissue by the rules of one table. Knows no biology and no drug."""

    def __init__(self, tissue: Tissue, table: Table, declared: Declared, seed: int, clocks: Clocks) -> None:
        self.tissue, self.table, self.seed, self.clocks = tissue, table, seed, clocks
        self.tick = 0
        lattice = tissue.lattice
        self.walks = migration.walk_table(declared.walks, table, lattice, clocks.tick_hours)
        self._steps, self._slopes = migration.steps_of(lattice), Slopes(declared.walks, table, tissue)
        self.bed = Bed(tissue, table, declared.rules)
        self._is_hit = [rule.verb == "hits" for rule in declared.rules]
        self._raised = contact_killing.raised_trait(declared.rules, table)
        cells, types = lattice.interior.size, table.rules.start.shape[1] - 1
        has_hits = self._raised >= 0
        self.contacts = contact_killing.contact_arrays(tissue, self._raised, types) if has_hits else None
        lists = np.empty(cells, np.int32), np.empty(cells, np.int32)
        self._claims = Claims(*lists, np.full(lattice.size, -1, np.int32))
        self._has_moved_slots = True  # since walkers were listed: cells came, went or were sorted
        self._paths = migration.no_paths(cells, lattice.size, types - 1)
        self._fate = np.empty(cells, np.int32)
        self._by_type = TypeIndex(np.empty(cells, np.int64), np.zeros(types + 1, np.int64))
        self._scratch = traits.scratch_for(table.bounded["immune"])
        self._found = no_candidates()
        self._rows, self._nothing_yet = np.arange(cells), np.full(cells, -1, np.int32)
        sense = slice(*table.signals.need_start[PHASES.index("sense"), [0, -1]])
        self._sees_traits = bool((table.signals.code[table.signals.needs[sense], WEIGHT] >= 0).any())
        self._view = np.zeros((0, table.signals.columns))
        self._arrival = immune_turnover.Arrival(table.initial, table.initial_is_share)
        self._block_of, self._blocks = lattice.blocks(BLOCK)
        self._steady = steady_fields(tissue, table)
        self._hidden = np.zeros((len(table.signals.code), int(np.prod(self._blocks)), 2))
        self._block_scratch = (np.zeros(self._hidden.shape[1]), np.zeros(self._hidden.shape[1]))
        self.reset_counts()
        self._make_room()

    @property
    def hour(self) -> float:
        """Hours since tick 0."""
        return self.tick * self.clocks.tick_hours

    def reset_counts(self) -> None:
        """Set all counters to 0."""
        self.counts = no_counts(len(self.table.sentences), self.table.rules.start.shape[1] - 1)
        if self.contacts is not None:
            self.contacts.killed[:] = self.contacts.killed_by[:] = 0

    def let_expand(self, sentence: str, rate: float) -> None:
        """Net growth (1/h) that the bed follows by this division rule; 0 keeps the bed as it is."""
        self.bed.ground.expands[self.table.row(sentence)] = rate

    def set_field(self, cytokine: str, concentration: NDArray[np.float64]) -> None:
        """Show a cytokine to the cells: nM per field voxel, flat. Raises SimError with tick, cytokine and
        voxel.
        """
        wrong = np.flatnonzero(~(concentration >= LOWEST_NM))
        if wrong.size:
            place = tuple(int(i) for i in np.unravel_index(wrong[0], self.tissue.field_shape))
            raise SimError(
                f"tick {self.tick}: {cytokine} is {concentration[wrong[0]]:g} nM at field voxel {place}; "
                f"{LOWEST_NM:g} or more is allowed"
            )
        self.tissue.concentration[self.table.cytokines.index(cytokine)] = np.maximum(concentration, 0.0)

    def pass_time(self, hours: float, loss: NDArray[np.float64]) -> None:
        """Let `hours` go by (`burn_in`): traits move, who is lost at loss[type] (1/h) is replaced."""
        immune = self.tissue.layers["immune"]
        group_by_type(immune, self._by_type)
        self._survey(hours)
        leap = burn_in.Leap(immune, self.table, self._arrival)
        self._sense(hours / 2.0, leap)
        burn_in.replace_some(immune, loss, Moment(self.seed, self.tick, hours), self._arrival, leap.stays)
        self._sense(hours / 2.0, leap)

    def step(self) -> None:
        """One tick. Doses and fields are the caller's, before this."""
        clocks, tissue = self.clocks, self.tissue
        self._make_room()
        immune_due, solid_due = self.tick % clocks.immune_ticks == 0, self.tick % clocks.solid_ticks == 0
        immune_hours = clocks.tick_hours * clocks.immune_ticks
        if solid_due:
            tissue.sort("immune", self._rank())
            self._has_moved_slots = True
        group_by_type(tissue.layers["immune"], self._by_type)
        if immune_due:
            self._survey(immune_hours)
            self._sense(immune_hours)
        self._move()
        self._contact()
        if solid_due:
            moment = Moment(self.seed, self.tick, clocks.tick_hours * clocks.solid_ticks)
            self.bed.grow(self._world(), self._view, moment, self._claims.claim, self.counts)
        if immune_due:
            self._live(Moment(self.seed, self.tick, immune_hours))
            self._enter(Moment(self.seed, self.tick, immune_hours))
            self._has_moved_slots = True
        self.tick += 1

    def _rank(self) -> NDArray[np.int64]:
        """Of every immune cell its type, and within it first those whose traits let them hit."""
        immune = self.tissue.layers["immune"]
        count = int(immune.count[0])
        is_able = burn_in.readiness(immune, self.table.rules, count) > 0.0
        rank: NDArray[np.int64] = 2 * immune.cell[:count, TYPE] + ~is_able
        return rank

    def _world(self) -> World:
        tissue, signals = self.tissue, self.table.signals
        return World(
            tissue.layers["solid"].type_at,
            tissue.layers["immune"],
            tissue.concentration,
            tissue.field_of,
            tissue.lattice.touching[0],
            signals.ball,
            self._hidden,
            self._block_of,
            signals.code,
            signals.needs,
            signals.need_start,
        )

    def _asks(self, phase: str) -> bool:
        """Whether any rule of a phase looks at anything."""
        start = self.table.signals.need_start[PHASES.index(phase)]
        return bool(start[0] < start[-1])

    def _make_room(self) -> None:
        """Room in the tables for this tick, and a view row for every cell and gate that may ask."""
        gates = [voxels.size for voxels in self.bed.gates.values()]
        self.tissue.make_room(added(gates))
        layers = self.tissue.layers
        solid_asks = self._asks("birth") or self._asks("exude")
        asking = [layers["immune"], layers["solid"]] if solid_asks else [layers["immune"]]
        need = max(*(len(layer.cell) for layer in asking), *gates, 1)
        if len(self._view) < need:
            self._view = np.zeros((need, self.table.signals.columns))

    def _survey(self, hours: float) -> None:
        """What a section hides of each crowd, steady cytokines as secreted now, and which way is up."""
        world = self._world()
        for s, voxels in enumerate(self.table.signals.hidden):
            if voxels > 0:
                survey_hidden(world, s, voxels / BLOCK**2, self._blocks, *self._block_scratch)
        self._secrete(hours)
        self._slopes.follow(self.tissue.concentration)

    def _secrete(self, hours: float) -> None:
        """Steady cytokines as the cells secrete them now."""
        if not self._steady:
            return
        amount, tissue = zero_amounts(self.tissue), self.tissue
        by_types = {"immune": (self._by_type, self._scratch), "solid": (self.bed.by_type, self.bed.scratch)}
        group_by_type(tissue.layers["solid"], self.bed.by_type)
        for name, (by_type, scratch) in by_types.items():
            phase, seen = PHASES.index(PHASE_OF[name]), (tissue.layers[name], by_type, self._view)
            if self._asks(PHASE_OF[name]):
                traits.look_all(self._world(), phase, *seen, scratch)
            secrete(self.table.rules, phase, *seen, tissue.field_of, scratch, amount)
        for row, field in self._steady.items():
            level = field.shown(tissue.concentration[row], amount[row], hours)
            self.set_field(self.table.cytokines[row], level)

    def _sense(self, hours: float, leap: burn_in.Leap | None = None) -> None:
        """Look round, move traits: chunk by chunk, unless some would see what others have changed already."""
        rules, world, phase = self.table.rules, self._world(), PHASES.index("sense")
        seen = (self.tissue.layers["immune"], self._by_type, self._view)
        if leap is None and not self._sees_traits:
            traits.sense(world, rules, phase, *seen, hours, self._scratch)
            return
        traits.look_all(world, phase, *seen, self._scratch)
        if leap is not None:
            leap.show(self._view, self._by_type.slot)
        traits.move_all(rules, phase, *seen, hours, self._scratch)

    def _move(self) -> None:
        immune, paths = self.tissue.layers["immune"], self._paths
        migration.draw_map(self.tissue.layers["solid"].type_at, immune.type_at, paths.byte)
        if self._has_moved_slots:
            migration.list_walkers(immune, self._by_type, self.walks, paths)
        self._has_moved_slots = False
        how = (self._steps, self.walks, self._slopes.now)
        migration.migrate(immune, *how, self.seed, self.tick, paths, self._claims)

    def _contact(self) -> None:
        if self.contacts is None:
            return
        contact_killing.contact_tick(
            self._world(),
            self.table.rules,
            self.tissue.layers["solid"],
            self._paths.hitters,
            self.contacts,
            self._raised,
            self._view,
            Moment(self.seed, self.tick, self.clocks.tick_hours),
            self.clocks.contact_substeps,
            (self._scratch, self.bed.scratch),
            self.counts.fired,
        )

    def mean_factor(self, sentence: str) -> float:
        """What an arrival's or an immune death's modifiers make of its rate now, as a mean over its gates or
        its cells; 1 where there are none.
        """
        r, rules = self.table.row(sentence), self.table.rules
        phase = "enter" if r in self.bed.gates else "life"
        return self._mean_over(r, phase, int(rules.code[r, FIRST]), int(rules.code[r, LAST]))

    def mean_factors(self, sentence: str) -> list[float]:
        """The same of each modifier alone, in their order; of hits too."""
        r, rules = self.table.row(sentence), self.table.rules
        phase = "enter" if r in self.bed.gates else "hit" if self._is_hit[r] else "life"
        each = range(int(rules.code[r, FIRST]), int(rules.code[r, LAST]))
        return [self._mean_over(r, phase, m, m + 1) for m in each]

    def _mean_over(self, r: int, phase: str, first: int, last: int) -> float:
        """Mean product of modifiers first..last-1 of rule r, over its gates or its cells."""
        rules, immune = self.table.rules, self.tissue.layers["immune"]
        code, cells = rules.code[r, CELL], immune.cell[: immune.count[0]]
        enters = phase == "enter"
        voxels = self.bed.gates[r] if enters else cells[cells[:, TYPE] == code, VOXEL]
        if voxels.size == 0 or first == last or rules.number[r, RATE] == 0.0:
            return 1.0
        self._make_room()
        rate = np.empty(voxels.size)
        fill_view(self._world(), PHASES.index(phase), code, voxels, voxels.size, self._view)
        rules = rules._replace(code=rules.code.copy())
        rules.code[r, FIRST], rules.code[r, LAST] = first, last
        layer = self.tissue.layers["solid" if enters else "immune"]
        slots = layer.slot_at[voxels].astype(np.int64)
        rates_of(rules, r, layer.trait, slots, self._view, self._rows[: voxels.size], rate)
        return float(rate.mean() / rules.number[r, RATE])

    def _live(self, moment: Moment) -> None:
        seen, room = (self._world(), self._by_type, self._view), (self._fate, self._claims, self.counts.fired)
        immune_turnover.live(self.table.rules, *seen, moment, self._found, *room)

    def _enter(self, moment: Moment) -> None:
        solid, rules = self.tissue.layers["solid"], self.table.rules
        for r, voxels in self.bed.gates.items():
            gates = immune_turnover.Gates(voxels, solid.slot_at[voxels].astype(np.int64), self._nothing_yet)
            place = (self._world(), solid, gates, self._view)
            room = (self._found, self._claims, self._arrival, self.counts.fired)
            self.counts.turned_back += immune_turnover.enter(rules, r, *place, moment, *room)
