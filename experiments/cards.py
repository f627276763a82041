"""What the model says of itself: every number's card, its rules as sentences, the dose sheet, the schema."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments import schema as configs
from experiments import sheet
from experiments.design import points
from experiments.numbers import amount, numbers
from experiments.sentences import sentences
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
            amount(number),
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
    low, high = ({**number, "value": number[end]} for end in ("low", "high"))
    return f"{amount(low)} to {amount(high)}"


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
    print(f"{number['name']} = {amount(number)}")
    print(f"  range   {_range(number)}")
    print(f"  known   {number['known']}")
    print(f"  source  {number['source']}")
    if number["value"] is not None:
        print(f"  change  --set '{number['name']}={amount(number)}'")


def rules(file: Path | None, settings: Sequence[str]) -> None:
    """Print the model of a config, or of the defaults, as sentences."""
    if file is None and settings:
        raise ExperimentError("rules: --set needs a CONFIG to change")
    for line in sentences(Config() if file is None else Config.load(file, settings)):
        print(line)


def dose(config: Config, voice: Voice) -> None:
    """Print the dose sheet of a config and of every point of its sweep."""
    asked = [config, *(config.with_values(point) for point in points(config))] if config.sweep else [config]
    for each in asked:
        build(each)  # refuses what a run would refuse
    found = sheet.sheets_of(asked)
    warnings = list(dict.fromkeys(warning for each in asked for warning in each.warnings()))
    if voice.as_json:
        voice.document({"sheets": [asdict(line) for line in found], "notes": warnings})
        return
    heads, rows = sheet.lines(found)
    voice.table(heads, rows)
    for note in sheet.notes(found):
        voice.say(note)
    schedule = config.schedule
    days = ", ".join(
        f"{day:g}{'' if day in schedule.given_days else ' (not given)'}" for day in schedule.days
    )
    voice.say(
        f"{schedule.protocol}: days {days}; surgery on day {schedule.surgery_day:g}; "
        f"{schedule.geometry.replace('_', ' ')}, read {schedule.dose_is.replace('_', ' ')}"
        + (
            "; later doses by the width found then, so the course is an estimate"
            if schedule.remeasure
            else ""
        )
    )
    voice.say("research and teaching only; not for decisions about a patient")
    for warning in warnings:
        voice.warn(f"note: {warning}")


def schema() -> None:
    """Print the JSON Schema of configs."""
    print(json.dumps(configs.schema(), indent=2))
