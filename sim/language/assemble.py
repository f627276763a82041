"""From declarations to a finished model: changes applied, what refers to absent cells dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from il2sim.sim.language.cells_and_rules import ModelError, Signal, nearest
from il2sim.sim.language.modifiers import Modifier
from il2sim.sim.language.records import Change, Rule

if TYPE_CHECKING:
    from il2sim.sim.language.model import Model


def assemble(model: Model, elsewhere: Callable[[], Iterable[str]]) -> None:
    """What `Model.finish` does; raises ModelError for what refers to nothing."""
    absent = model.known - set(model.authors.values())
    unknown = sorted(model.asked.keys() - absent - model.cells.keys())
    if unknown:
        model.mechanism, model.place = model.asked[unknown[0]], model.places[unknown[0]]
        close = nearest(unknown[0], {*model.cells, *absent}) or f"; there are {', '.join(model.cells)}"
        raise ModelError(f"unknown cell type {unknown[0]!r}{close}")
    for change in sorted(model.changes, key=lambda each: each.drops):
        _change(model, change, elsewhere)
    model.changes.clear()
    for rule in model.rules.values():
        _check_modifiers(model, rule)
    model.rules = {name: _joined(model, rule) for name, rule in model.rules.items()}
    model.rules = {name: _trimmed(model, rule) for name, rule in model.rules.items() if _stands(model, rule)}
    model.rules = {name: rule for name, rule in model.rules.items() if not _heals_nothing(model, rule)}
    model.walks = [
        replace(walk, uphill=model.pulls.get(walk.cell)) for walk in model.walks if walk.cell in model.cells
    ]
    model.initial = {key: value for key, value in model.initial.items() if key[0] in model.cells}
    model.carriers = {who: of for who, of in model.carriers.items() if of[0] in model.cells}
    eaters = {*model.cells, *model.carriers}
    model.uptakes = {key: value for key, value in model.uptakes.items() if key[0] in eaters}
    model.mechanism, model.place = "", ""
    stray = [name for name in model.overrides if name not in model.parameters]
    if stray:
        owner = stray[0].partition(".")[0]
        is_off = owner in model.known and not model.has(owner)
        hint = f"; {owner!r} is off: name it in `mechanisms`" if is_off else ""
        raise ModelError(f"unknown parameter {stray[0]!r}{hint or nearest(stray[0], model.parameters)}")


def _check_modifiers(model: Model, rule: Rule) -> None:
    for modifier in (*rule.modifiers, *rule.victim_modifiers):
        given: object = modifier  # what an author wrote need not be what is due
        if not isinstance(given, Modifier):
            model.speak(rule.sentence, modifier)
            words = "times(...), less(...), more(...), gated_by(...), raised_by(...) or lowered_by(...)"
            found = given.name if isinstance(given, Signal) else repr(given)
            raise ModelError(f"{rule.sentence}: {found} is no modifier; write {words}")


def _joined(model: Model, rule: Rule) -> Rule:
    """The same with the gate that several cytokines open first, as the kernels read it."""
    also = tuple(m for m in rule.modifiers if m.kind == "also")
    gates = tuple(m for m in rule.modifiers if m.kind == "gated" and m.signal.kind == "cytokine")
    if not also:
        return rule
    if len(gates) != 1:
        model.speak(rule.sentence, also[0])
        found = f"{len(gates)} of its factors are gated_by(...) a cytokine"
        raise ModelError(f"{rule.sentence}: also_by({also[0].signal.name}) joins one gate, and {found}")
    others = tuple(m for m in rule.modifiers if m not in (*gates, *also))
    return replace(rule, modifiers=(*gates, *also, *others))


def _stands(model: Model, rule: Rule) -> bool:
    needs_other = rule.verb in ("hits", "enters", "becomes")
    return rule.cell in model.cells and (not needs_other or rule.other in model.cells)


def _heals_nothing(model: Model, rule: Rule) -> bool:
    """Whether a solid cell's trait falls that nobody's hits raise: no killers, no wounds."""
    raised = {each.raises for each in model.rules.values()}
    return rule.verb == "falls" and model.cells[rule.cell].layer == "solid" and rule.other not in raised


def _trimmed(model: Model, rule: Rule) -> Rule:
    gone = [
        m for m in rule.modifiers if m.signal.kind in ("near", "within") and m.signal.name not in model.cells
    ]
    return replace(rule, modifiers=tuple(m for m in rule.modifiers if m not in gone))


def _change(model: Model, change: Change, elsewhere: Callable[[], Iterable[str]]) -> None:
    model.mechanism, model.place = change.mechanism, change.place
    rule = _find(model, change.sentence, elsewhere)
    if rule is None:
        return
    if change.drops:
        del model.rules[rule.sentence]
    elif change.modifier is not None:
        _check_is_new(model, rule, change)
        model.rules[rule.sentence] = replace(rule, modifiers=(*rule.modifiers, change.modifier))
    elif rule.verb == "divides":
        model.rules[rule.sentence] = replace(
            rule, daughters=(*rule.daughters, *change.sets), counts=(*rule.counts, *change.adds)
        )
    else:
        raise ModelError(f"{rule.sentence}: it is no division, so there is no daughter to mark")
    model.changed.append(change)


def _check_is_new(model: Model, rule: Rule, change: Change) -> None:
    """Refuse the very factor that a rule has already: it would act twice."""
    if change.modifier not in rule.modifiers:
        return
    own = model.authors[rule.sentence]
    same = (
        each for each in model.changed if (each.sentence, each.modifier) == (rule.sentence, change.modifier)
    )
    giver = next((each.mechanism for each in same), own)
    raise ModelError(f"{rule.sentence}: {giver!r} gives it this factor already; it would act twice")


def _find(model: Model, sentence: str, elsewhere: Callable[[], Iterable[str]]) -> Rule | None:
    """A rule by its sentence; None where the mechanism that says it is not in use."""
    rule = model.rules.get(sentence)
    others = frozenset(elsewhere()) if rule is None else frozenset()
    if rule is None and sentence not in others:
        raise ModelError(f"no rule says {sentence!r}{nearest(sentence, {*model.rules, *others})}")
    return rule
