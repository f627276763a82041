"""Tumour, immunity, IL-2 and the protocol. `simulate(config, seed)` is the waist of the hourglass."""

from models.config import Config, ConfigError
from models.simulation import Baseline, Simulation, settle, simulate

__all__ = ["Baseline", "Config", "ConfigError", "Simulation", "settle", "simulate"]
