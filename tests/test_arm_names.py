"""What arms are called where mechanisms are swept."""

import pytest

from experiments.arm_names import of_mechanisms, value_of
from experiments.results import place
from models.config_mechanisms import BIOLOGY, MECHANISMS


def written(*names: str) -> str:
    return f"[{', '.join(names)}]"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (MECHANISMS, "usual mechanisms"),
        ([name for name in MECHANISMS if name != "aicd"], "usual mechanisms without aicd"),
        ([*MECHANISMS, "cd25", "leak"], "usual mechanisms with cd25, leak"),
        ([*MECHANISMS, *BIOLOGY[:-1]], "whole biology without desensitisation"),
        ([*MECHANISMS[:-1], *BIOLOGY, "biopsy"], "whole biology with biopsy without suppression"),
    ],
)
def test_a_list_is_told_by_what_it_differs_in(names: list[str], said: str) -> None:
    assert of_mechanisms(written(*names)) == said


def test_the_order_of_a_list_does_not_matter() -> None:
    assert of_mechanisms(written(*reversed(MECHANISMS))) == "usual mechanisms"


def test_an_arm_is_called_by_it_beside_its_other_labels() -> None:
    labels = {"schedule.dose": "0.5 MIU/mm", "mechanisms": written(*MECHANISMS, "cd25")}
    assert place(labels) == "dose 0.5 MIU/mm, usual mechanisms with cd25"


def test_a_tick_is_broken_into_lines() -> None:
    without = written(*(name for name in MECHANISMS if name != "suppression"))
    assert value_of("mechanisms", without, 18) == "usual mechanisms\nwithout\nsuppression"
    assert value_of("patient.width", "10 mm", 18) == "10 mm"
