"""The table of what the pathologist reads: means, counts and grades of runs beside those of their twins."""

import pandas as pd
import pytest

from il2sim.experiments.report.pathology_table import readings
from il2sim.experiments.report.summary import build_report
from il2sim.models import Config
from tests.results_case import make

DRUG = pd.DataFrame(
    {
        "delta_rcb": [-0.4, -0.2, -1.0], "delta_rcb_twin": [-0.5, -0.4, None],
        "run_id": ["a", "b", "c"], "twin_id": ["x", "y", "gone"], "arm": "drug",
        "rvt_percent": [40.0, 60.0, 8.0], "rcb": [1.0, 1.2, 0.4], "mpr": [False, False, True],
        "section_pcr": [False, False, True], "p_false_section_pcr": [0.0, 0.0, 0.4],
        "miller_payne": [3, 3, 4], "rvt_percent_baseline": [90.0, 92.0, 94.0], "positive_nodes": [0, 1, 0],
    }
)  # fmt: skip
TWINS = pd.DataFrame(
    {
        "run_id": ["x", "y"], "twin_id": [None, None], "arm": "twin", "rvt_percent": [90.0, 94.0],
        "delta_rcb": [0.1, 0.2], "rcb": [1.5, 1.6], "mpr": [False, False],
        "section_pcr": [False, False], "miller_payne": [1, 2],
    }
)  # fmt: skip
FOUND = readings(DRUG, pd.concat([DRUG, TWINS]), Config())
ROWS = {name: row for name, *row in FOUND.rows}


def test_measures_have_runs_twins_and_pairs() -> None:
    drug, twin, less, _ = ROWS["%irRVT, by area"]
    assert drug.startswith("36 (")
    assert twin.startswith("92 (")
    assert less.startswith("-42 (")  # of the two pairs, not of three runs
    assert ROWS["RCB less that of day 0"][2].startswith("-0.45 (")


def test_counts_and_grades() -> None:
    assert ROWS["major pathological response"][0].startswith("1 of 3 (")
    assert ROWS["major pathological response"][1].startswith("0 of 2 (")
    assert ROWS["Miller-Payne"][:2] == ["3: 2, 4: 1", "1: 1, 2: 1"]


def test_what_was_not_read_has_no_line() -> None:
    assert "Sataloff" not in ROWS
    assert "sTIL" not in ROWS


def test_notes_say_what_weakens_the_table() -> None:
    baseline, missed, nodes = FOUND.notes
    assert "92 %" in baseline
    assert "judge MPR by the control" in baseline
    assert "10 foci" in missed
    assert "40 % (worked out" in missed
    assert missed.endswith("sections of controls that are clear: 0 of 2.")
    assert "1 of 3" in nodes


def test_one_run_has_no_interval_and_no_twin_no_difference() -> None:
    alone = {name: row for name, *row in readings(DRUG[:1], DRUG[:1], Config()).rows}
    assert alone["RCB index"][:3] == ["1", "", ""]
    assert alone["Miller-Payne"][0] == "3"


@pytest.mark.parametrize("twin", [True, False])
def test_the_report_holds_it(tmp_path, twin: bool) -> None:
    results = make(tmp_path / "out", {"patient.width": ("5 mm", "8 mm")}, twin=twin)
    page = build_report(results.folder).read_text(encoding="utf-8")
    assert "What the pathologist reads" in page
    assert page.count("major pathological response</td>") == 1
