"""Grades of response against the printed definitions and limits of their schemes."""

from __future__ import annotations

import math

import pytest

from il2sim.models.pathology import grades
from il2sim.models.pathology.rcb import PathologyError


# viable tumour left, positive nodes, in-situ left -> breast_pcr, yptn0, ypt0
@pytest.mark.parametrize(
    ("viable", "nodes", "in_situ", "expected"),
    [
        (False, 0, False, (True, True, True)),
        (False, 0, True, (True, True, False)),  # ypTis counts as pCR
        (False, 1, False, (True, False, True)),  # breast pCR ignores nodes
        (False, 2, True, (True, False, False)),
        (True, 0, False, (False, False, False)),
        (True, 1, True, (False, False, False)),
    ],
)
def test_pcr_family(viable, nodes, in_situ, expected):
    found = grades.pcr_family(viable, nodes, in_situ)
    assert (found["breast_pcr"], found["yptn0"], found["ypt0"]) == expected


def test_without_knowledge_of_in_situ_carcinoma_ypt0_is_absent():
    assert set(grades.pcr_family(False, 0, None)) == {"breast_pcr", "yptn0"}


@pytest.mark.parametrize("nodes", [-1, 0.5, math.nan])
def test_a_broken_count_of_nodes_is_refused(nodes):
    with pytest.raises(PathologyError, match="positive_nodes is"):
        grades.pcr_family(False, nodes, False)


@pytest.mark.parametrize(
    ("percent", "name"),
    [(0, "irpCR"), (0.01, "irMPR"), (10.0, "irMPR"), (10.01, "partial"), (50, "partial"), (50.01, "none")],
)
def test_irprc(percent, name):
    assert grades.irprc(percent) == name


# Miller-Payne with a tolerance: (0, 5 points] is G1
@pytest.mark.parametrize(
    ("loss", "grade"),
    [
        (-0.4, 1), (0, 1), (1e-6, 1), (0.05, 1), (0.0501, 2), (0.15, 2), (0.30, 2), (1 - 0.7, 2), (0.3001, 3),
        (0.6, 3), (0.90, 3), (1 - 0.1, 3), (0.9001, 4), (0.9999, 4), (1.0, 4),
    ],
)  # fmt: skip
def test_miller_payne_while_something_is_left(loss, grade):
    assert grades.miller_payne(loss, has_viable=True) == grade


@pytest.mark.parametrize("loss", [0.0, 0.5, 1.0])
def test_miller_payne_is_five_only_when_nothing_is_left(loss):
    assert grades.miller_payne(loss, has_viable=False) == 5


def test_loss_of_cellularity():
    assert grades.cellularity_loss(0.2, 0.5) == pytest.approx(0.6)
    assert grades.cellularity_loss(0.6, 0.5) == pytest.approx(-0.2)
    assert grades.cellularity_loss(0.2, 0.0) is None


@pytest.mark.parametrize(
    ("effect", "grade"),
    [
        (1, "TA"), (0.95, "TA"), (0.9499, "TB"), (0.5001, "TB"), (0.5, "TC"), (0.0501, "TC"), (0.05, "TD"),
        (1 - 0.95, "TD"), (0, "TD"), (-0.1, "TD"),
    ],
)  # fmt: skip
def test_sataloff_of_the_breast(effect, grade):
    assert grades.sataloff(effect) == grade


def test_sataloff_of_nodes_that_do_not_respond():
    assert [grades.sataloff_nodes(nodes) for nodes in (0, 1, 3)] == ["NB", "ND", "ND"]


@pytest.mark.parametrize(
    ("percent", "viable", "in_situ", "grade"),
    [
        (0, False, False, "TR1a"), (0, False, None, "TR1a"), (0, False, True, "TR1b"),
        (0.1, True, True, "TR2a"),
        (9.99, True, False, "TR2a"), (10, True, False, "TR2b"), (50, True, False, "TR2b"),
        (50.01, True, False, "TR2c"), (94.99, True, False, "TR2c"), (95, True, False, "TR3"),
        (100, True, True, "TR3"),
    ],
)  # fmt: skip
def test_ewgbsp(percent, viable, in_situ, grade):
    assert grades.ewgbsp(percent, viable, in_situ) == grade


# 10 -> 12 mm is SD (the 5 mm rule), and the limits of RECIST 1.1
@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (10, 0, "CR"), (10, 7, "PR"), (10, 7.01, "SD"), (10, 10, "SD"), (10, 12, "SD"), (10, 14.99, "SD"),
        (10, 15, "PD"), (25, 30, "PD"), (25, 29.99, "SD"), (30, 35.5, "SD"), (20, 14, "PR"),
    ],
)  # fmt: skip
def test_response_by_width(before, after, word):
    assert grades.width_response(before, after) == word


@pytest.mark.parametrize("before", [0, -1, math.nan])
def test_no_change_from_nothing(before):
    with pytest.raises(PathologyError, match="the value before is"):
        grades.change_percent(before, 5)


# identities of a ball: change of diameter and of volume, percent
@pytest.mark.parametrize(("width", "volume"), [(-30, -65.7), (20, 72.8), (-53.6, -90)])
@pytest.mark.parametrize("third", ["geometric_mean", "minor"])
def test_identities_of_the_ellipsoid(width, volume, third):
    factor = 1 + width / 100
    before = grades.ellipsoid_mm3(12, 8, third)
    after = grades.ellipsoid_mm3(12 * factor, 8 * factor, third)
    assert grades.change_percent(before, after) == pytest.approx(volume, abs=0.05)


def test_area_of_a_diameter_less_by_30_percent():
    assert grades.change_percent(math.pi / 4 * 12 * 8, math.pi / 4 * 8.4 * 5.6) == pytest.approx(-51)


def test_ellipsoid_and_its_third_diameter():
    assert grades.ellipsoid_mm3(10, 10) == pytest.approx(523.6, abs=0.05)  # pi / 6 of 10 mm cubed
    assert grades.ellipsoid_mm3(16, 4) == pytest.approx(math.pi / 6 * 16 * 4 * 8)
    assert grades.ellipsoid_mm3(16, 4, "minor") == pytest.approx(math.pi / 6 * 16 * 4 * 4)
    assert grades.ellipsoid_mm3(0, 0) == 0
