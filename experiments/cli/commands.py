"""What the long verbs do: grow one tumour, sweep a design, rebuild a report, replay a passport.

Each returns an exit code of `experiments/README.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.cli.progress import Board, followed, planning
from il2sim.experiments.model_docs.parameters import notes
from il2sim.experiments.study import design, interrupts, owner, passport, store
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.leftovers import clear_results
from il2sim.experiments.study.passport import Order
from il2sim.experiments.study.planning import cost, sample, smallest
from il2sim.experiments.study.results import (
    BRING_BACK,
    Results,
    designs,
    finished_of,
    going_on,
    load,
    passport_of,
)
from il2sim.experiments.study.runs import Tally, carry_out, missing, reason_of
from il2sim.experiments.study.runtime_estimate import shared_s, whole_s
from il2sim.experiments.study.settled_cache import carrying
from il2sim.experiments.study.side_by_side import grown
from il2sim.experiments.study.store import ExperimentError
from il2sim.experiments.study.tables import Beside
from il2sim.experiments.study.workers import Workplace
from il2sim.models import Config
from il2sim.models.config.many_models import check_models

DONE, BAD_INPUT, STOPPED, INTERRUPTED = 0, 2, 3, interrupts.INTERRUPTED
ANEW = "move it away: it is written anew, and the finished runs are kept"
ANEW_OR_FORCE = f"{ANEW}; --force writes it anew in its place"
AGAIN = "delete THEM and repeat the command: what is missing is run again; or give --force to run all again"


@dataclass(frozen=True)
class Asked:
    """What every experiment is asked with: `settings` are `--set` texts, `command` is the line as typed."""

    file: Path
    seed: int | None
    out: Path | None
    settings: tuple[str, ...]
    command: str
    uses_cache: bool = True  # begin with a settled tumour that is kept, and keep it

    def config(self) -> Config:
        """The config with the settings on top."""
        return Config.load(self.file, self.settings)

    def folder(self, config: Config) -> Path:
        """Where results go."""
        return self.out or Path("results") / config.name


def grow(asked: Asked, voice: Voice, *, twin: bool, until: float | None) -> int:
    """One virtual tumour and its control, side by side in this process, with live progress."""
    whole = asked.config()
    config = whole.with_values({})  # one tumour: without its sweep
    seed = design.drawn_seed() if asked.seed is None else asked.seed
    runs = design.pair(config, seed, asked.file, asked.settings, twin=twin, until=until)
    check_models(run.config for run in runs)
    out = asked.folder(config)
    _refuse_design(out)
    store.prepare(out)
    with owner.owned(out, owner.claim(runs[0].config, seed)):
        return _grown(asked, voice, whole, runs)


def _grown(asked: Asked, voice: Voice, whole: Config, runs: Sequence[Run]) -> int:
    """The pair, in a folder that is held; `whole` is the config with its sweep, if it has one."""
    out, seed = asked.folder(whole), runs[0].seed
    _refuse_design(out)
    if asked.seed is None:
        voice.say(f"seed {seed} (drawn; repeat with --seed {seed})")
    _mention_others(out, runs, voice)
    _mention_notes(whole.with_values({}), voice)
    if whole.sweep is not None:
        voice.say(f"note: one tumour of it alone; its sweep is carried out by il2sim sweep {asked.file}")
    order = Order(asked.command, runs[0].config, seed, {})
    interrupts.keep(lambda: _kept_of_pair(runs, out, seed))
    to_do = missing(runs, out) or runs  # goes on with a pair of which one was finished before Ctrl-C
    ended = grown(to_do, out, voice, carrying(voice.warn, uses_cache=asked.uses_cache))
    failed = [outcome for outcome in ended if outcome.record is None]
    passport.write(out, order, runs)
    _name_failed(failed, out, voice)
    if any(outcome.run.id == runs[0].id for outcome in failed):
        voice.nothing(failed)
        return STOPPED
    _, results = _reported(out, voice)
    voice.run(out, results)
    return STOPPED if failed else DONE


def _kept_of_pair(runs: Sequence[Run], out: Path, seed: int) -> str:
    """What Ctrl-C leaves of a tumour and its control, and how to go on."""
    names, there = ("the run", "its matched control"), store.finished_ids(out)
    parts = [(name, run.id in there) for name, run in zip(names, runs, strict=False)]
    kept = " and ".join(name for name, is_there in parts if is_there)
    if not kept:
        return f"nothing was finished and nothing is kept; the same command with --seed {seed} begins again"
    if all(is_there for _, is_there in parts):
        of_these = (out / "passport.json").is_file() and _is_of(passport_of(out), runs)
        again = f"il2sim report {out} makes" if of_these else f"the same command with --seed {seed} makes"
        return f"{kept} {'are' if len(parts) > 1 else 'is'} kept in {out}; {again} the report"
    absent = next(name for name, is_there in parts if not is_there)
    return f"{kept} is kept in {out}, {absent} is not finished; the same command with --seed {seed} goes on"


def _is_of(found: dict[str, Any], runs: Sequence[Run]) -> bool:
    return {run.id for run in runs} <= {entry["run_id"] for entry in found["runs"]}


def _reported(out: Path, voice: Voice, *, as_svg: bool = False) -> tuple[Path, Results]:
    """The report of a folder, and what it is about; damaged files of other runs are named."""
    from il2sim.experiments.report.summary import write_report  # with all that draws

    results = load(out)
    beside = Beside(results)
    page = write_report(results, beside, as_svg=as_svg)
    if beside.damaged:
        voice.warn(
            f"{store.named(beside.damaged)}; left out of the tables, no part of the report: delete them"
        )
    return page, results


def _refuse_design(out: Path) -> None:
    """A single run would stand in the place of a whole design."""
    if (out / "passport.json").is_file() and passport_of(out, ANEW)["axes"]:
        raise ExperimentError(f"{out}: holds the results of a sweep; choose another folder with --out")


def _mention_notes(config: Config, voice: Voice) -> None:
    for note in notes(config):
        voice.say(f"note: {note}")


def _begun(out: Path, *, force: bool) -> dict[str, Any] | None:
    """The passport of a folder, if there is one; one that is damaged is refused unless it may be replaced."""
    if not (out / "passport.json").is_file():
        return None
    try:
        return passport_of(out, ANEW_OR_FORCE)
    except store.DamagedError:
        if force:
            return None
        raise


def _root(
    asked: Asked, config: Config, out: Path, shard: str | None, begun: dict[str, Any] | None
) -> tuple[int, str]:
    """Root seed of a design and where it comes from: a design begun in `out` goes on with its own."""
    if asked.seed is not None:
        return asked.seed, ""
    if shard is not None:
        raise ExperimentError("--shard: needs --seed, the same for every part of the design")
    if begun is not None and begun["config"] == config.resolved():
        return begun["seed"], f"seed {begun['seed']} (of the results in {out}; give --seed for another)"
    seed = design.drawn_seed()
    return seed, f"seed {seed} (drawn; repeat with --seed {seed})"


@dataclass(frozen=True)
class Effort:
    """How a sweep is carried out."""

    place: Workplace
    shard: str | None
    plan: bool
    force: bool
    twin: bool
    pilot: bool = False
    uses_cache: bool = True  # begin with settled tumours that are kept, and keep them


def sweep(asked: Asked, voice: Voice, effort: Effort) -> int:
    """A whole design: what is missing is carried out, then the table, the figures and the report are made."""
    if effort.pilot and not effort.plan:
        raise ExperimentError("--pilot: times one run for a plan; write --plan too, or leave it out")
    config = asked.config()
    if config.sweep is not None and not effort.twin:
        config = config.model_copy(update={"sweep": config.sweep.model_copy(update={"twin": False})})
    out = asked.folder(config)
    begun = _begun(out, force=effort.force)
    seed, whence = _root(asked, config, out, effort.shard, begun)
    with planning(voice.err, quiet=voice.quiet or voice.as_json) as report_progress:
        whole = design.grid(config, seed, str(asked.file), asked.settings, report_progress)
    check_models(run.config for run in whole)
    runs = whole if effort.shard is None else design.shard(whole, effort.shard)
    to_do = missing(runs, out, force=effort.force)
    unread = {run.id for run in to_do}
    cached = [run.id for run in runs if run.id not in unread]
    store.refuse_damaged(out, sample(cached) if effort.plan else cached, AGAIN)
    if effort.plan:
        voice.say(whence)
        pilot = smallest(to_do, voice) if effort.pilot else None
        voice.plan(cost(out, runs, to_do, effort.place, pilot))
        return DONE
    store.prepare(out)
    order = Order(asked.command, config, seed, dict(config.sweep.axes) if config.sweep else {})
    interrupts.keep(lambda: _kept(runs, out))
    with owner.owned(out, owner.claim(config, seed, effort.shard)):
        voice.say(whence)
        passport.write(out, order, whole, unread=unread)
        return _swept(out, order, (whole, runs, to_do), effort, voice)


def _swept(
    out: Path,
    order: Order,
    design_runs: tuple[Sequence[Run], Sequence[Run], Sequence[Run]],
    effort: Effort,
    voice: Voice,
) -> int:
    """A sweep in a folder that is held: of all its runs, those asked for here, and of them those to do."""
    whole, runs, to_do = design_runs
    _mention_notes(order.config, voice)
    _mention_others(out, whole, voice)
    voice.say(f"{len(runs)} runs: {len(runs) - len(to_do)} cached, {len(to_do)} to do; results in {out}")
    tally = _carried_out(runs, to_do, out, effort, voice)
    if tally is None:
        return INTERRUPTED
    passport.refresh(out)
    _name_failed(tally.failed, out, voice)
    if effort.shard is not None:
        voice.say(f"shard {effort.shard} is done; when all are: il2sim report {out}")
    elif tally.done or tally.cached:
        page, results = _reported(out, voice)
        voice.sweep(page, results, tally)
    else:
        voice.nothing(tally.failed)
    return STOPPED if tally.failed else DONE


def _mention_others(out: Path, whole: Sequence[Run], voice: Voice) -> None:
    """So that nobody wonders why a folder of finished runs is run again."""
    others = len(store.finished_ids(out) - {run.id for run in whole})
    if others:
        voice.say(f"{others} finished runs of other designs, seeds or versions are left alone in {out}")


def _carried_out(
    runs: Sequence[Run], to_do: Sequence[Run], out: Path, effort: Effort, voice: Voice
) -> Tally | None:
    """The tally, or None when a person pressed Ctrl-C: what was finished stays."""
    each, carry = [whole_s(run) for run in to_do], carrying(voice.warn, uses_cache=effort.uses_cache)
    board = Board(len(runs), len(runs) - len(to_do), sum(each), shared_s(each, effort.place))
    try:
        with followed(board, voice.err, quiet=voice.quiet) as step:
            return carry_out(
                runs,
                out,
                effort.place,
                force=effort.force,
                report_progress=lambda outcome: step(whole_s(outcome.run), outcome.record is None),
                carry=carry,
            )
    except KeyboardInterrupt:
        interrupts.answered()
        voice.warn(f"interrupted: {_kept(runs, out)}")
        return None


def _kept(runs: Sequence[Run], out: Path) -> str:
    """What Ctrl-C leaves of a design, and how to go on."""
    asked = {run.id for run in runs}
    done = len(asked & store.finished_ids(out))
    if done == len(asked):
        return f"all {done} runs are kept in {out}; il2sim report {out} makes the report"
    return f"{done} of {len(asked)} runs are kept in {out}; the same command with the same seed goes on"


def _name_failed(failed: Sequence[Outcome], out: Path, voice: Voice) -> None:
    for outcome in failed:
        reason = reason_of(outcome)
        file = out / "failed" / f"{outcome.run.id}.txt"
        voice.warn(
            f"run {outcome.run.id} was stopped: {reason}\n"
            f"  details: {file}\n  to repeat it: {outcome.run.command}"
        )


def rebuild(path: Path, voice: Voice, *, as_svg: bool = False) -> int:
    """Figures, tables and report of a folder (or of the one that holds this passport); the passport learns of
    the runs finished since. `as_svg`: figures as SVG too.
    """
    from il2sim.experiments.report.summary import incomplete

    folder = path.parent if path.is_file() and path.name == "passport.json" else path
    found = passport_of(folder, BRING_BACK)
    finished = finished_of(folder, found)  # or the passport would lose the digests of runs that are away
    store.refuse_damaged(folder, finished, f"delete THEM and repeat: {going_on(folder, found)}")
    store.check_writable(folder)
    interrupts.keep(lambda: f"the runs in {folder} are as they were; il2sim report {folder} begins again")
    clear_results(folder)
    passport.refresh(folder)
    page, results = _reported(folder, voice, as_svg=as_svg)
    voice.sweep(page, results, None)
    absent = incomplete(results)
    if absent["runs"]:
        voice.warn(
            f"partial: {absent['runs']} of {absent['of']} runs are not in it; go on: {absent['command']}"
        )
    return DONE


def repeat(path: Path, voice: Voice, place: Workplace) -> int:
    """Run a passport again and compare bit for bit."""
    found = passport_of(path)
    finished = sum(len(passport.finished_entries(each)) for each in designs(found))
    board = Board(finished, 0, float(finished))
    interrupts.keep(lambda: f"a replay writes nothing, so nothing has changed; {_compared(board)}")
    with followed(board, voice.err, quiet=voice.quiet) as step:
        compared = passport.replay(found, place, lambda outcome: step(1.0, outcome.record is None))
    otherwise = ", ".join(passport.made_otherwise(found))
    voice.replay(compared, otherwise and f"made with {otherwise}: bits may differ for that alone")
    return DONE if all(comparison.is_same for comparison in compared) else STOPPED


def _compared(board: Board) -> str:
    return f"{board.done + board.failed} of {board.total} runs were compared, the same command begins again"
