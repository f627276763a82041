"""The runs of a hypothesis: its arms with paired seeds, at the reference values and over drawn ones."""

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

from il2sim.experiments.hypotheses.claim import Claim
from il2sim.experiments.hypotheses.claim_sets import BEHAVIOURS, HYPOTHESES, STAGES, VERIFICATION
from il2sim.experiments.study.design import REPEATED, command, replicate_seed
from il2sim.experiments.study.execute import Run
from il2sim.experiments.study.provenance import ROOT
from il2sim.models import Config
from il2sim.models.build import build
from il2sim.models.config.model import ConfigError
from il2sim.models.config.outside_mechanisms import name_of, names_of

SECTION = ROOT / "configs" / "section_2d.yaml"
RESPONSIVE = ROOT / "configs" / "responsive_2d.yaml"
MEASURED_BY: Mapping[str, tuple[str, ...]] = {
    "cells": (),
    "bystander": ("study/bystander", "study/injection_only"),
    "field": ("study/injection_only",),
    "plasma": ("study/injection_only",),
}
"""Of each measure the modules of `experiments` that its numbers depend on besides `sim` and `models`."""
DIGITS = 6  # of what is drawn
WIDE = 10.0  # ends of a range that differ by so much are drawn on a log scale (assumed)


@dataclass(frozen=True)
class Stage:
    """One question put to the model: so many patients, a run for each and each arm, and what was drawn."""

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
    found = []
    for name in STAGES:
        if _women(claim, name, change.budget):
            file = RESPONSIVE if name == "responsive" else SECTION
            arms = {arm: _arm(claim, arm, change.settings, file) for arm in claim.arms}
            drawn = claim.drawn if name == "priors" else claim.women
            over = _ranges(claim, next(iter(arms.values())).config, drawn)
            found.append(_stage(claim, name, arms, over, change))
    return tuple(found)


def _women(claim: Claim, stage: str, budget: int | None) -> int:
    """Virtual patients that the budget pays for; a field without chance needs one at the reference values."""
    asked = int(getattr(claim.budget, stage))
    if asked == 0:
        return 0
    runs, arms = asked if budget is None else budget, len(claim.arms)
    if runs < arms:
        raise ConfigError(
            f"--budget: {runs} runs are fewer than the {arms} arms of one virtual patient of {claim.name}"
        )
    return 1 if not claim.has_chance and stage == "central" else runs // arms


def _arm(claim: Claim, arm: str, settings: Sequence[str], file: Path) -> Arm:
    """One arm on top of a file: base, then command line, then what is special about the arm."""
    special = dict(claim.arms[arm])
    without = special.pop("without", "").strip("[]").split(", ")
    values = claim.base | dict(text.split("=", 1) for text in settings if "=" in text) | special
    config = Config.load(file, [text for text in settings if "=" not in text])
    needed = [need for need in claim.needs if need not in names_of(config.mechanisms)]
    kept = [name for name in (*config.mechanisms, *needed) if name_of(name) not in without]
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
    """A Latin hypercube over the ranges, in the unit of each number; wide ranges on a log scale. Of few
    digits, as more would only look like knowledge: what is run, shown and reckoned with is the same number.
    """
    cube = qmc.LatinHypercube(len(ranges), rng=np.random.default_rng(seed)).random(women)
    drawn = {}
    for share, (name, (low, high, _)) in zip(cube.T, ranges.items(), strict=True):
        if low > 0.0 and high / low >= WIDE:
            exact = low * np.exp(share * math.log(high / low))
        else:
            exact = low + share * (high - low)
        drawn[name] = np.array([_rounded(float(each), low, high) for each in exact])
    return drawn


def _rounded(value: float, low: float, high: float) -> float:
    """The number in few digits; next to an end that has more, the nearest of few within the range."""
    near = float(f"{value:.{DIGITS}g}")
    step = 10.0 ** (math.floor(math.log10(abs(near))) + 1 - DIGITS) if near else 0.0
    return float(f"{near + step * ((near < low) - (near > high)):.{DIGITS}g}")


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
    claim: Claim, name: str, arms: Mapping[str, Arm], over: Mapping[str, Range], change: Change
) -> Stage:
    """Every virtual patient in every arm; the arms of one share her seed and what was drawn for her."""
    women, root = _women(claim, name, change.budget), claim.seed if change.seed is None else change.seed
    drawn = _drawn(over, women, root) if over else {}
    again, modules = _again(claim, change), MEASURED_BY[claim.measure]
    runs: dict[tuple[int, str], Run] = {}
    for woman in range(women):
        values = {each: f"{found[woman]:.{DIGITS}g} {over[each][2]}".strip() for each, found in drawn.items()}
        seed = replicate_seed(root, woman) if claim.has_chance else 0
        for label, arm in arms.items():
            own = _with_draw(claim, arm.config, values) if values else arm.config
            repeats = f"{_alone(arm, values)} --seed {seed}" if claim.measure == "cells" else again
            runs[woman, label] = Run(own, seed, {"arm": label, "woman": str(woman)}, None, repeats, modules)
    return Stage(name, women, runs, drawn)


def _with_draw(claim: Claim, config: Config, values: Mapping[str, str]) -> Config:
    try:
        return config.with_values(values)
    except ConfigError as error:
        said = str(error).splitlines()[0].removeprefix("--set: ")
        raise ConfigError(f"{claim.where('over')}: over: a draw cannot stand: {said}") from None


def _alone(arm: Arm, drawn: Mapping[str, str]) -> str:
    """What repeats the run of an arm, a whole injected tumour, but for its seed: apart from the others."""
    return command(_typed(arm.file), (), {**arm.values, **drawn}, f" --out {REPEATED}")


def _again(claim: Claim, change: Change) -> str:
    """What asks a claim again as it was asked: for its runs that are no whole injected tumour."""
    file = Path(claim.where("").rpartition(":")[0]).resolve()
    homes = {claim_set.folder: claim_set for claim_set in (HYPOTHESES, BEHAVIOURS)}
    is_asserted = claim.budget.responsive or claim.measure == "plasma" or file.parent == VERIFICATION.folder
    claim_set = homes.get(file.parent, BEHAVIOURS if is_asserted else HYPOTHESES)
    given = [f" --seed {change.seed}"] if change.seed is not None else []
    given += [f" --budget {change.budget}"] if change.budget is not None else []
    given += [f" --set {shlex.quote(text)}" for text in change.settings]
    name = claim.name if file.parent in homes else shlex.quote(_typed(file))
    return f"il2sim {claim_set.name} {name}{''.join(given)}"


def _typed(file: Path) -> str:
    """A file as it is called from where one stands."""
    return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
