"""The configs that come with il2sim, by their names: `small_2d`, `quick`."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@cache
def shipped(folder: Path = CONFIGS) -> Mapping[str, Path]:
    """Every config that a verb can be given by its name alone, those of `sweeps/` last."""
    files = [*sorted(folder.glob("*.yaml")), *sorted(folder.glob("sweeps/*.yaml"))]
    return {file.stem: file for file in files}


def meant(path: Path, beside: Path = Path()) -> Path:
    """The file of a path as somebody wrote it in a file of the folder `beside`: a shipped one where it is the
    name of one and there is no such file.

    >>> meant(Path("small_2d")).name
    'small_2d.yaml'
    """
    own = beside / path
    return shipped()[str(path)] if str(path) in shipped() and not own.exists() else own


def wanted(path: Path) -> str:
    """The end of a sentence about a file that cannot be read: the shipped config that may have been meant."""
    near = get_close_matches(path.name[:80], shipped(), 1)
    if path.suffix or not near:
        return "a YAML file is wanted, like those in configs/, or the name of one that `il2sim configs` lists"
    return f"did you mean {near[0]!r}, which comes with il2sim?"
