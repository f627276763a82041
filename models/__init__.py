"""Tumour, immunity, IL-2 and the protocol. `simulate(config, seed)` is the waist of the hourglass."""

if __name__ != "il2sim.models":
    raise ImportError("models is a part of il2sim: import il2sim, or from il2sim.models import ...")

from importlib import import_module
from typing import TYPE_CHECKING

from il2sim.models.config.model import Config, ConfigError

if TYPE_CHECKING:
    from il2sim.models.simulation import Baseline, Simulation, settle, simulate

__all__ = ["Baseline", "Config", "ConfigError", "Simulation", "settle", "simulate"]


def __getattr__(name: str) -> object:
    """Bring in the engine when it is first asked for: reading a config needs no compiler."""
    if name in __all__:
        return getattr(import_module("il2sim.models.simulation"), name)
    raise AttributeError(f"module 'models' has no attribute {name!r}")
