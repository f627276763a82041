"""The schema of each kind of file that we write: a number that goes up when what it holds changes.

A file without `schema` is of schema 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PASSPORT = 2  # 2: has a seal, and the runs finished in the folder for earlier commands
RUN = 2  # record of a file in runs/. 2: says the number of its digest
TABLE = 2  # runs.parquet, series.parquet. 2: every finished run of the folder, `in_report`, whole replicates
DOCUMENT = 1  # what --json prints

KEY = "schema"


class ExperimentError(Exception):
    """A folder, a passport or a request that an experiment cannot work with: one sentence for a person."""


def check(found: Mapping[str, Any], known: int, where: object) -> None:
    """Raise ExperimentError where a file is of a newer schema than this version knows; ValueError where what
    it says of its schema is no number.
    """
    schema = found.get(KEY, 1)
    if type(schema) is not int or schema < 1:
        raise ValueError("its schema is not a whole number from 1")
    if schema > known:
        raise ExperimentError(
            f"{where}: is of schema {schema}, written by {_version(found)}; this version knows schemas "
            f"up to {known}: use that version or a later one, or choose another folder"
        )


def _version(found: Mapping[str, Any]) -> str:
    """The version that wrote a passport or a record, as far as it says so."""
    code = found.get("code")
    version = code.get("version") if isinstance(code, Mapping) else found.get("version")
    return f"il2sim {str(version).partition('+')[0]}" if version else "a later il2sim"
