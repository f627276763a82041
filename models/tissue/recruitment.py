"""Arrivals that hold the infiltrate: solved for each tumour from its cells, their loss and its growth."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from il2sim.sim.compile.arrays import Table
from il2sim.sim.engine import Engine
from il2sim.sim.language.model import Model

_NOTHING = 0.01  # of a type's whole loss: what adds less is left out, and so is chance in it
_MAY_MISS = 0.15  # of the cells asked for, as in the natural history; chance comes on top


def loss_at_rest(model: Model, engine: Engine) -> NDArray[np.float64]:
    """Loss of each immune type at baseline, 1/h, by code: its deaths, with what their modifiers make of them
    in the cells as they are; 0 where it declares none.
    """
    table = engine.table
    loss, more = np.zeros((2, len(table.cells["immune"])))
    for rule in model.rules.values():
        if rule.verb == "dies" and rule.cell in table.cells["immune"]:
            code = table.code(rule.cell)
            if rule.modifiers:
                more[code] += rule.rate * engine.mean_factor(rule.sentence)
            else:
                loss[code] += rule.rate
    found: NDArray[np.float64] = loss + np.where(more > _NOTHING * (loss + more), more, 0.0)
    return found


def not_held(infiltrate: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """Cells on day 0 over cells asked for, of the types whose (asked, found) differ by more than chance and
    a sixth; a type that a config cannot ask for is as its mechanism has it.
    """
    return {
        name: found / asked
        for name, (asked, found) in infiltrate.items()
        if asked > 0 and abs(found - asked) > _MAY_MISS * asked + 3.0 * math.sqrt(asked)
    }


def thin_out(model: Model, table: Table, growth: float) -> None:
    """Let immune cells be lost as fast as a bed that grows at this rate (1/h) would thin them out; 0: by
    death of age alone, which is the death at `<type>.death_rate`, whatever its sentence.
    """
    for sentence in table.sentences:
        rule = model.rules[sentence]
        number = getattr(rule.rate, "name", "")
        if rule.verb == "dies" and number == f"{rule.cell}.death_rate" and rule.cell in table.cells["immune"]:
            table.set_rate(sentence, model.value(number) + growth)


def immune_cells(engine: Engine) -> NDArray[np.int64]:
    """Immune cells of each type, by code."""
    return engine.tissue.counts("immune", len(engine.table.cells["immune"]) - 1)


def solve_influx(model: Model, engine: Engine, cells: NDArray[np.int64], growth: float) -> None:
    """Arrivals per vessel that hold so many cells of each immune type: cells x (loss + growth of the bed)
    / vessels, over what calls them in already.

    Of types whose influx is to be solved; another's is what its mechanism says. `growth` in 1/h.
    """
    table, solid = engine.table, engine.tissue.counts("solid", len(engine.table.cells["solid"]) - 1)
    needed = cells * (loss_at_rest(model, engine) + growth) / max(int(solid[table.code("vessel")]), 1)
    for code, name in enumerate(table.cells["immune"]):
        parameter = model.parameters.get(f"{name}.influx")
        if parameter is not None and parameter.known == "solved":
            called = engine.mean_factor(f"{name} enters")
            model.solve(parameter.name, float(needed[code]) / called)
            table.set_rate(f"{name} enters", model.value(parameter.name))
