"""A claim over the prior ranges: what draws must show before it holds, and what one without a value is."""

import json
from typing import Any

import numpy as np
import pytest

from il2sim.experiments.hypotheses import verdict_page
from il2sim.experiments.hypotheses.cases import Cases
from il2sim.experiments.hypotheses.claim import Claim
from il2sim.experiments.hypotheses.draws import FAILS, HELD, LACKING, Part, over_draws
from il2sim.experiments.hypotheses.verdict import FALSIFIED, HOLDS, UNDECIDED, Verdict, together
from tests.cli_case import Il2sim
from tests.hypothesis_case import FIELD, SMALL, Write

TAIL = {"what": "Treg-only hours", "statistic": "mean", "of": "treg_only_h", "arms": "drug"}
TAIL |= {"holds_below": 10.0, "falsified_above": 12.0}
APART = {"what": "left", "statistic": "difference", "of": "viable_fraction", "arms": ["a", "b"]}
APART |= {"holds_within": (-0.05, 0.05)}
SIGN = {"what": "less", "statistic": "sign", "of": "viable_fraction", "arms": ["a", "b"], "holds_above": 0.5}


def asked(measure: str, *readouts: dict[str, Any]) -> Claim:
    arms = {arm: {} for readout in readouts for arm in np.atleast_1d(readout["arms"])}
    told = {"name": "case", "claim": "It is.", "falsified_if": "it is not.", "measure": measure}
    return Claim.model_validate(
        told | {"arms": arms, "readouts": readouts, "over": {"patient.stil": "declared"}}
    )


def tails(*hours: tuple[int, float]) -> list[Part]:
    """What so many draws of so many Treg-only hours come to."""
    values = np.concatenate([np.full(many, each) for many, each in hours])
    return over_draws(asked("field", TAIL), Cases({("drug", "treg_only_h"): values}, {}), values.size)


def named(parts: list[Part], what: str) -> Part:
    (part,) = (part for part in parts if part.what == what)
    return part


def word(parts: list[Part]) -> Verdict:
    return together([part.verdict for part in parts if part.limit])


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [
        ([(60, 9.0)], HOLDS),
        ([(60, 11.0)], UNDECIDED),  # between the limits: none refutes, and none holds
        ([(60, 13.0)], FALSIFIED),
        ([(52, 9.0), (8, 11.0)], UNDECIDED),
        ([(59, 9.0), (1, 11.0)], HOLDS),
        ([(30, 9.0), (30, np.nan)], UNDECIDED),
        ([(40, np.nan), (20, 13.0)], FALSIFIED),
        ([(36, 9.0)], HOLDS),  # of 35 even all are too few
        ([(35, 9.0)], UNDECIDED),
    ],
)
def test_a_claim_holds_only_where_most_draws_do(hours: list[tuple[int, float]], verdict: str) -> None:
    assert word(tails(*hours)).word == verdict


def test_shares_are_of_all_draws_and_say_why() -> None:
    parts = tails((40, 9.0), (6, 11.0), (4, 13.0), (10, np.nan))
    held, failed, lacks = (named(parts, what).found for what in (HELD, FAILS, LACKING))
    assert (held.value, failed.value, lacks.value) == pytest.approx((40 / 60, 4 / 60, 10 / 60))
    assert held.n == failed.n == lacks.n == 60
    assert parts[0].found.n == 50
    assert word(parts).reason == "of 60 draws 6 between the limits and 10 without a value"
    assert word(tails((52, 9.0), (8, 11.0))).reason == "the interval reaches across the limit"
    assert word(tails((30, 9.0))).reason == "30 draws are too few to show that more than 0.9 of them hold"
    assert all(part.what != LACKING for part in tails((60, 9.0)))


def test_a_mean_within_limits_is_not_every_draw() -> None:
    """H1: a tenth of the women differ by 0.2 either way; their mean is none and its interval narrow."""
    twin, drawn = np.ones(400), np.zeros(400)
    drawn[:20], drawn[20:40] = 0.2, -0.2
    cases = Cases({("a", "viable_fraction"): twin + drawn, ("b", "viable_fraction"): twin}, {})
    (held,) = over_draws(asked("cells", APART), cases, 400)
    assert (held.what, held.found.value, held.verdict.word) == (HELD, 0.9, UNDECIDED)
    drawn[:] = 0.01
    cases = Cases({("a", "viable_fraction"): twin + drawn, ("b", "viable_fraction"): twin}, {})
    assert over_draws(asked("cells", APART), cases, 400)[0].verdict.word == HOLDS


def test_what_is_no_number_of_one_woman_is_asked_of_all_alone() -> None:
    same = Cases({(arm, "viable_fraction"): np.ones(40) for arm in "ab"}, {})
    assert over_draws(asked("cells", SIGN), same, 40) == []
    both = over_draws(asked("cells", SIGN, APART), same, 40)
    assert [(part.what, part.verdict.word) for part in both] == [(HELD, HOLDS)]
    shown = APART | {"decides": False}
    del shown["holds_within"]
    assert over_draws(asked("cells", SIGN, shown), same, 40) == []


def test_cells_are_asked_so_over_the_priors_alone(il2sim: Il2sim, write: Write) -> None:
    text = SMALL.replace("[-0.05, 0.05]", "[-0.05, 0.15]").replace("priors: 40", "priors: 80")
    _, out, _ = il2sim(str(write(text)), "--workers", "1", "--json")
    central, priors = json.loads(out)["hypotheses"][0]["questions"]
    assert [part["what"] for part in central["readouts"]] == ["half less whole"]
    assert [part["what"] for part in priors["readouts"]] == ["half less whole", HELD]
    assert (priors["verdict"], priors["readouts"][-1]["value"], priors["readouts"][-1]["n"]) == (
        "holds",
        1.0,
        40,
    )


def test_the_page_says_what_draws_must_show(il2sim: Il2sim, write: Write) -> None:
    text = FIELD.replace("holds_below: -3", "holds_below: -5, falsified_above: -3")
    _, out, _ = il2sim(str(write(text)), "--workers", "1", "--json")
    page = verdict_page.page(json.loads(out))
    assert "**Over the prior ranges: undecided (of 36 draws 36 between the limits)** (72 runs; code " in page
    assert f"- {HELD}: 0 (0 to 0.0974); holds above 0.9" in page
