"""What a mechanism's author can get wrong: refused when the model is built, by file, line and name."""

from pathlib import Path

import pytest
import yaml

from tests.mechanism_case import with_own_files

HEAD = '''"""A mechanism with one mistake."""

from sim.model import Model, less


def declare(m: Model) -> None:
    """Says what cannot be."""
'''
MISTAKES = {
    "unknown_cell": (
        '    m.cell("tumuor").dies(1.0)',
        "unknown cell type 'tumuor'; did you mean 'tumour'?",
    ),
    "no_cell": (
        '    m.cell("exhaustion").dies(1.0)',
        "unknown cell type 'exhaustion'",
    ),
    "unbounded": (
        '    m.trait("swelling", bounded=False).rises(m.cell("cd8"), 1.0)',
        "trait 'swelling' has no bounds and nothing lets it fall in cd8: "
        "write a rule 'swelling falls in cd8', or declare it bounded (0 to 1)",
    ),
    "misspelt_rule": (
        '    m.modify("cd8 hit tumour", less(m.trait("exhaustion")))',
        "no rule says 'cd8 hit tumour'; did you mean 'cd8 hits tumour'?",
    ),
    "misspelt_loss": (
        '    m.drop("exhaustion rise in cd8")',
        "no rule says 'exhaustion rise in cd8'; did you mean 'exhaustion rises in cd8",
    ),
    "second_nk": (
        '    m.cell_type("nk")',
        "cell type 'nk' is declared by both 'nk' and 'second_nk': one of them must ask for it: m.cell('nk')",
    ),
    "second_rule": (
        '    m.cell("cd8").dies(1.0, label="age")',
        "two rules say 'cd8 dies of age', of cd8 and second_rule: give one a label",
    ),
    "second_trait": (
        '    m.trait("il2_signal")',
        "trait 'il2_signal' is declared by both 'cd8' and 'second_trait': in layer or in bounds they differ",
    ),
    "second_uptake": (
        '    m.cell("cd8").takes_up(m.cytokine("il2"), 1.0, 1.0)',
        "the uptake of il2 by cd8 is declared by both 'il2' and 'second_uptake': one of them is too many",
    ),
    "own_range": (
        '    m.par("speed", 9.0, "um/min", range=(1.0, 5.0), source="a test", known="assumed")',
        "own_range.speed: 9 um/min is outside its range 1 to 5 um/min",
    ),
    "grammar": (
        '    m.cell("vessel").dies(1.0)',
        "vessel dies: a solid cell stays in place; say what it becomes",
    ),
}
PROGRAM = """
import json
from pathlib import Path
from models import Config, ConfigError
from models.build import build

found = {}
for path in Path().glob("*.yaml"):
    try:
        build(Config.load(path))
        found[path.stem] = "stands"
    except ConfigError as error:
        found[path.stem] = str(error)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def told(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The message of each mistake."""
    folder = tmp_path_factory.mktemp("bad")
    kept = ["tumour", "cd8", "nk", "il2", "exhaustion"]
    for name in MISTAKES:
        (folder / f"{name}.yaml").write_text(f"name: bad\n{yaml.safe_dump({'mechanisms': [*kept, name]})}")
    (folder / "good.yaml").write_text(yaml.safe_dump({"mechanisms": kept}))
    own = {name: f"{HEAD}{line}\n" for name, (line, _) in MISTAKES.items()}
    found: dict[str, str] = with_own_files(root, folder, own, PROGRAM)
    return found


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence_with_file_line_and_remedy(told: dict[str, str], name: str):
    assert told[name].startswith(f"{name}.yaml:2: ")
    assert MISTAKES[name][1] in told[name]
    assert name in told[name]
    assert "\n" not in told[name]


def test_the_same_without_a_mistake_stands(told: dict[str, str]):
    assert told["good"] == "stands"
