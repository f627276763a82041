"""Options that several verbs of the command line share, each said once, and the voice they ask for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from il2sim.experiments.cli.console import Voice


def tell_version(is_asked: bool) -> None:  # noqa: FBT001 (typer hands the flag over like this)
    """Print the version, of which the last part is the model's, and leave."""
    if is_asked:
        from il2sim.experiments.study.provenance import code_version

        print(f"il2sim {code_version()}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=tell_version, is_eager=True, help="print the version")
]
ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="a YAML file, like configs/small_2d.yaml")]
MaybeConfig = Annotated[Path | None, typer.Argument(metavar="[CONFIG]", help="default: the defaults")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, max=2**31 - 1, help="drawn and printed when absent; always recorded"),
]


def _folder(text: str) -> Path:
    """An empty text would be the folder one stands in: mostly a variable of the shell that is not set."""
    if not text.strip():
        raise typer.BadParameter("is empty; name a folder, or leave it out")
    return Path(text)


Out = Annotated[
    Path | None,
    typer.Option(
        "--out", parser=_folder, metavar="DIR", help="results folder; default results/<config name>"
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="any parameter or config key; repeatable"),
]
Json = Annotated[bool, typer.Option("--json", help="one JSON document on stdout, nothing else")]
Quiet = Annotated[bool, typer.Option("--quiet", help="warnings and errors only")]
NoTwin = Annotated[bool, typer.Option("--no-twin", help="leave out the matched control without drug")]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="settle anew, and keep no settled tumour; the results are the same")
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="processes; default every usable core; 1 stays in this process"),
]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="a dask scheduler, like tcp://host:8786")
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        metavar="MINUTES",
        help="end a run that takes longer, count it as failed and go on; default none",
    ),
]


def voice_of(*, quiet: bool = False, as_json: bool = False) -> Voice:
    """What speaks to the person: on stderr, as loud as asked."""
    from il2sim.experiments.cli.console import Voice, console

    return Voice(console(sys.stderr), quiet=quiet, as_json=as_json)
