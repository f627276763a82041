"""Every line of a legend can be read: none runs off the page."""

import matplotlib
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from il2sim.experiments.report.figures import PAGES, style
from il2sim.experiments.study.results import Results
from tests.results_case import DOSES, make


def _drawn(words: list[str], most_columns: int) -> Figure:
    with matplotlib.rc_context(style.LOOK):
        figure = style.canvas(3.0)
        figure.subplots()
        style.legend_below(figure, [Patch(label=each) for each in words], most_columns)
    return figure


def _columns(figure: Figure) -> int:
    """Distinct places where lines of the legend begin."""
    style.rendered(figure, "png")
    return len({round(text.get_window_extent().x0) for text in figure.legends[0].get_texts()})


def _is_whole(figure: Figure) -> bool:
    style.rendered(figure, "png")
    page = figure.bbox
    boxes = [legend.get_window_extent() for legend in figure.legends]
    return all(box.x0 >= page.x0 and box.x1 <= page.x1 and box.y0 >= page.y0 for box in boxes)


def test_short_lines_take_all_the_columns_asked_for() -> None:
    assert _columns(_drawn(["a", "b", "c", "d", "e"], 5)) == 5


@pytest.mark.parametrize("letters", [20, 40, 60])
def test_long_lines_take_as_few_columns_as_fit(letters: int) -> None:
    figure = _drawn(["m" * letters] * 4, 4)
    assert _is_whole(figure)
    assert len(figure.legends) == 1
    assert _columns(figure) < 4


def test_every_picture_has_its_whole_legend(tmp_path_factory: pytest.TempPathFactory) -> None:
    results: Results = make(tmp_path_factory.mktemp("results"), DOSES)
    found = 0
    for _, _, draw in PAGES:
        with matplotlib.rc_context(style.LOOK):
            drawn = draw(results)
        assert drawn is not None
        found += len(drawn[0].legends)
        assert _is_whole(drawn[0])
    assert found >= 5
