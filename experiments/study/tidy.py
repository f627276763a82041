"""One finished run as a flat row of the tidy table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from il2sim.models.tissue.recruitment import not_held


def tidy_row(found: dict[str, Any]) -> dict[str, Any]:
    """One record as flat columns: labels and endpoints by name, then `config.`, `ledger.`, `timing.`."""
    row = {
        key: found[key] for key in ("run_id", "twin_id", "config_hash", "result_digest", "seed", "version")
    }
    row.update({label: _counted(label, text) for label, text in found["labels"].items()})
    row["has_settled"] = found["provenance"].get("has_settled")
    row["birth_rate_per_day"] = found["provenance"].get("birth_rate_per_day")
    row["solved_outside"] = ", ".join(_solved_outside(found["provenance"].get("parameters", ())))
    row["not_held"] = ", ".join(not_held(found["provenance"].get("infiltrate", {})))
    row.update(_flat("", found["endpoints"]))
    for part in ("config", "ledger", "timing"):
        row.update(_flat(f"{part}.", found[part]))
    return row


def _solved_outside(parameters: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Names of the numbers that settling solved to beyond the range of their sources."""
    for number in parameters:
        if number["known"] == "solved" and not number["overridden"]:
            value = number["value"]
            if value is not None and not number["low"] <= value <= number["high"]:
                yield number["name"]


def _counted(label: str, text: Any) -> Any:
    """A label as a column has it: replicates are counted, other labels stay as written."""
    is_number = label == "replicate" and isinstance(text, str) and text.isascii() and text.isdecimal()
    return int(text) if is_number else text


def _flat(prefix: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        parts = [_flat(f"{prefix}{key}.", item) for key, item in value.items()]
    elif isinstance(value, list):
        parts = [
            _flat(f"{prefix.removesuffix('.')}_{place}.", item) for place, item in enumerate(value, start=1)
        ]
    else:
        return {prefix.removesuffix("."): value}
    return {key: item for part in parts for key, item in part.items()}
