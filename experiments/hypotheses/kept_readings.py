"""What a page keeps of the runs behind an answer: every patient's readings, so that statistics can be done
again and a question be finished where its runs are no more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from il2sim.experiments.hypotheses.claim import Claim
from il2sim.experiments.hypotheses.plan import Stage
from il2sim.experiments.hypotheses.readings import Kept, Reader
from il2sim.experiments.study.provenance import code_hash

READ_BY = (
    *("hypotheses/readings", "hypotheses/death_map"),
    *("study/tidy", "study/store", "study/packing", "study/execute"),
)
"""Modules of `experiments` between a run and its readings."""
LABELS = ("woman", "arm", "run")


def read_by() -> str:
    """Hash of the code that a reading depends on: what made the run and what read it."""
    return code_hash(*READ_BY)


def wanted(claim: Claim) -> dict[str, list[str]]:
    """What is read of the runs of each arm."""
    found: dict[str, set[str]] = {arm: set() for arm in claim.arms}
    for readout in (*claim.first, *claim.readouts):
        for arm in readout.arms:
            found[arm] |= {*readout.of}
            if readout.statistic in ("auc", "auc_gain"):
                found[arm].add("viable_fraction")
    return {arm: sorted(names) for arm, names in found.items()}


def rows_of(claim: Claim, stage: Stage, reader: Reader) -> tuple[dict[str, Any], ...]:
    """The readings of every run there is, a row each, with what was drawn for the virtual patient."""
    rows = []
    for (woman, arm), run in stage.runs.items():
        values = {of: reader.value(run.id, of) for of in wanted(claim)[arm] if reader.has(run.id, of)}
        if values:
            drawn = {name: float(found[woman]) for name, found in stage.drawn.items()}
            rows.append(dict(zip(LABELS, (woman, arm, run.id), strict=True)) | drawn | values)
    return tuple(rows)


def kept_of(content: Mapping[str, Any], name: str) -> Kept:
    """The readings in a page's document of the claims called `name`, by run: those this code would read."""
    found: dict[str, dict[str, float]] = {}
    now = read_by()
    questions = [question for entry in content.get(name, ()) for question in entry["questions"]]
    for question in (each for each in questions if each.get("read_by") == now):
        for row in question["rows"]:
            values = {of: math.nan if row[of] is None else row[of] for of in row if of not in LABELS}
            found.setdefault(row["run"], {}).update(values)
    return found
