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

HEADS = {
    "drug": ("read at surgery", "with drug", "controls", "drug minus control", "what it is"),
    "saline": ("read at surgery", "with saline", "controls", "saline minus control", "what it is"),
    "no drug": ("read at surgery", "without drug", "", "", "what it is"),
}
"""Heads of the table by what the pictured arm was given."""

_MEASURES = {
    "rvt_percent": ("%irRVT, by area", "viable tumour's region over the bed, %"),
    "rvt_percent_volume": ("%irRVT, as a volume", "the same, each place weighted with its distance"),
    "cellularity_percent": ("cellularity", "viable tumour cells over the bed, %"),
    "rcb": ("RCB index", "residual cancer burden of the section and the drawn nodes"),
    "delta_rcb": ("RCB less that of day 0", "a small tumour has a low RCB to begin with"),
    "stil_percent": ("sTIL", "stroma held by mononuclear cells, %"),
    "itil_percent": ("iTIL", "viable tumour with a mononuclear cell in it, %"),
    "cd8_per_mm2": (
        "CD8",
        "per mm² of the bed, as counted on a stained section, thinner than a cell's layer",
    ),
    "treg_per_mm2": ("Treg", "per mm², the same"),
    "cd8_treg_ratio": ("CD8 over Treg", ""),
    "width_viable_mm": ("width of viable tumour", "mm, between its outermost cells"),
    "width_imaging_mm": ("width on imaging", "mm, the whole bed and the infiltrate that touches it"),
}
_COUNTS = {
    "mpr": ("major pathological response", "%irRVT of at most 10"),
    "mpr_beyond_twin": ("the same, where the control has none", "what the drug may claim"),
    "section_pcr": ("no viable tumour on the section", "an upper bound of pCR: one plane is not the breast"),
    "yptn0": ("ypT0/is ypN0", "the same and no positive node"),
}
_GRADES = {
    "rcb_class": ("RCB class", ""),
    "irprc": ("irPRC", "immune-related response by %irRVT"),
    "miller_payne": ("Miller-Payne", "loss of cellularity since simulated cores; 1 none to 5 all"),
    "sataloff": ("Sataloff", "TA near total effect to TD none"),
    "ewgbsp": ("EWGBSP", "TR1 complete to TR3 none"),
    "viable_response": ("response of the viable width", "RECIST rules on one lesion"),
    "imaging_response": ("response on imaging", "the bed does not shrink here, so PR is hardly possible"),
}


@dataclass(frozen=True)
class Slides:
    """The table, its heads, of how many runs it is, and what must be said beside it."""

    heads: tuple[str, ...]
    runs: int
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def slides(results: Results) -> Slides:
    """What the runs of the pictured arm read; no rows where nothing was scored."""
    shown, rows = results.shown, results.table[results.table["arm"] != "twin"]
    for axis in results.axes:
        rows = rows[rows[axis] == (shown[axis] if shown is not None else None)]
    return readings(rows, results.table, results.config)


def readings(rows: pd.DataFrame, table: pd.DataFrame, config: Config) -> Slides:
    """The same of these `rows`, whose controls stand in `table`."""
    keys = [key for key in (*_MEASURES, *_COUNTS, *_GRADES) if key in rows]
    columns = ["run_id", "twin_id", *keys]  # others may bear the names that pairing gives these
    pairs = paired(rows[columns], table[columns])
    found = [(*words, *_measured(key, rows, pairs)) for key, words in _MEASURES.items() if _has(rows, key)]
    found += [(*words, *_counted(key, rows, pairs)) for key, words in _COUNTS.items() if _has(rows, key)]
    found += [(*words, *_graded(key, rows, pairs)) for key, words in _GRADES.items() if _has(rows, key)]
    ordered = ((name, drug, twin, less, meaning) for name, meaning, drug, twin, less in found)
    said = (_baseline(rows), _missed(rows, pairs, config), _nodes(rows))
    arms = set(rows["arm"]) if "arm" in rows else set()
    heads = HEADS[next((name for name in HEADS if arms == {name}), "drug")]
    return Slides(heads, len(rows), tuple(ordered), tuple(sentence for sentence in said if sentence))


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


def _missed(rows: pd.DataFrame, pairs: pd.DataFrame, config: Config) -> str:
    """How much a clear section is worth."""
    if not (_has(rows, "p_false_section_pcr") and _has(rows, "section_pcr")):
        return ""
    clear = rows[rows["section_pcr"].astype(bool)]
    if clear.empty:
        return ""
    twins = ""
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
