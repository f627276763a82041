"""The command line of `il2sim hypotheses`, kept apart from `cli` as it is as long as three others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from experiments.options import Json, Quiet, Scheduler, Settings, Workers


def hypotheses(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]", help="like H6, or a file")] = None,
    *,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, max=2**31 - 1, help="default the file's")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="default results/hypotheses")
    ] = None,
    settings: Settings = None,
    budget: Annotated[int | None, typer.Option("--budget", metavar="RUNS", help="of each question")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    field: Annotated[bool, typer.Option("--field", help="only those that need no cells: minutes")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="print what it would take; run nothing")] = False,
    page: Annotated[Path | None, typer.Option("--page", metavar="FILE", help="write a page of it")] = None,
    new: Annotated[str | None, typer.Option("--new", metavar="NAME", help="write one to fill in")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge the claims of configs/hypotheses: holds, falsified, undecided or not yet, and why."""
    from experiments.hypotheses import ask, scaffold
    from experiments.hypotheses.plan import Change
    from experiments.speech import Voice, console
    from experiments.workers import Workplace

    voice = Voice(console(sys.stderr), quiet=quiet, as_json=as_json)
    if new is not None:
        scaffold.write(new, voice)
        return
    change = Change(seed, budget, tuple(settings or ()))
    request = ask.Request(tuple(names or ()), out or ask.OUT, change, only_field=field, page=page)
    raise typer.Exit(ask.ask(request, voice, Workplace(workers, scheduler), plan=plan))
