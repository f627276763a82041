"""The cell kinds of runs for readers: words, colour and part in the model, of files as well as of a model.

What a run has not recorded, as runs of before did not, is what the package's own mechanisms say today.
"""

from __future__ import annotations

import colorsys
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from il2sim.models import Config
from il2sim.models.build import build
from il2sim.models.cell_kinds import recorded_kinds

FREE = ("#F0E442", "#CC00FF", "#66FF99", "#CCCCFF", "#99CC99")
"""Colours for kinds without one of their own, far from all others for colour-blind readers too."""


@dataclass(frozen=True)
class CellKind:
    """One cell type: what readers call one of it, its colour "#RRGGBB", whether sTIL counts it and whether it
    kills tumour cells.
    """

    name: str
    label: str
    colour: str = ""
    layer: str = "immune"
    counts_as_til: bool = True
    kills: bool = False

    @property
    def many(self) -> str:
        """The words for several: "NK cells"; tissue has no plural."""
        return f"{self.label}s" if self.layer == "immune" else self.label


Kinds = Mapping[str, CellKind]


@functools.cache
def own_kinds() -> Kinds:
    """Those of the mechanisms that a tumour has unless a config says otherwise."""
    return of_model(build(Config()))


def of_model(model: Any) -> Kinds:
    """Those of a model."""
    return _coloured(_read(recorded_kinds(model)))


def of_record(provenance: Mapping[str, Any], names: Iterable[str] = ()) -> Kinds:
    """Those that a run recorded, and any other of these names."""
    return merged([provenance], names)


def merged(provenances: Iterable[Mapping[str, Any]], names: Iterable[str] = ()) -> Kinds:
    """Those of several runs, the first that knows one says what it is; then the package's own; then others of
    these names, by which alone they are known.
    """
    found: dict[str, CellKind] = {}
    for provenance in provenances:
        found |= {
            name: kind for name, kind in _read(provenance.get("kinds", {})).items() if name not in found
        }
    found |= {name: kind for name, kind in own_kinds().items() if name not in found}
    found |= {name: CellKind(name, _spelt(name)) for name in names if name not in found}
    return _coloured(found)


def merged_in(kinds: Kinds, names: Iterable[str]) -> Kinds:
    """These, and any other of these names, by which alone they are known."""
    return _coloured({name: CellKind(name, _spelt(name)) for name in names} | dict(kinds))


def infiltrate(kinds: Kinds) -> tuple[CellKind, ...]:
    """The immune ones."""
    return tuple(kind for kind in kinds.values() if kind.layer == "immune")


def many_of(kinds: Kinds, name: str) -> str:
    """What readers call several of a kind, or of what a kind carries, "cd8_cd25"."""
    if name in kinds:
        return kinds[name].many
    carriers = [kind for kind in kinds.values() if name.startswith(f"{kind.name}_")]
    if not carriers:
        return _spelt(name)
    carrier = max(carriers, key=lambda kind: len(kind.name))
    return f"{carrier.many} through {name.removeprefix(f'{carrier.name}_')}"


def a(label: str) -> str:
    """The label with its article: "a Treg cell", "an NK cell"."""
    is_spelt_out = label[:2].isupper() and len(label) > 1
    opens = "AEFHILMNORSX" if is_spelt_out else "AEIOUaeiou"
    return f"an {label}" if label[:1] in opens else f"a {label}"


def _spelt(name: str) -> str:
    return name.replace("_", " ")


def _read(kept: Mapping[str, Mapping[str, Any]]) -> dict[str, CellKind]:
    """Keys that a later version may have added are left out."""
    known = ("label", "colour", "layer", "counts_as_til", "kills")
    return {
        name: CellKind(name, **{"label": _spelt(name)} | {key: each[key] for key in known if key in each})
        for name, each in kept.items()
    }


def _coloured(kinds: Mapping[str, CellKind]) -> dict[str, CellKind]:
    """Everyone with a colour: those without take the next that nobody has."""
    taken = {kind.colour for kind in kinds.values()}
    free = (colour for colour in _colours() if colour not in taken)
    return {name: kind if kind.colour else replace(kind, colour=next(free)) for name, kind in kinds.items()}


def _colours() -> Iterator[str]:
    """Those that are free, then hues a golden angle apart, for ever."""
    yield from FREE
    for number in count(1):
        parts = colorsys.hsv_to_rgb(number * 0.618034 % 1.0, 0.75, 0.75)
        yield "#" + "".join(f"{round(255 * part):02X}" for part in parts)
