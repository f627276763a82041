"""The untreated tumour over 90 days: doubling time, growth in width against volume, and populations at rest.

A command of its own (`python -m experiments.natural_history`, `--workers N` for several processes): hours of
one core for the full form, minutes for a small one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from experiments.execute import Outcome, Run
from experiments.origin import code_version
from experiments.workers import Workplace, outcomes
from models import Config, Simulation
from models.shape import feret_diameters_mm

DAYS = 90.0
EVERY = 2.0  # days between measurements of the width
FULL = ((5.0, 40), (10.0, 20), (20.0, 6))  # width (mm), seeds
POPULATIONS = ("cd8", "nk", "treg", "th", "other_til")


@dataclass(frozen=True)
class Course:
    """One untreated tumour: doubling time (d), slope of log Feret width on log volume, cells per bed voxel
    over start.
    """

    width_mm: float
    seed: int
    given_days: float
    doubling_days: float
    slope: float
    population: dict[str, float]


def untreated(width_mm: float, days: float, overrides: tuple[str, ...] = ()) -> Config:
    """The section's config without drug, read at `days`."""
    values = dict(text.split("=", 1) for text in overrides)
    values |= {
        "patient.width": f"{width_mm:g} mm",
        "schedule.surgery_day": f"{days:g}",
        "schedule.dose": "0 MIU/mm",
    }
    values |= {"schedule.days": "[0]", "schedule.missed": "[]", "schedule.stop_after": "null"}
    return Config().with_values(values)


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
    share = {name: series[name] / bed for name in POPULATIONS}
    late = series["day"] > series["day"][-1] - 7.0
    population = {name: float(each[late].mean() / each[0]) for name, each in share.items() if each[0] > 0.0}
    given = config.patient.doubling_time_h / 24.0
    return Course(config.patient.width_um / 1e3, seed, given, float(doubling), float(slope), population)


def _feret_mm(simulation: Simulation) -> float:
    lattice = simulation.tissue.lattice
    bed = lattice.grid(simulation.tissue.layers["solid"].type_at) > 0
    return feret_diameters_mm(bed, lattice.voxel_um)[0]


def summary(courses: list[Course]) -> dict[str, Any]:
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
    }


def _interval(values: np.ndarray) -> tuple[float, float, float]:
    mean = float(values.mean())
    if values.size < 2:
        return mean, float("nan"), float("nan")
    half = float(student.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    return mean, mean - half, mean + half


def main(given: Sequence[str] | None = None) -> None:
    """Follow every seed of every width, keep each finished course, print the summaries."""
    parser = argparse.ArgumentParser(prog="python -m experiments.natural_history", description=__doc__)
    parser.add_argument(
        "--width", type=float, action="append", help="width in mm, repeatable (default 5, 10, 20)"
    )
    parser.add_argument("--seeds", type=int, help="seeds per width (default 40, 20, 6)")
    parser.add_argument("--days", type=float, default=DAYS)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes (default 1: one after another in this one)"
    )
    parser.add_argument("--out", type=Path, default=Path("results/natural_history"))
    chosen = parser.parse_args(given)
    if chosen.workers < 1:
        parser.error(f"argument --workers: found {chosen.workers}; 1 or more is allowed")
    chosen.out.mkdir(parents=True, exist_ok=True)
    seeds_of, place = dict(FULL), Workplace(chosen.workers)
    for width in chosen.width or [width for width, _ in FULL]:
        config = untreated(width, chosen.days, tuple(chosen.set))
        seeds = range(chosen.seeds or seeds_of.get(width, 6))
        print(json.dumps(summary(courses(config, seeds, chosen.out, place)), indent=1), flush=True)


def courses(config: Config, seeds: Sequence[int], out: Path, place: Workplace) -> list[Course]:
    """The course of every seed, from its file where it is finished, else followed now and written whole.

    Raises RuntimeError, once all others are finished, when the model stops one.
    """
    to_do = [Run(config, seed, {}) for seed in seeds if not _file(out, config, seed).exists()]
    failed = []
    with contextlib.closing(outcomes(to_do, place, _followed)) as ended:
        for outcome in ended:
            if outcome.record is None:
                failed.append(f"seed {outcome.run.seed}: {outcome.failure}")
                continue
            _keep(Course(**outcome.record), _file(out, config, outcome.run.seed))
    if failed:
        raise RuntimeError("\n".join(failed))
    files = [_file(out, config, seed) for seed in seeds]
    return [Course(**json.loads(file.read_text(encoding="utf-8"))) for file in files]


def _followed(run: Run) -> Outcome:
    """One course as an outcome, so that any process may carry it out."""
    try:
        return Outcome(run, asdict(follow(run.config, run.seed)), {}, ())
    except Exception:  # whatever stopped one must not stop the others; it is named at the end
        return Outcome(run, None, {}, (), traceback.format_exc())


def _file(out: Path, config: Config, seed: int) -> Path:
    """Where a course is kept: found again only by the code that would follow it alike."""
    code = code_version("natural_history").rpartition("+")[2]
    return out / f"{config.hash[:12]}_{code}_{seed}.json"


def _keep(course: Course, path: Path) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(course)), encoding="utf-8")
    draft.replace(path)
    print(
        f"{course.width_mm:g} mm, seed {course.seed}: doubling {course.doubling_days:.1f} d",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    main()
