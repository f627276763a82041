"""Words that a reader meets are the field's, and pages name files and commands that exist."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from il2sim.experiments.cli.main import app

UNFIT = re.compile(
    r"\b(wom[ae]n|luck|eaten|ate|dealt|woken|twins?|clinical\.md|biology\.md|model\.md|brief"
    r"|visits?|volume book|both books|central values?|responsive set|at rest|hangs? on|less left)\b",
    re.I,
)
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "configs/README.md",
    "docs/behaviours.md",
    "docs/decisions.md",
    "docs/endpoints.md",
    "docs/exposure.md",
    "docs/hypotheses.md",
    "docs/limits.md",
    "docs/parameters.md",
    "docs/performance.md",
    "docs/rules.md",
    "docs/sources.md",
    "docs/status.md",
    "docs/untreated.md",
    "docs/verification.md",
    "experiments/README.md",
    "models/README.md",
    "sim/README.md",
)
KEYS = re.compile(r"`[^`]*`|\"twin\"|--no-twin|woken CD8 cells")  # keys, options, labels are a contract
ARRAYS = re.compile(r"^\w+    ")  # a table of arrays begins with their names
YAML_KEYS = re.compile(r"\btwin:|\barms: \[[^]]*\]|^women:")
TABLE = ("CONTRIBUTING.md", "## Words", "## Commits")  # says what not to write


def unfit(text: str) -> list[str]:
    return [found.group() for found in UNFIT.finditer(KEYS.sub("", text))]


def page(root: Path, name: str) -> str:
    text = (root / name).read_text(encoding="utf-8")
    if name == TABLE[0]:
        text = text[: text.index(TABLE[1])] + text[text.index(TABLE[2]) :]
    return text


def sentences(file: Path) -> Iterator[tuple[int, str]]:
    """Texts of a module of two words or more, with their lines; keys and docstrings are none."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    held = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.Expr) for part in ast.walk(node.value)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in held and re.search(r"\w \w|\w [(,]|^ \w|[(,] \w", str(node.value)):
            yield node.lineno, str(node.value)


def test_the_search_finds_what_it_looks_for():
    assert unfit("two twins of one woman, as luck dealt") == ["twins", "woman", "luck", "dealt"]
    assert unfit("`twin`, `--no-twin` and --no-twin are keys; between is a word") == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_use_the_words_of_the_field(root: Path, name: str):
    lines = page(root, name).splitlines()
    assert [line for line in lines if unfit(line)] == []


def test_help_uses_the_words_of_the_field():
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        texts = [command.help or "", *(getattr(each, "help", "") or "" for each in command.params)]
        assert (name, [text for text in texts if unfit(text)]) == (name, [])


def remarks(file: Path) -> Iterator[tuple[int, str]]:
    """Comments and docstrings of a module, line by line."""
    source = file.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield from enumerate(str(node.value.value).splitlines(), node.lineno)


@pytest.mark.parametrize("room", ["experiments", "models", "sim"])
def test_messages_comments_and_docstrings_use_the_words_of_the_field(root: Path, room: str):
    found = {
        f"{file.relative_to(root)}:{line}: {text}"
        for file in (root / room).rglob("*.py")
        for line, text in (*sentences(file), *remarks(file))
        if unfit(ARRAYS.sub("", text))
    }
    assert found == set()


def test_configs_use_the_words_of_the_field(root: Path):
    found = {
        f"{file.relative_to(root)}:{line}: {text}"
        for file in (root / "configs").rglob("*.yaml")
        for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if unfit(YAML_KEYS.sub("", text))
    }
    assert found == set()


def test_the_template_of_reports_uses_the_words_of_the_field(root: Path):
    text = (root / "experiments" / "report" / "report.html.j2").read_text(encoding="utf-8")
    assert unfit(re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<[^>]*>", "", text)) == []


@pytest.mark.parametrize("name", PAGES)
def test_files_that_pages_name_exist(root: Path, name: str):
    text = page(root, name)
    linked = [path.partition("#")[0] for path in re.findall(r"\]\(([^)]+)\)", text) if "://" not in path]
    assert [path for path in linked if path and not ((root / name).parent / path).exists()] == []
    named = re.findall(r"(?:sim|models|experiments|configs|tests|docs)/[\w/]+\.(?:py|yaml|md|csv)\b", text)
    assert [
        path for path in named if not ((root / path).exists() or (root / name).parent.joinpath(path).exists())
    ] == []


def test_commands_of_the_first_page_are_commands(root: Path):
    text = page(root, "README.md") + page(root, "CONTRIBUTING.md")
    verbs = set(re.findall(r"(?:^|`|\./)il2sim ([a-z]+)\b", text, re.M)) - {"is"}  # the sentence "il2sim is"
    assert {"sweep", "run", "test", "rules", "explain"} <= verbs
    assert verbs <= set(get_command(app).commands)  # type: ignore[attr-defined]


def test_python_of_the_first_page_is_python_and_its_names_are_public(root: Path):
    import il2sim

    text = page(root, "README.md")
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        ast.parse(block)
        assert [name for name in re.findall(r"il2sim\.(\w+)", block) if not hasattr(il2sim, name)] == []
    assert len(text.splitlines()) < 120
