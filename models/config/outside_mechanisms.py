"""Mechanisms from outside the package: a Python file that a config names, or an installed distribution's.

A config holds each with the hash of its content, so that two versions of a file are two configs: a file as
"/folder/anti_pd1.py#3f0c...", a module behind an entry point as "il15#3f0c...". Where a file lies does not
count. Nothing is imported here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISREG

from il2sim.models.config.mechanisms import mechanism_names
from il2sim.sim.language.quote import cut, quoted

GROUP = "il2sim.mechanisms"
"""Group of the entry points by which a distribution offers mechanisms: name -> module with `declare(m)`."""
KEYS = ("mechanisms", "with", "without")
"""Keys of a config, and axes of a sweep, whose values name mechanisms."""
LARGEST_BYTES = 1_000_000
_LONGEST_PATH = 300  # letters of it in a sentence
_PINNED = re.compile(r"(?P<what>.+)#(?P<content>[0-9a-f]{32})")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_HAS_MEANING = re.compile(r"[\[\],#\x00-\x1f\x7f\ud800-\udfff]")
"""Characters that a list of the command line, or a hash behind a path, would be torn at."""


class OutsideError(ValueError):
    """What cannot be a mechanism from outside, or is none any more; one sentence."""


@dataclass(frozen=True)
class Outside:
    """A mechanism from outside: its name, the hash of its content, and its file; "" for an installed one."""

    name: str
    content: str
    file: str = ""


def shown_file(file: str) -> str:
    """A path for a sentence."""
    return repr(cut(file, _LONGEST_PATH))


def is_path(text: str) -> bool:
    """Whether the name of a mechanism is rather the path of a file."""
    return "/" in text or "\\" in text or text.lower().endswith(".py")


def what(text: str) -> str:
    """A mechanism as people write it: without the hash of its content."""
    found = _PINNED.fullmatch(text)
    return found["what"] if found else text


def name_of(text: str) -> str:
    """The name of a mechanism, by which its numbers are called, of what a config holds."""
    said = what(text)
    return Path(said).stem.lower() if is_path(said) else said


def names_of(texts: Sequence[str]) -> tuple[str, ...]:
    """The same of several."""
    return tuple(map(name_of, texts))


def outside_of(text: str) -> Outside | None:
    """What a config says of a mechanism from outside; None for one of the package's own."""
    found = _PINNED.fullmatch(text)
    if found is None:
        return None
    said = found["what"]
    return Outside(name_of(said), found["content"], said if is_path(said) else "")


def regardless_of_place(texts: Sequence[str]) -> list[str]:
    """Mechanisms by name, and those from outside by their content too, wherever they lie."""
    found = [outside_of(text) for text in texts]
    return [f"{each.name}#{each.content}" if each else text for text, each in zip(texts, found, strict=True)]


def placed(value: object, folder: Path) -> object:
    """What a source says of mechanisms, paths made absolute that are relative to the source's folder."""
    if isinstance(value, list):
        return [placed(each, folder) for each in value]
    if not isinstance(value, str) or not is_path(value):
        return value
    return str((folder / value).absolute()) if "\0" not in value else value


def placed_texts(texts: Sequence[str], folder: Path) -> tuple[str, ...]:
    """The same for the values of an axis, each a name or a list "[a, b]"."""
    return tuple(_placed_text(text, folder) for text in texts)


def _placed_text(text: str, folder: Path) -> str:
    if text.startswith("[") and text.endswith("]"):
        names = (each.strip() for each in text[1:-1].split(","))
        return f"[{', '.join(str(placed(name, folder)) for name in names)}]"
    return str(placed(text, folder))


def pinned(text: str) -> str:
    """A mechanism from outside with the hash of its content; what has one already is believed until it is
    imported, so that results can be read without the file. OutsideError for what cannot be one.
    """
    if _PINNED.fullmatch(text):
        return text
    if is_path(text):
        file = str(Path(text).absolute()) if "\0" not in text else text
        _check_name(file)
        return f"{file}#{content_of(file)}"
    return f"{text}#{_content_of_module(text)}"


def _check_name(file: str) -> None:
    """OutsideError where a file cannot give a mechanism its name."""
    name = name_of(file)
    if not file.endswith(".py"):
        raise OutsideError(f"{shown_file(file)} is no Python file; name a file that ends in .py")
    if found := _HAS_MEANING.search(file):
        raise OutsideError(
            f"{shown_file(file)} has the character {found.group()!r} in its path, which a list cannot hold; "
            "rename the file or its folder"
        )
    if not _NAME.fullmatch(name):
        better = re.sub(r"^[^a-z]+|[^a-z0-9_]+", "_", name).strip("_") or "mechanism"
        raise OutsideError(
            f"{shown_file(file)} cannot name a mechanism, whose numbers are called by it; "
            f"rename it {better}.py"
        )
    if name in mechanism_names():
        raise OutsideError(
            f"{shown_file(file)} has the name of the package's own mechanism {name!r}; "
            f"rename it, as my_{name}.py"
        )


def content_of(file: str) -> str:
    """The hash of a file's content. OutsideError where it cannot be read, with the reason."""
    return _hash(source_of(file))


def source_of(file: str) -> bytes:
    """The content of a plain file of a bounded size; OutsideError for anything else."""
    try:
        found = Path(file).stat()
        if not S_ISREG(found.st_mode):
            raise OutsideError(f"{shown_file(file)} is no plain file; name a file that ends in .py")
        if found.st_size > LARGEST_BYTES:
            raise OutsideError(
                f"{shown_file(file)} has {found.st_size / 1e6:.3g} MB; a mechanism has at most 1 MB"
            )
        return Path(file).read_bytes()
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise OutsideError(
            f"{shown_file(file)} cannot be read ({reason}); a path is relative to the file that says it"
        ) from None


def _hash(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


@cache
def installed() -> Mapping[str, tuple[EntryPoint, ...]]:
    """What installed distributions offer, by name; more than one where several use the same name."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in entry_points(group=GROUP):
        found[point.name] = (*found.get(point.name, ()), point)
    return found


def offered() -> tuple[str, ...]:
    """Names of installed mechanisms that can be used, in alphabetical order."""
    own = mechanism_names()
    return tuple(sorted(name for name, points in installed().items() if len(points) == 1 and name not in own))


def check_clash(name: str) -> None:
    """OutsideError where a distribution offers a mechanism by the name of one of the package's own: nobody
    could tell which is meant.
    """
    if name in mechanism_names() and (points := installed().get(name)):
        raise OutsideError(
            f"{distribution_of(points[0])} offers a mechanism {name!r}, a name that the package has already; "
            "uninstall it, or name its file by its path under another name"
        )


def distribution_of(point: EntryPoint) -> str:
    """The distribution of an entry point, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "a distribution"


def point_of(name: str) -> EntryPoint:
    """The entry point of a name. OutsideError where there is not exactly one, or its name cannot be used."""
    points = installed().get(name, ())
    if not points:
        raise OutsideError(f"mechanism {name!r} is of a distribution that is not installed; install it again")
    if len(points) > 1:
        several = " and ".join(sorted(map(distribution_of, points)))
        raise OutsideError(f"mechanism {name!r} is offered by {several}; uninstall one of them")
    if not _NAME.fullmatch(name):
        remedy = "its author must name it in lower case, with letters, digits and '_'"
        raise OutsideError(
            f"mechanism {quoted(name)} of {distribution_of(points[0])} has no usable name; {remedy}"
        )
    return points[0]


def module_file(name: str) -> str:
    """The file of an installed mechanism's module. OutsideError where there is none."""
    point = point_of(name)
    try:
        spec = find_spec(point.module)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None or not spec.has_location:
        raise OutsideError(
            f"mechanism {name!r}: {distribution_of(point)} says that it is the module {point.module!r}, "
            "which is not there; install the distribution again"
        )
    return spec.origin


def _content_of_module(name: str) -> str:
    """The hash of an installed mechanism: of its module, or of all files of a package."""
    file = Path(module_file(name))
    if file.name != "__init__.py":
        return content_of(str(file))
    parts = sorted(file.parent.rglob("*.py"))
    texts = (
        part.relative_to(file.parent).as_posix().encode() + b"\0" + source_of(str(part)) for part in parts
    )
    return _hash(b"\0".join(texts))


def file_of(found: Outside) -> str:
    """The file that declares a mechanism. OutsideError where it is gone, or has changed since it was read."""
    file = found.file or module_file(found.name)
    try:
        here = content_of(file) if found.file else _content_of_module(found.name)
    except OutsideError as error:
        reason = str(error).partition(";")[0]
        raise OutsideError(f"{reason}; bring back the file that this config was made with") from None
    if here != found.content:
        raise OutsideError(
            f"{shown_file(file)} has changed since this config was made: its content is {here[:8]}, not "
            f"{found.content[:8]}; bring that version back, or name the file anew"
        )
    return file
