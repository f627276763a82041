"""The biopsy before the first injection: a cavity along its cores, and inflammation that calls cells in.

A run with it begins `schedule.biopsy_days_before` days before day 0, so both are over or under way when the
drug comes, and the control without drug has them too. Nearly all assumed. Off unless a config names it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from il2sim.models.biology.populations.arrivals import infiltrate, recruited
from il2sim.models.cell_kinds import outside_stil
from il2sim.models.config.model import Config
from il2sim.models.drug.course import plane_of
from il2sim.models.drug.geometries.needle import track_distance
from il2sim.sim.engine import Engine
from il2sim.sim.kernels.rng import Stream, uniforms
from il2sim.sim.language.model import Model, ModelError, gated_by, more

_SOLID = ("tumour", "dead", "stroma", "vessel")
_MEANS = {
    "wound": "1 in biopsy.cores cylinders, biopsy.width x biopsy.length, through a disc of biopsy.aim x the "
    "tumour's radius: all that is there is taken",
    "crush": "the same for immune cells, by their own clock",
    "inflammation": "1 for biopsy.duration after the biopsy",
}
SHOWS = tuple(f"biopsy_{name}" for name in _MEANS)  # fields that `Biopsy` shows the cells
_ALIVE = 8  # hill: a wound of 1 takes cells at 0.996 of the rate, none takes nobody
_TAKEN = 100.0  # 1/h: so fast that nobody stays for a step of the immune layer, 30 min
# By method, value and range: 14G core x 4, 1.2 x 15 mm; 9-11G vacuum: about its notch.
_NEEDLES = {
    "core": {"cores": (4.0, (1.0, 8.0)), "width": (1.2, (1.0, 1.8)), "length": (15.0, (10.0, 22.0))},
    "vacuum": {"cores": (12.0, (6.0, 24.0)), "width": (3.0, (2.4, 4.0)), "length": (20.0, (12.0, 25.0))},
}
_SOURCES = {
    "core": ("no source: 14G x 4", "no source: cylinders 1.2 x 15 mm", "no source: 1.2 x 15 mm"),
    "vacuum": ("no source: 9-11G, no number found", "no source: notch of a 9-11G", "no source"),
}


def declare(m: Model) -> None:
    """Everything in the cavity is taken at once; arrivals of all immune cells are raised for a while."""
    method = str(m.given["biopsy"])
    for (name, (value, allowed)), source in zip(_NEEDLES[method].items(), _SOURCES[method], strict=True):
        m.par(name, value, "1" if name == "cores" else "mm", range=allowed, source=source, known="assumed")
    cores = m.value("biopsy.cores")
    if not cores.is_integer():
        raise ModelError(f"biopsy.cores: {cores:g} is no whole number")
    m.par("aim", 0.5, "1", range=(0.0, 1.0), source="no source: of the tumour's radius", known="assumed")
    fold = m.par(
        "influx_fold",
        4.0,
        "1",
        range=(1.0, 10.0),
        source="sTIL 5 to 10 % without drug (K54)",
        known="fitted",
    )
    m.par(
        "duration",
        14.0,
        "d",
        range=(3.0, 28.0),
        source="no source: as long as the wait for day 0",
        known="assumed",
    )

    wound, crush, inflammation = (
        m.cytokine(f"biopsy_{name}", shown=True, relative=True, means=means) for name, means in _MEANS.items()
    )
    for name in _SOLID:
        taken = gated_by(wound, ec50=0.5, hill=_ALIVE)
        m.cell(name).dies(_TAKEN, taken, becomes=m.cell("cleared"), label="biopsy")
    for cell in infiltrate(m):
        cell.dies(_TAKEN, gated_by(crush, ec50=0.5, hill=_ALIVE), label="biopsy")
    recruited(m, more(inflammation, fold - 1.0))


def lead_days(config: Config) -> int:
    """Days by which a run begins before the first injection: those from the biopsy on, if there is one."""
    return config.schedule.biopsy_days_before if "biopsy" in config.mechanisms else 0


def core_tracks(seed: int, cores: int, length_um: float, aim_um: float) -> NDArray[np.float64]:
    """First and last point of each core from the tumour's centre, um: (cores, 2, 3). One patient's own.

    All cores run one way, which lies at any angle to the section, each half before and half beyond the plane
    through the centre across them; there they lie evenly in a disc of radius `aim_um`. So a place's chance to
    be taken depends on its distance from the centre alone, and the section's estimate (voxels weighted with
    that distance) of the share taken has the volume's own as its mean.
    """
    draws = uniforms(seed, Stream.BIOPSY, np.arange(2 + 2 * cores))
    cosine, turn = 2.0 * draws[0] - 1.0, 2.0 * math.pi * draws[1]
    sine = math.sqrt(1.0 - cosine**2)
    along = np.array([sine * math.cos(turn), sine * math.sin(turn), cosine])
    right = np.array([-math.sin(turn), math.cos(turn), 0.0])
    reach, angle = aim_um * np.sqrt(draws[2::2]), 2.0 * math.pi * draws[3::2]
    middle = np.outer(reach * np.cos(angle), right) + np.outer(reach * np.sin(angle), np.cross(along, right))
    half = 0.5 * length_um * along
    return np.stack([middle - half, middle + half], axis=1)


def cavity(
    points_um: NDArray[np.float64], tracks_um: NDArray[np.float64], width_um: float
) -> NDArray[np.bool_]:
    """Which points (n, 3) lie in cores of this width; their ends are round."""
    return track_distance(points_um, tracks_um) <= width_um / 2.0


class Biopsy:
    """Taken when it is made. `found` has its endpoints, the share taken once the cavity is there."""

    def __init__(self, config: Config, model: Model, engine: Engine) -> None:
        self._engine, self._taken_at, self._is_cut = engine, engine.tick, False
        self._duration_h = model.value("biopsy.duration")
        points_um = plane_of(config, engine.tissue).points_um(0).reshape(-1, 3)
        aim_um = model.value("biopsy.aim") * config.patient.width_um / 2.0
        length_um, width_um = model.value("biopsy.length"), model.value("biopsy.width")
        tracks_um = core_tracks(engine.seed, round(model.value("biopsy.cores")), length_um, aim_um)
        self._cavity = cavity(points_um, tracks_um, width_um).astype(np.float64)
        self._viable_before = self._viable()
        self._uncounted = [0, *(engine.table.code(name) for name in outside_stil(model))]
        self.found: dict[str, float] = {}
        self._note_stil("biopsy")

    def show(self) -> None:
        """Show the cells what the biopsy does now: each layer meets the needle in one step of its clock."""
        clocks, ticks = self._engine.clocks, self._engine.tick - self._taken_at
        nothing, hours = np.zeros(self._cavity.size), ticks * clocks.tick_hours
        level = 1.0 if hours < self._duration_h - 1e-9 else 0.0
        self._engine.set_field("biopsy_wound", self._cavity if ticks < clocks.solid_ticks else nothing)
        self._engine.set_field("biopsy_crush", self._cavity if ticks < clocks.immune_ticks else nothing)
        self._engine.set_field("biopsy_inflammation", nothing + level)
        if not self._is_cut and ticks >= clocks.solid_ticks:
            self._is_cut = True
            left = self._viable() / self._viable_before if self._viable_before > 0.0 else 1.0
            self.found["biopsy_removed_percent"] = 100.0 * (1.0 - left)

    def note_day_0(self) -> None:
        """How far the infiltrate has drifted by then."""
        self._note_stil("day_0")

    def _viable(self) -> float:
        """Viable tumour: on a section each voxel with its distance from the centre, as volume."""
        tissue = self._engine.tissue
        solid, voxels = tissue.layers["solid"].type_at, tissue.lattice.interior
        viable = voxels[solid[voxels] == self._engine.table.code("tumour")]
        is_section = tissue.lattice.dimensions == 2
        return float(tissue.lattice.distance_from_centre(viable).sum()) if is_section else float(viable.size)

    def _note_stil(self, when: str) -> None:
        """sTIL, %, as pathology reads it; absent without stroma."""
        layers = self._engine.tissue.layers
        stroma = layers["solid"].type_at == self._engine.table.code("stroma")
        if stroma.any():
            counted = ~np.isin(layers["immune"].type_at[stroma], self._uncounted)
            self.found[f"stil_at_{when}_percent"] = 100.0 * float(counted.mean())
