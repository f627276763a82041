"""What a run writes down on its way: a row every 6 h, snapshots, what happened where, and at surgery the
ledgers and endpoints.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from il2sim.models.cell_kinds import driven_by, outside_stil, recorded_kinds
from il2sim.models.config.model import Config
from il2sim.models.drug.mass_balance import check_closed
from il2sim.models.drug.schedule import technique_of
from il2sim.models.drug.tissue_pk.cell_densities import Census
from il2sim.models.drug.tissue_pk.field_voxel import field_record
from il2sim.models.drug.treatment import Treatment
from il2sim.models.fingerprint import fingerprint
from il2sim.models.pathology.endpoints import Case, panel
from il2sim.models.pathology.section_reading import viable_volume
from il2sim.models.pathology.spatial_maps import Places
from il2sim.models.pathology.stereology import is_axial, volume_weight
from il2sim.models.tissue.equilibration import MOST_SPELLS, SettlingTimes
from il2sim.sim.engine import Engine
from il2sim.sim.language.model import Model
from il2sim.sim.result import Result, Snapshot
from il2sim.sim.tissue import TYPE

if TYPE_CHECKING:
    from il2sim.models.tissue.equilibration import Baseline

_HOURS = 6.0  # between rows
_MOST_BETWEEN = 3  # snapshots before later injections


class Recorder:
    """Series, snapshots and ledger of one treatment."""

    def __init__(self, config: Config, seed: int, model: Model, engine: Engine, treatment: Treatment) -> None:
        self._config, self._seed, self._model = config, seed, model
        self._table, self._engine = engine.table, engine
        self._drug, self._responses = treatment.drug, treatment.responses
        self._rows: list[dict[str, float]] = []
        self._snapshots: list[Snapshot] = []
        self._initial = self._census()
        densities = Census(engine.table, model.carriers).per_ml(engine.tissue)
        self._field = field_record(config, model, densities)
        lattice, self._is_axial = engine.tissue.lattice, is_axial(technique_of(config))
        self._weight = volume_weight(lattice.shape, lattice.voxel_um, axial=self._is_axial)
        self._viable_at_start = self._viable()
        self._il2_shown = _picture_days(config)
        self._due = sorted(self._il2_shown | _days_between(config))
        self._places = Places(config, engine, model.value("il2.ec50_cd8") if self._drug is not None else None)

    def after_tick(self, day: float) -> None:
        """A row if 6 h have passed since the last; a snapshot if one is due."""
        if not self._rows or (day - self._rows[-1]["day"]) * 24.0 >= _HOURS - 1e-6:
            self._rows.append(self._row(day))
            self._places.look(day)
        if day > 0.0:
            self._places.after_tick()
        while self._due and day >= self._due[0] - 1e-9:
            is_shown = self._due.pop(0) in self._il2_shown
            taken = self.snapshot(day)
            self._snapshots.append(taken if is_shown else replace(taken, il2=None))

    def snapshot(self, day: float) -> Snapshot:
        """The tissue as it is now."""
        tissue, table = self._engine.tissue, self._table
        lattice = tissue.lattice
        shown = tissue.concentration[table.cytokines.index("il2")] if self._drug is not None else None
        return Snapshot(
            day,
            lattice.grid(tissue.layers["solid"].type_at).copy(),
            lattice.grid(tissue.layers["immune"].type_at).copy(),
            lattice.grid(tissue.bed).copy(),
            None if shown is None else shown.reshape(tissue.field_shape).copy(),
            lattice.voxel_um,
            self._config.space.field_voxel_um,
            table.cells["solid"],
            table.cells["immune"],
        )

    def result(self, baseline: Baseline, of_biopsy: Mapping[str, float]) -> Result:
        """Everything, named by its digest; `of_biopsy`: endpoints from before day 0."""
        series = {key: np.array([row[key] for row in self._rows]) for key in self._rows[0]}
        schedule, settings = self._config.schedule, self._config.pathology
        is_drug = bool(schedule.given_days) and schedule.dose_iu_per_mm > 0 and not schedule.saline
        factor = self._responses.width_factor
        case = Case(self._seed, settings, is_drug, factor, bool(of_biopsy), self._is_axial)
        case = replace(case, outside_stil=outside_stil(self._model))
        endpoints: dict[str, Any] = dict(panel(self._snapshots[0], self._snapshots[-1], case))
        endpoints |= of_biopsy
        ledger: dict[str, Any] = {"cells": self.cells_ledger()}
        if self._drug is not None:
            endpoints |= self._drug.endpoints()
            ledger["il2_nmol"] = self._drug.book.ledger
            if self._drug.circulation is not None:
                ledger["il2_body_nmol"] = self._drug.circulation.ledger
            ledger["il2_section_amol"] = self._drug.section.ledger
        check_closed(ledger)
        name = fingerprint(self._engine.tissue, self._table, series, ledger, endpoints)
        self._places.look(self._snapshots[-1].day)
        taken, maps = tuple(self._snapshots), self._places.maps()
        return Result(endpoints, series, ledger, self._provenance(baseline), taken, name, maps)

    def cells_ledger(self) -> dict[str, dict[str, int]]:
        """Per type: initial + divisions + entries - deaths - filled = final. Entries are arrivals of every
        kind.
        """
        counts, table, rules = self._engine.counts, self._table, self._model.rules
        final = self._census()
        book = {
            name: {
                "initial": self._initial[name],
                "divisions": 0,
                "left_plane": 0,
                "entries": 0,
                "deaths": 0,
                "filled": 0,
            }
            for name in final
        }
        for row, rule in enumerate(rules.values()):
            fired = int(counts.fired[row])
            if rule.verb == "divides":
                book[rule.cell]["divisions"] += fired
                book[rule.cell]["left_plane"] += int(counts.left[row])
            elif rule.verb == "enters":
                book[rule.cell]["entries"] += fired
            elif rule.verb in ("dies", "becomes"):
                book[rule.cell]["deaths"] += fired
                if rule.other:
                    book[rule.other]["entries"] += fired
        for code, name in enumerate(table.cells["solid"]):
            if code:
                book[name]["entries"] += int(counts.gained[code])
                book[name]["filled"] += int(counts.filled[code])
        return {name: each | {"final": final[name]} for name, each in book.items()}

    def _census(self) -> dict[str, int]:
        tissue, table = self._engine.tissue, self._table
        counted = {layer: tissue.counts(layer, len(names) - 1) for layer, names in table.cells.items()}
        return {
            name: int(counted[layer][code])
            for layer, names in table.cells.items()
            for code, name in enumerate(names)
            if code
        }

    def _viable(self) -> float:
        tissue = self._engine.tissue
        solid = tissue.lattice.grid(tissue.layers["solid"].type_at)
        return viable_volume(solid == self._table.code("tumour"), self._weight)

    def _row(self, day: float) -> dict[str, float]:
        census = self._census()
        bed = float(self._engine.tissue.layers["solid"].count[0])
        voxel_mm = self._engine.tissue.lattice.voxel_um * 1e-3
        across = (
            2.0 * np.sqrt(bed / np.pi)
            if self._config.space.dimensions == 2
            else 2.0 * np.cbrt(0.75 * bed / np.pi)
        )
        row = {
            "day": day,
            "viable_fraction": self._viable() / self._viable_at_start if self._viable_at_start else math.nan,
            "width_mm": float(across) * voxel_mm,
        }
        row |= {name: float(count) for name, count in census.items()}
        row["kills_per_day"] = self._kills_per_day(day)
        row |= self._traits()
        if self._drug is not None:
            book = self._drug.book
            edge = 0.5 * self._config.patient.width_um
            row["il2_mean_nM"] = book.mean_nM()
            row["il2_section_nM"] = self._drug.section.mean_nM(edge)
            row["il2_centre_nM"], row["il2_edge_nM"] = (
                float(c) for c in book.at(np.array([[0.0, 0.0, 0.0], [edge, 0.0, 0.0]]))
            )
        return row | self._responses.row(row["width_mm"])

    def _kills_per_day(self, day: float) -> float:
        rows = [
            row
            for row, rule in enumerate(self._model.rules.values())
            if rule.sentence == "tumour dies of lysis"
        ]
        killed = float(self._engine.counts.fired[rows].sum())
        since = day - self._rows[-1]["day"] if self._rows else 0.0
        before, self._killed = getattr(self, "_killed", 0.0), killed
        return (killed - before) / since if since > 0.0 else 0.0

    def _traits(self) -> dict[str, float]:
        """Means of signals over their cells, and of exhaustion over the reactive CD8 cells."""
        immune, table = self._engine.tissue.layers["immune"], self._table
        kinds, traits = immune.cell[: immune.count[0], TYPE], immune.trait[: immune.count[0]]
        means: dict[str, float] = {}
        for name in driven_by(self._model, "il2_signal"):
            if table.trait("il2_signal") >= 0:
                means[f"{name}_signal"] = _mean(traits[kinds == table.code(name), table.trait("il2_signal")])
        if table.code("cd8"):  # the one kind with receptors that recognise the tumour or do not
            reactive = (kinds == table.code("cd8")) & (traits[:, table.trait("reactive")] > 0.5)
            means["cd8_reactive"] = float(reactive.sum())
            if table.trait("exhaustion") >= 0:
                means["exhaustion"] = _mean(traits[reactive, table.trait("exhaustion")])
        if self._model.has("mhc1"):
            solid = self._engine.tissue.layers["solid"]
            tumour = solid.cell[: solid.count[0], TYPE] == table.code("tumour")
            means["mhc1_null_share"] = _mean(
                solid.trait[: solid.count[0]][tumour, table.traits["solid"].index("mhc1")] < 0.5
            )
        return means

    def _provenance(self, baseline: Baseline) -> dict[str, Any]:
        parts = self._drug.injection.parts if self._drug is not None else ()
        settling = SettlingTimes.of(self._engine.clocks)
        return {
            "seed": self._seed,
            "config_hash": self._config.hash,
            "baseline_kill_per_day": baseline.kill_rate * 24.0,
            "settling_days": baseline.spells * settling.spell * settling.tick_hours / 24.0,
            "has_settled": baseline.spells < MOST_SPELLS,
            "kinds": recorded_kinds(self._model),
            "infiltrate": dict(baseline.infiltrate),
            "birth_rate_per_day": self._model.value("tumour.birth_rate") * 24.0,
            "turned_back": self._engine.counts.turned_back,
            "field": self._field,
            "depots": [part.record() for part in parts],
            "hand_overs": self._drug.section.report() if self._drug is not None else [],
            "parameters": [
                {**vars(each), "outside": each.is_outside} for each in self._model.parameters.values()
            ],
        }


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else 0.0


def _picture_days(config: Config) -> set[float]:
    """Before, 6 h after the first dose, the day after the last dose, and at surgery."""
    days, surgery = config.schedule.given_days, config.schedule.surgery_day
    wanted = {0.0, surgery}
    if days:
        wanted |= {days[0] + 0.25, min(days[-1] + 1.0, surgery)}
    return wanted


def _days_between(config: Config) -> set[float]:
    """Before some later injections, evenly picked: the cells alone, and of a section, to save room."""
    later = [day for day in config.schedule.given_days[1:] if day < config.schedule.surgery_day]
    if config.space.dimensions == 3:
        return set()
    picked = np.linspace(0, len(later) - 1, min(_MOST_BETWEEN, len(later))).round().astype(int)
    return {float(later[place]) for place in picked}
