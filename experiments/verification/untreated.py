"""The untreated tumour over 90 days: doubling time, width against volume, and populations at steady state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from il2sim.models import Config, Simulation
from il2sim.models.pathology.morphology import feret_diameters_mm

DAYS = 90.0
EVERY = 2.0  # days between measurements of the width


@dataclass(frozen=True)
class Course:
    """One untreated tumour: doubling time (d), slope of log Feret width on log volume, cells per bed voxel
    over start, kills over those that births were solved for, share without MHC-I at both ends.

    The last two are None where there is nothing to kill or to lack, or where a course was kept without.
    """

    width_mm: float
    seed: int
    given_days: float
    doubling_days: float
    slope: float
    population: dict[str, float]
    kills: float | None = None
    null_share: list[float] | None = None


def untreated(
    width_mm: float, days: float, overrides: tuple[str, ...] = (), base: Config | None = None
) -> Config:
    """A config (the section's where none is given) without drug, read at `days`."""
    values = dict(text.split("=", 1) for text in overrides)
    values |= {
        "patient.width": f"{width_mm:g} mm",
        "schedule.surgery_day": f"{days:g}",
        "schedule.dose": "0 MIU/mm",
    }
    values |= {"schedule.days": "[0]", "schedule.missed": "[]", "schedule.stop_after": "null"}
    return (base or Config()).with_values(values)


def follow(config: Config, seed: int) -> Course:
    """Grow one tumour and measure its course. Volume is the section's estimate, width the bed's largest
    Feret diameter.
    """
    simulation = Simulation(config, seed)
    days: list[float] = []
    widths: list[float] = []
    while not simulation.finished:
        simulation.step()
        if not simulation.is_settling and simulation.day >= EVERY * len(days) - 1e-9:
            days.append(simulation.day)
            widths.append(_feret_mm(simulation))
    series = simulation.result().series
    doubling = series["day"][-1] / np.log2(series["viable_fraction"][-1])
    volume = np.log2(np.interp(days, series["day"], series["viable_fraction"]))
    slope = np.polyfit(volume, np.log2(widths), 1)[0]
    bed = sum(series[name] for name in ("tumour", "dead", "cleared", "stroma", "vessel"))
    share = {name: series[name] / bed for name in simulation.table.cells["immune"][1:]}
    late = series["day"] > series["day"][-1] - 7.0
    population = {name: float(each[late].mean() / each[0]) for name, each in share.items() if each[0] > 0.0}
    given, width_mm = config.patient.doubling_time_h / 24.0, config.patient.width_um / 1e3
    without = series["mhc1_null_share"][[0, -1]].tolist() if "mhc1_null_share" in series else None
    kills = _kills_over_solved(simulation, series)
    return Course(width_mm, seed, given, float(doubling), float(slope), population, kills, without)


def _kills_over_solved(simulation: Simulation, series: Mapping[str, np.ndarray]) -> float | None:
    """Tumour cells killed, by whatever, over those that births make good; None where they make none good."""
    assert simulation.baseline is not None, "a finished run has one"
    viable_hours = 24.0 * float((series["tumour"][:-1] * np.diff(series["day"])).sum())
    solved = simulation.baseline.kill_rate * viable_hours
    return simulation.killed / solved if solved > 0.0 else None


def _feret_mm(simulation: Simulation) -> float:
    lattice = simulation.tissue.lattice
    bed = lattice.grid(simulation.tissue.layers["solid"].type_at) > 0
    return feret_diameters_mm(bed, lattice.voxel_um)[0]


def summary(courses: Sequence[Course]) -> dict[str, Any]:
    """Means over seeds with 95 % t intervals; growth is averaged as a rate: doubling times have no mean."""
    rate = np.array([course.given_days / course.doubling_days for course in courses])
    middle, low, high = _interval(rate)
    slope = _interval(np.array([course.slope for course in courses]))
    names = courses[0].population
    return {
        "width_mm": courses[0].width_mm,
        "seeds": len(courses),
        "doubling_over_given": {"mean": 1.0 / middle, "low": 1.0 / high, "high": 1.0 / low},
        "slope": dict(zip(("mean", "low", "high"), slope, strict=True)),
        "population_over_start": {
            n: float(np.mean([c.population.get(n, np.nan) for c in courses])) for n in names
        },
        **_read_of_some(courses),
    }


def _read_of_some(courses: Sequence[Course]) -> dict[str, Any]:
    """The same of what not every course has: kills with their interval, means of the null share; None where
    none has it.
    """
    kills = [course.kills for course in courses if course.kills is not None]
    ends = [course.null_share for course in courses if course.null_share is not None]
    interval = dict(zip(("mean", "low", "high"), _interval(np.array(kills)), strict=True)) if kills else None
    return {
        "kills_over_solved": {**interval, "seeds": len(kills)} if interval else None,
        "null_share": np.mean(ends, axis=0).tolist() if ends else None,
    }


def _interval(values: np.ndarray) -> tuple[float, float, float]:
    mean = float(values.mean())
    if values.size < 2:
        return mean, float("nan"), float("nan")
    half = float(student.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    return mean, mean - half, mean + half
