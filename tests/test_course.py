"""What stands behind the page, without a browser: course, pictures, curves, port and extra."""

import importlib.util
import io
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from matplotlib.image import imread

from il2sim.experiments.demo import board, curves, picture, server
from il2sim.experiments.demo.course import Choice, Course, View
from il2sim.experiments.report.figures import style
from il2sim.experiments.study.cell_kinds import own_kinds
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Baseline

SMALL = Choice(width_mm=0.5)


class Audience:
    """Keeps the views of a course, and waits for one."""

    def __init__(self) -> None:
        self.views: list[View] = []
        self._shown = threading.Condition()

    def show(self, view: View) -> None:
        with self._shown:
            self.views.append(view)
            self._shown.notify_all()

    def sees(self, wanted: Callable[[View], bool]) -> View:
        with self._shown:
            assert self._shown.wait_for(lambda: any(map(wanted, self.views)), 60), [
                v.state for v in self.views
            ]
        return next(filter(wanted, reversed(self.views)))


@pytest.fixture(scope="module")
def audience() -> Audience:
    return Audience()


@pytest.fixture(scope="module")
def course(audience: Audience) -> Iterator[Course]:
    course = Course(SMALL, audience.show)
    yield course
    course.close()


@pytest.fixture(scope="module")
def start(course: Course, audience: Audience) -> View:
    """Day 0, waiting."""
    return audience.sees(lambda view: view.state == "waiting")


@pytest.fixture(scope="module")
def next_day(course: Course, start: View, audience: Audience) -> View:
    """Day 1, waiting."""
    course.advance_to(1.0)
    return audience.sees(lambda view: view.state == "waiting" and view.day > 0)


def test_a_course_settles_waits_and_goes_where_it_is_told(next_day: View, audience: Audience) -> None:
    states = [view.state for view in audience.views]
    assert states[0] == "settling"
    assert audience.views[0].section is None, "the tumour is being laid"
    assert audience.views[1].day < 0
    assert next_day.day == 1.0
    days = [view.day for view in audience.views if view.state == "playing"]
    assert days == [0.0, 0.25, 0.5, 0.75][-len(days) :], "four views a day"


def test_the_drug_is_there_after_the_first_injection(start: View, next_day: View, audience: Audience) -> None:
    soon = audience.sees(lambda view: view.day == 0.25)
    assert start.drug.hours_above == {}
    assert start.drug.map_nM.max() < 0.01
    assert soon.drug.map_nM.max() > 100.0
    assert soon.drug.hours_above["treg"] == pytest.approx(6.0, rel=0.01)
    assert next_day.drug.hours_above["treg"] >= next_day.drug.hours_above["cd8"] > 6.0
    assert soon.drug.dose_miu == pytest.approx(0.25)


def test_the_same_tumour_is_not_settled_twice(course: Course, start: View) -> None:
    def baseline_for(choice: Choice) -> Baseline | None:
        other = Course(choice, Audience().show, course.baseline)
        other.close()
        return other.baseline

    assert baseline_for(Choice(width_mm=0.5, dose_miu_per_mm=0.0)) is course.baseline
    assert baseline_for(Choice(width_mm=0.5, stil_percent=20.0)) is None
    assert baseline_for(Choice(width_mm=0.5, seed=2)) is None


def test_a_course_that_is_closed_shows_nothing() -> None:
    audience = Audience()
    Course(SMALL, audience.show).close()
    time.sleep(1.0)
    assert audience.views == []


def test_a_model_that_stops_says_why() -> None:
    audience = Audience()
    course = Course(Choice(width_mm=-1.0), audience.show)
    assert "patient.width" in audience.sees(lambda view: view.state == "stopped").message
    course.close()


def test_cells_are_painted_over_tissue_with_the_top_row_on_top(start: View) -> None:
    solid, immune = np.zeros((3, 2), np.int8), np.zeros((3, 2), np.int8)
    names = start.section.solid_names
    solid[0, 1] = names.index("tumour")  # x = 0, the upper of two rows of y
    solid[2, 0] = immune[2, 0] = 1
    changed = type(start.section)(**vars(start.section) | {"solid": solid, "immune": immune})
    image = picture.painted(changed, start.kinds)
    found = {spot: "#" + "".join(f"{part:02X}" for part in image[spot]) for spot in ((0, 0), (1, 2), (1, 1))}
    first_immune = own_kinds()[start.section.immune_names[1]].colour
    assert found == {(0, 0): own_kinds()["tumour"].colour, (1, 2): first_immune, (1, 1): "#FFFFFF"}


def test_every_type_has_a_colour_and_a_word_of_its_own(start: View) -> None:
    named = [style.OUTSIDE, *((kind.label, kind.colour) for kind in own_kinds().values())]
    assert len({colour for _, colour in named}) == len({label for label, _ in named}) == len(named)
    legend = picture.legend_html(start.section, start.kinds)
    assert all(label in legend and colour in legend for label, colour in named)


def test_more_il2_is_brighter_and_a_png_holds_it() -> None:
    amounts = np.geomspace(1e-4, 1e6, 40)[:, None]
    image = picture.heat(amounts)
    assert np.all(np.diff(image.sum(axis=2, dtype=int)[0]) >= 0)
    stored = imread(io.BytesIO(picture.png(image)))[:, :, :3]
    np.testing.assert_array_equal((255 * stored).round().astype(np.uint8), image)


def test_depots_are_drawn_to_scale(next_day: View) -> None:
    radii_um = sorted({radius for depot in next_day.drug.depots_um for radius in depot} - {0.0})
    drawn = re.findall(
        r'r="([\d.]+)"[^>]*class="depot"', picture.il2_svg(next_day.drug, next_day.section, next_day.kinds)
    )
    reach_um = next_day.drug.map_nM.shape[0] * 30.0
    assert [float(r) / 240.0 * reach_um for r in drawn] == pytest.approx(radii_um, rel=0.01)
    assert "depot" not in picture.section_svg(
        next_day.section, next_day.drug, radii_um[0] / 2000, next_day.kinds
    )
    assert "depot" in picture.section_svg(next_day.section, next_day.drug, radii_um[0] / 500, next_day.kinds)


def test_a_curve_goes_through_its_points(next_day: View) -> None:
    drawn = curves.viable_svg(next_day)
    points = re.search(r'points="([^"]*)"', drawn)[1].split()
    assert len(points) == len(next_day.series["day"]) == 5
    first_x, first_y = map(float, points[0].split(","))
    panel = curves.Panel(28.0, 0.0, 1.25, is_log=False)
    assert first_x == pytest.approx(panel.x(0.0), abs=0.1)
    assert first_y == pytest.approx(panel.y(1.0), abs=0.1)
    assert panel.y(0.0) - panel.y(1.25) == pytest.approx(curves.HEIGHT - curves.TOP - curves.BOTTOM)
    decades = curves.Panel(28.0, 1e-3, 1e5, is_log=True)
    assert decades.y(1.0) - decades.y(10.0) == pytest.approx(decades.y(1e3) - decades.y(1e4))
    assert decades.y(0.0) == decades.y(1e-3), "what lies below is drawn on the edge"


def test_the_board_shows_what_there_is(start: View, audience: Audience) -> None:
    settling = board.board(audience.views[1])
    assert "section of the tumour" in settling
    assert "IL-2" not in settling
    whole = board.board(start)
    assert all(
        words in whole for words in ("section of the tumour", "IL-2 within", "Viable fraction", "Cells in")
    )


def test_a_port_that_is_taken_gives_way_to_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        with server.listen(taken) as listener:
            host, port = listener.getsockname()
            assert host == "127.0.0.1"
            assert port not in (0, taken)


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExperimentError, match=r"solara.*extra `app`.*pip install"):
        server.serve(print, 0, opens_browser=False)
