"""What a geometry of injection answers, and what it answers with: depots in the tissue.

A geometry is one file of this folder with `GEOMETRY = Geometry(...)`; its name is its file's. An answer that
is missing or makes no sense is refused where the file is imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from string import Formatter
from typing import Any, Literal

from il2sim.models.drug.geometries.depot_shape import Ball, Segment, Shape, Shell
from il2sim.models.drug.geometries.technique import KEYS, Technique

Symmetry = Literal["centre", "line", "none"]
_MISSING: Any = object()


class GeometryError(ValueError):
    """A geometry that does not answer what every geometry answers."""


@dataclass(frozen=True)
class Bolus:
    """What an injection puts into the tumour: drug, fluid; and the tumour, a sphere, and its pores."""

    nmol: float
    fluid_um3: float
    radius_um: float
    pore_fraction: float

    def filled_um3(self, share: float, retained: float) -> float:
        """Tissue whose pores a share of the fluid fills, of which so much stays."""
        return self.fluid_um3 * share * retained / self.pore_fraction


@dataclass(frozen=True)
class Depot:
    """One part of an injection: a shape of tissue whose pores hold undiluted injectate at hour 0.

    `injected_nmol` left the syringe, `leaked_nmol` of it was lost at once, `retained_nmol` fills the shape,
    save what an earlier depot of the injection fills; `spilled_nmol` of that lies beyond the tumour's edge.
    """

    place: str
    shape: Shape
    injected_nmol: float
    leaked_nmol: float
    retained_nmol: float
    spilled_nmol: float = 0.0

    def record(self) -> dict[str, object]:
        """Where it lies, for the passport and pictures: range from the centre; circles and tracks, all um."""
        shape, circles, tracks, radius_um = self.shape, [], [], 0.0
        if isinstance(shape, Shell):
            circles = [[0.0, 0.0, r] for r in shape.range_um() if r > 0.0]
        elif isinstance(shape, Ball):
            circles = [[*shape.centre_um[:2], shape.radius_um]]
        else:
            tracks = [[*start[:2], *end[:2]] for start, end in shape.segments]
            radius_um = shape.radius_um
        reach = {"inner_um": self.inner_um, "outer_um": self.outer_um}
        drawn = {"circles_um": circles, "tracks_um": tracks, "track_radius_um": radius_um}
        return {"place": self.place, **reach, **drawn}

    @property
    def inner_um(self) -> float:
        """Nearest to the tumour's centre."""
        return self.shape.range_um()[0]

    @property
    def outer_um(self) -> float:
        """Farthest from the tumour's centre."""
        return self.shape.range_um()[1]


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """The six answers of a geometry; GeometryError, one sentence, where one is missing or makes no sense."""

    sentence: str = _MISSING
    """Where the dose goes, for `il2sim rules`. "schedule.retained_centre" is printed with its value and its
    unit; {tracks}, in braces, is the bare value of a key."""
    keys: tuple[str, ...] = _MISSING
    """Keys of the schedule that its depots are computed from; any other that is set draws a remark."""
    depots: Callable[[Bolus, Technique], tuple[Depot, ...]] = _MISSING
    """Where the dose lies at hour 0. Every shape is its own mirror image in y and in z."""
    needles: Callable[[float, Technique], tuple[Segment, ...]] = _MISSING
    """Needle tracks in a tumour of this radius, um: `trauma` wounds the tissue about them."""
    symmetry: Callable[[Technique], Symmetry] = _MISSING
    """What its depots are alike about: "centre" where all are shells about the tumour's centre, "line" where
    all lie about the x axis, else "none". A section is read as a part of the tumour by it."""
    retained_share: Callable[[Technique], float] = _MISSING
    """Share of the fluid that stays; the rest leaks at once."""

    def __post_init__(self) -> None:
        """Refuse what is missing, what no config has and what cannot be called."""
        answers = [each.name for each in fields(self)]
        missing = [name for name in answers if getattr(self, name) is _MISSING]
        if missing:
            raise GeometryError(
                f"a geometry answers {', '.join(answers)}; missing: {', '.join(missing)} (what each is "
                "stands in models/drug/geometries/contract.py)"
            )
        if dull := [name for name in answers[2:] if not callable(getattr(self, name))]:
            raise GeometryError(f"{dull[0]} of a geometry is a function; found {getattr(self, dull[0])!r}")
        self._check_keys()

    def _check_keys(self) -> None:
        """Its keys are keys of a config, and its sentence names none but these."""
        if not isinstance(self.keys, tuple) or not set(self.keys) <= set(KEYS):
            raise GeometryError(f"keys of a geometry are a tuple of {', '.join(KEYS)}; found {self.keys!r}")
        if not isinstance(self.sentence, str):
            raise GeometryError(f"the sentence of a geometry is a text; found {self.sentence!r}")
        try:
            bare = {name for _, name, _, _ in Formatter().parse(self.sentence) if name is not None}
        except ValueError as error:
            raise GeometryError(f"the sentence of a geometry: {error}") from None
        said = bare | set(re.findall(r"schedule\.(\w+)", self.sentence))
        if strange := sorted(said - set(self.keys)):
            raise GeometryError(
                f"the sentence of a geometry names {strange[0]!r}, which is not one of its keys, "
                f"{', '.join(self.keys) or 'of which there are none'}"
            )


def depot(place: str, shape: Shape, nmol: float, retained: float, beyond: float) -> Depot:
    """A depot of `nmol` from the syringe: a share is retained, and of that a share lies `beyond` the edge."""
    return Depot(
        place=place,
        shape=shape,
        injected_nmol=nmol,
        leaked_nmol=nmol * (1.0 - retained),
        retained_nmol=nmol * retained,
        spilled_nmol=nmol * retained * beyond,
    )
