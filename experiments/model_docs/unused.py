"""What a cell type carries and nothing of it uses, and what its rules read and nothing ever raises."""

from __future__ import annotations

from typing import Any

from il2sim.models.unresolved_signals import moved


def unused(model: Any) -> list[str]:
    """A heading and a line per cell type; nothing where every trait counts."""
    used = _used(model)
    idle: dict[str, list[str]] = {}
    for cell, trait in _carried(model):
        if (cell, trait) not in used:
            idle.setdefault(cell, []).append(trait)
    lines = [f"  {' and '.join(traits)} of {cell}" for cell, traits in idle.items()]
    silent = [f"  {name}" for name in _never_raised(model)]
    return [
        *(["tracked, without effect on any rule", *lines] if lines else []),
        *(["read, and 0 at all times, as no rule raises it", *silent] if silent else []),
    ]


def _never_raised(model: Any) -> list[str]:
    """Traits of the cells that have rules, which a rule reads and none moves."""
    read = [trait for rule in model.rules.values() for _, trait in sorted(_ends(rule))]
    return [trait for trait in dict.fromkeys(read) if trait not in moved(model)]


def _carried(model: Any) -> list[tuple[str, str]]:
    rising = [(rule.cell, rule.other) for rule in model.rules.values() if rule.verb == "rises"]
    return list(dict.fromkeys((*model.initial, *rising)))


def _used(model: Any) -> set[tuple[str, str]]:
    """Traits of a cell type that something reads which is itself of use, whatever the order."""
    used: set[tuple[str, str]] = set(model.carriers.values())
    while True:
        found = used | {
            end
            for rule in model.rules.values()
            if rule.verb not in ("rises", "falls") or (rule.cell, rule.other) in used
            for end in _ends(rule)
        }
        if found == used:
            return used
        used = found


def _ends(rule: Any) -> set[tuple[str, str]]:
    """(cell type, trait) that a rule reads."""
    own = {(rule.cell, each.signal.name) for each in rule.modifiers if each.signal.kind == "trait"}
    crowd = {(each.signal.name, each.signal.weight) for each in rule.modifiers if each.signal.weight}
    return own | crowd | {(rule.other, each.signal.name) for each in rule.victim_modifiers}
