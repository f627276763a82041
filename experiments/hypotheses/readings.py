"""What is read of one finished run: any column of its tidy row, or one of the readings made here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import convolve

from il2sim.experiments.hypotheses.death_map import (
    NEAR_UM,
    deaths_round_cd8,
    deaths_round_needle,
    deaths_round_vessels,
)
from il2sim.experiments.study import store
from il2sim.experiments.study.execute import Section
from il2sim.experiments.study.tidy import tidy_row

Row = Mapping[str, Any]
Reading = Callable[[Path, str, Row], float]
Kept = Mapping[str, Mapping[str, float]]
"""Run id -> name -> reading, of runs whose files may be gone."""


class Reader:
    """Reads the finished runs of a folder, each once; of runs that are not there, what was kept."""

    def __init__(self, folder: Path, kept: Kept | None = None) -> None:
        self._folder, self._rows = folder, dict[str, Row]()
        self._finished, self._kept = store.finished_ids(folder), kept or {}
        self._found = dict[tuple[str, str], float]()

    def has(self, run_id: str, name: str) -> bool:
        """Whether there is a run to read this of, or its reading was kept."""
        return run_id in self._finished or name in self._kept.get(run_id, {})

    def has_all(self, run_id: str, names: Sequence[str]) -> bool:
        """The same of all these."""
        return run_id in self._finished or is_kept(self._kept, run_id, names)

    def value(self, run_id: str, name: str) -> float:
        """One reading of one run; NaN where the run has no such number, or there is no such run."""
        if run_id not in self._finished:
            return self._kept.get(run_id, {}).get(name, math.nan)
        if (run_id, name) not in self._found:
            row = self._row(run_id)
            found = READINGS[name](self._folder, run_id, row) if name in READINGS else row.get(name)
            self._found[run_id, name] = math.nan if found is None else float(found)
        return self._found[run_id, name]

    def _row(self, run_id: str) -> Row:
        if run_id not in self._rows:
            self._rows[run_id] = tidy_row(store.record(self._folder, run_id))
        return self._rows[run_id]

    def names(self, run_id: str) -> set[str]:
        """All that can be read of one run."""
        if run_id not in self._finished:
            return set(self._kept.get(run_id, {}))
        return {*self._row(run_id), *READINGS}


def is_kept(kept: Kept, run_id: str, names: Sequence[str]) -> bool:
    """Whether all that is asked of a run was kept; of one that nothing is asked of, never."""
    return bool(names) and {*names} <= kept.get(run_id, {}).keys()


def treg_only_h(folder: Path, run_id: str, row: Row) -> float:
    """Hours in which only Treg have half their signal, first injection."""
    return float(row["treg_hours_1"]) - float(row["cd8_hours_1"])


def treg_over_cd8_h(folder: Path, run_id: str, row: Row) -> float:
    """Hours of Treg signal over hours of CD8 signal, first injection."""
    cd8 = float(row["cd8_hours_1"])
    return float(row["treg_hours_1"]) / cd8 if cd8 > 0.0 else math.nan


def cd8_growth(folder: Path, run_id: str, row: Row) -> float:
    """CD8 cells before the fourth injection over those before the first."""
    return _growth(store.series(folder, run_id), "cd8")


def reactive_growth(folder: Path, run_id: str, row: Row) -> float:
    """The same of those that recognise the tumour; only they divide."""
    return _growth(store.series(folder, run_id), "cd8_reactive")


def _growth(course: Any, cells: str) -> float:
    day, many = course["day"].to_numpy(), course[cells].to_numpy()
    return float(many[day <= FOURTH_DAY + 1e-6][-1] / many[0]) if many[0] > 0.0 else math.nan


def cd8_signal_days(folder: Path, run_id: str, row: Row) -> float:
    """Area under the mean IL-2 signal of CD8 cells, signal x days."""
    course = store.series(folder, run_id)
    return float(np.trapezoid(course["cd8_signal"].to_numpy(), course["day"].to_numpy()))


def kills(folder: Path, run_id: str, row: Row) -> float:
    """Tumour cells killed from day 0 to surgery; NaN where the run kept no map of it."""
    maps = store.maps(folder, run_id)
    return math.nan if maps is None else float(sum(maps.kills.values()))


def shrinkage(folder: Path, run_id: str, row: Row) -> float:
    """Share of the volume that imaging sees gone at surgery: 1 - (imaged width / that on day 0)^3."""
    return 1.0 - (float(row["width_imaging_mm"]) / float(row["width_imaging_baseline_mm"])) ** 3


def baseline_cd8(folder: Path, run_id: str, row: Row) -> float:
    """CD8 cells in the bed before treatment."""
    return float(np.count_nonzero(_baseline(folder, run_id)[0]))


def baseline_treg(folder: Path, run_id: str, row: Row) -> float:
    """Treg in the bed before treatment."""
    return float(np.count_nonzero(_baseline(folder, run_id)[1]))


def baseline_few_treg(folder: Path, run_id: str, row: Row) -> float:
    """The same with its sign turned: fewer Treg read higher."""
    return -baseline_treg(folder, run_id, row)


def bulk_ratio(folder: Path, run_id: str, row: Row) -> float:
    """CD8 over Treg in the bed before treatment."""
    cd8, treg = (np.count_nonzero(mask) for mask in _baseline(folder, run_id))
    return cd8 / treg if treg else math.nan


def near_ratio(folder: Path, run_id: str, row: Row) -> float:
    """Mean over CD8 cells of CD8 over Treg within 30 um, both counted from one, before treatment."""
    section = store.sections(folder, run_id)[0]
    cd8, treg = _baseline(folder, run_id)
    reach = int(NEAR_UM // section.voxel_um)
    steps = np.indices((2 * reach + 1,) * cd8.ndim) - reach
    disc = ((steps**2).sum(axis=0) * section.voxel_um**2 <= NEAR_UM**2).astype(np.int64)
    near = [convolve(mask.astype(np.int64), disc, mode="constant") for mask in (cd8, treg)]
    return float((near[0] / (1.0 + near[1]))[cd8].mean()) if cd8.any() else math.nan


def baseline_stil(folder: Path, run_id: str, row: Row) -> float:
    """Mononuclear cells per stromal voxel of the bed before treatment."""
    section = store.sections(folder, run_id)[0]
    stroma = section.bed & (section.solid == section.solid_names.index("stroma"))
    return float((section.immune[stroma] > 0).mean()) if stroma.any() else math.nan


FOURTH_DAY = 21.0  # of the registered days 0, 7, 14, 21
READINGS: Mapping[str, Reading] = {
    made.__name__: made
    for made in (
        *(treg_only_h, treg_over_cd8_h, cd8_growth, reactive_growth, cd8_signal_days, shrinkage, kills),
        *(bulk_ratio, near_ratio, baseline_stil, baseline_cd8, baseline_treg, baseline_few_treg),
        *(deaths_round_needle, deaths_round_vessels, deaths_round_cd8),
    )
}


def _baseline(folder: Path, run_id: str) -> list[Any]:
    """Where CD8 and Treg lie in the bed before treatment."""
    section: Section = store.sections(folder, run_id)[0]
    return [
        section.bed & (section.immune == section.immune_names.index(name))
        if name in section.immune_names
        else np.zeros_like(section.bed)
        for name in ("cd8", "treg")
    ]
