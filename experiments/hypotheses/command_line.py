"""The command lines of `il2sim hypotheses` and `il2sim behaviours`, apart from `cli` for their length."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2sim.experiments.cli.options import Json, Quiet, Scheduler, Settings, Workers, voice_of
from il2sim.experiments.hypotheses.claim_sets import Where

if TYPE_CHECKING:
    from il2sim.experiments.cli.console import Voice
    from il2sim.experiments.hypotheses.evaluation import Request

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]", help="like H6, or a file")]
Behaviours = Annotated[list[str] | None, typer.Argument(metavar="[NAME]", help="a to g, or files")]
DeclaredSeed = Annotated[int | None, typer.Option("--seed", min=0, max=2**31 - 1, help="default the file's")]
Budget = Annotated[int | None, typer.Option("--budget", metavar="RUNS", help="of each question")]
Field = Annotated[bool, typer.Option("--field", help="only those that need no cells: minutes")]
Plan = Annotated[bool, typer.Option("--plan", help="print what it would take; run nothing")]
At = Annotated[Where | None, typer.Option("--at", help="only at this set of values, or over the priors")]
Page = Annotated[Path | None, typer.Option("--page", metavar="FILE", help="write a page of it, or add to it")]


def hypotheses(
    names: Names = None,
    *,
    seed: DeclaredSeed = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="default results/hypotheses")
    ] = None,
    settings: Settings = None,
    budget: Budget = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    field: Field = False,
    at: At = None,
    plan: Plan = False,
    page: Page = None,
    new: Annotated[str | None, typer.Option("--new", metavar="NAME", help="write one to fill in")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge the claims of configs/hypotheses: holds, falsified, undecided or not yet, and why."""
    from il2sim.experiments.hypotheses import evaluation, template
    from il2sim.experiments.hypotheses.claim_sets import HYPOTHESES
    from il2sim.experiments.hypotheses.plan import Change

    voice = voice_of(quiet=quiet, as_json=as_json)
    if new is not None:
        template.write(new, voice)
        return
    change = Change(seed, budget, tuple(settings or ()))
    wanted, folder = tuple(names or ()), out or HYPOTHESES.out
    request = evaluation.Request(
        wanted, folder, change, only_field=field, at=at, page=page, claim_set=HYPOTHESES
    )
    _ask(request, voice, (workers, scheduler), plan=plan)


def behaviours(
    names: Behaviours = None,
    *,
    seed: DeclaredSeed = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="default results/behaviours (or verification)")
    ] = None,
    settings: Settings = None,
    budget: Budget = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    field: Field = False,
    at: At = None,
    plan: Plan = False,
    page: Page = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Assert the behaviours (a)-(g) of configs/behaviours; exit code 1 where one does not hold."""
    from il2sim.experiments.hypotheses import evaluation
    from il2sim.experiments.hypotheses.claim_sets import asserted_claim_set
    from il2sim.experiments.hypotheses.plan import Change

    change, wanted = Change(seed, budget, tuple(settings or ())), tuple(names or ())
    claim_set = asserted_claim_set(wanted)
    request = evaluation.Request(
        wanted, out or claim_set.out, change, only_field=field, at=at, page=page, claim_set=claim_set
    )
    _ask(request, voice_of(quiet=quiet, as_json=as_json), (workers, scheduler), plan=plan)


def _ask(request: Request, voice: Voice, place: tuple[int | None, str | None], *, plan: bool) -> None:
    from il2sim.experiments.hypotheses import evaluation
    from il2sim.experiments.study.workers import Workplace

    raise typer.Exit(evaluation.ask(request, voice, Workplace(*place), plan=plan))
