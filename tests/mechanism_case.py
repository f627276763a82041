"""A finished model with some mechanisms on top of the default ones: the product's or a person's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from il2sim.models.build import build
from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.config.model import Config
from il2sim.sim.language.model import Model
from tests.naive_chance import respond
from tests.tumours import tiny


def config_with(*names: str, without: str = "") -> Config:
    """The tiny tumour with the default mechanisms but one, and these."""
    kept = (name for name in MECHANISMS if name != without)
    return tiny({"mechanisms": f"[{', '.join((*kept, *names))}]"})


def model_with(*names: str) -> Model:
    return build(config_with(*names))


def factor(model: Model, sentence: str, levels: Mapping[str, float]) -> float:
    """What the raised_by and more modifiers of a rule make of these cytokine levels."""
    product = 1.0
    for modifier in model.rules[sentence].modifiers:
        assert modifier.kind in ("raised", "more")
        product *= respond(vars(modifier), levels[modifier.signal.name])
    return product


def with_own_files(root: Path, folder: Path, own: Mapping[str, str], program: str) -> Any:
    """What a program prints as JSON where `models/` holds some more files; nothing else differs.

    The program runs in `folder`, in which a test has written its configs.
    """
    package = folder / "il2sim"
    package.mkdir()
    for part in ("__init__.py", "sim", "experiments", "configs"):
        (package / part).symlink_to(root / "src" / "il2sim" / part)
    shutil.copytree(root / "models", package / "models", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in own.items():
        (package / "models" / f"{name}.py").write_text(text, encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(root)])},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)
