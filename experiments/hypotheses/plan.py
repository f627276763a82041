"""The runs of a hypothesis: its arms with paired seeds, at the central values and over drawn ones."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from experiments.design import replicate_seed
from experiments.execute import Run
from experiments.hypotheses.claim import Claim
from experiments.hypotheses.shelf import STAGES
from experiments.origin import ROOT
from models import Config
from models.build import build
from models.config import ConfigError

SECTION = ROOT / "configs" / "section_2d.yaml"
RESPONSIVE = ROOT / "configs" / "responsive_2d.yaml"
MEASURED_BY: Mapping[str, tuple[str, ...]] = {
    "cells": (),
    "bystander": ("bystander", "injected"),
    "field": ("injected",),
    "plasma": ("injected",),
}
"""Of each measure the modules of `experiments` that its numbers depend on besides `sim` and `models`."""
WIDE = 10.0  # ends of a range that differ by so much are drawn on a log scale (assumed)


@dataclass(frozen=True)
class Stage:
    """One question put to the model: so many women, a run for each and each arm, and what was drawn."""

    name: str
    women: int
    runs: Mapping[tuple[int, str], Run]
    drawn: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Change:
    """What a person changed on the command line; None leaves the file's own."""

    seed: int | None = None
    budget: int | None = None
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arm:
    """A config without draws, and what was written to get it on top of a file."""

    config: Config
    values: Mapping[str, str]
    file: Path


Range = tuple[float, float, str]  # low, high, unit


def stages(claim: Claim, change: Change) -> tuple[Stage, ...]:
    """Everything to run for a claim whose needs are all there.

    Raises ConfigError, with file and line, where an arm is no valid config or a budget is too small.
    """
    seed = claim.seed if change.seed is None else change.seed
    found = []
    for name in STAGES:
        women = _women(claim, name, change.budget)
        if women:
            file = RESPONSIVE if name == "responsive" else SECTION
            arms = {arm: _arm(claim, arm, change.settings, file) for arm in claim.arms}
            drawn = claim.drawn if name == "priors" else claim.women
            over = _ranges(claim, next(iter(arms.values())).config, drawn)
            found.append(_stage(claim, name, arms, (women, seed), over))
    return tuple(found)


def _women(claim: Claim, stage: str, budget: int | None) -> int:
    """Women that the budget pays for; a field without chance needs one at the central values."""
    asked = int(getattr(claim.budget, stage))
    if asked == 0:
        return 0
    runs, arms = asked if budget is None else budget, len(claim.arms)
    if runs < arms:
        raise ConfigError(
            f"--budget: {runs} runs are fewer than the {arms} arms of one woman of {claim.name}"
        )
    return 1 if not claim.has_chance and stage == "central" else runs // arms


def _arm(claim: Claim, arm: str, settings: Sequence[str], file: Path) -> Arm:
    """One arm on top of a file: base, then command line, then what is special about the arm."""
    special = dict(claim.arms[arm])
    without = special.pop("without", "").strip("[]").split(", ")
    values = claim.base | dict(text.split("=", 1) for text in settings if "=" in text) | special
    config = Config.load(file, [text for text in settings if "=" not in text])
    needed = [need for need in claim.needs if need not in config.mechanisms]
    kept = [name for name in (*config.mechanisms, *needed) if name not in without]
    if kept != list(config.mechanisms):
        values = {"mechanisms": f"[{', '.join(kept)}]"} | values
    try:
        found = config.with_values(values) if values else config
        build(found)
    except ConfigError as error:
        raise ConfigError(_located(claim, arm, str(error), settings)) from None
    return Arm(found, values, file)


def _located(claim: Claim, arm: str, problems: str, settings: Sequence[str]) -> str:
    """Complaints about values of a hypothesis with its own file and line instead of `--set`."""
    lines = []
    for line in problems.splitlines():
        rest = line.partition(": ")[2]
        key = rest.partition(": ")[0]
        is_typed = any(text.partition("=")[0].strip() == key for text in settings)
        place = f"arms.{arm}.{key}" if key in claim.arms[arm] else f"base.{key}"
        lines.append(line if is_typed else f"{claim.where(place)}: arm {arm!r}: {rest}")
    return "\n".join(dict.fromkeys(lines))


def _drawn(ranges: Mapping[str, Range], women: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """A Latin hypercube over the ranges, in the unit of each number; wide ranges on a log scale."""
    cube = qmc.LatinHypercube(len(ranges), rng=np.random.default_rng(seed)).random(women)
    drawn = {}
    for share, (name, (low, high, _)) in zip(cube.T, ranges.items(), strict=True):
        if low > 0.0 and high / low >= WIDE:
            drawn[name] = low * np.exp(share * math.log(high / low))
        else:
            drawn[name] = low + share * (high - low)
    return drawn


def _ranges(claim: Claim, config: Config, drawn: Mapping[str, Any]) -> dict[str, Range]:
    """Low, high and unit of every drawn number: its declared range, or the narrower one of the file."""
    numbers = {number.name: number for number in (*config.numbers(), *build(config).parameters.values())}
    return {name: _range(claim, numbers, name) for name in drawn}


def _range(claim: Claim, numbers: Mapping[str, Any], name: str) -> Range:
    key = f"{'over' if name in claim.over else 'women'}.{name}"
    where = f"{claim.where(key)}: {key}"
    if name not in numbers:
        raise ConfigError(f"{where}: is no number of this model; `il2sim parameters` lists them all")
    number, given = numbers[name], claim.drawn[name]
    unit = "" if number.unit == "1" else number.unit
    if given == "declared":
        return number.low, number.high, unit
    ends = [text.partition(" ") for text in given]
    try:
        low, high = (float(end[0]) for end in ends)
    except ValueError:
        raise ConfigError(f"{where}: {list(given)} is no range; write it like [0.25 h, 6 h]") from None
    if {end[2].strip() for end in ends} != {unit} or not number.low <= low < high <= number.high:
        allowed = f"two values in {unit or 'plain numbers'}, rising, within {number.low:g} to {number.high:g}"
        raise ConfigError(f"{where}: found {list(given)}; allowed: {allowed}")
    return low, high, unit


def _stage(
    claim: Claim, name: str, arms: Mapping[str, Arm], size: tuple[int, int], over: Mapping[str, Range]
) -> Stage:
    """Every woman in every arm; the arms of one share her seed and what was drawn for her."""
    women, root = size
    drawn = _drawn(over, women, root) if over else {}
    runs: dict[tuple[int, str], Run] = {}
    for woman in range(women):
        values = {each: f"{found[woman]:.6g} {over[each][2]}".strip() for each, found in drawn.items()}
        seed = replicate_seed(root, woman) if claim.has_chance else 0
        for label, arm in arms.items():
            own = _with_draw(claim, arm.config, values) if values else arm.config
            command = _command(claim, arm, values, seed)
            labels, modules = {"arm": label, "woman": str(woman)}, MEASURED_BY[claim.measure]
            runs[woman, label] = Run(own, seed, labels, None, command, modules)
    return Stage(name, women, runs, drawn)


def _with_draw(claim: Claim, config: Config, values: Mapping[str, str]) -> Config:
    try:
        return config.with_values(values)
    except ConfigError as error:
        said = str(error).splitlines()[0].removeprefix("--set: ")
        raise ConfigError(f"{claim.where('over')}: over: a draw cannot stand: {said}") from None


def _command(claim: Claim, arm: Arm, drawn: Mapping[str, str], seed: int) -> str:
    """What repeats one run; what is no run of a whole injected tumour has no command but the claim's."""
    if claim.measure != "cells":
        verb = "behaviours" if claim.budget.responsive or claim.measure == "plasma" else "hypotheses"
        return f"il2sim {verb} {claim.name}"
    values = {**arm.values, **drawn}
    settings = "".join(f" --set {shlex.quote(f'{key}={value}')}" for key, value in values.items())
    file = arm.file.relative_to(ROOT).as_posix()
    return f"il2sim run {file} --no-twin --seed {seed}{settings}"
