"""A cell kind is one file: what it says of itself is seen wherever cells are counted, named or drawn."""

import ast
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.demo import board
from il2sim.experiments.demo.course import Choice, View
from il2sim.experiments.report import glossary, infiltrate, mass_balance, summary
from il2sim.experiments.report.figures import curves as panels
from il2sim.experiments.report.figures import losses, section
from il2sim.experiments.study import cell_kinds, columns, design, gather, passport, store
from il2sim.experiments.study.cell_kinds import CellKind, own_kinds
from il2sim.experiments.study.execute import Section, execute, timing
from il2sim.experiments.study.passport import Order
from il2sim.experiments.study.results import Results, load
from il2sim.experiments.study.runs import Workplace, carry_out
from il2sim.models import Config, ConfigError
from il2sim.models.build import build, remarks
from il2sim.models.cell_kinds import driven_by, killers, outside_stil
from tests.test_architecture import TREES
from tests.tumours import IMMUNE

DENDRITIC = '''"""Dendritic cells: they arrive, walk, take up IL-2 and leave."""

from il2sim.models.biology.populations.walking import um_min, walk
from il2sim.sim.language.model import Model


def declare(m: Model) -> None:
    """Arrival at a known rate, walk, uptake, leaving."""
    dendritic = m.cell_type("dendritic_cell"{words})
    assumed = {{"source": "a test", "known": "assumed"}}
    speed = m.par("stroma_speed", 4.0, "um/min", range=(1.0, 8.0), **assumed)
    walk(m, dendritic, um_min(speed), um_min(speed), um_min(speed))
    dendritic.dies(m.par("leaving_rate", 0.5, "1/day", range=(0.1, 2.0), **assumed), label="leaving")
    dendritic.enters(m.par("influx", 4.0, "1/day", range=(0.0, 5.0), **assumed), at=m.cell("vessel"))
    most = m.par("uptake", 1.0, "molecules/s", range=(0.1, 5.0), **assumed)
    dendritic.takes_up(m.cytokine("il2"), most, m.par("half", 1.0, "nM", range=(0.1, 5.0), **assumed))
'''
WORDS = ', label="myeloid dendritic cell", colour="#aa3377"'
TINY = """
patient: {width: 0.5 mm}
space: {margin: 0.2 mm}
schedule: {days: [0], surgery_day: 1}
"""
SHOWN = "myeloid dendritic cell"


@dataclass(frozen=True)
class Seen:
    """A finished run of it and all that is read back from its folder."""

    config: Config
    results: Results
    record: dict[str, Any]


def _config(folder: Path, words: str, more: str = "") -> Config:
    (folder / "dendritic_cell.py").write_text(DENDRITIC.format(words=words))
    (folder / "case.yaml").write_text(f"with: [./dendritic_cell.py{more}]\n{TINY}")
    return Config.load(folder / "case.yaml")


def _seen(folder: Path, words: str) -> Seen:
    config, out = _config(folder, words), folder / "results"
    runs = design.pair(config, 1, folder / "case.yaml", (), twin=False, until=None)
    carry_out(runs, out, Workplace(workers=1), carry=execute)
    passport.write(out, Order("il2sim run case.yaml", config, 1, {}), runs)
    results = load(out)
    assert results.shown is not None
    return Seen(config, results, store.record(out, results.shown["run_id"]))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return _seen(tmp_path_factory.mktemp("named"), WORDS)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The same without words or colour, and no TIL."""
    return _seen(tmp_path_factory.mktemp("plain"), ", counts_as_til=False")


def _labels(results: Results) -> list[str]:
    drawn = section.draw(results)
    assert drawn is not None
    return [text.get_text() for legend in drawn[0].legends for text in legend.get_texts()]


class TestFromAFile:
    """Each place where a kind is seen, of a run that is read back from its folder."""

    def test_it_is_recorded(self, seen: Seen) -> None:
        kept = seen.record["provenance"]["kinds"]
        assert [*kept][-1] == "dendritic_cell"
        assert kept["dendritic_cell"] == {
            "layer": "immune",
            "label": SHOWN,
            "colour": "#AA3377",
            "counts_as_til": True,
            "kills": False,
        }
        assert [name for name, kind in kept.items() if kind["kills"]] == ["cd8", "nk"]

    def test_sections_are_painted_and_explained(self, seen: Seen) -> None:
        assert SHOWN in _labels(seen.results)
        taken = store.sections(seen.results.folder, seen.record["run_id"])[-1]
        painted = section.painted(taken, seen.results.kinds)
        cells = section.plane(taken.immune) == taken.immune_names.index("dendritic_cell")
        assert cells.any()
        assert np.allclose(painted[cells], np.array([0xAA, 0x33, 0x77]) / 255)

    def test_it_has_a_panel_a_line_in_the_ledgers_and_a_word(self, seen: Seen) -> None:
        drawn = panels.draw(seen.results)
        assert drawn is not None
        assert f"{SHOWN}s" in [axes.get_title(loc="left") for axes in drawn[0].axes]
        assert summary.cells_of(seen.results)[SHOWN]["entries"] > 0
        assert f"{SHOWN}s (dendritic_cell)" in glossary.words(seen.results.kinds)["infiltrate"]

    def test_its_uptake_depends_on_its_own_numbers(self, seen: Seen) -> None:
        (line,) = [
            line for line in mass_balance.books(seen.results)[0].lines if line.name == f"taken up by {SHOWN}s"
        ]
        assert line.amount > 0.0
        assert "dendritic_cell.influx 4 1/day" in line.hangs_on
        assert f"{SHOWN}s " in mass_balance.eaten(mass_balance.books(seen.results))

    def test_columns_say_what_they_count(self, seen: Seen, tmp_path: Path) -> None:
        kinds = seen.results.kinds
        assert columns.of_series("dendritic_cell", kinds).description == f"Number of {SHOWN}s in view"
        assert "dendritic_cell" in store.series(seen.results.folder, seen.record["run_id"])
        gather.table([seen.results.folder], tmp_path / "all.parquet", Voice(Console(), quiet=True))
        schema = pq.read_schema(tmp_path / "all.parquet")
        told = schema.field("ledger.cells.dendritic_cell.final").metadata[b"description"].decode()
        assert told == f"Book of {SHOWN}s: cells at surgery"

    def test_a_report_from_the_files_says_it(self, seen: Seen) -> None:
        page = summary.write_report(seen.results).read_text()
        assert f"<td>{SHOWN}</td>" in page
        assert f"{SHOWN}s (dendritic_cell)" in page
        field = pq.read_schema(seen.results.folder / "series.parquet").field("dendritic_cell")
        assert field.metadata[b"description"].decode() == f"Number of {SHOWN}s in view"

    def test_its_days_are_counted(self, seen: Seen) -> None:
        series = {
            name: np.asarray(values)
            for name, values in store.series(seen.results.folder, seen.record["run_id"]).items()
        }
        without = {name: values for name, values in series.items() if name != "dendritic_cell"}
        found = [timing(each, 1.0, seen.record["provenance"])["agent_days"] for each in (series, without)]
        assert found[0] - found[1] == pytest.approx(np.trapezoid(series["dendritic_cell"], series["day"]))
        assert seen.record["timing"]["agent_days"] == pytest.approx(found[0])

    def test_the_page_shows_it(self, seen: Seen) -> None:
        taken = store.sections(seen.results.folder, seen.record["run_id"])[-1]
        series = {"day": np.array([0.0, 1.0]), "dendritic_cell": np.array([1.0, 9.0])}
        view = View("surgery", Choice(), 1.0, 1.0, taken, series, kinds=seen.results.kinds)
        page = board.board(view)
        assert page.count(SHOWN) == 2, "legend of the section, key of the curves"
        assert "#AA3377" in page

    def test_a_killer_of_ones_own_has_its_colour(self, seen: Seen) -> None:
        kinds = {
            name: replace(kind, kills=name == "dendritic_cell") for name, kind in seen.results.kinds.items()
        }
        assert panels.panels(kinds)["kills_per_day"] == f"kills per day, by {SHOWN}s"
        kept = store.maps(seen.results.folder, seen.record["run_id"])
        taken = store.sections(seen.results.folder, seen.record["run_id"])[-1]
        assert kept is not None
        code = kept.killer_names.index("dendritic_cell")
        struck = replace(kept, killed_by=np.full_like(kept.killed_by, code))
        assert np.allclose(losses.kills_painted(struck, taken, kinds), np.array([0xAA, 0x33, 0x77]) / 255)

    def test_stil_counts_it_unless_it_says_not(self, seen: Seen, plain: Seen) -> None:
        assert seen.record["result_digest"] != plain.record["result_digest"]
        for each, counts in ((seen, True), (plain, False)):
            taken = store.sections(each.results.folder, each.record["run_id"])[-1]
            stroma = taken.solid == taken.solid_names.index("stroma")
            own = taken.immune == taken.immune_names.index("dendritic_cell")
            assert (own & stroma).any()
            til = (taken.immune != 0) if counts else (taken.immune != 0) & ~own
            assert each.record["endpoints"]["stil_percent"] == pytest.approx(100 * til[stroma].mean())
        same = ("cells", "il2_nmol")
        assert {key: seen.record["ledger"][key] for key in same} == {
            key: plain.record["ledger"][key] for key in same
        }, "words and colours change nothing but what is read"
        assert "do not count dendritic cells" in glossary.words(plain.results.kinds)["infiltrate"]

    def test_without_words_it_goes_by_its_name_in_a_colour_of_its_own(self, plain: Seen) -> None:
        assert "dendritic cell" in _labels(plain.results)
        colours = [kind.colour for kind in plain.results.kinds.values()]
        assert plain.record["provenance"]["kinds"]["dendritic_cell"]["colour"] == ""
        assert plain.results.kinds["dendritic_cell"].colour == cell_kinds.FREE[0]
        assert len(set(colours)) == len(colours)


class TestOldRuns:
    """Of before kinds were recorded: the package says what its own are, a name what another is."""

    def test_a_record_without_kinds(self) -> None:
        found = cell_kinds.of_record({}, ["cd8", "dendritic_cell"])
        assert found["cd8"] == own_kinds()["cd8"]
        assert found["dendritic_cell"] == CellKind("dendritic_cell", "dendritic cell", cell_kinds.FREE[0])

    def test_many_without_a_colour_all_have_one(self) -> None:
        found = cell_kinds.of_record({}, [f"kind_{number}" for number in range(40)])
        assert len({kind.colour for kind in found.values()}) == len(found)

    def test_a_section_with_a_kind_that_nobody_recorded(self) -> None:
        names = (("empty", "tumour"), ("empty", "dendritic_cell"))
        codes = np.ones((2, 2), np.int8)
        old = Section(0.0, codes, codes, codes > 0, None, 15.0, 60.0, *names)
        assert section.painted(old, own_kinds()).shape == (2, 2, 3)

    def test_a_key_of_a_later_version_is_left_out(self) -> None:
        kept = {"kinds": {"cd8": {"label": "killer", "origin": "thymus"}}}
        assert cell_kinds.of_record(kept)["cd8"].label == "killer"


class TestWords:
    def test_articles_and_plurals(self) -> None:
        own = own_kinds()
        labels = [cell_kinds.a(own[name].label) for name in ("cd8", "nk", "treg", "other_til")]
        assert labels == ["a CD8 T cell", "an NK cell", "a Treg cell", "an other TIL"]
        assert cell_kinds.many_of(own, "th") == "T helper cells"
        assert cell_kinds.many_of(own, "stroma") == "stroma"
        assert cell_kinds.many_of(own, "cd8_cd25") == "CD8 T cells through cd25"

    def test_readings_of_the_infiltrate_are_those_of_every_kind(self, seen: Seen) -> None:
        assert infiltrate.readings(seen.results.kinds)["dendritic_cell_per_mm2"][0] == f"{SHOWN}s"

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (', label=" "', "dendritic_cell: label ' ' says nothing; name one of it"),
            (', colour="red"', "dendritic_cell: colour 'red' is not written as \"#0072B2\""),
            (', "solid", counts_as_til=True', "only immune cells lie within sTIL; leave it out"),
            (', label="NK cell"', "label 'NK cell' is that of nk too; readers could not tell them apart"),
            (", label=5", "dendritic_cell: label 5 says nothing"),
            (', counts_as_til="no"', "dendritic_cell: counts_as_til='no' is neither True nor False"),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, tmp_path: Path, words: str, said: str) -> None:
        with pytest.raises(ConfigError) as error:
            build(_config(tmp_path, words))
        where = "dendritic_cell.py:9): "
        assert where in str(error.value)
        assert said in str(error.value)
        assert "\n" not in str(error.value)

    def test_two_declarations_with_other_words_are_refused(self, tmp_path: Path) -> None:
        twice = (
            ', label="DC")\n    m.cell_type("dendritic_cell")\n    m.cell_type("dendritic_cell", label="cell"'
        )
        with pytest.raises(
            ConfigError, match="is declared twice, with other words for readers; say them once"
        ):
            build(_config(tmp_path, twice))


class TestModel:
    def test_it_knows_who_kills_who_senses_and_who_counts(self, tmp_path: Path) -> None:
        model = build(_config(tmp_path, ", counts_as_til=False"))
        assert killers(model) == ("cd8", "nk")
        assert driven_by(model, "il2_signal") == ("cd8", "nk", "treg")
        assert outside_stil(model) == ("dendritic_cell",)
        assert outside_stil(build(Config())) == ()

    def test_a_killing_of_ones_own_that_is_left_out_is_remarked(self, tmp_path: Path) -> None:
        without = _config(tmp_path, "").model_copy(
            update={"mechanisms": [name for name in Config().mechanisms if name != "nk_killing"]}
        )
        assert [text for text in remarks(without) if "kills nothing" in text] == [
            "mechanisms: nk is there without nk_killing and kills nothing"
        ]

    def test_needle_leak_and_biopsy_meet_every_immune_cell(self, tmp_path: Path) -> None:
        config = _config(tmp_path, "", ", trauma, leak, biopsy")
        rules = build(config).rules
        for cell in (*IMMUNE, "dendritic_cell"):
            assert {f"{cell} dies of needle", f"{cell} dies of biopsy"} <= set(rules)
            read = [modifier.signal.name for modifier in rules[f"{cell} enters"].modifiers]
            assert {"needle_chemokine", "vascular_leak", "biopsy_inflammation"} <= set(read), cell


NAMED = {
    "models/config/mechanisms.py",  # names of files
    "models/tissue/initial_tissue.py",  # the formula of the shares that a config asks for
    "models/drug/course.py",  # endpoints of named cells
    "models/drug/treatment.py",  # whose activation the sources of `leak` are about
    "experiments/model_docs/generate_model_docs.py",  # names of files
    "experiments/study/injection_only.py",  # a tumour without cells
    "experiments/demo/course.py",  # whose EC50 are marked
    "experiments/hypotheses/readings.py",  # CD8 over Treg, as claims name it
}
"""Files that may list cell kinds: what they say is of these cells and of no other."""


def test_nothing_else_lists_kinds() -> None:
    """One that stands alone is a named cell; two side by side are a list, and the next kind is not in it."""
    found = {name for name, tree in TREES.items() if any(map(_lists_kinds, ast.walk(tree)))}
    found = {name for name in found if not name.startswith("models/biology/")}
    assert found <= NAMED
    assert found == NAMED, "what lists none any more needs no leave"


def _lists_kinds(node: ast.AST) -> bool:
    parts: list[ast.expr | None] = []
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        parts = [*node.elts]
    elif isinstance(node, ast.Dict):
        parts = [*node.keys]
    named = {part.value for part in parts if isinstance(part, ast.Constant)}
    return len(named & set(IMMUNE)) > 1
