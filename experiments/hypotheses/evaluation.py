"""The verbs `hypotheses` and `behaviours`: plan every claim, run what is missing, judge, tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from il2sim.experiments.cli import commands
from il2sim.experiments.cli.console import Voice
from il2sim.experiments.cli.progress import Board, followed, spoken
from il2sim.experiments.hypotheses import verdict_page
from il2sim.experiments.hypotheses.answers import Judged, answered, document, lacking
from il2sim.experiments.hypotheses.claim import Claim, find
from il2sim.experiments.hypotheses.claim_sets import HYPOTHESES, ClaimSet
from il2sim.experiments.hypotheses.cumulative_page import before, grown, is_declared
from il2sim.experiments.hypotheses.kept_readings import kept_of, wanted
from il2sim.experiments.hypotheses.plan import Change, Stage, stages
from il2sim.experiments.hypotheses.readings import Kept, Reader, is_kept
from il2sim.experiments.hypotheses.verdict import HOLDS
from il2sim.experiments.study import bystander, interrupts, owner, store
from il2sim.experiments.study.execute import Outcome, Run, execute, plain
from il2sim.experiments.study.injection_only import first_injection, first_injection_and_blood
from il2sim.experiments.study.provenance import code_version
from il2sim.experiments.study.runs import Tally, carry_out, missing
from il2sim.experiments.study.runtime_estimate import shared_s, whole_s
from il2sim.experiments.study.workers import Workplace

FIELD_S = 2.0  # one injection in the tissue-PK solution; measured on one core
PLASMA_S = 4.0  # the same and the plasma for three days
NOT_SHOWN = 1  # exit code: a behaviour that is asserted does not hold, or could not be decided
Planned = tuple[Claim, tuple[Stage, ...]]


@dataclass(frozen=True)
class Request:
    """What was asked for: names (none: all), the field's claims alone, one stage alone, changes, and where to
    write.
    """

    names: tuple[str, ...]
    out: Path
    change: Change
    only_field: bool = False
    at: str | None = None
    page: Path | None = None
    claim_set: ClaimSet = HYPOTHESES


@dataclass(frozen=True)
class Kind:
    """Runs of one measure: their folder, what carries one out, the work of one."""

    folder: Path
    carry: Callable[[Run], Outcome]
    seconds: Callable[[Run], float]


def kinds(out: Path) -> dict[str, Kind]:
    """Each way to measure keeps its runs apart: the same config means another thing to each."""
    return {
        "field": Kind(out / "field", first_injection, lambda run: FIELD_S),
        "plasma": Kind(out / "plasma", first_injection_and_blood, lambda run: PLASMA_S),
        "cells": Kind(out / "cells", execute, whole_s),
        "bystander": Kind(out / "bystander", bystander.uninjected, whole_s),
    }


def ask(request: Request, voice: Voice, place: Workplace, *, plan: bool) -> int:
    """Answer hypotheses as far as budgets go; with `plan` only say what that would take."""
    claim_set = request.claim_set
    planned = [(claim, _stages(claim, request)) for claim in find(list(request.names), claim_set)]
    kept = kept_of(before(request.page, claim_set), claim_set.name)
    if plan:
        costs = [_cost(each, request.out, kept, place) for each in planned]
        verdict_page.plan(voice, costs, _altogether(planned, request.out, kept, place), claim_set)
        return commands.DONE
    interrupts.keep(lambda: _kept_in(request.out))
    store.prepare_folder(request.out)
    with owner.owned(request.out, _claim(planned, request)):
        return _answered(planned, request, kept, voice, place)


def _claim(planned: Sequence[Planned], request: Request) -> owner.Claim:
    """What is worked on, for whoever else comes to the same folder."""
    ids = [run.id for measure in kinds(request.out) for run in _runs(planned, measure)]
    return owner.claim_of_runs(ids, f"il2sim {request.claim_set.name} {' '.join(request.names)}".strip())


def _answered(
    planned: Sequence[Planned], request: Request, kept: Kept, voice: Voice, place: Workplace
) -> int:
    """The answers, in a folder that is held."""
    claim_set = request.claim_set
    tally = _run(planned, request.out, kept, voice, place)
    if tally is None:
        _keep_what_was_read(planned, request, kept, voice)
        return commands.INTERRUPTED
    content = _content(planned, request, kept)
    if request.page is not None:
        grown_by_now = grown(content, before(request.page, claim_set), claim_set, _claims(planned))
        _write_page(request.page, claim_set, grown_by_now)
    store.write_whole(request.out / f"{claim_set.name}.json", json.dumps(content, indent=1).encode())
    verdict_page.verdicts(voice, content, claim_set)
    if tally:
        return commands.STOPPED
    is_part = request.only_field or request.at is not None
    asked = (each for each in content[claim_set.name] if each["questions"] or each["lacks"] or not is_part)
    return (
        NOT_SHOWN if claim_set.asserted and any(each["verdict"] != HOLDS for each in asked) else commands.DONE
    )


def _keep_what_was_read(planned: Sequence[Planned], request: Request, kept: Kept, voice: Voice) -> None:
    """After Ctrl-C: on the page, as far as it has come. Not where this call or the one before asked other
    questions than the declared: there one call takes another's place.
    """
    page, claim_set = request.page, request.claim_set
    if page is None:
        return
    content, so_far = _content(planned, request, kept, stopped=True), before(page, claim_set)
    is_begun = any(entry["questions"] for entry in content[claim_set.name])
    if is_begun and is_declared(content) and is_declared(so_far):
        _write_page(page, claim_set, grown(content, so_far, claim_set, _claims(planned)))
        voice.warn(f"{page} keeps what was read so far")


def _claims(planned: Sequence[Planned]) -> list[Claim]:
    return [claim for claim, _ in planned]


def _content(
    planned: Sequence[Planned], request: Request, kept: Kept, *, stopped: bool = False
) -> dict[str, Any]:
    """The document of what was asked, from the runs there are and what was kept of others."""
    told = []
    for claim, stages_ in planned:
        reader = Reader(kinds(request.out)[claim.measure].folder, kept)
        answers = [answered(claim, stage, reader, stopped=stopped) for stage in stages_]
        begun = [each for each in answers if not stopped or each.missed < each.runs]
        told.append(Judged(claim, lacking(claim), tuple(begun)))
    order = {
        "seed": request.change.seed,
        "budget": request.change.budget,
        "changed": list(request.change.settings),
        "version": code_version(),
    }
    content: dict[str, Any] = plain(document(told, order, request.claim_set.name))
    return content


def _write_page(page: Path, claim_set: ClaimSet, content: dict[str, Any]) -> None:
    """The page and the JSON beside it, each whole."""
    store.write_whole(page.with_suffix(".json"), f"{json.dumps(content, indent=1)}\n".encode())
    store.write_whole(page, verdict_page.page(content, claim_set).encode())


def _stages(claim: Claim, request: Request) -> tuple[Stage, ...]:
    """Nothing where something is not built, or where only the field was asked for."""
    if claim.missing or (request.only_field and claim.has_chance):
        return ()
    return tuple(each for each in stages(claim, request.change) if request.at in (None, each.name))


def _runs(planned: Sequence[Planned], measure: str, kept: Kept | None = None) -> list[Run]:
    """Every different run of one measure, but for those of which all that is asked was kept; claims share
    those that are alike.
    """
    found = [
        run
        for claim, stages_ in planned
        if claim.measure == measure
        for stage in stages_
        for (_, arm), run in stage.runs.items()
        if not is_kept(kept or {}, run.id, wanted(claim)[arm])
    ]
    return list({run.id: run for run in found}.values())


def _run(
    planned: Sequence[Planned], out: Path, kept: Kept, voice: Voice, place: Workplace
) -> list[Outcome] | None:
    """Carry out what is missing, the quick ones first; what failed, or None after Ctrl-C."""
    failed: list[Outcome] = []
    for measure, kind in kinds(out).items():
        runs = _runs(planned, measure, kept)
        if many := len(_runs(planned, measure)) - len(runs):
            voice.say(f"{many} runs need not be made again: the page keeps what was read of them")
        if not runs:
            continue
        tally = _carried(runs, kind, voice, place)
        if tally is None:
            return None
        failed += tally.failed
        for outcome in tally.failed:
            file = kind.folder / "failed" / f"{outcome.run.id}.txt"
            voice.warn(
                f"run {outcome.run.id} was stopped; details: {file}\n  to repeat it: {outcome.run.command}"
            )
    return failed


def _carried(runs: Sequence[Run], kind: Kind, voice: Voice, place: Workplace) -> Tally | None:
    to_do = missing(runs, kind.folder)
    voice.say(f"{len(runs)} runs: {len(runs) - len(to_do)} cached, {len(to_do)} to do; kept in {kind.folder}")
    each = [kind.seconds(run) for run in to_do]
    board = Board(len(runs), len(runs) - len(to_do), sum(each), shared_s(each, place))
    try:
        with followed(board, voice.err, quiet=voice.quiet) as step:
            return carry_out(
                runs,
                kind.folder,
                place,
                report_progress=lambda outcome: step(kind.seconds(outcome.run), outcome.record is None),
                carry=kind.carry,
            )
    except KeyboardInterrupt:
        interrupts.answered()
        voice.warn(f"interrupted: {_kept_in(kind.folder)}")
        return None


def _kept_in(folder: Path) -> str:
    return f"what was finished is kept in {folder}; the same command goes on"


def _altogether(planned: Sequence[Planned], out: Path, kept: Kept, place: Workplace) -> dict[str, Any]:
    """Runs and time of all claims together, which is less than their sum: they share runs."""
    many, to_do, seconds = 0, 0, 0.0
    for measure, kind in kinds(out).items():
        runs = _runs(planned, measure)
        missed = missing(_runs(planned, measure, kept), kind.folder)
        many, to_do = many + len(runs), to_do + len(missed)
        seconds += shared_s([kind.seconds(run) for run in missed], place)
    counts = {"planned": many, "cached": many - to_do, "to_do": to_do}
    times = {"time_s": round(seconds, 1), "time": spoken(seconds)}
    return {"name": "all", "measure": "", "lacks": [], **counts, **times}


def _cost(planned: Planned, out: Path, kept: Kept, place: Workplace) -> dict[str, Any]:
    """Runs of one claim that are there and that are not, and the time of those."""
    claim, _ = planned
    kind, runs = kinds(out)[claim.measure], _runs([planned], claim.measure)
    to_do = missing(_runs([planned], claim.measure, kept), kind.folder)
    seconds = shared_s([kind.seconds(run) for run in to_do], place)
    return {
        "name": claim.name,
        "measure": claim.measure,
        "lacks": list(lacking(claim)),
        "planned": len(runs),
        "cached": len(runs) - len(to_do),
        "to_do": len(to_do),
        "time_s": round(seconds, 1),
        "time": spoken(seconds),
    }
