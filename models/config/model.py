"""What is special about a run: patient, space, schedule, clocks, mechanisms and overrides; frozen once read.

Biology's numbers live in the mechanisms; those of trial, patient and lattice in `config_sections`.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from itertools import chain, islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from il2sim.models.config.checks import conflicts, remarks, side_um
from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.config.outside_mechanisms import KEYS, regardless_of_place
from il2sim.models.config.part import COPIED, FROZEN, Part, check_set, fields_of, refusing, section_of
from il2sim.models.config.protocols import USUAL, protocol_of
from il2sim.models.config.quantities import measure_of
from il2sim.models.config.reader import Outline, Written, edited, read, read_overrides
from il2sim.models.config.sections import (
    Clocks,
    Pathology,
    Patient,
    Schedule,
    Space,
    Sweep,
    keys_of,
    rows,
    written_out,
)
from il2sim.models.config.shipped import meant
from il2sim.models.config.values import (
    ConflictError,
    check_flag,
    check_mechanisms,
    check_name,
    describe,
    refusals,
)
from il2sim.models.config.yaml_tree import ConfigError
from il2sim.sim.language.model import Parameter

__all__ = ["Clocks", "Config", "ConfigError", "Pathology", "Patient", "Schedule", "Space", "Sweep"]

_SECTIONS: Mapping[str, type[Part]] = {
    "space": Space,
    "patient": Patient,
    "schedule": Schedule,
    "clocks": Clocks,
    "pathology": Pathology,
}
_MOST_PROBLEMS = 100  # of a sweep, all told; more are not shown
_MOST_POINTS = 2000  # of a sweep tried at load; a larger design meets the rest when its runs are made


_KEYS = {section: keys_of(kind) for section, kind in _SECTIONS.items()}
_OUTLINE: Outline = {
    "": ("name", "extends", "mechanisms", "with", "without", "allow_outside"),
    **_KEYS,
    "set": (),
    "sweep": keys_of(Sweep),
}


class Config(BaseModel):
    """A run as configured. Equal, hashable and picklable by what it says, not by where it was read.

    In Python sections are objects or mappings; ConfigError lists all that is wrong. `model_construct` and
    `model_validate` are pydantic's own: the one checks nothing, the other raises ValidationError.

    >>> config = Config(patient={"width": "5 mm"}, schedule={"surgery_day": 35})
    >>> config.patient.width_um, config.schedule.surgery_day
    (5000.0, 35.0)
    >>> Config(patient={"width": "5 mm"}) == Config().with_values({"patient.width": "5 mm"})
    True
    >>> Config(patient={"size": "5 mm"})
    Traceback (most recent call last):
    il2sim.models.config.yaml_tree.ConfigError: patient.size: unknown key
    """

    model_config = FROZEN
    name: Annotated[str, BeforeValidator(check_name)] = "config"
    """Names the results folder; the file's name unless given."""
    mechanisms: Annotated[tuple[str, ...], BeforeValidator(check_mechanisms)] = MECHANISMS
    """What declares the biology: names of the package's own or of installed mechanisms, or paths of Python
    files, relative to the config; one left out is knocked out."""
    space: Space = Space()
    patient: Patient = Patient()
    schedule: Schedule = Field(default_factory=Schedule)
    clocks: Clocks = Clocks()
    pathology: Pathology = Pathology()
    allow_outside: Annotated[bool, BeforeValidator(check_flag)] = False
    """Whether `set` may lie beyond the ranges of the sources; every report then says so."""
    set: Annotated[Mapping[str, str], BeforeValidator(partial(check_set, sections=tuple(_OUTLINE)))] = {}
    """Overrides of declared parameters as written; checked when the model is built."""
    sweep: Sweep | None = None
    _places: Written = PrivateAttr(default_factory=Written)
    """Where each key was written; what it says is in the fields alone."""
    _base: Written | None = PrivateAttr(default=None)
    """A sweep's own values, where they cannot be run: its arms are made of them, it stands for the first."""

    if not TYPE_CHECKING:  # to a checker the fields are the signature
        __init__ = refusing(BaseModel.__init__, "")

    __iter__: ClassVar[None] = None  # type: ignore[assignment]  # one value, where Mesa looks for several

    @model_validator(mode="after")
    def _refuse_conflicts(self) -> Self:
        found = conflicts(self.space, self.patient, self.schedule, self.clocks, self.mechanisms)
        if found:
            raise ConflictError(found)
        return self

    @classmethod
    def load(cls, path: str | Path, set: Iterable[str] = ()) -> Self:
        """Read a YAML file, or a config that comes with il2sim by its name, and `name=value` overrides.

        path    the file, or the name of a shipped config, like "small_2d"
        set     overrides as on the command line: "patient.width=5 mm", "cd8_killing.kill_rate=8 1/day"

        Returns the config, named after its file unless it says otherwise; ConfigError lists all that is
        wrong.

        >>> Config.load("small_2d", ["patient.stil=30 %"]).patient.stil
        0.3
        >>> Config.load("nowhere.yaml")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        il2sim.models.config.yaml_tree.ConfigError: nowhere.yaml: cannot be read ...
        """
        file = meant(Path(path))
        written = read_overrides(set, _OUTLINE, {}).over(read(file, _OUTLINE))
        return cls._checked(replace(written, origin=str(file)))

    def with_values(self, values: Mapping[str, str], at: Mapping[str, str] | None = None) -> Self:
        """The same with some keys or parameters replaced: one point of a design, so without its `sweep`.

        values    texts with their units by key or parameter, as in a file; ConfigError lists what is wrong

        >>> Config().with_values({"patient.width": "5 mm", "schedule.cap": "5 MIU"}).patient.width_um
        5000.0

        `at` says where a value was given, for its refusal; "--set", or the axis of the sweep, unless it does.
        """
        places = self._places
        marks = {name: places.marks.get(f"sweep.axes.{name}", "--set") for name in values} | dict(at or {})
        changes = read_overrides([f"{name}={text}" for name, text in values.items()], _OUTLINE, marks)
        before = self._base or Written(places.origin, self._as_written(), places.marks)
        touched = {name.partition(".")[0] for name in values}
        is_shared = self._base is None
        untouched = {name: getattr(self, name) for name in _SECTIONS if is_shared and name not in touched}
        return self._checked(replace(changes.over(before), origin=places.origin), self.name, untouched)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The same with some fields replaced, checked as those of a file; ConfigError lists what is wrong.

        A section is given whole, or as a mapping of what is new in it. What nobody set goes on to follow the
        protocol, and what did not change keeps its file and line.
        """
        if not update:
            return super().model_copy(deep=deep)
        given = fields_of(type(self), update)
        for name in _SECTIONS.keys() & given.keys():
            given[name] = section_of(name, getattr(self, name), given[name], _SECTIONS[name])
        if given.get("sweep") is not None:
            given["sweep"] = section_of("sweep", self.sweep, given["sweep"], Sweep)
        try:
            made = self.model_validate({name: getattr(self, name) for name in self.model_fields_set} | given)
        except ValidationError as error:
            changed = {name for name in given if name not in _SECTIONS}
            for section in _SECTIONS.keys() & given.keys():
                changed |= _differing(section, getattr(self, section), given[section])
            lines = [f"{COPIED}: {_of(keys, changed)}: {sentence}" for keys, sentence in refusals(error)]
            raise ConfigError("\n".join(dict.fromkeys(lines))) from None
        made._places = self._places_in(made)
        made._base = self._base if given.keys() <= {"sweep"} else None
        own, new = (each.sweep.axes if each.sweep else {} for each in (self, made))
        problems = made._sweep_problems() if new != own else []
        if problems:
            raise ConfigError("\n".join(dict.fromkeys(problems)))
        return made

    def _places_in(self, made: Self) -> Written:
        """Where the keys of a copy were written: those that are new in it stand at "model_copy"."""
        changed = {
            name
            for name in ("name", "mechanisms", "allow_outside")
            if getattr(self, name) != getattr(made, name)
        }
        for section in _SECTIONS:
            changed |= _differing(section, getattr(self, section), getattr(made, section))
        changed |= {name for name in {**self.set, **made.set} if self.set.get(name) != made.set.get(name)}
        own, new = (each.sweep.axes if each.sweep else {} for each in (self, made))
        changed |= {f"sweep.axes.{name}" for name in {**own, **new} if own.get(name) != new.get(name)}
        return replace(self._places, marks={**self._places.marks, **dict.fromkeys(changed, COPIED)})

    def _as_written(self) -> dict[str, object]:
        """What somebody set, as a file would say it; what nobody set follows the protocol."""
        found: dict[str, object] = {}
        for section in _SECTIONS:
            part = getattr(self, section)
            said = dict(written_out(part))
            for name, key in zip(type(part).model_fields, _KEYS[section], strict=True):
                if name in part.model_fields_set:
                    found[f"{section}.{key}"] = said.get(key)
        if "mechanisms" in self.model_fields_set:
            found["mechanisms"] = list(self.mechanisms)
        if self.allow_outside:
            found["allow_outside"] = True
        return found | dict(self.set)

    def without_drug(self) -> Self:
        """The control without drug: the same patient and days, dose 0; so no needle and no fluid either."""
        return self.with_values({"schedule.dose": "0 MIU/mm"})

    def where(self, key: str) -> str:
        """File and line of a key or parameter, "--set", or the file when the key was not written."""
        return self._places.where(key)

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
        parts = {key: part for key, part in self.said().items() if key not in ("name", "sweep")}
        canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return blake2b(canonical.encode(), digest_size=16).hexdigest()

    def resolved(self) -> dict[str, Any]:
        """Every key with value and unit, as a file would say it; read back it gives the same config."""
        tree: dict[str, Any] = {"name": self.name, "mechanisms": list(self.mechanisms)}
        for section in _SECTIONS:
            found = written_out(getattr(self, section))
            tree[section] = {key: list(each) if isinstance(each, list) else each for key, each in found}
        if self.allow_outside:
            tree["allow_outside"] = True
        tree["set"] = dict(sorted(self.set.items()))
        if self.sweep is not None:
            axes = {axis: list(texts) for axis, texts in self.sweep.axes.items()}
            tree["sweep"] = {"axes": axes, "replicates": self.sweep.replicates, "twin": self.sweep.twin}
        return tree

    def said(self) -> dict[str, Any]:
        """The same with mechanisms from outside by name and content, wherever their files lie."""
        return self.resolved() | {"mechanisms": regardless_of_place(self.mechanisms)}

    def numbers(self) -> tuple[Parameter, ...]:
        """The config's own quantities as parameters, in their sources' range, else that which can be run."""
        return tuple(chain.from_iterable(self._numbers(section) for section in _SECTIONS))

    def _numbers(self, section: str) -> Iterator[Parameter]:
        part = getattr(self, section)
        for field_name, (key, field, value) in zip(type(part).model_fields, rows(part), strict=True):
            kind = measure_of(field)
            if kind is not None and value is not None:
                name, shown = f"{section}.{key}", kind.in_shown(value)
                is_written = field_name in part.model_fields_set
                ends = kind.sourced or (kind.low, kind.high)
                yield Parameter(name, shown, kind.shown, *ends, kind.source, kind.known, is_written)

    def runnable(self) -> dict[str, tuple[float, float]]:
        """Between what the config's own quantities can be run, in the units they are shown in."""
        fields = ((section, *row[:2]) for section in _SECTIONS for row in rows(getattr(self, section)))
        kinds = {f"{section}.{key}": measure_of(field) for section, key, field in fields}
        return {name: (kind.low, kind.high) for name, kind in kinds.items() if kind is not None}

    @classmethod
    def _checked(
        cls, written: Written, name: str = "", untouched: Mapping[str, BaseModel] | None = None
    ) -> Self:
        """The config that was written, on top of its protocol; ConfigError with every problem found.

        `untouched` are sections taken over as they are: the points of a design are many and share most.
        """
        written = edited(written)
        config, problems = cls._validated(written, name, untouched or {})
        if config is not None:
            problems += config._sweep_problems()
        elif arms := _arms(written):
            config, problems = cls._of_arms(written, name, arms)
        if config is None or problems:
            raise ConfigError("\n".join(dict.fromkeys(problems)))
        return config

    @classmethod
    def _validated(
        cls, written: Written, name: str, untouched: Mapping[str, BaseModel]
    ) -> tuple[Self | None, list[str]]:
        """The config that was written, its sweep untried; None with what keeps it from being one."""
        protocol = written.values.get("schedule.protocol", USUAL)
        full = written.over(protocol_of(protocol, _KEYS["schedule"]))
        try:
            config = cls.model_validate(_tree(written, name) | dict(untouched), context={"written": True})
        except ValidationError as error:
            refused = [(_culprit(keys, full, written), sentence) for keys, sentence in refusals(error)]
            return None, [*full.problems, *(f"{full.where(key)}: {key}: {what}" for key, what in refused)]
        config._places = replace(written, values={}, problems=())
        return config, list(full.problems)

    @classmethod
    def _of_arms(
        cls, written: Written, name: str, arms: Sequence[Mapping[str, str]]
    ) -> tuple[Self | None, list[str]]:
        """A sweep whose own values cannot be run, though its arms may: none of them uses those that the axes
        replace. It stands for its first arm.
        """
        base = written.without("sweep.")
        config, problems = cls._validated(_arm(written, arms[0]), name, {})
        if config is not None:
            config._base = base
            return config, problems + config._sweep_problems()
        tried = (cls._validated(_arm(base, arm), name, {})[1] for arm in arms)
        return None, [*problems, *chain.from_iterable(tried)]

    def _sweep_problems(self) -> list[str]:
        """What is wrong with the sweep: all points of its config keys, each value of its parameters alone."""
        if self.sweep is None or _is_point(self.sweep.axes, self._places.marks):
            return []
        axes = self.sweep.axes
        swept = _swept(axes)
        alone = (self._axis_problems(axis, texts) for axis, texts in axes.items() if axis not in swept)
        found = chain.from_iterable(chain(map(self._point_problems, _points(swept)), alone))
        return list(islice(found, _MOST_PROBLEMS))

    def _axis_problems(self, axis: str, texts: Iterable[str]) -> tuple[str, ...]:
        """What is wrong with the values of a parameter: nothing else in the config can be at odds with it."""
        mark = self.where(f"sweep.axes.{axis}")
        if not axis.strip():
            return (
                f"{mark}: sweep.axes: an axis without a name; write a key or parameter, as patient.width",
            )
        if axis.split(".")[0] in ("sweep", "name", "extends", "allow_outside"):
            return (f"{mark}: sweep.axes.{axis}: cannot be an axis of a sweep",)
        return read_overrides([f"{axis}={text}" for text in texts], _OUTLINE, {axis: mark}).problems

    def _point_problems(self, point: Mapping[str, str]) -> list[str]:
        try:
            self.with_values(point)
        except ConfigError as error:
            return str(error).splitlines()
        return []

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """What tells it from others in a line; `resolved` has it all."""
        shown = {"patient": ("width", "stil"), "schedule": ("dose", "days", "surgery_day")}
        yield "name", self.name
        for section, keys in shown.items():
            told = dict(written_out(getattr(self, section)))
            yield from ((key, told[key]) for key in keys)
        if self.sweep is not None:
            points = math.prod(len(texts) for texts in self.sweep.axes.values())
            yield "sweep", f"{points} points x {self.sweep.replicates}"
        yield "hash", self.hash[:12]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self.said() == other.said()

    def __hash__(self) -> int:
        return int(self.hash, 16)

    def __str__(self) -> str:
        return repr(self)


def _swept(axes: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The axes over keys of the config; the others are over parameters."""
    keys = (*_SECTIONS, *KEYS)
    return {axis: texts for axis, texts in axes.items() if axis.split(".")[0] in keys}


def _points(swept: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """As many combinations as are tried at load."""
    return (dict(zip(swept, texts, strict=True)) for texts in islice(product(*swept.values()), _MOST_POINTS))


def _is_point(axes: Mapping[str, object], marks: Mapping[str, str]) -> bool:
    """Whether a setting says what an axis varies: then the config is one point of the sweep, which `run`
    repeats, and no other is to be tried on top of it. `sweep` refuses such a setting.
    """
    edits = frozenset(KEYS)
    swept = {*axes, *edits} if edits & axes.keys() else axes.keys()
    return any(marks.get(name) == "--set" for name in swept)


def _arms(written: Written) -> list[dict[str, str]]:
    """The points of what a written sweep varies among the config's keys; none where it varies nothing."""
    axes = written.values.get("sweep.axes")
    if not isinstance(axes, Mapping) or _is_point(axes, written.marks):
        return []
    swept = _swept(axes)
    return list(_points(swept)) if swept and all(swept.values()) else []


def _arm(written: Written, point: Mapping[str, str]) -> Written:
    """What was written with the values of one point of its sweep on top."""
    marks = {name: written.where(f"sweep.axes.{name}") for name in point}
    changes = read_overrides([f"{name}={text}" for name, text in point.items()], _OUTLINE, marks)
    return edited(replace(changes.over(written), origin=written.origin))


def check_config(value: object) -> None:
    """ConfigError for what stands where a config is due."""
    if not isinstance(value, Config):
        raise ConfigError(f"config: {describe(value)} is no Config; Config.load('FILE.yaml') reads one")


def _differing(section: str, before: Part, after: Part) -> frozenset[str]:
    """The keys of a section whose values differ."""
    pairs = zip(rows(before), rows(after), strict=True)
    return frozenset(f"{section}.{key}" for (key, _, old), (_, _, new) in pairs if old != new)


def _of(keys: tuple[str, ...], changed: Iterable[str]) -> str:
    """Of keys that cannot stand together one that is new."""
    return next((key for key in keys if key in changed), keys[0])


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
