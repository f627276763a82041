"""What is not loaded before it is used: a person waits for it."""

import subprocess
import sys

import pytest

PICTURES = {"matplotlib", "jinja2"}
TABLES = {"pandas", "pyarrow"}
SELDOM = {
    "scipy.optimize",
    "scipy.interpolate",
    "scipy.spatial",
    "scipy.sparse",
    "scipy.stats",
    "mesa",
    "dask",
}
FIRST_TICK = """
from il2sim.models import Config, Simulation
Simulation(Config().with_values({"patient.width": "0.5 mm"}), 1).step()
"""
PLAN = """
import sys
from il2sim.experiments.cli.main import app
app(["sweep", "quick", "--plan", "--seed", "1"], standalone_mode=False)
"""


def loaded_after(code: str, *, folder: str) -> set[str]:
    """Names of the modules that a new process has loaded once it has done that."""
    tell = "\nimport sys\nprint('loaded:', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code + tell], capture_output=True, text=True, check=True, cwd=folder
    )
    return set(done.stdout.rpartition("loaded:")[2].split())


@pytest.mark.parametrize(
    ("code", "late"),
    [
        ("import il2sim", {"numpy", "numba", "scipy", "pydantic", "rich", *PICTURES, *TABLES, *SELDOM}),
        ("import il2sim; il2sim.Config()", {"numba", "rich", *PICTURES, *TABLES, *SELDOM}),
        (FIRST_TICK, {"rich", "typer", *PICTURES, *TABLES, *SELDOM}),
        ("import il2sim.experiments.cli.commands", {*PICTURES, *TABLES, *SELDOM}),
        (PLAN, {*PICTURES, "pandas", *SELDOM}),
    ],
    ids=["package", "config", "first tick", "command", "plan"],
)
def test_what_is_slow_to_load_waits_until_it_is_used(
    code: str, late: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert not late & loaded_after(code, folder=str(tmp_path_factory.mktemp("start")))
