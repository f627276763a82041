"""One hypothesis as its YAML file says it: checked on reading, every mistake with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError

from il2sim.experiments.hypotheses.claim_sets import HYPOTHESES, ClaimSet
from il2sim.experiments.hypotheses.readout import FROZEN, Names, Readout, Values
from il2sim.experiments.study.store import ExperimentError
from il2sim.models.build import mechanisms
from il2sim.models.config.model import ConfigError
from il2sim.models.config.reader import nearest
from il2sim.models.config.yaml_tree import root_of

MOST_RUNS = 100_000
MISSING: Mapping[str, str] = {
    "fitting": "a fit of parameters to synthetic trials, with the profile of each",
}
"""What hypotheses need and what is not there yet; a mechanism of this list is there once its file is."""


Range = Literal["declared"] | tuple[str, str]


class Budget(BaseModel):
    """Runs in the sensitised scenario, at the reference values, over the priors; 0 leaves a question out."""

    model_config = FROZEN
    responsive: Annotated[int, Field(ge=0, le=MOST_RUNS)] = 0
    central: Annotated[int, Field(ge=0, le=MOST_RUNS)] = 60
    priors: Annotated[int, Field(ge=0, le=MOST_RUNS)] = 60


class Claim(BaseModel):
    """A hypothesis: what is claimed, what would refute it, and how that is found out."""

    model_config = FROZEN
    name: str
    claim: str
    falsified_if: str
    leaves_out: str = ""
    measure: Literal["cells", "bystander", "field", "plasma"] = "cells"
    needs: Names = ()
    base: Values = {}
    arms: dict[str, Values]
    women: dict[str, Range] = {}
    over: dict[str, Range] = {}
    draws_may_fail: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    first: tuple[Readout, ...] = ()
    readouts: Annotated[tuple[Readout, ...], Field(min_length=1)]
    budget: Budget = Budget()
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    marks: dict[str, str] = Field(default={}, exclude=True)

    @property
    def missing(self) -> tuple[str, ...]:
        """What it needs and does not exist."""
        return tuple(need for need in self.needs if need not in mechanisms())

    @property
    def has_chance(self) -> bool:
        """Whether its runs depend on a seed: whole tumours do, one injection without cells does not."""
        return self.measure in ("cells", "bystander")

    @property
    def drawn(self) -> dict[str, Range]:
        """Every number that is drawn in some question."""
        return self.women | self.over

    def where(self, key: str) -> str:
        """File and line of a key like "arms.drug", or of what it stands in."""
        while key and key not in self.marks:
            key = key.rpartition(".")[0]
        return self.marks.get(key, self.name)

    def refuse(self) -> None:
        """Raise ConfigError for names that nothing answers to and for a budget too small to start."""
        for need in self.needs:
            self._known("needs", need, (*mechanisms(), *MISSING))
        for key, readouts in (("first", self.first), ("readouts", self.readouts)):
            for place, readout in enumerate(readouts):
                for arm in readout.arms:
                    self._known(f"{key}.{place}.arms", arm, self.arms)
                for name in readout.by:
                    self._known(f"{key}.{place}.by", name, self.drawn or ("(nothing is drawn)",))
        for key, drawn in (("women", self.women), ("over", self.over)):
            for name in drawn:
                taken = next((arm for arm, values in self.arms.items() if name in values), None)
                if taken is not None:
                    message = f"arm {taken!r} sets it too; a number is drawn or set by an arm, not both"
                    raise ConfigError(f"{self.where(f'{key}.{name}')}: {key}.{name}: {message}")
        if not any(readout.decides for readout in self.readouts):
            problem = "none of them decides; leave `decides: false` out of one"
            raise ConfigError(f"{self.where('readouts')}: readouts: {problem}")
        self._refuse_budget()

    def _refuse_budget(self) -> None:
        for stage, runs in self.budget.model_dump().items():
            if 0 < runs < len(self.arms):
                found = f"{runs} runs are fewer than the {len(self.arms)} arms of one virtual patient"
                raise ConfigError(f"{self.where(f'budget.{stage}')}: budget.{stage}: {found}")
        if self.budget.priors and not self.over:
            message = "runs over the priors, but nothing is drawn; write `over:`, or `priors: 0`"
            raise ConfigError(f"{self.where('budget')}: budget.priors: {message}")
        if self.budget.responsive and not self.has_chance:
            message = f"{self.measure!r} has no cells that respond; ask it at the reference values"
            raise ConfigError(f"{self.where('budget.responsive')}: budget.responsive: {message}")

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


def all_claims(claim_set: ClaimSet = HYPOTHESES) -> list[Claim]:
    """Every claim of a set's folder, H2 before H10."""
    return [load(path) for path in sorted(claim_set.folder.glob("*.yaml"), key=_order)]


def find(names: list[str], claim_set: ClaimSet = HYPOTHESES) -> list[Claim]:
    """The claims of these names or files; all of the set's where none is given."""
    if not names:
        return all_claims(claim_set)
    known = {path.stem: path for path in claim_set.folder.glob("*.yaml")}
    for name in names:
        if name not in known and Path(name).suffix not in (".yaml", ".yml"):
            hint = nearest(claim_set.spelt(name), known)
            raise ExperimentError(f"{claim_set.name}: {name!r} is no {claim_set.one}; {hint}")
    return [load(known.get(name, Path(name))) for name in names]


def _order(path: Path) -> tuple[int, str]:
    number = re.match(r"H(\d+)", path.stem)
    return (int(number[1]) if number else 10**6, path.stem)
