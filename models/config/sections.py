"""The sections of a config and their numbers, each with unit, allowed range, source and how it is known.

Keys are written as in YAML (`width: 12 mm`); fields are named with the unit they are kept in (`width_um`).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    WrapValidator,
    model_validator,
)
from pydantic.fields import FieldInfo

from il2sim.models.config.part import Part
from il2sim.models.config.protocols import filled
from il2sim.models.config.quantities import Measure, key, measure, measure_of
from il2sim.models.config.values import (
    OneOf,
    Whole,
    check_axes,
    check_day,
    check_days,
    check_flag,
    check_geometry,
    check_missed,
    check_protocol,
    check_stop,
)
from il2sim.models.drug.dose_rule import DoseRule
from il2sim.models.drug.geometries.registry import GEOMETRIES
from il2sim.models.drug.geometries.technique import Technique

_REGISTRY = "NCT05821686, registry text of February 2025 (K1)"
_REGISTRY_2023 = "NCT05821686, registry text of 2023: half in the centre; the current text is silent"
_RETAINED = "no source: leak back and spill"
_VIAL = "18 MIU/mL is the reconstituted vial"
_RATE = "no source: slow, by hand"
_NEEDLE = "no source: how far the needle misses the centre"
_OEDEMA = "no source: oedema that the ruler sees, 0-30"
_WEIGHT = "no source: a usual adult; not in the dose rule"
_CHOICE = "numerical choice, tested by halving it"
_ROOM = "numerical choice: room round the tumour"
_DENSITIES = "T helper to CD8 as 150 to 200 per mm2 (S72, counts per 400x field; field size assumed)"
_SIZE = "no source: foci that a clear section may have missed; the middle printed example"
_SAMPLING = "usual gross protocol: whole bed in 5-mm slices, one block per cm"
_CORE = "no source: cylinders 1.2 x 15 mm stand for 14G cores"
_ICC = "ICC of readers 0.683 (K52) at a total SD of 20 points; range from ICC 0.767 and 0.504"
_US = "r 0.845 of ultrasound with pathology (K51) at a true SD of 4 mm; CCC 0.71 (K50) would give 3.6"
_RVT = "no source: +-10 points"
_BIAS = "no source: an unmasked reader sees less tumour after the drug, 0-5 points"

_STIL = Measure("1", "%", 0, 80, "S66: median of 1,966 early TNBC", "seen", "nothing could move")


def _or_none(value: object, check: Callable[[object], object]) -> object:
    return None if value is None else check(value)


class Space(Part):
    """The lattice: a section (2) or a nodule (3), with the tumour in its centre."""

    dimensions: Annotated[Literal[2, 3], BeforeValidator(OneOf((2, 3)))] = 2
    """2 is a section one voxel thick, 3 a whole nodule."""
    voxel_um: Annotated[
        float, measure("um", "um", (10, 20), "one tumour cell", "assumed", sourced=(12, 20))
    ] = key("voxel", 15.0)
    field_voxel_um: Annotated[
        float, BeforeValidator(OneOf((15.0, 30.0, 60.0))), measure("um", "um", (15, 60), _CHOICE, "assumed")
    ] = key("field_voxel", 60.0)
    margin_um: Annotated[float, measure("um", "mm", (0, 20), _ROOM, "assumed")] = key("margin", 1000.0)
    lattice_um: Annotated[
        float | None, measure("um", "mm", (0.1, 150), _ROOM, "assumed"), WrapValidator(_or_none)
    ] = key("lattice", None)
    """Whole side; None is the tumour and two margins, or what it may grow to and one."""


class Patient(Part):
    """One virtual patient's tumour as it is before the first injection."""

    width_um: Annotated[
        float,
        measure("um", "mm", (0.1, 100), "no source for one patient; eligible up to 20 mm", "assumed"),
    ] = key("width", 10_000.0)
    stil: Annotated[float, BeforeValidator(_STIL)] = 0.15
    phenotype: Annotated[
        Literal["inflamed", "excluded", "desert"], BeforeValidator(OneOf(("inflamed", "excluded", "desert")))
    ] = "inflamed"
    """How CD8 cells enter nests: inflamed freely, excluded and desert hardly; how many come is stil's."""
    doubling_time_h: Annotated[
        float,
        measure(
            "h", "d", (5, 5000), "S48: serial ultrasound, TNBC n = 17: 103 +- 43 d", "seen", sourced=(43, 209)
        ),
    ] = key("doubling_time", 2472.0)
    stroma: Annotated[
        float, measure("1", "%", (1, 95), "M19: general TNBC pathology", "memory", sourced=(20, 80))
    ] = 0.45
    nest_width_um: Annotated[
        float,
        measure("um", "um", (30, 1000), "mean chord of a nest: 100-200 (M19)", "memory", sourced=(50, 500)),
    ] = key("nest_width", 150.0)
    freed_share: Annotated[
        float, measure("1", "%", (0, 50), "no source: of nests, places that cells have left", "assumed")
    ] = 0.03
    cd8_share: Annotated[
        float, measure("1", "%", (0, 100), "of TIL: Beta(6, 9), low confidence", "memory")
    ] = 0.40
    cd8_treg_ratio: Annotated[
        float, measure("1", "1", (0.01, 1000), "CD8:FOXP3 lognormal around 3", "assumed", sourced=(0.1, 45))
    ] = 3.0
    th_share: Annotated[float, measure("1", "%", (0, 100), _DENSITIES, "calculated")] = 0.30
    nk_per_mm2_profile: Annotated[
        float,
        measure(
            "1/mm2",
            "1/mm2",
            (0, 2000),
            "S73: CD56 'high' cut-off 5 per 10 fields",
            "calculated",
            sourced=(1, 30),
        ),
    ] = key("nk", 5.0)
    vessels_per_mm2: Annotated[
        float,
        measure(
            "1/mm2",
            "1/mm2",
            (1, 1000),
            "S74, S75: CD31/CD34 microvessel density; 75 between",
            "seen",
            sourced=(30, 150),
        ),
    ] = key("vessels", 75.0)
    weight_kg: Annotated[float, measure("kg", "kg", (30, 250), _WEIGHT, "assumed")] = key("weight", 70.0)


class Schedule(Part):
    """The injections and the day of surgery; day 0 is the first injection."""

    protocol: Annotated[str, BeforeValidator(check_protocol)] = "registry_2025"
    """A named schedule of configs/protocols; whatever else is written stands over it."""
    dose_iu_per_mm: Annotated[float, measure("IU/mm", "MIU/mm", (0, 100), _REGISTRY, "seen")] = key(
        "dose", 5e5
    )
    cap_iu: Annotated[float, measure("IU", "MIU", (0.001, 1000), _REGISTRY, "seen")] = key("cap", 10e6)
    days: Annotated[tuple[float, ...], BeforeValidator(check_days)] = (0.0, 7.0, 14.0, 21.0)
    """Days of the planned injections, in ascending order; day 0 is the first (registry: 4 in 4 weeks)."""
    surgery_day: Annotated[float, BeforeValidator(check_day)] = 28.0
    """Day on which the tumour is taken out and read; assumed: a week after the last injection."""
    centre_share: Annotated[float, measure("1", "%", (0, 100), _REGISTRY_2023, "assumed")] = 0.5
    retained_centre: Annotated[
        float, measure("1", "%", (0, 100), _RETAINED, "assumed", sourced=(10, 100))
    ] = 0.6
    retained_ring: Annotated[float, measure("1", "%", (0, 100), _RETAINED, "assumed", sourced=(10, 100))] = (
        0.4
    )
    geometry: Annotated[
        str, BeforeValidator(check_geometry), Field(json_schema_extra={"enum": list(GEOMETRIES)})
    ] = "half_and_half"
    """Where the dose goes; assumed: today's registry text is silent, that of 2023 says half and half."""
    off_centre_um: Annotated[float, measure("um", "mm", (0, 100), _NEEDLE, "assumed")] = key(
        "off_centre", 0.0
    )
    tracks: Annotated[int, BeforeValidator(Whole(1, 9))] = 4
    """Needle tracks of the geometries that have some; assumed."""
    fan_degrees: Annotated[int, BeforeValidator(Whole(10, 120))] = key("fan", 60)
    """Degrees between the outermost rays of a fan; assumed (30-90)."""
    concentration_iu_ml: Annotated[
        float,
        BeforeValidator(
            Measure(
                *("IU/mL", "MIU/mL", 0.001, 18, "K5: 0.5 MIU in 0.1 mL, earlier trial of the hospital"),
                *("calculated", _VIAL, (1.1, 18)),
            )
        ),
    ] = key("concentration", 5e6)
    rate_ml_min: Annotated[float, measure("mL/min", "mL/min", (0.01, 10), _RATE, "assumed")] = key(
        "rate", 0.5
    )
    dose_is: Annotated[
        Literal["per_visit", "per_course"], BeforeValidator(OneOf(("per_visit", "per_course")))
    ] = "per_visit"
    """By the text of 2023 ("total dose per injection"); per course shares the dose among injections."""
    missed: Annotated[tuple[int, ...], BeforeValidator(check_missed)] = ()
    """Numbers of injections, from 1, that did not take place; their dose is not made up."""
    stop_after: Annotated[int | None, BeforeValidator(check_stop)] = None
    """Injections given before the course was stopped; None is all of them."""
    remeasure: Annotated[bool, BeforeValidator(check_flag)] = False
    """Whether each later injection doses by the width found then; False is the width before the first."""
    swelling: Annotated[float, measure("1", "%", (0, 30), _OEDEMA, "assumed")] = 0.0
    saline: Annotated[bool, BeforeValidator(check_flag)] = False
    """Whether each injection gives the dose's volume as saline, without IL-2: same needle, same fluid."""
    biopsy: Annotated[Literal["core", "vacuum"], BeforeValidator(OneOf(("core", "vacuum")))] = "core"
    """How the biopsy was taken, of the mechanism `biopsy`: 14G cores or 9-11G vacuum (assumed)."""
    biopsy_days_before: Annotated[int, BeforeValidator(Whole(3, 28))] = 14
    """Days from biopsy to the first injection; assumed. A run with `biopsy` begins with it."""
    window_days: Annotated[float, BeforeValidator(check_day)] = 42.0
    """Days from biopsy to surgery beyond which a remark is made (seen: median 31, range 8-78)."""

    @model_validator(mode="wrap")
    @classmethod
    def _follow(cls, given: Any, make: ModelWrapValidatorHandler[Self]) -> Self:
        """What nobody sets is that of the protocol, and counts as not set."""
        if not isinstance(given, Mapping):
            return make(given)
        names = {name: yaml_key for name, yaml_key, _ in _fields(cls)}
        made = make(filled(given, names))
        made.model_fields_set.intersection_update(
            name for name, key in names.items() if {name, key} & given.keys()
        )
        return made

    @property
    def given(self) -> tuple[int, ...]:
        """Numbers, from 1, of the injections that are really given."""
        kept = [visit for visit in range(1, len(self.days) + 1) if visit not in self.missed]
        return tuple(kept[: self.stop_after])

    @property
    def given_days(self) -> tuple[float, ...]:
        """Days on which an injection is really given: those of `days`, less missed and stopped injections."""
        return tuple(self.days[visit - 1] for visit in self.given)

    @property
    def rule(self) -> DoseRule:
        """The dose rule; per course its dose is shared among the planned injections."""
        visits = len(self.days) if self.dose_is == "per_course" else 1
        return DoseRule(self.dose_iu_per_mm, self.cap_iu, visits)

    @property
    def technique(self) -> Technique:
        """How the dose of an injection is placed."""
        return Technique(
            self.centre_share,
            self.retained_centre,
            self.retained_ring,
            self.concentration_iu_ml,
            self.geometry,
            self.off_centre_um,
            self.tracks,
            self.fan_degrees,
        )


class Clocks(Part):
    """How often which rules are asked: tick (moves), contacts, immune rules, solid layer."""

    tick_min: Annotated[float, measure("min", "min", (0.5, 60), _CHOICE, "assumed")] = key("tick", 10.0)
    immune_ticks: Annotated[int, BeforeValidator(Whole(1, 1000))] = 3
    """Ticks from one asking of the immune rules to the next."""
    solid_ticks: Annotated[int, BeforeValidator(Whole(1, 1000))] = 36
    """Ticks from one asking of the solid layer's rules to the next."""
    contact_min: Annotated[float, measure("min", "min", (0.1, 60), _CHOICE, "assumed", sourced=(0.1, 2))] = (
        key("contact", 2.0)
    )


class Pathology(Part):
    """How the tissue is read: what is drawn, sampled and misread between tissue and endpoint.

    Each layer can be switched off, and what it gives is then absent. None of it touches the tumour.
    """

    nodes: Annotated[bool, BeforeValidator(check_flag)] = True
    """Whether each virtual patient draws a positive node by chance, the same in all her arms; false is N0."""
    node_positive: Annotated[
        float,
        measure("1", "%", (0, 100), "pN+ of 10.75 % in HR-negative cT1N0 (K44)", "seen", sourced=(5, 20)),
    ] = 0.1075
    node_deposit_um: Annotated[
        float, measure("um", "mm", (0.2, 50), "no source: median of the largest deposit", "assumed")
    ] = key("node_deposit", 3000.0)
    node_deposit_spread: Annotated[
        float, measure("1", "1", (0, 3), "no source: SD of the log of the largest deposit", "assumed")
    ] = 0.7
    in_situ: Annotated[bool, BeforeValidator(check_flag)] = True
    """Whether a virtual patient may have in-situ carcinoma, untouched by the drug; false leaves ypt0 out."""
    in_situ_share: Annotated[
        float, measure("1", "%", (0, 100), "no source: patients with a DCIS component, 20 %", "assumed")
    ] = 0.20
    cores: Annotated[int, BeforeValidator(Whole(1, 20))] = 4
    """Core biopsies whose cellularity Miller-Payne compares with; assumed."""
    core_width_um: Annotated[float, measure("um", "mm", (0.3, 5), _CORE, "assumed")] = key(
        "core_width", 1200.0
    )
    core_length_um: Annotated[float, measure("um", "mm", (2, 40), _CORE, "assumed")] = key(
        "core_length", 15_000.0
    )
    core_aim: Annotated[
        float, measure("1", "%", (0, 50), "no source: how far off the centre, of the width", "assumed")
    ] = 0.25
    third_diameter: Annotated[
        Literal["geometric_mean", "minor"], BeforeValidator(OneOf(("geometric_mean", "minor")))
    ] = "geometric_mean"
    """The diameter of the ellipsoid that one plane does not show; assumed."""
    focus_miss: Annotated[bool, BeforeValidator(check_flag)] = True
    """Whether p_false_section_pcr is worked out: that a central section misses all viable foci."""
    foci: Annotated[int, BeforeValidator(Whole(1, 10_000))] = 10
    """Foci taken for left where the section shows none; assumed."""
    focus_radius_um: Annotated[float, measure("um", "mm", (0.01, 10), _SIZE, "assumed")] = key(
        "focus_radius", 500.0
    )
    sampling: Annotated[bool, BeforeValidator(check_flag)] = True
    """Whether p_detect_sampled is worked out: that the slides of a sampled bed show a focus."""
    slice_um: Annotated[float, measure("um", "mm", (0.5, 50), _SAMPLING, "assumed")] = key("slice", 5000.0)
    block_um: Annotated[float, measure("um", "mm", (2, 100), _SAMPLING, "assumed")] = key("block", 10_000.0)
    observer: Annotated[bool, BeforeValidator(check_flag)] = False
    """Whether keys ending in `_observed` say what readers would write down; true values stay beside them."""
    stil_error: Annotated[float, measure("1", "%", (0, 20), _ICC, "calculated")] = 0.113
    rvt_error: Annotated[float, measure("1", "%", (0, 30), _RVT, "assumed")] = 0.10
    width_error_um: Annotated[float, measure("um", "mm", (0, 10), _US, "calculated")] = key(
        "width_error", 2500.0
    )
    rvt_bias: Annotated[float, measure("1", "%", (0, 5), _BIAS, "assumed")] = 0.0


class Sweep(Part):
    """A design: every combination of the axes, each `replicates` times, with or without no-drug controls."""

    axes: Annotated[Mapping[str, tuple[str, ...]], BeforeValidator(check_axes)]
    """What is varied: a key or parameter, and the list of its values."""
    replicates: Annotated[int, BeforeValidator(Whole(1, 100_000))] = 1
    """Tumours grown at every point, each from a seed of its own."""
    twin: Annotated[bool, BeforeValidator(check_flag)] = True
    """Whether every tumour with drug is also grown without."""


def keys_of(section: type[BaseModel]) -> tuple[str, ...]:
    """The YAML keys of a section."""
    return tuple(yaml_key for _, yaml_key, _ in _fields(section))


def rows(section: BaseModel) -> Iterator[tuple[str, FieldInfo, Any]]:
    """YAML key, field and value of every field of a section."""
    for name, yaml_key, field in _fields(type(section)):
        yield yaml_key, field, getattr(section, name)


@cache
def _fields(section: type[BaseModel]) -> tuple[tuple[str, str, FieldInfo], ...]:
    """Name, YAML key and field of every field of a section."""
    fields = section.model_fields.items()
    return tuple((name, str(field.validation_alias or name), field) for name, field in fields)


@lru_cache(maxsize=16384)  # the points of a design share most of their sections
def written_out(section: BaseModel) -> tuple[tuple[str, Any], ...]:
    """YAML key and value of every field of a section that has one, as YAML writes them."""
    return tuple((name, text(field, value)) for name, field, value in rows(section) if value is not None)


def text(field: FieldInfo, value: Any) -> Any:
    """One value as YAML writes it."""
    kind = measure_of(field)
    if kind is not None:
        return kind.text(value)
    if isinstance(value, tuple):
        return [text(field, item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
