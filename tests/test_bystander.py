"""What one injection does without cells, in the blood and elsewhere; and a lesion that nobody injects."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from il2sim.experiments.cli.console import Voice, console
from il2sim.experiments.hypotheses import claim
from il2sim.experiments.hypotheses.claim_sets import BEHAVIOURS
from il2sim.experiments.hypotheses.evaluation import Request, ask
from il2sim.experiments.hypotheses.plan import Change, stages
from il2sim.experiments.study import injection_only
from il2sim.experiments.study.bystander import plasma_nM, uninjected
from il2sim.experiments.study.execute import Run, execute
from il2sim.experiments.study.injection_only import (
    BLOOD_H,
    STEP_H,
    first_injection_and_blood,
    plasma_endpoints,
)
from il2sim.experiments.study.workers import Workplace
from il2sim.models.build import build
from tests.mechanism_case import config_with
from tests.tumours import tiny

COURSE = np.linspace(0.0, 0.1, round(BLOOD_H / STEP_H) + 1)


def arms(name: str) -> dict[str, Run]:
    """One run of each arm of a behaviour."""
    (stage,) = stages(*claim.find([name], BEHAVIOURS), Change())
    return {arm: run for (_, arm), run in stage.runs.items()}


def reference(dose_iu: float) -> dict[str, float]:
    """The row of the reference file at 10 mm, half-life 2 h, and this dose."""
    with (Path(__file__).parent / "radial_reference.csv").open() as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    usual = {"width_mm": 10.0, "half_life_h": 2.0, "D_um2_s": 40.0, "leak": 0.3, "core": 0.5, "uptake": 1.0}
    (row,) = (row for row in rows if usual.items() <= row.items() and row["dose_iu"] == dose_iu)
    return row


def assert_as_the_reference(run: Run) -> None:
    """Behaviour (a) is asked under the reference file's conditions: hours within its 2 %."""
    outcome = first_injection_and_blood(run)
    assert outcome.record is not None, outcome.failure
    found = outcome.record["endpoints"]
    row = reference(found["dose_iu"][0])
    for name in ("cd8", "treg"):
        assert found[f"{name}_hours"][0] == pytest.approx(row[f"{name}_h"], rel=0.02)
    assert found["blood_treg_response"] > 0.0


def test_the_lowest_dose_is_followed_as_the_reference_says() -> None:
    assert_as_the_reference(arms("a")["x0.001"])


@pytest.mark.slow
@pytest.mark.parametrize("arm", ["x0.003", "x0.01", "x0.03", "x0.1", "x0.5", "x1", "x2"])
def test_every_other_dose_is_followed_as_the_reference_says(arm: str) -> None:
    assert_as_the_reference(arms("a")[arm])


def told(name: str, out: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Exit code and answer of `il2sim behaviours NAME`, with nothing in the model's place."""
    voice = Voice(console(None), quiet=True, as_json=True)
    code = ask(Request((name,), out, Change(), claim_set=BEHAVIOURS), voice, Workplace(1), plan=False)
    (entry,) = json.loads(capfd.readouterr().out)["behaviours"]
    return code, entry


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b_field", "e_plasma"])
def test_behaviours_of_one_injection_hold(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, entry = told(name, tmp_path, capfd)
    assert (code, entry["verdict"]) == (0, "holds")
    assert all(part["verdict"] == "holds" for part in entry["questions"][0]["readouts"])


@pytest.mark.slow
def test_low_dose_is_for_treg_but_the_ratio_does_not_fall_for_ever(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Behaviour (a) holds but for one part: from half the registered dose on the ratio rises a little, as it
    does in the reference file. That is said, not allowed for.
    """
    code, entry = told("a", tmp_path, capfd)
    steps, until_half, *others = entry["questions"][0]["readouts"]
    assert (code, entry["verdict"], steps["verdict"]) == (1, "falsified", "falsified")
    assert {part["verdict"] for part in others} == {"holds"}
    rows = [reference(500_000.0 * 10.0 * share) for share in (0.001, 0.003, 0.01, 0.03, 0.1, 0.5, 1.0, 2.0)]
    ratios = np.array([row["treg_h"] / row["cd8_h"] for row in rows])
    assert steps["value"] == pytest.approx(np.diff(ratios).max(), abs=0.003)
    assert until_half["value"] == pytest.approx(np.diff(ratios[:6]).max(), abs=0.003)
    assert until_half["value"] < 0.0 < steps["value"]


@pytest.mark.parametrize(("hill", "signal"), [(2, 1 / 10), (4, 1 / 82)])
def test_plasma_is_sensed_with_the_declared_exponent(hill: int, signal: float) -> None:
    model = build(config_with("systemic").with_values({"il2.hill_cd8": f"{hill}"}))
    level = model.value("il2.ec50_cd8") / 3.0
    found = plasma_endpoints(model, np.full(COURSE.size, level))
    assert found["plasma_cd8_signal"] == pytest.approx(signal, rel=1e-3)


def test_a_held_plasma_level_is_sensed_with_its_hill_response() -> None:
    model = build(config_with("systemic"))
    level = model.value("il2.ec50_cd8") / 3.0
    found = plasma_endpoints(model, np.full(COURSE.size, level))
    assert found["plasma_cd8_signal"] == pytest.approx(0.1, rel=1e-3)  # (1/3)^2 / (1 + (1/3)^2)
    assert found["plasma_treg_signal"] == pytest.approx(level / (level + 0.0272), rel=1e-3)
    assert 0.0 < found["blood_treg_response"] < found["plasma_treg_signal"]
    assert "blood_treg_response" not in plasma_endpoints(build(config_with("leak")), COURSE)


def test_courses_of_injections_add_up() -> None:
    assert plasma_nM(COURSE, (0.0, 1.0), 0.5) == pytest.approx(0.1 * 12.0 / BLOOD_H)
    assert plasma_nM(COURSE, (0.0, 1.0), 1.5) == pytest.approx(0.1 * (36.0 + 12.0) / BLOOD_H)
    assert plasma_nM(COURSE, (0.0, 1.0), 3.5) == pytest.approx(0.1 * 60.0 / BLOOD_H)  # the first is over
    assert plasma_nM(COURSE, (1.0,), 0.5) == 0.0


def test_a_lesion_elsewhere_sees_the_plasma_and_no_injection(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 0.1 nM Treg sense it, CD8 cells do not; without drug it is the twin, bit for bit."""
    config = tiny({"schedule.dose": "2 MIU/mm"})
    monkeypatch.setattr(
        "il2sim.experiments.study.bystander.plasma_course", lambda config: (None, np.full(COURSE.size, 0.1))
    )
    twin = execute(Run(config.without_drug(), 1, {}))
    still, seeing = (uninjected(Run(each, 1, {})) for each in (config.without_drug(), config))
    assert twin.record is not None
    assert still.record is not None
    assert seeing.record is not None, seeing.failure
    assert still.record["result_digest"] == twin.record["result_digest"]
    assert seeing.record["result_digest"] != twin.record["result_digest"]
    assert seeing.record["endpoints"]["dose_iu"] == twin.record["endpoints"]["dose_iu"]
    assert seeing.series["treg_signal"].max() > 0.7
    assert seeing.series["cd8_signal"].max() < 0.02
    assert twin.series["treg_signal"].max() < 0.2


def test_plasma_comes_from_the_injected_tumour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing before the injection but what leaked; a peak within half a day, and a fall."""
    monkeypatch.setattr(injection_only, "BLOOD_H", 36.0)
    config = arms("e_plasma")["w5"].config
    _, levels = injection_only.plasma_course(config)
    peak = int(levels.argmax())
    assert levels.size == 73
    assert 1 <= peak < 24
    assert levels[0] == 0.0
    assert levels[-1] < 0.5 * levels[peak]
    assert 0.005 < levels[peak] < 0.3  # 14 pM over 12 h at 2.5 MIU, x 0.5 to 3 and its peak
