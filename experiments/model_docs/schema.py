"""The JSON Schema of configs as people write them: quantities are texts with their unit."""

from __future__ import annotations

from typing import Any

from il2sim.models import Config

QUANTITY = {"type": ["string", "number"]}  # a bare number is refused where a unit is due, with a sentence


def schema() -> dict[str, Any]:
    """What pydantic knows of the config, with every quantity as the text it is written as."""
    found: dict[str, Any] = Config.model_json_schema()
    runnable = Config().runnable()
    for number in Config().numbers():
        section, key = number.name.split(".")
        unit = "" if number.unit == "1" else f" {number.unit}"
        texts = [f"{value:g}{unit}" for value in (number.value, *runnable[number.name])]
        allowed = f"{texts[1]} to {texts[2]}"
        kind = "string" if unit and unit != " %" else ["string", "number"]
        found["$defs"][section.capitalize()]["properties"][key] = {
            "type": kind,
            "examples": texts[:1],
            "description": f"{allowed}; {number.known}: {number.source}",
        }
    found["$defs"]["Space"]["properties"]["lattice"] |= {"type": ["string", "null"], "examples": ["12 mm"]}
    found["$defs"]["Sweep"]["properties"]["axes"]["additionalProperties"]["items"] = QUANTITY
    found["properties"]["set"]["additionalProperties"] = QUANTITY
    for key, does in (("with", "added to"), ("without", "taken from")):
        found["properties"][key] = {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "description": f"one mechanism or a list, {does} those of the extended file, or the usual",
        }
    found["properties"]["extends"] = {"type": "string", "description": "another config, one level"}
    return found


def meaning(name: str) -> dict[str, Any] | None:
    """What a key or section of a config is for, its default and allowed words; None where it is no key."""
    found = schema()
    section, _, key = name.rpartition(".")
    kept = found["$defs"].get(section.capitalize(), {}) if section else found
    field = kept.get("properties", {}).get(key)
    if field is None:
        return None
    whole = found["$defs"].get(name.capitalize(), {})
    default = Config().resolved().get(section, {}).get(key, field.get("default")) if section else None
    return {
        "name": name,
        "meaning": " ".join((field.get("description") or whole.get("description", "")).split()),
        "default": default,
        "allowed": field.get("enum"),
    }


def key_names() -> list[str]:
    """Every key of a config, with its section."""
    found = schema()
    inside = [f"{part.lower()}.{key}" for part, kept in found["$defs"].items() for key in kept["properties"]]
    return [*found["properties"], *inside]
