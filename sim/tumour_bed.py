"""The solid layer on its clock: who is lost, cleared and born, and how the bed grows in its first mix."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import CELL, OTHER, Table
from il2sim.sim.counters import Counts, SimError
from il2sim.sim.kernels import tumour_growth
from il2sim.sim.kernels.cell_tables import TypeIndex, group_by_type, list_edge, list_type
from il2sim.sim.kernels.neighbourhood import World
from il2sim.sim.kernels.rng import Moment
from il2sim.sim.kernels.thinning import no_candidates
from il2sim.sim.kernels.traits import scratch_for
from il2sim.sim.language.model import Rule
from il2sim.sim.tissue import Tissue


class Bed:
    """Room and lists for the growth of one tissue."""

    def __init__(self, tissue: Tissue, table: Table, rules: Sequence[Rule]) -> None:
        self.tissue, self.table = tissue, table
        lattice = tissue.lattice
        expands = np.array([rule.expands for rule in rules])
        into = np.array([table.code(rule.into) if rule.into else 0 for rule in rules], np.int16)
        section = lattice.dimensions == 2
        self.ground = tumour_growth.Ground(
            lattice.search_orders, lattice.faces, lattice.strides, expands, into, section, table.inherited
        )
        cells = lattice.interior.size
        self.by_type = TypeIndex(np.empty(cells, np.int64), np.zeros(table.rules.start.shape[1], np.int64))
        self.scratch = scratch_for(table.bounded["solid"])
        self._found = no_candidates()
        self.fate, self.reached = np.empty(cells, np.int32), np.empty(cells, np.int32)
        self.daughters = (np.empty(cells, np.int32), np.empty(cells, np.int32), np.empty(cells, np.int8))
        self.places = np.empty((lattice.dimensions + 1) * cells, np.int32)  # repeats: one for each face
        self._at_start = tissue.counts("solid", table.rules.start.shape[1] - 2).astype(float)
        self._enters = [r for r, rule in enumerate(rules) if rule.verb == "enters"]
        self.gates = self._find_gates()

    def grow(
        self,
        world: World,
        view: NDArray[np.float64],
        moment: Moment,
        claim: NDArray[np.int32],
        counts: Counts,
    ) -> None:
        """One solid tick. `view` is scratch, and so is `claim`, -1 everywhere."""
        solid, rules, ground = self.tissue.layers["solid"], self.table.rules, self.ground
        group_by_type(solid, self.by_type)
        born = tumour_growth.decide_solid(
            rules, world, solid, self.by_type, view, ground, moment, self._found, self.fate, *self.daughters
        )
        if born < 0:
            raise SimError(
                f"tick {moment.tick}: more daughters in one step than voxels; "
                "lower the birth rate or the solid clock"
            )
        mothers, rules_of, place = self._in_order(int(born))
        tumour_growth.change_types(rules, solid, self.fate, counts.fired)
        lists = (born, *self.daughters)
        tumour_growth.fill(
            rules, solid, ground, moment, *lists, self.reached, claim, counts.filled, counts.fired
        )
        for wanted in sorted({int(ground.into[r]) for r in rules_of[place == tumour_growth.SEEKS]}):
            found = self.places[: list_type(solid, self.tissue.lattice.interior, wanted, self.places)]
            tumour_growth.fill_far(
                rules, solid, ground, moment, *lists, found, wanted, counts.filled, counts.fired
            )
        counts.left += np.bincount(rules_of[place == tumour_growth.LEFT], minlength=counts.left.size)
        for r in np.unique(rules_of[place == tumour_growth.WIDENS]):
            self._widen(int(r), mothers[(place == tumour_growth.WIDENS) & (rules_of == r)], moment, counts)
        self.tissue.bed |= self.tissue.layers["solid"].type_at > 0
        self.gates = self._find_gates()

    def _in_order(self, born: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]:
        """The lists of daughters by their mother's voxel, so that the table's order leaves no trace."""
        mothers, rules_of, place = self.daughters
        mothers, rules_of, place = mothers[:born], rules_of[:born], place[:born]
        order = np.lexsort((np.arange(born), mothers))
        for part in (mothers, rules_of, place):
            part[:] = part[order]
        return mothers, rules_of, place

    def _widen(self, r: int, mothers: NDArray[np.int32], moment: Moment, counts: Counts) -> None:
        """The bed gains a voxel for each daughter, and other tissue with it in the mix it began with.

        In the mix of the moment the last cells of a cleared tumour would each bring as much as is left of it.
        """
        tissue, own = self.tissue, int(self.table.rules.code[r, CELL])
        counts.owed += mothers.size * self._mix(own)
        extra = np.floor(counts.owed + 1e-9).astype(np.int64)
        counts.owed -= extra
        total = mothers.size + int(extra.sum())
        origins = mothers[np.arange(total) * mothers.size // total]
        joined = np.empty(total, np.int64)
        solid, lattice = tissue.layers["solid"], tissue.lattice
        edges = list_edge(solid, lattice.interior, lattice.faces, self.places)
        if not tumour_growth.widen(solid, self.ground, moment, origins, own, self.places, edges, joined):
            raise SimError(
                f"tick {moment.tick}: the tumour fills the whole lattice; give `space.margin` more room"
            )
        counts.fired[r] += mothers.size
        counts.gained += extra
        extra[own] += mothers.size
        voxels, types = tissue.tissue_mix.lay(joined, extra)
        order = np.argsort(joined)
        near = origins[order[np.searchsorted(joined, voxels, sorter=order)]]  # the mother each lies beside
        tumour_growth.settle_types(solid, voxels, types, own, near, self.ground.inherited)

    def _mix(self, own: int) -> NDArray[np.float64]:
        """Voxels of every other solid type per voxel of `own` at the start, by code."""
        others = self._at_start.copy()
        others[[0, own]] = 0.0
        mixed: NDArray[np.float64] = others / max(self._at_start[own], 1.0)
        return mixed

    def _find_gates(self) -> dict[int, NDArray[np.int64]]:
        """Voxels through which each arrival rule lets cells in."""
        interior, type_at = (
            self.tissue.lattice.interior,
            self.tissue.layers["solid"].type_at[self.tissue.lattice.interior],
        )
        return {r: interior[type_at == self.table.rules.code[r, OTHER]] for r in self._enters}
