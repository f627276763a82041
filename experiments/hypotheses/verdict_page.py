"""Verdicts for people: tables, JSON and a page. Every figure comes from the answers, none is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.hypotheses.claim_sets import BEHAVIOURS, HYPOTHESES, VERIFICATION, ClaimSet
from il2sim.experiments.hypotheses.verdict import FALSIFIED, HOLDS, NOT_RUN, NOT_YET, UNDECIDED
from il2sim.models.config.mechanisms import MECHANISMS, mechanism_names

STAGES = {
    "responsive": "in the sensitised scenario",
    "central": "at the reference values",
    "priors": "over the prior ranges",
}
WHAT_RUNS = {
    "cells": "a whole tumour",
    "bystander": "a whole tumour",
    "field": "one injection without cells",
    "plasma": "one injection without cells",
}
WORDS = (HOLDS, FALSIFIED, UNDECIDED, NOT_RUN, NOT_YET)


HEADS = {
    HYPOTHESES.name: """\
# Hypotheses: what would refute them, and what the model says

Each is a file of [`configs/hypotheses`](../configs/hypotheses); `il2sim hypotheses` runs and judges them, and
`il2sim hypotheses --page docs/hypotheses.md` writes this page: no figure of it is typed.
A call for some of them (names, `--field`, `--at`) adds to the answers of earlier calls, which stay
while their question is the same.
{counted}. A verdict is about this model, not about patients: about the
mechanisms that are on by default (table of rules in `models/README.md`) and those that the file `needs`.

Claims evaluated on the field follow one injection in the tissue-PK solution, without cells that move, divide
or kill. Chance has no part in them: the reference values give one value; over the prior ranges (a Latin
hypercube) shares of draws decide, with their exact 95 % intervals. A claim is falsified where too many draws
refute it, and holds where enough of them hold; a draw between the limits or without a value does neither.""",
    BEHAVIOURS.name: """\
# Qualitative validation: behaviours that the model must show

Each is a file of [`configs/behaviours`](../configs/behaviours); `il2sim behaviours` runs and judges them, and
`il2sim behaviours --page docs/behaviours.md` writes this page: no figure of it is typed.
A call for some of them (names, `--field`, `--at`) adds to the answers of earlier calls, which stay
while their question is the same.
{counted}.

Evaluated with the mechanisms that are on by default (table of rules in `models/README.md`) and those that a
file `needs`. Off by default are {off}.
A behaviour is asserted in the sensitised scenario (`configs/responsive_2d.yaml`) and reported at the
reference values, where the drug mostly does little; it counts above by its answer in the scenario, where it
was evaluated there. What a file names under `first`, mostly that the drug differs from its matched control by
0.1 in viable fraction, must hold in the sensitised scenario before the rest counts.
Directions are one-sided sign tests on paired seeds, "no change" is agreement within 0.05 of viable fraction.
{intervals}
What follows one injection without cells has no chance in it and is evaluated once.""",
    VERIFICATION.name: """\
# Verification: the model checked against itself

Each is a file of [`configs/verification`](../configs/verification);
`il2sim behaviours configs/verification/*.yaml` runs and judges them, and with `--page docs/verification.md`
writes this page: no figure of it is typed. A call that names some of them adds to the answers of earlier
calls, which stay while their question is the same.
{counted}. {intervals}""",
}
INTERVALS = "Intervals are 95 %; of shares of virtual patients 90 %, each end a one-sided 95 % limit."


def plan(voice: Voice, costs: Sequence[dict[str, Any]], whole: dict[str, Any], claim_set: ClaimSet) -> None:
    """What asking would take, claim by claim and together; nothing has been run."""
    if voice.as_json:
        voice.document({claim_set.name: list(costs), "all": whole})
        return
    rows = [
        (cost["name"], cost["measure"], "", "", "", f"not yet: needs {', '.join(cost['lacks'])}")
        if cost["lacks"]
        else (
            cost["name"],
            cost["measure"],
            *(str(cost[key]) for key in ("planned", "cached", "to_do", "time")),
        )
        for cost in (*costs, *([whole] if len(costs) > 1 else []))
    ]
    voice.table((claim_set.one, "measures", "runs", "cached", "to do", "time, roughly"), rows)


def verdicts(voice: Voice, content: dict[str, Any], claim_set: ClaimSet) -> None:
    """Claim, readout, interval and verdict of each claim."""
    if voice.as_json:
        voice.document(content)
        return
    for entry in content[claim_set.name]:
        print("\n".join(_lines(entry)))
    voice.say(counted(content, claim_set))


def _lines(entry: dict[str, Any]) -> list[str]:
    lines = [f"{entry['name']}: {entry['claim']}", f"  falsified if: {entry['falsified_if']}"]
    if entry["leaves_out"]:
        lines.append(f"  not measured: {entry['leaves_out']}")
    if entry["lacks"]:
        return [*lines, f"  not yet: needs {', '.join(entry['lacks'])}", ""]
    if not entry["questions"]:
        return [*lines, "  not run", ""]
    for question in entry["questions"]:
        lines.append(f"  {STAGES[question['stage']]}: {_verdict(question)} ({_runs(question)})")
        lines += [f"    {remark}" for remark in question.get("outside", ())]
        for part in question["readouts"]:
            limit = f"; holds {part['holds']}: {_verdict(part)}" if part["holds"] else ""
            lines.append(f"    {part['what']}: {interval(part)}, n = {part['n']}{limit}")
    return [*lines, ""]


def _verdict(found: dict[str, Any]) -> str:
    return f"{found['verdict']} ({found['reason']})" if found["reason"] else str(found["verdict"])


def _runs(question: dict[str, Any]) -> str:
    missed = question["not_finished"]
    return f"{question['runs']} runs" + (f", {missed} of them not finished" if missed else "")


def _code(question: dict[str, Any]) -> str:
    return f"code {question['version'].rpartition('+')[2]}"


def interval(part: dict[str, Any]) -> str:
    """A value with its interval as far as there is one."""
    if part["value"] is None:
        return "no value"
    if part["low"] is None and part["high"] is None:
        return f"{part['value']:.3g}"
    low, high = ("no limit" if part[end] is None else f"{part[end]:.3g}" for end in ("low", "high"))
    return f"{part['value']:.3g} ({low} to {high})"


def counted(content: dict[str, Any], claim_set: ClaimSet = HYPOTHESES) -> str:
    """How many claims ended how."""
    found = [entry["verdict"] for entry in content[claim_set.name]]
    return "; ".join(f"{found.count(word)} {word}" for word in WORDS if word in found)


def page(content: dict[str, Any], claim_set: ClaimSet = HYPOTHESES) -> str:
    """The page, Markdown: a table of verdicts, then what was found of each that was run."""
    entries = content[claim_set.name]
    rows = [f"| {entry['name']} | {entry['claim']} | {_glance(entry)} |" for entry in entries]
    changed = "".join(
        f"\nEvaluated with {name} {content[name]}: not the declared questions.\n"
        for name in ("seed", "budget", "changed")
        if content[name]
    )
    off = ", ".join(f"`{name}`" for name in mechanism_names() if name not in MECHANISMS)
    found = counted(content, claim_set)
    return f"""{HEADS[claim_set.name].format(counted=found, off=off, intervals=INTERVALS)}
{changed}
| | Claim | Verdict |
|---|---|---|
{chr(10).join(rows)}

{chr(10).join(_section(entry) for entry in entries if entry["questions"])}"""


def _glance(entry: dict[str, Any]) -> str:
    if entry["lacks"]:
        return f"not yet: needs {', '.join(each.partition(' ')[0] for each in entry['lacks'])}"
    if not entry["questions"]:
        asked = " + ".join(str(runs) for runs in entry["budget"].values() if runs)
        return f"not run (needs {asked} runs of {WHAT_RUNS[entry['measure']]})"
    return "; ".join(f"{question['verdict']} {STAGES[question['stage']]}" for question in entry["questions"])


def _section(entry: dict[str, Any]) -> str:
    lines = [f"## {entry['name']}", "", f"Falsified if {entry['falsified_if']}"]
    if entry["leaves_out"]:
        lines.append(f"Not measured: {entry['leaves_out']}")
    if entry["over"]:
        drawn = (
            name + ("" if given == "declared" else f" ({given[0]} to {given[1]})")
            for name, given in entry["over"].items()
        )
        lines.append(f"Drawn over its declared range unless said otherwise: {', '.join(drawn)}.")
    for question in entry["questions"]:
        lines += [
            "",
            f"**{STAGES[question['stage']].capitalize()}: {_verdict(question)}** "
            f"({_runs(question)}; {_code(question)})",
            "",
        ]
        lines += [f"- {remark}" for remark in question.get("outside", ())]
        lines += [
            f"- {part['what']}: {interval(part)}" + (f"; holds {part['holds']}" if part["holds"] else "")
            for part in question["readouts"]
        ]
    return "\n".join([*lines, ""])
