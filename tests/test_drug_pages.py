"""The drug in the report: every number with what it depends on, the books as the run kept them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from il2sim.experiments.model_docs.dose_sheet import lines, sheet_of
from il2sim.experiments.model_docs.parameters import numbers
from il2sim.experiments.report import blood_levels, mass_balance, summary
from il2sim.experiments.report.assumptions import basis, cards_of
from il2sim.experiments.study import design, passport, store
from il2sim.experiments.study.cell_kinds import own_kinds
from il2sim.experiments.study.execute import execute
from il2sim.experiments.study.passport import Order
from il2sim.experiments.study.results import Results, load
from il2sim.experiments.study.runs import Workplace, carry_out
from il2sim.models import Config
from tests.run_case import carried

SMALL = {
    "patient.width": "0.5 mm",
    "space.margin": "0.15 mm",
    "schedule.surgery_day": "9",
    "schedule.days": "[0, 7]",
}
CARDS = cards_of(numbers(Config()))
CAME = ("came from the tissue", "leaked out at injection")
EVERYTHING = cards_of(numbers(Config.load(Path(__file__).parents[1] / "configs" / "arms_2d.yaml")))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A real tumour under two injections."""
    folder, config = tmp_path_factory.mktemp("results"), Config().with_values(SMALL)
    runs = design.pair(config, 3, Path("case.yaml"), (), twin=False, until=None)
    carry_out(runs, folder, Workplace(workers=1), carry=execute)
    passport.write(folder, Order("il2sim run case.yaml", config, 3, {}), runs)
    return load(folder)


@pytest.fixture(scope="module")
def record(results: Results) -> dict[str, Any]:
    """Of the run with drug."""
    assert results.shown is not None
    return store.record(results.folder, results.shown["run_id"])


def test_the_least_known_comes_first() -> None:
    said = basis(("body.clearance", "body.node_time", "il2.pore_fraction", "no.such"), CARDS)
    assert said == (
        "assumed: body.node_time 1 h; from memory: il2.pore_fraction 0.3; seen: body.clearance 200 mL/min"
    )


@pytest.mark.parametrize("geometry", ["half_and_half", "centre", "ring", "tracks", "fan"])
def test_every_name_is_declared(geometry: str, record: dict[str, Any]) -> None:
    names = {name for quantity in blood_levels.QUANTITIES for name in quantity.names}
    for key in ("il2_nmol", "il2_section_amol", "il2_body_nmol"):
        names |= {name for term in record["ledger"][key] for name in mass_balance.hangs_on(term, geometry)}
    assert names <= set(EVERYTHING)
    assert "leak." in basis(mass_balance.hangs_on("cleared", geometry), EVERYTHING)
    assert "leak." not in basis(mass_balance.hangs_on("cleared", geometry), CARDS)


def test_every_term_has_its_basis_or_only_closes_the_book(record: dict[str, Any]) -> None:
    bare = {
        term
        for key in ("il2_nmol", "il2_section_amol", "il2_body_nmol")
        for term in record["ledger"][key]
        if not mass_balance.hangs_on(term, "half_and_half")
    }
    assert bare == {"numerical", "solver", "residual_relative", "intravenous"}


def test_books_are_those_of_the_run(results: Results, record: dict[str, Any]) -> None:
    volume, section, body = found = mass_balance.books(results)
    for book, key in zip(found, ("il2_nmol", "il2_section_amol", "il2_body_nmol"), strict=True):
        kept = record["ledger"][key]
        assert sorted(line.amount for line in book.lines) == sorted(
            kept[term] for term in kept if term != "residual_relative"
        )
        assert book.residual == kept["residual_relative"]
        assert book.worst is not None
        assert abs(kept["residual_relative"]) <= book.worst <= 1e-6
    took = {line.name: line for line in volume.lines}
    injected = record["ledger"]["il2_nmol"]["injected"]
    assert took["injected"].share == 1.0
    assert took["taken up by Treg cells"].share == pytest.approx(
        record["ledger"]["il2_nmol"]["taken_up_treg"] / injected
    )
    assert took["leaked out at injection"].share == pytest.approx(0.5)
    assert "amol per um" in section.unit
    went = [line.share or 0.0 for line in body.lines if line.name not in CAME]
    assert math.fsum(went) == pytest.approx(1.0, rel=1e-6)


def test_who_ate_it_is_said_the_greediest_first(results: Results, record: dict[str, Any]) -> None:
    said = mass_balance.eaten(mass_balance.books(results))
    ledger = record["ledger"]["il2_nmol"]
    ranked = sorted(("cd8", "nk", "treg", "th"), key=lambda kind: -ledger[f"taken_up_{kind}"])
    places = [said.index(f"{own_kinds()[kind].many} ") for kind in ranked]
    assert places == sorted(places)
    assert (
        f"{own_kinds()[ranked[0]].many} {100 * ledger[f'taken_up_{ranked[0]}'] / ledger['injected']:.2g} %"
        in said
    )
    assert "cells in and round the tumour took up" in said, "the book reaches beyond the tumour's edge"
    assert said.endswith("Most of that may be outside the tumour.")


def test_every_hand_over_is_a_line(results: Results, record: dict[str, Any]) -> None:
    kept = record["provenance"]["hand_overs"]
    lines = mass_balance.hand_overs(results)
    assert len(lines) == len(kept) == 2
    for line, hand_over in zip(lines, kept, strict=True):
        assert line.startswith(f"Day {hand_over['hour'] / 24.0:.2f}: peak {hand_over['peak_nM']:.3g} nM")
        assert f"{hand_over['uptake_ratio']:.3f} times" in line
        assert f"{hand_over['disc_difference']:.1e}" in line
        assert ("not forced" in line) is not hand_over["is_forced"]
    entry = next(run for run in passport_of(results) if run["run_id"] == record["run_id"])
    assert entry["hand_overs"] == kept


def passport_of(results: Results) -> list[dict[str, Any]]:
    return list(results.passport["runs"])


def test_visits_say_blood_and_node(results: Results, record: dict[str, Any]) -> None:
    heads, rows = blood_levels.visits(results)
    assert heads == ["", "day 0", "day 7", "depends on"]
    table = {row[0]: row[1:] for row in rows}
    endpoints = record["endpoints"]
    assert table["plasma peak, IU/mL"][:2] == [f"{peak:.3g}" for peak in endpoints["plasma_cmax_iu_ml"]]
    node = table["peak in the lymph node, nM (order of magnitude only)"]
    for said, peak in zip(node, endpoints["node_cmax_nM"], strict=False):
        assert said.startswith("about ")
        assert float(said.removeprefix("about ")) == pytest.approx(peak, rel=0.5)
    assert node[-1].startswith("assumed: body.node_volume 1 mL")
    assert all(row[-1] for row in rows)


def test_the_page_holds_it_all(results: Results) -> None:
    page = summary._html(results, (), "This report is about one run.")
    wanted = (
        "What each injection did",
        "Blood: published and modelled",
        "Where the IL-2 went",
        "The whole tumour",
    )
    places = [page.index(words) for words in wanted]
    assert places == sorted(places)
    targets = blood_levels.targets(Config().with_values(SMALL))
    for target in targets:
        assert f"{target.quantity} ({target.code})" in page
    assert page.count('<td class="text">missed</td>') == sum(not target.is_met for target in targets) > 0
    assert "V17" not in page


def test_a_swept_number_is_the_pictured_runs_own(tmp_path: Path) -> None:
    axes = {"il2.pore_fraction": ("0.2", "0.4"), "schedule.retained_centre": ("50 %",)}
    config = Config.model_validate({"name": "case", "sweep": {"axes": axes, "replicates": 1}})
    runs = design.grid(config, 1, "case.yaml")
    carry_out(runs, tmp_path, Workplace(workers=1), carry=carried)
    passport.write(tmp_path, Order("il2sim sweep case.yaml", config, 1, dict(axes)), runs)
    found = load(tmp_path)
    assert found.shown is not None
    (volume,) = mass_balance.books(found)
    leaked = next(line for line in volume.lines if line.name == "leaked out at injection")
    assert "schedule.retained_centre 50 %" in leaked.hangs_on
    _, rows = blood_levels.visits(found)
    assert f"il2.pore_fraction {found.shown['il2.pore_fraction']}" in rows[0][-1]
    assert any("il2.pore_fraction (varied)" in note for note in summary.drug_pages(found)["notes"])
    spill = summary.drug_pages(found)["heads"].index("spill beyond the pores, at least")
    assert [row[spill] for row in summary.drug_pages(found)["rows"]] == ["90 %", "79 %"]


def test_a_saline_arm_is_given_fluid_and_no_il2() -> None:
    planned, saline = (
        sheet_of(Config().with_values({"schedule.saline": value})) for value in ("false", "true")
    )
    assert planned.dose_iu > 0.0
    assert (saline.dose_iu, saline.course_iu, saline.iu_per_kg) == (0.0, 0.0, 0.0)
    assert saline.injected_ul == planned.injected_ul > 0.0
    (row,) = lines([saline])[1]
    assert row[1] == "0 (saline)"
    assert [row[1] for row in lines([planned])[1]] == [f"{planned.dose_iu / 1e6:.4g}"]
