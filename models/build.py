"""From a config to a finished model: import each mechanism it names and let it declare."""

import math
from importlib import import_module
from pathlib import Path

from models.baseline import lattice_of, nk_remarks
from models.config import Config, ConfigError
from models.config_mechanisms import BIOLOGY, MECHANISMS
from models.field_voxel import check_field, field_remarks
from models.killing import solve_hits
from models.responses import SILENT_AT_REST
from models.section_weight import weight_remarks
from sim.grammar import Grammar
from sim.model import Model, ModelError


def mechanisms() -> tuple[str, ...]:
    """Every mechanism there is: each file of this folder that has a `declare`."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple(path.stem for path in files if "\ndef declare(" in path.read_text(encoding="utf-8"))


def _rank(name: str) -> tuple[bool, int]:
    """However a config lists them, mechanisms that others build on declare first; what is silent at
    rest last, so that others keep their luck.
    """
    order = (*MECHANISMS, *BIOLOGY)
    return name in SILENT_AT_REST, order.index(name) if name in order else len(order)


def contact_substeps(config: Config) -> int:
    """Contact steps of one tick."""
    return math.ceil(config.clocks.tick_min / config.clocks.contact_min - 1e-9)


def build(config: Config) -> Model:
    """The finished model of a config. ConfigError with file and line for overrides that cannot stand."""
    clocks = config.clocks
    given: dict[str, float | str] = {
        "doubling_time_h": config.patient.doubling_time_h,
        "phenotype": config.patient.phenotype,
        "biopsy": config.schedule.biopsy,
        "voxel_um": config.space.voxel_um,
        "immune_step_h": clocks.tick_min * clocks.immune_ticks / 60.0,
        "solid_step_h": clocks.tick_min * clocks.solid_ticks / 60.0,
    }
    model = Model(config.set, mechanisms(), given)
    model.allow_outside = config.allow_outside
    try:
        for name in sorted(config.mechanisms, key=_rank):
            model.mechanism = name
            import_module(f"models.{name}").declare(model)
        model.finish()
        _check_bounds(model)
        Grammar(model, lattice_of(config)).check()
        model.mechanism = ""
        solve_hits(model, config.clocks.tick_min / 60.0 / contact_substeps(config))
    except ModelError as error:
        culprit = next((name for name in config.set if name in str(error)), "")
        speaker = f"{model.mechanism}: " if model.mechanism and not culprit else ""
        raise ConfigError(f"{config.where(culprit or 'mechanisms')}: {speaker}{error}") from None
    check_field(config, model)
    return model


def _check_bounds(model: Model) -> None:
    """Refuse a trait without bounds that only ever rises: it would grow for as long as a run lasts."""
    rules = model.rules.values()
    rising = {(rule.other, rule.cell) for rule in rules if rule.verb == "rises"}
    rising |= {(rule.raises, rule.other) for rule in rules if rule.verb == "hits"}
    falling = {(rule.other, rule.cell) for rule in rules if rule.verb == "falls"}
    for trait, cell in sorted(rising - falling):
        if not model.traits[trait][1]:
            model.mechanism = model.authors[f"trait {trait!r}"]
            raise ModelError(
                f"trait {trait!r} has no bounds and nothing lets it fall in {cell}: "
                f"write a rule '{trait} falls in {cell}', or declare it bounded (0 to 1)"
            )


def remarks(config: Config) -> tuple[str, ...]:
    """What a reader should know and what is run all the same, of the config and of the model it makes."""
    model = build(config)
    of_model = *nk_remarks(config, model), *field_remarks(config, model), *outside_remarks(model)
    return (*config.warnings(), *weight_remarks(config), *of_model)


def outside_remarks(model: Model) -> tuple[str, ...]:
    """A sentence for every number that was set beyond its range."""
    return tuple(
        f"{each.name}: {each.value:g}{'' if each.unit == '1' else f' {each.unit}'} is OUTSIDE the range that "
        f"its source gives, {each.low:g} to {each.high:g}; it stands because of allow_outside"
        for each in model.parameters.values()
        if each.is_outside
    )
