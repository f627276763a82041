"""What would change an answer: more pairs, another arm, other numbers; and which numbers were set by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scipy.special import stdtrit

from il2sim.experiments.model_docs.parameters import amount
from il2sim.experiments.report.uncertainty import KNOWN_AS, known_of
from il2sim.experiments.study.results import Results
from il2sim.experiments.study.statistics import LEVEL, LITTLE, excludes_zero, is_little, percent, strongest
from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.config.outside_mechanisms import names_of

LEVERS = {
    "cd8.reactive_share": ("CD8 cells that recognise the tumour", "more killers"),
    "cd8_killing.kill_rate": ("how often one of them kills", "more kills"),
    "cd8.division_rate": ("how fast they divide under IL-2", "more killers"),
    "aicd.death_rate": ("how fast activation kills them", "fewer killers"),
    "exhaustion.reversal_rate": ("how fast IL-2 reactivates exhausted ones", "more kills"),
    "il2.half_life": ("how long IL-2 stays in the tissue", "longer signal"),
}
"""What the drug's way to a kill passes through: who can kill, how fast, how IL-2 multiplies, reactivates or
kills them, and how long it stays (models/README.md); and what more of it means. Not a ranking.
"""

RESPONSIVE = "configs/responsive_2d.yaml"
MOST_PAIRS = 10_000
POWER = 0.8  # usual in planning a trial (assumed)


def set_apart(results: Results) -> str:
    """Which of the model's numbers were set for this experiment, and from what; nothing where none was.

    An answer at such values is a property of the setting. Axes of the design are named with its arms.
    """
    changed = [
        f"{LEVERS.get(number['name'], (number['name'],))[0]} {amount(number)} (usually {number['usual']:.4g})"
        for number in results.passport["parameters"]
        if number["overridden"]
        and number["name"] not in results.axes
        and number.get("usual") not in (None, number["value"])
    ]
    changed += _mechanisms(results)
    if not changed:
        return ""
    given = "; ".join(changed)
    return f"Not the usual model: {given}. What follows is a property of that setting, not a prediction."


def _mechanisms(results: Results) -> list[str]:
    named = names_of(results.config.mechanisms)
    if "mechanisms" in results.varied:
        return []
    missing = [name for name in MECHANISMS if name not in named]
    more = [name for name in named if name not in MECHANISMS]
    said = {"without": missing, "with": more}
    return [f"{word} {', '.join(names)}" for word, names in said.items() if names]


def what_would_change_it(results: Results) -> list[str]:
    """More pairs, another arm of this design, other numbers (`levers`)."""
    return [text for text in (_pairs_needed(results), _arms_differ(results), _other_numbers(results)) if text]


def _other_numbers(results: Results) -> str:
    if not levers(results):
        return ""
    example = "" if set_apart(results) else f"; with more infiltrate too, at {RESPONSIVE}, the drug acts"
    return (
        "Other numbers: the drug's way to a kill leads through these, each of which stood at one value here. "
        f"A run with --set NAME=VALUE, or a sweep, tells what they do{example}."
    )


def _pairs_needed(results: Results) -> str:
    best = strongest([arm for arm in results.arms if arm.is_drug])
    if best is None or best.difference is None:
        return ""
    if len(best.differences) < 2:
        return "More pairs: one pair has no interval; three are the least, ten are better."
    found = best.difference
    if excludes_zero(found) or is_little(found):
        return ""
    size = max(abs(found.mean), LITTLE)
    needed = pairs_for(best.differences, size)
    least = f"about {needed:,}" if needed < MOST_PAIRS else f"more than {MOST_PAIRS:,}"
    return (
        f"More pairs: with their present scatter it takes {least} an arm (here {found.n}) to tell a "
        f"difference of {size:.2g} from none in {percent(POWER)} of such experiments."
    )


def pairs_for(differences: Sequence[float], size: float) -> int:
    """Fewest pairs that tell `size` from none with the power wanted, scattered as these: n such that the
    half-width of the 95 % t interval and the t quantile of the power fit into it (normal theory).
    """
    mean = sum(differences) / len(differences)
    spread = math.sqrt(sum((each - mean) ** 2 for each in differences) / (len(differences) - 1))
    for pairs in range(2, MOST_PAIRS):
        reach = float(stdtrit(pairs - 1, 0.5 + LEVEL / 2) + stdtrit(pairs - 1, POWER))
        if reach * spread / math.sqrt(pairs) <= size:
            return pairs
    return MOST_PAIRS


def _arms_differ(results: Results) -> str:
    pairs = [arm for arm in results.arms if arm.is_drug and arm.difference is not None]
    if len(pairs) < 2:
        return ""
    told = [arm.difference.mean for arm in pairs if arm.difference and excludes_zero(arm.difference)]
    smaller, rest = sum(mean < 0 for mean in told), len(pairs) - len(told)
    if max(smaller, len(told) - smaller, rest) == len(pairs):
        return ""
    return (
        f"Another arm: of {len(pairs)}, the tumour is smaller with drug in {smaller}, larger in "
        f"{len(told) - smaller}, and not told from its control in {rest}; the figure shows which."
    )


def levers(results: Results) -> list[tuple[str, ...]]:
    """The numbers that the drug's way to a kill leads through: words, what more of it means, value here
    (and usually), range, how it is known, name. Those that the design varies are told by its arms.
    """
    cards = {number["name"]: number for number in results.passport["parameters"]}
    return [
        (*words, *_card(cards[name]), name)
        for name, words in LEVERS.items()
        if name in cards and name not in results.axes
    ]


def _card(number: dict[str, Any]) -> tuple[str, ...]:
    usual = number.get("usual")
    usually = "" if usual in (None, number["value"]) else f" (usually {usual:.4g})"
    span = f"{number['low']:.4g} to {number['high']:.4g}"
    return f"{amount(number)}{usually}", span, KNOWN_AS[known_of(number)]
