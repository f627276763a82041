"""The words of the answer: what was simulated, whether the drug did anything, who responded.

Every number comes from the arms; none is typed here.
"""

from __future__ import annotations

from collections.abc import Sequence

from il2sim.experiments.report.infiltrate import infiltrate
from il2sim.experiments.report.responders import responders
from il2sim.experiments.study.arm_names import is_named, named
from il2sim.experiments.study.design import DOSE
from il2sim.experiments.study.results import Results, at, place, short
from il2sim.experiments.study.statistics import (
    LITTLE,
    Arm,
    Estimate,
    counts,
    excludes_zero,
    is_little,
    strongest,
)
from il2sim.models import Config
from il2sim.models.tissue.equilibration import tumour_key

_VISITS = (
    *("schedule.protocol", "schedule.days", "schedule.missed", "schedule.stop_after"),
    *("schedule.surgery_day", "schedule.saline"),
)
"""Axes by which arms differ in their injections, which no sentence about all of them may name."""


def answer(results: Results) -> list[str]:
    """Three sentences, the second with what else the drug changed."""
    effect = " ".join(text for text in (_effect(results), infiltrate(results)) if text)
    return [_what(results), effect, responders(results)]


def _what(results: Results) -> str:
    config, finished = results.config, len(results.table)
    kind = "a volume" if config.space.dimensions == 3 else "a section through its middle"
    tumours = f"{_tumours(results)} virtual breast tumours were followed in {finished} runs, each"
    if finished <= 2:
        twice = (
            " twice, once with drug and once without (its matched control)" if _is_one_pair(results) else ""
        )
        tumours = f"One virtual breast tumour was followed{twice}," if finished == 1 or twice else tumours
    return (
        f"{tumours} as {kind}, from day 0 to surgery{_surgery(results, config)}: "
        f"{_tumour(results, config)}, {_treatment(results, config)}{_design(results)}{_twins(results)}."
    )


def _tumours(results: Results) -> int:
    """Virtual patients of the design: arms that differ in what is given alone share theirs."""
    rows, found = results.table, set()
    for _, alike in (
        rows.groupby(list(results.axes), sort=False, dropna=False) if results.axes else [((), rows)]
    ):
        tumour = tumour_key(results.config_of(alike.iloc[0]))
        found |= {(tumour, seed) for seed in alike["seed"]}
    return len(found)


def _surgery(results: Results, config: Config) -> str:
    is_varied = any(axis in results.varied for axis in ("schedule.protocol", "schedule.surgery_day"))
    return "" if is_varied else f" on day {config.schedule.surgery_day:g}"


def _is_one_pair(results: Results) -> bool:
    return len(results.table) == 2 and sorted(results.table["arm"]) == ["drug", "twin"]


def _twins(results: Results) -> str:
    if _is_one_pair(results):
        return ""
    number = results.table["arm"].value_counts().to_dict()
    given = {name: number[name] for name in ("drug", "saline") if name in number}
    if not given:
        return ""
    if not any(arm.twin for arm in results.arms):
        return "; none has a matched control without drug to be compared with"
    rest = len(results.table) - sum(given.values())
    said = ", ".join(f"{runs} with {name}" for name, runs in given.items())
    return (
        f"; {said} and {rest} without, "
        f"each with {' or '.join(given)} beside its matched control: the same tumour, untreated"
    )


def _tumour(results: Results, config: Config) -> str:
    patient = config.patient
    parts = {
        "patient.width": f"{patient.width_um / 1000:g} mm wide",
        "patient.stil": f"sTIL {100 * patient.stil:g} %",
        "patient.phenotype": str(patient.phenotype),
    }
    return ", ".join(words for axis, words in parts.items() if axis not in results.varied)


def _treatment(results: Results, config: Config) -> str:
    schedule = config.schedule
    days = f" on day {_listed([f'{day:g}' for day in schedule.given_days])}"
    if any(axis in results.varied for axis in _VISITS):
        days = ""
    if schedule.saline and "schedule.saline" not in results.varied:
        return f"saline into the tumour{days}"
    if schedule.dose_iu_per_mm == 0.0 and DOSE not in results.varied:
        return "no drug"
    dose = "" if DOSE in results.varied else f" ({schedule.dose_iu_per_mm / 1e6:g} MIU per mm of width)"
    return f"IL-2 into the tumour{dose}{days}"


def _design(results: Results) -> str:
    varied = " and ".join(
        f"arms {'; '.join(named(axis, value) for value in values)}"
        if is_named(axis)
        else f"{short(axis)} {', '.join(_marked(results, axis, value) for value in values)}"
        for axis, values in results.varied.items()
    )
    replicates = results.table["replicate"].nunique()
    upto = "" if len(results.table) == len(results.passport["runs"]) else "up to "
    many = f"{upto}{replicates} replicate{'s' if replicates > 1 else ''}"
    if varied:
        return f", over {varied}, {many} each"
    return f", {many}" if replicates > 1 else ""


def _marked(results: Results, axis: str, value: str) -> str:
    """A value of the design; the dose that the trial registered is named."""
    if axis != DOSE:
        return value
    dose = results.config.with_values({axis: value}).schedule.dose_iu_per_mm
    return f"{value} (as registered)" if dose == Config().schedule.dose_iu_per_mm else value


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _effect(results: Results) -> str:
    arms = [arm for arm in results.arms if arm.is_drug and arm.difference is not None]
    best = strongest(arms)
    if best is None or best.difference is None:
        return "No run with drug has a finished control without, so nothing can be said about the drug."
    found = best.difference
    where = f"{at(best.labels)} " if best.labels else ""
    if found.n == 1:
        pair = f"{where}{_levels(best)}a difference of {found.mean:+.3f}"
        return f"One pair cannot tell the drug from chance: {pair}.{_left_out(arms)}"
    much = f"{found.mean:+.3f}{_ends(found)} from {found.n} pairs"
    size = f"{_levels(best)}a paired difference (drug minus control) in viable fraction of {much}"
    largest = _among(best, arms)
    if counts(found):
        return f"{_verdict(best, found)}: {where}{size}{largest}.{_opposite(best, arms)}{_left_out(arms)}"
    if is_little(found):
        little = f"less than the {LITTLE:g} that counts as an effect here"
        return f"Little happens: {where}{size}{largest}, {little}.{_unsettled(arms)}{_left_out(arms)}"
    verb = "smaller" if found.mean < 0 else "larger"
    if excludes_zero(found):
        small = f"{verb} with drug, but perhaps by less than the {LITTLE:g} that counts as an effect here"
        return f"A small effect: {where}{size}{largest}, {small}.{_unsettled(arms)}{_left_out(arms)}"
    chance = f"{verb} with drug; the interval holds zero, so this may be chance"
    return f"No effect is shown: {where}{size}{largest}, {chance}.{_unsettled(arms)}{_left_out(arms)}"


def _opposite(best: Arm, arms: Sequence[Arm]) -> str:
    """Arms whose interval lies on the other side of zero: no headline may hide them."""
    sign = best.difference.mean if best.difference is not None else 0.0
    others = [
        f"{place(arm.labels)}: {arm.difference.mean:+.3f}{_ends(arm.difference)}"
        for arm in arms
        if arm.difference is not None and excludes_zero(arm.difference) and arm.difference.mean * sign < 0.0
    ]
    return f" It is the other way round at {'; '.join(others)}." if others else ""


def _verdict(arm: Arm, found: Estimate) -> str:
    """What the drug does, in words that agree with the levels of both."""
    if found.mean > 0:
        return "The drug leaves more tumour than there would be without it"
    return "The drug shrinks the tumour" if arm.viable.mean < 1 else "The drug slows the tumour's growth"


def _among(best: Arm, arms: Sequence[Arm]) -> str:
    """Out of how many arms this one was picked, and how."""
    others = [arm.difference for arm in arms if arm.difference is not None]
    if len(others) < 2 or best.difference is None:
        return ""
    sizes = [abs(each.mean) for each in others]
    if abs(best.difference.mean) >= max(sizes):
        is_alone = sum(f"{size:.3f}" == f"{max(sizes):.3f}" for size in sizes) == 1
        return f", {'the largest' if is_alone else 'as large as any'} of {len(others)} arms"
    if counts(best.difference):
        certain = sum(map(counts, others))
        return f", the largest where one is shown that counts ({certain} of {len(others)} arms)"
    return f", the largest with an interval, of {len(others)} arms"


def _unsettled(arms: Sequence[Arm]) -> str:
    """In how many arms an effect that counts is not ruled out."""
    open_arms = sum(1 for arm in arms if arm.difference is not None and not is_little(arm.difference))
    if open_arms == 0:
        return _ruled_out(arms)
    where = (
        "The interval reaches"
        if len(arms) == 1
        else f"In {open_arms} of {len(arms)} arms the interval reaches"
    )
    return f" {where} beyond {LITTLE:g}, so more replicates are needed to rule an effect out."


def _ruled_out(arms: Sequence[Arm]) -> str:
    """That the intervals of all arms hold no effect that counts."""
    found = [arm.difference for arm in arms if arm.difference is not None]
    lowest, highest = min(each.low or 0.0 for each in found), max(each.high or 0.0 for each in found)
    if len(found) == 1:
        return f" The interval rules out {LITTLE:g} either way."
    ends = f"{lowest:+.3f} to {highest:+.3f}"
    return f" All {len(found)} intervals lie within {ends}, so none holds such an effect."


def _left_out(arms: Sequence[Arm]) -> str:
    """Runs that no number here holds."""
    lost = sum(arm.unpaired for arm in arms)
    return (
        f" Left out: {lost} with drug whose control has not finished or has no such number." if lost else ""
    )


def _levels(arm: Arm) -> str:
    """What a surgeon can picture before what a statistician asks for."""
    if arm.twin is None:
        return ""
    twins = "its control" if arm.twin.n == 1 else "the controls"
    return (
        f"the viable tumour at surgery is {arm.viable.mean:.2f} times that on day 0 with drug and "
        f"{arm.twin.mean:.2f} times in {twins}, "
    )


def _ends(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return ""
    return f" (95 % interval {found.low:+.3f} to {found.high:+.3f})"
