"""The page of untreated tumours: each with the code that followed it, added to call by call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from il2sim.experiments.study import store
from il2sim.experiments.study.pages import kept_beside
from il2sim.experiments.verification.untreated import DAYS, Course, summary

FULL = ((5.0, 40), (10.0, 20), (20.0, 6))  # width (mm), tumours
ALLOWED = {5.0: 0.08, 10.0: 0.05, 20.0: 0.05}  # of the doubling time given, for its whole interval
SLOPE, SLOPE_ALLOWED = 1.0 / 3.0, 0.05
POPULATION_ALLOWED = {"nk": 0.30}  # of cells per voxel of bed; few NK cells scatter more
USUALLY_ALLOWED = 0.15
COLUMNS = (
    "Config",
    "Width",
    "Tumours",
    "Doubling time over the one given (95 % interval; allowed)",
    "Slope of log Feret width on log volume (95 % interval; allowed)",
    "Cells per voxel of bed over their start",
    "Kills over those that births were solved for (95 % interval)",
    "Share without MHC-I, day 0 to the end",
    "Code",
    "",
)
HEAD = f"""\
# Untreated tumours over {DAYS:g} days

Without drug a tumour must double in the time its config gives (103 days), grow in width as the cube root of
its volume, and hold its infiltrate.
`python -m il2sim.experiments.verification.natural_history --page docs/untreated.md` follows tumours and
writes this page: no figure of it is typed. A call adds to those of earlier calls; a tumour stays
with the code that followed it until other code follows it anew. Births are solved for the kills before day 0
and stay: where fewer come later, the tumour grows faster than asked. CD8 cells kill no tumour cell without
MHC-I, so those become more.

| {" | ".join(COLUMNS)} |
|{"---|" * len(COLUMNS)}
"""


Key = tuple[str, float, int]


@dataclass(frozen=True)
class Row:
    """One course, the code that followed it and the hash of the whole config, "" where none was kept."""

    course: Course
    code: str
    asked: str


@dataclass(frozen=True)
class Page:
    """Courses by name of config, width and seed."""

    rows: dict[Key, Row]

    @classmethod
    def read(cls, page: Path) -> Page:
        """What the page holds so far, from the JSON beside it; ExperimentError where that is none."""
        kept = kept_beside(page, lambda rows: [_row(row) for row in rows])
        return cls(dict(map(_row, kept or [])))

    def with_courses(self, config: str, courses: Sequence[Course], code: str, asked: str) -> Page:
        """The page with these courses of a config in place of what it had of them."""
        rows = {(config, each.width_mm, each.seed): Row(each, code, asked) for each in courses}
        return Page(self.rows | rows)

    def found(self, config: str, asked: str, code: str) -> list[Course]:
        """What the page has of this very config by this very code."""
        return [
            row.course
            for key, row in self.rows.items()
            if (key[0], row.asked, row.code) == (config, asked, code)
        ]

    def write(self, page: Path) -> None:
        """The page and its JSON, each whole."""
        rows = [
            {"config": key[0], "asked": row.asked, "code": row.code, **asdict(row.course)}
            for key, row in sorted(self.rows.items(), key=lambda item: item[0])
        ]
        lines = ",\n".join(f" {json.dumps(row)}" for row in rows)
        store.write_whole(page.with_suffix(".json"), f"[\n{lines}\n]\n".encode())
        store.write_whole(page, self.text().encode())

    def text(self) -> str:
        """The page, Markdown."""
        groups: dict[tuple[str, float], list[Row]] = {}
        for key in sorted(self.rows):
            groups.setdefault(key[:2], []).append(self.rows[key])
        return HEAD + "".join(_line(*key, rows) for key, rows in groups.items())


def _row(kept: dict[str, Any]) -> tuple[Key, Row]:
    course = Course(
        **{name: value for name, value in kept.items() if name not in ("config", "asked", "code")}
    )
    row = Row(course, kept["code"], kept.get("asked", ""))
    return (kept["config"], course.width_mm, course.seed), row


def _line(config: str, width_mm: float, rows: Sequence[Row]) -> str:
    """One row: means of one width, what is allowed, and what of it is not shown."""
    found, asked = summary([row.course for row in rows]), dict(FULL).get(width_mm, 0)
    doubling, slope, held = (found[key] for key in ("doubling_over_given", "slope", "population_over_start"))
    ends = min(held, key=held.__getitem__), max(held, key=held.__getitem__)
    missed = _missed(doubling, slope, held, ALLOWED.get(width_mm, 0.05))
    cells = (
        config,
        f"{width_mm:g} mm",
        f"{len(rows)} of {asked}" if len(rows) < asked else str(len(rows)),
        f"{_interval(doubling)}; +-{ALLOWED.get(width_mm, 0.05):.0%}",
        f"{_interval(slope)}; 1/3 +- {SLOPE_ALLOWED:g}",
        " to ".join(f"{held[name]:.3f} ({name})" for name in ends),
        _kills(found["kills_over_solved"], len(rows)),
        " to ".join(f"{share:.3f}" for share in found["null_share"] or ()),
        ", ".join(sorted({row.code for row in rows})),
        f"not shown: {', '.join(missed)}" if missed else "holds",
    )
    return f"| {' | '.join(cells)} |\n"


def _kills(found: dict[str, float] | None, tumours: int) -> str:
    if found is None:
        return "not kept"
    of = f", {found['seeds']} tumours" if found["seeds"] < tumours else ""
    return f"{_interval(found)}{of}"


def _missed(
    doubling: dict[str, float], slope: dict[str, float], held: dict[str, float], allowed: float
) -> list[str]:
    """What is not shown to lie where it must; an interval that is not known shows nothing."""
    most = {name: POPULATION_ALLOWED.get(name, USUALLY_ALLOWED) for name in held}
    is_shown = {
        "growth": 1.0 - allowed <= doubling["low"] and doubling["high"] <= 1.0 + allowed,
        "slope": abs(slope["mean"] - SLOPE) <= SLOPE_ALLOWED,
        **{name: abs(share - 1.0) <= most[name] for name, share in held.items()},
    }
    return [name for name, shown in is_shown.items() if not shown]


def _interval(found: dict[str, float]) -> str:
    return f"{found['mean']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
