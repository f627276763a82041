"""The cases: what each runs, which figures it gives, how often, and what is asked of them.

`bound` is the most that a figure may be, divided by the yardstick measured beside it; memory is not divided.
Bounds are about three times what was measured, so that a loaded machine passes and a lost order does not.
`least` and `aim` are the goals: of a ratio (other build over this one), or where `of_figure`, of the figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from il2sim.experiments.study.formats import ExperimentError
from il2sim.experiments.study.provenance import ROOT

CONFIGS = ROOT / "configs"


@dataclass(frozen=True)
class Task:
    """What one process does; `kind` is a function of the driver, or `command`.

    config      a file that both checkouts read, with `settings` on top
    words       of a command, what comes before the config
    first       settings of a command that is carried out first, beside the same caches, and not timed
    fresh       in a copy of the sources that has compiled nothing; `again`: there a second time
    """

    kind: str
    config: str = ""
    settings: tuple[str, ...] = ()
    days: float = 0.0
    n: int = 0
    warm_steps: int = 0
    steps: int = 0
    words: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    fresh: bool = False
    again: bool = False

    def shortest(self) -> Task:
        """Something so short that it only compiles and lists fonts."""
        if self.kind == "command":
            return Task("command", "small_2d.yaml", ("patient.width=0.5 mm",), words=("run",))
        if self.kind == "course":
            return replace(self, settings=(*self._without_width(), "patient.width=0.5 mm"), days=0.0)
        return replace(self, n=min(self.n, 20), warm_steps=0, steps=1) if self.n else self

    def _without_width(self) -> tuple[str, ...]:
        return tuple(text for text in self.settings if not text.startswith("patient.width="))

    def document(self) -> dict[str, Any]:
        """What the driver reads of it."""
        return {
            "kind": self.kind,
            "config": str(CONFIGS / self.config),
            "settings": list(self.settings),
            "days": self.days,
            "n": self.n,
            "warm_steps": self.warm_steps,
            "steps": self.steps,
        }


@dataclass(frozen=True)
class Row:
    """One figure of a task: its label, its key in the reply and its unit."""

    label: str
    figure: str
    unit: str
    bound: float
    least: float | None = None
    aim: float | None = None
    of_figure: bool = False

    @property
    def is_normalised(self) -> bool:
        """Whether the machine's speed is in it."""
        return self.unit != "MB"


@dataclass(frozen=True)
class Case:
    """Some rows under one name; each task is carried out `pairs` times, in turns."""

    name: str
    about: str
    minutes: float  # with another checkout of half the speed, about
    parts: tuple[tuple[Task, tuple[Row, ...]], ...] = field(repr=False)
    pairs: int = 3


def _course(config: str, days: float, *settings: str) -> Task:
    return Task("course", config, settings, days)


def _stil(width: str, percent: int) -> Task:
    return _course("section_2d.yaml", 3.0, f"patient.width={width}", f"patient.stil={percent} %")


def _lattice(n: int) -> tuple[Task, tuple[Row, ...]]:
    task = Task("birth_death_drug", n=n, warm_steps=10, steps=100)
    goals = (25.0, 8.0), (150.0, 60.0)
    cells, voxels = goals if n == 1200 else ((None, None), (None, None))
    return task, (
        Row(f"n = {n}, cells", "cell_ns", "ns per cell-step", 600.0, cells[0], cells[1], of_figure=True),
        Row(f"n = {n}, field", "voxel_ns", "ns per voxel-solve", 9e3, voxels[0], voxels[1], of_figure=True),
    )


_FIRST_TICK = "small_2d.yaml"
_DOSES = tuple(f"sweep.axes.schedule.dose=[{doses}]" for doses in ("0.5 MIU/mm", "0.05 MIU/mm, 0.2 MIU/mm"))
_SWEEP = ("patient.width=3 mm", "sweep.replicates=2")

CASES = (
    Case(
        "whole_biology_5mm",
        "full_2d at 5 mm, settling and 3 days",
        4.0,
        (
            (
                _course("full_2d.yaml", 3.0, "patient.width=5 mm"),
                (Row("5 mm", "cpu_s", "s", 300.0, 1.8, 3.5),),
            ),
        ),
    ),
    Case(
        "sections_5mm",
        "section_2d at 5 mm, sTIL 15 and 50 %, settling and 3 days",
        5.0,
        tuple(
            (_stil("5 mm", stil), (Row(f"sTIL {stil} %", "cpu_s", "s", bound),))
            for stil, bound in ((15, 120.0), (50, 400.0))
        ),
    ),
    Case(
        "sections_10mm",
        "section_2d at 10 mm, sTIL 15 and 50 %, settling and 3 days",
        14.0,
        tuple(
            (_stil("10 mm", stil), (Row(f"sTIL {stil} %", "cpu_s", "s", bound),))
            for stil, bound in ((15, 400.0), (50, 1500.0))
        ),
    ),
    Case(
        "sensitised_5mm",
        "responsive_2d (5 mm, sTIL 40 %), settling and 3 days",
        4.0,
        ((_course("responsive_2d.yaml", 3.0), (Row("sTIL 40 %", "cpu_s", "s", 300.0, 1.8, 3.5),)),),
    ),
    Case(
        "birth_death_drug",
        "birth, death and a drug on a filled lattice, by the engine",
        3.0,
        tuple(_lattice(n) for n in (300, 600, 1200)),
        pairs=1,
    ),
    Case(
        "birth_death_drug_mesa",
        "the same rules in Mesa",
        0.5,
        (
            (
                Task("birth_death_drug_mesa", n=100, steps=10),
                (Row("n = 100", "cell_ns", "ns per agent-step", 60000.0),),
            ),
        ),
        pairs=1,
    ),
    Case(
        "first_tick",
        "process start to first tick, with a filled and with an empty compile cache",
        4.0,
        (
            (
                Task("first_tick", _FIRST_TICK, fresh=True, again=True),
                (Row("warm", "cpu_s", "s", 40.0, 1.5, 2.0),),
            ),
            (Task("first_tick", _FIRST_TICK, fresh=True), (Row("cold", "cpu_s", "s", 500.0, 2.0, 4.0),)),
        ),
    ),
    Case(
        "small_run",
        "the command `run small_2d`, from the start to the report",
        3.0,
        ((Task("command", _FIRST_TICK, words=("run",)), (Row("run", "cpu_s", "s", 200.0, 2.5, 5.0),)),),
    ),
    Case(
        "first_use",
        "the command `run small_2d` with nothing compiled",
        2.0,
        ((Task("command", _FIRST_TICK, words=("run",), fresh=True), (Row("run", "cpu_s", "s", 700.0),)),),
        pairs=1,
    ),
    Case(
        "course_10mm",
        "section_2d (10 mm, sTIL 15 %), settling and 28 days with drug",
        3.0,
        (
            (
                _course("section_2d.yaml", 28.0, "patient.width=10 mm"),
                (Row("28 days", "cpu_s", "s", 2000.0, 2.0, 4.0),),
            ),
        ),
        pairs=1,
    ),
    Case(
        "sweep_again",
        "a sweep over two more doses beside one that has run, 3 mm",
        4.0,
        (
            (
                Task(
                    "command",
                    "section_2d.yaml",
                    (*_SWEEP, _DOSES[1]),
                    words=("sweep", "--workers", "1"),
                    first=(*_SWEEP, _DOSES[0]),
                ),
                (Row("sweep", "cpu_s", "s", 900.0, 2.3, 5.0),),
            ),
        ),
        pairs=1,
    ),
    Case(
        "memory_20mm",
        "section_2d at 20 mm, settling and half a day: most memory held",
        8.0,
        (
            (
                _course("section_2d.yaml", 0.5, "patient.width=20 mm"),
                (Row("peak", "peak_mb", "MB", 1200.0, 600.0, 400.0, of_figure=True),),
            ),
        ),
        pairs=1,
    ),
    Case(
        "quick_sweep",
        "the sweep of `quick.yaml` on two processes",
        30.0,
        (
            (
                Task("command", "sweeps/quick.yaml", words=("sweep", "--workers", "2")),
                (
                    Row("wall", "wall_s", "s", 6000.0, 240.0, 120.0, of_figure=True),
                    Row("CPU", "cpu_s", "s", 12000.0),
                ),
            ),
        ),
        pairs=1,
    ),
)
NAMES = tuple(case.name for case in CASES)


def chosen(names: Sequence[str]) -> tuple[Case, ...]:
    """The cases of these names in their own order, all where none is named. Raises ExperimentError."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise ExperimentError(f"bench: no case is called {unknown[0]!r}; there are {', '.join(NAMES)}")
    return tuple(case for case in CASES if not names or case.name in names)
