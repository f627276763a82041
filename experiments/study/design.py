"""Designs: a config's sweep as runs.

All arms of a replicate share one seed, so the arm without drug is the matched control of the others.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from il2sim.experiments.study.arm_names import EDITS, MECHANISMS
from il2sim.experiments.study.execute import Key, Run, run_id
from il2sim.experiments.study.runtime_estimate import whole_s
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config
from il2sim.models.config.same_value import shown
from il2sim.models.seeds import checked_seed

DOSE = "schedule.dose"
NO_DOSE = "0 MIU/mm"
REPEATED = "results/repeated"
Point = dict[str, str]


def drawn_seed() -> int:
    """A seed from the system's own randomness; the caller prints and records it."""
    return secrets.randbits(31)


def replicate_seed(root: int, replicate: int) -> int:
    """Seed of a replicate: of the root seed and its number only, so a larger design keeps the old runs."""
    text = f"{checked_seed(root)}/{replicate}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "big") >> 1


def grid(
    config: Config,
    root: int,
    source: str = "CONFIG",
    overrides: Sequence[str] = (),
    report_progress: Callable[[int, int], None] | None = None,
) -> tuple[Run, ...]:
    """Every point of `config.sweep` times its replicates, with the controls that are missing, each run once.

    `source` and `overrides` are the file and the `--set` texts, for the command that repeats a run;
    `report_progress` hears after each point how many are planned and how many there are.
    `root` is a seed, a whole number from 0 to 2147483647.
    Raises ConfigError where it is none, or a point is no valid config.
    """
    sweep = config.sweep
    if sweep is None:
        raise ExperimentError(
            f"{source}: sweep: is absent; write `sweep: {{axes: ..., replicates: 3}}`, as in configs/sweeps"
        )
    _refuse_both(sweep.axes, overrides)
    seeds = [replicate_seed(root, replicate) for replicate in range(sweep.replicates)]
    arms: list[Run] = []
    twins: list[Run] = []
    controls: dict[tuple[tuple[str, str], ...], Key] = {}  # arms that differ in dose alone share one
    planned = points(config)
    for done, point in enumerate(planned, 1):
        arm = Key(config.with_values(point))
        others = tuple((axis, value) for axis, value in point.items() if axis != DOSE)
        bare = controls.get(others) or arm.without_drug()
        runs = _arm((arm, bare), point, seeds, _alone(source, overrides, point, arm.config))
        arms += runs
        if sweep.twin and runs[0].twin is not None and others not in controls:
            twins += _twins(
                bare, point, seeds, _alone(source, overrides, point | {DOSE: NO_DOSE}, arm.config)
            )
        if runs[0].twin is not None:
            controls[others] = bare
        if report_progress is not None:
            report_progress(done, len(planned))
    own = {run.id: run for run in arms}
    return (*own.values(), *{run.id: run for run in twins if run.id not in own}.values())


def _refuse_both(axes: Iterable[str], overrides: Sequence[str]) -> None:
    """A setting of what the sweep varies would be lost; so would one of mechanisms under an axis of lists."""
    for name in map(_named, overrides):
        if MECHANISMS in axes and name in EDITS:
            raise ExperimentError(
                f"--set {name}: the sweep has an axis of mechanisms, which lists all of them; leave one out, "
                "or sweep over 'with' or 'without'"
            )
        if name in axes:
            raise ExperimentError(
                f"--set {name}: the sweep has an axis of it; leave one of them out, or change sweep.axes"
            )


def points(config: Config) -> list[Point]:
    """Every combination of the values of `config.sweep`, the last axis fastest; none without a sweep."""
    axes = config.sweep.axes if config.sweep else {}
    return (
        [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    )


def _arm(keys: tuple[Key, Key], point: Point, seeds: Sequence[int], command: str) -> list[Run]:
    """The replicates of one point; `keys` are of its own config and of the same without drug."""
    key, bare = keys
    is_drug = bare.config_hash != key.config_hash
    given = "saline" if key.config.schedule.saline else "drug"
    runs = []
    for replicate, seed in enumerate(seeds):
        labels = {"arm": given if is_drug else "no drug", "replicate": str(replicate), **labels_of(point)}
        twin = run_id(bare.config_hash, seed) if is_drug else None
        runs.append(Run(key.config, seed, labels, twin, f"{command} --seed {seed}", key=key))
    return runs


def labels_of(point: Point) -> dict[str, str]:
    """A point for people; commands and passports keep every digit."""
    return {axis: shown(value) for axis, value in point.items()}


def _twins(bare: Key, point: Point, seeds: Sequence[int], command: str) -> list[Run]:
    own = labels_of(point | {DOSE: NO_DOSE} if DOSE in point else point)
    return [
        Run(
            bare.config,
            seed,
            {"arm": "twin", "replicate": str(replicate), **own},
            command=f"{command} --seed {seed}",
            key=bare,
        )
        for replicate, seed in enumerate(seeds)
    ]


def _alone(source: str, overrides: Sequence[str], point: Point, config: Config) -> str:
    """A run of a design alone: elsewhere, as it must not take the passport of the design's folder.

    Where a setting and an axis both edit the list of mechanisms, one upon the other, the command says the
    list that `config` has in the end: settings stand beside each other and know no order.
    """
    edits = {MECHANISMS, *EDITS}
    if edits & point.keys() and edits & set(map(_named, overrides)):
        overrides = [text for text in overrides if _named(text) not in edits]
        kept = {axis: value for axis, value in point.items() if axis not in edits}
        point = {MECHANISMS: f"[{', '.join(config.mechanisms)}]"} | kept
    return command(source, overrides, point, f" --out {REPEATED}")


def _named(setting: str) -> str:
    return setting.partition("=")[0].strip()


def command(source: str, overrides: Sequence[str], point: Point, out: str = "") -> str:
    """What a person types to carry out one run of a config; its seed is still to be added."""
    texts = [*overrides, *(f"{key}={value}" for key, value in point.items())]
    settings = "".join(f" --set {shlex.quote(text)}" for text in texts)
    file = f"./{source}" if source.startswith("-") else source  # or it would be an option
    return f"il2sim run {shlex.quote(file)} --no-twin{out}{settings}"


def in_order(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The same runs, the most work first so that the last to end are short, arms of one tumour together."""
    return tuple(sorted(runs, key=lambda run: (-whole_s(run), run.tumour)))


def pair(
    config: Config, seed: int, source: Path, overrides: Sequence[str], *, twin: bool, until: float | None
) -> tuple[Run, ...]:
    """The run of one config, and its matched control without drug where it is asked for and differs."""
    seed = checked_seed(seed)
    arm = config if until is None else ended(config, until)
    stop = "" if until is None else f" --until {until!r}"
    key = Key(arm)
    bare = key.without_drug()
    (run,) = _arm((key, bare), {}, [seed], command(str(source), overrides, {}) + stop)
    if run.twin is None or not twin:
        return (replace(run, twin=None),)
    return (run, *_twins(bare, {}, [seed], command(str(source), overrides, {DOSE: NO_DOSE}) + stop))


def ended(config: Config, day: float) -> Config:
    """The same course cut short: surgery on `day`, later injections left out. Raises ExperimentError."""
    schedule = config.schedule
    if not schedule.given_days[0] < day <= schedule.surgery_day:
        first, last = f"{schedule.given_days[0]:g}", f"{schedule.surgery_day:g}"
        allowed = f"a day after the first injection (day {first}), up to surgery (day {last})"
        raise ExperimentError(f"--until: found {day:g}; allowed is {allowed}")
    kept = [given for given in schedule.days if given < day]
    missed = [visit for visit in schedule.missed if visit <= len(kept)]
    is_stopped = schedule.stop_after is not None and schedule.stop_after <= len(kept) - len(missed)
    values = {
        "schedule.days": f"[{', '.join(f'{given!r}' for given in kept)}]",
        "schedule.missed": f"[{', '.join(map(str, missed))}]",
        "schedule.stop_after": f"{schedule.stop_after}" if is_stopped else "null",
        "schedule.surgery_day": f"{day!r}",
    }
    if schedule.rule.visits > 1:  # fewer injections must not share what all of them were to share
        values |= {
            "schedule.dose_is": "per_visit",
            "schedule.dose": f"{schedule.dose_iu_per_mm / schedule.rule.visits!r} IU/mm",
            "schedule.cap": f"{schedule.cap_iu / schedule.rule.visits!r} IU",
        }
    return config.with_values(values)


def shard(runs: Iterable[Run], text: str) -> tuple[Run, ...]:
    """The k-th of n parts of a design, chosen by id: for job arrays, where n processes share one folder."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise ExperimentError(f"--shard: found {text!r}; allowed is k/n with 1 <= k <= n, like 1/4")
    return tuple(run for run in runs if int(run.id, 16) % int(count) == int(number) - 1)
