"""A finished model with some mechanisms on top of the default ones."""

from __future__ import annotations

from collections.abc import Mapping

from models.build import build
from models.config import MECHANISMS, Config
from sim.model import Model
from tests.tumours import tiny


def config_with(*names: str, without: str = "") -> Config:
    """The tiny tumour with the default mechanisms but one, and these."""
    kept = (name for name in MECHANISMS if name != without)
    return tiny({"mechanisms": f"[{', '.join((*kept, *names))}]"})


def model_with(*names: str) -> Model:
    return build(config_with(*names))


def factor(model: Model, sentence: str, levels: Mapping[str, float]) -> float:
    """What the raised_by modifiers of a rule make of these cytokine levels."""
    product = 1.0
    for modifier in model.rules[sentence].modifiers:
        assert modifier.kind == "raised"
        x = (levels[modifier.signal.name] / modifier.half) ** modifier.hill
        product *= 1.0 + (modifier.limit - 1.0) * x / (1.0 + x)
    return product
