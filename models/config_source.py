"""What people wrote: a file, the file it extends and `--set` overrides, each value with its file and line.

It knows the outline of a config (sections and keys), not what the values mean: that is `config.py`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

import yaml

from models.config_mechanisms import MECHANISMS
from models.config_yaml import ConfigError, listed_of, root_of, text_of, value_of
from sim.units import UnitError, parse

Outline = Mapping[
    str, tuple[str, ...]
]  # section -> its keys; "" for keys outside any section; () where names are free

_PARAMETER = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Written:
    """Flat keys ("patient.width", "aicd.death_rate") with values as written and their marks ("file:line")."""

    origin: str = "config"
    values: Mapping[str, object] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def over(self, base: "Written") -> "Written":
        """These values on top of those of `base`, key by key."""
        values, marks = {**base.values, **self.values}, {**base.marks, **self.marks}
        return Written(self.origin, values, marks, (*base.problems, *self.problems))

    def without(self, *prefixes: str) -> "Written":
        """All but the keys that start with one of the prefixes."""
        kept = {key: value for key, value in self.values.items() if not key.startswith(prefixes)}
        return replace(self, values=kept)

    def where(self, key: str) -> str:
        """The file and line of a key, or of the section it would stand in, or the name of the file."""
        return self.marks.get(key) or self.marks.get(key.split(".")[0]) or self.origin


def edited(written: Written) -> Written:
    """The same with the mechanisms that its keys `with` and `without` add to the list or take from it."""
    if not {"with", "without"} & written.values.keys():
        return written
    names, problems = written.values.get("mechanisms", list(MECHANISMS)), list(written.problems)
    kept = list(names) if isinstance(names, (list, tuple)) else []
    for key in ("without", "with"):
        asked = written.values.get(key, [])
        for name in [asked] if isinstance(asked, str) else asked if isinstance(asked, list) else [asked]:
            if wrong := _wrong_edit(key, name, kept):
                problems.append(f"{written.where(key)}: {key}: {wrong}")
            elif key == "with":
                kept.append(name)
            else:
                kept.remove(name)
    values = {name: each for name, each in written.values.items() if name not in ("with", "without")}
    mark = written.where("with" if "with" in written.values else "without")
    marks = {**written.marks, "mechanisms": mark}
    return Written(written.origin, values | {"mechanisms": kept}, marks, tuple(problems))


def _wrong_edit(key: str, name: object, kept: Sequence[str]) -> str:
    """Why a mechanism cannot be added or taken away; empty where it can. An arm that is the same as another
    would look like a mechanism without effect.
    """
    if not isinstance(name, str):
        return f"{name!r} is not the name of a mechanism; write one or a list, as [suppression]"
    if key == "with":
        return f"{name!r} is among the mechanisms already" if name in kept else ""
    if name == "tumour":
        return "'tumour' cannot be left out"
    return "" if name in kept else f"{name!r} is not among the mechanisms; {nearest(name, kept)}"


def nearest(word: str, words: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the closest valid one, or all of them."""
    valid = sorted(words)
    close = get_close_matches(word, valid, 1)
    return f"did you mean {close[0]!r}?" if close else f"valid: {', '.join(valid)}"


@lru_cache(maxsize=4096)  # asked for at every point of a design
def _is_near(name: str, keys: tuple[str, ...]) -> bool:
    """Whether a name is probably a key that was misspelt."""
    return bool(get_close_matches(name, keys, 1, 0.8))


def _nearest_of_many(name: str, keys: Sequence[str]) -> str:
    """The same for a whole name, whose section may have been left out; there are too many to list them."""
    bare = {key.rpartition(".")[2]: key for key in keys}
    close = [bare[each] for each in get_close_matches(name, bare, 1, 0.8)] or get_close_matches(name, keys, 1)
    if close:
        return f"did you mean {close[0]!r}?"
    return "write section.key, as patient.width, or mechanism.parameter, as aicd.death_rate"


def read(path: Path, outline: Outline) -> Written:
    """One file and the file it extends; only an unreadable file raises ConfigError, the rest is collected."""
    own = _read_one(path, outline)
    if "extends" not in own.values:
        return edited(own)
    target, mark = own.values["extends"], own.where("extends")
    own = own.without("extends")
    if not isinstance(target, str):
        return replace(own, problems=(*own.problems, f"{mark}: extends: {target!r} is not a path of a file"))
    try:
        base = _read_one(path.parent / target, outline)
    except ConfigError as error:
        return replace(own, problems=(*own.problems, f"{mark}: extends: {error}"))
    if "extends" in base.values:
        further = f"{mark}: extends: {target} itself extends {base.values['extends']}; one level is allowed"
        return replace(own, problems=(*own.problems, further))
    return edited(own.over(edited(base).without("name")))


def read_overrides(settings: Iterable[str], outline: Outline, marks: Mapping[str, str]) -> Written:
    """`name=value` texts; a name that is a config key goes there, else to the parameters.

    They stand at "--set" unless `marks` says otherwise.
    """
    reader = _Reader("--set", outline)
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if name and equals:
            reader.override(name, text, marks.get(name, "--set"))
        else:
            lacks = "no name before its '='" if equals else "no '='"
            reader.note(f"--set: {setting!r} has {lacks}; write name=value, like 'patient.width=12 mm'")
    return reader.written()


def _read_one(path: Path, outline: Outline) -> Written:
    reader = _Reader(str(path), outline)
    root = root_of(path)
    for name, value, mark in reader.pairs(root, ""):
        if name in outline[""]:
            reader.keep(name, value_of(value), mark)
        elif name in outline:
            reader.section(name, value, mark)
        else:
            known = [key for key in (*outline[""], *outline) if key]
            reader.note(
                f"{mark}: {name}: unknown key; {_misplaced(name, value, outline) or nearest(name, known)}"
            )
    return reader.written()


def _misplaced(name: str, value: yaml.Node, sections: Iterable[str]) -> str:
    """Where a number written as `cd8.death_rate: ...` or `cd8: {death_rate: ...}` belongs; empty where it is
    none, or where a mapping is rather a section that was misspelt.
    """
    if isinstance(value, yaml.MappingNode) and value.value and not get_close_matches(name, sections, 1):
        name = f"{name}.{text_of(value.value[0][0])}"
    is_number = _PARAMETER.fullmatch(name)
    return f"numbers of mechanisms belong under 'set:', as 'set: {{{name}: ...}}'" if is_number else ""


class _Reader:
    """Collects flat values, marks and problems of one source."""

    def __init__(self, origin: str, outline: Outline) -> None:
        self.origin, self.outline = origin, outline
        self.values: dict[str, object] = {}
        self.marks: dict[str, str] = {}
        self.problems: list[str] = []

    def written(self) -> Written:
        return Written(self.origin, self.values, self.marks, tuple(self.problems))

    def note(self, problem: str) -> None:
        self.problems.append(problem)

    def keep(self, key: str, value: object, mark: str) -> None:
        self.values[key], self.marks[key] = value, mark

    def pairs(self, node: yaml.MappingNode, section: str) -> list[tuple[str, yaml.Node, str]]:
        """Names, values and marks of a mapping; a repeated name is noted and its first value kept."""
        found: dict[str, tuple[str, yaml.Node, str]] = {}
        for key, value in node.value:
            mark = f"{self.origin}:{key.start_mark.line + 1}"
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in found:
                self.note(f"{mark}: {section}{name}: written twice; first at {found[name][2]}; delete one")
            else:
                found[name] = (name, value, mark)
        return list(found.values())

    def section(self, name: str, node: yaml.Node, mark: str) -> None:
        """One section of a file, as `patient:`."""
        self.marks[name] = mark
        if not isinstance(node, yaml.MappingNode):
            self.note(f"{mark}: {name}: a mapping is due, like '{name}: {{...}}'")
            return
        for key, value, line in self.pairs(node, f"{name}."):
            if name == "set":
                self.parameter(key, text_of(value), line)
            elif key not in self.outline[name]:
                self.note(f"{line}: {name}.{key}: unknown key; {nearest(key, self.outline[name])}")
            elif key == "axes":
                self.axes(value, line)
            else:
                self.keep(f"{name}.{key}", value_of(value), line)

    def axes(self, node: yaml.Node, mark: str) -> None:
        """The axes of a sweep: name -> list of texts; checked further once the config stands."""
        if not isinstance(node, yaml.MappingNode):
            self.note(f"{mark}: sweep.axes: a mapping is due, like 'axes: {{patient.width: [5 mm, 10 mm]}}'")
            return
        axes: dict[str, tuple[str, ...]] = {}
        for name, value, line in self.pairs(node, "sweep.axes."):
            self.marks[f"sweep.axes.{name}"] = line
            items = (
                [text_of(item) for item in value.value] if isinstance(value, yaml.SequenceNode) else [None]
            )
            texts = tuple(item for item in items if item is not None)
            axes[name] = texts if len(texts) == len(items) else ()  # refused with all that is wrong with axes
        self.keep("sweep.axes", axes, mark)

    def parameter(self, name: str, text: str | None, mark: str) -> None:
        """An override of a declared parameter; whether it exists is found out when the model is built."""
        section, _, key = name.partition(".")
        if section in self.outline and section:
            hint = "write it there" if key in self.outline[section] else nearest(key, self.outline[section])
            self.note(f"{mark}: {name}: belongs to the section '{section}:', not to the parameters; {hint}")
        elif not _PARAMETER.fullmatch(name):
            remedy = "write mechanism.parameter, as aicd.death_rate"
            self.note(f"{mark}: {name}: is not the name of a parameter; {remedy}")
        else:
            self.quantity(name, text or "", mark)

    def quantity(self, name: str, text: str, mark: str) -> None:
        """Keep a parameter's text if it is a quantity of any known unit."""
        try:
            number, unit = parse(text)
        except UnitError as error:
            self.note(f"{mark}: {name}: {error}")
        else:
            self.keep(name, f"{number} {unit}".strip(), mark)

    def override(self, name: str, text: str, mark: str) -> None:
        """One value given by name, from the command line or an axis of a sweep."""
        section, _, key = name.partition(".")
        top = [key for key in self.outline[""] if key != "extends"]
        if name in top or key in self.outline.get(section, ()):
            self.keep(name, listed_of(text), mark)
            return
        keys = [*top, *(f"{part}.{key}" for part in self.outline for key in self.outline[part] if part)]
        if own := self.outline.get(section):
            close = get_close_matches(key, own, 1)
            hint = f"did you mean '{section}.{close[0]}'?" if close else nearest(key, own)
            self.note(f"{mark}: {name}: unknown key; {hint}")
        elif not _PARAMETER.fullmatch(name) or _is_near(name, tuple(keys)):
            self.note(f"{mark}: {name}: unknown key; {_nearest_of_many(name, keys)}")
        else:
            self.parameter(name, text, mark)
