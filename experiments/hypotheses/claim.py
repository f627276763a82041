"""One hypothesis as its YAML file says it: checked on reading, every mistake with file and line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from experiments.hypotheses.findings import STATISTICS, Question
from experiments.hypotheses.verdict import Rule
from experiments.origin import ROOT
from experiments.store import ExperimentError
from models.build import mechanisms
from models.config import ConfigError
from models.config_source import nearest
from models.config_yaml import root_of

FOLDER = ROOT / "configs" / "hypotheses"
FROZEN = ConfigDict(frozen=True, extra="forbid")
MOST_RUNS = 100_000
MISSING: Mapping[str, str] = {
    "cd25": "IL-2 receptor alpha that IL-2 itself raises on CD8 and NK cells",
    "ifng": "interferon gamma",
    "mhc1": "MHC-I on tumour cells and clones without it",
    "pd_l1": "PD-L1 that follows interferon gamma",
    "cxcl10": "chemokine that calls effector cells in",
    "vessel_loss": "vessels that die",
    "hypoxia": "death far from vessels",
    "desensitisation": "receptors that tire above some 30 nM of IL-2",
    "fitting": "a fit of parameters to synthetic trials, with the profile of each",
    "death_map": "pair correlation of dead cells with depot, vessels and CD8 cells",
}
"""What hypotheses need and may not exist yet; a mechanism of this list is there once its file is."""


def _texts(value: object) -> object:
    """Values as a config would say them; a list is one text, like "[0, 7]"."""
    if not isinstance(value, dict):
        return value
    return {k: f"[{', '.join(map(str, v))}]" if isinstance(v, list) else v for k, v in value.items()}


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Values = Annotated[dict[str, str], BeforeValidator(_texts)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Readout(BaseModel):
    """One number that a claim stands or falls with, and where it must lie."""

    model_config = FROZEN
    what: str
    statistic: str
    of: Names
    arms: Names
    at: tuple[float, ...] = ()
    by: Names = ()
    holds_above: float | None = None
    holds_below: float | None = None
    holds_within: tuple[float, float] | None = None
    falsified_below: float | None = None
    falsified_above: float | None = None

    @property
    def question(self) -> Question:
        """What its statistic is asked."""
        return Question(self.of, self.arms, self.at, self.by)

    @property
    def rule(self) -> Rule:
        """Where the interval must lie; refuted is the opposite of holding unless the file says otherwise."""
        low, high = self.holds_within or (self.holds_above, self.holds_below)
        below = low if self.falsified_below is None else self.falsified_below
        above = high if self.falsified_above is None else self.falsified_above
        return Rule(
            -math.inf if low is None else low,
            math.inf if high is None else high,
            -math.inf if below is None else below,
            math.inf if above is None else above,
            STATISTICS[self.statistic][1],
        )

    @model_validator(mode="after")
    def _refuse_conflicts(self) -> Self:
        if self.statistic not in STATISTICS:
            raise ValueError(
                f"statistic: {self.statistic!r} is not known; {nearest(self.statistic, STATISTICS)}"
            )
        if sum(each is not None for each in (self.holds_above, self.holds_below, self.holds_within)) != 1:
            raise ValueError("write exactly one of holds_above, holds_below and holds_within")
        wanted = {"effect_ratio": 4, "excess_share": 2, "auc": 2, "auc_gain": 2, "explained": 2}
        if len(self.arms) != wanted.get(self.statistic, len(self.arms)):
            raise ValueError(
                f"arms: {self.statistic} takes {wanted[self.statistic]} arms, {len(self.arms)} are given"
            )
        if self.statistic == "logit_slope" and not len(self.at) == len(self.arms) >= 2:
            raise ValueError("at: a slope takes the log2 dose of every arm, and two arms at least")
        if self.statistic == "explained" and not self.by:
            raise ValueError("by: name the drawn numbers whose share is asked for")
        return self


class Budget(BaseModel):
    """Runs at the central values and over the priors; 0 leaves that question out."""

    model_config = FROZEN
    central: Annotated[int, Field(ge=0, le=MOST_RUNS)] = 60
    priors: Annotated[int, Field(ge=0, le=MOST_RUNS)] = 60


class Claim(BaseModel):
    """A hypothesis: what is claimed, what would refute it, and how that is found out."""

    model_config = FROZEN
    name: str
    claim: str
    falsified_if: str
    leaves_out: str = ""
    measure: Literal["cells", "field"] = "cells"
    needs: Names = ()
    base: Values = {}
    arms: dict[str, Values]
    over: dict[str, Literal["declared"] | tuple[str, str]] = {}
    draws_may_fail: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    readouts: Annotated[tuple[Readout, ...], Field(min_length=1)]
    budget: Budget = Budget()
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    marks: dict[str, str] = Field(default={}, exclude=True)

    @property
    def missing(self) -> tuple[str, ...]:
        """What it needs and does not exist."""
        return tuple(need for need in self.needs if need not in mechanisms())

    def where(self, key: str) -> str:
        """File and line of a key like "arms.twin", or of what it stands in."""
        while key and key not in self.marks:
            key = key.rpartition(".")[0]
        return self.marks.get(key, self.name)

    def refuse(self) -> None:
        """Raise ConfigError for names that nothing answers to and for a budget too small to start."""
        for need in self.needs:
            self._known("needs", need, (*mechanisms(), *MISSING))
        for place, readout in enumerate(self.readouts):
            for arm in readout.arms:
                self._known(f"readouts.{place}.arms", arm, self.arms)
            for name in readout.by:
                self._known(f"readouts.{place}.by", name, self.over or ("(nothing is drawn)",))
        for name in self.over:
            taken = next((arm for arm, values in self.arms.items() if name in values), None)
            if taken is not None:
                message = f"arm {taken!r} sets it too; a number is drawn or set by an arm, not both"
                raise ConfigError(f"{self.where(f'over.{name}')}: over.{name}: {message}")
        for stage, runs in (("central", self.budget.central), ("priors", self.budget.priors)):
            if 0 < runs < len(self.arms):
                found = f"{runs} runs are fewer than the {len(self.arms)} arms of one woman"
                raise ConfigError(f"{self.where(f'budget.{stage}')}: budget.{stage}: {found}")
        if self.budget.priors and not self.over:
            message = "runs over the priors, but nothing is drawn; write `over:`, or `priors: 0`"
            raise ConfigError(f"{self.where('budget')}: budget.priors: {message}")

    def _known(self, key: str, name: str, names: Iterable[str]) -> None:
        if name not in names:
            raise ConfigError(f"{self.where(key)}: {key}: {name!r} is not known; {nearest(name, names)}")


def load(path: Path) -> Claim:
    """Read one hypothesis; ConfigError lists all that is wrong with file and line."""
    marks: dict[str, str] = {}
    tree = _plain(root_of(path), "", path, marks)
    if isinstance(tree, dict) and "marks" in tree:
        raise ConfigError(f"{marks['marks']}: marks: unknown key; {nearest('marks', Claim.model_fields)}")
    try:
        claim = Claim.model_validate({"name": path.stem, **tree, "marks": marks})
    except ValidationError as error:
        found = error.errors(include_url=False)
        own = [
            each for each in found if each["type"] != "too_short"
        ] or found  # what is refused is not counted
        problems = [_sentence(each, path, marks) for each in own]
        raise ConfigError("\n".join(dict.fromkeys(problems))) from None
    if claim.name != path.stem:
        raise ConfigError(
            f"{claim.where('name')}: name: {claim.name!r} is not the file's name, {path.stem!r}"
        )
    claim.refuse()
    return claim


def _plain(node: yaml.Node, key: str, path: Path, marks: dict[str, str]) -> Any:
    """A YAML tree as dicts, lists and texts; the line of every key is kept in `marks`."""
    marks.setdefault(key, f"{path}:{node.start_mark.line + 1}")
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for name, value in node.value:
            within = f"{key}.{name.value}".lstrip(".")
            if name.value in found:
                raise ConfigError(f"{path}:{name.start_mark.line + 1}: {within}: written twice")
            marks[within] = f"{path}:{name.start_mark.line + 1}"
            found[name.value] = _plain(value, within, path, marks)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, f"{key}.{place}", path, marks) for place, item in enumerate(node.value)]
    return str(node.value)


def _sentence(found: Any, path: Path, marks: Mapping[str, str]) -> str:
    """One complaint of pydantic as "file:line: key: what is wrong"."""
    key = ".".join(str(part) for part in found["loc"] if not str(part).startswith(("literal[", "tuple[")))
    at = key
    while at and at not in marks:
        at = at.rpartition(".")[0]
    said = {"missing": "is missing", "extra_forbidden": "unknown key"}.get(found["type"])
    if found["type"] == "extra_forbidden" and "." not in key:
        said = f"unknown key; {nearest(key, set(Claim.model_fields) - {'marks'})}"
    elif found["type"] == "extra_forbidden" and key.startswith("readouts."):
        said = f"unknown key; {nearest(key.rpartition('.')[2], Readout.model_fields)}"
    text = str(found["msg"]).removeprefix("Value error, ")
    return f"{marks.get(at, str(path))}: {key}: {said or text[:1].lower() + text[1:]}"


def all_claims() -> list[Claim]:
    """Every hypothesis of configs/hypotheses, H2 before H10."""
    return [load(path) for path in sorted(FOLDER.glob("*.yaml"), key=_order)]


def find(names: list[str]) -> list[Claim]:
    """The hypotheses of these names or files; all of them where none is given."""
    if not names:
        return all_claims()
    known = {path.stem: path for path in FOLDER.glob("*.yaml")}
    for name in names:
        if name not in known and Path(name).suffix not in (".yaml", ".yml"):
            hint = nearest(name[:1].upper() + name[1:], known)
            raise ExperimentError(f"hypotheses: {name!r} is no hypothesis; {hint}")
    return [load(known.get(name, Path(name))) for name in names]


def _order(path: Path) -> tuple[int, str]:
    number = re.match(r"H(\d+)", path.stem)
    return (int(number[1]) if number else 10**6, path.stem)
