"""All that a run holds as plain data and back: every object of ours, array and number, whoever shares it.

Nothing is listed by name, so nothing new can be forgotten; what is no data, like a function, is refused.
"""

import importlib
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from il2sim.models.config.model import Config
from il2sim.models.saved_arrays import SavedError
from il2sim.sim.language.records import Named

_PLAIN = (bool, int, float, str, type(None))
_CONTAINERS: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}
Node = list[Any]


class Writer:
    """Turns a graph of objects into `nodes` (JSON) and `arrays`; the config and its parts go by name."""

    def __init__(self, config: Config) -> None:
        self.nodes: list[Node] = []
        self.arrays: dict[str, NDArray[Any]] = {}
        self._parts = {id(part): name for name, part in _parts_of(config).items()}
        self._known: dict[int, int] = {}
        self._held: list[object] = []  # so that no id is given twice

    def add(self, thing: object) -> object:
        """What stands for a thing: itself where it is plain, else [the number of its node]."""
        if type(thing) in _PLAIN:
            return thing
        if id(thing) not in self._known:
            self._known[id(thing)] = number = len(self.nodes)
            self._held.append(thing)
            self.nodes.append([])
            self.nodes[number] = self._node(thing, number)
        return [self._known[id(thing)]]

    def _node(self, thing: Any, number: int) -> Node:
        kind = type(thing)
        if id(thing) in self._parts:
            return ["config", self._parts[id(thing)]]
        if isinstance(thing, (np.ndarray, np.generic)):
            self.arrays[f"a{number}"] = np.asarray(thing)
            return ["array" if isinstance(thing, np.ndarray) else "number", f"a{number}"]
        if kind is dict:
            return ["dict", [[self.add(key), self.add(value)] for key, value in thing.items()]]
        if kind is Named:
            return ["named", [float(thing), thing.name]]
        if kind is slice:
            return ["slice", [self.add(each) for each in (thing.start, thing.stop, thing.step)]]
        if kind.__name__ in _CONTAINERS and kind is _CONTAINERS[kind.__name__]:
            items = sorted(thing) if isinstance(thing, (set, frozenset)) else thing
            return [kind.__name__, [self.add(item) for item in items]]
        is_held = isinstance(thing, tuple) or hasattr(thing, "__dict__")
        if is_held and kind.__module__.startswith("il2sim.") and not isinstance(thing, BaseModel):
            state = list(thing) if isinstance(thing, tuple) else _state(thing)
            return ["object", kind.__module__, kind.__qualname__, self.add(state)]
        raise SavedError(f"cannot hold {kind.__module__}.{kind.__qualname__}, which is no data")


def _state(thing: object) -> dict[str, Any]:
    """Attributes, but for what is worked out again when it is asked for."""
    kind = type(thing)
    return {
        name: value
        for name, value in vars(thing).items()
        if not isinstance(getattr(kind, name, None), cached_property)
    }


class Reader:
    """The graph again."""

    def __init__(self, config: Config, nodes: list[Node], arrays: dict[str, NDArray[Any]]) -> None:
        self._parts, self._nodes, self._arrays = _parts_of(config), nodes, arrays
        self._made: dict[int, Any] = {}

    def thing(self, stands: Any) -> Any:
        """What `Writer.add` was handed."""
        if type(stands) in _PLAIN:
            return stands
        number = stands[0]
        if number not in self._made:
            kind, *rest = self._nodes[number]
            made = self._object(number, *rest) if kind == "object" else self._container(kind, rest[0], number)
            self._made[number] = made
        return self._made[number]

    def _container(self, kind: str, content: Any, number: int) -> Any:
        if kind == "config":
            return self._parts[content]
        if kind in ("array", "number"):
            array = self._arrays[content]
            return array if kind == "array" else array[()]
        if kind == "list":  # it may hold what holds it, and so may a dict
            listed: list[Any] = []
            self._made[number] = listed
            listed.extend(self.thing(item) for item in content)
            return listed
        if kind == "dict":
            named: dict[Any, Any] = {}
            self._made[number] = named
            named.update((self.thing(key), self.thing(value)) for key, value in content)
            return named
        if kind == "named":
            return Named(*content)
        items = [self.thing(item) for item in content]
        return slice(*items) if kind == "slice" else _CONTAINERS[kind](items)

    def _object(self, number: int, module: str, name: str, state: Any) -> Any:
        if not module.startswith("il2sim."):
            raise SavedError(f"holds {module}.{name}, which is none of ours")
        kind = getattr(importlib.import_module(module), name)
        if issubclass(kind, tuple):
            return kind._make(self.thing(state))
        self._made[number] = made = object.__new__(kind)
        made.__dict__.update(self.thing(state))
        return made


def _parts_of(config: Config) -> dict[str, object]:
    """The config and its sections by name."""
    sections = {name: part for name, part in vars(config).items() if isinstance(part, BaseModel)}
    return {"": config, **sections}
