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

from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.config.outside_mechanisms import KEYS, name_of, placed, placed_texts, what
from il2sim.models.config.shipped import meant
from il2sim.models.config.yaml_tree import (
    UNPRINTABLE,
    ConfigError,
    listed_of,
    place,
    root_of,
    text_of,
    value_of,
)
from il2sim.sim.language.quote import MOST_LETTERS, cut, quoted
from il2sim.sim.language.units import UnitError, parse

Outline = Mapping[
    str, tuple[str, ...]
]  # section -> its keys; "" for keys outside any section; () where names are free

MOST_PROBLEMS = 40  # of one source: mend these first
_EXAMPLES = {
    "patient": "{width: 12 mm}",
    "space": "{margin: 1 mm}",
    "schedule": "{dose: 0.5 MIU/mm, days: [0, 7, 14, 21]}",
    "clocks": "{tick: 10 min}",
    "pathology": "{observer: true}",
    "set": "{aicd.death_rate: 0.1 1/day}",
    "sweep": "{axes: {patient.width: [5 mm, 10 mm]}, replicates: 3}",
}
_FORM = "write section.key, as patient.width, or mechanism.parameter, as aicd.death_rate"
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
        for name in asked if isinstance(asked, list) else [asked]:
            if wrong := _wrong_edit(key, name, kept):
                problems.append(f"{written.where(key)}: {key}: {wrong}")
            elif key == "with":
                kept.append(name)
            else:
                kept = [
                    each for each in kept if not isinstance(each, str) or name_of(each) != name_of(str(name))
                ]
    values = {name: each for name, each in written.values.items() if name not in ("with", "without")}
    mark = written.where("with" if "with" in written.values else "without")
    marks = {**written.marks, "mechanisms": mark}
    return Written(written.origin, values | {"mechanisms": kept}, marks, tuple(problems))


def _wrong_edit(key: str, name: object, kept: Sequence[str]) -> str:
    """Why a mechanism cannot be added or taken away; empty where it can. An arm that is the same as another
    would look like a mechanism without effect.
    """
    if not isinstance(name, str):
        return f"{_kind(name)} is not the name of a mechanism; write one or a list, as [suppression]"
    if "," in name and "/" not in name:  # of a path its own check says what is wrong
        listed = ", ".join(part.strip() for part in name.split(",") if part.strip())
        return f"{quoted(name)} is not one name; write a list, as {cut(f'[{listed}]')}"
    texts = [each for each in kept if isinstance(each, str)]
    if key == "with":
        return f"{quoted(name)} is among the mechanisms already" if what(name) in map(what, texts) else ""
    if name == "tumour":
        return "'tumour' cannot be left out"
    names = [name_of(each) for each in texts]
    if name_of(name) in names:
        return ""
    return f"{quoted(name)} is not among the mechanisms; {nearest(name, names)}"


def _kind(value: object) -> str:
    """A value that is no text for a sentence."""
    if isinstance(value, yaml.Node):
        return "a list" if isinstance(value, yaml.SequenceNode) else "a mapping"
    if isinstance(value, Mapping):
        return "a mapping"
    return "nothing" if value is None else quoted(value)


def nearest(word: str, words: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the closest valid one, or all of them."""
    valid = sorted(word for word in words if isinstance(word, str))
    close = get_close_matches(word, valid, 1) if len(word) <= MOST_LETTERS else []
    return (
        f"did you mean {quoted(close[0])}?"
        if close
        else f"valid: {', '.join(map(cut, valid[:MOST_PROBLEMS]))}"
    )


@lru_cache(maxsize=4096)  # asked for at every point of a design
def _is_near(name: str, keys: tuple[str, ...]) -> bool:
    """Whether a name is probably a key that was misspelt."""
    return len(name) <= MOST_LETTERS and bool(get_close_matches(name, keys, 1, 0.8))


def _nearest_of_many(name: str, keys: Sequence[str]) -> str:
    """The same for a whole name, whose section may have been left out; there are too many to list them."""
    if len(name) > MOST_LETTERS:
        return _FORM
    bare = {key.rpartition(".")[2]: key for key in keys}
    close = [bare[each] for each in get_close_matches(name, bare, 1, 0.8)] or get_close_matches(name, keys, 1)
    if close:
        return f"did you mean {close[0]!r}?"
    return _FORM


def read(path: Path, outline: Outline) -> Written:
    """One file and the file it extends; only an unreadable file raises ConfigError, the rest is collected."""
    own = _read_one(path, outline)
    if "extends" not in own.values:
        return edited(own)
    target, mark = own.values["extends"], own.where("extends")
    own = own.without("extends")
    if not isinstance(target, str):
        return replace(
            own, problems=(*own.problems, f"{mark}: extends: {_kind(target)} is not a path of a file")
        )
    try:
        base = _read_one(meant(Path(target), path.parent), outline)
    except ConfigError as error:
        return replace(own, problems=(*own.problems, f"{mark}: extends: {error}"))
    if "extends" in base.values:
        both = f"{cut(target)} itself extends {cut(str(base.values['extends']))}"
        further = f"{mark}: extends: {both}; one level is allowed"
        return replace(own, problems=(*own.problems, further))
    return edited(own.over(edited(base).without("name")))


def read_overrides(settings: Iterable[str], outline: Outline, marks: Mapping[str, str]) -> Written:
    """`name=value` texts; a name that is a config key goes there, else to the parameters.

    They stand at "--set" unless `marks` says otherwise.
    """
    reader = _Reader("--set", outline, Path.cwd())
    if isinstance(settings, Mapping):
        settings = [f"{name}={text}" for name, text in settings.items()]
    for setting in [settings] if isinstance(settings, str) else settings:
        name, equals, text = (part.strip() for part in str(setting).partition("="))
        if found := UNPRINTABLE.search(str(setting)):
            what = f"the character U+{ord(found.group()):04X} cannot stand in a setting"
            reader.note(f"--set: {quoted(str(setting))}: {what}")
        elif name and equals:
            reader.override(name, text, marks.get(name, "--set"))
        else:
            lacks = "no name before its '='" if equals else "no '='"
            reader.note(f"--set: {quoted(setting)} has {lacks}; write name=value, like 'patient.width=12 mm'")
    return reader.written()


def _read_one(path: Path, outline: Outline) -> Written:
    root = root_of(path)
    reader = _Reader(place(path), outline, path.parent)
    for name, value, mark in reader.pairs(root, ""):
        if len(reader.problems) > MOST_PROBLEMS:
            break
        if name in outline[""]:
            reader.keep(name, value_of(value), mark)
        elif name in outline:
            reader.section(name, value, mark)
        else:
            known = [key for key in (*outline[""], *outline) if key]
            hint = _misplaced(name, value, outline) or nearest(name, known)
            reader.note(f"{mark}: {cut(name)}: unknown key; {hint}")
    return reader.written()


def _misplaced(name: str, value: yaml.Node, sections: Iterable[str]) -> str:
    """Where a number written as `cd8.death_rate: ...` or `cd8: {death_rate: ...}` belongs; empty where it is
    none, or where a mapping is rather a section that was misspelt.
    """
    if isinstance(value, yaml.MappingNode) and value.value and not get_close_matches(name, sections, 1):
        name = f"{name}.{text_of(value.value[0][0])}"
    is_number = _PARAMETER.fullmatch(name) and len(name) <= MOST_LETTERS
    return f"numbers of mechanisms belong under 'set:', as 'set: {{{name}: ...}}'" if is_number else ""


class _Reader:
    """Collects flat values, marks and problems of one source."""

    def __init__(self, origin: str, outline: Outline, folder: Path) -> None:
        self.origin, self.outline = origin, outline
        self.folder = folder  # that paths are relative to
        self.values: dict[str, object] = {}
        self.marks: dict[str, str] = {}
        self.problems: list[str] = []

    def written(self) -> Written:
        return Written(self.origin, self.values, self.marks, tuple(self.problems))

    def note(self, problem: str) -> None:
        self.problems.append(problem)

    def keep(self, key: str, value: object, mark: str) -> None:
        self.values[key] = placed(value, self.folder) if key in KEYS else value
        self.marks[key] = mark

    def pairs(self, node: yaml.MappingNode, section: str) -> list[tuple[str, yaml.Node, str]]:
        """Names, values and marks of a mapping; a repeated name is noted and its first value kept."""
        found: dict[str, tuple[str, yaml.Node, str]] = {}
        for key, value in node.value:
            if len(self.problems) > MOST_PROBLEMS:
                break
            mark = f"{self.origin}:{key.start_mark.line + 1}"
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in found:
                self.note(
                    f"{mark}: {section}{cut(name)}: written twice; first at {found[name][2]}; delete one"
                )
            else:
                found[name] = (name, value, mark)
        return list(found.values())

    def section(self, name: str, node: yaml.Node, mark: str) -> None:
        """One section of a file, as `patient:`."""
        self.marks[name] = mark
        if not isinstance(node, yaml.MappingNode):
            example = _EXAMPLES.get(name, "{...}")
            self.note(f"{mark}: {name}: a mapping is due, like '{name}: {example}'")
            return
        for key, value, line in self.pairs(node, f"{name}."):
            if len(self.problems) > MOST_PROBLEMS:
                break
            if name == "set":
                self.setting(key, value, line)
            elif key not in self.outline[name]:
                self.note(f"{line}: {name}.{cut(key)}: unknown key; {nearest(key, self.outline[name])}")
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
            texts = placed_texts(texts, self.folder) if name in KEYS else texts
            axes[name] = texts if len(texts) == len(items) else ()  # refused with all that is wrong with axes
        self.keep("sweep.axes", axes, mark)

    def setting(self, name: str, value: yaml.Node, mark: str) -> None:
        """One line of `set:`."""
        if isinstance(value, yaml.SequenceNode) and _PARAMETER.fullmatch(name):
            several = f"for several values write 'sweep: {{axes: {{{cut(name)}: [...]}}}}'"
            self.note(f"{mark}: {cut(name)}: a list is not a quantity; write one value; {several}")
        elif isinstance(value, yaml.MappingNode) and not self.outline.get(name):
            pairs = [(text_of(key), text_of(text)) for key, text in value.value[:1]]
            inner = next((f"{key}: {text}" for key, text in pairs if key and text), "...")
            remedy = f"write the full name on one line, as '{cut(name)}.{cut(inner)}'"
            self.note(f"{mark}: {cut(name)}: a mapping is not a quantity; {remedy}")
        else:
            self.parameter(name, text_of(value), mark)

    def parameter(self, name: str, text: str | None, mark: str) -> None:
        """An override of a declared parameter; whether it exists is found out when the model is built."""
        section, _, key = name.partition(".")
        if section == "set" and _PARAMETER.fullmatch(key):
            self.note(f"{mark}: {cut(name)}: unknown key; write {quoted(key)}, without 'set.'")
        elif section in self.outline and section:
            hint = "write it there" if key in self.outline[section] else nearest(key, self.outline[section])
            self.note(
                f"{mark}: {cut(name)}: belongs to the section '{section}:', not to the parameters; {hint}"
            )
        elif not _PARAMETER.fullmatch(name):
            remedy = "write mechanism.parameter, as aicd.death_rate"
            self.note(f"{mark}: {cut(name)}: is not the name of a parameter; {remedy}")
        else:
            self.quantity(name, text or "", mark)

    def quantity(self, name: str, text: str, mark: str) -> None:
        """Keep a parameter's text if it is a quantity of any known unit."""
        try:
            number, unit = parse(text)
        except UnitError as error:
            self.note(f"{mark}: {cut(name)}: {error}")
        else:
            self.keep(name, f"{number} {unit}".strip(), mark)

    def override(self, name: str, text: str, mark: str) -> None:
        """One value given by name, from the command line or an axis of a sweep."""
        section, _, key = name.partition(".")
        top = [key for key in self.outline[""] if key != "extends"]
        if name in top or key in self.outline.get(section, ()):
            self.keep(name, listed_of(text), mark)
            return
        if section == "set":
            self.parameter(name, text, mark)
            return
        keys = [*top, *(f"{part}.{key}" for part in self.outline for key in self.outline[part] if part)]
        if own := self.outline.get(section):
            close = get_close_matches(key, own, 1) if len(key) <= MOST_LETTERS else []
            hint = f"did you mean '{section}.{close[0]}'?" if close else nearest(key, own)
            self.note(f"{mark}: {cut(name)}: unknown key; {hint}")
        elif not _PARAMETER.fullmatch(name) or _is_near(name, tuple(keys)):
            self.note(f"{mark}: {cut(name)}: unknown key; {_nearest_of_many(name, keys)}")
        else:
            self.parameter(name, text, mark)
