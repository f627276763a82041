"""The sources that numbers name by key: S read, M remembered, K clinical (`sources.csv`)."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

_KEY = re.compile(r"\b[SMK]\d+b?\b")


@cache
def sources() -> dict[str, str]:
    """Each key with what it stands for, and what was found there."""
    text = files("il2sim.models").joinpath("sources.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["key"]: row["source"] + (f" ({row['finding']})" if row["finding"] else "") for row in rows}


def named(source: str) -> dict[str, str]:
    """The keys that a number's source names, in its order, with what they stand for. KeyError: not listed."""
    return {key: sources()[key] for key in _KEY.findall(source)}
