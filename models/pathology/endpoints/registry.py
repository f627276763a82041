"""What an endpoint is, and where all of them are found: in the files of this folder, nowhere else."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Literal, get_args

from il2sim.models.pathology.endpoints.specimen import Specimen

Value = float | bool | str
Read = Callable[[Specimen], Value | None]
Scale = Literal["number", "yes or no", "grade"]

PACKAGE = "il2sim.models.pathology.endpoints"
FILES = ("tissue", "grades", "diameters", "missed_foci", "observer", "reported")
"""The package's own files, in the order in which a run gives their endpoints; further ones follow by name."""


class EndpointError(ValueError):
    """An endpoint that is declared wrongly, or gives what no table can hold."""


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of a run.

    `key` names it in `Result.endpoints` and in `runs.parquet`; `label` heads its line in a report. `unit` is
    "1" of a share or a count, empty of a text, a yes or no. `read` gives its value, or None where it is
    absent; without `read` another part of a run reports it. `scale` says how runs are summarised: a mean, a
    count, or a list of grades. Of `per_injection` there is one value for each dose.
    """

    key: str
    label: str
    unit: str
    meaning: str
    read: Read | None = None
    scale: Scale = "number"
    per_injection: bool = False

    def __post_init__(self) -> None:
        """Refuse what no table can show."""
        for name in ("key", "label", "meaning"):
            if not getattr(self, name).strip():
                raise EndpointError(f"endpoint {self.key!r}: its {name} is empty; give a {name}")
        if not self.key.isidentifier():
            raise EndpointError(
                f"endpoint {self.key!r}: a key is letters, digits and '_', like 'stil_percent'"
            )
        if self.scale not in get_args(Scale):
            raise EndpointError(
                f"endpoint {self.key!r}: scale is {self.scale!r}; allowed are {', '.join(get_args(Scale))}"
            )
        if self.scale == "number" and not self.unit:
            raise EndpointError(
                f"endpoint {self.key!r}: a number needs a unit; write '1' for a share or count"
            )
        if self.scale == "yes or no" and self.unit:
            raise EndpointError(f"endpoint {self.key!r}: a yes or no has no unit, found {self.unit!r}")


def endpoint(
    key: str, label: str, unit: str, meaning: str, *, scale: Scale = "number"
) -> Callable[[Read], Endpoint]:
    """Declare the function below as an endpoint: from a Specimen its value, or None where it is absent."""

    def declare(read: Read) -> Endpoint:
        return Endpoint(key, label, unit, meaning, read, scale)

    return declare


def declared() -> Mapping[str, Endpoint]:
    """Every endpoint by its key, in the order of outputs. EndpointError where two have one key."""
    return _found(tuple(import_module(PACKAGE).__path__))


def of_file(name: str) -> Iterator[Endpoint]:
    """Endpoints that one file of the folder declares, from top to bottom."""
    values = vars(import_module(f"{PACKAGE}.{name}")).values()
    yield from (value for value in values if isinstance(value, Endpoint))


@cache
def _found(folders: tuple[str, ...]) -> Mapping[str, Endpoint]:
    names = sorted((module.name for module in pkgutil.iter_modules(folders)), key=_rank)
    found: dict[str, Endpoint] = {}
    origin: dict[str, str] = {}
    for name in names:
        for each in of_file(name):
            if found.setdefault(each.key, each) is not each:
                raise EndpointError(
                    f"endpoint {each.key!r}: declared in {origin[each.key]}.py and again in {name}.py; "
                    "give one of them another key"
                )
            origin.setdefault(each.key, name)
    return MappingProxyType(found)


def _rank(name: str) -> tuple[int, str]:
    return (FILES.index(name) if name in FILES else len(FILES), name)
