"""How sure an answer is, in three parts: chance, the model's numbers, what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from il2sim.experiments.report import blood_levels
from il2sim.experiments.study.design import DOSE
from il2sim.experiments.study.results import Results, opened, place, short
from il2sim.experiments.study.statistics import (
    CLAIM,
    FEWEST,
    Arm,
    counts,
    excludes_zero,
    strongest,
    variance_reduction,
)

PAIRED_ENDPOINTS = ("viable_fraction", "rvt_percent", "cd8_per_mm2")
CLASSES = {
    "measured": ("seen", "calculated"),
    "fitted": ("fitted", "solved"),
    "assumed": ("memory", "assumed", "set"),
}
"""Classes of the ratio: read in a source or worked out from one; fitted or solved to match one; neither."""

KNOWN_AS = {
    "seen": "read in a source",
    "calculated": "calculated from sources",
    "fitted": "fitted",
    "solved": "solved at set-up",
    "memory": "from memory, not looked up",
    "assumed": "assumed",
    "set": "set for this experiment",
}
"""Grades in words, best known first."""

NO_FLOW = "Flow of fluid: after the injection IL-2 spreads by diffusion only, without convection."
NOT_MODELLED = (
    "A second focus or a metastasis: there is one round lesion; nodes are drawn, and no drug reaches them.",
    "Growth does not react to the drug: a lost cell is not replaced faster, a spared one divides no slower.",
    "What lies above and below a section: between boluses its IL-2 is that of the plane alone.",
    "Cell kinds that are not named here, and every adverse effect.",
    "Calibration against treated tumours: the central numbers come from many different experiments.",
)
GRAVEST = "a second focus or a metastasis, growth that answers to the drug, adverse effects"


def ratio(parameters: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many numbers are measured, fitted and assumed; one that was set by hand counts as assumed."""
    found = Counter(class_of(number) for number in parameters)
    return {name: found[name] for name in CLASSES}


def known_of(number: dict[str, Any]) -> str:
    """How a number is known, one of `KNOWN_AS`: its source says nothing of a value that was set by hand."""
    return "set" if number["overridden"] else str(number["known"])


def class_of(number: dict[str, Any]) -> str:
    """Measured, fitted or assumed."""
    return next(name for name, grades in CLASSES.items() if known_of(number) in grades)


def certainty(results: Results) -> list[tuple[str, list[str]]]:
    """Three parts, each a heading and its sentences."""
    return [
        ("Chance", chance(results)),
        ("The model's numbers", _numbers(results)),
        (
            "What is not modelled",
            [f"Among others: {_gravest(results)}; and nothing was calibrated against treated tumours."],
        ),
    ]


def not_modelled(results: Results) -> tuple[str, ...]:
    """What these runs leave out, a sentence each."""
    return NOT_MODELLED if _flows(results) else (NO_FLOW, *NOT_MODELLED)


def _gravest(results: Results) -> str:
    return GRAVEST if _flows(results) else f"flow of the injected fluid, {GRAVEST}"


def _flows(results: Results) -> bool:
    numbers = {number["name"]: number["value"] for number in results.passport["parameters"]}
    return bool(numbers.get("il2.outflow"))


def chance(results: Results) -> list[str]:
    """What the intervals rest on, and how far they may be trusted."""
    pairs = [arm for arm in results.arms if arm.is_drug and arm.difference is not None]
    found = [_replicates(results, pairs)]
    certain = [arm for arm in pairs if arm.difference and excludes_zero(arm.difference)]
    if len(pairs) > 1:
        found.append(
            f"In {len(certain)} of {len(pairs)} arms the interval of the difference in viable fraction "
            f"excludes zero; by chance alone about {0.05 * len(pairs):.1g} would. The intervals are not "
            f"corrected for looking at many arms.{_shared_twins(pairs)}"
        )
    found += [_twins_scatter(results), _still_settling(results), _not_held(results), _births(results)]
    found += _arrivals(results)
    if any(arm.viable.n > 1 for arm in results.arms):
        found.append("These intervals hold chance within the model only, not how virtual patients differ.")
    if DOSE in results.varied and any(arm.is_drug for arm in results.arms):
        found.append(_trend(results.arms))
    return [opened(text) for text in found if text]


def _shared_twins(pairs: Sequence[Arm]) -> str:
    """Arms that are compared with the same virtual patients rise and fall together."""
    twins = [tuple(sorted(twin for _, twin in arm.pairs)) for arm in pairs]
    if len(set(twins)) == len(twins):
        return ""
    return " Arms that differ in the drug alone share their controls, so their differences go together."


def _twins_scatter(results: Results) -> str:
    """How far single tumours go apart without any drug, in the arm that the answer speaks of."""
    best = strongest([arm for arm in results.arms if arm.is_drug])
    twins = sorted(twin for _, twin in best.pairs) if best else []
    if len(twins) < 2:
        return ""
    return (
        f"Without drug single tumours of the arm named above end between {twins[0]:.2f} and {twins[-1]:.2f} "
        "of their start."
    )


def _still_settling(results: Results) -> str:
    """Runs whose tumour was drifting before any drug, with it and without."""
    drifting = int(results.table["has_settled"].eq(False).sum())  # a run of before may not say
    runs = len(results.table)
    return f"In {drifting} of {runs} runs kills had not come to rest by day 0." if drifting else ""


def _not_held(results: Results) -> str:
    """Runs that begin with other cells than their config asks for."""
    missed = results.table["not_held"][results.table["not_held"] != ""]
    kinds = sorted({kind for kinds in missed for kind in kinds.split(", ")})
    asked = f"another number of {' and '.join(kinds)} cells than was asked for"
    return f"In {len(missed)} of {len(results.table)} runs day 0 had {asked}." if kinds else ""


def _births(results: Results) -> str:
    """Runs whose solved birth rate lies beyond what sources give: their tumours outgrow more killing."""
    numbers = results.passport["parameters"]
    range_of = {number["name"]: (number["low"], number["high"]) for number in numbers}
    low, high = range_of["tumour.birth_rate"]
    rates = results.table["birth_rate_per_day"].dropna()  # a run of before may not say
    beyond = rates[(rates < low) | (rates > high)]
    if beyond.empty:
        return ""
    ends = " to ".join(dict.fromkeys(f"{end:.2g}" for end in (beyond.min(), beyond.max())))
    return (
        f"In {len(beyond)} of {len(results.table)} runs tumour cells have to be born at {ends} a day to "
        f"outgrow what is killed before any drug, where sources give {low:g} to {high:g}."
    )


def _arrivals(results: Results) -> list[str]:
    """Runs whose solved arrivals lie beyond what sources give, a sentence for each kind of cell."""
    outside = [names.split(", ") for names in results.table["solved_outside"] if names]
    said = []
    for number in results.passport["parameters"]:
        runs = sum(number["name"] in names for names in outside)
        if runs and number["name"] != "tumour.birth_rate":
            said.append(
                f"In {runs} of {len(results.table)} runs {number['name']} is OUTSIDE the range that its "
                f"source gives, {number['low']:g} to {number['high']:g} {number['unit']}: so many cells have "
                "to arrive to hold the infiltrate."
            )
    return said


def _numbers(results: Results) -> list[str]:
    parameters = results.passport["parameters"]
    varied = [short(axis) for axis in results.axes if axis in {number["name"] for number in parameters}]
    others = len(parameters) - len(varied)
    kept = "every one" if not varied else f"all but {', '.join(varied)}"
    return [
        f"Measured : fitted : assumed = {' : '.join(map(str, ratio(parameters).values()))}. Here {kept} of "
        f"the {len(parameters)} stood at one value: the doubt about those {others} is in no interval.",
        *_blood(results),
    ]


def _blood(results: Results) -> list[str]:
    """What published blood levels say of the model's numbers, where a drug was given."""
    if not any(arm.is_drug for arm in results.arms):
        return []
    said = blood_levels.levels_met(blood_levels.targets(results.config))
    return [said] if said else []


def _replicates(results: Results, pairs: Sequence[Arm]) -> str:
    counts = [len(arm.differences) for arm in pairs] or [arm.viable.n for arm in results.arms]
    fewest = min(counts, default=0)
    few = " So few lean on the normal distribution." if 1 < fewest < 6 else ""
    if fewest <= 1 < max(counts, default=0):
        return "some arms have one pair or run only, and no interval; the others have 95 % t intervals."
    if fewest <= 1:
        each = "pair per arm with drug" if pairs else "run per arm"
        return f"one {each}: such means have no interval, so what is chance cannot be told."
    what = f"{'pairs' if pairs else 'runs'}; intervals of means and of their differences are 95 % t intervals"
    atleast = "" if fewest == max(counts) else "at least "
    return f"each arm{' with drug' if pairs else ''} has {atleast}{fewest} {what}.{few}"


def pairing(results: Results) -> str:
    """By how much controls sharpen the comparison; nothing where no arm has three pairs."""
    if max((len(arm.differences) for arm in results.arms), default=0) < FEWEST:
        return ""
    found = {name: variance_reduction(results.table, name, list(results.axes)) for name in PAIRED_ENDPOINTS}
    texts = [f"{name} {value:.2g}" for name, value in found.items() if value is not None]
    if not texts:
        return ""
    helped = [name for name, value in found.items() if value is not None and value > CLAIM]
    claim = f"it helps for {', '.join(helped)}" if helped else "that is no gain worth a claim"
    ratios = ", ".join(texts)
    return (
        f"Pairing divides the variance of drug minus control by: {ratios} (over {CLAIM:g} counts: {claim})."
    )


def _trend(arms: Sequence[Arm]) -> str:
    """The response may fall again at a high dose: never read a dose from the ends alone."""
    shown = [arm for arm in arms if arm.is_drug and arm.difference and counts(arm.difference)]
    if not shown:
        return (
            "no dose of this design shows an effect that counts, so none of them can be preferred to another."
        )
    said = []
    for words, sign in (("smaller", -1), ("larger", 1)):
        found = [place(arm.labels) for arm in shown if arm.difference and arm.difference.mean * sign > 0]
        said += [f"{words} than its control at {'; '.join(found)}"] if found else []
    return f"arms with an effect that counts: {', and '.join(said)}."
