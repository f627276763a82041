"""YAML without its surprises: a tree whose nodes know their lines, and scalars that mean what they look like.

No dates, no octal or base-60 numbers, no NaN; yes, no, on and off are texts; tags construct nothing.
"""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

_INTEGER = re.compile(r"[-+]?\d{1,18}")
_DECIMAL = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d{1,3})?")
_CONSTANTS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class ConfigError(ValueError):
    """All that is wrong with a config, a line each: "file:line: key: what was found; what is allowed"."""


def root_of(path: Path) -> yaml.MappingNode:
    """The YAML tree of a file; ConfigError when there is none."""
    try:
        root = yaml.compose(path.read_bytes().decode("utf-8-sig"), yaml.SafeLoader)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({(error.strerror or 'unknown reason').lower()}); "
            "a YAML file is wanted, like those in configs/"
        ) from None
    except (UnicodeDecodeError, yaml.reader.ReaderError):
        raise ConfigError(f"{path}: is not a text file; a config is YAML in UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 1
        raise ConfigError(
            f"{path}:{line}: is not valid YAML ({error.problem or error.context}); look here and just "
            "above for a bracket or quote left open, a missing ':' or a tab"
        ) from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply for a config") from None
    if root is None:
        raise ConfigError(
            f"{path}: is empty; a config has at least one key, like 'patient: {{width: 12 mm}}'"
        )
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{path}:{root.start_mark.line + 1}: is not a mapping; write keys, like 'patient:'")
    for node in _nodes(root, set()):
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            raise ConfigError(
                f"{path}:{node.start_mark.line + 1}: the tag {node.tag!r} has no meaning in a config"
            )
    return root


def _nodes(node: yaml.Node, seen: set[int]) -> Iterator[yaml.Node]:
    """A node and all below it, each once, also where anchors make a loop."""
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    if isinstance(node, yaml.CollectionNode):
        for part in node.value:
            for child in part if isinstance(part, tuple) else (part,):
                yield from _nodes(child, seen)


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
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text) if _DECIMAL.fullmatch(text) else math.inf
    return number if math.isfinite(number) else text


def listed_of(text: str) -> object:
    """A text of the command line: "[0, 7]" is a list, everything else one scalar."""
    if text.startswith("[") and text.endswith("]"):
        return [plain(item.strip()) for item in text[1:-1].split(",") if item.strip()]
    return plain(text)
