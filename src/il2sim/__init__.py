"""What does IL-2, injected into a tumour, do before surgery? One virtual tumour, cell by cell.

>>> import il2sim
>>> config = il2sim.Config().with_values({"patient.width": "0.5 mm", "schedule.surgery_day": "22"})
>>> result = il2sim.simulate(config, seed=1)  # doctest: +SKIP
>>> result.endpoints["viable_fraction"], result.series["day"], result.digest  # doctest: +SKIP

The three storeys are `il2sim.sim` (lattice, cells, fields), `il2sim.models` (tumour, drug, pathology) and
`il2sim.experiments` (sweeps, reports, the command).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from il2sim.experiments.study.results import load as open
    from il2sim.experiments.study.runs import run_all
    from il2sim.models import Baseline, Config, ConfigError, Simulation, settle, simulate
    from il2sim.models.mesa_model import TumourModel

__version__ = "0.4.0"

_FROM = {
    **dict.fromkeys(("Baseline", "Config", "ConfigError", "Simulation", "settle", "simulate"), "models"),
    "TumourModel": "models.mesa_model",
    "run_all": "experiments.study.runs",
    "open": "experiments.study.results",
}
_CALLED = {"open": "load"}

__all__ = [  # noqa: PLE0604
    "Baseline",
    "Config",
    "ConfigError",
    "Simulation",
    "TumourModel",
    "open",
    "run_all",
    "settle",
    "simulate",
]


def __getattr__(name: str) -> object:
    """Bring in what is asked for when it is: reading a config needs no compiler, a run no pictures."""
    if name in _FROM:
        return getattr(import_module(f"il2sim.{_FROM[name]}"), _CALLED.get(name, name))
    raise AttributeError(f"module 'il2sim' has no attribute {name!r}")
