"""What arms are called where mechanisms are swept."""

import pytest

from il2sim.experiments.study.arm_names import of_mechanisms, value_of
from il2sim.experiments.study.results import at, place
from il2sim.models.config.mechanisms import BIOLOGY, MECHANISMS


def written(*names: str) -> str:
    return f"[{', '.join(names)}]"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (MECHANISMS, "with the usual mechanisms"),
        ([name for name in MECHANISMS if name != "aicd"], "with the usual mechanisms without aicd"),
        ([*MECHANISMS, "cd25", "leak"], "with the usual mechanisms and cd25, leak"),
        ([*MECHANISMS, *BIOLOGY[:-1]], "with the whole biology without desensitisation"),
        ([*MECHANISMS[:-1], *BIOLOGY, "biopsy"], "with the whole biology and biopsy without suppression"),
    ],
)
def test_a_list_is_told_by_what_it_differs_in(names: list[str], said: str) -> None:
    assert of_mechanisms(written(*names)) == said


def test_the_order_of_a_list_does_not_matter() -> None:
    assert of_mechanisms(written(*reversed(MECHANISMS))) == "with the usual mechanisms"


def test_an_arm_is_called_by_it_beside_its_other_labels() -> None:
    labels = {"schedule.dose": "0.5 MIU/mm", "mechanisms": written(*MECHANISMS, "cd25")}
    assert place(labels) == "dose 0.5 MIU/mm, with the usual mechanisms and cd25"
    assert at(labels).startswith("at dose 0.5 MIU/mm, ")
    assert at({"without": "[aicd]"}) == "without aicd"


def test_a_tick_is_broken_into_lines() -> None:
    without = written(*(name for name in MECHANISMS if name != "suppression"))
    assert value_of("mechanisms", without, 18) == "with the usual\nmechanisms without\nsuppression"
    assert value_of("patient.width", "10 mm", 18) == "10 mm"
