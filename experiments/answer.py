"""The words of the answer: what was simulated, whether the drug did anything, who responded.

Every number comes from the arms; none is typed here.
"""

from __future__ import annotations

from collections.abc import Sequence

from experiments.design import DOSE
from experiments.results import Results, place, short
from experiments.statistics import LITTLE, Arm, Estimate, excludes_zero, strongest
from models import Config


def answer(results: Results) -> list[str]:
    """Three sentences."""
    return [_what(results), _effect(results), _responders(results)]


def _what(results: Results) -> str:
    passport = results.passport
    config, finished = Config.model_validate(passport["config"]), len(results.table)
    kind = "a volume" if config.space.dimensions == 3 else "a section through its middle"
    tumours = f"{finished} virtual breast tumours were followed, each"
    if finished <= 2:
        twice = " twice, once with drug and once without (its twin)" if _is_one_pair(results) else ""
        tumours = f"One virtual breast tumour was followed{twice}," if finished == 1 or twice else tumours
    return (
        f"{tumours} as {kind}, from biopsy to surgery on day {config.schedule.surgery_day:g}: "
        f"{_tumour(results, config)}, {_treatment(results, config)}{_design(results)}{_twins(results)}."
    )


def _is_one_pair(results: Results) -> bool:
    return len(results.table) == 2 and sorted(results.table["arm"]) == ["drug", "twin"]


def _twins(results: Results) -> str:
    if _is_one_pair(results):
        return ""
    treated = results.table["arm"].isin(["drug", "saline"])
    given = "saline" if (results.table["arm"] == "saline").any() else "drug"
    if not treated.any():
        return ""
    if not any(arm.twin for arm in results.arms):
        return "; none has a twin without drug to be compared with"
    return (
        f"; {int(treated.sum())} with {given} and {int((~treated).sum())} without, "
        "each with drug beside its twin: the same tumour, untreated"
    )


def _tumour(results: Results, config: Config) -> str:
    patient = config.patient
    parts = {
        "patient.width": f"{patient.width_um / 1000:g} mm wide",
        "patient.stil": f"sTIL {100 * patient.stil:g} %",
        "patient.phenotype": str(patient.phenotype),
    }
    return ", ".join(words for axis, words in parts.items() if axis not in results.axes)


def _treatment(results: Results, config: Config) -> str:
    schedule = config.schedule
    days = _listed([f"{day:g}" for day in schedule.given_days])
    if schedule.saline:
        return f"saline into the tumour on day {days}"
    if schedule.dose_iu_per_mm == 0.0 and DOSE not in results.axes:
        return "no drug"
    dose = "" if DOSE in results.axes else f" ({schedule.dose_iu_per_mm / 1e6:g} MIU per mm of width)"
    return f"IL-2 into the tumour{dose} on day {days}"


def _design(results: Results) -> str:
    varied = " and ".join(f"{short(axis)} {', '.join(values)}" for axis, values in results.axes.items())
    replicates = results.table["replicate"].nunique()
    upto = "" if len(results.table) == len(results.passport["runs"]) else "up to "
    many = f"{upto}{replicates} replicate{'s' if replicates > 1 else ''} each"
    return f", over {varied}, {many}" if varied else ""


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _effect(results: Results) -> str:
    best = strongest([arm for arm in results.arms if arm.is_drug])
    if best is None or best.difference is None:
        return "No run with drug has a finished twin without it, so nothing can be said about the drug."
    found = best.difference
    pairs = f"{found.n} pair{'s' if found.n > 1 else ''}"
    much = f"{found.mean:+.3f}{_ends(found)} from {pairs}"
    size = f"{_levels(best)}a paired difference (drug minus twin) in viable fraction of {much}"
    where = f"at {place(best.labels)} " if best.labels else ""
    largest = _among(best, results.arms)
    if abs(found.mean) < LITTLE:
        little = f"less than the {LITTLE:g} that counts as an effect"
        return f"Little happens: {where}{size}{largest}, {little}.{_room(found)}"
    if not excludes_zero(found):
        verb = "smaller" if found.mean < 0 else "larger"
        if found.n == 1:
            pair = f"{where}{_levels(best)}a difference of {found.mean:+.2f}"
            return f"One pair cannot tell the drug from chance: {pair}."
        chance = "the interval holds zero, so this may be chance"
        return f"No effect is shown: {where}{size}{largest}, {verb} with drug; {chance}."
    verb = "shrinks" if found.mean < 0 else "enlarges"
    return f"The drug {verb} the tumour: {where}{size}{largest}."


def _among(best: Arm, arms: Sequence[Arm]) -> str:
    """Out of how many arms this one was picked, and how."""
    others = [arm.difference for arm in arms if arm.difference is not None and arm.is_drug]
    if len(others) < 2 or best.difference is None:
        return ""
    if abs(best.difference.mean) >= max(abs(each.mean) for each in others):
        return f", the largest of {len(others)} arms"
    certain = sum(map(excludes_zero, others))
    if excludes_zero(best.difference):
        return f", the largest where the interval excludes zero ({certain} of {len(others)} arms)"
    return f", the largest with an interval, of {len(others)} arms"


def _levels(arm: Arm) -> str:
    """What a surgeon can picture before what a statistician asks for."""
    if arm.twin is None:
        return ""
    twins = "its twin" if arm.twin.n == 1 else "the twins"
    return (
        f"the viable tumour at surgery is {arm.viable.mean:.2f} of that on day 0 with drug and "
        f"{arm.twin.mean:.2f} in {twins} without, "
    )


def _ends(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return ""
    return f" (95 % interval {found.low:+.3f} to {found.high:+.3f})"


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
