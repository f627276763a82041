"""Figures say what the tables say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from experiments import design, passport
from experiments.execute import Outcome, Run, Section
from experiments.figures import draw_all, section, style, surface
from experiments.passport import Order
from experiments.report import build_report
from experiments.results import Results, load
from experiments.runs import Workplace, carry_out
from models import Config
from tests.run_case import carried, snapshot, viable_at_surgery

Made = Callable[..., Results]
DOSES = {"schedule.dose": ("0 MIU/mm", "0.05 MIU/mm", "0.5 MIU/mm"), "patient.width": ("5 mm", "8 mm")}


def make(
    folder: Path,
    axes: dict[str, tuple[str, ...]],
    replicates: int = 3,
    twin: bool = True,
    carry: Callable[[Run], Outcome] = carried,
    **keys: object,
) -> Results:
    """Carry out a design with the stand-in and read it back."""
    sweep = {"axes": axes, "replicates": replicates, "twin": twin}
    config = Config.model_validate({"name": "case", "sweep": sweep, "patient": {"width": "5 mm"}, **keys})
    runs = design.grid(config, 1, "case.yaml")
    carry_out(runs, folder, Workplace(workers=1), carry=carry)
    passport.write(folder, Order("il2sim sweep '<b>case</b>.yaml'", config, 1, dict(axes)), runs)
    return load(folder)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes results in folders of the test's own."""
    return lambda *given, **named: make(tmp_path / f"out{len(list(tmp_path.iterdir()))}", *given, **named)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Three doses on two widths, three replicates; not to be changed."""
    return make(tmp_path_factory.mktemp("results"), DOSES)


@pytest.fixture(scope="module")
def page(results: Results) -> str:
    """Their report."""
    return build_report(results.folder).read_text()


class TestFigures:
    def test_the_map_shows_the_numbers_of_the_arms(self, results: Results) -> None:
        drawn = surface.draw(results)
        assert drawn is not None
        texts = {text.get_text() for text in drawn[0].axes[1].texts}
        expected = set()
        for arm in results.arms:
            below = f"\n{arm.difference.mean:+.3f}" if arm.difference else ""
            expected.add(f"{arm.viable.mean:.3f}{below}")
        assert texts == expected

    def test_points_lie_at_the_means(self, results: Results) -> None:
        drawn = surface.draw(results)
        assert drawn is not None
        heights = sorted(float(y) for line in drawn[0].axes[0].containers for y in line[0].get_ydata())
        assert heights == pytest.approx(sorted(arm.viable.mean for arm in results.arms))

    def test_pairs_are_all_drawn(self, results: Results) -> None:
        drawn = surface.paired(results)
        assert drawn is not None
        dots = [
            float(x) for line in drawn[0].axes[0].lines if line.get_marker() == "o" for x in line.get_xdata()
        ]
        assert sorted(dots) == pytest.approx(sorted(each for arm in results.arms for each in arm.differences))

    def test_cells_have_their_colours(self) -> None:
        taken = Section(**vars(snapshot(Config(), 0.0)))
        colours = section.painted(taken)
        side = taken.solid.shape[0]
        assert tuple(colours[side // 2, 0]) == to_rgb(style.TISSUE["empty"][1])
        assert tuple(colours[side // 2, side // 2 + 3]) == to_rgb(style.TISSUE["tumour"][1])
        assert tuple(colours[side // 2 + 3, side // 2]) == to_rgb(style.IMMUNE["cd8"][1])

    def test_x_is_across_and_y_is_up(self) -> None:
        array = np.zeros((2, 3))
        array[1, 0] = 1.0
        assert section.plane(array)[0, 1] == 1.0
        assert section.half_mm(array, 1000.0) == (-1.0, 1.0, -1.5, 1.5)

    def test_sections_show_before_twin_and_drug(self, results: Results) -> None:
        drawn = section.draw(results)
        assert drawn is not None
        figure, caption = drawn
        titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
        assert titles == ["day 0, before", "day 28, no drug (twin)", "day 28, with IL-2"]
        row = results.shown
        assert row is not None
        assert f"viable fraction {row['viable_fraction']:.3f} with drug" in caption
        twin = viable_at_surgery(Config().without_drug(), int(row["seed"]))
        assert f"{twin:.3f} in its twin" in caption
        circles = [[patch for patch in axes.patches if hasattr(patch, "radius")] for axes in figure.axes[:3]]
        assert [len(found) for found in circles] == [1, 0, 1]

    @pytest.mark.parametrize(
        ("axes", "keys", "names"),
        [
            (DOSES, {}, 5),
            ({"patient.phenotype": ("inflamed", "desert")}, {}, 5),
            ({"schedule.dose": ("0 MIU/mm",)}, {}, 3),
            (
                {f"patient.{name}": ("10 %", "20 %") for name in ("stil", "stroma", "cd8_share", "th_share")},
                {},
                5,
            ),
            ({"schedule.dose": ("0.5 MIU/mm",)}, {"space": {"dimensions": 3}}, 4),
        ],
    )
    def test_every_kind_of_design_is_drawn(
        self, made: Made, axes: dict[str, tuple[str, ...]], keys: dict[str, object], names: int
    ) -> None:
        results = made(axes, replicates=1, **keys)
        pictures = draw_all(results)
        assert len(pictures) == names
        for picture in pictures:
            assert picture.png.startswith(b"\x89PNG")
            assert (results.folder / "figures" / f"{picture.name}.svg").read_bytes().startswith(b"<?xml")

    def test_the_same_results_give_the_same_files(self, made: Made) -> None:
        results = made({"schedule.dose": ("0 MIU/mm", "0.5 MIU/mm")}, replicates=1)
        first = [picture.png for picture in draw_all(results)]
        svg = [path.read_bytes() for path in sorted((results.folder / "figures").glob("*.svg"))]
        assert [picture.png for picture in draw_all(results)] == first
        assert [path.read_bytes() for path in sorted((results.folder / "figures").glob("*.svg"))] == svg
