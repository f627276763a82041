"""Results folders made with the stand-in of `run_case`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from il2sim.experiments.study import design, passport
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.passport import Order
from il2sim.experiments.study.results import Results, load
from il2sim.experiments.study.runs import Workplace, carry_out
from il2sim.models import Config
from tests.run_case import carried

Made = Callable[..., Results]
DOSES = {"schedule.dose": ("0 MIU/mm", "0.05 MIU/mm", "0.5 MIU/mm"), "patient.width": ("5 mm", "8 mm")}
COMMAND = "il2sim sweep '<b>case</b>.yaml'"


def make(
    folder: Path,
    axes: dict[str, tuple[str, ...]],
    replicates: int = 3,
    twin: bool = True,
    carry: Callable[[Run], Outcome] = carried,
    **keys: object,
) -> Results:
    """Carry out a design with the stand-in and read it back."""
    sweep = {"axes": axes, "replicates": replicates, "twin": twin}
    config = Config.model_validate({"name": "case", "sweep": sweep, "patient": {"width": "5 mm"}, **keys})
    runs = design.grid(config, 1, "case.yaml")
    carry_out(runs, folder, Workplace(workers=1), carry=carry)
    passport.write(folder, Order(COMMAND, config, 1, dict(axes)), runs)
    return load(folder)


def unsealed(folder: Path) -> dict[str, Any]:
    """The passport of a folder, which becomes one of before passports had a seal."""
    file = folder / "passport.json"
    found: dict[str, Any] = json.loads(file.read_text())
    found.pop("seal"), found.pop("schema")
    file.write_text(json.dumps(found))
    return found
