"""Arrivals that hold the infiltrate: solved for each tumour from its cells, their loss and its growth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.engine import Engine
from sim.model import Model
from sim.table import Table


def loss_at_rest(model: Model, table: Table) -> NDArray[np.float64]:
    """Loss of each immune type at rest, 1/h, by code: its `death_rate`, 0 where it declares none."""
    names = [f"{name}.death_rate" for name in table.cells["immune"]]
    return np.array([model.value(name) if name in model.parameters else 0.0 for name in names])


def thin_out(model: Model, table: Table, growth: float) -> None:
    """Let immune cells be lost as fast as a bed that grows at this rate (1/h) would thin them out; 0: by
    death of age alone.
    """
    for name in table.cells["immune"]:
        if f"{name} dies of age" in table.sentences and f"{name}.death_rate" in model.parameters:
            table.set_rate(f"{name} dies of age", model.value(f"{name}.death_rate") + growth)


def immune_cells(engine: Engine) -> NDArray[np.int64]:
    """Immune cells of each type, by code."""
    return engine.tissue.counts("immune", len(engine.table.cells["immune"]) - 1)


def solve_influx(model: Model, engine: Engine, cells: NDArray[np.int64], growth: float) -> None:
    """Arrivals per vessel that hold so many cells of each immune type: cells x (loss + growth of the bed)
    / vessels, over what calls them in already.

    Of types whose influx is to be solved; another's is what its mechanism says. `growth` in 1/h.
    """
    table, solid = engine.table, engine.tissue.counts("solid", len(engine.table.cells["solid"]) - 1)
    needed = cells * (loss_at_rest(model, table) + growth) / max(int(solid[table.code("vessel")]), 1)
    for code, name in enumerate(table.cells["immune"]):
        parameter = model.parameters.get(f"{name}.influx")
        if parameter is not None and parameter.known == "solved":
            called = engine.mean_entry(f"{name} enters")
            model.solve(parameter.name, float(needed[code]) / called)
            table.set_rate(f"{name} enters", model.value(parameter.name))
