"""Where a number came from: versions of the code, of what it stands on, of the machine. Changes nothing."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from il2sim import __version__

ROOT = Path(__file__).resolve().parents[2]
"""The checkout; of an installed wheel the package's own folder."""
ROUNDING = ("numpy", "scipy", "numba", "llvmlite")
"""Libraries that compute results: another version may round otherwise."""
LIBRARIES = (
    *ROUNDING,
    "pydantic",
    "pyyaml",
    "pandas",
    "pyarrow",
    "distributed",
    "matplotlib",
)

IMPORTS = (ast.Import, ast.ImportFrom)
INNER = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where a statement holds others: branches of a `try` and a `match` are no statements, but hold some."""


def code_version(*measured_by: str) -> str:
    """Version of the package, and the hash of the code that results are computed by."""
    return f"{package_version()}+{code_hash(*measured_by)}"


@functools.cache
def code_hash(*measured_by: str) -> str:
    """8 hexadecimal digits of all that `sim` and `models` say: what results depend on.

    `measured_by` names modules of `experiments` that a result depends on as well, like
    "study/injection_only". The hash
    is of every statement wherever it stands: a file that is moved, split or merged, a version that is
    raised and the way of installing leave it as it is. So would two functions of one name and signature that
    change places, which nobody should write.
    """
    sources = [path for storey in ("sim", "models") for path in (ROOT / storey).rglob("*.py")]
    sources += [ROOT / "experiments" / f"{name}.py" for name in measured_by]
    texts = [source.read_text("utf-8") for source in sources]
    trees = [ast.parse(text) for text in texts]
    imports = [list(_imports(tree.body)) for tree in trees]
    each = zip(trees, texts, imports, strict=True)
    said = sorted(statement for tree, text, own in each for statement in _statements(tree, text, own))
    renamed = sorted({name for own in imports for name in _renamed(own)})
    return hashlib.blake2b("\n".join(said + renamed).encode(), digest_size=4).hexdigest()


def _imports(body: Iterable[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """All imports, in functions too. Expressions hold none, and are most of a tree."""
    for node in body:
        if isinstance(node, IMPORTS):
            yield node
        for name in INNER:
            for each in getattr(node, name, ()):
                yield from _imports([each] if isinstance(each, ast.stmt) else each.body)


def _statements(tree: ast.Module, text: str, imports: Sequence[ast.stmt]) -> Iterator[str]:
    """What a module says at its top level, as written, but for its docstring and all imports."""
    imported = {line for node in imports for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    lines = text.splitlines()
    for node in tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not (is_text or is_for_types or isinstance(node, IMPORTS)):
            first = min(each.lineno for each in (node, *getattr(node, "decorator_list", ())))
            own = range(first, (node.end_lineno or first) + 1)
            yield "\n".join(lines[line - 1] for line in own if line not in imported)


def _renamed(imports: Iterable[ast.Import | ast.ImportFrom]) -> Iterator[str]:
    """What a module imports by another name: the name alone would hide what it is."""
    names = (each for node in imports for each in node.names)
    return (f"{each.name.rpartition('.')[2]} as {each.asname}" for each in names if each.asname)


def package_version() -> str:
    """Version of these sources, whatever was installed."""
    return __version__


def library_version(name: str) -> str | None:
    """Installed version of a distribution, None when it is not there."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def libraries() -> dict[str, str]:
    """Versions of the libraries a result stands on."""
    found = {name: library_version(name) for name in LIBRARIES}
    return {name: version for name, version in found.items() if version}


def revision() -> dict[str, str | bool]:
    """Commit of the checkout and whether files differ from it; empty outside a checkout of our own."""
    top, commit = _git("rev-parse", "--show-toplevel"), _git("rev-parse", "HEAD")
    if top is None or commit is None or Path(top).resolve() != ROOT:
        return {}
    return {"commit": commit, "changed": bool(_git("status", "--porcelain", "--", "sim", "models"))}


def _git(*words: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(ROOT), *words], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def machine() -> dict[str, str | int]:
    """Interpreter, system and processor; nothing that names the machine or its user."""
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": usable_cores(),
    }


def usable_cores() -> int:
    """Cores this process may use: its affinity, and the quota of its control group where there is one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return allowed
    return allowed if quota == "max" else max(1, min(allowed, int(quota) // int(period)))
