"""Docstrings teach: every kernel says what it does and what its arrays are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import il2sim

KERNELS = Path(__file__).parents[1] / "sim" / "kernels"
GLOSSARY = ast.get_docstring(ast.parse((KERNELS / "__init__.py").read_text(encoding="utf-8"))) or ""
PUBLIC = ("Config", "Simulation", "TumourModel", "open", "run_all", "settle", "simulate")


def explained() -> set[str]:
    """Parameters that the folder's docstring explains for all kernels: what stands before four spaces."""
    lines = [line.partition("    ")[0] for line in GLOSSARY.splitlines() if "    " in line]
    return {name.strip() for line in lines for name in line.split(",")}


def compiled() -> dict[str, ast.FunctionDef]:
    """Every compiled function by file and name."""
    return {
        f"{file.stem}.{node.name}": node
        for file in sorted(KERNELS.glob("*.py"))
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and any(re.search("kernel|njit", ast.unparse(each)) for each in node.decorator_list)
    }


@pytest.mark.parametrize("name", sorted(compiled()))
def test_a_kernel_says_what_it_does_in_one_line(name: str) -> None:
    text = ast.get_docstring(compiled()[name]) or ""
    first, _, rest = text.partition("\n")
    assert first.endswith("."), f"{name}: {first!r}"
    assert not rest or rest.startswith("\n"), f"{name}: an empty line after the first"


@pytest.mark.parametrize("name", sorted(compiled()))
def test_every_parameter_of_a_kernel_is_explained(name: str) -> None:
    node, known = compiled()[name], explained()
    text = ast.get_docstring(node) or ""
    lost = [
        each.arg
        for each in node.args.args
        if each.arg not in known and not re.search(rf"\b{each.arg}\b", text)
    ]
    assert lost == []


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_teach(name: str) -> None:
    """What they take, give back and refuse, and an example."""
    text = getattr(il2sim, name).__doc__
    assert ">>>" in text
    assert "Error" in text
