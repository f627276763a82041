"""The JSON Schema of configs as people write them: quantities are texts with their unit."""

from __future__ import annotations

from typing import Any

from models import Config

QUANTITY = {"type": ["string", "number"]}  # a bare number is refused where a unit is due, with a sentence


def schema() -> dict[str, Any]:
    """What pydantic knows of the config, with every quantity as the text it is written as."""
    found: dict[str, Any] = Config.model_json_schema()
    for number in Config().numbers():
        section, key = number.name.split(".")
        unit = "" if number.unit == "1" else f" {number.unit}"
        texts = [f"{value:g}{unit}" for value in (number.value, number.low, number.high)]
        allowed = f"{texts[1]} to {texts[2]}"
        kind = "string" if unit and unit != " %" else ["string", "number"]
        found["$defs"][section.capitalize()]["properties"][key] = {
            "type": kind,
            "examples": texts[:1],
            "description": f"{allowed}; {number.known}: {number.source}",
        }
    found["$defs"]["Space"]["properties"]["lattice"] = {"type": ["string", "null"], "examples": ["12 mm"]}
    found["$defs"]["Sweep"]["properties"]["axes"]["additionalProperties"]["items"] = QUANTITY
    found["properties"]["set"]["additionalProperties"] = QUANTITY
    found["properties"]["extends"] = {"type": "string", "description": "another config, one level"}
    return found
