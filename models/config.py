"""What is special about a run: patient, space, schedule, clocks, mechanisms and overrides; frozen once read.

Biology's numbers live in the mechanisms; those of trial, patient and lattice in `config_sections`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from itertools import chain, islice, product
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, PrivateAttr, ValidationError, model_validator

from models.config_injection import remarks
from models.config_limits import conflicts, side_um
from models.config_measures import measure_of
from models.config_mechanisms import MECHANISMS
from models.config_pathology import Pathology
from models.config_sections import (
    FROZEN,
    Clocks,
    Patient,
    Schedule,
    Space,
    Sweep,
    keys_of,
    rows,
    text,
)
from models.config_source import Outline, Written, edited, read, read_overrides
from models.config_values import PROTOCOLS, ConflictError, check_flag, check_mechanisms, check_name, refusals
from models.config_yaml import ConfigError
from sim.model import Parameter

__all__ = ["Clocks", "Config", "ConfigError", "Pathology", "Patient", "Schedule", "Space", "Sweep"]

_SECTIONS: Mapping[str, type[BaseModel]] = {
    "space": Space,
    "patient": Patient,
    "schedule": Schedule,
    "clocks": Clocks,
    "pathology": Pathology,
}
_MOST_POINTS = 2000  # of a sweep tried at load; a larger design meets the rest when its runs are made


_KEYS = {section: keys_of(kind) for section, kind in _SECTIONS.items()}
_OUTLINE: Outline = {
    "": ("name", "extends", "mechanisms", "with", "without", "allow_outside"),
    **_KEYS,
    "set": (),
    "sweep": keys_of(Sweep),
}


class Config(BaseModel):
    """A run as configured. Equal, hashable and picklable by what it says, not by where it was read."""

    model_config = FROZEN
    name: Annotated[str, BeforeValidator(check_name)] = "config"
    """Names the results folder; the file's name unless given."""
    mechanisms: Annotated[tuple[str, ...], BeforeValidator(check_mechanisms)] = MECHANISMS
    """Files of models/ that declare the biology; one left out is knocked out."""
    space: Space = Space()
    patient: Patient = Patient()
    schedule: Schedule = Schedule()
    clocks: Clocks = Clocks()
    pathology: Pathology = Pathology()
    allow_outside: Annotated[bool, BeforeValidator(check_flag)] = False
    """Whether `set` may lie beyond the ranges of the sources; every report then says so."""
    set: Mapping[str, str] = {}
    """Overrides of declared parameters as written; checked when the model is built."""
    sweep: Sweep | None = None
    _written: Written = PrivateAttr(default_factory=Written)

    @model_validator(mode="after")
    def _refuse_conflicts(self) -> Self:
        found = conflicts(self.space, self.patient, self.schedule, self.clocks, self.mechanisms)
        if found:
            raise ConflictError(found)
        return self

    @classmethod
    def load(cls, path: str | Path, set: Iterable[str] = ()) -> Self:
        """Read a YAML file and `name=value` overrides; ConfigError lists all that is wrong."""
        file = Path(path)
        written = read_overrides(set, _OUTLINE, {}).over(read(file, _OUTLINE))
        return cls._checked(replace(written, origin=str(file)))

    def with_values(self, values: Mapping[str, str]) -> Self:
        """The same with some keys or parameters replaced: one point of a design, so without its `sweep`."""
        before = self._written if self._written.values else Written(values=self._as_written())
        marks = {name: before.marks.get(f"sweep.axes.{name}", "--set") for name in values}
        changes = read_overrides([f"{name}={text}" for name, text in values.items()], _OUTLINE, marks)
        return self._checked(replace(changes.over(before.without("sweep.")), origin=before.origin), self.name)

    def _as_written(self) -> dict[str, object]:
        """A config made in Python as a file would say it: what nobody set follows the protocol."""
        written = flat(self.resolved())
        for key, name in zip(_KEYS["schedule"], Schedule.model_fields, strict=True):
            if name not in self.schedule.model_fields_set:
                written.pop(f"schedule.{key}", None)
        return written

    def without_drug(self) -> Self:
        """The no-drug twin: the same woman and days, dose 0; so no needle and no fluid either."""
        return self.with_values({"schedule.dose": "0 MIU/mm"})

    def where(self, key: str) -> str:
        """File and line of a key or parameter, "--set", or the file when the key was not written."""
        return self._written.where(key)

    def warnings(self) -> tuple[str, ...]:
        """What a reader should know and what is run all the same."""
        return remarks(self.patient, self.schedule, self.mechanisms)

    @property
    def side_um(self) -> float:
        """Side of the lattice: as given, or the tumour, what it may grow, and room."""
        return side_um(self.space, self.patient, self.schedule, self.mechanisms)

    @property
    def hash(self) -> str:
        """32 hexadecimal digits of everything that can change a result: all but the name and the sweep."""
        parts = {key: part for key, part in self.resolved().items() if key not in ("name", "sweep")}
        canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return blake2b(canonical.encode(), digest_size=16).hexdigest()

    def resolved(self) -> dict[str, Any]:
        """Every key with value and unit, as a file would say it; read back it gives the same config."""
        tree: dict[str, Any] = {"name": self.name, "mechanisms": list(self.mechanisms)}
        for section in _SECTIONS:
            given = [row for row in rows(getattr(self, section)) if row[2] is not None]
            tree[section] = {key: text(field, value) for key, field, value in given}
        if self.allow_outside:
            tree["allow_outside"] = True
        tree["set"] = dict(sorted(self.set.items()))
        if self.sweep is not None:
            axes = {axis: list(texts) for axis, texts in self.sweep.axes.items()}
            tree["sweep"] = {"axes": axes, "replicates": self.sweep.replicates, "twin": self.sweep.twin}
        return tree

    def numbers(self) -> tuple[Parameter, ...]:
        """The config's own quantities as parameters, in their sources' range, else that which can be run."""
        return tuple(chain.from_iterable(self._numbers(section) for section in _SECTIONS))

    def _numbers(self, section: str) -> Iterator[Parameter]:
        for key, field, value in rows(getattr(self, section)):
            kind = measure_of(field)
            if kind is not None and value is not None:
                name, shown = f"{section}.{key}", kind.in_shown(value)
                is_written = name in self._written.values
                ends = kind.sourced or (kind.low, kind.high)
                yield Parameter(name, shown, kind.shown, *ends, kind.source, kind.known, is_written)

    def runnable(self) -> dict[str, tuple[float, float]]:
        """Between what the config's own quantities can be run, in the units they are shown in."""
        fields = ((section, *row[:2]) for section in _SECTIONS for row in rows(getattr(self, section)))
        kinds = {f"{section}.{key}": measure_of(field) for section, key, field in fields}
        return {name: (kind.low, kind.high) for name, kind in kinds.items() if kind is not None}

    @classmethod
    def _checked(cls, written: Written, name: str = "") -> Self:
        """The config that was written, on top of its protocol; ConfigError with every problem found."""
        written = edited(written)
        full = written.over(_protocol(written))
        problems = list(full.problems)
        try:
            config = cls.model_validate(_tree(full, name), context={"written": True})
        except ValidationError as error:
            refused = [(_culprit(keys, full, written), sentence) for keys, sentence in refusals(error)]
            problems += [f"{full.where(key)}: {key}: {sentence}" for key, sentence in refused]
        else:
            config._written = written
            problems += config._sweep_problems()
        if problems:
            raise ConfigError("\n".join(dict.fromkeys(problems)))
        return config

    def _sweep_problems(self) -> list[str]:
        """What is wrong with the sweep: all points of its config keys, each value of its parameters alone."""
        if self.sweep is None:
            return []
        axes = self.sweep.axes
        keys = (*_SECTIONS, "mechanisms", "with", "without")
        swept = {axis: texts for axis, texts in axes.items() if axis.split(".")[0] in keys}
        points: Iterator[Mapping[str, str]] = chain(
            (
                dict(zip(swept, texts, strict=True))
                for texts in islice(product(*swept.values()), _MOST_POINTS)
            ),
            ({axis: text} for axis, texts in axes.items() if axis not in swept for text in texts),
        )
        return list(chain.from_iterable(self._point_problems(point) for point in points))

    def _point_problems(self, point: Mapping[str, str]) -> list[str]:
        for axis in point:
            if axis.split(".")[0] in ("sweep", "name", "extends", "allow_outside"):
                return [
                    f"{self.where(f'sweep.axes.{axis}')}: sweep.axes.{axis}: cannot be an axis of a sweep"
                ]
        try:
            self.with_values(point)
        except ConfigError as error:
            return str(error).splitlines()
        return []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self.resolved() == other.resolved()

    def __hash__(self) -> int:
        return int(self.hash, 16)


def _protocol(written: Written) -> Written:
    """The schedule of the named protocol, under everything that was written."""
    name = written.values.get("schedule.protocol", "registry_2025")
    path = PROTOCOLS / f"{name}.yaml"
    if not isinstance(name, str) or "/" in name or not path.is_file():
        return Written(written.origin)  # an unknown name is refused by its own check
    return read(path, {"": (), "schedule": _KEYS["schedule"]})


def _tree(written: Written, name: str) -> dict[str, Any]:
    """Flat keys as nested sections; a name that is no config key is an override of a parameter."""
    stem = re.sub(r"[^A-Za-z0-9._-]+|^[^A-Za-z0-9]+", "_", Path(written.origin).stem).lstrip("._-")
    tree: dict[str, Any] = {"name": name or stem or "config"}
    for key, value in written.values.items():
        section, _, rest = key.partition(".")
        if key in _OUTLINE[""]:
            tree[key] = value
        elif rest in _OUTLINE.get(section, ()):
            tree.setdefault(section, {})[rest] = value
        else:
            tree.setdefault("set", {})[key] = value
    return tree


def flat(tree: Mapping[str, Any]) -> dict[str, object]:
    """The reverse of `_tree`, for a config that was made in Python: a resolved one with dotted keys."""
    found: dict[str, object] = {}
    for key, part in tree.items():
        if key == "set":
            found.update(part)
        elif isinstance(part, dict):
            found.update({f"{key}.{rest}": value for rest, value in part.items()})
        else:
            found[key] = part
    return found


def _culprit(keys: tuple[str, ...], full: Written, written: Written) -> str:
    """Of keys that cannot stand together the one to point at: of `--set`, else of the user's file."""
    ranked = sorted(keys, key=lambda key: (full.marks.get(key) != "--set", key not in written.marks))
    return ranked[0]
