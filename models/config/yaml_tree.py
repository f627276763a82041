"""YAML without its surprises: a tree whose nodes know their lines, and scalars that mean what they look like.

No dates, no octal or base-60 numbers, no NaN; yes, no, on and off are texts; no tags, no merging. A file is a
plain one of at most 1 MB, and what its aliases stand for is counted as if it were written out.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NoReturn

import yaml

from il2sim.models.config.shipped import wanted
from il2sim.sim.language.quote import bounded, cut, quoted

LARGEST_BYTES = 1_000_000
MOST_NODES = 50_000  # keys and values of a file, each alias as large as what it stands for
DEEPEST = 20  # of lists and mappings in each other; a config needs four
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that no text, path or name can hold."""
_LONGEST_PATH = 300  # letters of it in a sentence
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_OCTAL = re.compile(r"[-+]?0+[1-7][0-7]+")  # 010 is 10 to people and 8 to some programs: left a text
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]{1,3})?")
_CONSTANTS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_YAML_TAGS = "tag:yaml.org,2002:"
_MERGE = f"{_YAML_TAGS}merge"


class ConfigError(ValueError):
    """All that is wrong with a config, a line each: "file:line: key: what was found; what is allowed"."""

    def __init__(self, message: str = "") -> None:
        super().__init__(bounded(message))


def place(path: Path) -> str:
    """A file as sentences name it."""
    return cut(str(path), _LONGEST_PATH)


def root_of(path: Path) -> yaml.MappingNode:
    """The YAML tree of a file; ConfigError when there is none."""
    where = place(path)
    try:
        root = _Tree(_text_of(path, where), where).get_single_node()
    except yaml.reader.ReaderError:
        raise ConfigError(f"{where}: is not a text file; a config is YAML in UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 1
        raise ConfigError(
            f"{where}:{line}: is not valid YAML ({cut(str(error.problem or error.context), 200)}); look here "
            "and just above for a bracket or quote left open, a missing ':' or a tab"
        ) from None
    except ConfigError:
        raise
    except (ValueError, OverflowError):  # of chr and int, which PyYAML asks unchecked
        raise ConfigError(
            f"{where}: is not valid YAML (an escape or a number in it stands for nothing)"
        ) from None
    if root is None:
        raise ConfigError(
            f"{where}: is empty; a config has at least one key, like 'patient: {{width: 12 mm}}'"
        )
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(
            f"{where}:{root.start_mark.line + 1}: is not a mapping; write keys, like 'patient:'"
        )
    return root


def _text_of(path: Path, where: str) -> str:
    """The text of a plain file of a bounded size."""
    try:
        size = _size_of(path, f"{where}: cannot be read (a device or pipe, no plain file); {wanted(path)}")
        content = path.read_bytes() if size <= LARGEST_BYTES else b""
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise ConfigError(f"{where}: cannot be read ({reason}); {wanted(path)}") from None
    if size > LARGEST_BYTES:
        raise ConfigError(
            f"{where}: has {size / 1e6:.3g} MB; a config has at most {LARGEST_BYTES / 1e6:g} MB"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: is not a text file; a config is YAML in UTF-8") from None


def _size_of(path: Path, refusal: str) -> int:
    """Bytes of a file; a folder has none to speak of, its reading fails. OSError where there is none."""
    try:
        found = path.stat()
    except ValueError:  # NUL or half a character
        raise OSError(0, "no file can have such a name") from None
    if not S_ISREG(found.st_mode) and not S_ISDIR(found.st_mode):
        raise ConfigError(refusal)
    return found.st_size if S_ISREG(found.st_mode) else 0


class _Tree(yaml.SafeLoader):
    """Composes a tree of bounded depth and size, and refuses what has no meaning in a config."""

    def __init__(self, text: str, where: str) -> None:
        super().__init__(text)
        self.where, self.depth, self.size = where, 0, 0
        self.sizes: dict[int, int] = {}  # of finished nodes, aliases written out

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """One node and all below it."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        line, before = event.start_mark.line + 1, self.size
        is_alias = isinstance(event, yaml.AliasEvent)
        if not is_alias and event.tag is not None:
            tag = quoted(event.tag.replace(_YAML_TAGS, "!!"))
            self.refuse(line, f"the tag {tag} has no meaning in a config; leave it out, or quote the text")
        if self.depth >= DEEPEST:
            self.refuse(line, f"is nested too deeply for a config; {DEEPEST} levels are allowed")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if is_alias and id(node) not in self.sizes:
            self.refuse(line, f"the alias {quoted('*' + event.anchor)} stands for what it is a part of")
        self.size += self.sizes[id(node)] if is_alias else 1
        if self.size > MOST_NODES:
            self.refuse(line, f"here are more than {MOST_NODES} keys and values, aliases written out")
        if isinstance(node, yaml.ScalarNode):
            self.check(node, line, is_key=index is None)
        self.sizes.setdefault(id(node), self.size - before)
        return node

    def check(self, node: yaml.ScalarNode, line: int, *, is_key: bool) -> None:
        """Refuse a key that merges and a text that nothing can hold."""
        if node.tag == _MERGE and is_key:
            remedy = "write 'extends: FILE' for another config, or the keys themselves"
            self.refuse(line, f"'<<' is not read; {remedy}")
        if found := UNPRINTABLE.search(node.value):
            self.refuse(line, f"the character U+{ord(found.group()):04X} cannot stand in a config")

    def refuse(self, line: int, what: str) -> NoReturn:
        """Stop reading."""
        raise ConfigError(f"{self.where}:{line}: {what}")


def value_of(node: yaml.Node) -> object:
    """A scalar, a flat list of scalars, or else the node itself, which the check of its key refuses."""
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item) if isinstance(item, yaml.ScalarNode) else item for item in node.value]
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.style else plain(node.value)
    return node


def text_of(node: yaml.Node) -> str | None:
    """A scalar as written, or a flat list of scalars as "[0, 7]"; None for anything else."""
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return f"[{', '.join(item.value for item in node.value)}]"
    return None


def plain(text: str) -> object:
    """An unquoted scalar: whole number, decimal, true, false or nothing; any other text stays what it is."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text) and not _OCTAL.fullmatch(text):
        return int(text)
    number = float(text) if _DECIMAL.fullmatch(text) else math.inf
    return number if math.isfinite(number) else text


def listed_of(text: str) -> object:
    """A text of the command line: "[0, 7]" is a list, "{...}" a mapping, "'9'" a text, all else a scalar."""
    if text.startswith("{") and text.endswith("}"):
        return {}  # no value of a key: its check says what to write instead
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if text.startswith("[") and text.endswith("]"):
        return [plain(item.strip()) for item in text[1:-1].split(",") if item.strip()]
    return plain(text)
