"""The virtual section: what is where, how long its bar is, and whether its colours can be told apart."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from il2sim.experiments.report.figures import curves, section, style
from il2sim.experiments.study import store
from il2sim.experiments.study.cell_kinds import FREE, infiltrate, own_kinds
from il2sim.experiments.study.execute import Section
from il2sim.experiments.study.results import Results
from il2sim.models import Config
from tests.results_case import DOSES, make
from tests.run_case import snapshot, viable_at_surgery

MACHADO = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Three doses on two widths, three replicates; not to be changed."""
    return make(tmp_path_factory.mktemp("results"), DOSES)


def as_seen(colour: str, blind: str) -> np.ndarray:
    """Linear RGB as somebody without one kind of cone sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.clip(np.array(MACHADO[blind]) @ linear, 0.0, 1.0)


class TestSections:
    def test_cells_have_their_colours(self) -> None:
        taken = Section(**vars(snapshot(Config(), 0.0)))
        colours = section.painted(taken, own_kinds())
        side = taken.solid.shape[0]
        assert tuple(colours[side // 2, 0]) == to_rgb(style.OUTSIDE[1])
        assert tuple(colours[side // 2, side // 2 + 3]) == to_rgb(own_kinds()["tumour"].colour)
        assert tuple(colours[side // 2 + 3, side // 2]) == to_rgb(own_kinds()["cd8"].colour)

    def test_x_is_across_and_y_is_up(self) -> None:
        array = np.zeros((2, 3))
        array[1, 0] = 1.0
        assert section.plane(array)[0, 1] == 1.0
        assert section.half_mm(array, 1000.0) == (-1.0, 1.0, -1.5, 1.5)

    def test_before_between_and_at_surgery_of_drug_and_twin(self, results: Results) -> None:
        drawn = section.draw(results)
        assert drawn is not None
        figure, caption = drawn
        titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
        assert titles == [
            *("day 0, before", "day 14, with IL-2", "day 28, with IL-2"),
            *("day 0, before", "day 14, no drug (control)", "day 28, no drug (control)"),
        ]
        close = section.close_up(results)
        assert close is not None
        titles = [axes.get_title() for axes in close[0].axes]
        assert titles == ["day 0, before", "day 28, with IL-2", "day 28, no drug (control)"]
        row = results.shown
        assert row is not None
        assert f"viable fraction at surgery {row['viable_fraction']:.3f} with drug" in caption
        twin = viable_at_surgery(Config().without_drug(), int(row["seed"]))
        assert f"{twin:.3f} in its control" in caption
        square = [section.typical_square(section.chosen(store.sections(results.folder, row["run_id"])))]
        assert [(*axes.get_xlim(), *axes.get_ylim()) for axes in close[0].axes] == square * 3
        circles = [[patch for patch in axes.patches if hasattr(patch, "radius")] for axes in figure.axes[:6]]
        assert [len(found) for found in circles] == [1, 1, 1, 0, 0, 0]

    def test_the_square_is_where_as_much_was_kept_as_in_the_whole(self) -> None:
        x, y = (np.indices((240, 240)) + 0.5 - 120.0) * 0.015
        bed = np.hypot(x, y) < 1.6
        dealt = np.random.default_rng(1).uniform(size=bed.shape)
        # above all is left, to the right two fifths, elsewhere nothing: of the whole 0.35
        share = np.select([y > np.abs(x), x > np.abs(y)], [1.0, 0.4])
        small = Section(**vars(snapshot(Config(), 0.0)))
        before = replace(small, solid=bed.astype(np.int8), bed=bed)
        after = replace(before, solid=(bed & (dealt < share)).astype(np.int8))
        left, right, bottom, top = section.typical_square((before, after))
        assert right - left == pytest.approx(section.WINDOW_MM)
        assert left > 0.0
        assert abs(bottom + top) < 1e-9

    def test_a_scale_bar_is_as_long_as_it_says(self, results: Results) -> None:
        drawn = section.draw(results)
        assert drawn is not None
        for axes in drawn[0].axes:
            (text,) = (found.get_text() for found in axes.texts)
            number, unit = text.split(" ")
            length = float(np.ptp(axes.lines[-1].get_xdata()))
            assert length == pytest.approx(float(number) * {"mm": 1.0, "µm": 1e-3}[unit])

    @pytest.mark.parametrize("blind", ["protan", "deutan", "tritan"])
    def test_colours_stay_apart_for_colour_blind_readers(self, blind: str) -> None:
        """Simulated as by Machado et al. 2009 (severity 1), distance in linear RGB."""
        for colours in (
            [*(kind.colour for kind in infiltrate(own_kinds())), *FREE],
            [curves.DRUG, curves.TWIN],
            [kind.colour for kind in own_kinds().values() if kind.kills],
        ):
            seen = [as_seen(colour, blind) for colour in colours]
            apart = [np.linalg.norm(a - b) for n, a in enumerate(seen) for b in seen[n + 1 :]]
            assert min(apart) > 0.1
