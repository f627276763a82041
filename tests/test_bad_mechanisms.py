"""What a mechanism's author can get wrong: refused when the model is built, by file, line and name."""

from pathlib import Path

import pytest
import yaml

from tests.mechanism_case import with_own_files

HEAD = '''"""A mechanism with one mistake."""

from sim.model import Model, Steady, Uphill, gated_by, less, lowered_by, raised_by, within


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
        "unknown cell type 'exhaustion'; there are tumour, dead, ",
    ),
    "second_division": (
        '    m.cell("cd8").divides(1.0)',
        "two rules say 'cd8 divides', of cd8 and second_division: modify it, or drop the other's first",
    ),
    "solved_arrivals": (
        '    m.cell_type("solved_arrivals").enters(m.par("influx", 1.0, "1/day", range=(0, 5), source="a", '
        'known="solved"), at=m.cell("vessel"))',
        "solved_arrivals.influx: arrivals are solved only for cd8, treg, th, nk, other_til, whose numbers",
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
    "misspelt_rule_of_what_is_off": (
        '    m.modify("cd8 secrets ifng", less(m.trait("exhaustion")))',
        "no rule says 'cd8 secrets ifng'; did you mean 'cd8 secretes ifng'?",
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
        "trait 'il2_signal' is declared by both 'cd8' and 'second_trait': "
        "layer 'immune', bounded=False against layer 'immune', bounded=True",
    ),
    "second_uptake": (
        '    m.cell("cd8").takes_up(m.cytokine("il2"), 1.0, 1.0)',
        "the uptake of il2 by cd8 is declared by both 'il2' and 'second_uptake': one of them is too many",
    ),
    "own_range": (
        '    m.par("speed", 9.0, "um/min", range=(1.0, 5.0), source="a test", known="assumed")',
        "own_range.speed: 9 um/min is outside its range 1 to 5 um/min",
    ),
    "misspelt_trait": (
        '    m.modify("cd8 hits tumour", less(m.trait("exhuastion")))',
        "cd8 hits tumour: nothing starts, raises or sets the trait 'exhuastion'; did you mean 'exhaustion'?",
    ),
    "misspelt_weight": (
        '    m.modify("cd8 divides", less(within(m.cell("nk"), 30.0, weight=m.trait("vigor"))))',
        "cd8 divides: nothing starts, raises or sets the trait 'vigor'; did you mean 'vigour'?",
    ),
    "misspelt_field": (
        '    m.modify("cd8 divides", gated_by(m.cytokine("IL2"), 1.0))',
        "cd8 divides: nothing secretes or shows the cytokine 'IL2'; did you mean 'il2'?",
    ),
    "misspelt_food": (
        '    m.cell("nk").takes_up(m.cytokine("IL-2"), 1.0, 1.0)',
        "the uptake of IL-2 by nk: nothing secretes or shows the cytokine 'IL-2'; did you mean 'il2'?",
    ),
    "backwards": (
        '    m.cell("cd8").dies(-0.1, label="joy")',
        "cd8 dies of joy at -0.1 per hour; 0 or more is allowed",
    ),
    "no_number": (
        '    m.cell("cd8").dies(float("nan"), label="joy")',
        "cd8 dies of joy at nan per hour; 0 or more is allowed",
    ),
    "too_much_at_first": (
        '    m.cell("nk").starts(m.trait("grit"), 7.0)',
        "nk starts with grit 7; 0 to 1 is allowed",
    ),
    "too_many_at_first": (
        '    m.cell("nk").starts(m.trait("steps", bounded=False), share=1.5)',
        "nk starts with steps 1.5; 0 to 1 is allowed",
    ),
    "second_start": (
        '    m.cell("cd8").starts(m.trait("exhaustion"), 0.1)',
        "'exhaustion' says already with which exhaustion cd8 starts: write anew=True to replace it",
    ),
    "second_replacement": (
        '    m.cell("tumour").starts(m.trait("mhc1", layer="solid", inherited=True), 0.5, anew=True)',
        "the first mhc1 of tumour is said anew by both 'mhc1' and 'second_replacement': one of them is too",
    ),
    "second_pull": (
        '    m.pull(m.cell("cd8"), Uphill("il2", 1.0, 0.3, 100.0))',
        "the pull on cd8 is declared by both 'chemotaxis' and 'second_pull': a walk follows one cytokine",
    ),
    "second_field": (
        '    m.cytokine("il2", Steady(100.0, 1.0, 0.3))',
        "il2: it is steady here, and another mechanism has the caller show it",
    ),
    "lowered_up": (
        '    m.modify("cd8 divides", lowered_by(m.trait("exhaustion"), 0.5, to=1.5))',
        "a response to exhaustion: it is lowered to 1.5-fold; 0 to 1 is allowed",
    ),
    "raised_below": (
        '    m.modify("cd8 divides", raised_by(m.trait("exhaustion"), 0.5, fold=-2.0))',
        "a response to exhaustion: it is raised to -2-fold; 0 or more is allowed",
    ),
    "no_unit": (
        '    m.par("speed", 1.0, "per day", range=(0.0, 5.0), source="a test", known="assumed")',
        "no_unit.speed: 'per day': unknown unit 'per day'",
    ),
    "no_source": (
        '    m.par("speed", 1.0, "1/h", range=(0.0, 5.0), source=" ", known="assumed")',
        "no_source.speed: source= is empty; say where it comes from, or that nothing does",
    ),
    "wrong_way": (
        '    m.par("speed", 1.0, "1/h", range=(5.0, 0.0), source="a test", known="assumed")',
        "wrong_way.speed: its range 5 to 0 is the wrong way round",
    ),
    "no_rate": (
        '    m.cell("cd8").dies(m.par("x", 0.5, "um", range=(0, 5), source="a", known="seen"), label="joy")',
        "cd8 dies of joy at no_rate.x: 'um' is length and cannot become '1/h', 1 / time",
    ),
    "bare_number": (
        '    m.modify("cd8 divides", 0.5)',
        "cd8 divides: 0.5 is no modifier; write times(...), less(...), more(...), gated_by(...), raised_by(",
    ),
    "no_such_number": (
        '    m.number("cd8.death_rat")',
        "no number is called 'cd8.death_rat'; did you mean 'cd8.death_rate'?",
    ),
    "not_steady": (
        '    m.cell("cd8").secretes(m.cytokine("il2"), 1.0)',
        "cd8 secretes il2: il2 is no steady cytokine; declare it with Steady(...), or let the caller show it",
    ),
    "misspelt_word": (
        '    m.cell("cd8").dies(1.0, lesss(m.trait("exhaustion")))',
        "NameError: name 'lesss' is not defined",
    ),
    "open_bracket": (
        '    m.cell("cd8").dies(1.0',
        "SyntaxError: '(' was never closed",
    ),
    "grammar": (
        '    m.cell("vessel").dies(1.0)',
        "vessel dies: a solid cell stays in place; say what it becomes",
    ),
}
BESIDE = {"second_replacement": ["mhc1"], "second_pull": ["ifng", "cxcl10", "chemotaxis"]}
FILES = {
    "patient": f'{HEAD}    m.modify("nk dies of loss of IL-2", less(m.trait("exhaustion")))\n',
    "silent": "NUMBER = 1\n",
    "Loud": f"{HEAD}    pass\n",
    "deaf": "def declare() -> None:\n    pass\n\n\ndef declare_(m): ...\n",
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
