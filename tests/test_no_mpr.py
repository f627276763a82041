"""300 untreated tumours of 5 mm without one major pathological response.

An hour and a half on two cores. Finished runs are kept in results/verification: stopped, it goes on there.
"""

import json

import pytest

from il2sim.experiments.cli.console import Voice, console
from il2sim.experiments.hypotheses.claim_sets import VERIFICATION
from il2sim.experiments.hypotheses.evaluation import Request, ask
from il2sim.experiments.hypotheses.plan import Change
from il2sim.experiments.study.provenance import ROOT
from il2sim.experiments.study.workers import Workplace

FILE = VERIFICATION.folder / "no_mpr.yaml"
OUT = ROOT / VERIFICATION.out


@pytest.mark.verification
def test_no_untreated_tumour_of_300_looks_like_a_response(capfd: pytest.CaptureFixture[str]) -> None:
    """The upper one-sided 95 % limit of the share with MPR is at most 1 %."""
    voice = Voice(console(None), quiet=True, as_json=True)
    code = ask(Request((str(FILE),), OUT, Change(), claim_set=VERIFICATION), voice, Workplace(), plan=False)
    (entry,) = json.loads(capfd.readouterr().out)["verification"]
    (part,) = entry["questions"][0]["readouts"]
    print(part)
    assert (part["value"], part["n"]) == (0.0, 300)
    assert part["high"] <= 0.01
    assert code == 0
