"""How sure an answer is, in three parts (chance, numbers, what is left out), and what would change it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from scipy.special import stdtrit

from experiments.design import DOSE
from experiments.numbers import amount
from experiments.results import Results, opened, place, short
from experiments.statistics import (
    CLAIM,
    LEVEL,
    LITTLE,
    Arm,
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

LEVERS = {
    "cd8.reactive_share": "the share of CD8 cells that know the tumour",
    "cd8.kill_rate": "how often one of them kills",
    "cd8.division_rate": "how fast they divide under IL-2",
    "cd8.aicd_rate": "how fast activation kills them",
    "exhaustion.reversal_rate": "how fast IL-2 wakes exhausted ones",
    "il2.half_life": "how long IL-2 stays in the tissue",
}
"""What the drug's way to a kill passes through: who can kill, how fast, how IL-2 multiplies, wakes or kills
them, and how long it stays (models/README.md). Not a ranking.
"""

MOST_PAIRS = 10_000
NOT_MODELLED = (
    "Flow of fluid: after the injection IL-2 spreads by diffusion only, without convection.",
    "One round lesion: no second focus, no distant disease; nodes are drawn by chance and know no drug.",
    "Growth does not react to the drug: a lost cell is not replaced faster, a spared one divides no slower.",
    "The section's own IL-2 field: its uptake is read from the radial book of the volume.",
    "Cell kinds that are not named here, and every adverse effect.",
    "Calibration against treated tumours: the central numbers come from many different experiments.",
)
GRAVEST = (
    "one round lesion without nodes, flow of the injected fluid, growth that answers to the drug, "
    "adverse effects"
)


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


def set_apart(results: Results) -> str:
    """Which of the model's numbers were set for this experiment, and from what; nothing where none was.

    An answer at such values is a property of the setting. Axes of the design are named with its arms.
    """
    changed = [
        f"{LEVERS.get(number['name'], number['name'])} {amount(number)} (usually {number['usual']:.4g})"
        for number in results.passport["parameters"]
        if number["overridden"]
        and number["name"] not in results.axes
        and number.get("usual") not in (None, number["value"])
    ]
    if not changed:
        return ""
    given = "; ".join(changed)
    return f"Not the usual model: {given}. What follows is a property of that setting, not a prediction."


def certainty(results: Results) -> list[tuple[str, list[str]]]:
    """Three parts, each a heading and its sentences."""
    return [
        ("Chance", chance(results)),
        ("The model's numbers", _numbers(results)),
        (
            "What is not modelled",
            [f"Among others: {GRAVEST}; and nothing was calibrated against treated tumours."],
        ),
    ]


def chance(results: Results) -> list[str]:
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
    if any(arm.viable.n > 1 for arm in results.arms):
        found.append("These intervals hold chance within the model only, not how women differ.")
    if DOSE in results.axes and any(arm.is_drug for arm in results.arms):
        found.append(_trend(results.arms))
    return [opened(text) for text in found if text]


def _numbers(results: Results) -> list[str]:
    parameters = results.passport["parameters"]
    varied = [short(axis) for axis in results.axes if axis in {number["name"] for number in parameters}]
    others = len(parameters) - len(varied)
    kept = "every one" if not varied else f"all but {', '.join(varied)}"
    return [
        f"Measured : fitted : assumed = {' : '.join(map(str, ratio(parameters).values()))}. Here {kept} of "
        f"the {len(parameters)} stood at one value: the doubt about those {others} is in no interval."
    ]


def what_would_change_it(results: Results) -> list[str]:
    """More pairs, another arm of this design, other numbers (`levers`)."""
    turning = "Other numbers: within their ranges these may turn the answer; --set NAME=VALUE tries one."
    others = turning if levers(results) else ""
    return [text for text in (_pairs_needed(results), _arms_differ(results), others) if text]


def _pairs_needed(results: Results) -> str:
    best = strongest([arm for arm in results.arms if arm.is_drug])
    if best is None or best.difference is None:
        return ""
    if len(best.differences) < 2:
        return "More pairs: with one nobody can say what chance does; three are the least, ten are better."
    found = best.difference
    if excludes_zero(found):
        return ""
    needed = pairs_for(best.differences, max(abs(found.mean), LITTLE))
    least = f"about {needed:,}" if needed < MOST_PAIRS else f"more than {MOST_PAIRS:,}"
    return (
        f"More pairs: with their present scatter {least} an arm, instead of {found.n}, would tell a "
        f"difference of {max(abs(found.mean), LITTLE):.2g} from none."
    )


def pairs_for(differences: Sequence[float], size: float) -> int:
    """Fewest pairs whose 95 % t interval would reach no farther than `size`, scattered as these."""
    mean = sum(differences) / len(differences)
    spread = math.sqrt(sum((each - mean) ** 2 for each in differences) / (len(differences) - 1))
    for pairs in range(2, MOST_PAIRS):
        if float(stdtrit(pairs - 1, 0.5 + LEVEL / 2)) * spread / math.sqrt(pairs) <= size:
            return pairs
    return MOST_PAIRS


def _arms_differ(results: Results) -> str:
    pairs = [arm for arm in results.arms if arm.difference is not None]
    if len(pairs) < 2:
        return ""
    told = [arm.difference.mean for arm in pairs if arm.difference and excludes_zero(arm.difference)]
    smaller, rest = sum(mean < 0 for mean in told), len(pairs) - len(told)
    if max(smaller, len(told) - smaller, rest) == len(pairs):
        return ""
    return (
        f"Another arm: of {len(pairs)}, the tumour is smaller with drug in {smaller}, larger in "
        f"{len(told) - smaller}, and not told from its twin in {rest}; the figure shows which."
    )


def levers(results: Results) -> list[tuple[str, ...]]:
    """The numbers that the drug's way to a kill leads through: words, value here, usual value, range, how it
    is known, name. Those that the design varies are told by its arms.
    """
    cards = {number["name"]: number for number in results.passport["parameters"]}
    return [
        (words, *_card(cards[name]), name)
        for name, words in LEVERS.items()
        if name in cards and name not in results.axes
    ]


def _card(number: dict[str, Any]) -> tuple[str, ...]:
    usual = number.get("usual")
    before = "" if usual in (None, number["value"]) else f"{usual:.4g}"
    return amount(number), before, f"{number['low']:.4g} to {number['high']:.4g}", KNOWN_AS[known_of(number)]


def _replicates(results: Results, pairs: Sequence[Arm]) -> str:
    counts = [len(arm.differences) for arm in pairs] or [arm.viable.n for arm in results.arms]
    fewest = min(counts, default=0)
    few = " With so few the interval is wide and rests on the t distribution." if 1 < fewest < 6 else ""
    if fewest <= 1 < max(counts, default=0):
        return "some arms have one pair or run only, and no interval; the others have 95 % t intervals."
    if fewest <= 1:
        return "one pair or run per arm: means have no interval, so what is chance cannot be told."
    what = "pairs" if pairs else "runs"
    return f"each arm has at least {fewest} {what}; intervals are 95 % t intervals of the mean.{few}"


def pairing(results: Results) -> str:
    """By how much twins sharpen the comparison; nothing where no arm has two pairs."""
    found = {name: variance_reduction(results.table, name, list(results.axes)) for name in PAIRED_ENDPOINTS}
    texts = [f"{name} {value:.2g}" for name, value in found.items() if value is not None]
    if not texts:
        return ""
    helped = [name for name, value in found.items() if value is not None and value > CLAIM]
    claim = f"it helps for {', '.join(helped)}" if helped else "that is no gain worth a claim"
    ratios = ", ".join(texts)
    return f"Pairing divides the variance of drug minus twin by: {ratios} (over {CLAIM:g} counts: {claim})."


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
