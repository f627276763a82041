"""The description of the model says what the model says."""

import re
from pathlib import Path

import pytest

from il2sim.experiments.model_docs import generate_model_docs
from il2sim.experiments.model_docs.generate_model_docs import COMMAND, PARTS, RULES, renewed
from il2sim.models.build import mechanisms
from il2sim.models.config.mechanisms import MECHANISMS

ODD = (
    "Purpose and patterns",
    "Entities, state variables and scales",
    "Process overview and scheduling",
    "Design concepts",
    "Initialisation",
    "Input",
    "Submodels",
)  # Grimm et al. 2020


@pytest.mark.parametrize("name", PARTS)
def test_generated_parts_are_up_to_date(root: Path, name: str):
    path, part = PARTS[name]
    page = (root / path).read_text(encoding="utf-8")
    assert renewed(page, name, part()) == page, f"{path} is stale: run `{COMMAND}`"


def test_all_sixteen_rules_are_placed_in_files_that_exist(root: Path):
    assert list(RULES) == list(range(1, 17))
    files = {path.stem for path in (root / "models").rglob("*.py")}
    for rule in RULES.values():
        assert set(rule.mechanisms) <= set(mechanisms())
        assert set(rule.files) <= files
        assert rule.mechanisms or rule.files


def test_the_table_names_every_mechanism_and_what_is_not_built():
    table = generate_model_docs.rule_table()
    assert [name for name in mechanisms() if f"`{name}.py`" not in table] == []
    assert "heparan" in table.splitlines()[2 + 1].rpartition(".py`")[2]
    assert "want of oxygen" in table.splitlines()[2 + 15].rpartition(".py`")[2]


def test_on_and_off_are_those_of_the_config():
    lines = generate_model_docs.rule_table().splitlines()
    for name in mechanisms():
        alone = [line for line in lines if line.count(".py`") == 1 and f"`{name}.py`" in line]
        assert all((" on |" in line) == (name in MECHANISMS) for line in alone)


def test_every_room_has_its_row_and_every_file_named_is_there(root: Path):
    page = (root / "models" / "README.md").read_text(encoding="utf-8")
    others = page[page.index("Where everything else is:") : page.index("#### Decisions")]
    rooms = {path.parent.relative_to(root / "models") for path in (root / "models").glob("*/**/__init__.py")}
    outer = [room for room in rooms if len(room.parts) == 1 or room.parts[0] != "biology"]
    assert [str(room) for room in outer if f"| `{room}/` |" not in others] == []
    files = {path.name for path in (root / "models").rglob("*.py")}
    assert [name for name in re.findall(r"`(?:[a-z_0-9]+/)*(\w+\.py)`", page) if name not in files] == []


def test_the_description_has_every_part_of_the_protocol(root: Path):
    page = (root / "models" / "README.md").read_text(encoding="utf-8")
    places = [page.find(f"# {part}\n") for part in ODD]
    assert -1 not in places
    assert places == sorted(places)


def test_a_page_without_markers_is_refused():
    with pytest.raises(ValueError, match="markers of 'rules' are gone"):
        renewed("# A page\n", "rules", "| |")


def test_stale_pages_are_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(generate_model_docs, "PARTS", {"rules": ("page.md", lambda: "new")})
    first, last = f"<!-- rules: written by {COMMAND} -->", "<!-- end of rules -->"
    page = tmp_path / "page.md"
    page.write_text(f"head\n{first}\nold\n{last}\ntail\n", encoding="utf-8")
    assert generate_model_docs.stale(tmp_path) == {page: f"head\n{first}\nnew\n{last}\ntail\n"}
    page.write_text(f"head\n{first}\nnew\n{last}\ntail\n", encoding="utf-8")
    assert generate_model_docs.stale(tmp_path) == {}
