"""The words of the answer: what was simulated, whether the drug did anything, how sure that is.

Every number comes from the arms; none is typed here.
"""

from __future__ import annotations

from collections.abc import Sequence

from experiments.design import DOSE
from experiments.results import Results, opened, place, short
from experiments.statistics import CLAIM, LITTLE, Arm, Estimate, excludes_zero, strongest, variance_reduction

PAIRED_ENDPOINTS = ("viable_fraction", "rvt_percent", "cd8_per_mm2")


def answer(results: Results) -> list[str]:
    """Three sentences."""
    return [_what(results), _effect(results), _responders(results)]


def _what(results: Results) -> str:
    config = results.passport["config"]
    volume = "volumes" if config["space"]["dimensions"] == 3 else "sections"
    finished = len(results.table)
    day = config["schedule"]["surgery_day"]
    varied = " and ".join(f"{short(axis)} {', '.join(values)}" for axis, values in results.axes.items())
    replicates = results.table["replicate"].nunique()
    tumours = "One virtual tumour was" if finished == 1 else f"{finished} virtual tumours were"
    design = f", over {varied}, {replicates} replicate{'s' if replicates > 1 else ''} each" if varied else ""
    pairs = "a tumour with drug and its twin without it share their seed"
    return f"{tumours} grown as {volume} from biopsy to surgery on day {day:g}{design}; {pairs}."


def _effect(results: Results) -> str:
    best = strongest([arm for arm in results.arms if arm.is_drug])
    if best is None or best.difference is None:
        return "No run with drug has a finished twin without it, so nothing can be said about the drug."
    found = best.difference
    pairs = f"{found.n} pair{'s' if found.n > 1 else ''}"
    much = f"{found.mean:+.3f}{_ends(found)} from {pairs}"
    size = f"a paired difference (drug minus twin) in viable fraction of {much}"
    many = sum(arm.difference is not None for arm in results.arms)
    where = f"at {place(best.labels)}" if best.labels else "in this tumour"
    largest = f", the largest of {many} arms" if many > 1 else ""
    if abs(found.mean) < LITTLE:
        little = f"less than the {LITTLE:g} that counts as an effect"
        return f"Little happens: {where} the drug makes {size}{largest}, {little}.{_room(found)}"
    verb = "shrinks" if found.mean < 0 else "enlarges"
    return f"The drug {verb} the tumour {where}: {size}{largest}{_chance(found)}."


def _ends(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return " (no interval from one pair)"
    return f" (95 % interval {found.low:+.3f} to {found.high:+.3f})"


def _chance(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return "; one pair cannot tell it from chance"
    return "" if excludes_zero(found) else "; the interval holds zero, so this may be chance"


def _room(found: Estimate) -> str:
    """Where the mean is small but its interval is not."""
    if found.low is None or found.high is None or max(abs(found.low), abs(found.high)) < LITTLE:
        return ""
    return " The interval reaches beyond that, so more replicates are needed to rule an effect out."


def _responders(results: Results) -> str:
    drug = [arm for arm in results.arms if arm.is_drug and arm.mpr is not None]
    if not drug:
        return "Major pathological response was not scored."
    best = max(drug, key=lambda arm: (arm.mpr.k / arm.mpr.n if arm.mpr else 0.0, arm.difference is not None))
    mpr, twin = best.mpr, best.twin_mpr
    meaning = "Major pathological response (at most 10 % residual viable tumour)"
    if mpr is None:
        return "Major pathological response was not scored."
    beside = (
        f", against {twin.k} of {twin.n} ({twin.low:.0%} to {twin.high:.0%}) of the twins without drug"
        if twin
        else ", without a twin to judge it by"
    )
    if mpr.k == 0 and len(drug) > 1:
        fewest = min((arm.mpr for arm in drug if arm.mpr), key=lambda found: found.n)
        even = all(arm.mpr and arm.mpr.n == fewest.n for arm in drug)
        runs = f"{fewest.n} runs" if even else f"at least {fewest.n} runs"
        none = f"0 of {runs} (95 % interval 0% to {fewest.high:.0%}) in each"
        return f"{meaning} was read in no arm: {none}{beside}."
    most = "most often " if len(drug) > 1 else ""
    found = f"in {mpr.k} of {mpr.n} runs (95 % interval {mpr.low:.0%} to {mpr.high:.0%})"
    where = f" at {place(best.labels)}" if best.labels else ""
    return f"{meaning} was read {most}{found}{where}{beside}."


def certainty(results: Results) -> list[str]:
    """What the intervals rest on, and how far they may be trusted."""
    pairs = [arm for arm in results.arms if arm.difference is not None]
    found = [_replicates(results, pairs)]
    certain = [arm for arm in pairs if arm.difference and excludes_zero(arm.difference)]
    if len(pairs) > 1:
        found.append(
            f"In {len(certain)} of {len(pairs)} arms the interval of the difference excludes zero; "
            f"by chance alone about {0.05 * len(pairs):.1g} would. "
            "The intervals are not corrected for looking at many arms."
        )
    found.append(_pairing(results))
    found.append(
        "The intervals hold chance within the model only: no doubt about its numbers, nor how women differ."
    )
    if DOSE in results.axes and any(arm.is_drug for arm in results.arms):
        found.append(_trend(results.arms))
    return [opened(text) for text in found if text]


def _replicates(results: Results, pairs: Sequence[Arm]) -> str:
    counts = [len(arm.differences) for arm in pairs] or [arm.viable.n for arm in results.arms]
    fewest = min(counts, default=0)
    few = " With so few the interval is wide and rests on the t distribution." if 1 < fewest < 6 else ""
    if fewest <= 1:
        return "one pair or run per arm: there is no interval, and nothing about chance can be said."
    what = "pairs" if pairs else "runs"
    return f"each arm has at least {fewest} {what}; intervals are 95 % t intervals of the mean.{few}"


def _pairing(results: Results) -> str:
    found = {name: variance_reduction(results.table, name, list(results.axes)) for name in PAIRED_ENDPOINTS}
    texts = [f"{name} {value:.2g}" for name, value in found.items() if value is not None]
    if not texts:
        return ""
    helped = [name for name, value in found.items() if value is not None and value > CLAIM]
    claim = f"it helps for {', '.join(helped)}" if helped else "that is no gain worth a claim"
    ratios = ", ".join(texts)
    return f"pairing divides the variance of drug minus twin by: {ratios} (over {CLAIM:g} counts: {claim})."


def _trend(arms: Sequence[Arm]) -> str:
    """The response may fall again at a high dose: never read a dose from the ends alone."""
    helped = [
        arm
        for arm in arms
        if arm.difference and arm.difference.mean < -LITTLE and excludes_zero(arm.difference)
    ]
    if not helped:
        return (
            "no dose of this design shows an effect that counts, so none of them can be preferred to another."
        )
    return f"arms with an effect that counts: {'; '.join(place(arm.labels) for arm in helped)}."
