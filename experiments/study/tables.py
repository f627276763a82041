"""Tables of every finished run of a folder, or of several: what is asked for and what lies beside it.

`runs.parquet` and `series.parquet` hold all finished runs of their folder. Rows that the report is about have
`in_report` true and come first. Beside the runs of a sweep stand others that were finished there: they have
no place in the sweep, so `arm`, `replicate` and its axes are empty in their rows, and a mean over arms or
along an axis is of the sweep alone. In the folder of single runs all rows keep their labels. What other runs
were asked for differently stands in columns named by config key, as a config says it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from il2sim.experiments.study import columns, formats, store
from il2sim.experiments.study.against_control import beside_twins
from il2sim.experiments.study.results import BRING_BACK, Results, designs, passport_of, texts_of
from il2sim.experiments.study.tidy import tidy_row
from il2sim.models import Config

if TYPE_CHECKING:
    import pandas as pd

IDS = ("run_id", "twin_id", "config_hash", "result_digest", "seed", "version")
MARK = "in_report"
TWIN = "twin"
NULL = "null"
SCHEMA = b"il2sim.schema"
Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What one finished run was asked for: its place in a design and every config key, as text."""

    labels: Mapping[str, str]
    twin_id: str | None
    texts: Mapping[str, str]


def asked_of(folder: Path, passport: Mapping[str, Any], run_ids: Iterable[str]) -> dict[str, Asked]:
    """The same of runs of a folder: from its passport, or of a run that is in none, from its own file."""
    known: dict[str, Asked] = {}
    for design in designs(dict(passport)) if passport else ():
        base = texts_of(Config.model_validate(design["config"]))
        for entry in design["runs"]:
            axes = {axis: entry["labels"][axis] for axis in design["axes"] if axis in entry["labels"]}
            values = entry.get("values", axes)  # of before values were kept
            texts = {key: text for key, text in (base | values).items() if text != NULL}
            known.setdefault(entry["run_id"], Asked(entry["labels"], entry["twin_id"], texts))
    wanted = list(run_ids)
    return {run_id: known[run_id] if run_id in known else _by_itself(folder, run_id) for run_id in wanted}


def _by_itself(folder: Path, run_id: str) -> Asked:
    found = store.record(folder, run_id)
    try:
        texts = texts_of(Config.model_validate(found["config"]))
    except ValidationError:  # of a version that had other keys: its numbers stand in `config.` columns
        texts = {}
    return Asked(found["labels"], found["twin_id"], texts)


def differing(asked: Iterable[Asked]) -> list[str]:
    """Config keys in which runs differ that are not matched controls of others."""
    own = [each.texts for each in asked if each.labels.get("arm") != TWIN and each.texts]
    keys = dict.fromkeys(key for texts in own for key in texts)
    return [key for key in keys if len({texts.get(key) for texts in own}) > 1]


@dataclass(frozen=True)
class Beside:
    """The finished runs of a folder that a report is not about; files that can't be read are `damaged`."""

    results: Results

    @cached_property
    def damaged(self) -> tuple[store.DamagedError, ...]:
        """Those whose files are no finished runs."""
        return tuple(store.damaged(self.results.folder, self._there))

    @cached_property
    def run_ids(self) -> tuple[str, ...]:
        """Those that can be read."""
        broken = {error.path.stem for error in self.damaged}
        return tuple(run_id for run_id in self._there if run_id not in broken)

    @property
    def _there(self) -> list[str]:
        planned = {run["run_id"] for run in self.results.passport["runs"]}
        return sorted(store.finished_ids(self.results.folder) - planned)

    @cached_property
    def _asked(self) -> dict[str, Asked]:
        own = list(self.results.table["run_id"])
        return asked_of(self.results.folder, self.results.passport, (*own, *self.run_ids))

    @cached_property
    def keys(self) -> list[str]:
        """Config keys in which they differ from the runs of the report, or among each other."""
        found = differing(self._asked.values()) if self.run_ids else []
        return [key for key in found if key not in self.results.axes]

    @cached_property
    def differences(self) -> list[str]:
        """The same for people, with the seed."""
        seeds = {self.results.passport.get("seed")} | {
            store.record(self.results.folder, run_id)["seed"] for run_id in self.run_ids
        }
        return [*self.keys, *(["seed"] if len(seeds) > 1 else [])]

    def table(self) -> pd.DataFrame:
        """Every finished run of the folder, those of the report first: see the head of this module."""
        import pandas as pd

        results, own = self.results, self.results.table.assign(**{MARK: True})
        rows = [self._row(run_id) for run_id in self.run_ids]
        whole = pd.concat([own, beside_twins(rows).assign(**{MARK: False})]) if rows else own
        for key in self.keys:
            whole[key] = [self._asked[run_id].texts.get(key) for run_id in whole["run_id"]]
        return arranged(
            whole.reset_index(drop=True), (*IDS, MARK, "arm", "replicate", *results.axes, *self.keys)
        )

    def _row(self, run_id: str) -> Row:
        asked = self._asked[run_id]
        labels = {} if self.results.axes else {"labels": dict(asked.labels)}
        found = store.record(self.results.folder, run_id)
        return tidy_row(found | {"labels": {}, "twin_id": asked.twin_id} | labels)

    def series(self) -> pd.DataFrame:
        """The series of the same runs under each other."""
        own = list(self.results.table["run_id"])
        whole = store.series_table(self.results.folder, (*own, *self.run_ids))
        return whole.assign(**{MARK: whole["run_id"].isin(own)}) if len(whole) else whole


def arranged(table: pd.DataFrame, first: Sequence[str]) -> pd.DataFrame:
    """The table with these columns first, as far as it has them, and whole numbers where they are counted."""
    ahead = list(dict.fromkeys(name for name in first if name in table))
    found = table[[*ahead, *(name for name in table if name not in set(ahead))]]
    if "replicate" not in found or not found["replicate"].map(_is_counted).all():
        return found
    kind = "Int64" if found["replicate"].isna().any() else "int64"
    return found.assign(replicate=found["replicate"].astype(kind))


def _is_counted(value: object) -> bool:
    import pandas as pd

    is_whole = isinstance(value, float) and value.is_integer()
    return value is None or value is pd.NA or value != value or isinstance(value, int) or is_whole


def gathered(folders: Sequence[Path]) -> pd.DataFrame:
    """One tidy table of every finished run of these results folders, with `folder` where they are several.

    Every run keeps its own labels; keys in which runs differ are columns, as configs say them. Raises
    ExperimentError for a folder without finished runs, or with files that are none.
    """
    import pandas as pd

    tables, asked = [], list[Asked]()
    for folder in folders:
        rows, found = _rows_of(folder)
        tables.append(beside_twins(rows).assign(folder=str(folder)))
        asked += found
    whole, keys = pd.concat(tables, ignore_index=True), differing(asked)
    for key in keys:
        whole[key] = [each.labels.get(key, each.texts.get(key)) for each in asked]
    labels = [label for each in asked for label in each.labels]
    first = ("folder", *IDS, MARK, "arm", "replicate", *labels, *keys)
    return arranged(whole if len(folders) > 1 else whole.drop(columns="folder"), first)


def _rows_of(folder: Path) -> tuple[list[Row], list[Asked]]:
    """The finished runs of a folder, those that its report is about first, and what each was asked for."""
    there = store.finished_ids(folder)
    if not there:
        raise store.ExperimentError(
            f"{folder}: holds no finished run; give a results folder that `run` or `sweep` wrote"
        )
    store.refuse_damaged(folder, sorted(there), "delete THEM: the command that made THEM makes THEM again")
    passport = passport_of(folder, BRING_BACK) if (folder / "passport.json").is_file() else {}
    own = [entry["run_id"] for entry in passport.get("runs", ()) if entry["run_id"] in there]
    places = asked_of(folder, passport, (*own, *sorted(there - set(own))))
    rows, reported = [], set(own)
    for run_id, asked in places.items():
        place = {"labels": dict(asked.labels), "twin_id": asked.twin_id}
        rows.append(tidy_row(store.record(folder, run_id) | place) | {MARK: run_id in reported})
    return rows, list(places.values())


def write(beside: Beside) -> None:
    """`runs.parquet` and `series.parquet`, each whole or not at all."""
    folder, table = beside.results.folder, beside.table()
    kinds = store.kinds(table, folder)
    store.write_whole(folder / "runs.parquet", parquet(table, partial(columns.of_runs, kinds=kinds)))
    told = partial(columns.of_series, kinds=kinds)
    store.write_whole(folder / "series.parquet", parquet(beside.series(), told))


def parquet(table: pd.DataFrame, told: columns.Told) -> bytes:
    """A table as Parquet: every field has its `description` and `unit` as metadata, the file its schema."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = pa.Table.from_pandas(table, preserve_index=False)
    fields = []
    for field in found.schema:
        column = told(field.name)
        fields.append(field.with_metadata({"description": column.description, "unit": column.unit}))
    metadata = {**(found.schema.metadata or {}), SCHEMA: str(formats.TABLE).encode()}
    stream = io.BytesIO()
    pq.write_table(found.cast(pa.schema(fields, metadata=metadata)), stream)
    return stream.getvalue()
