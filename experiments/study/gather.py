"""The verb `table`: one tidy table of all runs of a results folder, or of several, shown or written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from il2sim.experiments.cli.console import Voice, shown
from il2sim.experiments.study import columns, store, tables
from il2sim.experiments.study.store import ExperimentError

FORMS = (".csv", ".parquet")
SHOWN = ("viable_fraction", "mpr", "rcb_class")
DIGITS = 8  # of an id where a person reads it


def table(folders: Sequence[Path], out: Path | None, voice: Voice) -> None:
    """Write the table to `out`, by its ending; without, show the shorter columns of it."""
    if out is not None:
        _check_out(out)
    named = list(dict.fromkeys(_folder(path) for path in folders))
    found = tables.gathered(named)
    if out is not None:
        store.write_whole(out, _content(found, out, named[0]))
    if voice.as_json:
        rows = found.astype(object).where(found.notna(), None).to_dict("records")
        voice.document({"runs": rows})
    elif out is None:
        heads = _heads(found)
        voice.table(heads, [tuple(_cell(head, row[head]) for head in heads) for _, row in found.iterrows()])
    voice.say(f"{len(found)} runs, {len(found.columns)} columns" + (f": {out}" if out else ""))


def _folder(path: Path) -> Path:
    """A results folder, also named by a file of it."""
    folder = path.parent if path.is_file() and path.name == "passport.json" else path
    if not folder.is_dir():
        raise ExperimentError(f"{path}: is no folder; give a results folder that `run` or `sweep` wrote")
    return folder


def _check_out(out: Path) -> None:
    """A wrong name is told before anything is read."""
    if out.suffix.lower() not in FORMS:
        raise ExperimentError(f"--out {out}: ends in {out.suffix!r}; end it in {' or '.join(FORMS)}")
    if out.is_dir():
        raise ExperimentError(f"--out {out}: is a folder; name a file in it, like {out / 'all.csv'}")


def _content(found: pd.DataFrame, out: Path, folder: Path) -> bytes:
    if out.suffix.lower() == ".csv":
        return str(found.to_csv(index=False, lineterminator="\n")).encode()
    kinds = store.kinds(found, folder)
    return tables.parquet(found, partial(columns.of_runs, kinds=kinds))


def _heads(found: pd.DataFrame) -> list[str]:
    """The columns that tell runs apart, and what became of them."""
    names = list(found.columns)
    ahead = names[: names.index("has_settled")]  # the first of what a run has come to
    dull = {"twin_id", "config_hash", "result_digest", "version"}
    return [name for name in ahead if name not in dull] + [name for name in SHOWN if name in found]


def _cell(head: str, value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    return str(value)[:DIGITS] if head == "run_id" else shown(value)
