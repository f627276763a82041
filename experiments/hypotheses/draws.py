"""A claim over the prior ranges: in what share of the draws it holds, in what share it is refuted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from il2sim.experiments.hypotheses.cases import NOTHING, Cases, Finding
from il2sim.experiments.hypotheses.claim import Claim
from il2sim.experiments.hypotheses.findings import OF_EACH, STATISTICS, share_of_draws
from il2sim.experiments.hypotheses.readout import Readout
from il2sim.experiments.hypotheses.verdict import (
    FALSIFIED,
    HOLDS,
    UNDECIDED,
    Rule,
    Verdict,
    exact,
    judge,
    together,
)

HELD = "share of draws in which the claim holds"
FAILS = "share of draws in which the claim fails"
LACKING = "share of draws without a value, which count as not holding"
Draw = list[tuple[Readout, Finding]]


@dataclass(frozen=True)
class Part:
    """One line of an answer: a readout, its finding, what it was held against and what that decides."""

    what: str
    found: Finding
    limit: str
    verdict: Verdict


def part_of(readout: Readout, found: Finding, decide: Callable[[Finding, Rule], Verdict]) -> Part:
    """The line of a readout that decides."""
    return Part(readout.what, found, spelt(readout.rule), decide(found, readout.rule))


def one_by_one(readouts: Sequence[Readout], cases: Cases, woman: int) -> Draw:
    """Readouts of a single virtual patient or draw, without any interval."""
    own = Cases(
        {key: values[woman : woman + 1] for key, values in cases.read.items()},
        {name: values[woman : woman + 1] for name, values in cases.drawn.items()},
    )
    return [(readout, STATISTICS[readout.statistic][0](own, readout.question)) for readout in readouts]


def over_draws(claim: Claim, cases: Cases, women: int) -> list[Part]:
    """In what share of all draws a claim holds, and where chance has no part in it, the share that refute it.

    Of what has no chance each readout's spread comes first. Of whole tumours only readouts that one patient
    has are evaluated, and her chance counts against the claim; nothing where there is none.
    """
    readouts = claim.readouts
    if claim.has_chance:
        readouts = tuple(each for each in readouts if each.decides and each.statistic in OF_EACH)
    if not readouts:
        return []
    draws = [one_by_one(readouts, cases, woman) for woman in range(women)]
    spread = [] if claim.has_chance else [_spread(draws, place) for place in range(len(readouts))]
    shares = _shares(draws, claim.draws_may_fail)
    return [*spread, *(part for part in shares if part.what != FAILS or not claim.has_chance)]


def _shares(draws: Sequence[Draw], allowed: float) -> list[Part]:
    """Shares of all draws, planned or finished: one without a value neither holds nor refutes."""
    many = len(draws)
    words = [together([exact(found, readout.rule) for readout, found in draw]).word for draw in draws]
    lacks = [any(found.value is None for _, found in draw) for draw in draws]
    missing = sum(word == UNDECIDED and lack for word, lack in zip(words, lacks, strict=True))
    held, failed = (share_of_draws(words.count(word), many) for word in (HOLDS, FALSIFIED))
    enough = Rule(1.0 - allowed, np.inf, -np.inf, np.inf, 1)
    few = Rule(-np.inf, allowed, -np.inf, allowed, 1)
    verdict = judge(held, enough)
    if verdict.word != HOLDS:
        reason = _reason(held, enough, (words.count(UNDECIDED) - missing, missing))
        verdict = Verdict(verdict.word, reason or verdict.reason)
    parts = [Part(HELD, held, spelt(enough), verdict), Part(FAILS, failed, spelt(few), judge(failed, few))]
    lacking = [Part(LACKING, share_of_draws(missing, many), "", Verdict(""))] if missing else []
    return [*lacking, *parts]


def _reason(held: Finding, enough: Rule, open_: tuple[int, int]) -> str:
    """Why too small a share holds: the draws are few, or those between the limits or without a value many."""
    between, missing = open_
    if judge(share_of_draws(held.n, held.n), enough).word != HOLDS:
        return f"{held.n} draws are too few to show that more than {enough.holds_from:g} of them hold"
    if not (between or missing) or held.high is None or held.high > enough.holds_from:
        return ""
    said = [f"{between} between the limits"] if between else []
    said += [f"{missing} without a value"] if missing else []
    return f"of {held.n} draws {' and '.join(said)}"


def _spread(draws: Sequence[Draw], place: int) -> Part:
    """Median and middle 95 % of one readout over the draws that have it."""
    what = f"{draws[0][place][0].what}: median and middle 95 % of draws"
    found = [draw[place][1].value for draw in draws]
    values: Any = np.array([value for value in found if value is not None], dtype=np.float64)
    if values.size == 0:
        return Part(what, NOTHING, "", Verdict(""))
    low, middle, high = (float(each) for each in np.percentile(values, (2.5, 50.0, 97.5)))
    return Part(what, Finding(middle, low, high, int(values.size)), "", Verdict(""))


def spelt(rule: Rule) -> str:
    """A rule in words: where it holds, and where it is refuted if that is not the opposite."""
    bounds = [f"above {rule.holds_from:g}"] if np.isfinite(rule.holds_from) else []
    bounds += [f"below {rule.holds_to:g}"] if np.isfinite(rule.holds_to) else []
    text = " and ".join(bounds)
    if np.isfinite(rule.refuted_above) and rule.refuted_above != rule.holds_to:
        text += f"; refuted above {rule.refuted_above:g}"
    if np.isfinite(rule.refuted_below) and rule.refuted_below != rule.holds_from:
        text += f"; refuted below {rule.refuted_below:g}"
    return text
