"""IL-2 in node and plasma: against closed forms, published references, and its own book."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from il2sim.models import Config
from il2sim.models.build import build
from il2sim.models.drug.dose_rule import nmol_from_iu
from il2sim.models.drug.systemic_pk.body import LN2, BodyNumbers, PlasmaRates
from il2sim.models.drug.systemic_pk.compartments import Circulation


def numbers(**changes: float) -> BodyNumbers:
    return replace(BodyNumbers.of(build(Config()), 70.0), **changes)


def after_bolus(found: BodyNumbers, hours: float) -> Circulation:
    body = Circulation(found)
    body.open_visit()
    body.give_intravenously(nmol_from_iu(1e6 * 1.8))
    body.advance(hours, 0.0)
    return body


def test_a_bolus_falls_by_both_published_half_lives():
    """S2: 650 IU/mL per 1e6 IU/m2, 12.9 and 85 min, at the clearance of that source (120 mL/min)."""
    found = numbers(clearance_l_h=7.2)
    assert LN2 / PlasmaRates.of(found).fast * 60.0 == pytest.approx(12.9, rel=0.02)
    assert after_bolus(found, 0.0).visits[0].cmax_iu_ml == pytest.approx(650.0, rel=0.01)
    late = [after_bolus(found, hours).plasma_nM for hours in (8.0, 10.0)]
    assert LN2 * 120.0 / math.log(late[0] / late[1]) == pytest.approx(85.0, rel=1e-3)


@pytest.mark.parametrize("clearance_ml_min", [120.0, 200.0, 268.0, 420.0])
def test_area_is_dose_over_clearance(clearance_ml_min: float):
    body = after_bolus(numbers(clearance_l_h=clearance_ml_min * 0.06), 48.0)
    assert body.visits[0].auc_iu_h_ml == pytest.approx(1.8e6 / (clearance_ml_min * 60.0), rel=1e-3)


@pytest.mark.parametrize(
    ("kg", "miu", "share", "margin"), [(70, 10, 1.0, 4.2), (70, 10, 0.3, 14.0), (45, 10, 1.0, 2.7)]
)
def test_exposure_margin(kg: float, miu: float, share: float, margin: float):
    """One high-dose i.v. dose over a visit of which a share reaches the blood."""
    body = Circulation(numbers(weight_kg=float(kg)))
    body.open_visit()
    body.give_intravenously(nmol_from_iu(miu * 1e6) * share)
    body.advance(72.0, 0.0)
    assert body.endpoints()["exposure_margin"] == [pytest.approx(margin, abs=0.05)]


def course() -> Circulation:
    body = Circulation(numbers())
    for _ in range(2):
        body.open_visit()
        body.advance(0.0, 0.0, 5.0)
        for _ in range(20):
            body.advance(0.5, 0.4)
    return body


def test_its_book_closes_and_needs_every_term():
    book = course().ledger
    assert book.pop("residual_relative") < 1e-12
    came = sum(book[name] for name in ("from_tissue", "leaked", "intravenous"))
    went = {name: book[name] for name in book if name not in ("from_tissue", "leaked", "intravenous")}
    assert came == pytest.approx(26.0)
    assert all(amount > 1e-6 * came for amount in went.values())
    assert sum(went.values()) == pytest.approx(came, rel=1e-9)


def test_bioavailability_is_an_output():
    """Of what leaves the tissue the node keeps half of the lymph's share; the rest reaches the blood."""
    body = Circulation(numbers())
    body.advance(1.0, 10.0)
    body.advance(200.0, 0.0)
    assert body.ledger["eliminated"] == pytest.approx(10.0 * (1.0 - 0.59 * 0.5), rel=1e-6)


def test_steps_do_not_matter():
    one, many = Circulation(numbers()), Circulation(numbers())
    one.advance(6.0, 3.0)
    for _ in range(12):
        many.advance(0.5, 0.25)
    assert one.plasma_nM == pytest.approx(many.plasma_nM, rel=1e-9)


def test_the_nodes_peak_is_of_each_visit():
    """The highest of all readings, per visit; half the node's volume doubles it."""
    small = numbers(node_volume_l=numbers().node_volume_l / 2.0)
    peaks: list[list[float]] = []
    for found in (numbers(), small):
        body, seen = Circulation(found), []
        for leaked in (5.0, 1.0):
            body.open_visit()
            body.advance(0.0, 0.0, leaked)
            level = []
            for _ in range(60):
                body.advance(0.1, 0.4)
                level.append(body.node_nM)
            seen.append(max(level))
            body.advance(40.0, 0.0)
        assert body.endpoints()["node_cmax_nM"] == pytest.approx(seen)
        peaks.append(seen)
    assert peaks[1] == pytest.approx([2.0 * peak for peak in peaks[0]])
    assert peaks[0][1] < peaks[0][0]


def test_a_clearance_slower_than_its_slope_is_refused():
    with pytest.raises(ValueError, match=r"body\.clearance"):
        Circulation(numbers(clearance_l_h=0.5))
