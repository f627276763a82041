"""Residual Cancer Burden against a table calculated apart from the code, and its properties."""

from __future__ import annotations

import itertools

import pytest

from il2sim.models.pathology.rcb import PathologyError, rcb, rcb_class

# d1, d2 mm, %CA, %CIS, positive nodes, largest deposit mm, RCB to four decimals, class
TABLE = [
    (15, 15, 0, 0, 0, 0, 0.0000, "0"),
    (15, 12, 30, 100, 0, 0, 0.0000, "0"),
    (12, 10, 1, 0, 0, 0, 0.9613, "I"),
    (10, 8, 5, 0, 0, 0, 1.2210, "I"),
    (15, 15, 5, 0, 0, 0, 1.3332, "I"),
    (5, 5, 15, 0, 0, 0, 1.3332, "I"),
    (20, 20, 4, 0, 0, 0, 1.3479, "I"),
    (20, 20, 5, 0, 0, 0, 1.4000, "II"),
    (10, 10, 10, 0, 0, 0, 1.4000, "II"),
    (15, 15, 10, 0, 0, 0, 1.4999, "II"),
    (15, 12, 20, 0, 0, 0, 1.6558, "II"),
    (15, 15, 40, 10, 0, 0, 1.8648, "II"),
    (20, 20, 60, 0, 0, 0, 2.1359, "II"),
    (20, 20, 100, 0, 0, 0, 2.3297, "II"),
    (15, 15, 0, 0, 1, 3, 1.2053, "I"),
    (15, 12, 20, 0, 1, 2, 2.7808, "II"),
    (20, 20, 60, 0, 1, 5, 3.4506, "III"),
    (18, 15, 40, 5, 2, 8, 3.4776, "III"),
    (30, 20, 30, 10, 3, 6, 3.4940, "III"),
]
SIZES = (0.5, 2.0, 5.0, 12.0, 20.0, 60.0)
SHARES = (0.1, 5.0, 40.0, 99.9, 100.0)


@pytest.mark.parametrize(("d1", "d2", "ca", "cis", "nodes", "deposit", "index", "name"), TABLE)
def test_printed_table(d1, d2, ca, cis, nodes, deposit, index, name):
    found = rcb(d1, d2, ca, cis, nodes, d_met_mm=deposit)
    assert found == pytest.approx(index, abs=5e-5)
    assert rcb_class(found) == name


def test_table_is_whole():
    assert len(TABLE) == 19


@pytest.mark.parametrize(("small", "large"), list(itertools.pairwise(SIZES)))
def test_rises_with_each_diameter_and_with_the_deposit(small, large):
    assert rcb(small, 9, 30) < rcb(large, 9, 30)
    assert rcb(9, small, 30) < rcb(9, large, 30)
    assert rcb(9, 9, 30, 0, 2, d_met_mm=small) < rcb(9, 9, 30, 0, 2, d_met_mm=large)


@pytest.mark.parametrize(("less", "more"), list(itertools.pairwise(SHARES)))
def test_rises_with_cellularity_and_falls_with_the_in_situ_share(less, more):
    assert rcb(15, 12, less) < rcb(15, 12, more)
    assert rcb(15, 12, 30, less) > rcb(15, 12, 30, more)


def test_rises_with_every_further_node():
    by_nodes = [rcb(15, 12, 30, 0, nodes, d_met_mm=4) for nodes in range(12)]
    assert all(fewer < more for fewer, more in itertools.pairwise(by_nodes))


@pytest.mark.parametrize(("d1", "d2"), list(itertools.combinations(SIZES, 2)))
def test_swapping_the_diameters_changes_nothing(d1, d2):
    assert rcb(d1, d2, 37, 5, 1, d_met_mm=3) == rcb(d2, d1, 37, 5, 1, d_met_mm=3)


def test_lengths_are_in_mm():
    assert rcb(1.5, 1.2, 30) / rcb(15, 12, 30) == pytest.approx(0.676, abs=5e-4)


def test_a_term_without_a_base_is_nothing():
    breast = rcb(15, 12, 20)
    assert rcb(15, 12, 20, 0, 0, d_met_mm=4) == breast  # a deposit, but no node
    assert rcb(15, 12, 20, 0, 3, d_met_mm=0) == breast  # nodes, but no deposit
    assert rcb(0, 12, 20) == 0.0
    assert rcb(0, 0, 0) == 0.0


@pytest.mark.parametrize(("size", "limit"), [(5, 16.9), (8, 10.5), (10, 8.4), (15, 5.6), (20, 4.2)])
def test_largest_cellularity_of_class_one(size, limit):
    exact = 100 * (1.36 / 1.4) ** (1 / 0.17) / size
    assert exact == pytest.approx(limit, abs=0.05)
    assert rcb_class(rcb(size, size, exact * 0.999)) == "I"
    assert rcb_class(rcb(size, size, exact * 1.001)) == "II"


def test_limits_of_the_classes():
    assert rcb(0.84322, 0.84322, 100) < 1.36 < rcb(0.84324, 0.84324, 100)
    assert rcb(149.5, 149.5, 100) < 3.28 < rcb(149.7, 149.7, 100)
    found = [rcb_class(index) for index in (0, 1e-9, 1.36, 1.3600001, 3.28, 3.2800001, 9)]
    assert found == ["0", "I", "I", "II", "II", "III", "III"]


def test_a_small_tumour_without_nodes_never_reaches_class_three():
    assert rcb(20, 20, 100) == pytest.approx(2.330, abs=5e-4)
    assert max(rcb(d1, d2, ca) for d1 in (5, 20) for d2 in (5, 20) for ca in SHARES) == rcb(20, 20, 100)
    assert rcb_class(rcb(20, 20, 100)) == "II"
    assert rcb_class(rcb(20, 20, 100, 0, 1, d_met_mm=5)) == "III"


def test_plausible_range_without_response():
    assert rcb(15, 15, 36) == pytest.approx(1.86, abs=5e-3)
    assert rcb(20, 20, 100) == pytest.approx(2.33, abs=5e-3)


@pytest.mark.parametrize(
    ("measured", "name"),
    [
        ({"d1_mm": -1.0}, "d1_mm"),
        ({"d2_mm": float("nan")}, "d2_mm"),
        ({"d1_mm": float("inf")}, "d1_mm"),
        ({"ca_percent": 100.1}, "ca_percent"),
        ({"ca_percent": -0.1}, "ca_percent"),
        ({"cis_percent": 101.0}, "cis_percent"),
        ({"positive_nodes": -1}, "positive_nodes"),
        ({"positive_nodes": 1.5}, "positive_nodes"),
        ({"positive_nodes": float("nan")}, "positive_nodes"),
        ({"d_met_mm": -2.0}, "d_met_mm"),
    ],
)
def test_impossible_measurements_are_refused(measured, name):
    with pytest.raises(PathologyError, match=rf"rcb: {name} is .*allowed"):
        rcb(**({"d1_mm": 10.0, "d2_mm": 8.0, "ca_percent": 20.0} | measured))


@pytest.mark.parametrize("index", [-0.1, float("nan"), float("inf")])
def test_impossible_index_has_no_class(index):
    with pytest.raises(PathologyError, match="rcb_class: the index is"):
        rcb_class(index)
