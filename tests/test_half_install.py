"""A half install: the command says in one sentence what is missing, and the remedy."""

import subprocess
import sys
from pathlib import Path

import pytest

from il2sim import __main__ as command

BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Block())
sys.argv = ["il2sim", "doctor"]
from il2sim.__main__ import main
main()
"""


@pytest.mark.parametrize("name", ["typer", "numpy", "pydantic"])
def test_a_missing_library_is_one_sentence(name: str) -> None:
    script = BLOCKED.format(name=name)
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith(
        f"il2sim: the library {name!r} is not installed, which il2sim needs: install"
    )
    assert found.stderr.count("\n") == 1


def test_links_that_became_plain_files_are_one_sentence(tmp_path: Path) -> None:
    package = tmp_path / "il2sim"
    package.mkdir()
    own = Path(command.__file__).parent
    for name in ("__init__.py", "__main__.py"):
        (package / name).write_bytes((own / name).read_bytes())
    for name in ("experiments", "models", "sim", "configs"):
        (package / name).write_text(f"../../{name}")
    words = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import il2sim.__main__ as m; m.main()",
    ]
    found = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert found.returncode == 2
    assert found.stderr.startswith("il2sim: its part 'il2sim.experiments' is not there: in ")
    assert "links" in found.stderr
    assert found.stderr.count("\n") == 1
