"""Mechanisms added to a config's list, and taken from it, by a key of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from il2sim.experiments.study.design import grid
from il2sim.experiments.study.results import place
from il2sim.models import Config
from il2sim.models.config.mechanisms import BIOLOGY, MECHANISMS
from tests.config_case import problems

Write = Callable[..., Path]
USUAL = MECHANISMS


def less(*names: str, of: tuple[str, ...] = USUAL) -> tuple[str, ...]:
    return tuple(name for name in of if name not in names)


@pytest.mark.parametrize(
    ("text", "mechanisms"),
    [
        ("without: suppression", less("suppression")),
        ("without: [suppression, aicd]", less("suppression", "aicd")),
        ("with: cd25", (*USUAL, "cd25")),
        ("with: [ifng, cd25]\nwithout: nk", (*less("nk"), "ifng", "cd25")),
        ("mechanisms: [tumour, cd8]\nwith: [il2]\nwithout: [cd8]", ("tumour", "il2")),
        ("without: []", USUAL),
    ],
)
def test_a_list_is_what_it_was_less_and_more(write: Write, text: str, mechanisms: tuple[str, ...]) -> None:
    config = Config.load(write(text))
    assert config.mechanisms == mechanisms
    listed = Config.load(write(f"mechanisms: [{', '.join(mechanisms)}]"))
    assert config.hash == listed.hash
    assert Config.model_validate(config.resolved()) == config


def test_the_whole_biology_can_be_extended_and_cut(root: Path, write: Write) -> None:
    whole = Config.load(root / "configs" / "full_2d.yaml").mechanisms
    assert whole == (*USUAL, *(name for name in BIOLOGY if name != "desensitisation"))
    path = write(f"extends: {root}/configs/full_2d.yaml\nwithout: [hypoxia]")
    assert Config.load(path).mechanisms == less("hypoxia", of=whole)
    typed = Config.load(path, ["without=[cd25, ifng]", "with=desensitisation"]).mechanisms
    assert typed == (*less("hypoxia", "cd25", "ifng", of=whole), "desensitisation")


def test_each_file_edits_what_it_extends(write: Write) -> None:
    base = write("without: nk", "base.yaml")
    assert Config.load(write(f"extends: {base}\nwithout: aicd", "own.yaml")).mechanisms == less("nk", "aicd")
    assert Config.load(base, ["mechanisms=[tumour]"]).mechanisms == ("tumour",)


def test_a_sweep_takes_them_out_one_by_one(write: Write) -> None:
    path = write("sweep: {axes: {without: [[], [suppression], [nk, nk_killing]]}, twin: false}")
    runs = grid(Config.load(path), 1)
    assert [run.config.mechanisms for run in runs] == [USUAL, less("suppression"), less("nk", "nk_killing")]
    named = [place({"without": run.labels["without"]}) for run in runs]
    assert named == ["with nothing left out", "without suppression", "without nk, nk_killing"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "without: supression",
            "1: without: 'supression' is not among the mechanisms; did you mean 'supp",
        ),
        ("without: [cd25]", "1: without: 'cd25' is not among the mechanisms; valid: "),
        ("without: [nk, nk]", "1: without: 'nk' is not among the mechanisms; "),
        ("without: tumour", "1: without: 'tumour' cannot be left out"),
        ("with: [nk]", "1: with: 'nk' is among the mechanisms already"),
        ("with: [cd52]", "1: mechanisms: unknown mechanism 'cd52'; did you mean 'cd25'?"),
        ("with: {cd25: true}", "1: with: "),
        ("without: 3", "1: without: 3 is not the name of a mechanism; write one or a list, as [suppression]"),
        (
            "sweep: {axes: {without: [[suppresion]]}}",
            "1: without: 'suppresion' is not among",
        ),
        ("witout: nk", "1: witout: unknown key; did you mean 'without'?"),
    ],
)
def test_a_mistake_is_named_with_its_line(write: Write, text: str, said: str) -> None:
    path = write(text)
    assert problems(path)[0].startswith(f"{path}:{said}")
