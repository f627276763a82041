"""Tumour, immunity, IL-2 and the protocol. `simulate(config, seed)` is the waist of the hourglass."""

from importlib import import_module
from typing import TYPE_CHECKING

from models.config import Config, ConfigError

if TYPE_CHECKING:
    from models.simulation import Baseline, Simulation, settle, simulate

__all__ = ["Baseline", "Config", "ConfigError", "Simulation", "settle", "simulate"]


def __getattr__(name: str) -> object:
    """Bring in the engine when it is first asked for: reading a config needs no compiler."""
    if name in __all__:
        return getattr(import_module("models.simulation"), name)
    raise AttributeError(f"module 'models' has no attribute {name!r}")
