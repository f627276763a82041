"""Configs by chance, the same for a seed: a third valid, a third with one mistake, a third hostile.

The keys are those the config has, so a new one is drawn too; one whose kind of value is not known here fails
the test that asks for every key. The values are plain Python's: nothing is checked here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from il2sim.models.config.mechanisms import BIOLOGY, MECHANISMS
from il2sim.models.config.model import Config
from il2sim.models.config.quantities import Measure, measure_of
from il2sim.models.config.sections import keys_of
from il2sim.models.config.values import OneOf, Whole, check_day, check_flag
from il2sim.models.drug.geometries.registry import GEOMETRIES
from tests.generated_hostile import broken, strange_text, strange_value

KINDS = ("valid", "nearly", "hostile")
Tree = dict[str, Any]  # values are texts as YAML writes them, or mappings of such


@dataclass(frozen=True)
class Generated:
    """One config as a file and settings, and every key and number it has."""

    number: int
    kind: str
    content: bytes
    settings: tuple[str, ...] = ()
    base: str = ""  # of the file that it extends, where it does
    keys: frozenset[str] = field(default_factory=frozenset)


def sections() -> dict[str, dict[str, Any]]:
    """Every section of a config and its keys, each with what reads it."""
    found = {}
    for name, part in Config.model_fields.items():
        kind = next((each for each in _kinds(part.annotation) if hasattr(each, "model_fields")), None)
        if kind is not None:
            fields = zip(keys_of(kind), kind.model_fields.values(), strict=True)
            found[name] = {key: _reader(each) for key, each in fields}
    return found


def _kinds(annotation: Any) -> tuple[Any, ...]:
    return (annotation, *getattr(annotation, "__args__", ()))


def _reader(part: Any) -> Any:
    own = [getattr(each, "func", None) for each in part.metadata]
    return measure_of(part) or next((each for each in own if each is not None), None)


SECTIONS = sections()
ROOT = ("name", "extends", "mechanisms", "with", "without", "allow_outside", "set", "sweep")
KEYS = (*ROOT, *(f"{section}.{key}" for section, keys in SECTIONS.items() for key in keys))

# Where a value has to go with others, it is drawn from less than what is allowed.
NARROW: Mapping[str, tuple[float, float]] = {
    "space.margin": (0.3, 2),
    "patient.width": (0.5, 20),
    "patient.stil": (1, 30),
    "patient.doubling_time": (43, 209),
    "patient.stroma": (20, 80),
    "patient.cd8_share": (10, 40),
    "patient.cd8_treg_ratio": (2, 10),
    "patient.th_share": (0, 20),
    "patient.nk": (1, 30),
    "schedule.dose": (0, 0.5),
    "schedule.cap": (1, 10),
    "schedule.concentration": (5, 18),
    "schedule.rate": (0.2, 5),
    "schedule.off_centre": (0, 0.2),
    "schedule.swelling": (0, 0),
    "clocks.contact": (0.5, 2),
}
CHOSEN: Mapping[str, tuple[str, ...]] = {
    "space.dimensions": ("2",),
    "space.voxel": ("10 um", "12 um", "15 um", "20 um", "0.015 mm"),
    "space.field_voxel": ("60 um", "0.06 mm"),
    "space.lattice": ("24 mm", "2.5 cm"),
    "schedule.protocol": ("registry_2025", "registry_2023_literal", "three_visits"),
    "schedule.geometry": tuple(GEOMETRIES),
    "schedule.days": ("[0, 7, 14]", "[0, 3, 6, 9]", "[0, 7, 14, 21]", "[0.0, 10]", "[00, 07]"),
    "schedule.surgery_day": ("28", "35", "29.0", "42"),
    "schedule.missed": ("[]", "[2]", "[1]"),
    "schedule.stop_after": ("null", "~", "1"),
    "schedule.remeasure": ("false",),
    "schedule.dose_is": ("per_visit", "per_course"),
    "clocks.tick": ("10 min", "600 s"),
    "clocks.immune_ticks": ("3", "6"),
    "clocks.solid_ticks": ("36", "18", "72"),
    "sweep.axes": ("",),  # made apart
}
BY_READER = {check_flag: ("true", "false"), check_day: ("28", "35.0", "42")}
UNITS = {
    "mm": (("um", 1000.0), ("cm", 0.1)),
    "um": (("mm", 0.001),),
    "%": (("", 0.01),),
    "MIU": (("IU", 1e6),),
}
NUMBERS = {
    "aicd.death_rate": ("0 1/day", "0.5 1/day", "0.01 1/h"),
    "cd8_killing.kill_rate": ("1 1/day", "4 1/day"),
    "cd8.reactive_share": ("0", "0.4", "20 %"),
    "cd8.death_rate": ("0.01 1/day", "0.1 1/d"),
    "cd8.stroma_speed": ("2 um/min", "300 um/h"),
    "exhaustion.onset_rate": ("0.05 1/day", "0.3 1/day"),
    "il2.half_life": ("0.5 h", "720 min"),
    "il2.diffusivity": ("40 um2/s", "100 um^2/s"),
    "il2.basal": ("0 nM", "20 pM"),
    "il2.hill_cd8": ("2", "4"),
    "nk.division_rate": ("0.24 1/day", "1 1/day"),
    "suppression.radius": ("15 um", "0.1 mm"),
    "treg.death_rate": ("0.02 1/day", "0.1 1/day"),
    "tumour.loss_rate": ("0.1 1/day", "0.2 1/day"),
    "body.volume": ("2 L", "4500 mL"),
}
AXES = {
    "schedule.dose": ("0 MIU/mm", "0.05 MIU/mm", "0.5 MIU/mm"),
    "patient.width": ("1 mm", "1.5 mm", "2 mm"),
    "patient.stil": ("5 %", "15 %", "20 %"),
    "schedule.days": ("[0, 7]", "[0]", "[0, 3]"),
    "without": ("[]", "[suppression]", "[exhaustion]"),
    "aicd.death_rate": ("0 1/day", "0.1 1/day", "0.3 1/day"),
    "il2.half_life": ("1 h", "4 h"),
}


def generated(seed: int, count: int, widest_mm: float | None = None) -> Iterator[Generated]:
    """So many configs, the kinds by turns; each depends on the seed and its number alone.

    With `widest_mm` only valid and nearly valid ones of at most that width.
    """
    for number in range(count):
        dice = Random(f"{seed}/{number}")
        kind = KINDS[number % 3] if widest_mm is None else ("valid", "valid", "nearly")[number % 3]
        tree = valid(dice)
        if widest_mm is not None:
            tree.pop("sweep", None)
            tree.setdefault("patient", {})["width"] = f"{dice.uniform(0.4, widest_mm):.3g} mm"
            tree["space"] = {"margin": f"{dice.uniform(0.1, 0.4):.2g} mm"}
        made = {"nearly": nearly, "hostile": hostile}.get(kind, as_is)(dice, tree)
        yield Generated(number, kind, *made)


Made = tuple[bytes, tuple[str, ...], str, frozenset[str]]


def as_is(dice: Random, tree: Tree) -> Made:
    """A tree as a file, some of its values as settings."""
    settings, kept = [], {name: dict(part) if isinstance(part, dict) else part for name, part in tree.items()}
    for section in SECTIONS.keys() & kept.keys() - {"sweep"}:
        if dice.random() < 0.1 and kept[section]:
            key = dice.choice(sorted(kept[section]))
            settings.append(f"{section}.{key}={kept[section].pop(key)}")
    base = "patient: {stil: 10 %}\nname: base\n" if "extends" in kept else ""
    kept = {name: part for name, part in kept.items() if part != {} or name == "set"}
    text = written(dice, kept or {"patient": {"stil": "10 %"}})
    return text.encode("utf-8", "surrogatepass"), tuple(settings), base, keys_in(tree)


def keys_in(tree: Tree) -> frozenset[str]:
    """Every key of a tree with its section, and every number it sets."""
    below = {f"{name}.{key}" for name, part in tree.items() if isinstance(part, dict) for key in part}
    return frozenset(
        {*tree, *below, *(name.removeprefix("set.") for name in below if name.startswith("set."))}
    )


def written(dice: Random, tree: Tree) -> str:
    """YAML in one of the ways people write it."""
    if dice.random() < 0.2:
        return f"{flow(tree)}\n"
    lines = ["# made by chance\n"] if dice.random() < 0.2 else []
    for name, part in tree.items():
        if isinstance(part, dict) and part and dice.random() < 0.6:
            lines.append(f"{name}:\n" + "".join(f"  {key}: {flow(value)}\n" for key, value in part.items()))
        else:
            lines.append(f"{name}: {flow(part)}\n")
    return "".join(lines)


def flow(part: Any) -> str:
    if isinstance(part, dict):
        return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in part.items()) + "}"
    return f"[{', '.join(map(flow, part))}]" if isinstance(part, list) else str(part)


def valid(dice: Random) -> Tree:
    """A config in which everything goes together."""
    tree: Tree = {}
    for section, readers in SECTIONS.items():
        drawn = {key: value(dice, f"{section}.{key}", reader) for key, reader in readers.items()}
        if section != "sweep" and dice.random() < 0.75:
            tree[section] = {key: text for key, text in drawn.items() if dice.random() < 0.25}
    if "schedule" in tree:
        _agree(tree["schedule"])
    if dice.random() < 0.2:
        tree["name"] = dice.choice(("case", "a.b-c_1", "'9'", "x" * 100))
    if dice.random() < 0.1:
        tree["extends"] = "base.yaml"
    tree |= mechanisms(dice)
    if dice.random() < 0.4:
        tree["set"] = {
            name: dice.choice(NUMBERS[name]) for name in dice.sample(sorted(NUMBERS), dice.randint(0, 3))
        }
        tree["set"] = {name: text for name, text in tree["set"].items() if _has(tree, name.split(".")[0])}
    if dice.random() < 0.15:
        tree["sweep"] = sweep(dice, tree)
    return tree


def _agree(schedule: Tree) -> None:
    """Leave out what does not go with the days of injection."""
    if "days" not in schedule:
        schedule.pop("surgery_day", None)
        schedule.pop("missed", None)
    if "protocol" in schedule or "missed" in schedule:
        schedule.pop("stop_after", None)
    if "protocol" in schedule:
        for key in ("days", "surgery_day", "missed", "dose_is"):
            schedule.pop(key, None)


def _has(tree: Tree, mechanism: str) -> bool:
    named = tree.get("mechanisms", list(MECHANISMS))
    return mechanism in named and mechanism not in tree.get("without", [])


def mechanisms(dice: Random) -> Tree:
    """A list of mechanisms, or what is added to the usual one and taken from it."""
    chance, tree = dice.random(), Tree()
    if chance < 0.15:
        tree["mechanisms"] = [name for name in MECHANISMS if name == "tumour" or dice.random() < 0.8]
    elif chance < 0.3:
        tree["with"] = dice.sample(BIOLOGY, dice.randint(1, 4))
    if 0.2 < chance < 0.4:
        tree["without"] = dice.sample(("suppression", "aicd", "exhaustion", "th"), dice.randint(1, 2))
    if dice.random() < 0.1:
        tree["allow_outside"] = dice.choice(("true", "false"))
    return tree


def sweep(dice: Random, tree: Tree) -> Tree:
    """A design of a few arms."""
    usable = [axis for axis in AXES if axis not in ("without", "schedule.days") or not tree.get("schedule")]
    usable = [
        axis for axis in usable if axis != "without" or not {"mechanisms", "without", "set"} & tree.keys()
    ]
    usable = [axis for axis in usable if axis in KEYS or _has(tree, axis.split(".")[0])]
    names = dice.sample(usable, dice.randint(1, 2))
    found: Tree = {"axes": {name: list(dice.sample(AXES[name], 2)) for name in names}}
    if dice.random() < 0.5:
        found["replicates"] = str(dice.randint(1, 3))
    if dice.random() < 0.5:
        found["twin"] = dice.choice(("true", "false"))
    return found


def value(dice: Random, key: str, reader: Any) -> str:
    """A value that its reader takes and that goes with others."""
    if key in CHOSEN:
        return dice.choice(CHOSEN[key])
    if isinstance(reader, Measure):
        low, high = NARROW.get(key, (reader.low, reader.high))
        return quantity(dice, dice.choice((low, high, dice.uniform(low, high))), reader.shown)
    if isinstance(reader, Whole):
        return str(dice.randint(reader.low, min(reader.high, 1000)))
    if isinstance(reader, OneOf):
        return str(dice.choice(reader.allowed))
    if reader in BY_READER:
        return dice.choice(BY_READER[reader])
    raise LookupError(f"{key}: say in CHOSEN what its values are like")


def quantity(dice: Random, number: float, unit: str) -> str:
    """A number with its unit, in one of the spellings that are read."""
    other, times = dice.choice((*UNITS.get(unit, ()), (unit, 1.0), (unit, 1.0)))
    text = dice.choice(
        (f"{number * times:.12g}", f"{number * times:.6e}" if times == 1.0 else f"{number * times:.12g}")
    )
    text = text if float(text) == float(f"{number * times:.12g}") else f"{number * times:.12g}"
    return (
        text
        if other in ("", "1")
        else f"{text}{' ' if other[0] == '1' else dice.choice((' ', ' ', ''))}{other}"
    )


def nearly(dice: Random, tree: Tree) -> Made:
    """A valid config in which one thing is wrong: unit, range, spelling, type, combination or key."""
    content, settings, base, keys = as_is(dice, tree)
    key, mistake = broken(dice, KEYS)
    if dice.random() < 0.3 and key not in ("extends", "set", "sweep"):
        return content, (*settings, f"{key}={mistake}"), base, keys | {key}
    section, _, rest = key.partition(".")
    if rest:
        part = dict(tree.get(section, {}))
        part[rest] = mistake
        tree = tree | {section: part}
    else:
        tree = tree | {section: mistake}
    if dice.random() < 0.1:
        tree = tree | {
            dice.choice(("patient", "sweep", "space")): dict.fromkeys(("widht", "axis", "voxels"), "5 mm")
        }
    content, settings, base, _ = as_is(dice, tree)
    return content, settings, base, keys | {key}


def hostile(dice: Random, tree: Tree) -> Made:
    """What nobody means well: bytes, depth, size, wrong types everywhere, odd characters, tags, anchors."""
    if dice.random() < 0.4:
        return strange_text(dice, as_is(dice, tree)[0]), (), "", frozenset()
    chosen = dice.sample(KEYS, dice.randint(1, 8))
    wild: Tree = {}
    for key in chosen:
        section, _, rest = key.partition(".")
        if rest and isinstance(wild.get(section, {}), dict):
            wild.setdefault(section, {})[rest] = strange_value(dice)
        elif not rest:
            wild[section] = strange_value(dice)
    if dice.random() < 0.3:
        wild["set"] = {dice.choice(sorted(NUMBERS)): strange_value(dice) for _ in range(3)}
    settings = tuple(f"{dice.choice(KEYS)}={strange_value(dice)}" for _ in range(dice.randint(0, 2)))
    text = written(dice, wild)
    return text.encode("utf-8", "surrogatepass"), settings, "name: base\n", keys_in(wild)


def write(one: Generated, folder: Path) -> Path:
    """The file of one config, beside the one it may extend."""
    (folder / "base.yaml").write_text(one.base or "name: base\n", encoding="utf-8")
    path = folder / "case.yaml"
    path.write_bytes(one.content)
    return path


Draw = Callable[[Random], str]
