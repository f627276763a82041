"""What the model says of itself: every number's card, its rules as sentences, the dose sheet, the schema."""

from __future__ import annotations

import difflib
import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.model_docs import dose_sheet
from il2sim.experiments.model_docs import schema as configs
from il2sim.experiments.model_docs.parameters import amount, everything, notes, numbers
from il2sim.experiments.model_docs.sentences import legend, sentences
from il2sim.experiments.model_docs.sources import named
from il2sim.experiments.report import blood_levels
from il2sim.experiments.report.assumptions import cards_of
from il2sim.experiments.study.design import points
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config
from il2sim.models.build import build, remarks
from il2sim.models.config.mechanisms import shown_path
from il2sim.models.config.outside_mechanisms import file_of, name_of, outside_of
from il2sim.models.config.shipped import shipped
from il2sim.models.mechanism_modules import module_for

SET = "set"  # how a number is known that a config changes


def _config(file: Path | None, settings: Sequence[str], verb: str) -> Config:
    """The config of a file, or the defaults where none is named."""
    if file is None and settings:
        raise ExperimentError(f"{verb}: --set needs a CONFIG to change")
    return Config() if file is None else Config.load(file, settings)


def parameters(voice: Voice, file: Path | None, settings: Sequence[str], *, only_assumed: bool) -> None:
    """Print every number of a config's model, or of the defaults'; or those that nobody measured, to which
    belong those that the config changes.
    """
    config = _config(file, settings, "parameters")
    usual = {number["name"]: number["value"] for number in numbers(Config())}
    everything = [_card(number, usual) for number in numbers(config)]
    found = [number for number in everything if not only_assumed or number["known"] in ("assumed", SET)]
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
    counts = Counter(number["known"] for number in everything)
    grades = ", ".join(f"{count} {known}" for known, count in counts.most_common())
    voice.say(f"{sum(counts.values())} numbers: {grades}")
    for note in notes(config):
        if "OUTSIDE" in note:
            voice.warn(f"note: {note}")


def _card(number: dict[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """A number's card. One that the config changes is known by nobody; its source is of the usual one."""
    before = usual.get(number["name"], number["usual"])
    if not number["overridden"] or number["value"] == before:
        return number
    said = "" if before is None else f"usually {amount(number | {'value': before})}: "
    return number | {"known": SET, "source": f"{said}{number['source']}"}


def _range(number: dict[str, Any]) -> str:
    low, high = ({**number, "value": number[end]} for end in ("low", "high"))
    return f"{amount(low)} to {amount(high)}{' (OUTSIDE)' if number['outside'] else ''}"


def explain(name: str, voice: Voice, file: Path | None = None, settings: Sequence[str] = ()) -> None:
    """Print one number's card, also of a mechanism that is off, or what any other key of a config means."""
    config = _config(file, settings, "explain")
    usual = {number["name"]: number for number in numbers(config)}
    # all mechanisms only where needed: one that is off may be broken
    whole = config if name in usual else everything(config)
    found = usual if name in usual else {number["name"]: number for number in numbers(whole)}
    if name not in found:
        _explain_key(name, list(found), voice, whole)
        return
    number, mechanism = found[name], name.partition(".")[0]
    if voice.as_json:
        voice.document(number | {"sources": named(number["source"]), "is_off": name not in usual})
        return
    print(f"{number['name']} = {amount(number)}")
    print(f"  range   {_range(number)}")
    if (ends := Config().runnable().get(name)) and ends != (number["low"], number["high"]):
        print(f"  runs    {ends[0]:g} to {ends[1]:g} {number['unit']}")
    print(f"  known   {number['known']}")
    print(f"  source  {number['source']}")
    for key, source in named(number["source"]).items():
        print(f"          {key}: {source}")
    if name not in usual:
        print(f"  off     until a config names {mechanism!r} among its `mechanisms`")
    if number["value"] is not None:
        print(f"  change  --set '{number['name']}={amount(number)}'")


_WITHOUT_HINT = "`il2sim parameters` lists all numbers; of a mechanism of your own, name the config"


def _explain_key(name: str, others: list[str], voice: Voice, whole: Config) -> None:
    key = configs.meaning(name)
    if key is None and (told := _word(name, others, whole)):
        if voice.as_json:
            voice.document({"name": name, "meaning": told})
        else:
            print(told)
        return
    if key is None:
        known = [*others, *configs.key_names()]
        close = [other for other in known if name in other][:5] or difflib.get_close_matches(name, known, 3)
        hint = f"did you mean {' or '.join(close)}?" if close else _WITHOUT_HINT
        raise ExperimentError(f"explain: {name!r} is no number of the model and no key of a config; {hint}")
    if voice.as_json:
        voice.document(key)
        return
    print(f"{name}: {key['meaning']}")
    if key["default"] is not None:
        print(f"  default  {json.dumps(key['default'])}")
    if key["allowed"]:
        print(f"  allowed  {', '.join(map(str, key['allowed']))}")
    print("  more     `il2sim schema` (all keys as JSON Schema), configs/README.md")


def _word(name: str, known: list[str], whole: Config) -> str:
    """What a mechanism or a trait is, in lines; nothing for any other word. `known` are all numbers, `whole`
    has all mechanisms.
    """
    text = next((text for text in whole.mechanisms if name_of(text) == name), None)
    if text is not None:
        says = (module_for(text).__doc__ or "").partition("\n")[0]
        outside = outside_of(text)
        file = shown_path(name) if outside is None else file_of(outside)
        own = [number for number in known if number.startswith(f"{name}.")]
        return (
            f"{name}: a mechanism, {file}. {says}\n"
            f"  numbers  {', '.join(own) or 'none'}\n"
            "  more     `il2sim rules`"
        )
    model = build(whole)
    if name in model.cytokines:
        return f"{name}: {model.meanings.get(name, 'what cells sense')}\n  more  `il2sim rules`"
    if name not in model.traits:
        return ""
    layer, is_bounded = model.traits[name]
    said = [rule.sentence for rule in model.rules.values() if name in (rule.other, rule.raises)]
    read = [rule.sentence for rule in model.rules.values() if name in _reads(rule)]
    meaning = f"\n  means     {model.meanings[name]}" if name in model.meanings else ""
    return (
        f"{name}: a trait of each cell of the {layer} layer{', 0 to 1' if is_bounded else ''}{meaning}\n"
        f"  moved by  {'; '.join(said) or 'nothing'}\n"
        f"  read by   {'; '.join(read) or 'nothing'}\n"
        "  more      `il2sim rules`"
    )


def _reads(rule: Any) -> set[str]:
    """Traits that a rule reads, of its cell, its victim and cells near by."""
    modifiers = (*rule.modifiers, *rule.victim_modifiers)
    return {each.signal.weight if each.signal.weight else each.signal.name for each in modifiers}


def rules(file: Path | None, settings: Sequence[str]) -> None:
    """Print the model of a config, or of the defaults, as sentences."""
    config = _config(file, settings, "rules")
    for line in (*legend(config), "", *sentences(config, with_lines=True)):
        print(line)


def dose(config: Config, voice: Voice) -> None:
    """Print the dose sheet of a config and of every point of its sweep."""
    asked = [config, *(config.with_values(point) for point in points(config))] if config.sweep else [config]
    found, aims = dose_sheet.sheets_of(asked), blood_levels.targets(config)
    warnings = list(dict.fromkeys(warning for each in asked for warning in remarks(each)))
    if voice.as_json:
        targets = [asdict(target) | {"is_met": target.is_met} for target in aims]
        voice.document({"sheets": [asdict(line) for line in found], "blood": targets, "notes": warnings})
        return
    heads, rows = dose_sheet.lines(found)
    voice.table(heads, rows)
    cards = cards_of(numbers(config), config.sweep.axes if config.sweep else ())
    for note in dose_sheet.notes(found, cards):
        voice.say(note)
    if aims:
        aim_rows = [row[:-1] for row in blood_levels.target_rows(aims, cards)]
        voice.table(blood_levels.HEADS[:-1], aim_rows, "IL-2 in the blood: published and modelled")
        for note in blood_levels.target_notes(aims, cards):
            voice.say(note)
    schedule = config.schedule
    days = ", ".join(
        f"{day:g}{'' if day in schedule.given_days else ' (not given)'}" for day in schedule.days
    )
    reading = "course" if schedule.dose_is == "per_course" else "injection"
    voice.say(
        f"{schedule.protocol}: days {days}; surgery on day {schedule.surgery_day:g}; "
        f"{schedule.geometry.replace('_', ' ')}, read per {reading}"
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


def shipped_configs() -> None:
    """Print the name of each shipped config and the first sentence of what its file says of it."""
    names = shipped()
    width = max(map(len, names))
    for name, file in names.items():
        lines = itertools.takewhile(lambda line: line.startswith("#"), file.read_text("utf-8").splitlines())
        says = " ".join(line.lstrip("# ") for line in lines)
        print(f"{name:{width}}  {says.partition('. ')[0].rstrip('.')}")
