"""A results folder read back: its passport, its table and its arms, and which run its pictures show."""

from __future__ import annotations

import argparse
import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from il2sim.experiments.study import formats, packing, store
from il2sim.experiments.study.arm_names import is_named, named
from il2sim.experiments.study.cell_kinds import Kinds
from il2sim.experiments.study.statistics import Arm, arms_of, strongest
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config
from il2sim.models.config.model import flat
from il2sim.models.config.same_value import shown
from il2sim.models.config.values import refusals

if TYPE_CHECKING:
    import pandas as pd

SECTIONS = ("patient", "schedule", "space", "clocks", "pathology")
PARTS = {
    **dict.fromkeys(("name", "command"), str),
    **dict.fromkeys(("config", "axes", "code", "libraries", "machine"), dict),
    **dict.fromkeys(("runs", "parameters", "notes"), list),
}
"""What a passport must hold, and of which kind."""
OF_THE_LAST = ("parameters", "notes")  # what only the last command's part of a passport holds
GIVE = "give one that `run` or `sweep` wrote"
BRING_BACK = (
    "bring back a copy of it, or move it away and repeat the command that made it: finished runs are kept"
)
EARLIER = "earlier"  # the key of a passport under which lie those of earlier commands in the folder


@dataclass(frozen=True)
class Results:
    """What a folder holds of one design: `table` has a row per finished run, in the order of the design."""

    folder: Path
    passport: dict[str, Any]
    table: pd.DataFrame

    @property
    def axes(self) -> dict[str, list[str]]:
        """Names and values of the axes of the design, as labels say them; empty for a single run."""
        return {axis: [shown(value) for value in values] for axis, values in self.passport["axes"].items()}

    @property
    def varied(self) -> dict[str, list[str]]:
        """The axes that have more than one value."""
        return {axis: values for axis, values in self.axes.items() if len(values) > 1}

    @cached_property
    def config(self) -> Config:
        """What the design varies: the config of all runs but for what is varied."""
        exact = self.passport["axes"]
        alike = {axis: values[0] for axis, values in exact.items() if axis not in self.varied}
        return Config.model_validate(self.passport["config"]).with_values(alike)

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """The points of the design."""
        return arms_of(self.table, list(self.axes))

    @cached_property
    def shown(self) -> pd.Series[Any] | None:
        """The run the pictures show: the first of the arm that differs most from its control, those with drug
        before others, else of all.
        """
        best = strongest([arm for arm in self.arms if arm.is_drug]) or strongest(self.arms)
        rows = self.rows(best) if best else self.table
        with_twin = rows[rows["twin_id"].isin(self.table["run_id"])] if len(rows) else rows
        rows = with_twin if len(with_twin) else rows
        return rows.iloc[0] if len(rows) else None

    @cached_property
    def kinds(self) -> Kinds:
        """The cell kinds of all runs, for readers."""
        return store.kinds(self.table, self.folder)

    def rows(self, arm: Arm) -> pd.DataFrame:
        """The runs of one arm."""
        rows = self.table[self.table["arm"] != "twin"]
        for axis, value in arm.labels.items():
            rows = rows[rows[axis] == value]
        return rows

    def config_of(self, row: pd.Series[Any]) -> Config:
        """What one run was asked for."""
        entry = next(entry for entry in self.passport["runs"] if entry["run_id"] == row["run_id"])
        return config_of(self.passport, entry)

    @property
    def configs(self) -> tuple[Config, ...]:
        """The configs that differ in what is injected, with drug or saline: of arms alike in that, one."""
        given = [arm for arm in self.arms if self._is_given(arm)]
        different = {
            tuple(value for axis, value in arm.labels.items() if _shapes_dose(axis)): arm for arm in given
        }
        return tuple(self.config_of(self.rows(arm).iloc[0]) for arm in different.values())

    def _is_given(self, arm: Arm) -> bool:
        return bool(self.rows(arm)["arm"].isin(("drug", "saline")).any())

    def name_of(self, row: pd.Series[Any]) -> str:
        """A run for people: its place in the design and its replicate, from 1."""
        labels = {axis: str(row[axis]) for axis in self.axes}
        return f"{opened(place(labels))}, replicate {int(row['replicate']) + 1}"

    def twin_of(self, row: pd.Series[Any]) -> str | None:
        """Id of the run without drug beside this one, None when there is none or it did not finish."""
        twin = row["twin_id"]
        return str(twin) if isinstance(twin, str) and (self.table["run_id"] == twin).any() else None


def config_of(passport: dict[str, Any], entry: dict[str, Any]) -> Config:
    """The config of one run of a passport."""
    base = Config.model_validate(passport["config"])
    if "values" in entry:
        return base.with_values(entry["values"])
    labels = entry["labels"]  # a passport of before values were kept: a named protocol does not come back
    config = base.with_values({axis: labels[axis] for axis in passport["axes"] if axis in labels})
    return config.without_drug() if labels["arm"] in ("no drug", "twin") else config


def differences(base: Config, config: Config) -> dict[str, str]:
    """What makes one config of another, key by key as `--set` takes it. A value absent here is null."""
    own, before = texts_of(config), texts_of(base)
    return {key: own.get(key, "null") for key in own | before if own.get(key) != before.get(key)}


def texts_of(config: Config) -> dict[str, str]:
    """Every key as text but the name and the sweep, which make no difference to a run."""
    found = {key: part for key, part in config.resolved().items() if key not in ("name", "sweep")}
    return {key: _text(each) for key, each in flat(found).items()}


def _text(value: object) -> str:
    """A value as `--set` takes it: a list is "[a, b]"."""
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def passport_of(path: Path, remedy: str = GIVE) -> dict[str, Any]:
    """Read a passport: the file itself, or the folder that holds it. `remedy` is for one that is damaged.

    Raises DamagedError where it is no passport or has changed, ExperimentError where it can't be used.
    """
    file = path / "passport.json" if path.is_dir() else path
    try:
        content = file.read_bytes().replace(b"\r\n", b"\n")  # line ends of a copy that went through Windows
        found: dict[str, Any] = json.loads(content)
        _check_seal(file, found, content)
        _check(found, PARTS)
        for design in found.get(EARLIER, ()):
            _check(design, {key: kind for key, kind in PARTS.items() if key not in OF_THE_LAST})
        Config.model_validate(found["config"])
    except FileNotFoundError as error:
        raise ExperimentError(
            f"{file}: is not there; give a results folder or a passport.json that `run` or `sweep` wrote"
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ExperimentError(f"{file}: cannot be read ({reason}); make it readable, or copy it") from error
    except ValidationError as error:
        (key, *_), wrong = next(iter(refusals(error)))
        refused = "bring back what it names, or choose another folder"
        raise ExperimentError(f"{file}: its config cannot be run ({key}: {wrong}); {refused}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise store.DamagedError(file, reason, f"{file}: is not a passport ({reason}); {remedy}") from error
    return found


def _check_seal(file: Path, passport: object, content: bytes) -> None:
    """Raises ValueError or TypeError where a bit has changed since it was written. Old ones have no seal."""
    if not isinstance(passport, dict):
        raise TypeError(f"it is {type(passport).__name__}, not dict")
    formats.check(passport, formats.PASSPORT, file)
    seal = passport.get(packing.SEAL)
    if seal is None and formats.KEY in passport:
        raise ValueError("its seal is gone")
    if not packing.is_whole(content, None if seal is None else str(seal).encode()):
        raise ValueError("something in it has changed since it was written")


def _check(passport: dict[str, Any], parts: Mapping[str, type]) -> None:
    """Raises KeyError, TypeError or ValueError where a passport lacks what is read from it."""
    for key, kind in parts.items():
        if not isinstance(passport[key], kind):
            raise TypeError(f"{key} is {type(passport[key]).__name__}, not {kind.__name__}")
    for run in passport["runs"]:
        _ = run["run_id"], run["seed"], run["twin_id"], run["labels"]["arm"]


def designs(passport: dict[str, Any]) -> list[dict[str, Any]]:
    """What was asked for in a folder, the last first: each with its config, command, seed, axes and runs."""
    return [passport, *passport.get(EARLIER, [])]


def load(folder: str | os.PathLike[str]) -> Results:
    """Read back what is finished of the design that the folder's passport names.

    Returns `Results`: `table` is a tidy table with a row per finished run. Raises ExperimentError where the
    folder has no passport or none of its runs is finished, DamagedError where the passport has changed.

    >>> import il2sim
    >>> il2sim.open("results/small_2d").table  # doctest: +SKIP
    """
    folder = Path(folder)
    passport = passport_of(folder, BRING_BACK)
    entries = {run["run_id"]: run for run in passport["runs"]}
    finished = finished_of(folder, passport)
    return Results(folder, passport, store.tidy(folder, {run_id: entries[run_id] for run_id in finished}))


def finished_of(folder: Path, passport: dict[str, Any]) -> list[str]:
    """Ids of the runs of a passport that the folder holds. Raises ExperimentError where it holds none."""
    there = store.finished_ids(folder)
    planned = [run["run_id"] for run in passport["runs"]]
    found = [run_id for run_id in planned if run_id in there]
    if not found:
        raise ExperimentError(
            f"{folder}: none of its {len(planned)} runs is finished; repeat: {going_on(folder, passport)}"
        )
    return found


def going_on(folder: Path, passport: dict[str, Any]) -> str:
    """The command that goes on with a folder: as it was typed, with the seed that was drawn, and where it was
    moved, into it. Not with `--force`, which would make again what is finished.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--out", default=f"results/{passport['name']}")
    parser.add_argument("--seed")
    command = passport["command"]
    words = [word for word in shlex.split(command) if word != "--force"]
    command = command if words == shlex.split(command) else shlex.join(words)
    typed, rest = parser.parse_known_args(words)
    seed = typed.seed or passport.get("seed")
    given = [] if seed is None else ["--seed", str(seed)]
    if Path(typed.out).resolve() == folder.resolve():
        return " ".join([command, *([] if typed.seed else given)])
    return shlex.join([*rest, *given, "--out", str(folder.resolve())])


def _shapes_dose(axis: str) -> bool:
    """Whether an axis can change a line of the dose sheet."""
    return axis.startswith("schedule.") or axis in ("patient.width", "patient.weight", "il2.pore_fraction")


def short(axis: str) -> str:
    """An axis for people: config keys by their last word, a mechanism's numbers in full."""
    section, _, key = axis.partition(".")
    return key.replace("_", " ") if section in SECTIONS else axis


def place(labels: dict[str, str]) -> str:
    """An arm's labels for people: "dose 0.5 MIU/mm, width 8 mm"."""
    parts = [
        named(axis, value) if is_named(axis) else f"{short(axis)} {value}" for axis, value in labels.items()
    ]
    return ", ".join(parts) or "this tumour"


def at(labels: dict[str, str]) -> str:
    """The same within a sentence: "at width 8 mm", "without suppression"."""
    said = place(labels)
    return said if said.startswith("with") else f"at {said}"


def opened(text: str) -> str:
    """The text with a capital first letter and nothing else changed: units keep theirs."""
    return text[:1].upper() + text[1:]
