"""One tumour's course, computed in a thread of its own so that the page never waits. Knows no browser."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from il2sim.experiments.study.cell_kinds import Kinds, of_model, own_kinds
from il2sim.experiments.study.execute import Section
from il2sim.models import Baseline, Config, Simulation
from il2sim.models.mesa_model import TumourModel
from il2sim.models.tissue.equilibration import tumour_key

PATIENCE_S = 0.3  # a slider on its way passes many values; only one that rests is computed
PAUSE_S = 0.1  # at least, between two views
FRAMES_A_DAY = 4  # as often as the series has rows
THRESHOLDS = ("treg", "cd8")  # whose EC50 the page marks: the lowest, and that of the cells that are to kill
FIELD_UM = 60.0  # side of a pixel of the IL-2 map outside the section


@dataclass(frozen=True)
class Choice:
    """What the sliders say, and which virtual patient."""

    width_mm: float = 2.0
    dose_miu_per_mm: float = 0.5
    stil_percent: float = 15.0
    seed: int = 1

    @cached_property
    def config(self) -> Config:
        """The section to run; the margin is narrow because nothing happens in it."""
        return Config().with_values(
            {
                "patient.width": f"{self.width_mm:.12g} mm",
                "patient.stil": f"{self.stil_percent:.12g} %",
                "schedule.dose": f"{self.dose_miu_per_mm:.12g} MIU/mm",
                "space.margin": "0.5 mm",
            }
        )


@dataclass(frozen=True)
class Drug:
    """IL-2 as it is given and as it lies now; the map is [x, y], nM, about the tumour's centre."""

    dose_miu: float
    is_capped: bool
    depots_um: tuple[tuple[float, float], ...]  # inner and outer radius
    map_nM: NDArray[np.float64]  # noqa: N815
    thresholds_nM: Mapping[str, float]  # noqa: N815
    hours_above: Mapping[
        str, float
    ]  # thresholds, since the last injection, mean over the tumour; empty before


@dataclass(frozen=True)
class View:
    """All that the page shows at one moment. `state`: settling, waiting, playing, surgery or stopped.

    `day` is negative while settling; `progress`, 0 to 1, is of the shortest settling, then of the course.
    """

    state: str
    choice: Choice
    day: float = 0.0
    progress: float = 0.0
    section: Section | None = None
    series: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    drug: Drug | None = None
    message: str = ""
    kinds: Kinds = field(default_factory=own_kinds)


class Course:
    """Settles a tumour, unless `baseline` is of the same one, then treats it as far as it is told to."""

    def __init__(
        self, choice: Choice, show: Callable[[View], None], baseline: Baseline | None = None
    ) -> None:
        self.choice, self._show = choice, show
        self.baseline = baseline if baseline is not None and _fits(baseline, choice) else None
        self._changed = threading.Condition()
        self._day = self._target_day = 0.0
        self._is_closed = False
        threading.Thread(target=self._run, name="course", daemon=True).start()

    def play_or_pause(self) -> None:
        """Go on to surgery; or, if under way, stop at the next view."""
        is_under_way = self._target_day > self._day
        self.advance_to(0.0 if is_under_way else math.inf)

    def advance_to(self, day: float) -> None:
        """Go on to this day and wait there."""
        with self._changed:
            self._target_day = day
            self._changed.notify_all()

    def close(self) -> None:
        """Stop computing; nothing is shown any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        with self._changed:
            if self._changed.wait_for(lambda: self._is_closed, PATIENCE_S):
                return
        try:
            if self._settle():
                self._treat()
        except Exception as error:  # whatever stops the model is for the reader of the page to see
            self._tell(View("stopped", self.choice, message=str(error) or type(error).__name__))

    def _tell(self, view: View) -> None:
        if not self._is_closed:
            self._show(view)

    def _settle(self) -> bool:
        """Let the infiltrate settle; False when the page went away meanwhile."""
        if self.baseline is not None:
            return True
        self._tell(View("settling", self.choice))
        simulation = Simulation(self.choice.config, self.choice.seed)
        shown_s, first_day = -math.inf, simulation.day
        while simulation.baseline is None and not self._is_closed:
            if time.monotonic() - shown_s > 2 * PAUSE_S:
                progress = 1.0 - simulation.day / first_day
                self._tell(View("settling", self.choice, simulation.day, progress, _section(simulation)))
                shown_s = time.monotonic()
            simulation.step()
        self.baseline = simulation.baseline
        return self.baseline is not None

    def _treat(self) -> None:
        model = TumourModel(self.choice.config, self.choice.seed, self.baseline)
        for view in self._views(model):
            self._tell(view)
            time.sleep(PAUSE_S)

    def _views(self, model: TumourModel) -> Iterator[View]:
        """The view as it is, then four a day as far as is wanted, until surgery or `close`."""
        while True:
            self._day = model.day
            is_due = model.running and self._day < self._target_day - 1e-9
            state = "playing" if is_due else "waiting" if model.running else "surgery"
            yield _view(state, self.choice, model)
            if not model.running:
                return
            if not is_due:
                self._wait()
            if self._is_closed:
                return
            model.advance(model.ticks_per_day // FRAMES_A_DAY)

    def _wait(self) -> None:
        """Until there is more to do."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._target_day > self._day + 1e-9)


def _fits(baseline: Baseline, choice: Choice) -> bool:
    return (baseline.tumour, baseline.seed) == (tumour_key(choice.config), choice.seed)


def _section(simulation: Simulation) -> Section:
    """The tissue while it settles, when nothing is recorded yet."""
    tissue, cells, grid = simulation.tissue, simulation.table.cells, simulation.tissue.lattice.grid
    solid, immune = (grid(tissue.layers[name].type_at).copy() for name in ("solid", "immune"))
    lengths = (tissue.lattice.voxel_um, simulation.config.space.field_voxel_um)
    bed = grid(tissue.bed).copy()
    return Section(simulation.day, solid, immune, bed, None, *lengths, cells["solid"], cells["immune"])


def _view(state: str, choice: Choice, model: TumourModel) -> View:
    frame = model.datacollector.get_model_vars_dataframe().drop_duplicates("day").select_dtypes("number")
    series = {name: frame[name].to_numpy() for name in frame.columns}
    progress = model.day / choice.config.schedule.surgery_day
    section = Section(**vars(model.snapshot()))
    kinds = of_model(model.simulation.model)
    return View(state, choice, model.day, progress, section, series, _drug(model.simulation), kinds=kinds)


def _drug(simulation: Simulation) -> Drug | None:
    """IL-2 as far out as the depots reach: the tissue-PK value at every distance from the centre."""
    drug = simulation.drug
    if drug is None:
        return None
    depots = tuple((part.inner_um, part.outer_um) for part in drug.injection.parts)
    reach_um = max([simulation.config.side_um / 2.0, *(1.05 * outer for _, outer in depots)])
    n = 2 * math.ceil(reach_um / FIELD_UM)
    axis = (np.arange(n) + 0.5 - n / 2) * FIELD_UM
    points = np.stack([*np.meshgrid(axis, axis, indexing="ij"), np.zeros((n, n))], axis=-1)
    map_nM = drug.book.at(points)  # noqa: N806
    thresholds = {name: simulation.model.value(f"il2.ec50_{name}") for name in THRESHOLDS}
    hours = drug.book.windows[-1].hours if drug.book.windows else {}
    return Drug(drug.dose.dose_iu / 1e6, drug.dose.is_capped, depots, map_nM, thresholds, hours)
