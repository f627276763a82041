"""The command `il2sim`: one function per verb, each importing what it needs when it is called. See `jobs`."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2sim.experiments.cli.options import (
    ConfigFile,
    Json,
    MaybeConfig,
    NoCache,
    NoTwin,
    Out,
    Quiet,
    Scheduler,
    Seed,
    Settings,
    TimeLimit,
    Version,
    Workers,
    voice_of,
)
from il2sim.experiments.hypotheses.command_line import behaviours, hypotheses
from il2sim.experiments.study import interrupts

if TYPE_CHECKING:
    from il2sim.experiments.cli.commands import Asked
    from il2sim.experiments.study.workers import Workplace

app = typer.Typer(
    name="il2sim",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command; what a person got wrong ends with one message and exit code 2, Ctrl-C with 130."""
    try:
        interrupts.minded(partial(app, prog_name="il2sim"))
    except Exception as error:
        from il2sim.experiments.study.pool import NoProcessError
        from il2sim.experiments.study.store import ExperimentError
        from il2sim.models.config.model import ConfigError

        if not isinstance(error, (ConfigError, ExperimentError)):
            raise
        print(f"il2sim: {error}", file=sys.stderr)
        raise SystemExit(3 if isinstance(error, NoProcessError) else 2) from None


def _asked(file: Path, seed: int | None, out: Path | None, settings: list[str] | None) -> Asked:
    from il2sim.experiments.cli.commands import Asked

    return Asked(file, seed, out, tuple(settings or ()), shlex.join(["il2sim", *sys.argv[1:]]))


def _place(workers: int | None, scheduler: str | None = None, limit_min: float | None = None) -> Workplace:
    from il2sim.experiments.study.workers import Workplace

    return Workplace(workers, scheduler, None if limit_min is None else 60.0 * limit_min)


@app.callback()
def options(*, version: Version = False) -> None:
    """Virtual breast tumours under IL-2 (NCT05821686). For research and teaching; not a medical device."""


@app.command()
def run(
    config: ConfigFile,
    *,
    seed: Seed = None,
    out: Out = None,
    settings: Settings = None,
    as_json: Json = False,
    quiet: Quiet = False,
    no_twin: NoTwin = False,
    no_cache: NoCache = False,
    until: Annotated[
        float | None,
        typer.Option("--until", metavar="DAY", help="operate on this day; later injections are left out"),
    ] = None,
) -> None:
    """Grow one virtual tumour and its matched control (no drug); write pictures, report and passport."""
    from il2sim.experiments.cli import commands

    voice = voice_of(quiet=quiet, as_json=as_json)
    asked = replace(_asked(config, seed, out, settings), uses_cache=not no_cache)
    raise typer.Exit(commands.grow(asked, voice, twin=not no_twin, until=until))


@app.command()
def sweep(
    config: ConfigFile,
    *,
    seed: Seed = None,
    out: Out = None,
    settings: Settings = None,
    as_json: Json = False,
    quiet: Quiet = False,
    no_twin: NoTwin = False,
    no_cache: NoCache = False,
    workers: Workers = None,
    scheduler: Scheduler = None,
    time_limit: TimeLimit = None,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="K/N", help="only the k-th of n parts, for job arrays")
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="print runs cached and to do, time and disk; run nothing")
    ] = False,
    pilot: Annotated[
        bool, typer.Option("--pilot", help="with --plan: time one small run here, which is not kept")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="run finished runs again")] = False,
) -> None:
    """Carry out a design over doses, widths or any parameter; end with a table, figures and a report."""
    from il2sim.experiments.cli import commands

    place = _place(workers, scheduler, time_limit)
    effort = commands.Effort(
        place, shard, plan, force, twin=not no_twin, pilot=pilot, uses_cache=not no_cache
    )
    raise typer.Exit(
        commands.sweep(_asked(config, seed, out, settings), voice_of(quiet=quiet, as_json=as_json), effort)
    )


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    *,
    svg: Annotated[bool, typer.Option("--svg", help="write the figures as SVG too, beside the PNG")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Rebuild tables, figures and report from a results folder."""
    from il2sim.experiments.cli import commands

    raise typer.Exit(commands.rebuild(folder, voice_of(quiet=quiet, as_json=as_json), as_svg=svg))


@app.command()
def table(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR", help="a results folder")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="write it there, as .csv or .parquet")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show or write one tidy table of every finished run of one results folder, or of several."""
    from il2sim.experiments.study import gather

    gather.table(folders, out, voice_of(quiet=quiet, as_json=as_json))


@app.command()
def replay(
    passport: Annotated[
        Path, typer.Argument(metavar="PASSPORT", help="a passport.json, or the folder that holds it")
    ],
    *,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a passport again exactly and compare bit for bit; write nothing."""
    from il2sim.experiments.cli import commands

    raise typer.Exit(
        commands.repeat(passport, voice_of(quiet=quiet, as_json=as_json), _place(workers, scheduler))
    )


@app.command()
def dose(config: ConfigFile, *, settings: Settings = None, as_json: Json = False) -> None:
    """Print the dose sheet: what every width of the config is given at each injection."""
    from il2sim.experiments.model_docs import parameter_cards

    parameter_cards.dose(_asked(config, None, None, settings).config(), voice_of(as_json=as_json))


@app.command()
def parameters(
    config: MaybeConfig = None,
    *,
    settings: Settings = None,
    assumed: Annotated[bool, typer.Option("--assumed", help="only what nobody measured")] = False,
    as_json: Json = False,
) -> None:
    """Print every number of the model with its unit, range, source and how it is known."""
    from il2sim.experiments.model_docs import parameter_cards

    parameter_cards.parameters(voice_of(as_json=as_json), config, settings or (), only_assumed=assumed)


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="like cd8_killing.kill_rate")],
    config: MaybeConfig = None,
    *,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Print one number's card."""
    from il2sim.experiments.model_docs import parameter_cards

    parameter_cards.explain(name, voice_of(as_json=as_json), config, settings or ())


@app.command()
def rules(config: MaybeConfig = None, *, settings: Settings = None) -> None:
    """Print the model in English sentences."""
    from il2sim.experiments.model_docs import parameter_cards

    parameter_cards.rules(config, tuple(settings or ()))


@app.command()
def configs() -> None:
    """List the configs that come with il2sim; each verb takes them by name."""
    from il2sim.experiments.model_docs import parameter_cards

    parameter_cards.shipped_configs()


@app.command()
def schema() -> None:
    """Print the JSON Schema of configs, for editors."""
    from il2sim.experiments.model_docs import parameter_cards

    parameter_cards.schema()


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """Check the installation."""
    from il2sim.experiments.cli import doctor

    raise typer.Exit(doctor.doctor(voice_of(as_json=as_json)))


@app.command()
def warm(*, quiet: Quiet = False) -> None:
    """Fill the kernel cache, so that the first run starts at once."""
    from il2sim.experiments.cli import doctor

    doctor.warm(voice_of(quiet=quiet))


@app.command()
def cache(
    *,
    clear: Annotated[bool, typer.Option("--clear", help="delete all of them")] = False,
    as_json: Json = False,
) -> None:
    """Show where settled tumours are kept between commands, how many, and how large they are."""
    from il2sim.experiments.cli import settled

    settled.cache(voice_of(as_json=as_json), clear=clear)


@app.command()
def bench(
    cases: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CASE]...", help="default: all, some 100 minutes; an unknown one lists them"),
    ] = None,
    *,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="DIR", help="a clone to measure in turns with this one"),
    ] = None,
    pairs: Annotated[
        int | None,
        typer.Option("--pairs", min=1, help="how often; default 3 for short cases, 1 for long ones"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="a JSON file to which rows are added")
    ] = None,
    phases: Annotated[
        bool, typer.Option("--phases", help="where a tick's time goes, beside the memory's ceilings")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="exit 1 where a row exceeds its bound")] = False,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE", help="put a file of --out into docs/performance.md, no more"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure speed by named cases: CPU of one core, beside a fixed NumPy task and another checkout."""
    from il2sim.experiments.bench import verb

    if page is not None:
        verb.page(page, voice_of(as_json=as_json))
        return
    wanted = verb.Wanted(against, pairs, out, phases, check)
    raise typer.Exit(verb.bench(cases or (), wanted, voice_of(as_json=as_json)))


@app.command()
def demo(
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any free one")] = 8765,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="print the address, open nothing")] = False,
) -> None:
    """Serve the teaching page on this computer, until Ctrl-C."""
    from il2sim.experiments.demo.server import serve

    interrupts.keep(lambda: "the page is closed, it had nothing to keep")
    serve(voice_of().say, port, opens_browser=not no_browser)


app.command()(hypotheses)
app.command()(behaviours)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def test(context: typer.Context) -> None:
    """Run the test suite; every argument goes to pytest."""
    from il2sim.experiments.study.provenance import ROOT

    raise typer.Exit(
        subprocess.run([sys.executable, "-m", "pytest", *context.args], cwd=ROOT, check=False).returncode
    )


if __name__ == "__main__":
    main()
