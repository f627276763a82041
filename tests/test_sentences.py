"""The model in English: whose file says a sentence, and which mechanism changes another's."""

import pytest

from experiments.sentences import sentences
from tests.mechanism_case import config_with
from tests.tumours import tiny

HEAD = "What changes what"


@pytest.fixture(scope="module")
def said() -> list[str]:
    return sentences(config_with("cd25", "ifng", "mhc1", "pd_l1", "vessel_loss"))


def test_every_sentence_names_the_file_that_says_it(said: list[str]):
    rules = [line for line in said[: said.index(HEAD)] if line.startswith("  ")]
    assert rules
    assert [line for line in rules if not line.endswith(".py")] == []
    files = {line.split("models/")[-1] for line in rules}
    assert {"cd8.py", "pd_l1.py", "cd25.py", "ifng.py", "vessel_loss.py"} <= files


@pytest.mark.parametrize(
    "sentence",
    [
        "cd8 starts with reactive 1 in 0.1 of the cells, 0 in the rest [once] models/cd8.py",
        "cd8 starts with exhaustion 0.43 [once] models/exhaustion.py",
        "tumour starts with mhc1 1 in 0.9 of the cells, 0 in the rest, in patches about 500 um wide [once] "
        "models/mhc1.py",
        "ifng reaches 150 um, felt 6 h late [immune clock] models/ifng.py",
    ],
)
def test_what_new_cells_are_like_and_how_far_fields_reach(said: list[str], sentence: str):
    assert f"  {sentence}" in said


def test_a_daughter_differs_as_her_rule_says(said: list[str]):
    division = next(line for line in said if line.startswith("  cd8 divides at "))
    assert "; the new cell has expanded 1 [" in division


def test_what_changes_what(said: list[str]):
    changes = "\n".join((*said[said.index(HEAD) :], ""))
    crowd = "lowered to 0 by the treg within 30 um, each counting 1 + its il2_signal (half at 1)"
    assert f"\nsuppression changes\n  cd8 hits tumour (cd8): {crowd}\n" in changes
    assert "\n  exhaustion rises in cd8 (exhaustion): takes it away\n" in changes
    assert "\ncd8 changes\n" not in changes, "a mechanism's own factors are no changes"


def test_a_mechanism_left_out_changes_nothing():
    without = sentences(config_with(without="suppression"))
    assert "suppression changes" not in without
    assert "exhaustion changes" in without


def test_where_nothing_changes_anything_nothing_is_said():
    assert HEAD not in sentences(tiny({"mechanisms": "[tumour, cd8]"}))
