"""The registry of endpoints: one file adds one everywhere, and what it declares is what every reader says."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pyarrow.parquet as pq
import pytest

from il2sim.experiments.model_docs.generate_model_docs import endpoint_table
from il2sim.experiments.report import glossary, summary
from il2sim.experiments.study import columns
from il2sim.experiments.study.cell_kinds import own_kinds
from il2sim.experiments.study.execute import execute
from il2sim.models import Config, fingerprint, simulate
from il2sim.models.pathology import endpoints
from il2sim.models.pathology.endpoints import Case, Endpoint, EndpointError, declared, panel
from tests.results_case import make
from tests.slides import disc_um, solid_pair

SMALL = {
    "patient": {"width": "1 mm"},
    "space": {"margin": "0.2 mm"},
    "schedule": {"days": [0, 1], "surgery_day": 1.5},
}
VESSELS = """
    from il2sim.models.pathology.endpoints.registry import endpoint
    from il2sim.models.pathology.endpoints.specimen import Specimen
    from il2sim.models.pathology.section_reading import voxels_of


    @endpoint("vessel_percent", "vessels", "%", "Share of the bed that is vessels at surgery")
    def _vessel_percent(specimen: Specimen) -> float:
        end = specimen.pair.end
        return 100 * voxels_of(end.tissue, "vessel")[end.bed].mean()
"""
WRONG = """
    from il2sim.models.pathology.endpoints.registry import endpoint


    @endpoint("KEY", "LABEL", "UNIT", "meaning")
    def _wrong(specimen):
        return [1.0]
"""
PAIR = solid_pair(disc_um(200, 900), disc_um(200, 500))


Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a file of endpoints into a second folder, as if it lay beside the package's own."""
    own = tmp_path / "own_endpoints"

    def written(name: str, text: str) -> None:
        own.mkdir()
        (own / f"{name}.py").write_text(dedent(text), "utf-8")
        monkeypatch.setattr(endpoints, "__path__", [*endpoints.__path__, str(own)])

    yield written
    for file in own.glob("*.py"):
        if sys.modules.pop(f"{endpoints.__name__}.{file.stem}", None):
            delattr(endpoints, file.stem)


def test_one_file_adds_an_endpoint_everywhere(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config.model_validate(SMALL)
    without = simulate(config, 1)
    write("vessels", VESSELS)
    found = simulate(config, 1)
    assert list(found.endpoints) != list(without.endpoints)
    assert {key: found.endpoints[key] for key in without.endpoints} == without.endpoints
    assert found.digest == without.digest
    assert 0.0 < found.endpoints["vessel_percent"] < 20.0
    assert type(found.endpoints["vessel_percent"]) is float
    monkeypatch.setattr(summary, "draw_all", lambda results, **_: ())
    results = make(tmp_path / "out", {"schedule.dose": ("0.5 MIU/mm",)}, 1, carry=execute, **SMALL)
    page = summary.build_report(results.folder).read_text("utf-8")
    field = pq.read_schema(results.folder / "runs.parquet").field("vessel_percent")
    assert field.metadata[b"description"] == b"Share of the bed that is vessels at surgery"
    assert field.metadata[b"unit"] == b"%"
    listed = page[page.index("All other endpoints") :]
    assert "<td>vessels</td>" in listed
    assert "Share of the bed that is vessels at surgery, %</td>" in listed
    assert "| `vessel_percent` | vessels | % | number | Share of the bed" in endpoint_table()
    assert columns.is_reserved("vessel_percent")


def test_it_is_gone_without_its_file() -> None:
    assert "vessel_percent" not in declared()
    assert not columns.is_reserved("vessel_percent")


def test_all_that_a_digest_may_hold_is_declared() -> None:
    assert set(fingerprint.ENDPOINTS.split()) <= set(declared())


def test_a_run_gives_what_is_declared_and_in_that_order() -> None:
    result = simulate(Config.model_validate(SMALL), 1)
    assert set(result.endpoints) <= set(declared())
    read = list(panel(*PAIR, Case(1)))
    assert read == [key for key in declared() if key in read]
    for key, each in declared().items():
        is_listed = isinstance(result.endpoints.get(key, []), list)
        assert is_listed or not each.per_injection, key


def test_scales_fit_the_values() -> None:
    kinds = {"number": (int, float), "yes or no": (bool,), "grade": (str, int)}
    found = panel(*PAIR, Case(1))
    for key, value in found.items():
        assert isinstance(value, kinds[declared()[key].scale]), key
        assert isinstance(value, bool) == (declared()[key].scale == "yes or no"), key


def test_words_of_the_report_are_those_of_the_registry() -> None:
    assert glossary.words(own_kinds())["sTIL"] == declared()["stil_percent"].meaning
    assert columns.of_runs("stil_percent", own_kinds()).description == declared()["stil_percent"].meaning
    assert columns.of_runs("cd8_hours_2", own_kinds()).description.endswith("volume mean; injection 2")


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        (
            "again",
            ("mpr", "MPR", "1"),
            "'mpr': declared in tissue.py and again in again.py; give one",
        ),
        ("spaced", ("my key", "x", "1"), "'my key': a key is letters, digits and '_'"),
        ("blank", ("mine", " ", "1"), "'mine': its label is empty"),
        ("bare", ("mine", "x", ""), "'mine': a number needs a unit; write '1' for a share or count"),
        ("lists", ("mine", "x", "1"), "'mine': gives a list; a number, True or False, a text, or None"),
    ],
)
def test_a_wrong_declaration_is_refused_in_a_sentence(
    write: Write, name: str, words: tuple[str, str, str], said: str
) -> None:
    text = WRONG
    for place, word in zip(("KEY", "LABEL", "UNIT"), words, strict=True):
        text = text.replace(f'"{place}"', repr(word))
    write(name, text)
    with pytest.raises(EndpointError) as caught:
        panel(*PAIR, Case(1))
    assert said in str(caught.value)


def test_scale_and_unit_agree() -> None:
    with pytest.raises(EndpointError, match="a yes or no has no unit, found '%'"):
        Endpoint("mine", "mine", "%", "meaning", scale="yes or no")
    with pytest.raises(EndpointError, match="scale is 'mean'; allowed are number, yes or no, grade"):
        Endpoint("mine", "mine", "%", "meaning", scale="mean")  # type: ignore[arg-type]
