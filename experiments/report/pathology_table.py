"""What the pathologist reads at surgery: one table, drug beside its controls, for the arm of the pictures.

Measures have means and intervals of runs and of pairs, yes-or-no endpoints are counted with exact intervals,
grades are listed. What a run does not have is absent, never zero: it has no line.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from il2sim.experiments.study.results import Results
from il2sim.experiments.study.statistics import Estimate, counted, estimate, paired, percent, share
from il2sim.models import Config
from il2sim.models.pathology.endpoints import Endpoint, declared

HEADS = {
    "drug": ("read at surgery", "with drug", "controls", "drug minus control", "what it is"),
    "saline": ("read at surgery", "with saline", "controls", "saline minus control", "what it is"),
    "no drug": ("read at surgery", "without drug", "", "", "what it is"),
}
"""Heads of the table by what the pictured arm was given."""

FIRST = """
    rvt_percent rvt_percent_volume cellularity_percent rcb delta_rcb stil_percent itil_percent cd8_per_mm2
    treg_per_mm2 cd8_treg_ratio width_viable_mm width_imaging_mm
    mpr mpr_beyond_twin section_pcr yptn0
    rcb_class irprc miller_payne sataloff ewgbsp viable_response imaging_response
"""
"""Endpoints of the table, from top to bottom; all others are in the folded list below it."""


@dataclass(frozen=True)
class Slides:
    """The table, its heads, of how many runs it is, what must be said beside it, and all other endpoints."""

    heads: tuple[str, ...]
    runs: int
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    others: tuple[tuple[str, ...], ...] = ()


def slides(results: Results) -> Slides:
    """What the runs of the pictured arm read; no rows where nothing was scored."""
    shown, rows = results.shown, results.table[results.table["arm"] != "twin"]
    for axis in results.axes:
        rows = rows[rows[axis] == (shown[axis] if shown is not None else None)]
    return readings(rows, results.table, results.config)


def readings(rows: pd.DataFrame, table: pd.DataFrame, config: Config) -> Slides:
    """The same of these `rows`, whose matched controls stand in `table`."""
    known = [each for each in declared().values() if not each.per_injection and _has(rows, each.key)]
    lines = {each.key: _line(each, rows, _pairs(each.key, rows, table)) for each in known}
    first = tuple(lines[key] for key in FIRST.split() if key in lines)
    others = tuple(line for key, line in lines.items() if key not in FIRST.split())
    said = (_baseline(rows), _missed(rows, table, config), _nodes(rows))
    arms = set(rows["arm"]) if "arm" in rows else set()
    heads = HEADS[next((name for name in HEADS if arms == {name}), "drug")]
    return Slides(heads, len(rows), first, tuple(sentence for sentence in said if sentence), others)


def _pairs(key: str, rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Values of one endpoint beside those of the controls: alone, as another (`delta_rcb_twin`) may bear the
    name that pairing gives it.
    """
    columns = ["run_id", "twin_id", key]
    return paired(rows[columns], table[columns])


def _line(endpoint: Endpoint, rows: pd.DataFrame, pairs: pd.DataFrame) -> tuple[str, ...]:
    """Label, with drug, controls, difference, and what it is with its unit."""
    summary = {"number": _measured, "yes or no": _counted, "grade": _graded}[endpoint.scale]
    unit = f", {endpoint.unit}" if endpoint.scale == "number" and endpoint.unit != "1" else ""
    return (endpoint.label, *summary(endpoint.key, rows, pairs), f"{endpoint.meaning}{unit}")


def _has(rows: pd.DataFrame, key: str) -> bool:
    return key in rows and bool(rows[key].notna().any())


def _beside(pairs: pd.DataFrame, key: str) -> bool:
    return _has(pairs, f"{key}_twin") and _has(pairs, key)


def _measured(key: str, rows: pd.DataFrame, pairs: pd.DataFrame) -> tuple[str, str, str]:
    if not _beside(pairs, key):
        return _spelled(estimate(rows[key])), "", ""
    less = estimate(pairs[key].astype(float) - pairs[f"{key}_twin"].astype(float))
    return _spelled(estimate(rows[key])), _spelled(estimate(pairs[f"{key}_twin"])), _spelled(less, "+")


def _spelled(found: Estimate | None, sign: str = "") -> str:
    if found is None:
        return ""
    if found.low is None or found.high is None:
        return f"{found.mean:{sign}.3g}"
    return f"{found.mean:{sign}.3g} ({found.low:{sign}.3g} to {found.high:{sign}.3g})"


def _counted(key: str, rows: pd.DataFrame, pairs: pd.DataFrame) -> tuple[str, str, str]:
    return _share(rows[key]), _share(pairs[f"{key}_twin"]) if _beside(pairs, key) else "", ""


def _share(answers: pd.Series[bool]) -> str:
    found = answers.dropna()
    return counted(share(int(found.sum()), len(found)))


def _graded(key: str, rows: pd.DataFrame, pairs: pd.DataFrame) -> tuple[str, str, str]:
    return _list(rows[key]), _list(pairs[f"{key}_twin"]) if _beside(pairs, key) else "", ""


def _list(grades: pd.Series[str]) -> str:
    counts = grades.dropna().astype(str).value_counts().sort_index()
    if len(grades) == 1:
        return str(counts.index[0])
    return ", ".join(f"{grade}: {count}" for grade, count in counts.items())


def _baseline(rows: pd.DataFrame) -> str:
    """Where stroma or necrosis alone keep %irRVT low, MPR means less."""
    if not _has(rows, "rvt_percent_baseline"):
        return ""
    before = float(rows["rvt_percent_baseline"].mean())
    judged = "" if before >= 95.0 else "; under 95 %, so judge MPR by the control"
    return f"Before treatment %irRVT read {before:.3g} %{judged}."


def _missed(rows: pd.DataFrame, table: pd.DataFrame, config: Config) -> str:
    """How much a clear section is worth."""
    if not (_has(rows, "p_false_section_pcr") and _has(rows, "section_pcr")):
        return ""
    clear = rows[rows["section_pcr"].astype(bool)]
    if clear.empty:
        return ""
    twins, pairs = "", _pairs("section_pcr", rows, table)
    if _beside(pairs, "section_pcr"):
        twins = (
            f"; sections of controls that are clear: {int(pairs['section_pcr_twin'].sum())} of {len(pairs)}"
        )
    foci, radius_mm = config.pathology.foci, config.pathology.focus_radius_um / 1000
    chance = percent(float(clear["p_false_section_pcr"].mean()))
    return (
        f"Were {foci} foci of {2 * radius_mm:g} mm left (assumed), a section as clear as these would miss "
        f"all of them with a chance of {chance} (worked out, not counted, so without an interval){twins}."
    )


def _nodes(rows: pd.DataFrame) -> str:
    """Nodes are drawn, not grown."""
    if not _has(rows, "positive_nodes"):
        return ""
    positive = int((rows["positive_nodes"] > 0).sum())
    return f"Nodes are drawn by chance, alike with and without drug: {positive} of {len(rows)} positive here."
