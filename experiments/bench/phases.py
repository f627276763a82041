"""Where the time of a tick goes, and how far each phase is from the memory's own ceilings."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from il2sim.experiments.bench.driver import SEED, SMALLEST, WARM_DAYS, live
from il2sim.experiments.bench.measure import Measured
from il2sim.models import Config, Simulation
from il2sim.models.benchmark.machine_ceilings import Ceilings, ceilings
from il2sim.models.config.shipped import CONFIGS

CELL_BYTES = 32  # the four columns of a cell's row
PLACES: dict[str, float] = {"sense": 10 / 3, "move": 8.0, "contact": 9.0, "grow": 0.25, "live": 1 / 3}
"""Places looked up per immune cell and tick, about: the voxels around a cell, those of each sub-move."""
PASSES: dict[str, float] = {"sense": 2 / 3, "move": 2.0, "contact": 1.0, "grow": 1 / 36, "live": 1 / 3}
"""Times that the cell tables are read or written, per tick; of moves and contacts the cells' rows alone."""
WITH_TRAITS = ("sense", "live")


class Clock:
    """CPU time of this thread, by phase; a phase within another is taken out of the outer one."""

    def __init__(self) -> None:
        self.spent_s: defaultdict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def around(self, phase: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its time counted."""

        def timed(*given: Any) -> Any:
            started = time.thread_time()
            self._inner.append(0.0)
            try:
                return work(*given)
            finally:
                whole = time.thread_time() - started
                self.spent_s[phase] += whole - self._inner.pop()
                self._inner[-1] += whole

        return timed


def watch(simulation: Simulation, clock: Clock) -> None:
    """Count the phases of a simulation in its course."""
    engine, drug, recorder = simulation.engine, simulation.drug, simulation.recorder
    parts: list[tuple[object, str, str]] = [
        (engine, "_survey", "sense"),
        (engine, "_sense", "sense"),
        (engine, "_move", "move"),
        (engine, "_contact", "contact"),
        (engine.bed, "grow", "grow"),
        (engine, "_live", "live"),
        (engine, "_enter", "enter"),
        (recorder, "after_tick", "records"),
        (simulation, "step", "rest"),
    ]
    if drug is not None:
        parts += [(drug.section, "advance", "section field"), (drug.book, "advance", "tissue PK")]
    for owner, name, phase in parts:
        setattr(owner, name, clock.around(phase, getattr(owner, name)))


@contextmanager
def _watched(simulation: Simulation) -> Iterator[Clock]:
    clock = Clock()
    watch(simulation, clock)
    yield clock


def phases(settings: Sequence[str] = (), days: float = 3.0, most: Ceilings | None = None) -> list[Measured]:
    """ns per immune cell and tick of each phase, in the first days of `section_2d` with these settings."""
    file = CONFIGS / "section_2d.yaml"
    small = [text for text in settings if not text.startswith("patient.width=")]
    live(Simulation(Config.load(file, (*small, SMALLEST)), SEED), WARM_DAYS)
    simulation, ceiling = Simulation(Config.load(file, tuple(settings)), SEED), most or ceilings()
    live(simulation, 0.0)
    immune, lived = simulation.tissue.layers["immune"], 0
    with _watched(simulation) as clock:
        while simulation.day < days - 1e-9:
            lived += int(simulation.tissue.layers["immune"].count[0])
            simulation.step()
    traits = immune.trait.shape[1]
    return [
        _row(name, 1e9 * s / lived, traits, ceiling)
        for name, s in sorted(clock.spent_s.items(), key=lambda each: -each[1])
    ]


def _row(phase: str, ns: float, traits: int, most: Ceilings) -> Measured:
    """One phase beside its floor: the rows of the tables at stream speed, the places at random speed."""
    row_bytes = CELL_BYTES + (8 * traits if phase in WITH_TRAITS else 0)
    streamed = PASSES.get(phase, 0.0) * row_bytes / most.stream_gb_s
    looked_up = PLACES.get(phase, 0.0) * most.near_ns
    floor = streamed + looked_up
    return {
        "phase": phase,
        "ns per immune cell and tick": ns,
        "streaming its rows, ns": streamed or None,
        "its places at random, ns": looked_up or None,
        "times its floor": ns / floor if floor else None,
    }
