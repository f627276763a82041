"""One readout of a claim as its file says it: a statistic of arms and readings, and where it must lie."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from il2sim.experiments.hypotheses.cases import Question
from il2sim.experiments.hypotheses.findings import STATISTICS
from il2sim.experiments.hypotheses.verdict import Rule
from il2sim.models.config.reader import nearest

FROZEN = ConfigDict(frozen=True, extra="forbid")
ARMS = {
    "effect_ratio": (4,),
    "effect_sign": (4,),
    "excess_share": (2,),
    "auc": (1, 2),
    "auc_gain": (1, 2),
    "explained": (2,),
    "share": (1,),
}
"""How many arms a statistic takes, where that is not free."""


def _texts(value: object) -> object:
    """Values as a config would say them; a list is one text, like "[0, 7]"."""
    if not isinstance(value, dict):
        return value
    return {k: f"[{', '.join(map(str, v))}]" if isinstance(v, list) else v for k, v in value.items()}


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Values = Annotated[dict[str, str], BeforeValidator(_texts)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Readout(BaseModel):
    """One number that a claim stands or falls with, and where it must lie; or one that is only shown."""

    model_config = FROZEN
    what: str
    statistic: str
    of: Names
    arms: Names
    at: tuple[float, ...] = ()
    by: Names = ()
    holds_above: float | None = None
    holds_below: float | None = None
    holds_within: tuple[float, float] | None = None
    falsified_below: float | None = None
    falsified_above: float | None = None
    decides: bool = True

    @property
    def question(self) -> Question:
        """What its statistic is asked."""
        return Question(self.of, self.arms, self.at, self.by)

    @property
    def rule(self) -> Rule:
        """Where the interval must lie; refuted is the opposite of holding unless the file says otherwise."""
        low, high = self.holds_within or (self.holds_above, self.holds_below)
        below = low if self.falsified_below is None else self.falsified_below
        above = high if self.falsified_above is None else self.falsified_above
        return Rule(
            -math.inf if low is None else low,
            math.inf if high is None else high,
            -math.inf if below is None else below,
            math.inf if above is None else above,
            STATISTICS[self.statistic][1],
        )

    @model_validator(mode="after")
    def _refuse_conflicts(self) -> Self:
        if self.statistic not in STATISTICS:
            raise ValueError(
                f"statistic: {self.statistic!r} is not known; {nearest(self.statistic, STATISTICS)}"
            )
        limits = (self.holds_above, self.holds_below, self.holds_within)
        if sum(each is not None for each in limits) != (1 if self.decides else 0):
            many = "exactly one" if self.decides else "with `decides: false` none"
            raise ValueError(f"write {many} of holds_above, holds_below and holds_within")
        wanted = ARMS.get(self.statistic, (len(self.arms),))
        if len(self.arms) not in wanted:
            many = " or ".join(map(str, wanted))
            raise ValueError(f"arms: {self.statistic} takes {many} arms, {len(self.arms)} are given")
        if self.statistic == "logit_slope" and not len(self.at) == len(self.arms) >= 2:
            raise ValueError("at: a slope takes the log2 dose of every arm, and two arms at least")
        if self.statistic == "explained" and not self.by:
            raise ValueError("by: name the drawn numbers whose share is asked for")
        return self
