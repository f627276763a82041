"""What the model says of itself: every number's card, its rules as sentences, the dose sheet, the schema."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments import sheet
from experiments.design import points
from experiments.numbers import numbers
from experiments.speech import Voice
from experiments.store import ExperimentError
from models import Config
from models.build import build


def parameters(voice: Voice, *, only_assumed: bool) -> None:
    """Print every number of the default model, or those that nobody measured."""
    found = [number for number in numbers(Config()) if not only_assumed or number["known"] == "assumed"]
    if voice.as_json:
        voice.document({"parameters": found})
        return
    rows = [
        (
            number["name"],
            f"{number['value']:.4g} {number['unit']}",
            _range(number),
            number["known"],
            number["source"],
        )
        for number in found
    ]
    voice.table(("number", "value", "range", "known", "source"), rows)
    counts = Counter(number["known"] for number in numbers(Config()))
    grades = ", ".join(f"{count} {known}" for known, count in counts.most_common())
    voice.say(f"{sum(counts.values())} numbers: {grades}")


def _range(number: dict[str, Any]) -> str:
    return f"{number['low']:.4g} to {number['high']:.4g}"


def explain(name: str, voice: Voice) -> None:
    """Print one number's card."""
    config = Config()
    found = {number["name"]: number for number in numbers(config)}
    if name not in found:
        close = difflib.get_close_matches(name, found, 3) or [other for other in found if name in other][:5]
        hint = f"did you mean {' or '.join(close)}?" if close else "`il2sim parameters` lists them all"
        raise ExperimentError(f"explain: {name!r} is no number of the model; {hint}")
    number = found[name]
    if voice.as_json:
        voice.document(number)
        return
    print(f"{number['name']} = {number['value']:.6g} {number['unit']}")
    print(f"  range   {_range(number)} {number['unit']}")
    print(f"  known   {number['known']}")
    print(f"  source  {number['source']}")
    unit = "" if number["unit"] == "1" else f" {number['unit']}"
    print(f"  change  --set '{number['name']}={number['value']:.4g}{unit}'")


def rules(file: Path | None, settings: Sequence[str]) -> None:
    """Print the model of a config, or of the defaults, as sentences."""
    if file is None and settings:
        raise ExperimentError("rules: --set needs a CONFIG to change")
    config = Config() if file is None else Config.load(file, settings)
    model = build(config)
    for cell in model.cells.values():
        print(f"{cell.name} ({cell.layer} layer)")
        for line in sentences(model, cell.name):
            print(f"  {line}")


def sentences(model: Any, cell: str) -> list[str]:
    """The rules of one cell type in English."""
    own = [rule for rule in model.rules.values() if rule.cell == cell]
    return [_sentence(rule) for rule in own] + [_walk(walk) for walk in model.walks if walk.cell == cell]


def _sentence(rule: Any) -> str:
    factors = "".join(f", {_factor(modifier)}" for modifier in rule.modifiers)
    victims = "".join(f", {_factor(modifier)} of the {rule.other}" for modifier in rule.victim_modifiers)
    release = f"; lets go at {rule.release:.4g} per hour" if rule.release else ""
    return f"{rule.sentence} at {rule.rate:.4g} per hour{factors}{victims}{release}"


def _factor(modifier: Any) -> str:
    signal, half = _signal(modifier.signal), f"half at {modifier.half:.4g}"
    steep = f", Hill {modifier.hill}" if modifier.hill > 1 else ""
    texts = {
        "raised": f"raised up to {modifier.limit:.4g}-fold by {signal} ({half}{steep})",
        "lowered": f"lowered to {modifier.limit:.4g} by {signal} ({half}{steep})",
        "gated": f"only with {signal} ({half}{steep})",
        "times": f"times {signal}",
        "less": f"times 1 minus {signal}",
    }
    return texts[modifier.kind]


def _signal(signal: Any) -> str:
    if signal.kind == "within":
        weight = f", each counting 1 + its {signal.weight}" if signal.weight else ""
        return f"the {signal.name} within {signal.radius_um:g} um{weight}"
    return f"touching {signal.name}" if signal.kind == "near" else str(signal.name)


def _walk(walk: Any) -> str:
    places = [f"{speed:.4g} in {where}" for where, speed in walk.within.items()] + [
        f"{speed:.4g} into {where}" for where, speed in walk.entry.items()
    ]
    inside = f" ({', '.join(places)})" if places else ""
    course = f"keeping its direction for {walk.persistence_min:.4g} min"
    return f"{walk.cell} walks at {walk.speed:.4g} um/min{inside}, {course}"


def dose(config: Config, voice: Voice) -> None:
    """Print the dose sheet of a config and of every point of its sweep."""
    found = sheet.sheets_of(
        [config, *(config.with_values(point) for point in points(config))] if config.sweep else [config]
    )
    if voice.as_json:
        voice.document({"sheets": [asdict(line) for line in found]})
        return
    heads, rows = sheet.lines(found)
    voice.table(heads, rows)
    schedule = config.schedule
    days = ", ".join(f"{day:g}" for day in schedule.days)
    voice.say(f"{schedule.protocol}: days {days}; surgery on day {schedule.surgery_day:g}")
    voice.say("research and teaching only; not for decisions about a patient")
    for warning in config.warnings():
        voice.warn(f"note: {warning}")


def schema() -> None:
    """Print the JSON Schema of configs."""
    print(json.dumps(Config.model_json_schema(), indent=2))
