"""The cell kinds of a model as a run records them: what tables and pictures made from files alone need."""

from __future__ import annotations

from typing import Any

from il2sim.sim.language.model import Model, Rule


def recorded_kinds(model: Model) -> dict[str, dict[str, Any]]:
    """Of every cell type its layer, its words and colour for readers, whether sTIL counts it and whether it
    kills tumour cells; a type without a colour of its own has "".
    """
    deadly = killers(model)
    return {
        name: {
            "layer": cell.layer,
            "label": cell.label,
            "colour": cell.colour,
            "counts_as_til": cell.counts_as_til,
            "kills": name in deadly,
        }
        for name, cell in model.cells.items()
    }


def killers(model: Model) -> tuple[str, ...]:
    """Cell types that hit the tumour."""
    rules = model.rules.values()
    return tuple(dict.fromkeys(rule.cell for rule in rules if rule.verb == "hits" and rule.other == "tumour"))


def outside_stil(model: Model) -> tuple[str, ...]:
    """Immune cell types that a pathologist does not count within sTIL."""
    cells = model.cells.values()
    return tuple(cell.name for cell in cells if cell.layer == "immune" and not cell.counts_as_til)


def driven_by(model: Model, trait: str) -> tuple[str, ...]:
    """Cell types in which a trait rises and of which a rule that is more than a trait's reads it."""
    rules = model.rules.values()
    rising = {rule.cell for rule in rules if rule.verb == "rises" and rule.other == trait}
    acting = {rule.cell for rule in rules if rule.verb not in ("rises", "falls") and _reads(rule, trait)}
    return tuple(name for name in model.cells if name in rising & acting)


def _reads(rule: Rule, trait: str) -> bool:
    return any(each.signal.kind == "trait" and each.signal.name == trait for each in rule.modifiers)
