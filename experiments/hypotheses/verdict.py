"""From findings to a verdict: holds, falsified or undecided, and why where it is undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from il2sim.experiments.hypotheses.cases import Finding

HOLDS, FALSIFIED, UNDECIDED, NOT_YET, NOT_RUN = "holds", "falsified", "undecided", "not yet", "not run"


@dataclass(frozen=True)
class Rule:
    """Where an interval must lie for a claim to hold, and where it refutes it.

    The claim holds when the whole interval lies in (holds_from, holds_to) and is refuted when the whole of it
    lies beyond (refuted_below, refuted_above). Holding goes first. Fewer virtual patients than
    `fewest` decide nothing.
    """

    holds_from: float
    holds_to: float
    refuted_below: float
    refuted_above: float
    fewest: int


@dataclass(frozen=True)
class Verdict:
    """The word, and in the case of undecided the reason."""

    word: str
    reason: str = ""


def judge(found: Finding, rule: Rule) -> Verdict:
    """What an interval says about a claim."""
    if found.n < rule.fewest:
        return Verdict(UNDECIDED, f"{found.n} of at least {rule.fewest} virtual patients")
    if found.low is None or found.high is None:
        return Verdict(UNDECIDED, "the runs give no interval")
    if rule.holds_from < found.low and found.high < rule.holds_to:
        return Verdict(HOLDS)
    if found.high < rule.refuted_below or found.low > rule.refuted_above:
        return Verdict(FALSIFIED)
    return Verdict(UNDECIDED, "the interval reaches across the limit")


def exact(found: Finding, rule: Rule) -> Verdict:
    """What one value without chance says about a claim: its interval is the value itself."""
    if found.value is None:
        return Verdict(UNDECIDED, "it was not run")
    one = Finding(found.value, found.value, found.value, found.n)
    verdict = judge(one, Rule(rule.holds_from, rule.holds_to, rule.refuted_below, rule.refuted_above, 1))
    return Verdict(UNDECIDED, "the value lies between the limits") if verdict.word == UNDECIDED else verdict


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """A claim of several parts falls with any of them and holds with all."""
    words = [verdict.word for verdict in verdicts]
    if FALSIFIED in words:
        return Verdict(FALSIFIED)
    open_ones = [verdict for verdict in verdicts if verdict.word != HOLDS]
    return open_ones[0] if open_ones else Verdict(HOLDS)
