"""Figures say what the tables say."""

from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure

from il2sim.experiments.report.figures import curves, draw_all, il2, losses, paired, style, surface, uptake
from il2sim.experiments.study import store
from il2sim.experiments.study.cell_kinds import own_kinds
from il2sim.experiments.study.execute import Outcome, Run, Section
from il2sim.experiments.study.results import Results
from il2sim.experiments.study.statistics import excludes_zero
from il2sim.models import Config
from tests import run_case
from tests.results_case import DOSES, Made, make
from tests.run_case import carried, snapshot


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes results in folders of the test's own."""
    return lambda *given, **named: make(tmp_path / f"out{len(list(tmp_path.iterdir()))}", *given, **named)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Three doses on two widths, three replicates; not to be changed."""
    return make(tmp_path_factory.mktemp("results"), DOSES)


def _arm_of(results: Results) -> pd.DataFrame:
    """The runs of the pictured arm."""
    row = results.shown
    assert row is not None
    arm = results.table[results.table["arm"] == row["arm"]]
    for axis in results.axes:
        arm = arm[arm[axis] == row[axis]]
    return arm


class TestNumbers:
    """Every picture against the numbers of its runs."""

    def test_the_map_shows_differences_and_half_their_intervals(self, results: Results) -> None:
        drawn = surface.draw(results)
        assert drawn is not None
        texts = {text.get_text() for text in drawn[0].axes[0].texts}
        expected = set()
        for arm in results.arms:
            if arm.difference is None or arm.twin is None or arm.difference.high is None:
                expected.add(f"no drug\n{arm.viable.mean:.2f}")
                continue
            reach = arm.difference.high - arm.difference.mean
            line = f"{arm.difference.mean:+.3f}\n± {reach:.3f}\n{arm.twin.mean:.2f} → {arm.viable.mean:.2f}"
            expected.add(line)
        assert texts == expected
        assert len(texts) == 3
        shown = drawn[0].axes[0].images[0].get_array()
        means = [arm.difference.mean for arm in results.arms if arm.difference]
        assert sorted(shown.compressed()) == pytest.approx(sorted(means))

    def test_what_cannot_be_told_from_no_effect_is_hatched(self, made: Made) -> None:
        def noisy(run: Run) -> Outcome:
            found = carried(run)
            assert found.record is not None
            if run.labels["arm"] == "drug" and run.config.patient.width_um < 6000:
                found.record["endpoints"]["viable_fraction"] += 3.0 * (run.seed % 3 - 1)
            return found

        results = made(DOSES, replicates=4, carry=noisy)
        drawn = surface.draw(results)
        assert drawn is not None
        hatched = [patch for patch in drawn[0].axes[0].patches if patch.get_hatch()]
        unsure = [arm for arm in results.arms if arm.difference and not excludes_zero(arm.difference)]
        assert len(hatched) == len(unsure) == 2

    def test_a_panel_for_each_phenotype(self, made: Made) -> None:
        results = made({**DOSES, "patient.phenotype": ("inflamed", "desert")}, replicates=2)
        drawn = surface.draw(results)
        assert drawn is not None
        titles = [axes.get_title() for axes in drawn[0].axes if axes.get_title()]
        assert titles == ["phenotype inflamed", "phenotype desert"]
        assert [len(axes.texts) for axes in drawn[0].axes[:2]] == [6, 6]

    @pytest.mark.parametrize(
        ("doses", "ticks", "unit"),
        [
            (("0 MIU/mm", "500 IU/mm", "0.5 MIU/mm"), ["0", "0.0005", "0.5"], "MIU/mm"),
            (("0 IU/mm", "500 IU/mm", "50000 IU/mm"), ["0", "500", "50000"], "IU/mm"),
            (("0MIU/mm", "0.5MIU/mm", "1MIU/mm"), ["0", "0.5", "1"], "MIU/mm"),
        ],
    )
    def test_all_ticks_of_dose_stand_in_the_unit_of_the_axis(
        self, made: Made, doses: tuple[str, ...], ticks: list[str], unit: str
    ) -> None:
        drawn = surface.draw(made({"schedule.dose": doses}, replicates=1))
        assert drawn is not None
        axes = drawn[0].axes[0]
        assert [label.get_text() for label in axes.get_xticklabels()] == ticks
        assert axes.get_xlabel() == f"dose per mm of tumour width ({unit})"

    def test_a_line_runs_from_each_twin_to_its_drug(self, results: Results) -> None:
        drawn = paired.draw(results)
        assert drawn is not None
        left, right = drawn[0].axes
        ends = [np.asarray(line.get_xdata()) for line in left.lines if line.get_marker() == "None"]
        runs = [pair for line in ends for pair in line[: len(line) // 3 * 3].reshape(-1, 3)[:, :2].tolist()]
        pairs = [(twin, drug) for arm in results.arms for drug, twin in arm.pairs]
        assert np.array(sorted(runs)) == pytest.approx(np.array(sorted(pairs)))
        ticks = [float(x) for line in right.lines if line.get_color() == style.SKY for x in line.get_xdata()]
        assert sorted(ticks) == pytest.approx(
            sorted(each for arm in results.arms for each in arm.differences)
        )
        (bars,) = right.containers
        means = [arm.difference.mean for arm in results.arms if arm.difference]
        assert bars[0].get_xdata() == pytest.approx(np.array(means))
        ends = [segment[:, 0] for container in right.containers for segment in container[2][0].get_segments()]
        assert np.ravel(ends) == pytest.approx(
            [
                end
                for arm in results.arms
                if arm.difference
                for end in (arm.difference.low, arm.difference.high)
            ]
        )

    def test_bands_run_from_the_lowest_to_the_highest_replicate(self, results: Results) -> None:
        row = results.shown
        assert row is not None
        frames = [store.series(results.folder, run_id) for run_id in _arm_of(results)["run_id"]]
        found = curves.course(frames, "viable_fraction")
        assert found is not None
        assert len(frames) == 3
        at_surgery = _arm_of(results)["viable_fraction"]
        ends = found.low[-1], found.mean[-1], found.high[-1]
        assert ends == pytest.approx((at_surgery.min(), at_surgery.mean(), at_surgery.max()))
        assert found.low[-1] < found.high[-1]
        drawn = curves.draw(results)
        assert drawn is not None
        means = [
            line.get_ydata() for line in drawn[0].axes[0].lines if len(line.get_ydata()) == len(found.mean)
        ]
        assert any(np.allclose(mean, found.mean) for mean in means)
        assert len(drawn[0].axes[0].collections) == 2, "a band for the drug and one for its twins"

    @pytest.mark.parametrize(
        ("schedule", "given"),
        [({"missed": [3]}, [0, 7, 21]), ({"stop_after": 2}, [0, 7]), ({}, [0, 7, 14, 21])],
    )
    def test_wedges_stand_where_an_injection_was_given(
        self, made: Made, schedule: dict[str, object], given: list[int]
    ) -> None:
        drawn = curves.draw(made({"schedule.dose": ("0.5 MIU/mm",)}, replicates=1, schedule=schedule))
        assert drawn is not None
        wedges = [line for line in drawn[0].axes[0].lines if line.get_marker() == "v"]
        assert [float(wedge.get_xdata()[0]) for wedge in wedges] == given

    def test_kills_are_means_of_whole_days(self) -> None:
        day = np.arange(0.0, 2.01, 0.25)
        frame = pd.DataFrame({"day": day, "kills_per_day": np.array([0, 4, 4, 0, 0, 8, 0, 0, 0.0])})
        found = curves.course([frame], "kills_per_day")
        assert found is not None
        assert found.days.tolist() == [1.0, 2.0]
        assert found.mean.tolist() == [2.0, 2.0]

    def test_bars_of_the_book_are_its_shares(self, results: Results) -> None:
        drawn = uptake.draw(results)
        assert drawn is not None
        widths = [[bar.get_width() for bar in axes.patches] for axes in drawn[0].axes]
        assert widths == [pytest.approx([50.0, 37.5, 12.5]), pytest.approx([10.0, 2.5])]
        labels = [label.get_text() for label in drawn[0].axes[1].get_yticklabels()]
        assert labels == ["Treg cells", "CD8 T cells"]
        assert uptake.spoken(3.8e-5) == "under 0.001 %"
        assert drawn[0].axes[1].get_title(loc="left") == "What cells in and round the tumour took up"
        assert "most of what cells took up may be outside the tumour" in drawn[1]

    def test_hours_of_the_map_are_those_of_the_run(self, results: Results) -> None:
        drawn = il2.draw(results)
        assert drawn is not None
        figure, caption = drawn
        assert np.allclose(figure.axes[0].images[0].get_array(), 20.0)
        assert "hours above 0.02 nM, the EC50 of CD8 cells; over the tumour as it started 20.0 h" in caption
        assert [axes.get_title().split("\n")[0] for axes in figure.axes[1:3]] == [
            "IL-2 on day 0.25,",
            "IL-2 on day 28,",
        ]

    def test_losses_and_kills_have_their_colours_and_counts(self, results: Results) -> None:
        drawn = losses.draw(results)
        assert drawn is not None
        figure, caption = drawn
        row = results.shown
        assert row is not None
        kept = store.maps(results.folder, row["run_id"])
        shot = store.sections(results.folder, row["run_id"])[-1]
        assert kept is not None
        assert f"{losses.lost_voxels(kept)} places with IL-2" in caption
        expected = run_case.maps(Config())
        assert losses.lost_voxels(kept) == int(np.isfinite(expected.lost_day).sum()) > 0
        painted = losses.kills_painted(kept, shot, own_kinds())
        for code, name in ((1, "cd8"), (2, "nk")):
            colour = np.array(to_rgb(own_kinds()[name].colour))
            assert ((kept.killed_by == code) == np.isclose(painted, colour).all(axis=2).T).all()
        total = sum(expected.kills.values())
        cd8 = 100 * expected.kills["cd8"] / total
        titles = [axes.get_title() for axes in figure.axes]
        assert f"with IL-2: {total} kills (CD8 T cells {cd8:.0f} %, NK cells {100 - cd8:.0f} %)" in titles
        assert (
            f"no drug (control): {total} kills (CD8 T cells {cd8:.0f} %, NK cells {100 - cd8:.0f} %)"
            in titles
        )

    def test_day_of_loss_has_the_colour_of_its_day(self, results: Results) -> None:
        kept, shot = run_case.maps(Config()), Section(**vars(snapshot(Config(), 28.0)))
        image = losses.days_painted(kept, shot, Normalize(0.0, 28.0))
        at = np.argwhere(np.isfinite(kept.lost_day))[0]
        expected = matplotlib.colormaps["cividis"](run_case.LOST_ON / 28.0)[:3]
        assert image[at[1], at[0]] == pytest.approx(np.array(expected))


class TestFigures:
    @pytest.mark.parametrize(
        ("axes", "keys", "names"),
        [
            (DOSES, {}, 8),
            ({"patient.phenotype": ("inflamed", "desert")}, {}, 8),
            ({"schedule.dose": ("0 MIU/mm",)}, {}, 5),
            (
                {f"patient.{name}": ("10 %", "20 %") for name in ("stil", "stroma", "cd8_share", "th_share")},
                {},
                8,
            ),
            ({"schedule.dose": ("0.5 MIU/mm",)}, {"space": {"dimensions": 3}}, 6),
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
        assert {path.stem for path in (results.folder / "figures").iterdir()} == {
            each.name for each in pictures
        }

    def test_the_same_results_give_the_same_files(self, made: Made) -> None:
        results = made({"schedule.dose": ("0 MIU/mm", "0.5 MIU/mm")}, replicates=1)
        first = [picture.png for picture in draw_all(results, as_svg=True)]
        svg = [path.read_bytes() for path in sorted((results.folder / "figures").glob("*.svg"))]
        assert svg
        assert all(each.startswith(b"<?xml") for each in svg)
        assert [picture.png for picture in draw_all(results, as_svg=True)] == first
        assert [path.read_bytes() for path in sorted((results.folder / "figures").glob("*.svg"))] == svg

    def test_svg_is_written_only_when_asked_for(self, made: Made) -> None:
        results = made({"schedule.dose": ("0 MIU/mm", "0.5 MIU/mm")}, replicates=1)

        def kinds(*, as_svg: bool) -> set[str]:
            draw_all(results, as_svg=as_svg)
            return {path.suffix for path in (results.folder / "figures").iterdir()}

        assert kinds(as_svg=False) == {".png"}
        assert kinds(as_svg=True) == {".png", ".svg"}
        assert kinds(as_svg=False) == {".png"}  # those of earlier results would not be renewed

    def test_a_png_is_drawn_once(self, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
        results, drawings = made({"schedule.dose": ("0.5 MIU/mm",)}, replicates=1), []
        draw = Figure.draw
        monkeypatch.setattr(Figure, "draw", lambda figure, pen: (drawings.append(figure), draw(figure, pen)))
        assert len(draw_all(results)) == len(drawings)
