"""Designs: a config's sweep as runs.

All arms of a replicate share one seed, so the arm without drug is the twin of the others.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from experiments.execute import Run
from experiments.store import ExperimentError
from models import Config

DOSE = "schedule.dose"
NO_DOSE = "0 MIU/mm"
SETTLING_DAYS = 14.0  # grown before the first injection: the fewest weeks of models.simulation
Point = dict[str, str]


def drawn_seed() -> int:
    """A seed from the system's own randomness; the caller prints and records it."""
    return secrets.randbits(31)


def replicate_seed(root: int, replicate: int) -> int:
    """Seed of a replicate: of the root seed and its number only, so a larger design keeps the old runs."""
    text = f"{root}/{replicate}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "big") >> 1


def grid(config: Config, root: int, source: str = "CONFIG", overrides: Sequence[str] = ()) -> tuple[Run, ...]:
    """Every point of `config.sweep` times its replicates, with the twins that are missing, each run once.

    `source` and `overrides` are the file and the `--set` texts, for the command that repeats a run.
    Raises ConfigError where a point is no valid config.
    """
    sweep = config.sweep
    if sweep is None:
        raise ExperimentError(
            f"{source}: sweep: is absent; write `sweep: {{axes: ..., replicates: 3}}`, as in configs/sweeps"
        )
    arms = [(point, config.with_values(point)) for point in points(config)]
    seeds = [replicate_seed(root, replicate) for replicate in range(sweep.replicates)]
    described = [
        _run(arm, point, place, _command(source, overrides, point))
        for point, arm in arms
        for place in enumerate(seeds)
    ]
    twins = [_twin(run, source, overrides) for run in described if sweep.twin and run.twin is not None]
    return tuple(_unique([*described, *twins]))


def points(config: Config) -> list[Point]:
    """Every combination of the values of `config.sweep`, the last axis fastest; none without a sweep."""
    axes = config.sweep.axes if config.sweep else {}
    return (
        [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    )


def _run(arm: Config, point: Point, place: tuple[int, int], command: str) -> Run:
    replicate, seed = place
    bare = arm.without_drug()
    without = Run(bare, seed, {})
    is_drug = bare.hash != arm.hash
    labels = {"arm": "drug" if is_drug else "no drug", "replicate": str(replicate), **point}
    return Run(arm, seed, labels, without.id if is_drug else None, command=f"{command} --seed {seed}")


def _twin(run: Run, source: str, overrides: Sequence[str]) -> Run:
    point = {key: value for key, value in run.labels.items() if key not in ("arm", "replicate")}
    command = f"{_command(source, overrides, point | {DOSE: NO_DOSE})} --seed {run.seed}"
    bare_point = point | {DOSE: NO_DOSE} if DOSE in point else point
    labels = {"arm": "twin", "replicate": run.labels["replicate"], **bare_point}
    return Run(run.config.without_drug(), run.seed, labels, command=command)


def _command(source: str, overrides: Sequence[str], point: Point) -> str:
    texts = [*overrides, *(f"{key}={value}" for key, value in point.items())]
    settings = "".join(f" --set {shlex.quote(text)}" for text in texts)
    return f"il2sim run {shlex.quote(source)} --no-twin{settings}"


def _unique(runs: Iterable[Run]) -> list[Run]:
    first: dict[str, Run] = {}
    for run in runs:
        first.setdefault(run.id, run)
    return list(first.values())


def in_order(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The same runs, the most work first so that the last to end are short, arms of one tumour together."""
    return tuple(sorted(runs, key=lambda run: (-work(run), run.tumour)))


def work(run: Run) -> float:
    """Expected work of a run in mm2 (mm3) of tumour times days: for order and time left only."""
    width_mm = run.config.patient.width_um / 1000.0
    return float(width_mm**run.config.space.dimensions * (SETTLING_DAYS + run.config.schedule.surgery_day))


def pair(
    config: Config, seed: int, source: Path, overrides: Sequence[str], *, twin: bool, until: float | None
) -> tuple[Run, ...]:
    """The run of one config, and its twin without drug where it is asked for and differs."""
    arm = config if until is None else ended(config, until)
    stop = "" if until is None else f" --until {until:g}"
    drug = _run(arm, {}, (0, seed), _command(str(source), overrides, {}) + stop)
    if drug.twin is None or not twin:
        return (replace(drug, twin=None),)
    command = f"{_command(str(source), overrides, {DOSE: NO_DOSE})}{stop} --seed {seed}"
    return (drug, Run(arm.without_drug(), seed, {"arm": "twin", "replicate": "0"}, command=command))


def ended(config: Config, day: float) -> Config:
    """The same course cut short: surgery on `day`, later injections left out. Raises ExperimentError."""
    schedule = config.schedule
    if not schedule.days[0] < day <= schedule.surgery_day:
        first, last = f"{schedule.days[0]:g}", f"{schedule.surgery_day:g}"
        allowed = f"a day after the first injection (day {first}), up to surgery (day {last})"
        raise ExperimentError(f"--until: found {day:g}; allowed is {allowed}")
    days = ", ".join(f"{given:.12g}" for given in schedule.days if given < day)
    return config.with_values({"schedule.days": f"[{days}]", "schedule.surgery_day": f"{day:.12g}"})


def shard(runs: Iterable[Run], text: str) -> tuple[Run, ...]:
    """The k-th of n parts of a design, chosen by id: for job arrays, where n processes share one folder."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise ExperimentError(f"--shard: found {text!r}; allowed is k/n with 1 <= k <= n, like 1/4")
    return tuple(run for run in runs if int(run.id, 16) % int(count) == int(number) - 1)
