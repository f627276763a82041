"""Published levels: computed from a config's own numbers, and hanging on the numbers that they name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from il2sim.experiments.report.blood_levels import targets
from il2sim.models import Config
from il2sim.models.build import build
from il2sim.models.drug.systemic_pk.body import BodyNumbers
from il2sim.models.drug.systemic_pk.compartments import iu_ml
from il2sim.models.drug.systemic_pk.published_levels import Target, blood_targets

CHANGES = {
    "body.lymph_share": "0.5",
    "body.node_extraction": "0.7",
    "body.node_time": "2 h",
    "body.node_volume": "2 mL",
    "body.absorbed_share": "0.9",
    "body.absorption_half_life": "4 h",
    "body.clearance": "260 mL/min",
    "body.volume": "3.5 L",
    "body.exchange_rate": "0.8 1/h",
    "body.terminal_half_life": "110 min",
    "body.reference_dose": "0.7 MIU/kg",
    "patient.weight": "50 kg",
}


def named(found: tuple[Target, ...]) -> dict[tuple[str, str], Target]:
    return {(target.code, target.quantity): target for target in found}


def test_each_hangs_on_exactly_the_numbers_it_names() -> None:
    before = named(targets(Config()))
    moved: dict[tuple[str, str], set[str]] = {key: set() for key in before}
    for name, text in CHANGES.items():
        for key, target in named(targets(Config().with_values({name: text}))).items():
            if target.found != pytest.approx(before[key].found, rel=1e-9):
                moved[key].add(name)
    assert moved == {key: set(target.hangs_on) for key, target in before.items()}


def test_what_a_target_gave_is_not_called_a_test() -> None:
    """A number taken from a target is among those the model's answer depends on."""
    found = targets(Config())
    assert all(not target.taken_from_it or target.taken_from_it in target.hangs_on for target in found)
    assert {target.taken_from_it for target in found} >= {"body.volume", "body.absorption_half_life"}


def test_subcutaneous_reference(capsys: pytest.CaptureFixture[str]) -> None:
    """K23 is printed, not asserted to be met: 12-18 MIU gave 21.9-112.9 IU/mL, at 4.4 h, falling by 3.3 h."""
    peak, at_h, half_life = (target for target in targets(Config()) if target.code == "K23")
    with capsys.disabled():
        for target in (peak, at_h, half_life):
            print(f"\n{target.quantity}: {target.found:.3g} {target.unit}, met: {target.is_met}")
    assert (peak.low, peak.high) == (21.9, 112.9)
    assert (at_h.low, at_h.high) == pytest.approx((2.6, 6.2))
    assert iu_ml(1.0) == pytest.approx(250.0, rel=0.01)


def test_intravenous_reference() -> None:
    """S2 at the clearance of its first source: 650 IU/mL per MIU/m2, 12.9 and 85 min."""
    found = targets(Config().with_values({"body.clearance": "120 mL/min"}))
    level, own, first, slow, clearance = (target for target in found if target.code in ("S2", "K20"))
    assert level.found == pytest.approx(650.0, rel=0.01)
    assert own.found == pytest.approx(first.found) == pytest.approx(12.9, rel=0.02)
    assert slow.found == pytest.approx(85.0, rel=1e-3)
    assert clearance.found == pytest.approx(120.0)
    assert all(target.is_met for target in (level, own, first, slow, clearance))


def test_met_and_missed_follow_the_numbers() -> None:
    numbers = BodyNumbers.of(build(Config()), 70.0)
    usual = blood_targets(numbers)[0]
    leaky = blood_targets(replace(numbers, node_extraction=1.0))[0]
    assert not usual.is_met
    assert leaky.is_met
    assert leaky.found < usual.found


def test_only_calibration_targets_are_computed() -> None:
    """Levels kept for a later test of the model stay unseen."""
    assert {target.code for target in targets(Config())} == {"K23", "S2", "K20"}
    assert not any("area" in target.quantity for target in targets(Config()))


def test_a_model_without_a_body_has_none() -> None:
    mechanisms = [name for name in Config().mechanisms if name != "body"]
    assert targets(Config.model_validate({"mechanisms": mechanisms})) == ()
