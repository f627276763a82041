"""No file of the repository sends its reader to a document that is not in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEXTS = {".py", ".yaml", ".csv", ".toml", ".md"}
ROOMS = ("sim", "models", "experiments", "tests", "configs", "docs", "README.md", "CONTRIBUTING.md")
LEFT_OUT = "status.md"  # says itself which papers came before the repository
DOCUMENT = re.compile(r"[\w./-]*\w\.md\b")
NUMBERED = re.compile(r"\bU\d+\b|\b(?:clinical|biology) brief\b|\bthe brief\b")  # points of a paper of ours
MADE = {
    "page.md",
    "old.md",
    "new.md",
    "report.md",
    "exposure.md",
    "paper.md",
}  # what tests and commands write


def absent(text: str, names: set[str]) -> set[str]:
    """The documents a text names that are not among `names`, paths or file names."""
    return {found for found in DOCUMENT.findall(text) if found.lstrip("./") not in names | MADE}


def files(root: Path) -> list[Path]:
    """Every text of the repository that its readers open."""
    found = [each for room in ROOMS for each in ([root / room] if "." in room else (root / room).rglob("*"))]
    return [
        each
        for each in found
        if each.suffix in TEXTS and "__pycache__" not in each.parts and each.name != LEFT_OUT
    ]


def documents(root: Path) -> set[str]:
    """Names and paths of all documents there are."""
    paths = [path for path in files(root) if path.suffix == ".md"] + [
        root / "CHANGELOG.md",
        root / "docs" / LEFT_OUT,
    ]
    return {path.name for path in paths} | {path.relative_to(root).as_posix() for path in paths}


def test_every_document_that_is_named_is_there(root: Path) -> None:
    names, own = documents(root), Path(__file__).resolve()
    lost = {
        f"{path.relative_to(root)}: {name}"
        for path in files(root)
        if path.resolve() != own
        for name in absent(path.read_text(encoding="utf-8"), names)
    }
    assert sorted(lost) == []


@pytest.mark.parametrize("room", ["sim", "models", "experiments", "tests", "configs"])
def test_no_code_points_at_a_numbered_point_of_a_paper(root: Path, room: str) -> None:
    lost = {
        f"{path.relative_to(root)}: {found}"
        for path in files(root)
        if path.relative_to(root).parts[0] == room and path.suffix != ".md"
        if path.resolve() != Path(__file__).resolve()
        for found in NUMBERED.findall(path.read_text(encoding="utf-8"))
    }
    assert sorted(lost) == []


def test_a_document_that_is_absent_is_found() -> None:
    assert absent("as paper-2.md 2.4 says, and sim/README.md", {"README.md", "sim/README.md"}) == {
        "paper-2.md"
    }
    assert NUMBERED.findall("assumed (U11)") == ["U11"]
