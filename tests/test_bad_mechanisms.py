"""What a mechanism's author can get wrong: refused when the model is built, by file, line and name."""

from pathlib import Path

import pytest
import yaml

from tests.mechanism_case import with_own_files
from tests.mistake_case import BESIDE, HEAD, MISTAKES

FILES = {
    "patient": f'{HEAD}    m.modify("nk dies of loss of IL-2", less(m.trait("exhaustion")))\n',
    "silent": "NUMBER = 1\n",
    "Loud": f"{HEAD}    pass\n",
    "deaf": "def declare() -> None:\n    pass\n\n\ndef declare_(m): ...\n",
}
PROGRAM = """
import json
from pathlib import Path
from il2sim import Config, ConfigError
from il2sim.models.build import build

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
    kept = ["tumour", "cd8", "cd8_killing", "nk", "il2", "exhaustion"]
    for name in MISTAKES:
        mechanisms = {"mechanisms": [*kept, *BESIDE.get(name, ()), name]}
        (folder / f"{name}.yaml").write_text(f"name: bad\n{yaml.safe_dump(mechanisms)}")
    (folder / "good.yaml").write_text(yaml.safe_dump({"mechanisms": kept}))
    (folder / "without_il2.yaml").write_text(yaml.safe_dump({"mechanisms": ["tumour", "cd8", "nk"]}))
    own = {name: f"{HEAD}{line}\n" for name, (line, _) in MISTAKES.items()} | FILES
    for name in FILES:
        (folder / f"{name}.yaml").write_text(f"name: bad\n{yaml.safe_dump({'mechanisms': [*kept, name]})}")
    off = {"mechanisms": kept, "set": {"cd25.ec50": "1 nM"}}
    (folder / "off.yaml").write_text(yaml.safe_dump(off))
    found: dict[str, str] = with_own_files(root, folder, own, PROGRAM)
    return found


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence_with_file_line_and_remedy(told: dict[str, str], name: str):
    assert told[name].startswith(f"{name}.yaml:2: ")
    assert MISTAKES[name][1] in told[name]
    line = 1 + len(HEAD.splitlines())
    assert f" {name} (models/{name}.py:{line}): " in told[name]
    assert "\n" not in told[name]


def test_a_broken_file_that_is_not_named_is_no_obstacle(told: dict[str, str]):
    """To learn that a trait is misspelt all files are asked; those of the other mistakes lie beside it."""
    assert "open_bracket" not in told["misspelt_trait"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("silent", "unknown mechanism 'silent'; models/silent.py has no function `declare`"),
        ("Loud", "unknown mechanism 'Loud'; write the name of models/Loud.py in lower case"),
        ("deaf", "deaf: declare takes the model and nothing else: write `def declare(m: Model) -> None:`"),
        ("off", "unknown parameter 'cd25.ec50'; 'cd25' is off: name it in `mechanisms`"),
    ],
)
def test_a_file_that_is_no_mechanism_says_why(told: dict[str, str], name: str, said: str):
    assert said in told[name]
    assert "\n" not in told[name]


def test_what_is_knocked_out_is_not_misspelt(told: dict[str, str]):
    assert told["without_il2"] == "stands"


def test_the_same_without_a_mistake_stands(told: dict[str, str]):
    assert told["good"] == "stands"


def test_what_changes_the_rule_of_a_mechanism_that_is_off_stands(told: dict[str, str]):
    assert told["patient"] == "stands"
