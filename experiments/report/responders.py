"""Who responded: major pathological response, never without its interval and the controls without drug."""

from __future__ import annotations

from il2sim.experiments.study.results import Results, at
from il2sim.experiments.study.statistics import counted, percent, share

MPR = "Major pathological response (viable tumour in at most 10 % of its bed)"


def responders(results: Results) -> str:
    """Who responded, with the interval and beside the controls."""
    drug = [arm for arm in results.arms if arm.is_drug and arm.mpr is not None]
    if not drug:
        return _without_drug(results)
    best = max(drug, key=lambda arm: (arm.mpr.k / arm.mpr.n if arm.mpr else 0.0, arm.difference is not None))
    mpr, twin = best.mpr, best.twin_mpr
    if mpr is None:
        return "Major pathological response was not scored."
    beside = f", against {counted(twin)} of the controls" if twin else ", without a control to judge it by"
    if mpr.k == 0 and len(drug) > 1:
        fewest = min((arm.mpr for arm in drug if arm.mpr), key=lambda found: found.n)
        even = all(arm.mpr and arm.mpr.n == fewest.n for arm in drug)
        runs = f"{fewest.n} runs" if even else f"at least {fewest.n} runs"
        none = f"0 of {runs} (exact 95 % interval 0 % to {percent(fewest.high)}) in each"
        return f"{MPR} was read in no arm: {none}{beside}.{_least(results)}"
    most = "most often " if len(drug) > 1 else ""
    ends = f"exact 95 % interval {percent(mpr.low)} to {percent(mpr.high)}"
    found = f"in {mpr.k} of {mpr.n} runs ({ends})"
    where = f" {at(best.labels)}" if best.labels else ""
    return f"{MPR} was read {most}{found}{where}{beside}."


def _without_drug(results: Results) -> str:
    """The same where no arm was given the drug."""
    scored = [arm.mpr for arm in results.arms if arm.mpr is not None]
    if not scored:
        return "Major pathological response was not scored."
    found = counted(share(sum(each.k for each in scored), sum(each.n for each in scored)))
    return f"{MPR} was read in {found} runs, none of them with drug."


def _least(results: Results) -> str:
    """How far the best of all runs with drug is from a response: 0 of a few says little by itself."""
    drug = results.table[results.table["arm"] == "drug"]
    if "rvt_percent" not in drug or not drug["rvt_percent"].notna().any():
        return ""
    return f" The least read with drug is viable tumour in {drug['rvt_percent'].min():.3g} % of the bed."
