"""Follow untreated tumours (`untreated.py`), keep every finished course, print the summaries.

A command of its own (`python -m il2sim.experiments.verification.natural_history`, `--workers N` for several
processes): hours of one core
for the full form, minutes for a small one. `--page` adds each tumour to a page once it is followed,
and a later call, on any machine, goes on from there.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from il2sim.experiments.study import interrupts, store
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.provenance import code_hash
from il2sim.experiments.study.workers import Workplace, outcomes
from il2sim.experiments.verification.untreated import DAYS, Course, follow, summary, untreated
from il2sim.experiments.verification.untreated_page import FULL, Page
from il2sim.models import Config


def main(given: Sequence[str] | None = None) -> None:
    """Follow every seed of every width, keep each finished course, print the summaries."""
    chosen = _chosen(given)
    interrupts.keep(lambda: "what was followed is kept; the same command goes on")
    growing = (
        GrowingPage(chosen.page, chosen.config.stem if chosen.config else "section_2d")
        if chosen.page
        else None
    )
    chosen.out.mkdir(parents=True, exist_ok=True)
    base = Config.load(chosen.config) if chosen.config else Config()
    seeds_of, place = dict(FULL), Workplace(chosen.workers)
    for width in chosen.width or [width for width, _ in FULL]:
        config = untreated(width, chosen.days, tuple(chosen.set), base)
        found = courses(config, range(chosen.seeds or seeds_of.get(width, 6)), chosen.out, place, growing)
        print(json.dumps(summary(found), indent=1), flush=True)


def _chosen(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m il2sim.experiments.verification.natural_history", description=__doc__
    )
    parser.add_argument(
        "--width", type=float, action="append", help="width in mm, repeatable (default 5, 10, 20)"
    )
    parser.add_argument("--seeds", type=int, help="seeds per width (default 40, 20, 6)")
    parser.add_argument("--days", type=float, default=DAYS)
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of the usual section")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes (default 1: one after another in this one)"
    )
    parser.add_argument("--out", type=Path, default=Path("results/natural_history"))
    parser.add_argument("--page", type=Path, metavar="FILE", help="add what is followed to this page")
    chosen = parser.parse_args(given)
    if chosen.workers < 1:
        parser.error(f"argument --workers: found {chosen.workers}; 1 or more is allowed")
    if chosen.page and (chosen.set or chosen.days != DAYS):
        parser.error(f"argument --page: it holds whole configs over {DAYS:g} days, without --set and --days")
    return chosen


@dataclass(frozen=True)
class GrowingPage:
    """The page on disk, where the courses of one named config are kept as well."""

    page: Path
    config: str

    def __post_init__(self) -> None:
        Page.read(self.page)  # refuses before any time is spent

    def kept(self, config: Config) -> list[Course]:
        """What this very code has followed of this very config."""
        return Page.read(self.page).found(self.config, config.hash, _code())

    def keep(self, config: Config, found: Sequence[Course]) -> None:
        """Write the page with these."""
        Page.read(self.page).with_courses(self.config, found, _code(), config.hash).write(self.page)


def courses(
    config: Config, seeds: Sequence[int], out: Path, place: Workplace, growing: GrowingPage | None = None
) -> list[Course]:
    """The course of every seed, from its file or the page where it is finished, else followed now and kept.

    Raises RuntimeError, once all others are finished, when the model stops one.
    """
    for course in growing.kept(config) if growing else ():
        _keep(course, _file(out, config, course.seed))
    files = {seed: _file(out, config, seed) for seed in seeds}
    failed = []
    to_do = [Run(config, seed, {}) for seed, file in files.items() if not file.exists()]
    with contextlib.closing(outcomes(to_do, place, _followed)) as ended:
        for outcome in ended:
            if outcome.record is None:
                failed.append(f"seed {outcome.run.seed}: {outcome.failure}")
                continue
            course = Course(**outcome.record)
            _keep(course, files[outcome.run.seed])
            _say(course)
            if growing:
                growing.keep(config, [course])
    if failed:
        raise RuntimeError("\n".join(failed))
    found = [Course(**json.loads(file.read_text(encoding="utf-8"))) for file in files.values()]
    if growing:
        growing.keep(config, found)
    return found


def _followed(run: Run) -> Outcome:
    """One course as an outcome, so that any process may carry it out."""
    try:
        return Outcome(run, asdict(follow(run.config, run.seed)), {}, ())
    except Exception:  # whatever stopped one must not stop the others; it is named at the end
        return Outcome(run, None, {}, (), traceback.format_exc())


def _code() -> str:
    return code_hash("verification/untreated")


def _file(out: Path, config: Config, seed: int) -> Path:
    """Where a course is kept: found again only by the code that would follow it alike."""
    return out / f"{config.hash[:12]}_{_code()}_{seed}.json"


def _keep(course: Course, path: Path) -> None:
    store.write_whole(path, json.dumps(asdict(course)).encode())


def _say(course: Course) -> None:
    told = f"{course.width_mm:g} mm, seed {course.seed}: doubling {course.doubling_days:.1f} d"
    print(told, file=sys.stderr, flush=True)


if __name__ == "__main__":
    interrupts.minded(main)
