"""Which geometries of injection there are: the files of this folder that declare one."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from il2sim.models.drug.geometries.contract import Geometry

_FOLDER = Path(__file__).parent


def _names() -> tuple[str, ...]:
    """Found by reading, not by importing: a config lists them before any arithmetic is loaded."""
    declares = re.compile(r"^GEOMETRY\b.*=", re.MULTILINE).search
    return tuple(path.stem for path in sorted(_FOLDER.glob("*.py")) if declares(path.read_text("utf-8")))


GEOMETRIES = _names()
"""Their names, in alphabetical order."""


@cache
def geometry_of(name: str) -> Geometry:
    """The geometry of this name. ValueError for an unknown name, or with the file that lacks an answer."""
    if name not in GEOMETRIES:
        raise ValueError(f"schedule.geometry: found {name!r}; allowed: {', '.join(GEOMETRIES)}")
    try:
        module = import_module(f"{__package__}.{name}")
    except ValueError as error:
        raise ValueError(f"{shown_path(name)}: {error}") from error
    found: Geometry = module.GEOMETRY
    return found


def shown_path(name: str) -> str:
    """The file of a geometry as a reader looks it up: "models/drug/geometries/ring.py"."""
    return f"models/drug/geometries/{name}.py"
