"""Which mechanisms a tumour has, which are there to be named, and where each is declared."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1]
"""Of the package's own mechanisms: those of its files, in any room, that declare something."""

MECHANISMS = (
    "tumour",
    "cd8",
    "cd8_killing",
    "cd8_withdrawal",
    "aicd",
    "nk",
    "nk_killing",
    "treg",
    "th",
    "other_til",
    "il2",
    "body",
    "exhaustion",
    "suppression",
)
"""What a tumour has unless a config says otherwise, in the order of declaration."""
BIOLOGY = (
    "cd25",
    "ifng",
    "mhc1",
    "pd_l1",
    "cxcl10",
    "chemotaxis",
    "vessel_loss",
    "hypoxia",
    "nk_treg_withdrawal",
    "division_limit",
    "desensitisation",
)
"""The rest of it, in the order of declaration: on where a config names it."""


@cache
def mechanism_files(folder: Path = FOLDER) -> Mapping[str, Path]:
    """Name and file of each mechanism: files in lower case with a function `declare`, found by reading the
    folder and those in it; nothing is imported.
    """
    declares = re.compile(r"^def declare\(", re.MULTILINE).search
    files = sorted(path for path in folder.rglob("*.py") if path.stem.islower())
    return {path.stem: path for path in files if declares(path.read_text("utf-8"))}


def mechanism_names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Names of all mechanisms there are, in alphabetical order."""
    return tuple(sorted(mechanism_files(folder)))


def module_of(name: str) -> str:
    """The module that declares a mechanism, as it is imported."""
    own = mechanism_files()[name].relative_to(FOLDER.parent).with_suffix("")
    return ".".join(("il2sim", *own.parts))


def shown_path(name: str) -> str:
    """The file of a mechanism as a reader looks it up: "models/biology/populations/cd8.py"."""
    return mechanism_files()[name].relative_to(FOLDER.parent).as_posix()
