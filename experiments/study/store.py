"""The results folder: one Parquet file per finished run, written whole or not at all; it is the only state.

A file holds the run's record as JSON in its metadata, its series as columns, its sections as bytes, and a
seal that tells whether a bit of it has changed since.
"""

from __future__ import annotations

import errno
import io
import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from il2sim.experiments.study import formats, packing
from il2sim.experiments.study.against_control import beside_twins
from il2sim.experiments.study.cell_kinds import Kinds, merged
from il2sim.experiments.study.execute import Outcome, Section
from il2sim.experiments.study.formats import ExperimentError as ExperimentError
from il2sim.experiments.study.interrupts import check
from il2sim.experiments.study.leftovers import clear_once, clear_results, owned_prefix
from il2sim.experiments.study.tidy import tidy_row
from il2sim.models.pathology.spatial_maps import Maps

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

RECORD = b"il2sim.record"
SEAL = b"il2sim.seal"
SECTIONS = "section"
MAPS = "maps"


class DamagedError(ExperimentError):
    """A file that is not, or no more, what we wrote: `path`, and why it is not (`reason`)."""

    def __init__(self, path: Path, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.path, self.reason = path, reason


ELSEWHERE = "choose another folder with --out"
REPORT_ELSEWHERE = "copy the folder to where you may write and report that"


def prepare(folder: Path) -> None:
    """Make the results folder and show that it can be written, before any time is spent."""
    with _told(folder, "nothing has been run"):
        (folder / "runs").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder / "runs"):
            pass
    clear_results(folder)
    check_writable(folder, "nothing has been run", ELSEWHERE)


def prepare_folder(folder: Path) -> None:
    """Make a folder that holds results folders and show that it can be written."""
    with _told(folder, "nothing has been run"):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def check_writable(
    folder: Path, so_far: str = "its runs are left as they are", advice: str = REPORT_ELSEWHERE
) -> None:
    """Show that a report can be written into a results folder; ExperimentError where not."""
    page, figures = folder / "report.html", folder / "figures"
    for place in (folder, figures) if figures.exists() else (folder,):
        with _told(place, so_far, advice), tempfile.TemporaryFile(dir=place):
            pass
    if page.is_dir():
        raise ExperimentError(f"{page}: is a folder, and the report would stand there; move it away")


@contextmanager
def _told(
    path: Path, so_far: str = "runs already finished are kept", advice: str = ELSEWHERE
) -> Iterator[None]:
    """Turn what the system says about a file into one sentence, with what has become of the work `so_far`."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "free some room"
        message = f"{path}: cannot be written ({reason}); {advice}; {so_far}"
        raise ExperimentError(message) from error


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path` by a temporary name, fsync and a rename: no reader ever sees half of it."""
    check()
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_once(path.parent)
        handle, name = tempfile.mkstemp(prefix=owned_prefix(), suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def save(folder: Path, outcome: Outcome) -> Path:
    """Write one finished run, or the reason why it was stopped; return the file."""
    run = outcome.run
    stopped = folder / "failed" / f"{run.id}.txt"
    if outcome.record is None:
        labels = "\n".join(f"# {key}: {value}" for key, value in run.labels.items())
        head = f"# run {run.id} was stopped; to repeat it:\n{run.command}\n{labels}\n# seed: {run.seed}"
        write_whole(stopped, f"{head}\n\n{outcome.failure}".encode())
        return stopped
    finished = run_file(folder, run.id)
    write_whole(finished, _parquet(outcome))
    stopped.unlink(missing_ok=True)
    return finished


def run_file(folder: Path, run_id: str) -> Path:
    """Where a finished run lies."""
    return folder / "runs" / f"{run_id}.parquet"


def finished_ids(folder: Path) -> set[str]:
    """Ids of the runs that are done."""
    return {path.stem for path in (folder / "runs").glob("*.parquet")}


def _parquet(outcome: Outcome) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        name: pa.array(np.asarray(values, dtype=np.float64)) for name, values in outcome.series.items()
    }
    rows = len(next(iter(columns.values())))
    sections: list[bytes | None] = [packing.packed(section) for section in outcome.sections]
    if len(sections) > rows:
        raise ExperimentError(
            f"run {outcome.run.id}: {len(sections)} sections but only {rows} rows of series"
        )
    maps = [None if outcome.maps is None else packing.packed_maps(outcome.maps)]
    for name, contents in ((SECTIONS, sections), (MAPS, maps)):
        columns[name] = pa.array(contents + [None] * (rows - len(contents)), type=pa.large_binary())
    record = json.dumps(outcome.record, allow_nan=False).encode()
    table = pa.table(columns).replace_schema_metadata({RECORD: record, SEAL: packing.UNSEALED})
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return packing.sealed(stream.getvalue())


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """The file of a finished run, as it was written; ExperimentError where it is not."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        content = path.read_bytes()
        with pq.ParquetFile(pa.BufferReader(content)) as file:
            if not packing.is_whole(content, (file.metadata.metadata or {}).get(SEAL)):
                raise ValueError("something in it has changed since it was written")
            yield file
    except (
        OSError,
        pa.ArrowException,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
        BadZipFile,
        zlib.error,
    ) as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise DamagedError(
            path, reason, f"{path}: is not a finished run ({reason}); delete it and it is run again"
        ) from error


def damaged(folder: Path, run_ids: Iterable[str]) -> list[DamagedError]:
    """Which of these files are no finished runs, all of them at once; others are read to the last bit."""
    found = []
    for run_id in run_ids:
        try:
            record(folder, run_id)
            _read_unsealed(folder, run_id)
        except DamagedError as error:
            found.append(error)
    return found


def _read_unsealed(folder: Path, run_id: str) -> None:
    """Of a file without a seal, which tells of every bit, read all that there is."""
    if packing.SEALED_BY not in run_file(folder, run_id).read_bytes():
        for part in (series, sections, maps):
            part(folder, run_id)


def refuse_damaged(folder: Path, run_ids: Iterable[str], remedy: str) -> None:
    """Raise one ExperimentError that names every file that is no finished run. `remedy`: what to do about
    THEM.
    """
    if found := damaged(folder, run_ids):
        raise ExperimentError(f"{named(found)}; {remedy.replace('THEM', 'them' if len(found) > 1 else 'it')}")


def named(found: Sequence[DamagedError]) -> str:
    """Damaged files as the beginning of a sentence."""
    if len(found) == 1:
        return f"{found[0].path}: is not a finished run ({found[0].reason})"
    files = ", ".join(f"{error.path} ({error.reason})" for error in found)
    return f"{len(found)} files are not finished runs: {files}"


def record(folder: Path, run_id: str) -> dict[str, Any]:
    """The record of one finished run: see `execute.record_of`."""
    path = run_file(folder, run_id)
    with _opened(path) as file:
        found: dict[str, Any] = json.loads(file.metadata.metadata[RECORD])
        formats.check(found, formats.RUN, path)
        if found["run_id"] != run_id:
            raise ValueError(f"it is a copy of run {found['run_id']}")
    return found


def series(folder: Path, run_id: str) -> pd.DataFrame:
    """Day by day of one finished run."""
    frame: pd.DataFrame = _series(folder, run_id)[1].to_pandas()
    return frame


def _series(folder: Path, run_id: str) -> tuple[str, pa.Table]:
    path = run_file(folder, run_id)
    with _opened(path) as file:
        names = [name for name in file.schema_arrow.names if name not in (SECTIONS, MAPS)]
        return run_id, file.read(columns=names).replace_schema_metadata({})


def sections(folder: Path, run_id: str) -> tuple[Section, ...]:
    """The sections of one finished run, in the order they were taken."""
    path = run_file(folder, run_id)
    with _opened(path) as file:
        packed = file.read(columns=[SECTIONS]).column(SECTIONS).to_pylist()
        return tuple(packing.unpacked(content) for content in packed if content is not None)


def maps(folder: Path, run_id: str) -> Maps | None:
    """What happened where in one finished run; None where the file holds no such maps."""
    path = run_file(folder, run_id)
    with _opened(path) as file:
        if MAPS not in file.schema_arrow.names:
            return None
        packed = file.read(columns=[MAPS]).column(MAPS).to_pylist()
        return packing.unpacked_maps(packed[0]) if packed and packed[0] is not None else None


def tidy(folder: Path, places: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """One row per run: ids, labels, settings, endpoints, ledger, timing; a list becomes numbered columns.

    `places`: run id -> the `labels` and `twin_id` that it has in this design; its file may have been made
    for another. What compares a run with its matched control is worked out here, where both are known.
    """
    return beside_twins(
        [
            tidy_row(record(folder, run_id) | {key: place[key] for key in ("labels", "twin_id")})
            for run_id, place in places.items()
        ]
    )


def kinds(table: pd.DataFrame, folder: Path) -> Kinds:
    """The cell kinds of the runs of a tidy table, for readers: of each the first run that has it says what it
    is. They lie in `folder`, unless the table says where.
    """
    found: list[dict[str, Any]] = []
    names: set[str] = set()
    for column in table.columns if len(table) else ():
        kind = column.split(".")[2] if column.startswith("ledger.cells.") else ""
        if not kind or kind in names:
            continue
        for _, row in table[table[column].notna()].iloc[:1].iterrows():
            found.append(record(Path(row.get("folder", folder)), row["run_id"])["provenance"])
            names |= {kind, *found[-1].get("kinds", {})}
    return merged(found, names)


def series_table(folder: Path, run_ids: Iterable[str]) -> pd.DataFrame:
    """The series of many runs under each other, with `run_id`."""
    import pandas as pd
    import pyarrow as pa

    parts = [_series(folder, run_id) for run_id in run_ids]
    named = [
        part.append_column("run_id", pa.array([run_id] * len(part), type=pa.string()))
        for run_id, part in parts
    ]
    if not named:
        return pd.DataFrame()
    whole: pd.DataFrame = pa.concat_tables(named, promote_options="default").to_pandas()
    return whole


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet, whole or not at all."""
    stream = io.BytesIO()
    table.to_parquet(stream, index=False)
    write_whole(path, stream.getvalue())
