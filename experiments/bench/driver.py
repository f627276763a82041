"""What a measuring process does. A script, so that another checkout's packages can be under it:

    python -P driver.py TASK-AS-JSON PREFIX

PREFIX stands before `models` there: "il2sim." or, in checkouts that have no such package, nothing. It prints
one line of JSON: the figures, or under "lacks" what that checkout cannot do. Imports nothing of either
checkout before it measures.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

import numpy as np

SEED = 1
SMALLEST = "patient.width=0.5 mm"
WARM_DAYS = 0.5  # of the smallest tumour: past its first injection every kernel has been loaded
Reply = dict[str, Any]
Task = dict[str, Any]


class LackingError(Exception):
    """A case that this checkout does not have."""


def yardstick_s() -> float:
    """CPU seconds for a fixed piece of memory-bound NumPy work, the best of three."""
    field = np.linspace(0.0, 1.0, 1_000_000)

    def once() -> float:
        started = time.process_time()
        for _ in range(20):
            np.cumsum(np.exp(-field) * field)
        return time.process_time() - started

    return min(once() for _ in range(3))


def peak_mb() -> float | None:
    """Most memory this process ever held, MB; None where the system does not say (Windows)."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1024


def module(prefix: str, name: str) -> Any:
    """A module of the checkout under test."""
    try:
        return importlib.import_module(prefix + name)
    except ModuleNotFoundError as error:
        raise LackingError(str(error)) from None


def config_of(models: Any, task: Task, width: str = "") -> Any:
    """The config of a task, of another width where one is given."""
    settings = [text for text in task["settings"] if not (width and text.startswith("patient.width="))]
    try:
        return models.Config.load(task["config"], [*settings, width] if width else settings)
    except models.ConfigError as error:
        raise LackingError(str(error)) from None


def live(simulation: Any, days: float) -> float:
    """Settle, then follow for so many days; CPU seconds (of the process) when settling ended."""
    while simulation.is_settling:
        simulation.step()
    settled = time.process_time()
    while simulation.day < days - 1e-9 and not simulation.finished:
        simulation.step()
    return settled


def course(task: Task, prefix: str) -> Reply:
    """One tumour from nothing to a day of its course, its kernels loaded beforehand."""
    models = module(prefix, "models")
    config = config_of(models, task)
    live(models.Simulation(config_of(models, task, SMALLEST), SEED), WARM_DAYS)
    before, started = yardstick_s(), time.process_time()
    simulation = models.Simulation(config, SEED)
    settled = live(simulation, task["days"])
    cpu_s = time.process_time() - started
    return {
        "cpu_s": cpu_s,
        "settling_cpu_s": settled - started,
        "peak_mb": peak_mb(),
        "yardstick_s": (before + yardstick_s()) / 2.0,
    }


def birth_death_drug(task: Task, prefix: str) -> Reply:
    """ns per cell-step and per voxel-solve of the small model, after some steps that are not counted."""
    tumour = module(prefix, "models.benchmark.birth_death_drug").BirthDeathDrug(task["n"], SEED)
    cells_s = field_s = lived = 0.0
    before = yardstick_s()
    for step in range(task["warm_steps"] + task["steps"]):
        if step == task["warm_steps"]:
            cells_s = field_s = lived = 0.0
        begun, lived = time.process_time(), lived + tumour.cells
        tumour.step_cells()
        uptake = tumour.uptake()
        between = time.process_time()
        tumour.step_field(uptake)
        cells_s, field_s = cells_s + between - begun, field_s + time.process_time() - between
    solved = task["steps"] * tumour.grid.inside.size
    return {
        "cell_ns": 1e9 * cells_s / lived,
        "voxel_ns": 1e9 * field_s / solved,
        "cells": tumour.cells,
        "yardstick_s": (before + yardstick_s()) / 2.0,
    }


def birth_death_drug_mesa(task: Task, prefix: str) -> Reply:
    """ns per agent-step of the same rules in Mesa."""
    model = module(prefix, "models.benchmark.birth_death_drug_mesa").MesaBirthDeathDrug(task["n"], SEED)
    before, lived = yardstick_s(), 0
    model.step()
    begun = time.process_time()
    for _ in range(task["steps"]):
        lived += len(model.agents)
        model.step()
    cell_ns = 1e9 * (time.process_time() - begun) / lived
    return {"cell_ns": cell_ns, "cells": len(model.agents), "yardstick_s": (before + yardstick_s()) / 2.0}


def first_tick(task: Task, prefix: str) -> Reply:
    """One tick of a tumour; who started the process measures it."""
    models = module(prefix, "models")
    models.Simulation(config_of(models, task), SEED).step()
    return {}


TASKS = {
    "course": course,
    "birth_death_drug": birth_death_drug,
    "birth_death_drug_mesa": birth_death_drug_mesa,
    "first_tick": first_tick,
}


def main() -> None:
    """Do the task and print what came of it."""
    task, prefix = json.loads(sys.argv[1]), sys.argv[2]
    try:
        reply = TASKS[task["kind"]](task, prefix)
    except LackingError as lacking:
        reply = {"lacks": str(lacking)}
    print(json.dumps(reply))


if __name__ == "__main__":
    main()
