"""From a config to a finished model: import each mechanism it names and let it declare."""

import math
import traceback
from functools import cache
from pathlib import Path

from il2sim.models.biology.killing.hit_rates import solve_hits
from il2sim.models.biology.populations.arrivals import IMMUNE
from il2sim.models.cell_kinds import killers
from il2sim.models.config.mechanisms import BIOLOGY, MECHANISMS, mechanism_files, mechanism_names
from il2sim.models.config.model import Config, ConfigError
from il2sim.models.config.outside_mechanisms import (
    OutsideError,
    check_clash,
    module_file,
    name_of,
    names_of,
    offered,
    outside_of,
)
from il2sim.models.drug.tissue_pk.field_voxel import check_field, field_remarks
from il2sim.models.drug.treatment_effects import SILENT_AT_REST
from il2sim.models.mechanism_modules import DeclarationError, declaration_of
from il2sim.models.pathology.stereology import weight_remarks
from il2sim.models.tissue.initial_tissue import lattice_of, nk_remarks
from il2sim.models.unresolved_signals import check_ends, check_shown, declared
from il2sim.sim.language.checks import Grammar
from il2sim.sim.language.model import Model, ModelError
from il2sim.sim.language.provenance import line_of
from il2sim.sim.language.shares import Shares


def mechanisms() -> tuple[str, ...]:
    """Every mechanism that a config can name: each file of `models/`, in lower case, that has a `declare`,
    and those that installed distributions offer.
    """
    return (*mechanism_names(), *offered())


def _known(config: Config) -> tuple[str, ...]:
    """The same, and the files that a config names."""
    own = set(mechanism_names())
    outside = [text for text in config.mechanisms if text not in own]
    named = set(names_of(outside))
    return (*(name for name in mechanisms() if name not in named), *outside)


def _rank(name: str) -> tuple[bool, int]:
    """However a config lists them, mechanisms that others build on declare first; what is silent at
    rest last, so that others keep their draws.
    """
    order = (*MECHANISMS, *BIOLOGY)
    name = name_of(name)
    return name in SILENT_AT_REST, order.index(name) if name in order else len(order)


def contact_substeps(config: Config) -> int:
    """Contact steps of one tick."""
    return math.ceil(config.clocks.tick_min / config.clocks.contact_min - 1e-9)


def build(config: Config) -> Model:
    """The finished model of a config. ConfigError with file and line for what cannot stand."""
    model = _blank(config)
    model.allow_outside = config.allow_outside
    try:
        for text in sorted(config.mechanisms, key=_rank):
            model.mechanism, model.place, model.file = name_of(text), "", ""
            model.file = _outside_file(text)
            check_clash(text)
            declaration_of(text)(model)
        model.finish(lambda: _sentences(_known(config)))
        _check_bounds(model)
        _check_arrivals(model)
        Grammar(model, lattice_of(config)).check()
        Shares(model).check()
        check_shown(model)
        check_ends(model, lambda: _everything(config))
        model.mechanism = ""
        solve_hits(model, config.clocks.tick_min / 60.0 / contact_substeps(config))
    except (ModelError, OutsideError) as error:
        raise ConfigError(_blamed(config, model, error, str(error))) from None
    except (Exception, SystemExit) as error:
        if not _line_in(_file(config, model.mechanism), error):
            raise  # not the author's mistake but ours
        raise ConfigError(_blamed(config, model, error, f"{type(error).__name__}: {error}")) from None
    check_field(config, model)
    return model


def _blank(config: Config) -> Model:
    clocks = config.clocks
    given: dict[str, float | str] = {
        "doubling_time_h": config.patient.doubling_time_h,
        "phenotype": config.patient.phenotype,
        "biopsy": config.schedule.biopsy,
        "voxel_um": config.space.voxel_um,
        "immune_step_h": clocks.tick_min * clocks.immune_ticks / 60.0,
        "solid_step_h": clocks.tick_min * clocks.solid_ticks / 60.0,
    }
    return Model(config.set, names_of(_known(config)), given)


def _outside_file(text: str) -> str:
    """The file of a mechanism from outside; "" for the package's own."""
    outside = outside_of(text)
    if outside is None:
        return ""
    return outside.file or module_file(outside.name)


def _file(config: Config, mechanism: str) -> Path | None:
    """The file that declares a mechanism of a config."""
    if mechanism in mechanism_files():
        return mechanism_files()[mechanism]
    text = next((text for text in config.mechanisms if name_of(text) == mechanism), "")
    try:
        file = _outside_file(text)
    except OutsideError:
        return None
    return Path(file) if file else None


def _everything(config: Config) -> Model:
    """What all mechanisms there are say together, as far as they agree."""
    return declared(_blank(config), sorted(_known(config), key=_rank), declaration_of)


@cache
def _sentences(names: tuple[str, ...]) -> frozenset[str]:
    """Of every rule that these mechanisms say, which is the same for any config: worked out once."""
    return frozenset(declared(_blank(Config()), sorted(names, key=_rank), declaration_of).rules)


def _blamed(config: Config, model: Model, error: BaseException, said: str) -> str:
    """One sentence: where the config says it, which mechanism and where in it, what is wrong."""
    culprit = next((name for name in config.set if name in said), "")
    if culprit or not model.mechanism:
        return f"{config.where(culprit or 'mechanisms')}: {said}"
    place = _line_in(_file(config, model.mechanism), error) or model.place
    if not place and isinstance(error, DeclarationError):
        place = line_of(model.file, 1) if model.file else ""
    speaker = f"{model.mechanism} ({place})" if place else model.mechanism
    return f"{config.where('mechanisms')}: {speaker}: {said}"


def _line_in(own: Path | None, error: BaseException) -> str:
    """The line of a mechanism's file that an error came through, or where the file cannot be read."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename) == own:
        return line_of(error.filename, error.lineno or 1)
    for call in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(call.filename) == own:
            return line_of(call.filename, call.lineno or 1)
    return ""


def _check_bounds(model: Model) -> None:
    """Refuse a trait without bounds that only ever rises: it would grow for as long as a run lasts."""
    rules = model.rules.values()
    rising = {(rule.other, rule.cell) for rule in rules if rule.verb == "rises"}
    hits = (rule for rule in rules if rule.verb == "hits" and _is_solid(model, rule.other))
    rising |= {(rule.raises, rule.other) for rule in hits}
    falling = {(rule.other, rule.cell) for rule in rules if rule.verb == "falls" and rule.rate > 0.0}
    for trait, cell in sorted(rising - falling):
        if not model.traits[trait][1]:
            model.speak(f"trait {trait!r}")
            raise ModelError(
                f"trait {trait!r} has no bounds and nothing lets it fall in {cell}: "
                f"write a rule '{trait} falls in {cell}', or declare it bounded (0 to 1)"
            )


def _is_solid(model: Model, cell: str) -> bool:
    return cell in model.cells and model.cells[cell].layer == "solid"


def _check_arrivals(model: Model) -> None:
    """Refuse arrivals to be solved of a type that no config asks for: they would be none."""
    for rule in model.rules.values():
        number = model.parameters.get(f"{rule.cell}.influx")
        if rule.verb == "enters" and number and number.known == "solved" and rule.cell not in IMMUNE:
            model.speak(rule.sentence)
            raise ModelError(
                f"{number.name}: arrivals are solved only for {', '.join(IMMUNE)}, "
                "whose numbers a config gives; give it a value and say how it is known"
            )


def remarks(config: Config) -> tuple[str, ...]:
    """What a reader should know and what is run all the same, of the config and of the model it makes."""
    model = build(config)
    of_model = *nk_remarks(config, model), *field_remarks(config, model), *outside_remarks(config, model)
    return (
        *config.warnings(),
        *weight_remarks(config),
        *_idle_killers(config, model),
        *of_model,
        *_set_though_solved(model),
    )


def _idle_killers(config: Config, model: Model) -> list[str]:
    """A sentence for every kind that is there without its killing, where a mechanism of that name exists."""
    there, deadly = set(map(name_of, _known(config))), killers(model)
    return [
        f"mechanisms: {name} is there without {name}_killing and kills nothing"
        for name in model.cells
        if f"{name}_killing" in there and name not in deadly
    ]


def _set_though_solved(model: Model) -> list[str]:
    """A sentence for every number that somebody set and that would be solved otherwise."""
    held = {"tumour.birth_rate": "patient.doubling_time is kept without drug"}
    return [
        f"{each.name}: {each.value:g} {each.unit} is set; otherwise it is solved so that "
        f"{held.get(each.name, 'the infiltrate is held')}, which now need not be so"
        for each in model.parameters.values()
        if each.known == "solved" and each.overridden
    ]


def outside_remarks(config: Config, model: Model) -> tuple[str, ...]:
    """A sentence for every number that was set beyond the range of its sources."""
    numbers = {
        "it stands because of allow_outside": model.parameters.values(),
        "it can be run all the same": config.numbers(),
    }
    return tuple(
        f"{each.name}: {each.value:g}{'' if each.unit == '1' else f' {each.unit}'} is OUTSIDE the range that "
        f"its source gives, {each.low:g} to {each.high:g}; {why}"
        for why, found in numbers.items()
        for each in found
        if each.is_outside
    )
