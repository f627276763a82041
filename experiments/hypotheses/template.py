"""An example hypothesis to fill in: complete, cheap to run, and true to the form of all others."""

from __future__ import annotations

from pathlib import Path

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.hypotheses import claim, claim_sets
from il2sim.experiments.study.store import ExperimentError, write_whole
from il2sim.models.config.model import ConfigError
from il2sim.models.config.values import check_name

TEMPLATE = """\
# {name}: replace every line. `il2sim hypotheses {name} --plan` says what it would cost.
claim: Twice the dose gives CD8 cells at most a tenth more hours.
falsified_if: CD8 hours at twice the dose exceed those at the registered dose by more than a tenth.
measure: field # one injection without cells; `cells` runs whole tumours
needs: [il2] # mechanisms; those that are off by default are switched on
base: {{patient.width: 5 mm}} # values of every arm
arms:
  once: {{schedule.dose: 0.5 MIU/mm}}
  twice: {{schedule.dose: 1 MIU/mm}}
over: {{il2.half_life: declared, il2.diffusivity: [10 um2/s, 100 um2/s]}} # drawn
readouts:
  - {{what: CD8 hours at twice the dose over once, statistic: ratio, of: cd8_hours_1, arms: [twice, once],
     holds_below: 1.1}}
budget: {{central: 2, priors: 80}} # runs
"""


def write(name: str, voice: Voice) -> Path:
    """Write configs/hypotheses/NAME.yaml; never over another. Raises ExperimentError."""
    try:
        check_name(name)
    except ValueError as error:
        raise ExperimentError(f"--new: {error}") from None
    path = claim_sets.HYPOTHESES.folder / f"{name}.yaml"
    if path.exists():
        raise ExperimentError(f"--new: {path} is there already; choose another name")
    write_whole(path, TEMPLATE.format(name=name).encode())
    try:
        claim.load(path)
    except ConfigError:
        path.unlink()
        raise
    voice.say(f"{path}: fill it in, then: il2sim hypotheses {name} --plan")
    return path
